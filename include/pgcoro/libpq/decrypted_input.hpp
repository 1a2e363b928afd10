// What TLS has decrypted and libpq has not taken yet.
#pragma once

#include <dlfcn.h>
#include <libpq-fe.h>

namespace pgcoro::libpq {

/// Whether OpenSSL holds the rest of a TLS record, which no event of the socket will tell of. libpq reads as much of a record
/// as its buffer has room for, at least 8 kB: servers before 17 write records of at most that size, while proxies that
/// terminate TLS, and other servers, use all 16 kB (documentation: `PQsslStruct`; OpenSSL's: `SSL_pending`).
/// False for connections without TLS, and where OpenSSL is linked into the program without its symbols being exported.
inline bool has_decrypted_input(PGconn* of) noexcept {
    if (PQsslInUse(of) != 1) return false;
    void* const tls = PQsslStruct(of, "OpenSSL");
    if (tls == nullptr) return false;
    // libpq has loaded it; including OpenSSL's headers would have every user link it.
    static auto* const pending = reinterpret_cast<int (*)(const void*)>(dlsym(RTLD_DEFAULT, "SSL_pending"));
    return pending != nullptr && pending(tls) > 0;
}

} // namespace pgcoro::libpq

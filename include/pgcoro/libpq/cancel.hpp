// A cancel request to the server.
#pragma once

#include <pgcoro/libpq/connection.hpp>

#include <libpq-fe.h>

#include <csignal>
#include <memory>

namespace pgcoro::libpq {

#if defined(LIBPQ_HAS_ASYNC_CANCEL)

/// A cancel request that does not block (documentation: `PQcancelStart`). The target must be connected when it is
/// made and may be closed after.
class cancel_request {
public:
    explicit cancel_request(const connection& target) : conn_(PQcancelCreate(target.native())) {}

    bool start() noexcept { return conn_ && PQcancelStart(conn_.get()) == 1; }

    connect_step poll() noexcept {
        switch (PQcancelPoll(conn_.get())) {
        case PGRES_POLLING_READING: return connect_step::wait_readable;
        case PGRES_POLLING_WRITING: return connect_step::wait_writable;
        case PGRES_POLLING_OK: return connect_step::established;
        default: return connect_step::failed;
        }
    }

    int socket() const noexcept { return PQcancelSocket(conn_.get()); }

private:
    struct deleter {
        void operator()(PGcancelConn* conn) const noexcept { PQcancelFinish(conn); }
    };

    std::unique_ptr<PGcancelConn, deleter> conn_;
};

#else

/// For a thread of its own that calls `cancel_request::run`: PQcancel writes without MSG_NOSIGNAL, so that the signal would
/// end the program if the server hung up first. It stays pending for the thread and ends with it.
inline void block_sigpipe() noexcept {
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &only, nullptr);
}

/// A cancel request that blocks (documentation: `PQcancel`). The target must be connected when it is made and may be
/// closed after; `run` may be called on any thread.
class cancel_request {
public:
    explicit cancel_request(const connection& target) : handle_(PQgetCancel(target.native())) {}

    /// Sends the request and returns when the server has closed the channel.
    bool run() noexcept {
        char reason[256];
        return handle_ && PQcancel(handle_.get(), reason, sizeof reason) == 1;
    }

private:
    struct deleter {
        void operator()(PGcancel* handle) const noexcept { PQfreeCancel(handle); }
    };

    std::unique_ptr<PGcancel, deleter> handle_;
};

#endif

} // namespace pgcoro::libpq

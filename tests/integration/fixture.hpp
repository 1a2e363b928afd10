// The server that the integration tests share.
#pragma once

#include <pgcoro/testing/ephemeral_server.hpp>

#include <cstdlib>
#include <string>

namespace pgcoro::testing {

/// A throwaway server, started when it is first asked for and gone at the end of the program. For tests that
/// read its log or need its folder; one that stops or reconfigures a server makes one of its own.
inline ephemeral_server& test_server() {
    static ephemeral_server server(
        {.settings = {{"max_connections", "200"}, {"max_prepared_transactions", "10"}}});
    return server;
}

/// Where to connect: the environment's PGCORO_TEST_DSN, else `test_server()` over its Unix socket.
inline std::string test_dsn() {
    if (const char* given = std::getenv("PGCORO_TEST_DSN"); given && *given) return given;
    return test_server().connection_string();
}

} // namespace pgcoro::testing

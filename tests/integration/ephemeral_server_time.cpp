#include <pgcoro/testing/ephemeral_server.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <doctest/doctest.h>
#include <memory>

#include <libpq-fe.h>

namespace ephemeral_server_time_tests {

using namespace std::chrono_literals;
using pgcoro::testing::ephemeral_server;

// The promise is about the server, not about whatever else keeps the machine busy: the best of three.
TEST_CASE("a throwaway server with a cluster of its own answers in under three seconds") {
    ::unsetenv("INITDB_TEMPLATE");   // tests after it would only take longer
    auto best = std::chrono::steady_clock::duration::max();
    for (int attempt = 0; attempt < 3 && best >= 3s; ++attempt) {
        const auto start = std::chrono::steady_clock::now();
        const ephemeral_server server;
        const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(
            PQconnectdb(server.connection_string().c_str()), &PQfinish);
        CHECK(PQstatus(connection.get()) == CONNECTION_OK);
        best = std::min(best, std::chrono::steady_clock::now() - start);
    }
    CHECK(best < 3s);
}

} // namespace ephemeral_server_time_tests

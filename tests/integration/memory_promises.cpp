// What connections and waiting callers cost in memory.
#include <cstddef>
#include <doctest/doctest.h>
#include <exception>
#include <libpq-fe.h>
#include <malloc.h>
#include <memory>
#include <vector>

#include "memory.hpp"
#include "run.hpp"

namespace memory_promises_tests {

namespace {

using namespace pgcoro;
using namespace pgcoro::testing;

/// What is allocated on the heap now, in bytes (glibc's manual, "Statistics of Malloc").
std::ptrdiff_t allocated() {
    const auto about = mallinfo2();
    return static_cast<std::ptrdiff_t>(about.uordblks + about.hblkhd);
}

void check_below(std::ptrdiff_t grown, std::ptrdiff_t limit) {
    CAPTURE(grown);
    if (memory_is_measurable) CHECK(grown < limit);
    else MESSAGE("memory is not measured under a sanitizer that keeps freed memory");
}

constexpr int connections = 100;
constexpr std::ptrdiff_t callers = 10'000;

/// A connection by libpq alone, as a pool's is: non-blocking, in pipeline mode, has had one answer.
struct bare_connection {
    bare_connection() : conn(PQconnectdb(test_dsn().c_str()), &PQfinish) {
        REQUIRE(PQstatus(conn.get()) == CONNECTION_OK);
        PQclear(PQexec(conn.get(), "select 1"));
        REQUIRE(PQsetnonblocking(conn.get(), 1) == 0);
        REQUIRE(PQenterPipelineMode(conn.get()) == 1);
    }
    std::unique_ptr<PGconn, decltype(&PQfinish)> conn;
};

} // namespace

TEST_CASE("an idle pool of a hundred connections adds less than 8 KB to each of libpq's own") {
    auto options = test_options();
    options.max_connections = options.min_connections = connections;

    auto before = allocated();
    std::ptrdiff_t of_libpq = 0;
    {
        std::vector<bare_connection> bare(connections);
        of_libpq = allocated() - before;
    }
    run([&](asio::io_context& context) -> asio::awaitable<void> {
        before = allocated();
        pool on(context, options);
        co_await on.start();
        co_await until([&] { return on.stats().idle == connections; });
        check_below((allocated() - before - of_libpq) / connections, 8 * 1024);
        co_await on.close();
    });
}

TEST_CASE("each of ten thousand waiting queries takes less than 1 KB") {
    auto options = one_connection();
    options.max_waiting = callers;
    options.pipeline_depth = 1;
    witness w;
    w.ask("select pg_advisory_lock(4711)");
    with_pool(options, [&](pool& on) -> asio::awaitable<void> {
        std::ptrdiff_t answered = 0;
        const auto count = [&](std::exception_ptr failure, int) {
            CHECK(failure == nullptr);
            ++answered;
        };
        on.query_one<int>("select 1 from (select pg_advisory_xact_lock(4711)) as locked")(count);
        co_await until([&] { return w.number("select count(*) from pg_locks where locktype = 'advisory' and not granted") == 1; });

        const auto before = allocated();
        for (int i = 0; i < callers; ++i) on.query_one<int>("select $1::int", i)(count);
        co_await until([&] { return on.stats().waiting == callers; });
        check_below((allocated() - before) / callers, 1024);

        w.ask("select pg_advisory_unlock(4711)");
        co_await until([&] { return answered == callers + 1; });
    });
}

} // namespace memory_promises_tests

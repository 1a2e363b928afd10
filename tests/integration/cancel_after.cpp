// Boost.Asio's own time limit for any operation, which newer versions have.
#include "harness.hpp"

#include <boost/version.hpp>

#if BOOST_VERSION >= 108600
#include <boost/asio/cancel_after.hpp>
#endif

namespace cancel_after_tests {

#if BOOST_VERSION >= 108600
using namespace pgcoro::testing;

TEST_CASE("cancel_after ends the wait, stops the statement and keeps the connection") {
    asio::io_context loop;
    pgcoro::pool p(loop, pgcoro::pool_options{.connect = test_dsn(), .max_connections = 1});
    witness w;
    run(loop, [&]() -> asio::awaitable<void> {
        CHECK(co_await p.query_one<int>("select 42")(asio::cancel_after(60s, asio::use_awaitable)) == 42);
        std::optional<pgcoro::error> failure;
        try {
            co_await p.execute("select pg_sleep(3601)")(asio::cancel_after(100ms, asio::use_awaitable));
        } catch (const pgcoro::error& e) {
            failure = e;
        }
        REQUIRE(failure);
        CHECK(failure->code() == pgcoro::errc::operation_cancelled);
        CHECK(failure->execution() == pgcoro::execution_state::unknown);
        co_await until([&] { return w.running("pg_sleep(3601)") == 0; });
        CHECK(co_await p.query_one<int>("select 43") == 43);
        CHECK(p.stats().opened == 1);
        co_await p.close();
    });
}

#else

TEST_CASE("cancel_after ends the wait, stops the statement and keeps the connection") {
    MESSAGE("skipped: cancel_after needs Boost 1.86");
}

#endif

} // namespace cancel_after_tests

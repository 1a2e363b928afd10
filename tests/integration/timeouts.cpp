// Time limits of statements.
#include "harness.hpp"

namespace timeouts_tests {

namespace {

using namespace pgcoro::testing;
using pgcoro::errc;
using pgcoro::execution_state;
using pgcoro::pool;
using pgcoro::pool_options;

} // namespace

TEST_CASE("a statement that exceeds its limit fails with query_timeout and is stopped on the server") {
    asio::io_context loop;
    witness w;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1});
    run(loop, [&]() -> asio::awaitable<void> {
        const int pid = co_await p.query_one<int>("select pg_backend_pid()");
        const auto failure = co_await failure_of(p.query("select 'too slow' from pg_sleep(600)").timeout(50ms));
        CHECK(failure.code() == errc::query_timeout);
        CHECK(failure.code() == boost::system::errc::timed_out);
        CHECK(failure.execution() == execution_state::unknown);
        CHECK(contains(failure.what(), "too slow"));
        co_await until([&] { return w.running("too slow") == 0; });
        CHECK(co_await p.query_one<int>("select pg_backend_pid()") == pid);
        co_await p.close();
    });
}

TEST_CASE("a limit counts from the beginning, waiting included; what was not sent says so") {
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1});
    run(loop, [&]() -> asio::awaitable<void> {
        auto holder = co_await p.acquire();
        const auto failure = co_await failure_of(p.query("select 1").timeout(20ms));
        CHECK(failure.code() == errc::query_timeout);
        CHECK(failure.execution() == execution_state::not_sent);
        CHECK(p.stats().timeouts == 1);
        CHECK(p.stats().waiting == 0);
        holder.release();
        co_await p.close();
    });
}

TEST_CASE("query_timeout of the pool limits every statement, a shorter limit of a statement wins") {
    asio::io_context loop;
    witness w;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 2, .query_timeout = 400ms});
    run(loop, [&]() -> asio::awaitable<void> {
        CHECK(co_await p.query_one<std::string>("select current_setting('statement_timeout')") == "1400ms");
        const auto began = std::chrono::steady_clock::now();
        CHECK((co_await failure_of(p.query("select 'limited' from pg_sleep(600)").timeout(20ms))).code() == errc::query_timeout);
        CHECK(std::chrono::steady_clock::now() - began < 380ms);
        CHECK((co_await failure_of(p.query("select 'limited' from pg_sleep(600)"))).code() == errc::query_timeout);
        CHECK((co_await failure_of(p.query("select 'limited' from pg_sleep(600)").timeout(10min))).code() == errc::query_timeout);
        auto lease = co_await p.acquire();
        CHECK((co_await failure_of(lease.query("select 'limited' from pg_sleep(600)"))).code() == errc::query_timeout);
        co_await until([&] { return w.running("limited") == 0; });
        CHECK(co_await lease.query_one<int>("select 1") == 1);
        lease.release();
        co_await p.close();
    });
}

TEST_CASE("a statement that ends in time is not touched by its limit later") {
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1});
    run(loop, [&]() -> asio::awaitable<void> {
        for (int i = 0; i < 200; ++i) CHECK(co_await p.query_one<int>("select $1::int", i).timeout(30s) == i);
        const auto quick = begin(p.query_one<int>("select 1").timeout(40ms));
        co_await until([&] { return quick->done(); });
        const auto slow = begin(p.query_one<int>("select 2 from pg_sleep(0.1)"));
        co_await until([&] { return slow->done(); });
        CHECK(quick->value() == 1);
        CHECK(quick->answers == 1);
        CHECK(slow->value() == 2);
        co_await p.close();
    });
}

TEST_CASE("hundreds of limits that pass at once end each its own statement") {
    asio::io_context loop;
    witness w;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 4, .pipeline_depth = 4});
    run(loop, [&]() -> asio::awaitable<void> {
        co_await p.start();
        std::vector<background_ptr<pgcoro::result>> slow;
        std::vector<background_ptr<int>> unlimited;
        for (int i = 0; i < 300; ++i) {
            slow.push_back(begin(p.query("select 'one of many' from pg_sleep(600)").timeout(std::chrono::milliseconds(20 + i % 60))));
            if (i % 3 == 0) unlimited.push_back(begin(p.query_one<int>("select $1::int", i)));
        }
        co_await until([&] { return all_done(slow) && all_done(unlimited); });
        for (const auto& s : slow) CHECK(s->failure().code() == errc::query_timeout);
        for (std::size_t i = 0; i < unlimited.size(); ++i) CHECK(unlimited[i]->value() == static_cast<int>(3 * i));
        co_await until([&] { return w.running("one of many") == 0 && p.stats().in_use == 0; });
        co_await p.close();
    });
}

TEST_CASE("a limit that has passed before the statement begins fails it without sending") {
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1});
    run(loop, [&]() -> asio::awaitable<void> {
        auto holder = co_await p.acquire();
        const auto none = begin(p.query("select 1").timeout(0ms));
        co_await until([&] { return none->done(); });
        CHECK(none->failure().code() == errc::query_timeout);
        CHECK(none->failure().execution() == execution_state::not_sent);
        holder.release();
        co_await p.close();
    });
}

} // namespace timeouts_tests

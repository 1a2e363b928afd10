// More work than a pool can do at once.
#include "harness.hpp"

#include <numeric>

namespace overload_tests {

namespace {

using namespace pgcoro::testing;
using pgcoro::errc;
using pgcoro::pool;
using pgcoro::pool_options;

constexpr std::size_t many = 10'000;

struct tally {
    std::size_t succeeded = 0, overloaded = 0, other = 0;
    std::int64_t sum = 0;
    std::size_t answered() const { return succeeded + overloaded + other; }
};

void flood(pool& p, tally& t) {
    for (std::size_t i = 0; i < many; ++i)
        p.query_one<std::int64_t>("select $1::bigint", static_cast<std::int64_t>(i))
            .as_result()([&t](boost::system::result<std::int64_t, pgcoro::error> r) {
                if (r.has_value()) {
                    ++t.succeeded;
                    t.sum += *r;
                } else if (r.error().code() == errc::pool_overloaded) {
                    ++t.overloaded;
                } else {
                    ++t.other;
                }
            });
}

} // namespace

TEST_CASE("ten thousand queries at once on four connections all succeed if as many may wait") {
    for (const auto mode : {pgcoro::concurrency::thread_safe, pgcoro::concurrency::single_threaded}) {
        asio::io_context loop;
        pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 4, .max_waiting = many, .concurrency = mode});
        tally t;
        run(loop, [&]() -> asio::awaitable<void> {
            flood(p, t);
            co_await until([&] { return t.answered() == many; });
            CHECK(t.succeeded == many);
            CHECK(t.sum == static_cast<std::int64_t>(many * (many - 1) / 2));
            const auto s = p.stats();
            CHECK(s.opened <= 4);
            CHECK(s.acquired == many);
            CHECK(s.rejected == 0);
            CHECK(s.waiting == 0);
            CHECK(s.in_flight == 0);
            CHECK(s.idle == s.total - s.connecting);
            CHECK(s.empty_acquired <= many);
            CHECK(s.max_wait <= s.total_wait);
            co_await p.close();
        });
    }
}

TEST_CASE("ten thousand queries at once with the default of max_waiting: the surplus is refused at once") {
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 4, .concurrency = pgcoro::concurrency::single_threaded});
    tally t;
    run(loop, [&]() -> asio::awaitable<void> {
        co_await p.start();
        flood(p, t);
        CHECK(p.stats().waiting == 1024);
        co_await until([&] { return t.answered() == many; });
        CHECK(t.other == 0);
        CHECK(t.succeeded >= 1024);
        CHECK(t.overloaded == many - t.succeeded);
        CHECK(t.succeeded < many / 2);
        CHECK(p.stats().rejected == t.overloaded);
        CHECK(p.stats().acquired == t.succeeded);
        CHECK(co_await p.query_one<int>("select 1") == 1);
        co_await p.close();
    });
}

TEST_CASE("one request more than may wait is refused at once with pool_overloaded; those in line are not touched") {
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1, .max_waiting = 2});
    run(loop, [&]() -> asio::awaitable<void> {
        auto holder = co_await p.acquire();
        const auto first = begin(p.query_one<int>("select 1"));
        const auto second = begin(p.query_one<int>("select 2"));
        co_await until([&] { return p.stats().waiting == 2; });
        const auto failure = co_await failure_of(p.query_one<int>("select 3"));
        CHECK(failure.code() == errc::pool_overloaded);
        CHECK(failure.execution() == pgcoro::execution_state::not_sent);
        CHECK(contains(failure.what(), "2 requests wait already"));
        CHECK((co_await failure_of(p.acquire())).code() == errc::pool_overloaded);
        CHECK(p.stats().rejected == 2);
        CHECK_FALSE(first->done());
        holder.release();
        co_await until([&] { return first->done() && second->done(); });
        CHECK(first->value() == 1);
        CHECK(second->value() == 2);
        co_await p.close();
    });
}

TEST_CASE("a line of length zero refuses whatever no connection can take at once") {
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1, .max_waiting = 0, .pipeline_depth = 1});
    run(loop, [&]() -> asio::awaitable<void> {
        co_await p.start();
        CHECK(co_await p.query_one<int>("select 1") == 1);
        auto holder = co_await p.acquire();
        CHECK((co_await failure_of(p.query_one<int>("select 1"))).code() == errc::pool_overloaded);
        holder.release();
        co_await p.close();
    });
}

TEST_CASE("leases by the hundred on two connections are all granted") {
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 2});
    int granted = 0, at_once = 0, most = 0;
    run(loop, [&]() -> asio::awaitable<void> {
        const auto use = [&]() -> asio::awaitable<void> {
            auto lease = co_await p.acquire();
            most = std::max(most, ++at_once);
            CHECK(co_await lease.query_one<int>("select 1") == 1);
            --at_once;
            ++granted;
        };
        for (int i = 0; i < 300; ++i) asio::co_spawn(loop, use, asio::detached);
        co_await until([&] { return granted == 300; });
        CHECK(most == 2);
        CHECK(p.stats().opened == 2);
        CHECK(p.stats().acquired == 300);
        co_await p.close();
    });
}

} // namespace overload_tests

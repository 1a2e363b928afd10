// Pools that reach no server: waiting, giving up, closing and being destroyed.
#include <pgcoro/pgcoro.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <doctest/doctest.h>
#include <exception>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace pool_without_server_tests {

using namespace pgcoro;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

pool_options nowhere() {
    pool_options options;
    options.connect = "host=/nonexistent dbname=nowhere";
    options.acquire_timeout = 30s;
    options.reconnect.initial = 1ms;
    options.reconnect.maximum = 30s;
    return options;
}

/// How an operation ended, if it did.
struct outcome {
    bool done = false;
    std::optional<error> failure;
};

template <class Operation>
std::shared_ptr<outcome> begin(Operation op) {
    auto noted = std::make_shared<outcome>();
    std::move(op)([noted](std::exception_ptr thrown, auto&&...) {
        noted->done = true;
        try {
            if (thrown) std::rethrow_exception(thrown);
        } catch (const error& e) {
            noted->failure = e;
        }
    });
    return noted;
}

template <class Condition>
void run_until(asio::io_context& loop, Condition condition) {
    const auto limit = std::chrono::steady_clock::now() + 10s;
    while (!condition() && std::chrono::steady_clock::now() < limit) loop.run_one_for(100ms);
    REQUIRE(condition());
}

} // namespace

TEST_CASE("start fails with the reason for which nothing could be opened") {
    asio::io_context loop;
    pool p(loop, nowhere());
    const auto started = begin(p.start());
    run_until(loop, [&] { return started->done; });
    REQUIRE(started->failure);
    CHECK(started->failure->code() == errc::connect_failed);
}

TEST_CASE("close answers once those who wait have given up") {
    asio::io_context loop;
    pool p(loop, nowhere());
    const auto waiting = begin(p.query<int>("select 1").timeout(20ms));
    const auto lease_wanted = begin(p.acquire().timeout(30ms));
    const auto closed = begin(p.close());
    run_until(loop, [&] { return closed->done; });
    CHECK(waiting->done);
    CHECK(lease_wanted->done);
    CHECK(!closed->failure);
}

TEST_CASE("a pool that closes refuses new work at once") {
    asio::io_context loop;
    pool p(loop, nowhere());
    const auto waiting = begin(p.query<int>("select 1"));
    const auto closed = begin(p.close(50ms));
    const auto late = begin(p.query<int>("select 1"));
    run_until(loop, [&] { return late->done; });
    CHECK(late->failure->code() == errc::pool_closed);
    CHECK_FALSE(closed->done);
    run_until(loop, [&] { return closed->done; });
    run_until(loop, [&] { return waiting->done; });
    CHECK(waiting->failure->code() == errc::pool_closed);
    CHECK(waiting->failure->execution() == execution_state::not_sent);
}

TEST_CASE("the loop's run returns once the pool is gone") {
    asio::io_context loop;
    std::shared_ptr<outcome> waiting;
    {
        pool p(loop, nowhere());
        waiting = begin(p.query<int>("select 1"));
        loop.run_for(5ms);
    }
    loop.restart();
    loop.run_for(10s);
    CHECK(loop.stopped());
    CHECK(waiting->failure->code() == errc::pool_closed);
}

TEST_CASE("attempts that fail together lengthen the pause once") {
    asio::io_context loop;
    auto options = nowhere();
    options.max_connections = 10;
    options.reconnect.factor = 10;
    pool p(loop, options);
    std::vector<std::shared_ptr<outcome>> waiting;
    for (int i = 0; i < 10; ++i) waiting.push_back(begin(p.query<int>("select 1")));
    run_until(loop, [&] { return p.stats().connect_failures >= 30; }); // 1 + 10 ms; not 1, 10, 100, 1000 …
}

TEST_CASE("the minimum of connections is pursued after failures, too") {
    asio::io_context loop;
    auto options = nowhere();
    options.min_connections = 1;
    options.health_check_period = 2ms;
    options.reconnect.maximum = 2ms;
    pool p(loop, options);
    const auto started = begin(p.start());
    run_until(loop, [&] { return started->done; });
    run_until(loop, [&] { return p.stats().connect_failures >= 4; });
}

TEST_CASE("a context that is destroyed takes along coroutines that own pools and wait in them") {
    bool reached_end = false;
    {
        asio::io_context loop;
        SUBCASE("thread-safe") {
            asio::co_spawn(
                loop,
                [&]() -> asio::awaitable<void> {
                    pool own(loop, nowhere());
                    co_await own.query<int>("select 1");
                    reached_end = true;
                },
                asio::detached);
        }
        SUBCASE("single-threaded, several waiters") {
            auto options = nowhere();
            options.concurrency = concurrency::single_threaded;
            const auto shared = std::make_shared<std::optional<pool>>(std::in_place, loop, options);
            for (int i = 0; i < 3; ++i)
                asio::co_spawn(
                    loop,
                    [](std::shared_ptr<std::optional<pool>> keep) -> asio::awaitable<void> {
                        (void)co_await (*keep)->acquire();
                    }(shared),
                    asio::detached);
        }
        SUBCASE("a stand-alone connection") {
            asio::co_spawn(
                loop,
                [&]() -> asio::awaitable<void> {
                    asio::ip::tcp::acceptor silent(loop, {asio::ip::address_v4::loopback(), 0});
                    connect_options where;
                    where.host("127.0.0.1").port(silent.local_endpoint().port());
                    (void)co_await connect(co_await asio::this_coro::executor, where);
                    reached_end = true;
                },
                asio::detached);
        }
        SUBCASE("a callback that owns its pool") {
            const auto own = std::make_shared<pool>(loop, nowhere());
            for (int i = 0; i < 2; ++i)
                own->query<int>("select 1")([own](std::exception_ptr, std::vector<int>) {});
        }
        loop.run_for(3ms);
    }
    CHECK_FALSE(reached_end);
}

TEST_CASE("cancelling from the handler's executor while other threads finish requests is safe") {
    asio::thread_pool threads(2);
    auto options = nowhere();
    options.max_waiting = 4;
    pool p(threads.get_executor(), options);
    for (int i = 0; i < 200; ++i)
        asio::co_spawn(
            threads,
            [&p]() -> asio::awaitable<void> {
                for (int n = 0; n < 5; ++n) co_await p.query<int>("select 1").timeout(1ms).as_result();
            },
            asio::detached);
    {
        pool gone(threads.get_executor(), options);
        for (int i = 0; i < 20; ++i) gone.query<int>("select 1")([](std::exception_ptr, std::vector<int>) {});
        const pool moved = std::move(gone);   // its requests stay where they are
    }
    asio::steady_timer timer(threads, 50ms);
    timer.async_wait([&](auto) { p.close()([](std::exception_ptr) {}); });
    threads.join();
}

} // namespace pool_without_server_tests

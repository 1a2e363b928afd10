// Servers that go away and come back: idle connections are replaced, attempts back off, waiters learn the reason.
#include "harness.hpp"

namespace reconnecting_tests {

namespace {

using namespace pgcoro::testing;
using pgcoro::errc;
using pgcoro::pool;
using pgcoro::pool_options;

} // namespace

TEST_CASE("an idle connection that the server ended is noticed and replaced before anyone is given it") {
    asio::io_context loop;
    witness w;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 2});
    run(loop, [&]() -> asio::awaitable<void> {
        for (int i = 0; i < 10; ++i) {
            const int pid = co_await p.query_one<int>("select pg_backend_pid()");
            w.ask("select pg_terminate_backend(" + std::to_string(pid) + ", 10000)");
            co_await until([&] { return p.stats().total == 0; });
            CHECK(co_await p.query_one<int>("select pg_backend_pid()") != pid);
        }
        CHECK(p.stats().closed_by_error == 10);
        CHECK(p.stats().reconnects == 10);
        CHECK(p.stats().opened == 11);
        co_await p.close();
    });
}

TEST_CASE("a server that was restarted while the pool was idle is not noticed by callers") {
    ephemeral_server server;
    asio::io_context loop;
    pool p(loop, pool_options{.connect = server.connection_string(), .max_connections = 3, .min_connections = 3});
    run(loop, [&]() -> asio::awaitable<void> {
        for (const auto mode : {shutdown_mode::fast, shutdown_mode::immediate}) {
            co_await p.start();
            co_await until([&] { return p.stats().idle == 3; });
            server.restart(mode);
            co_await until([&] { return p.stats().idle == 0; });
            for (int i = 0; i < 5; ++i) CHECK(co_await p.query_one<int>("select 1") == 1);
        }
        CHECK(p.stats().closed_by_error == 6);
        co_await p.close();
    });
}

TEST_CASE("while the server is down waiters get the reason of the failed attempt at their deadline") {
    ephemeral_server server;
    asio::io_context loop;
    pool p(loop, pool_options{.connect = server.tcp_connection_string(), .max_connections = 4, .acquire_timeout = 300ms,
                              .reconnect = {.initial = 10ms}});
    server.stop();
    run(loop, [&]() -> asio::awaitable<void> {
        std::vector<background_ptr<int>> waiters;
        for (int i = 0; i < 4; ++i) waiters.push_back(begin(p.query_one<int>("select 1")));
        const auto lease = begin(p.acquire());
        co_await until([&] { return all_done(waiters) && lease->done(); });
        for (const auto& w : waiters) {
            CHECK(w->failure().code() == errc::connect_failed);
            CHECK(w->failure().execution() == pgcoro::execution_state::not_sent);
            CHECK(contains(w->failure().what(), "Connection refused"));
            CHECK(contains(w->failure().what(), "300 ms"));
        }
        CHECK(lease->failure().code() == errc::connect_failed);
        CHECK(p.stats().timeouts == 5);
        CHECK(p.stats().connect_failures > 4);   // it went on trying
        CHECK(p.stats().waiting == 0);
        co_await p.close();
    });
}

TEST_CASE("waiters are served when the server is back, however many attempts failed meanwhile") {
    ephemeral_server server;
    asio::io_context loop;
    pool p(loop, pool_options{.connect = server.tcp_connection_string(), .max_connections = 10,
                              .acquire_timeout = 60s,
                              .reconnect = {.initial = 20ms, .maximum = 100ms}});
    server.stop();
    run(loop, [&]() -> asio::awaitable<void> {
        std::vector<background_ptr<int>> waiters;
        for (int i = 0; i < 40; ++i) waiters.push_back(begin(p.query_one<int>("select $1::int", i)));
        co_await until([&] { return p.stats().connect_failures >= 20; });
        server.start();
        co_await until([&] { return all_done(waiters); });
        for (int i = 0; i < 40; ++i) CHECK(waiters[static_cast<std::size_t>(i)]->value() == i);
        CHECK(p.stats().reconnects >= 1);
        co_await p.close();
    });
}

TEST_CASE("attempts that fail together count as one failure: the pauses do not grow with the number of waiters") {
    ephemeral_server server;
    asio::io_context loop;
    pool p(loop, pool_options{.connect = server.tcp_connection_string(), .max_connections = 10,
                              .acquire_timeout = 60s,
                              .reconnect = {.initial = 10ms, .factor = 10.0, .jitter = 0.0, .maximum = 60s}});
    server.stop();
    run(loop, [&]() -> asio::awaitable<void> {
        std::vector<background_ptr<int>> waiters;
        for (int i = 0; i < 10; ++i) waiters.push_back(begin(p.query_one<int>("select 1")));
        // 10 ms, 100 ms, 1 s: a second wave comes soon after the first.
        const auto began = std::chrono::steady_clock::now();
        co_await until([&] { return p.stats().connect_failures > 10; });
        CHECK(std::chrono::steady_clock::now() - began < 5s);
        co_await p.close(0ms);
    });
}

TEST_CASE("start fails at once while the pool backs off") {
    ephemeral_server server;
    asio::io_context loop;
    pool p(loop, pool_options{.connect = server.tcp_connection_string(), .reconnect = {.initial = 30s}});
    server.stop();
    run(loop, [&]() -> asio::awaitable<void> {
        CHECK((co_await failure_of(p.start())).code() == errc::connect_failed);
        const auto began = std::chrono::steady_clock::now();
        CHECK((co_await failure_of(p.start())).code() == errc::connect_failed);
        CHECK(std::chrono::steady_clock::now() - began < 5s);
        co_await p.close();
    });
}

TEST_CASE("a pool goes on with the connections it has when no further one can be opened") {
    asio::io_context loop;
    witness w;
    w.ask("drop role if exists one_at_a_time");
    w.ask("create role one_at_a_time login connection limit 1");
    pool p(loop, pool_options{.connect = pgcoro::connect_options::parse(test_dsn()).set("user", "one_at_a_time"),
                              .max_connections = 4, .pipeline_depth = 2, .reconnect = {.initial = 5ms}});
    run(loop, [&]() -> asio::awaitable<void> {
        std::vector<background_ptr<int>> started;
        for (int i = 0; i < 50; ++i) started.push_back(begin(p.query_one<int>("select 1")));
        co_await until([&] { return all_done(started); });
        for (const auto& s : started) CHECK(s->value() == 1);
        CHECK(p.stats().opened == 1);
        // The server may refuse the others only after the first connection has done all of the work.
        co_await until([&] { return p.stats().connect_failures > 0; });
        co_await p.close();
    });
    block_until([&] { return w.number("select count(*) from pg_stat_activity where usename = 'one_at_a_time'") == 0; });
    w.ask("drop role one_at_a_time");
}

} // namespace reconnecting_tests

// What a pool does of its own accord: connections that grow old or idle, minimums that are kept.
#include "harness.hpp"

#include <set>

namespace pool_maintenance_tests {

namespace {

using namespace pgcoro::testing;
using pgcoro::pool;
using pgcoro::pool_options;

} // namespace

TEST_CASE("idle connections are closed after idle_timeout, down to the minimum") {
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 4, .min_connections = 1, .idle_timeout = 20ms,
                              .health_check_period = 5ms});
    run(loop, [&]() -> asio::awaitable<void> {
        {
            auto a = co_await p.acquire();
            auto b = co_await p.acquire();
            auto c = co_await p.acquire();
            CHECK(p.stats().total == 3);
        }
        co_await until([&] { return p.stats().total == 1; });
        CHECK(p.stats().closed_by_idle_time == 2);
        CHECK(co_await p.query_one<int>("select 1") == 1);
        co_await p.close();
    });
}

TEST_CASE("no more than max_idle connections stay idle") {
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 4, .max_idle = 1, .health_check_period = 5ms});
    run(loop, [&]() -> asio::awaitable<void> {
        {
            auto a = co_await p.acquire();
            auto b = co_await p.acquire();
            auto c = co_await p.acquire();
        }
        co_await until([&] { return p.stats().total == 1; });
        CHECK(p.stats().closed_by_health_check == 2);
        co_await p.close();
    });
}

TEST_CASE("connections are replaced at the end of their lifetime, idle ones and busy ones") {
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1, .max_lifetime = 30ms,
                              .health_check_period = 5ms});
    run(loop, [&]() -> asio::awaitable<void> {
        std::set<int> pids;
        while (pids.size() < 3) pids.insert(co_await p.query_one<int>("select pg_backend_pid()"));
        CHECK(p.stats().closed_by_lifetime >= 2);

        // More callers than the connection can carry at once: it is never idle of its own accord.
        bool stop = false;
        int running = 0;
        const auto ask = [&]() -> asio::awaitable<void> {
            ++running;
            while (!stop) pids.insert(co_await p.query_one<int>("select pg_backend_pid()"));
            --running;
        };
        const auto before = p.stats().closed_by_lifetime;
        for (int i = 0; i < 12; ++i) asio::co_spawn(loop, ask, asio::detached);
        co_await until([&] { return p.stats().closed_by_lifetime >= before + 3; });
        stop = true;
        co_await until([&] { return running == 0; });
        CHECK(p.stats().closed_by_error == 0);
        co_await p.close();
    });
}

TEST_CASE("a lease may outlast the lifetime of its connection, which ends when it comes back") {
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1, .max_lifetime = 10ms,
                              .health_check_period = 5ms});
    run(loop, [&]() -> asio::awaitable<void> {
        auto lease = co_await p.acquire();
        const int pid = lease.backend_pid();
        co_await lease.query("select pg_sleep(0.05)");
        CHECK(co_await lease.query_one<int>("select pg_backend_pid()") == pid);
        const auto before = p.stats().closed_by_lifetime;
        lease.release();
        co_await until([&] { return p.stats().closed_by_lifetime > before; });
        CHECK(co_await p.query_one<int>("select pg_backend_pid()") != pid);
        co_await p.close();
    });
}

TEST_CASE("min_connections and min_idle are kept, also after connections were lost") {
    asio::io_context loop;
    witness w;
    pool p(loop, pool_options{.connect = pgcoro::connect_options::parse(test_dsn()).application_name("kept_open"),
                              .max_connections = 5, .min_connections = 2, .min_idle = 2, .health_check_period = 5ms});
    run(loop, [&]() -> asio::awaitable<void> {
        co_await p.start();
        co_await until([&] { return p.stats().idle == 2; });
        auto a = co_await p.acquire();
        auto b = co_await p.acquire();
        co_await until([&] { return p.stats().idle == 2; });
        CHECK(p.stats().total == 4);
        a.release();
        b.release();
        w.ask("select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'kept_open'");
        co_await until([&] { return p.stats().closed_by_error >= 3 && p.stats().idle >= 2; });
        CHECK(co_await p.query_one<int>("select 1") == 1);
        co_await p.close();
    });
}

TEST_CASE("statistics add up") {
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 3, .pipeline_depth = 2,
                              .statement_cache_capacity = 2});
    const auto consistent = [&] {
        const auto s = p.stats();
        CHECK(s.max == 3);
        CHECK(s.total == s.idle + s.in_use + s.connecting);
        CHECK(s.total <= s.max);
        CHECK(s.in_flight <= 2 * s.in_use);
        CHECK(s.empty_acquired <= s.acquired);
        CHECK(s.max_wait <= s.total_wait);
    };
    run(loop, [&]() -> asio::awaitable<void> {
        std::vector<background_ptr<int>> started;
        for (int i = 0; i < 60; ++i) {
            started.push_back(begin(p.query_one<int>("select 1")));
            if (i % 3 == 0) started.push_back(begin(p.query_one<int>("select 2")));
            if (i % 5 == 0) started.push_back(begin(p.query_one<int>("select 3")));
        }
        while (!all_done(started)) {
            consistent();
            asio::steady_timer turn(loop, 0ms);
            co_await turn.async_wait(asio::use_awaitable);
        }
        consistent();
        const auto s = p.stats();
        CHECK(s.acquired == started.size());
        CHECK(s.opened == s.total - s.connecting);
        CHECK(s.statements_prepared >= 3);
        CHECK(s.statement_cache_hits > 0);
        CHECK(s.statement_cache_evictions > 0);
        CHECK(s.statement_cache_evictions + 2 * s.total >= s.statements_prepared);
        CHECK(s.cancelled == 0);
        CHECK(s.timeouts == 0);
        CHECK(s.rejected == 0);
        co_await p.close();
        CHECK(p.stats().total == 0);
        CHECK(p.stats().closed_by_error == 0);
    });
}

} // namespace pool_maintenance_tests

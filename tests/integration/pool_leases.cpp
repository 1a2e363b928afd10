// Leases: never shared, never starved, clean when the next one gets them.
#include "harness.hpp"

#include <boost/asio/detached.hpp>

#include <set>

namespace pool_leases_tests {

namespace {

using namespace pgcoro::testing;
using pgcoro::errc;
using pgcoro::pool;
using pgcoro::pool_options;
using pgcoro::sqlstate;

} // namespace

TEST_CASE("a leased connection carries nobody else's statements") {
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 2, .pipeline_depth = 8});
    run(loop, [&]() -> asio::awaitable<void> {
        auto lease = co_await p.acquire();
        const int mine = co_await lease.query_one<int>("select pg_backend_pid()");
        CHECK(mine == lease.backend_pid());
        for (int i = 0; i < 20; ++i) CHECK(co_await p.query_one<int>("select pg_backend_pid()") != mine);
        lease.release();
        co_await p.close();
    });
}

TEST_CASE("a lease is not starved by shared statements: one connection is drained for it") {
    asio::io_context loop;
    gate g(21);
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1, .pipeline_depth = 4});
    run(loop, [&]() -> asio::awaitable<void> {
        const auto running = begin(p.query<int>("select 1 from pg_advisory_xact_lock_shared(21)"));
        co_await until([&] { return g.waiting() == 1; });
        const auto wanted = begin(p.acquire());
        // Came later, and would fit on the shared connection: but the lease is first.
        std::vector<background_ptr<int>> later;
        for (int i = 0; i < 3; ++i) later.push_back(begin(p.query_one<int>("select 1")));
        co_await until([&] { return p.stats().waiting == 4; });
        CHECK(p.stats().in_flight == 1);
        g.open();
        co_await until([&] { return wanted->done(); });
        CHECK(running->succeeded());
        REQUIRE(wanted->succeeded());
        for (const auto& l : later) CHECK_FALSE(l->done());
        CHECK(co_await (**wanted->answer).query_one<int>("select 1") == 1);
        wanted->answer.reset();
        co_await until([&] { return all_done(later); });
        for (const auto& l : later) CHECK(l->succeeded());
        co_await p.close();
    });
}

TEST_CASE("a lease is granted amid a never-ending stream of shared statements") {
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 2, .pipeline_depth = 4});
    run(loop, [&]() -> asio::awaitable<void> {
        bool stop = false;
        int running = 0;
        const auto keep_asking = [&]() -> asio::awaitable<void> {
            ++running;
            while (!stop) co_await p.query_one<int>("select 1");
            --running;
        };
        for (int i = 0; i < 16; ++i) asio::co_spawn(loop, keep_asking, asio::detached);
        co_await until([&] { return p.stats().in_flight == 8; });
        for (int i = 0; i < 20; ++i) {
            auto lease = co_await p.acquire();
            CHECK(co_await lease.query_one<int>("select 1") == 1);
        }
        stop = true;
        co_await until([&] { return running == 0; });
        co_await p.close();
    });
}

TEST_CASE("a lease that comes back inside a transaction is rolled back before anyone else gets the connection") {
    witness w;
    w.ask("drop table if exists left_open; create table left_open(n int)");
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1});
    run(loop, [&]() -> asio::awaitable<void> {
        int pid = 0;
        {
            auto lease = co_await p.acquire();
            pid = lease.backend_pid();
            co_await lease.execute("begin");
            co_await lease.execute("insert into left_open values (1)");
        }
        CHECK(co_await p.query_one<std::int64_t>("select count(*) from left_open") == 0);
        {
            auto lease = co_await p.acquire();
            co_await lease.execute("begin");
            const auto failure = co_await failure_of(lease.query("select 1/0"));
            CHECK(failure.code() == sqlstate::division_by_zero);
        }
        CHECK(co_await p.query_one<int>("select pg_backend_pid()") == pid);
        CHECK(p.stats().opened == 1);
        co_await p.close();
    });
    CHECK(w.ask("select count(*) from left_open") == "0");
    w.ask("drop table left_open");
}

TEST_CASE("a lease given up while its statement runs comes back after it, rolled back") {
    witness w;
    w.ask("drop table if exists given_up; create table given_up(n int)");
    asio::io_context loop;
    gate g(22);
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1});
    run(loop, [&]() -> asio::awaitable<void> {
        background_ptr<pgcoro::command_tag> pending;
        {
            auto lease = co_await p.acquire();
            co_await lease.execute("begin");
            pending = begin(lease.execute("insert into given_up select 1 from pg_advisory_xact_lock_shared(22)"));
            co_await until([&] { return g.waiting() == 1; });
        }
        const auto next = begin(p.query_one<std::int64_t>("select count(*) from given_up"));
        CHECK_FALSE(pending->done());
        g.open();
        co_await until([&] { return pending->done() && next->done(); });
        CHECK(pending->succeeded());
        CHECK(next->value() == 0);
        co_await p.close();
    });
    w.ask("drop table given_up");
}

TEST_CASE("settings of a lease do not reach the next user of its connection") {
    asio::io_context loop;
    for (const auto policy : {pgcoro::reset_policy::automatic, pgcoro::reset_policy::discard_all}) {
        pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1, .reset = policy});
        run(loop, [&]() -> asio::awaitable<void> {
            const auto before = co_await p.query_one<std::string>("select current_setting('work_mem')");
            const int pid = co_await p.query_one<int>("select pg_backend_pid()");
            {
                auto lease = co_await p.acquire();
                co_await lease.execute("set work_mem = '19MB'");
                co_await lease.execute("create temporary table mine(n int)");
                co_await lease.execute("listen hear");
                CHECK(co_await lease.query_one<std::string>("select current_setting('work_mem')") == "19MB");
            }
            CHECK(co_await p.query_one<std::string>("select current_setting('work_mem')") == before);
            CHECK(co_await p.query_one<bool>("select to_regclass('pg_temp.mine') is null"));
            CHECK(co_await p.query_one<std::int64_t>("select count(*) from pg_listening_channels()") == 0);
            CHECK(co_await p.query_one<int>("select pg_backend_pid()") == pid);
            co_await p.close();
        });
    }
}

TEST_CASE("DISCARD ALL comes only where a lease may have changed its session, unless it is asked for each time") {
    witness w;
    asio::io_context loop;
    // A prepared statement of the session's own shows whether its connection was reset.
    const auto survives = [&](pgcoro::reset_policy policy, bool effects) {
        pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1, .reset = policy});
        bool still_there = false;
        run(loop, [&]() -> asio::awaitable<void> {
            co_await p.query_one<int>("select 41 + 1");
            {
                auto lease = co_await p.acquire();
                co_await lease.query_one<int>("select 1");
                if (effects) co_await lease.execute("set work_mem = '19MB'");
            }
            still_there = co_await p.query_one<bool>("select count(*) > 0 from pg_prepared_statements where "
                                                     "statement = 'select 41 + 1'");
            co_await p.close();
        });
        return still_there;
    };
    using pgcoro::reset_policy;
    CHECK(survives(reset_policy::automatic, false));
    CHECK_FALSE(survives(reset_policy::automatic, true));
    CHECK_FALSE(survives(reset_policy::discard_all, false));
    CHECK(survives(reset_policy::none, true));
}

TEST_CASE("a lease whose native handle was taken is reset") {
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1});
    run(loop, [&]() -> asio::awaitable<void> {
        co_await p.query_one<int>("select 41 + 1");
        {
            auto lease = co_await p.acquire();
            CHECK(PQserverVersion(lease.native_handle()) == lease.server_version());
        }
        CHECK(co_await p.query_one<std::int64_t>("select count(*) from pg_prepared_statements where "
                                                 "statement = 'select 41 + 1'")
              == 0);
        co_await p.close();
    });
}

TEST_CASE("an acquire that times out says how many connections there are and who holds the oldest lease") {
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 2, .min_connections = 2, .acquire_timeout = 40ms});
    run(loop, [&]() -> asio::awaitable<void> {
        co_await p.start();
        auto oldest = co_await p.acquire();
        const auto line = std::to_string(__LINE__ - 1);
        auto younger = co_await p.acquire();
        const auto failure = co_await failure_of(p.acquire());
        CHECK(failure.code() == errc::acquire_timeout);
        CHECK(failure.code() == boost::system::errc::timed_out);
        CHECK(failure.execution() == pgcoro::execution_state::not_sent);
        CHECK(contains(failure.what(), "40 ms"));
        CHECK(contains(failure.what(), "2 of 2 connections"));
        CHECK(contains(failure.what(), "pool_leases.cpp:" + line + " "));
        const auto statement = co_await failure_of(p.query("select 1"));
        CHECK(statement.code() == errc::acquire_timeout);
        CHECK(contains(statement.what(), "pool_leases.cpp:" + line + " "));
        CHECK(p.stats().timeouts == 2);
        CHECK(p.stats().waiting == 0);
        oldest.release();
        younger.release();
        co_await p.close();
    });
}

TEST_CASE("a waiter whose deadline has passed is never handed a connection") {
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1, .acquire_timeout = 30ms});
    run(loop, [&]() -> asio::awaitable<void> {
        co_await p.start();
        auto holder = co_await p.acquire();
        const auto waiter = begin(p.acquire());
        co_await until([&] { return waiter->done(); });
        CHECK(waiter->failure().code() == errc::acquire_timeout);
        holder.release();
        co_await until([&] { return p.stats().idle == 1; });
        CHECK(waiter->answers == 1);
        CHECK(p.stats().in_use == 0);
        co_await p.close();
    });
}

TEST_CASE("acquire and start have a time limit of their own if they are given one") {
    asio::io_context loop;
    asio::ip::tcp::acceptor deaf(loop, {asio::ip::address_v4::loopback(), 0});
    const auto port = std::to_string(deaf.local_endpoint().port());
    pool unreachable(loop, pool_options{.connect = "postgresql://127.0.0.1:" + port + "/postgres"});
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1});
    run(loop, [&]() -> asio::awaitable<void> {
        auto holder = co_await p.acquire();
        const auto began = std::chrono::steady_clock::now();
        CHECK((co_await failure_of(p.acquire().timeout(30ms))).code() == boost::system::errc::timed_out);
        CHECK((co_await failure_of(unreachable.start().timeout(30ms))).code() == boost::system::errc::timed_out);
        CHECK(std::chrono::steady_clock::now() - began < 5s);
        holder.release();
        co_await p.close();
        co_await unreachable.close();
    });
}

TEST_CASE("an empty or released lease refuses work") {
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn()});
    run(loop, [&]() -> asio::awaitable<void> {
        pgcoro::lease none;
        CHECK_FALSE(none);
        CHECK((co_await failure_of(none.query("select 1"))).code() == errc::not_connected);
        auto lease = co_await p.acquire();
        auto moved = std::move(lease);
        CHECK((co_await failure_of(lease.query("select 1"))).code() == errc::not_connected);
        auto late = moved.query("select 1");
        moved.release();
        CHECK((co_await failure_of(std::move(late))).code() == errc::not_connected);
        co_await p.close();
    });
}

TEST_CASE("a lease replaced by another gives its connection back") {
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 2});
    run(loop, [&]() -> asio::awaitable<void> {
        auto lease = co_await p.acquire();
        for (int i = 0; i < 10; ++i) {
            auto next = co_await p.acquire();
            lease = std::move(next);
        }
        co_await until([&] { return p.stats().idle == 1; });
        CHECK(p.stats().in_use == 1);
        lease.release();
        co_await until([&] { return p.stats().idle == 2; });
        co_await p.close();
    });
}

TEST_CASE("a lease does not wait for a description that another connection asked for behind a statement that waits for it") {
    witness w;
    w.ask("drop table if exists contended; create table contended(n int); insert into contended values (1)");
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 2, .pipeline_depth = 4});
    run(loop, [&]() -> asio::awaitable<void> {
        co_await p.execute("update contended set n = $1::int", 1);
        auto lease = co_await p.acquire();
        co_await lease.execute("begin");
        co_await lease.execute("update contended set n = 2");
        const auto blocked = begin(p.execute("update contended set n = $1::int", 3));
        co_await until([&] { return w.number("select count(*) from pg_locks where not granted") > 0; });
        const auto behind = begin(p.query_one<int>("select n + 1 from contended"));
        co_await until([&] { return p.stats().in_flight == 2; });
        CHECK(co_await lease.query_one<int>("select n + 1 from contended").timeout(10s) == 3);
        co_await lease.execute("commit");
        co_await until([&] { return blocked->done() && behind->done(); });
        CHECK(blocked->succeeded());
        CHECK(behind->value() == 4);
        lease.release();
        co_await p.close();
    });
    w.ask("drop table contended");
}

} // namespace pool_leases_tests

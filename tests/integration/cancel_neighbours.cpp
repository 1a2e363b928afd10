// What a cancel must not do: fail, repeat or delay for ever what somebody else asked for.
#include <boost/asio/detached.hpp>

#include "harness.hpp"

#include <random>
#include <set>

namespace cancel_neighbours_tests {

namespace {

using namespace pgcoro::testing;
using pgcoro::errc;
using pgcoro::execution_state;
using pgcoro::pool;
using pgcoro::pool_options;

} // namespace

TEST_CASE("neighbours of a cancelled statement on the same connection succeed, and run once") {
    witness w;
    w.ask("drop table if exists neighbours; create table neighbours(n int)");
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1, .pipeline_depth = 8});
    run(loop, [&]() -> asio::awaitable<void> {
        for (int round = 0; round < 50; ++round) {
            const auto before = begin(p.execute("insert into neighbours values ($1)", 10 * round));
            const auto sleeping = begin(p.query("select 'next to me' from pg_sleep(600)"));
            std::vector<background_ptr<pgcoro::command_tag>> behind;
            for (int i = 1; i <= 4; ++i) behind.push_back(begin(p.execute("insert into neighbours values ($1)", 10 * round + i)));
            co_await until([&] { return w.sleeping("next to me") == 1; });
            sleeping->cancel();
            co_await until([&] { return before->done() && sleeping->done() && all_done(behind); });
            CHECK(before->succeeded());
            CHECK(sleeping->failure().code() == errc::operation_cancelled);
            for (const auto& b : behind) CHECK(b->succeeded());
        }
        co_await p.close();
    });
    CHECK(w.ask("select count(*) from neighbours") == "250");
    CHECK(w.ask("select count(distinct n) from neighbours") == "250");
    w.ask("drop table neighbours");
}

TEST_CASE("a statement cancelled while it stands behind another is not sent a cancel before its turn") {
    asio::io_context loop;
    gate g(61);
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1, .pipeline_depth = 4});
    run(loop, [&]() -> asio::awaitable<void> {
        // Described beforehand, so that they are sent in the order in which they are begun.
        co_await p.query("select 'behind' from pg_sleep(0)");
        co_await p.query("select 3");
        co_await p.query_one<int>("select 1 from pg_advisory_xact_lock_shared($1::int)", 60);
        const auto head = begin(p.query_one<int>("select 1 from pg_advisory_xact_lock_shared($1::int)", 61));
        const auto behind = begin(p.query("select 'behind' from pg_sleep(0)"));
        const auto last = begin(p.query_one<int>("select 3"));
        co_await until([&] { return g.waiting() == 1 && p.stats().in_flight == 3; });
        behind->cancel();
        co_await until([&] { return behind->done(); });
        CHECK(behind->failure().code() == errc::operation_cancelled);
        CHECK(g.waiting() == 1);
        CHECK_FALSE(head->done());
        g.open();
        co_await until([&] { return head->done() && last->done(); });
        CHECK(head->value() == 1);
        CHECK(last->value() == 3);
        co_await p.close();
    });
}

TEST_CASE("a cancel near the end of its statement never hits the next one on that connection") {
    witness w;
    w.ask("drop table if exists next_one; create table next_one(n int)");
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1});
    constexpr int rounds = 200;
    run(loop, [&]() -> asio::awaitable<void> {
        std::minstd_rand random(7);
        asio::steady_timer timer(loop);
        for (int i = 0; i < rounds; ++i) {
            const auto target = begin(p.query("select pg_sleep(0.001)"));
            timer.expires_after(std::chrono::microseconds(500 + random() % 2000));
            co_await timer.async_wait(asio::use_awaitable);
            target->cancel();
            co_await p.execute("insert into next_one values ($1)", i);
            const auto again = co_await p.query_one<int>("select $1::int from pg_sleep(0.0005)", i);
            CHECK(again == i);
            CHECK(target->answers == 1);
        }
        CHECK(p.stats().closed_by_error == 0);
        co_await p.close();
    });
    CHECK(w.number("select count(*) from next_one") == rounds);
    CHECK(w.number("select count(distinct n) from next_one") == rounds);
    w.ask("drop table next_one");
}

TEST_CASE("the same on a lease, where the next statement is the holder's own") {
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1});
    run(loop, [&]() -> asio::awaitable<void> {
        std::minstd_rand random(11);
        asio::steady_timer timer(loop);
        auto lease = co_await p.acquire();
        co_await lease.execute("create temporary table of_lease(n int)");
        for (int i = 0; i < 100; ++i) {
            const auto target = begin(lease.query("select pg_sleep(0.001)"));
            timer.expires_after(std::chrono::microseconds(500 + random() % 2000));
            co_await timer.async_wait(asio::use_awaitable);
            target->cancel();
            co_await lease.execute("insert into of_lease values ($1)", i);
        }
        CHECK(co_await lease.query_one<std::int64_t>("select count(distinct n) from of_lease") == 100);
        CHECK(co_await lease.query_one<std::int64_t>("select count(*) from of_lease") == 100);
        lease.release();
        co_await p.close();
    });
}

TEST_CASE("in a storm of cancels nobody else fails, and no statement runs twice") {
    witness w;
    w.ask("drop table if exists storm; create table storm(n int)");
    for (const auto mode : {pgcoro::concurrency::thread_safe, pgcoro::concurrency::single_threaded}) {
        w.ask("truncate storm");
        asio::io_context loop;
        pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 3, .acquire_timeout = patience,
                                  .max_waiting = 10'000, .pipeline_depth = 4, .concurrency = mode});
        int inserted = 0, failed = 0, cancelled = 0, survived = 0;
        std::set<int> maybe;
        run(loop, [&]() -> asio::awaitable<void> {
            bool stop = false;
            int running = 0, next = 0;
            const auto bystander = [&]() -> asio::awaitable<void> {
                ++running;
                while (!stop) {
                    const auto r = co_await p.execute("insert into storm values ($1)", next++).as_result();
                    if (r.has_value()) ++inserted;
                    else {
                        ++failed;
                        MESSAGE(r.error().what());
                    }
                }
                --running;
            };
            const auto canceller = [&](unsigned seed) -> asio::awaitable<void> {
                ++running;
                std::minstd_rand random(seed);
                asio::steady_timer timer(loop);
                while (!stop) {
                    const auto target = begin(p.query("select pg_sleep($1::float8)", double(random() % 4) / 1000));
                    timer.expires_after(std::chrono::microseconds(random() % 4000));
                    co_await timer.async_wait(asio::use_awaitable);
                    target->cancel();
                    co_await until([&] { return target->done(); });
                    if (target->succeeded()) ++survived;
                    else {
                        CHECK(target->failure().code() == errc::operation_cancelled);
                        ++cancelled;
                    }
                }
                --running;
            };
            for (int i = 0; i < 8; ++i) asio::co_spawn(loop, bystander, asio::detached);
            for (unsigned i = 1; i <= 8; ++i) asio::co_spawn(loop, [&, i] { return canceller(i); }, asio::detached);
            co_await until([&] { return cancelled >= 400 && inserted >= 200; });
            stop = true;
            co_await until([&] { return running == 0; });
            CHECK(p.stats().closed_by_error == 0);
            CHECK(co_await p.query_one<int>("select 1") == 1);
            co_await p.close();
        });
        CHECK(failed == 0);
        CHECK(w.number("select count(*) from storm") == inserted);
        CHECK(w.number("select count(distinct n) from storm") == inserted);
    }
    w.ask("drop table storm");
}

TEST_CASE("a cancel by somebody else goes to the statement's caller, as the server said it") {
    asio::io_context loop;
    gate g(62);
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1});
    run(loop, [&]() -> asio::awaitable<void> {
        const auto hit = begin(p.query("select 1 from pg_advisory_xact_lock_shared(62)"));
        co_await until([&] { return g.waiting() == 1; });
        g.keeper().ask("select pg_cancel_backend(pid) from pg_locks where locktype = 'advisory' and not granted and objid = 62");
        co_await until([&] { return hit->done(); });
        CHECK(hit->failure().code() == pgcoro::sqlstate::query_canceled);
        CHECK(hit->failure().execution() == execution_state::rejected);
        CHECK(co_await p.query_one<int>("select 1") == 1);
        co_await p.close();
    });
}

TEST_CASE("a neighbour hit by a cancel that was meant for another is not turned away from a full line") {
    witness w;
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1, .max_waiting = 0, .pipeline_depth = 2});
    run(loop, [&]() -> asio::awaitable<void> {
        co_await p.start();
        co_await p.query("select pg_sleep($1::float8)", 0.0);
        for (int i = 0; i < 100; ++i) {
            const auto target = begin(p.query("select pg_sleep($1::float8)", 0.001));
            const auto neighbour = begin(p.query("select pg_sleep($1::float8)", 0.003));
            asio::steady_timer timer(loop, 1ms);
            co_await timer.async_wait(asio::use_awaitable);
            target->cancel();
            co_await until([&] { return neighbour->done() && p.stats().idle == 1; });
            CHECK(neighbour->succeeded());
        }
        co_await p.close();
    });
}

} // namespace cancel_neighbours_tests

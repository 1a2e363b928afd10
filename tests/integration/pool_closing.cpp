// Pools that are closed or destroyed, with work under way.
#include "harness.hpp"

namespace pool_closing_tests {

namespace {

using namespace pgcoro::testing;
using pgcoro::errc;
using pgcoro::execution_state;
using pgcoro::pool;
using pgcoro::pool_options;

constexpr const char* closing_name = "closing_test";

pgcoro::connect_options here() { return pgcoro::connect_options::parse(test_dsn()).application_name(closing_name); }

/// No session of ours is left on the server.
void check_all_gone() {
    witness w;
    block_until([&] {
        return w.number("select count(*) from pg_stat_activity where application_name = '" + std::string(closing_name) + "'") == 0;
    });
}

} // namespace

TEST_CASE("close lets everything finish that was begun, refuses what comes after, and closes the connections") {
    asio::io_context loop;
    gate g(31);
    pool p(loop, pool_options{.connect = here(), .max_connections = 2, .pipeline_depth = 2});
    run(loop, [&]() -> asio::awaitable<void> {
        std::vector<background_ptr<int>> started;
        for (int i = 0; i < 8; ++i)
            started.push_back(begin(p.query_one<int>("select $1::int from pg_advisory_xact_lock_shared(31)", i)));
        auto exclusive = begin(p.execute("do $$ begin perform pg_advisory_xact_lock_shared(31); end $$"));
        co_await until([&] { return g.waiting() == 2 && p.stats().waiting == 5; });
        const auto closing = begin(p.close());
        const auto refused = co_await failure_of(p.query("select 1"));
        CHECK(refused.code() == errc::pool_closed);
        CHECK(refused.execution() == execution_state::not_sent);
        CHECK((co_await failure_of(p.acquire())).code() == errc::pool_closed);
        CHECK((co_await failure_of(p.start())).code() == errc::pool_closed);
        CHECK_FALSE(closing->done());
        CHECK_FALSE(started[0]->done());
        g.open();
        co_await until([&] { return closing->done(); });
        CHECK(closing->succeeded());
        for (int i = 0; i < 8; ++i) CHECK(started[static_cast<std::size_t>(i)]->value() == i);
        CHECK(exclusive->succeeded());
        CHECK(p.stats().total == 0);
        co_await p.close();   // a second time: nothing to do
        CHECK((co_await failure_of(p.query("select 1"))).code() == errc::pool_closed);
    });
    check_all_gone();
}

TEST_CASE("close waits for leases, and two closes may wait at once") {
    asio::io_context loop;
    pool p(loop, pool_options{.connect = here(), .max_connections = 2});
    run(loop, [&]() -> asio::awaitable<void> {
        auto lease = co_await p.acquire();
        const auto first = begin(p.close()), second = begin(p.close());
        CHECK(co_await lease.query_one<int>("select 1") == 1);
        CHECK_FALSE(first->done());
        lease.release();
        co_await until([&] { return first->done() && second->done(); });
        CHECK(first->succeeded());
        CHECK(second->succeeded());
    });
    check_all_gone();
}

TEST_CASE("close with a time limit ends what still runs then with pool_closed") {
    asio::io_context loop;
    gate g(32);
    pool p(loop, pool_options{.connect = here(), .max_connections = 2, .pipeline_depth = 1});
    run(loop, [&]() -> asio::awaitable<void> {
        auto lease = co_await p.acquire();
        const auto of_lease = begin(lease.query("select 1 from pg_advisory_xact_lock_shared(32)"));
        const auto running = begin(p.query("select 1 from pg_advisory_xact_lock_shared(32)"));
        co_await until([&] { return g.waiting() == 2; });
        const auto waiting = begin(p.query("select 1"));
        co_await until([&] { return p.stats().waiting == 1; });
        co_await p.close(20ms);
        co_await until([&] { return running->done() && waiting->done() && of_lease->done(); });
        CHECK(running->failure().code() == errc::pool_closed);
        CHECK(running->failure().execution() == execution_state::unknown);
        CHECK(of_lease->failure().code() == errc::pool_closed);
        CHECK(of_lease->failure().execution() == execution_state::unknown);
        CHECK(waiting->failure().code() == errc::pool_closed);
        CHECK(waiting->failure().execution() == execution_state::not_sent);
        CHECK((co_await failure_of(lease.query("select 1"))).code() == errc::not_connected);
    });
    g.open();
    check_all_gone();
}

TEST_CASE("a close whose time is not used up ends when the work does") {
    asio::io_context loop;
    pool p(loop, pool_options{.connect = here(), .max_connections = 1});
    run(loop, [&]() -> asio::awaitable<void> {
        const auto running = begin(p.query_one<int>("select 1"));
        co_await until([&] { return p.stats().in_flight == 1 || running->done(); });
        const auto began = std::chrono::steady_clock::now();
        co_await p.close(30s);
        CHECK(std::chrono::steady_clock::now() - began < 20s);
        CHECK(running->value() == 1);
    });
}

TEST_CASE("a pool that drains ends although the connection of its last lease was lost") {
    asio::io_context loop;
    witness w;
    pool p(loop, pool_options{.connect = here(), .max_connections = 1});
    run(loop, [&]() -> asio::awaitable<void> {
        auto lease = co_await p.acquire();
        const auto closing = begin(p.close());
        w.ask("select pg_terminate_backend(" + std::to_string(lease.backend_pid()) + ", 10000)");
        co_await until([&] { return closing->done(); });
        CHECK(closing->succeeded());
    });
}

TEST_CASE("a cancelled close leaves the pool closing") {
    asio::io_context loop;
    pool p(loop, pool_options{.connect = here(), .max_connections = 1});
    run(loop, [&]() -> asio::awaitable<void> {
        auto lease = co_await p.acquire();
        const auto closing = begin(p.close());
        closing->cancel();
        co_await until([&] { return closing->done(); });
        CHECK(closing->failure().code() == errc::operation_cancelled);
        CHECK((co_await failure_of(p.query("select 1"))).code() == errc::pool_closed);
        CHECK(co_await lease.query_one<int>("select 1") == 1);
        lease.release();
        co_await p.close();
    });
    check_all_gone();
}

TEST_CASE("a pool destroyed with operations under way ends each of them with pool_closed, once") {
    for (const auto mode : {pgcoro::concurrency::thread_safe, pgcoro::concurrency::single_threaded}) {
        asio::io_context loop;
        gate g(33);
        std::optional<pool> p(std::in_place, loop,
                              pool_options{.connect = here(), .max_connections = 2, .pipeline_depth = 2, .concurrency = mode});
        run(loop, [&]() -> asio::awaitable<void> {
            auto lease = co_await p->acquire();
            const auto of_lease = begin(lease.query("select 1 from pg_advisory_xact_lock_shared(33)"));
            std::vector<background_ptr<pgcoro::result>> statements;
            for (int i = 0; i < 6; ++i)
                statements.push_back(begin(p->query("select 1 from pg_advisory_xact_lock_shared(33)")));
            const auto waiting_lease = begin(p->acquire());
            co_await until([&] { return g.waiting() == 2 && p->stats().waiting == 5; });
            const auto starting = begin(p->start());
            p.reset();
            co_await until([&] { return all_done(statements) && of_lease->done() && waiting_lease->done() && starting->done(); });
            for (const auto& s : statements) {
                CHECK(s->failure().code() == errc::pool_closed);
                CHECK(s->answers == 1);
            }
            CHECK(of_lease->failure().code() == errc::pool_closed);
            CHECK(waiting_lease->failure().code() == errc::pool_closed);
            CHECK((co_await failure_of(lease.query("select 1"))).code() == errc::not_connected);
        });
        loop.restart();
        loop.run_for(patience);   // nothing of the pool keeps the loop busy
        CHECK(loop.stopped());
        g.open();
        check_all_gone();
    }
}

TEST_CASE("a pool destroyed while it connects, and one destroyed unused, leave nothing that keeps the loop") {
    asio::io_context loop;
    asio::ip::tcp::acceptor deaf(loop, {asio::ip::address_v4::loopback(), 0});
    const auto port = std::to_string(deaf.local_endpoint().port());
    background_ptr<void> starting;
    background_ptr<int> asking;
    {
        pool unused(loop, pool_options{.connect = here()});
        pool connecting(loop, pool_options{.connect = "postgresql://127.0.0.1:" + port + "/postgres"});
        starting = begin(connecting.start());
        asking = begin(connecting.query_one<int>("select 1"));
        run_until(loop, [&] { return connecting.stats().connecting > 0; });
    }
    loop.restart();
    loop.run_for(patience);
    CHECK(loop.stopped());
    CHECK(starting->failure().code() == errc::pool_closed);
    CHECK(asking->failure().code() == errc::pool_closed);
}

TEST_CASE("an operation made before its pool was destroyed and begun after fails with pool_closed") {
    asio::io_context loop;
    std::optional<pool> p(std::in_place, loop, pool_options{.connect = here()});
    run(loop, [&]() -> asio::awaitable<void> {
        auto late = p->query("select 1");
        auto late_lease = p->acquire();
        p.reset();
        CHECK((co_await failure_of(std::move(late))).code() == errc::pool_closed);
        CHECK((co_await failure_of(std::move(late_lease))).code() == errc::pool_closed);
    });
}

TEST_CASE("a pool may be destroyed by the handler of one of its own operations") {
    for (const auto mode : {pgcoro::concurrency::thread_safe, pgcoro::concurrency::single_threaded}) {
        asio::io_context loop;
        std::optional<pool> p(std::in_place, loop, pool_options{.connect = here(), .max_connections = 1, .concurrency = mode});
        int failed = 0, ended = 0;
        for (int i = 0; i < 4; ++i)
            p->query_one<int>("select 1").as_result()([&](boost::system::result<int, pgcoro::error> r) {
                p.reset();
                ++ended;
                if (r.has_error()) {
                    CHECK(r.error().code() == errc::pool_closed);
                    ++failed;
                }
            });
        run_until(loop, [&] { return ended == 4; });
        CHECK(failed < 4);
    }
    check_all_gone();
}

} // namespace pool_closing_tests

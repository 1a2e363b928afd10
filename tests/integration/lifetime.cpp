// Contexts, pools and handles that end before what depends on them.
#include "harness.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/detached.hpp>

namespace lifetime_tests {

namespace {

using namespace pgcoro::testing;
using pgcoro::errc;
using pgcoro::execution_state;
using pgcoro::pool;
using pgcoro::pool_options;

/// Handlers that count whether they were called, and how many of them there still are.
struct handlers {
    std::shared_ptr<int> called = std::make_shared<int>(0);

    auto make() const {
        return [called = called](auto&&...) { ++*called; };
    }
    long alive() const { return called.use_count() - 1; }
};

} // namespace

TEST_CASE("a context destroyed with operations at every stage destroys their handlers and calls none") {
    for (const auto mode : both_modes) {
        gate g(71);
        witness w;
        handlers h;
        asio::cancellation_signal signal;
        std::optional<asio::io_context> loop(std::in_place);
        asio::ip::tcp::acceptor deaf(*loop, {asio::ip::address_v4::loopback(), 0});
        const auto port = std::to_string(deaf.local_endpoint().port());
        const auto nowhere = "postgresql://127.0.0.1:" + port + "/postgres";
        pool p(*loop, pool_options{.connect = test_dsn(), .max_connections = 3, .pipeline_depth = 2, .concurrency = mode});
        pool connecting(*loop, pool_options{.connect = nowhere, .concurrency = mode});
        std::optional<pgcoro::lease> lease;
        std::optional<pgcoro::connection> connection;
        run(*loop, [&]() -> asio::awaitable<void> {
            auto leased = co_await p.acquire();
            lease.emplace(std::move(leased));
            auto opened = co_await pgcoro::connect(loop->get_executor(), test_dsn(), {.concurrency = mode});
            connection.emplace(std::move(opened));
        });
        p.query("select 'doomed' from pg_sleep(600)")(asio::bind_cancellation_slot(signal.slot(), h.make()));
        run_until(*loop, [&] { return w.sleeping("doomed") == 1; });
        for (int i = 0; i < 8; ++i) p.query("select 1 from pg_advisory_xact_lock_shared(71)")(h.make());
        p.acquire()(h.make());
        lease->query("select 1 from pg_advisory_xact_lock_shared(71)")(h.make());
        lease->query("select 'queued'").timeout(600s)(h.make());
        connection->query("select 1 from pg_advisory_xact_lock_shared(71)")(h.make());
        connection->query("select 'queued'")(h.make());
        connection->close()(h.make());
        connecting.start()(h.make());
        connecting.query("select 1")(h.make());
        connecting.acquire()(h.make());
        pgcoro::connect(loop->get_executor(), nowhere)(h.make());
        pgcoro::connect(loop->get_executor(), "postgresql://no-such-host.invalid/x")(h.make());
        run_until(*loop, [&] { return g.waiting() >= 2 && connecting.stats().connecting > 0; });
        *h.called = 0;                                    // the name may have failed to resolve by now
        const long before = h.alive();
        CHECK(before >= 17);
        signal.emit(asio::cancellation_type::terminal);   // a cancel on its way
        p.query("select 'just asked for'")(h.make());
        p.close()(h.make());
        loop->restart();
        loop->poll_one();
        *h.called = 0;
        deaf.close();
        loop.reset();
        CHECK(*h.called == 0);
        CHECK(h.alive() == 0);
        g.open();
    }
}

TEST_CASE("a context destroyed with suspended coroutines destroys them, and the leases in their frames are inert") {
    for (const auto mode : both_modes) {
        gate g(72);
        int unwound = 0, went_on = 0;
        struct counted {
            int& n;
            ~counted() { ++n; }
        };
        std::optional<asio::io_context> loop(std::in_place);
        pool p(*loop, pool_options{.connect = test_dsn(), .max_connections = 2, .concurrency = mode});
        const auto hold = [&]() -> asio::awaitable<void> {
            counted end{unwound};
            auto lease = co_await p.acquire();
            co_await lease.query("select 1 from pg_advisory_xact_lock_shared(72)");
            ++went_on;
        };
        const auto wait = [&]() -> asio::awaitable<void> {
            counted end{unwound};
            co_await p.query("select 1 from pg_advisory_xact_lock_shared(72)").timeout(600s);
            ++went_on;
        };
        for (int i = 0; i < 4; ++i) {
            asio::co_spawn(*loop, hold, asio::detached);
            asio::co_spawn(*loop, wait, asio::detached);
        }
        run_until(*loop, [&] { return g.waiting() == 2; });
        loop.reset();
        CHECK(unwound == 8);
        CHECK(went_on == 0);
        g.open();
    }
}

TEST_CASE("handles that outlive their context are inert") {
    for (const auto mode : both_modes) {
        handlers h;
        std::optional<asio::io_context> loop(std::in_place);
        std::optional<pool> p(std::in_place, *loop, pool_options{.connect = test_dsn(), .concurrency = mode});
        std::optional<pgcoro::lease> lease;
        std::optional<pgcoro::connection> connection;
        run(*loop, [&]() -> asio::awaitable<void> {
            auto leased = co_await p->acquire();
            lease.emplace(std::move(leased));
            auto opened = co_await pgcoro::connect(loop->get_executor(), test_dsn(), {.concurrency = mode});
            connection.emplace(std::move(opened));
        });
        auto late = p->query("select 1");
        loop.reset();
        std::move(late)(h.make());
        p->query("select 1")(h.make());
        p->acquire()(h.make());
        p->close()(h.make());
        lease->query("select 1")(h.make());
        connection->query("select 1").timeout(1s)(h.make());
        connection->close()(h.make());
        CHECK(*h.called == 0);
        CHECK(h.alive() == 0);
        (void)p->stats();
        CHECK(lease->parameter_status("TimeZone").empty());
        CHECK(connection->native_handle() == nullptr);
        lease->release();
        lease.reset();
        connection.reset();
        p.reset();
    }
}

TEST_CASE("leases, operations and connections that outlive their pool are inert") {
    for (const auto mode : both_modes) {
        asio::io_context loop;
        std::optional<pool> p(std::in_place, loop, pool_options{.connect = test_dsn(), .concurrency = mode});
        run(loop, [&]() -> asio::awaitable<void> {
            auto lease = co_await p->acquire();
            p.reset();
            co_await until([&] { return lease.native_handle() == nullptr; });
            CHECK((co_await failure_of(lease.query("select 1"))).code() == errc::not_connected);
            lease.release();
        });
    }
}

TEST_CASE("a lease whose handler goes down with another context returns to its pool") {
    for (const auto mode : both_modes) {
        asio::io_context loop;
        pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1, .concurrency = mode});
        run(loop, [&]() -> asio::awaitable<void> { co_await p.start(); });
        handlers h;
        {
            asio::io_context other;   // which nobody runs
            run(loop, [&]() -> asio::awaitable<void> {
                p.acquire()(asio::bind_executor(other, h.make()));
                co_await until([&] { return p.stats().in_use == 1; });
            });
            loop.restart();
            loop.poll();   // the handler is on its way to the other context now
            CHECK(h.alive() == 1);
        }
        CHECK(h.alive() == 0);
        CHECK(*h.called == 0);
        run(loop, [&]() -> asio::awaitable<void> {
            CHECK(co_await p.query_one<int>("select 1") == 1);
            CHECK(p.stats().idle == 1);
            co_await p.close();
        });
    }
}

TEST_CASE("a handler runs on its own executor, also when it was cancelled, timed out or refused") {
    asio::io_context loop, other;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1});
    int answered = 0;
    const auto expect = [&](auto&&...) {
        CHECK(other.get_executor().running_in_this_thread());
        CHECK_FALSE(loop.get_executor().running_in_this_thread());
        ++answered;
    };
    gate g(73);
    asio::cancellation_signal signal;
    p.query("select 1 from pg_advisory_xact_lock_shared(73)")(
        asio::bind_cancellation_slot(signal.slot(), asio::bind_executor(other, expect)));
    run_until(loop, [&] { return g.waiting() == 1; });
    p.query("select 1 from pg_advisory_xact_lock_shared(73)").timeout(10ms)(asio::bind_executor(other, expect));
    p.query(pgcoro::runtime_sql("begin"))(asio::bind_executor(other, expect));
    p.acquire().timeout(10ms)(asio::bind_executor(other, expect));
    p.query_one<int>("select 1")(asio::bind_executor(other, expect));
    signal.emit(asio::cancellation_type::terminal);
    g.open();
    for (const auto deadline = std::chrono::steady_clock::now() + patience;
         answered < 5 && std::chrono::steady_clock::now() < deadline;) {
        loop.restart();
        loop.run_one_for(1ms);
        other.restart();
        other.poll();
    }
    run(loop, [&]() -> asio::awaitable<void> { co_await p.close(); });
    CHECK(answered == 5);
}

TEST_CASE("a tombstone does not keep the context of its handler busy") {
    asio::io_context loop, other;
    gate g(74);
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1, .pipeline_depth = 4});
    bool cancelled = false;
    asio::cancellation_signal signal;
    run(loop, [&]() -> asio::awaitable<void> {
        const auto head = begin(p.query("select 1 from pg_advisory_xact_lock_shared(74)"));
        co_await until([&] { return g.waiting() == 1; });
        // It stands behind the head, which is not cancelled: it stays there.
        p.query("select 1 from pg_advisory_xact_lock_shared(74)")(asio::bind_cancellation_slot(
            signal.slot(), asio::bind_executor(other, [&](auto&&...) { cancelled = true; })));
        co_await until([&] { return p.stats().in_flight == 2; });
        signal.emit(asio::cancellation_type::terminal);
        co_await until([&] {
            other.restart();
            other.poll();
            return cancelled && other.stopped();
        });
        CHECK_FALSE(head->done());
        g.open();
        co_await until([&] { return head->done(); });
        co_await p.close();
    });
}

TEST_CASE("a stand-alone connection dropped under its statements ends them; closing it twice at once is fine") {
    asio::io_context loop;
    gate g(75);
    run(loop, [&]() -> asio::awaitable<void> {
        auto dropped = co_await pgcoro::connect(loop.get_executor(), test_dsn());
        const auto running = begin(dropped.query("select 1 from pg_advisory_xact_lock_shared(75)"));
        const auto queued = begin(dropped.query("select 'behind'"));
        co_await until([&] { return g.waiting() == 1; });
        dropped = pgcoro::connection();
        co_await until([&] { return running->done() && queued->done(); });
        CHECK(running->failure().code() == errc::not_connected);
        CHECK(running->failure().execution() == execution_state::unknown);
        CHECK(queued->failure().execution() == execution_state::not_sent);

        auto closed = co_await pgcoro::connect(loop.get_executor(), test_dsn());
        const auto last = begin(closed.query_one<int>("select 1 from pg_advisory_xact_lock_shared(75)"));
        co_await until([&] { return last->done() || g.waiting() == 1; });
        const auto first_close = begin(closed.close()), second_close = begin(closed.close());
        g.open();
        co_await until([&] { return first_close->done() && second_close->done(); });
        CHECK(first_close->succeeded());
        CHECK(second_close->succeeded());
        CHECK(last->value() == 1);
        co_await closed.close();
        CHECK((co_await failure_of(closed.query("select 1"))).code() == errc::not_connected);
    });
    loop.restart();
    loop.run_for(patience);
    CHECK(loop.stopped());
}

} // namespace lifetime_tests

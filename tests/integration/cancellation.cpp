// Cancelling single operations, at every stage of their way.
#include "harness.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <vector>

namespace cancellation_tests {

namespace {

using namespace pgcoro::testing;
using asio::cancellation_type;
using pgcoro::errc;
using pgcoro::execution_state;
using pgcoro::pool;
using pgcoro::pool_options;

pool_options only_connection() { return pool_options{.connect = test_dsn(), .max_connections = 1, .min_connections = 1}; }

} // namespace

TEST_CASE("a cancelled waiter leaves the line at once and never reaches the server") {
    asio::io_context loop;
    pool p(loop, only_connection());
    run(loop, [&]() -> asio::awaitable<void> {
        auto holder = co_await p.acquire();
        const auto statement = begin(p.query("select 1"));
        const auto lease = begin(p.acquire());
        const auto behind = begin(p.query_one<int>("select 2"));
        co_await until([&] { return p.stats().waiting == 3; });
        statement->cancel();
        lease->cancel();
        co_await until([&] { return statement->done() && lease->done(); });
        CHECK(statement->failure().code() == errc::operation_cancelled);
        CHECK(statement->failure().code() == boost::system::errc::operation_canceled);
        CHECK(statement->failure().execution() == execution_state::not_sent);
        CHECK(lease->failure().code() == errc::operation_cancelled);
        CHECK(p.stats().waiting == 1);
        CHECK(p.stats().cancelled == 2);
        holder.release();
        co_await until([&] { return behind->done(); });
        CHECK(behind->value() == 2);
        CHECK(p.stats().acquired == 2);
        co_await p.close();
    });
}

TEST_CASE("a cancelled waiter for whom a connection is being drained gives it back to the others") {
    asio::io_context loop;
    gate g(51);
    pool p(loop, only_connection());
    run(loop, [&]() -> asio::awaitable<void> {
        const auto running = begin(p.query("select 1 from pg_advisory_xact_lock_shared(51)"));
        co_await until([&] { return g.waiting() == 1; });
        const auto lease = begin(p.acquire());
        const auto behind = begin(p.query_one<int>("select 2"));
        co_await until([&] { return p.stats().waiting == 2; });
        lease->cancel();
        co_await until([&] { return p.stats().in_flight == 2; });   // shared again
        CHECK(lease->failure().code() == errc::operation_cancelled);
        g.open();
        co_await until([&] { return behind->done() && running->done(); });
        CHECK(behind->value() == 2);
        CHECK(running->succeeded());
        co_await p.close();
    });
}

TEST_CASE("a cancelled statement completes at once, stops on the server soon, and its connection is used again") {
    witness w;
    for (const auto mode : {pgcoro::concurrency::thread_safe, pgcoro::concurrency::single_threaded}) {
        asio::io_context loop;
        auto options = only_connection();
        options.concurrency = mode;
        pool p(loop, std::move(options));
        run(loop, [&]() -> asio::awaitable<void> {
            const int pid = co_await p.query_one<int>("select pg_backend_pid()");
            const auto sleeping = begin(p.query("select 'cancel me' from pg_sleep(600)"));
            co_await until([&] { return w.sleeping("cancel me") == 1; });
            sleeping->cancel();
            co_await until([&] { return sleeping->done(); });
            CHECK(sleeping->failure().code() == errc::operation_cancelled);
            CHECK(sleeping->failure().execution() == execution_state::unknown);
            co_await until([&] { return w.running("cancel me") == 0; });
            CHECK(co_await p.query_one<int>("select pg_backend_pid()") == pid);
            CHECK(sleeping->answers == 1);
            CHECK(p.stats().closed_by_error == 0);
            co_await p.close();
        });
    }
}

TEST_CASE("a statement on a lease or a stand-alone connection is cancelled likewise, and the holder goes on") {
    witness w;
    asio::io_context loop;
    pool p(loop, only_connection());
    run(loop, [&]() -> asio::awaitable<void> {
        auto lease = co_await p.acquire();
        auto connection = co_await pgcoro::connect(loop.get_executor(), test_dsn());
        const auto on_lease = begin(lease.query("select 'cancel on lease' from pg_sleep(600)"));
        const auto on_connection = begin(connection.query("select 'cancel on connection' from pg_sleep(600)"));
        co_await until([&] { return w.sleeping("cancel on") == 2; });
        const auto next_on_lease = begin(lease.query_one<int>("select 1"));
        const auto next_on_connection = begin(connection.query_one<int>("select 2"));
        on_lease->cancel();
        on_connection->cancel();
        co_await until([&] { return next_on_lease->done() && next_on_connection->done(); });
        CHECK(on_lease->failure().code() == errc::operation_cancelled);
        CHECK(on_connection->failure().code() == errc::operation_cancelled);
        CHECK(next_on_lease->value() == 1);
        CHECK(next_on_connection->value() == 2);
        co_await connection.close();
        lease.release();
        co_await p.close();
    });
}

TEST_CASE("a cancelled statement inside a transaction leaves it failed, and the rest of the lease's statements too") {
    asio::io_context loop;
    witness w;
    pool p(loop, only_connection());
    run(loop, [&]() -> asio::awaitable<void> {
        {
            auto lease = co_await p.acquire();
            co_await lease.execute("begin");
            const auto sleeping = begin(lease.query("select 'in a transaction' from pg_sleep(600)"));
            co_await until([&] { return w.sleeping("in a transaction") == 1; });
            sleeping->cancel();
            co_await until([&] { return sleeping->done(); });
            CHECK((co_await failure_of(lease.query("select 1"))).code()
                  == pgcoro::sqlstate::in_failed_sql_transaction);
        }
        CHECK(co_await p.query_one<int>("select 1") == 1);
        co_await p.close();
    });
}

TEST_CASE("cancelling while a statement is being described, or waits for another's description, is safe") {
    asio::io_context loop;
    witness w;
    w.ask("drop table if exists held; create table held(n int)");
    pool p(loop, only_connection());
    run(loop, [&]() -> asio::awaitable<void> {
        co_await p.start();
        // Parsing needs a lock on the table: whoever holds it exclusively holds up the description.
        w.ask("begin; lock table held");
        const auto describing = begin(p.query("select n from held"));
        co_await until([&] {
            return witness().number("select count(*) from pg_locks where not granted and relation = 'held'::regclass")
                   == 1;
        });
        const auto parked = begin(p.query("select n from held"));
        const auto stays = begin(p.query("select n from held"));
        co_await until([&] { return p.stats().in_flight == 3; });
        parked->cancel();
        co_await until([&] { return parked->done(); });
        CHECK(parked->failure().code() == errc::operation_cancelled);
        CHECK(parked->failure().execution() == execution_state::not_sent);
        describing->cancel();
        co_await until([&] { return describing->done(); });
        CHECK(describing->failure().code() == errc::operation_cancelled);
        CHECK(describing->failure().execution() == execution_state::not_sent);
        w.ask("rollback");
        co_await until([&] { return stays->done(); });
        CHECK(stays->succeeded());
        CHECK(co_await p.query_one<int>("select 1") == 1);
        CHECK(p.stats().opened == 1);
        co_await p.close();
    });
    w.ask("drop table held");
}

TEST_CASE("total cancellation is honoured before sending and ignored after") {
    asio::io_context loop;
    gate g(52);
    auto options = only_connection();
    options.pipeline_depth = 1;
    pool p(loop, std::move(options));
    run(loop, [&]() -> asio::awaitable<void> {
        const auto sent = begin(p.query("select 1 from pg_advisory_xact_lock_shared(52)"));
        const auto unsent = begin(p.query("select 1 from pg_advisory_xact_lock_shared(52)"));
        co_await until([&] { return g.waiting() == 1 && p.stats().waiting == 1; });
        sent->cancel(cancellation_type::total);
        unsent->cancel(cancellation_type::total);
        co_await until([&] { return unsent->done(); });
        CHECK(unsent->failure().code() == errc::operation_cancelled);
        CHECK(unsent->failure().execution() == execution_state::not_sent);
        CHECK_FALSE(sent->done());
        CHECK(g.waiting() == 1);
        g.open();
        co_await until([&] { return sent->done(); });
        CHECK(sent->succeeded());
        co_await p.close();
    });
}

TEST_CASE("partial cancellation stops a statement as terminal does") {
    asio::io_context loop;
    gate g(53);
    pool p(loop, only_connection());
    run(loop, [&]() -> asio::awaitable<void> {
        const auto sent = begin(p.query("select 1 from pg_advisory_xact_lock_shared(53)"));
        co_await until([&] { return g.waiting() == 1; });
        sent->cancel(cancellation_type::partial);
        co_await until([&] { return sent->done() && g.waiting() == 0; });
        CHECK(sent->failure().code() == errc::operation_cancelled);
        co_await p.close();
    });
}

TEST_CASE("cancelling twice, or after the answer, does nothing") {
    asio::io_context loop;
    gate g(54);
    pool p(loop, only_connection());
    run(loop, [&]() -> asio::awaitable<void> {
        const auto sent = begin(p.query("select 1 from pg_advisory_xact_lock_shared(54)"));
        co_await until([&] { return g.waiting() == 1; });
        sent->cancel();
        sent->cancel();
        co_await until([&] { return sent->done(); });
        sent->cancel();
        const auto answered = begin(p.query_one<int>("select 1"));
        co_await until([&] { return answered->done(); });
        answered->cancel();
        CHECK(answered->value() == 1);
        CHECK(co_await p.query_one<int>("select 2") == 2);
        CHECK(sent->answers == 1);
        co_await p.close();
    });
}

TEST_CASE("a cancelled start fails, and the pool can be started later") {
    asio::io_context loop;
    pool p(loop, only_connection());
    run(loop, [&]() -> asio::awaitable<void> {
        const auto starting = begin(p.start());
        starting->cancel();
        co_await until([&] { return starting->done(); });
        CHECK(starting->failure().code() == errc::operation_cancelled);
        co_await p.start();
        co_await p.close();
    });
}

TEST_CASE("a cancelled connect fails and leaves nothing behind") {
    asio::io_context loop;
    asio::ip::tcp::acceptor deaf(loop, {asio::ip::address_v4::loopback(), 0});
    const auto port = std::to_string(deaf.local_endpoint().port());
    const auto connecting
        = begin(pgcoro::connect(loop.get_executor(), "postgresql://127.0.0.1:" + port + "/postgres"));
    run(loop, [&]() -> asio::awaitable<void> {
        auto peer = co_await deaf.async_accept(asio::use_awaitable);
        connecting->cancel();
        co_await until([&] { return connecting->done(); });
        CHECK(connecting->failure().code() == errc::operation_cancelled);
    });
    loop.restart();
    loop.run_for(patience);
    CHECK(loop.stopped());
}

TEST_CASE("the loser of || is stopped on the server") {
    asio::io_context loop;
    witness w;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 2, .min_connections = 2});
    run(loop, [&]() -> asio::awaitable<void> {
        co_await p.start();
        gate g(55);
        const auto open_when_asleep = [&]() -> asio::awaitable<void> {
            co_await until([&] { return g.waiting() == 1 && w.sleeping("the loser") == 1; });
            g.open();
        };
        asio::co_spawn(loop, open_when_asleep, asio::detached);
        const auto won = co_await (p.query_one<int>("select 1 from pg_advisory_xact_lock_shared(55)")
                                   || p.query_one<std::string>("select 'the loser' from pg_sleep(600)"));
        CHECK(won.index() == 0);
        CHECK(std::get<0>(won) == 1);
        co_await until([&] { return w.running("the loser") == 0; });
        co_await p.close();
    });
}

TEST_CASE("a cancelled coroutine gives its lease back, cleaned up") {
    asio::io_context loop;
    witness w;
    w.ask("drop table if exists half_done; create table half_done(n int)");
    pool p(loop, only_connection());
    run(loop, [&]() -> asio::awaitable<void> {
        asio::cancellation_signal stop;
        bool ended = false;
        const auto work = [&]() -> asio::awaitable<void> {
            auto lease = co_await p.acquire();
            co_await lease.execute("begin");
            co_await lease.execute("insert into half_done values (1)");
            co_await lease.query("select 'half done' from pg_sleep(600)");
        };
        asio::co_spawn(loop, work, asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr e) {
                           CHECK(e != nullptr);
                           ended = true;
                       }));
        co_await until([&] { return w.sleeping("half done") == 1; });
        stop.emit(cancellation_type::terminal);
        co_await until([&] { return ended; });
        CHECK(co_await p.query_one<std::int64_t>("select count(*) from half_done") == 0);
        CHECK(p.stats().opened == 1);
        co_await p.close();
    });
    w.ask("drop table half_done");
}

} // namespace cancellation_tests

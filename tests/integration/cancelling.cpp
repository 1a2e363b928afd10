// Cancelling and time limits: the caller is answered at once, and the server's statement ends.
#include <pgcoro/pgcoro.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "run.hpp"

namespace asio = boost::asio;
using pgcoro::errc;
using pgcoro::error;
using pgcoro::execution_state;
using namespace pgcoro::testing;
using namespace std::chrono_literals;

namespace {

asio::awaitable<void> a_moment() {
    asio::steady_timer timer(co_await asio::this_coro::executor, 5ms);
    co_await timer.async_wait(asio::use_awaitable);
}

/// How many other sessions sleep in a statement with this mark.
asio::awaitable<std::int64_t> running(const pgcoro::connection& watcher, std::string mark) {
    co_return co_await watcher.query_one<std::int64_t>(
        "select count(*) from pg_stat_activity where wait_event = 'PgSleep' and query like '%' || $1 || '%' "
        "and pid <> pg_backend_pid()",
        mark);
}

asio::awaitable<void> until_running(const pgcoro::connection& watcher, std::string mark, std::int64_t wanted) {
    for (;;) {
        const auto now = co_await running(watcher, mark);
        if (now == wanted) co_return;
        co_await a_moment();
    }
}

/// What a callback was given.
struct outcome {
    std::optional<error> failure;
    bool called = false;
    asio::cancellation_signal signal;

    /// A token that notes the outcome and listens to `signal`.
    auto token() {
        return asio::bind_cancellation_slot(signal.slot(), [this](std::exception_ptr e, auto&&...) {
            called = true;
            try {
                if (e) std::rethrow_exception(e);
            } catch (const error& thrown) {
                failure = thrown;
            }
        });
    }
};

asio::awaitable<void> until_called(const outcome& of) {
    while (!of.called) co_await a_moment();
}

} // namespace

TEST_CASE("a signal ends a running statement, for the caller and on the server") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        pgcoro::pool pool(context, one_connection());
        const auto watcher = co_await pgcoro::connect(context.get_executor(), test_dsn());
        outcome seen;
        pool.execute("select pg_sleep(50) /* cancelled_by_signal */")(seen.token());
        co_await until_running(watcher, "cancelled_by_signal", 1);
        CHECK_FALSE(seen.called);
        seen.signal.emit(asio::cancellation_type::terminal);
        co_await until_called(seen);
        REQUIRE(seen.failure.has_value());
        CHECK(seen.failure->code() == errc::operation_cancelled);
        CHECK(seen.failure->code() == boost::system::errc::operation_canceled);
        CHECK(seen.failure->execution() == execution_state::unknown);
        co_await until_running(watcher, "cancelled_by_signal", 0);
        const auto pool_works = co_await pool.query_one<int>("select 1");
        CHECK(pool_works == 1);
        CHECK(pool.stats().opened == 1);
    });
}

TEST_CASE("a signal ends a running statement on a lease, which stays usable") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        pgcoro::pool pool(context, one_connection());
        const auto watcher = co_await pgcoro::connect(context.get_executor(), test_dsn());
        const auto lease = co_await pool.acquire();
        const auto pid = lease.backend_pid();
        outcome seen;
        lease.execute("select pg_sleep(50) /* cancelled_on_lease */")(seen.token());
        co_await until_running(watcher, "cancelled_on_lease", 1);
        seen.signal.emit(asio::cancellation_type::partial);
        co_await until_called(seen);
        CHECK(seen.failure->code() == errc::operation_cancelled);
        const auto same = co_await lease.query_one<int>("select pg_backend_pid()");
        CHECK(same == pid);
    });
}

TEST_CASE("a cancelled statement takes no other one with it") {
    auto options = one_connection();
    options.pipeline_depth = 16;
    run([&](asio::io_context& context) -> asio::awaitable<void> {
        pgcoro::pool pool(context, options);
        co_await pool.start();
        const auto watcher = co_await pgcoro::connect(context.get_executor(), test_dsn());
        // What is prepared already keeps its order.
        co_await pool.execute("select pg_sleep($1) /* cancelled_head */", 0.0);
        co_await pool.execute("select $1::int", 0);
        outcome cancelled;
        int answered = 0;
        pool.execute("select pg_sleep($1) /* cancelled_head */", 50.0)(cancelled.token());
        for (int i = 0; i < 5; ++i)
            pool.query_one<int>("select $1::int", i)([&answered, i](std::exception_ptr e, int value) {
                CHECK_FALSE(e);
                CHECK(value == i);
                ++answered;
            });
        co_await until_running(watcher, "cancelled_head", 1);
        CHECK(answered == 0);
        cancelled.signal.emit(asio::cancellation_type::terminal);
        while (answered < 5) co_await a_moment();
        CHECK(cancelled.called);
        CHECK(cancelled.failure->code() == errc::operation_cancelled);
    });
}

TEST_CASE("total cancellation is honoured before a statement is sent and ignored after") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        pgcoro::pool pool(context, one_connection());
        const auto watcher = co_await pgcoro::connect(context.get_executor(), test_dsn());
        std::optional<pgcoro::lease> lease(co_await pool.acquire());
        outcome waiting;
        pool.execute("select 1")(waiting.token());
        co_await a_moment();
        waiting.signal.emit(asio::cancellation_type::total);
        co_await until_called(waiting);
        CHECK(waiting.failure->code() == errc::operation_cancelled);
        CHECK(waiting.failure->execution() == execution_state::not_sent);
        outcome sent;
        lease->execute("select pg_sleep(0.3) /* cancelled_total */")(sent.token());
        co_await until_running(watcher, "cancelled_total", 1);
        sent.signal.emit(asio::cancellation_type::total);
        co_await until_called(sent);
        CHECK_FALSE(sent.failure.has_value());
    });
}

TEST_CASE("a signal at once, before anything was sent, sends nothing") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        pgcoro::pool pool(context, one_connection());
        outcome seen;
        pool.execute("select 1")(seen.token());
        seen.signal.emit(asio::cancellation_type::terminal);
        co_await until_called(seen);
        CHECK(seen.failure->code() == errc::operation_cancelled);
        CHECK(seen.failure->execution() == execution_state::not_sent);
        const auto pool_works = co_await pool.query_one<int>("select 1");
        CHECK(pool_works == 1);
    });
}

TEST_CASE("a signal after the end does nothing") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        outcome seen;
        pool.execute("select 1")(seen.token());
        co_await until_called(seen);
        CHECK_FALSE(seen.failure.has_value());
        seen.signal.emit(asio::cancellation_type::terminal);
        const auto still = co_await pool.query_one<int>("select 2");
        CHECK(still == 2);
    });
}

TEST_CASE("a time limit ends a statement with query_timeout, for the caller and on the server") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        pgcoro::pool pool(context, one_connection());
        const auto watcher = co_await pgcoro::connect(context.get_executor(), test_dsn());
        const auto late = co_await failure_of(pool.execute("select pg_sleep(50) /* timed_out */").timeout(100ms));
        CHECK(late.code() == errc::query_timeout);
        CHECK(late.code() == boost::system::errc::timed_out);
        CHECK(late.execution() == execution_state::unknown);
        CHECK(late.diagnostics().sql == "select pg_sleep(50) /* timed_out */");
        co_await until_running(watcher, "timed_out", 0);
        const auto pool_works = co_await pool.query_one<int>("select 1");
        CHECK(pool_works == 1);
        CHECK(pool.stats().opened == 1);
    });
}

TEST_CASE("the pool's time limit holds for every statement, the shorter one counts") {
    auto options = one_connection();
    options.query_timeout = 150ms;
    with_pool(options, [](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto by_pool = co_await failure_of(pool.execute("select pg_sleep(50)"));
        CHECK((by_pool.code() == errc::query_timeout || by_pool.code() == pgcoro::sqlstate::query_canceled));
        const auto longer = co_await failure_of(pool.execute("select pg_sleep(50)").timeout(50s));
        CHECK((longer.code() == errc::query_timeout || longer.code() == pgcoro::sqlstate::query_canceled));
        const auto shown = co_await pool.query_one<std::string>("select current_setting('statement_timeout')");
        CHECK(shown == "150ms");
    });
}

TEST_CASE("a time limit counts waiting for a connection, too") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto lease = co_await pool.acquire();
        const auto late = co_await failure_of(pool.query("select 1").timeout(30ms));
        CHECK(late.code() == errc::query_timeout);
        CHECK(late.execution() == execution_state::not_sent);
    });
}

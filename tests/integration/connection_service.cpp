// What takes a connection out of service, and that it always comes back or goes.
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "run.hpp"

namespace connection_service_tests {

using namespace pgcoro;
using namespace pgcoro::testing;
namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

/// The outcome of an operation that runs beside the test's coroutine.
struct outcome {
    bool done = false;
    std::optional<error> failure;

    void operator()(const std::exception_ptr& thrown) {
        done = true;
        try {
            if (thrown) std::rethrow_exception(thrown);
        } catch (const error& e) {
            failure = e;
        }
    }
};

/// Begins an operation and notes its outcome.
template <class Operation>
std::shared_ptr<outcome> start_beside(Operation op) {
    auto noted = std::make_shared<outcome>();
    std::move(op)([noted](std::exception_ptr thrown, auto&&...) { (*noted)(thrown); });
    return noted;
}

/// A connection outside of the pool that is tested.
asio::awaitable<connection> observer() {
    co_return co_await connect(co_await asio::this_coro::executor, test_dsn());
}

} // namespace

TEST_CASE("a connection returns after an exclusive statement for which another one is deallocated") {
    auto options = one_connection();
    options.statement_cache_capacity = 1;
    options.acquire_timeout = 5s;
    with_pool(options, [](pool& p) -> asio::awaitable<void> {
        for (int i = 0; i < 5; ++i) {
            co_await p.execute(runtime_sql("do $$ begin perform " + std::to_string(i) + "; end $$"));
            co_await p.query<int>(runtime_sql("select $1::int + " + std::to_string(i)), 1);
            // Fails before it is sent, with a DEALLOCATE in flight before it.
            const auto refused = co_await failure_of(p.query<int>("select $1::int", "no number").exclusive());
            CHECK(refused.code() == errc::type_mismatch);
        }
    });
}

TEST_CASE("a lease's later statements are sent when an earlier one could not be described") {
    with_pool(one_connection(), [](pool& p) -> asio::awaitable<void> {
        auto held = co_await p.acquire();
        const auto wrong = start_beside(held.execute("select from nowhere_at_all"));
        const auto right = start_beside(held.query<int>("select 1"));
        co_await until([&] { return wrong->done && right->done; });
        CHECK(wrong->failure->code() == sqlstate::undefined_table);
        CHECK(!right->failure);
    });
}

TEST_CASE("a pool that is closed does not wait for a lease whose connection is lost") {
    with_pool(one_connection(), [](pool& p) -> asio::awaitable<void> {
        auto held = co_await p.acquire();
        const auto closed = start_beside(p.close());
        auto other = co_await observer();
        co_await other.execute("select pg_terminate_backend($1)", held.backend_pid());
        co_await until([&] { return closed->done; });
        CHECK(!closed->failure);
    });
}

TEST_CASE("a connection that a lease left while it was being cancelled serves one at a time again") {
    with_pool(one_connection(), [](pool& p) -> asio::awaitable<void> {
        for (int i = 0; i < 40; ++i) {
            std::optional<lease> held = co_await p.acquire();
            const auto cancelled = start_beside(held->execute("select pg_sleep(60)").timeout(5ms));
            co_await until([&] { return cancelled->done; });
            held.reset();
            const auto running = start_beside(p.execute("select pg_sleep(0.01)"));
            const auto alone = start_beside(p.acquire());
            co_await until([&] { return alone->done; });
            REQUIRE(running->done);
            co_await until([&] { return p.stats().idle == 1; });
            CHECK(p.stats().in_flight == 0);
        }
    });
}

TEST_CASE("what a returned lease has not sent yet never runs on another connection") {
    with_pool([](pool& p) -> asio::awaitable<void> {
        auto other = co_await observer();
        co_await other.execute("create table if not exists returned_lease(n int)");
        co_await other.execute("truncate returned_lease");
        auto blocking = co_await observer();
        co_await blocking.execute("begin");
        co_await blocking.execute("lock table returned_lease in access exclusive mode");

        std::optional<lease> held = co_await p.acquire();
        const int pid = held->backend_pid();
        const auto first = start_beside(held->execute("select count(*) from returned_lease"));
        const auto second = start_beside(held->execute("select set_config('returned.lease', 'x', false)"));
        co_await until([&] { return p.stats().idle == 0; });
        held.reset();
        co_await other.execute("select pg_terminate_backend($1)", pid);
        co_await until([&] { return first->done && second->done; });
        CHECK(first->failure.has_value());
        REQUIRE(second->failure.has_value());
        CHECK(second->failure->execution() == execution_state::not_sent);
        co_await blocking.execute("rollback");
        co_await other.execute("drop table returned_lease");
    });
}

TEST_CASE("a connection of one's own keeps no more statements prepared than its cache") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        auto conn = co_await connect(context.get_executor(), test_dsn(),
                                     connection_options{.statement_cache_capacity = 2});
        for (int i = 0; i < 10; ++i) co_await conn.query<int>(runtime_sql("select " + std::to_string(i)));
        CHECK(co_await conn.query_one<std::int64_t>("select count(*) from pg_prepared_statements") <= 4);
        co_await conn.execute("begin");
        for (int i = 0; i < 5; ++i) co_await conn.query<int>(runtime_sql("select " + std::to_string(i)));
        co_await conn.execute("rollback");
        co_await conn.close();
    });
}

TEST_CASE("closing a connection twice answers both") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        auto conn = co_await connect(context.get_executor(), test_dsn());
        const auto running = start_beside(conn.execute("select pg_sleep(0.05)"));
        const auto first = start_beside(conn.close());
        const auto second = start_beside(conn.close());
        co_await until([&] { return first->done && second->done; });
        CHECK(!running->failure);
    });
}

TEST_CASE("a statement that is cancelled while it is being described is stopped on the server") {
    with_pool(one_connection(), [](pool& p) -> asio::awaitable<void> {
        auto other = co_await observer();
        co_await other.execute("create table if not exists described(n int)");
        auto blocking = co_await observer();
        co_await blocking.execute("begin");
        co_await blocking.execute("lock table described in access exclusive mode");

        const auto cancelled = start_beside(p.execute("select n from described").timeout(50ms));
        co_await until([&] { return cancelled->done; });
        co_await until([&] { return p.stats().idle == 1; }); // though the lock is still held
        CHECK(p.stats().closed_by_error == 0);
        co_await blocking.execute("rollback");
        co_await other.execute("drop table described");
    });
}

// The server's postmaster signals a backend twice for one cancel request, so that the second signal may well
// find the next statement; each round is a chance for that.
TEST_CASE("a stray cancel that hits a statement while it is being described is not seen by its caller") {
    with_pool(one_connection(), [](pool& p) -> asio::awaitable<void> {
        auto other = co_await observer();
        co_await other.execute("create table if not exists stray(n int)");
        auto blocking = co_await observer();
        const auto pid = co_await p.query_one<int>("select pg_backend_pid()");
        co_await p.execute("select pg_sleep($1)", 0.0);
        for (int round = 0; round < 30; ++round) {
            co_await blocking.execute("begin");
            co_await blocking.execute("lock table stray in access exclusive mode");
            const auto cancelled = start_beside(p.execute("select pg_sleep($1)", 60.0).timeout(5ms));
            const auto neighbour =
                start_beside(p.execute(runtime_sql("select n from stray -- " + std::to_string(round))));
            co_await until([&] { return cancelled->done; });
            for (bool waits = false; !waits && !neighbour->done;)
                waits = co_await other.query_one<bool>("select count(*) > 0 from pg_stat_activity "
                                                       "where pid = $1 and wait_event_type = 'Lock'",
                                                       pid);
            co_await blocking.execute("rollback");
            co_await until([&] { return neighbour->done; });
            REQUIRE((neighbour->failure ? std::string(neighbour->failure->what()) : std::string()) == "");
        }
        co_await other.execute("drop table stray");
    });
}

} // namespace connection_service_tests

// Independent statements in one round trip.
#include <string>
#include <tuple>
#include <vector>

#include "run.hpp"
#include "traffic.hpp"

namespace pipelines_tests {

namespace {

using namespace pgcoro::testing;
using pgcoro::execution_state;
using pgcoro::sqlstate;

asio::awaitable<pgcoro::connection> pipeline_connection() {
    co_return co_await pgcoro::connect(co_await asio::this_coro::executor, test_dsn());
}

} // namespace

TEST_CASE("each statement of a pipeline succeeds or fails by itself") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await execute_all(pool, "drop table if exists pipeline_alone", "create table pipeline_alone (n int primary key)");
        for (int round = 0; round < 2; ++round) {
            auto [one, again, syntax, missing, none, misfit, two, deferred, count] = co_await pool.pipeline(
                pgcoro::execute("insert into pipeline_alone values ($1)", 1 + 10 * round),
                pgcoro::execute("insert into pipeline_alone values ($1)", 1),
                pgcoro::query<int>("select from where"), pgcoro::query("select * from no_such_table"),
                pgcoro::query_one<int>("select 1 where false"), pgcoro::query_one<int>("select 'text'::text"),
                pgcoro::execute("insert into pipeline_alone values ($1)", 2 + 10 * round),
                pgcoro::execute("insert into pipeline_alone values ($1)", std::string("no number")),
                pgcoro::query_one<int>("select count(*)::int from pipeline_alone"));
            CHECK(one.has_value());
            REQUIRE(again.has_error());
            CHECK(again.error().code() == sqlstate::unique_violation);
            CHECK(again.error().diagnostics().place == "statement 2 of 9");
            CHECK(again.error().execution() == execution_state::rejected);
            REQUIRE(syntax.has_error());
            CHECK(syntax.error().code() == sqlstate::syntax_error);
            REQUIRE(missing.has_error());
            CHECK(missing.error().code() == sqlstate::undefined_table);
            CHECK(missing.error().execution() == execution_state::rejected);
            REQUIRE(none.has_error());
            CHECK(none.error().code() == pgcoro::errc::no_rows);
            CHECK(none.error().execution() == execution_state::completed);
            REQUIRE(misfit.has_error());
            CHECK(misfit.error().code() == pgcoro::errc::type_mismatch);
            CHECK(misfit.error().execution() == execution_state::not_sent);
            CHECK(two.has_value());
            REQUIRE(deferred.has_error());
            CHECK(deferred.error().code() == pgcoro::errc::type_mismatch);
            CHECK(deferred.error().execution() == execution_state::not_sent);
            CHECK(count.value() == 2 + 2 * round);
        }
        co_await pool.execute("drop table pipeline_alone");
    });
}

TEST_CASE("a pipeline of known statements is one round trip with a Sync each") {
    run([](asio::io_context&) -> asio::awaitable<void> {
        const auto conn = co_await pipeline_connection();
        const auto ask = [&](int n) {
            return conn.pipeline(pgcoro::query_one<int>("select $1::int", n), pgcoro::query_one<int>("select 10 / $1::int", n),
                                 pgcoro::query_one<int>("select $1::int", n + 1));
        };
        co_await ask(1);
        traffic t(conn);
        auto [a, b, c] = co_await ask(0);
        CHECK(a.value() == 0);
        CHECK(b.error().code() == sqlstate::division_by_zero);
        CHECK(c.value() == 1);
        CHECK(t.count_sent("Sync") == 3);
        CHECK(t.count_sent("Execute") == 3);
        // Everything is sent before the first answer comes: no Flush and no pause in between.
        CHECK(t.count_sent("Flush") == 0);
        t.stop();
        co_await conn.close();
    });
}

TEST_CASE("a statement that fails at its own commit fails alone") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await execute_all(pool, "drop table if exists pipeline_deferred",
                             "create table pipeline_deferred (n int unique deferrable initially deferred)");
        auto [one, two, three] = co_await pool.pipeline(
            pgcoro::execute("insert into pipeline_deferred values ($1)", 1),
            pgcoro::execute("insert into pipeline_deferred values ($1)", 1),
            pgcoro::execute("insert into pipeline_deferred values ($1)", 3));
        CHECK(one.has_value());
        REQUIRE(two.has_error());
        CHECK(two.error().code() == sqlstate::unique_violation);
        CHECK(three.has_value());
        co_await pool.execute("drop table pipeline_deferred");
    });
}

TEST_CASE("a statement of a pipeline may use what one before it has made") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        for (int round = 0; round < 2; ++round) {
            auto [made, wrong, inserted, rows, misfit, last, dropped] = co_await pool.pipeline(
                pgcoro::execute("create table pipeline_made (n int)"), pgcoro::query("select nothing from pipeline_made"),
                pgcoro::execute("insert into pipeline_made values ($1)", 5), pgcoro::query<int>("select n from pipeline_made"),
                pgcoro::query<std::string>("select n + 1 as n from pipeline_made"),
                pgcoro::query_one<int>("select n + 2 from pipeline_made"), pgcoro::execute("drop table pipeline_made"));
            CHECK(made.has_value());
            REQUIRE(wrong.has_error());
            CHECK(wrong.error().code() == sqlstate::undefined_column);
            CHECK(inserted.has_value());
            CHECK(rows.value() == std::vector{5});
            REQUIRE(misfit.has_error());
            CHECK(misfit.error().code() == pgcoro::errc::type_mismatch);
            CHECK(last.value() == 7);
            CHECK(dropped.has_value());
        }
    });
}

TEST_CASE("in a transaction a pipeline's first failure makes the rest fail, not what was before it") {
    run([](asio::io_context&) -> asio::awaitable<void> {
        const auto conn = co_await pipeline_connection();
        auto tx = co_await conn.begin();
        auto [good, bad, behind] = co_await tx.pipeline(pgcoro::query_one<int>("select 21"), pgcoro::query("select * from nowhere"),
                                                        pgcoro::query_one<int>("select 22"));
        CHECK(good.value() == 21);
        REQUIRE(bad.has_error());
        CHECK(bad.error().code() == sqlstate::undefined_table);
        REQUIRE(behind.has_error());
        CHECK(behind.error().code() == sqlstate::in_failed_sql_transaction);
        co_await tx.rollback();
        // BEGIN travels with the first statement, and the rest waits until it has succeeded.
        auto known = co_await conn.begin();
        auto [a, b] = co_await known.pipeline(pgcoro::query_one<int>("select 21"), pgcoro::query_one<int>("select 22"));
        CHECK(a.value() == 21);
        CHECK(b.value() == 22);
        co_await known.commit();
        co_await conn.close();
    });
}

TEST_CASE("statements of a pipeline whose connection is lost fail one by one") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await pool.execute("drop table if exists pipeline_lost");
        co_await pool.execute("create table pipeline_lost (n int)");
        for (int round = 0; round < 2; ++round) {
            auto [stored, ended, behind] = co_await pool.pipeline(
                pgcoro::execute("insert into pipeline_lost values (1)"),
                pgcoro::query("select pg_terminate_backend(pg_backend_pid()), pg_sleep(10)"),
                pgcoro::execute("insert into pipeline_lost values (2)"));
            CHECK(stored.has_value());
            REQUIRE(ended.has_error());
            CHECK(ended.error().execution() == execution_state::unknown);
            REQUIRE(behind.has_error());
            CHECK(behind.error().execution() == execution_state::rejected);
        }
        const auto rows = co_await pool.query<int>("select n from pipeline_lost");
        CHECK(rows == std::vector{1, 1});
        co_await pool.execute("drop table pipeline_lost");
    });
}

TEST_CASE("a statement of a pipeline whose parameter type is gone never ran, and the next one is prepared anew") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        witness w;
        const auto make = [&] {
            w.ask("drop type if exists pipeline_mood cascade; create type pipeline_mood as enum ('low', 'high'); "
                  "create procedure pipeline_feel(mood pipeline_mood) language plpgsql as $$ begin commit; end $$");
        };
        const auto call = [&] {
            return pool.pipeline(pgcoro::execute("call pipeline_feel($1)", "low"), pgcoro::query_one<int>("select pg_backend_pid()"));
        };
        make();
        auto [known, backend] = co_await call();
        CHECK(known.has_value());

        make();   // a new connection parses it with the old type
        w.ask("select pg_terminate_backend(" + std::to_string(backend.value()) + ")");
        co_await until([&] { return pool.stats().closed_by_error == 1; });
        auto [gone, kept] = co_await call();
        REQUIRE(gone.has_error());
        CHECK(gone.error().code() == sqlstate::internal_error);
        CHECK(gone.error().execution() == execution_state::rejected);
        CHECK(kept.value() != backend.value());

        auto [again, last] = co_await call();
        CHECK(again.has_value());
        CHECK(last.value() == kept.value());
        w.ask("drop type pipeline_mood cascade");
    });
}

TEST_CASE("what commits on its way is known not to have run where a pipeline's transaction has failed before it") {
    run([](asio::io_context&) -> asio::awaitable<void> {
        const auto conn = co_await pipeline_connection();
        co_await execute_all(conn, "create procedure pg_temp.pipeline_step() language sql as 'select 1'");
        for (int round = 0; round < 2; ++round) {   // refused at its Parse, and, once it is prepared, at its Bind
            auto tx = co_await conn.begin();
            co_await tx.execute("select 1");
            auto [failed, called] = co_await tx.pipeline(pgcoro::query_one<int>("select 1 / 0"),
                                                         pgcoro::execute("call pg_temp.pipeline_step()"));
            CHECK(failed.has_error());
            REQUIRE(called.has_error());
            CHECK(called.error().code() == sqlstate::in_failed_sql_transaction);
            CHECK(called.error().execution() == execution_state::rejected);
            co_await tx.rollback();
            co_await conn.execute("call pg_temp.pipeline_step()");
        }
        co_await conn.close();
    });
}

TEST_CASE("a cancelled pipeline sends nothing more, and its connection is used again") {
    asio::io_context loop;
    gate g(771);
    pgcoro::pool pool(loop, one_connection());
    run(loop, [&]() -> asio::awaitable<void> {
        co_await execute_all(pool, "drop table if exists pipeline_cancel", "create table pipeline_cancel (n int)");
        // The last statement has to be described after the gate.
        const auto running = begin(pool.pipeline(
            pgcoro::execute("insert into pipeline_cancel values (1)"), pgcoro::execute("create table pipeline_cancel_2 (n int)"),
            pgcoro::query_one<int>("select 1 from pg_advisory_xact_lock_shared(771)"),
            pgcoro::execute("insert into pipeline_cancel_2 values (1)")));
        co_await until([&] { return g.waiting() == 1; });
        running->cancel();
        co_await until([&] { return running->done(); });
        CHECK(running->failure().code() == pgcoro::errc::operation_cancelled);
        CHECK(running->failure().execution() == execution_state::unknown);
        const auto rows = co_await pool.query_one<int>("select count(*)::int from pipeline_cancel_2");
        CHECK(rows == 0);
        CHECK(pool.stats().opened == 1);
        co_await execute_all(pool, "drop table pipeline_cancel", "drop table pipeline_cancel_2");
        co_await pool.close();
    });
}

} // namespace pipelines_tests

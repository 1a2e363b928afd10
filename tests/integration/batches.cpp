// Several statements as one: what they yield, that all or none of them happen, and what they cost.
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "run.hpp"
#include "traffic.hpp"

namespace batches_tests {

namespace {

using namespace pgcoro::testing;
using pgcoro::execution_state;
using pgcoro::sqlstate;

struct batch_user {
    std::int64_t id;
    std::string name;
};

asio::awaitable<pgcoro::connection> open_connection(pgcoro::connection_options options = {}) {
    co_return co_await pgcoro::connect(co_await asio::this_coro::executor, test_dsn(), options);
}

} // namespace

TEST_CASE("a batch yields the values of its statements in order") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        auto [users, total, none, views, tag, raw] = co_await pool.batch(
            pgcoro::query<batch_user>("select n as id, 'u' || n as name from generate_series(1, $1::int8) n", 3),
            pgcoro::query_one<std::int64_t>("select count(*) from generate_series(1, 4)"),
            pgcoro::query_optional<int>("select 1 where false"),
            pgcoro::query_rows<std::string_view>("select $1::text from generate_series(1, 2)", std::string("view")),
            pgcoro::execute("select from generate_series(1, 5)"), pgcoro::query("select 7 as seven"));
        REQUIRE(users.size() == 3);
        CHECK(users[2].name == "u3");
        CHECK(total == 4);
        CHECK_FALSE(none.has_value());
        CHECK(views.back() == "view");
        CHECK(tag.rows_affected() == 5);
        CHECK(raw[0]["seven"].as<int>() == 7);
    });
}

TEST_CASE("statements of a batch may be declared ones") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        static constexpr pgcoro::statement<batch_user(std::int64_t)> find_user{
            "select $1::int8 as id, 'declared' as name"};
        static constexpr pgcoro::statement<void(int)> touch{"select from generate_series(1, $1)"};
        auto [one, all, tag] = co_await pool.batch(pgcoro::query_one(find_user, 5), pgcoro::query(find_user, 6),
                                                   pgcoro::execute(touch, 7));
        CHECK(one.id == 5);
        CHECK(all.at(0).id == 6);
        CHECK(tag.rows_affected() == 7);
        auto [item] = co_await pool.pipeline(pgcoro::query_optional(find_user, 8));
        CHECK(item.value()->name == "declared");
    });
}

TEST_CASE("a failure anywhere in a batch undoes all of it, and says which statement it was") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await execute_all(pool, "drop table if exists batch_whole", "create table batch_whole (n int primary key)");
        // The second round knows the statements already.
        for (int round = 0; round < 2; ++round) {
            const auto failed = co_await failure_of(pool.batch(
                pgcoro::execute("insert into batch_whole values ($1)", 1),
                pgcoro::execute("insert into batch_whole values ($1), ($1)", 2),
                pgcoro::execute("insert into batch_whole values ($1)", 3)));
            CHECK(failed.code() == sqlstate::unique_violation);
            CHECK(failed.execution() == execution_state::rejected);
            CHECK(failed.diagnostics().sql == "insert into batch_whole values ($1), ($1)");
            CHECK(failed.diagnostics().place == "statement 2 of 3");
            CHECK(contains(failed.what(), "(statement 2 of 3)"));
            const auto count = co_await pool.query_one<int>("select count(*)::int from batch_whole");
            CHECK(count == 0);
        }
        co_await pool.execute("drop table batch_whole");
    });
}

TEST_CASE("a statement that cannot be described fails the batch before anything is run") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto wrong = co_await failure_of(
            pool.batch(pgcoro::query("select 1"), pgcoro::query("select nonsense from"), pgcoro::query("select 2")));
        CHECK(wrong.code() == sqlstate::syntax_error);
        CHECK(wrong.diagnostics().place == "statement 2 of 3");
        const auto missing = co_await failure_of(
            pool.batch(pgcoro::query("select 1 as one"), pgcoro::query("select * from no_such_table_here")));
        CHECK(missing.code() == sqlstate::undefined_table);
        CHECK(missing.diagnostics().place == "statement 2 of 2");
        CHECK(missing.execution() == execution_state::rejected);
    });
}

TEST_CASE("a deferred constraint fails the batch at its end") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await execute_all(pool, "drop table if exists batch_deferred",
                             "create table batch_deferred (n int unique deferrable initially deferred)");
        const auto failed = co_await failure_of(pool.batch(pgcoro::execute("insert into batch_deferred values (1)"),
                                                           pgcoro::execute("insert into batch_deferred values ($1)", 1)));
        CHECK(failed.code() == sqlstate::unique_violation);
        CHECK(failed.execution() == execution_state::rejected);
        CHECK(failed.diagnostics().place == "at the end of the batch");
        const auto count = co_await pool.query_one<int>("select count(*)::int from batch_deferred");
        CHECK(count == 0);
        co_await pool.execute("drop table batch_deferred");
    });
}

TEST_CASE("a batch of known statements has one Sync, unknown ones cost one more for all of them together") {
    run([](asio::io_context&) -> asio::awaitable<void> {
        const auto conn = co_await open_connection();
        const auto ask = [&](int n) {
            return conn.batch(pgcoro::query_one<int>("select $1::int", n), pgcoro::query_one<int>("select $1::int", n + 1),
                              pgcoro::query_one<int>("select $1::int * 2", n), pgcoro::query_one<int>("select 5"));
        };
        {
            traffic first(conn);
            const auto values = co_await ask(1);
            CHECK(values == std::tuple(1, 2, 2, 5));
            CHECK(first.count_sent("Sync") == 2);
            CHECK(first.count_sent("Parse") == 3);
        }
        {
            traffic second(conn);
            const auto values = co_await ask(2);
            CHECK(values == std::tuple(2, 3, 4, 5));
            CHECK(second.count_sent("Sync") == 1);
            CHECK(second.count_sent("Parse") == 0);
            CHECK(second.count_sent("Execute") == 4);
            CHECK(second.count_sent("Flush") == 0);
        }
        traffic mixed(conn);
        const auto values = co_await conn.batch(pgcoro::query_one<int>("select 5"), pgcoro::query_one<int>("select 6"),
                                                pgcoro::query_one<int>("select 5"));
        CHECK(values == std::tuple(5, 6, 5));
        CHECK(mixed.count_sent("Sync") == 2);
        CHECK(mixed.count_sent("Parse") == 1);
        mixed.stop();
        co_await conn.close();
    });
}

TEST_CASE("what one connection of a pool has learned another one sends in one flight") {
    auto options = test_options();
    options.max_connections = 2;
    with_pool(options, [](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto first = co_await pool.acquire();
        const auto second = co_await pool.acquire();
        const auto ask = [](const pgcoro::lease& on, int n) {
            return on.batch(pgcoro::query_one<int>("select $1::int + 100", n), pgcoro::query_one<int>("select 101"));
        };
        const auto one = co_await ask(first, 1);
        traffic t(second);
        const auto two = co_await ask(second, 2);
        CHECK(one == std::tuple(101, 101));
        CHECK(two == std::tuple(102, 101));
        CHECK(t.count_sent("Sync") == 1);
        CHECK(t.count_sent("Parse") == 2);
        t.stop();
    });
}

TEST_CASE("a batch may use a table that it makes") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        // Again on a connection and pool that know the statements, and with another shape of the table.
        for (const auto* const type : {"int", "int", "text"}) {
            auto [before, made, inserted, rows, dropped] = co_await pool.batch(
                pgcoro::query_one<int>("select 1"),
                pgcoro::execute(pgcoro::runtime_sql(std::string("create temporary table batch_made (id ") + type
                                                    + ", name text)")),
                pgcoro::execute("insert into batch_made values ('1', $1), ('2', $1)", std::string("x")),
                pgcoro::query("select * from batch_made order by id"), pgcoro::execute("drop table batch_made"));
            CHECK(before == 1);
            CHECK(made.text() == "CREATE TABLE");
            CHECK(inserted.rows_affected() == 2);
            REQUIRE(rows.size() == 2);
            CHECK(rows[1]["name"].as<std::string>() == "x");
            CHECK(rows.column_type(0) == (std::string_view(type) == "int" ? pgcoro::oid(23) : pgcoro::oid(25)));
            CHECK(dropped.text() == "DROP TABLE");
        }
    });
}

TEST_CASE("a batch that makes its tables is all or nothing, too, and has one Sync besides that of the questions") {
    run([](asio::io_context&) -> asio::awaitable<void> {
        const auto conn = co_await open_connection();
        traffic t(conn);
        const auto failed = co_await failure_of(conn.batch(
            pgcoro::execute("create schema batch_schema"), pgcoro::execute("create table batch_schema.t (n int)"),
            pgcoro::execute("insert into batch_schema.t values ($1)", 1), pgcoro::query("select n from batch_schema.t"),
            pgcoro::query("select missing from batch_schema.t"), pgcoro::query("select 1 as never")));
        CHECK(failed.code() == sqlstate::undefined_column);
        CHECK(failed.diagnostics().place == "statement 5 of 6");
        CHECK(failed.execution() == execution_state::rejected);
        CHECK(t.count_sent("Sync") == 2);
        t.stop();
        const auto schemas = co_await conn.query_one<int>("select count(*)::int from pg_namespace where nspname = 'batch_schema'");
        CHECK(schemas == 0);
        co_await conn.close();
    });
}

TEST_CASE("within a transaction, too, a batch may use a table that it makes") {
    run([](asio::io_context&) -> asio::awaitable<void> {
        const auto conn = co_await open_connection();
        {
            auto tx = co_await conn.begin();
            auto [made, tag, n] = co_await tx.batch(pgcoro::execute("create table batch_in_tx (n int)"),
                                                    pgcoro::execute("insert into batch_in_tx values ($1)", 1),
                                                    pgcoro::query_one<int>("select n from batch_in_tx"));
            CHECK(n == 1);
            co_await tx.rollback();
        }
        const auto gone = co_await failure_of(conn.query("select n from batch_in_tx"));
        CHECK(gone.code() == sqlstate::undefined_table);
        co_await conn.close();
    });
}

TEST_CASE("BEGIN travels with a batch, which is part of its transaction") {
    run([](asio::io_context&) -> asio::awaitable<void> {
        const auto conn = co_await open_connection();
        co_await conn.execute("create temporary table batch_tx (n int primary key)");
        const auto insert = [](int n) { return pgcoro::execute("insert into batch_tx values ($1)", n); };
        co_await conn.batch(insert(1));   // known from now on
        {
            traffic t(conn);
            auto tx = co_await conn.begin();
            co_await tx.batch(insert(2), insert(3));
            CHECK(t.count_sent("Sync") == 1);
            co_await tx.commit();
            t.stop();
        }
        {
            auto tx = co_await conn.begin();
            co_await tx.batch(insert(4));
            const auto failed = co_await failure_of(tx.batch(insert(5), insert(1)));
            CHECK(failed.code() == sqlstate::unique_violation);
            const auto aborted = co_await failure_of(tx.commit());
            CHECK(aborted.code() == pgcoro::errc::transaction_aborted);
        }
        const auto stored = co_await conn.query<int>("select n from batch_tx order by n");
        CHECK(stored == std::vector{1, 2, 3});
        co_await conn.close();
    });
}

TEST_CASE("what a statement's reader refuses fails a batch that is stored") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await execute_all(pool, "drop table if exists batch_read", "create table batch_read (n int)");
        const auto none = co_await failure_of(pool.batch(pgcoro::execute("insert into batch_read values (1)"),
                                                         pgcoro::query_one<int>("select n from batch_read where n > $1", 5)));
        CHECK(none.code() == pgcoro::errc::no_rows);
        CHECK(none.execution() == execution_state::completed);
        CHECK(none.diagnostics().place == "statement 2 of 2");
        const auto count = co_await pool.query_one<int>("select count(*)::int from batch_read");
        CHECK(count == 1);
        co_await pool.execute("drop table batch_read");
    });
}

TEST_CASE("a row type or argument that does not fit fails the batch, and nothing of it is stored") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await execute_all(pool, "drop table if exists batch_fit", "create table batch_fit (n int)");
        for (int round = 0; round < 2; ++round) {
            const auto row = co_await failure_of(pool.batch(pgcoro::execute("insert into batch_fit values ($1)", 1),
                                                            pgcoro::query<int>("select 'text'::text")));
            CHECK(row.code() == pgcoro::errc::type_mismatch);
            CHECK(row.execution() == execution_state::not_sent);
            const auto argument = co_await failure_of(
                pool.batch(pgcoro::execute("insert into batch_fit values ($1)", 1),
                           pgcoro::execute("insert into batch_fit values ($1)", std::int64_t{1} << 40)));
            CHECK(argument.code() == pgcoro::errc::value_out_of_range);
            CHECK(argument.execution() == execution_state::rejected);
            CHECK(argument.diagnostics().place == "statement 2 of 2");
            const auto first = co_await failure_of(
                pool.batch(pgcoro::execute("insert into batch_fit values ($1)", std::string("x")),
                           pgcoro::execute("insert into batch_fit values ($1)", 1)));
            CHECK(first.code() == pgcoro::errc::type_mismatch);
            CHECK(first.execution() == execution_state::not_sent);
        }
        const auto count = co_await pool.query_one<int>("select count(*)::int from batch_fit");
        CHECK(count == 0);
        CHECK(pool.stats().closed_by_error == 0);
        co_await pool.execute("drop table batch_fit");
    });
}

TEST_CASE("a pool's batch refuses what a pool refuses, a connection's takes it") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        pgcoro::pool pool(context, one_connection());
        const auto refused = co_await failure_of(
            pool.batch(pgcoro::query("select 1"), pgcoro::execute("set search_path = nowhere")));
        CHECK(refused.code() == pgcoro::errc::not_shareable);
        CHECK(refused.diagnostics().place == "statement 2 of 2");
        const auto control = co_await failure_of(pool.batch(pgcoro::execute(pgcoro::runtime_sql("commit"))));
        CHECK(control.code() == pgcoro::errc::not_shareable);
        const auto faulty = co_await failure_of(pool.pipeline(pgcoro::execute(pgcoro::runtime_sql("select 1; select 2"))));
        CHECK(faulty.code() == pgcoro::errc::invalid_sql);
        const auto conn = co_await open_connection();
        auto [set, shown] = co_await conn.batch(pgcoro::execute("set search_path = nowhere"),
                                                pgcoro::query_one<std::string>("show search_path"));
        CHECK(shown == "nowhere");
        co_await conn.close();
        co_await pool.close();
    });
}

TEST_CASE("the filter for run-time text sees every statement of a batch") {
    auto options = one_connection();
    options.runtime_sql_filter = [](std::string_view text) -> std::optional<std::string> {
        if (contains(text, "forbidden")) return "no";
        return std::nullopt;
    };
    with_pool(options, [](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto refused = co_await failure_of(
            pool.batch(pgcoro::query("select 1"), pgcoro::query(pgcoro::runtime_sql("select 'forbidden'"))));
        CHECK(refused.code() == pgcoro::errc::invalid_sql);
        const auto lease = co_await pool.acquire();
        const auto on_lease = co_await failure_of(lease.batch(pgcoro::query(pgcoro::runtime_sql("select 'forbidden'"))));
        CHECK(on_lease.code() == pgcoro::errc::invalid_sql);
    });
}

TEST_CASE("a dynamic batch yields its results in order, however many there are") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        pgcoro::dynamic_batch statements;
        CHECK(statements.empty());
        const auto nothing = co_await pool.batch(std::move(statements));
        CHECK(nothing.empty());
        pgcoro::dynamic_batch many;
        for (int i = 0; i < 5000; ++i) {
            if (i % 2 == 0) many.add("select $1::int as n", i);
            else many.add(pgcoro::runtime_sql("select $1::text as n, " + std::to_string(i % 300)), std::to_string(i));
        }
        const auto results = co_await pool.batch(std::move(many));
        REQUIRE(results.size() == 5000);
        bool right = true;
        for (int i = 0; i < 5000; ++i) {
            const auto value = results[static_cast<std::size_t>(i)][0]["n"];
            right = right && (i % 2 == 0 ? value.as<int>() == i : value.as<std::string>() == std::to_string(i));
        }
        CHECK(right);
        pgcoro::dynamic_batch failing;
        for (int i = 0; i < 3000; ++i) failing.add("select 1 / $1::int", 1500 - i);
        const auto failed = co_await failure_of(pool.batch(std::move(failing)));
        CHECK(failed.code() == sqlstate::division_by_zero);
        CHECK(failed.diagnostics().place == "statement 1501 of 3000");
    });
}

TEST_CASE("batches work without a statement cache, and with one that is smaller than they are") {
    for (const auto capacity : {std::size_t{0}, std::size_t{1}, std::size_t{2}})
        run([capacity](asio::io_context&) -> asio::awaitable<void> {
            const auto conn = co_await open_connection({.statement_cache_capacity = capacity});
            for (int round = 0; round < 3; ++round) {
                const auto values = co_await conn.batch(
                    pgcoro::query_one<int>("select $1::int + 1", round), pgcoro::query_one<std::string>("select $1::text", "a"),
                    pgcoro::query_one<int>("select $1::int + 1", round + 1), pgcoro::query_one<int>("select 4"),
                    pgcoro::query_one<int>("select 4"), pgcoro::query_one<int>("select 5"));
                CHECK(values == std::tuple(round + 1, "a", round + 2, 4, 4, 5));
            }
            const auto prepared = co_await conn.query_one<int>("select count(*)::int from pg_prepared_statements");
            CHECK(prepared <= static_cast<int>(capacity));
            co_await conn.close();
        });
}

TEST_CASE("batches of many callers share connections with other statements, and fail alone") {
    auto options = test_options();
    options.max_connections = 2;
    with_pool(options, [](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await execute_all(pool, "drop table if exists batch_shared", "create table batch_shared (n int primary key)");
        std::vector<background_ptr<std::tuple<pgcoro::command_tag, pgcoro::command_tag>>> batches;
        std::vector<background_ptr<int>> others;
        for (int i = 0; i < 200; ++i) {
            batches.push_back(begin(pool.batch(pgcoro::execute("insert into batch_shared values ($1)", i),
                                               pgcoro::execute("insert into batch_shared values ($1)", 1000 + i % 150))));
            others.push_back(begin(pool.query_one<int>("select $1::int * 10", i)));
        }
        co_await until([&] { return all_done(batches) && all_done(others); });
        int stored = 0;
        for (std::size_t i = 0; i < 200; ++i) {
            CHECK(others[i]->value() == static_cast<int>(i) * 10);
            if (batches[i]->succeeded()) ++stored;
            else CHECK(batches[i]->failure().code() == sqlstate::unique_violation);
        }
        CHECK(stored == 150);
        const auto count = co_await pool.query_one<int>("select count(*)::int from batch_shared");
        CHECK(count == 300);
        CHECK(pool.stats().total == 2);
        CHECK(pool.stats().opened <= 2);   // the second may still be on its way
        CHECK(pool.stats().in_flight == 0);
        co_await pool.execute("drop table batch_shared");
    });
}

TEST_CASE("on a connection of one's own, statements behind a batch keep their place") {
    run([](asio::io_context&) -> asio::awaitable<void> {
        const auto conn = co_await open_connection();
        co_await conn.execute("create temporary table batch_order (n serial, what text)");
        const auto before = begin(conn.execute("insert into batch_order(what) values ('before')"));
        const auto batch = begin(conn.batch(pgcoro::execute("insert into batch_order(what) values ('one')"),
                                            pgcoro::execute("insert into batch_order(what) values ($1)", "two")));
        const auto behind = begin(conn.execute("insert into batch_order(what) values ($1)", "behind"));
        co_await until([&] { return behind->done(); });
        CHECK(before->succeeded());
        CHECK(batch->succeeded());
        const auto order = co_await conn.query<std::string>("select what from batch_order order by n");
        CHECK(order == std::vector<std::string>{"before", "one", "two", "behind"});
        co_await conn.close();
    });
}

TEST_CASE("a batch on a lease is not taken for something that changes the session") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        std::vector<int> numbers{1, 2, 3};
        co_await pool.execute_many("select $1::int", numbers);
        auto [x] = co_await pool.pipeline(pgcoro::query_one<int>("select 8"));
        const auto prepared = co_await pool.query_one<int>("select count(*)::int from pg_prepared_statements");
        CHECK(prepared >= 2);   // no DISCARD ALL in between
    });
}

} // namespace batches_tests

// The server's errors: their kinds, their diagnostics, what is shown of them.
#include <pgcoro/pgcoro.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <optional>
#include <string>
#include <string_view>

#include "run.hpp"

namespace server_errors_tests {

namespace asio = boost::asio;
using pgcoro::error;
using pgcoro::error_kind;
using pgcoro::execution_state;
using pgcoro::sqlstate;
using pgcoro::sqlstate_class;
using namespace pgcoro::testing;

namespace {

/// The error that the server answers a statement with.
template <class Handle>
asio::awaitable<error> refusal(const Handle& on, std::string sql) {
    co_return co_await failure_of(on.query(pgcoro::runtime_sql(sql)));
}

} // namespace

TEST_CASE("wrong SQL is invalid_query, with the position of the fault") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto syntax = co_await refusal(pool, "select 1 frmo pg_class x");
        CHECK(syntax.code() == sqlstate::syntax_error);
        CHECK(syntax.code() == sqlstate_class::syntax_error_or_access_rule_violation);
        CHECK(error_kind(syntax) == error_kind::invalid_query);
        CHECK(syntax.diagnostics().position == 15);
        CHECK(syntax.diagnostics().severity == "ERROR");
        CHECK(syntax.diagnostics().sql == "select 1 frmo pg_class x");
        CHECK(syntax.execution() == execution_state::rejected);
        const auto column = co_await refusal(pool, "select relnam from pg_class");
        CHECK(column.code() == sqlstate::undefined_column);
        CHECK(error_kind(column) == error_kind::invalid_query);
        CHECK(column.diagnostics().position == 8);
        CHECK(contains(column.diagnostics().hint, "relname"));
        CHECK_FALSE(contains(column.what(), column.diagnostics().hint));
        const auto function = co_await refusal(pool, "select no_such_function(1)");
        CHECK(function.code() == sqlstate::undefined_function);
        CHECK(error_kind(function) == error_kind::invalid_query);
    });
}

TEST_CASE("positions count characters, not bytes") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto wrong = co_await refusal(pool, "select 'grüße', wrong_column");
        CHECK(wrong.diagnostics().position == 17);
    });
}

TEST_CASE("a table that does not exist is table_not_found") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto missing = co_await refusal(pool, "select * from no_such_table");
        CHECK(missing.code() == sqlstate::undefined_table);
        CHECK(error_kind(missing) == error_kind::table_not_found);
        CHECK(contains(missing.what(), "no_such_table"));
    });
}

TEST_CASE("violations of constraints say which table, column and constraint") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await execute_all(pool, "drop table if exists server_errors_child, server_errors_parent",
                             "create table server_errors_parent (id int primary key, name text not null, "
                             "age int constraint age_is_sane check (age between 0 and 150))",
                             "create table server_errors_child (parent int constraint has_parent references "
                             "server_errors_parent "
                             "deferrable initially immediate)",
                             "insert into server_errors_parent values (1, 'Ann', 30)");

        const auto unique = co_await failure_of(
            pool.execute("insert into server_errors_parent values ($1, $2, $3)", 1, "secret name", 1));
        CHECK(unique.code() == sqlstate::unique_violation);
        CHECK(unique.code() == sqlstate_class::integrity_constraint_violation);
        CHECK(error_kind(unique) == error_kind::constraint_violation);
        CHECK(unique.diagnostics().constraint == "server_errors_parent_pkey");
        CHECK(unique.diagnostics().table == "server_errors_parent");
        CHECK(unique.diagnostics().schema == "public");
        CHECK(contains(unique.diagnostics().detail, "(id)=(1)"));
        CHECK(unique.execution() == execution_state::rejected);

        const auto null = co_await refusal(pool, "insert into server_errors_parent (id) values (2)");
        CHECK(null.code() == sqlstate::not_null_violation);
        CHECK(error_kind(null) == error_kind::constraint_violation);
        CHECK(null.diagnostics().column == "name");

        const auto check = co_await failure_of(
            pool.execute("insert into server_errors_parent values ($1, $2, $3)", 3, "secret name", 999));
        CHECK(check.code() == sqlstate::check_violation);
        CHECK(check.diagnostics().constraint == "age_is_sane");
        CHECK(contains(check.diagnostics().detail, "secret name"));
        CHECK_FALSE(contains(check.what(), "secret name"));
        CHECK(contains(to_string(check, pgcoro::verbosity::full), "secret name"));

        const auto foreign = co_await refusal(pool, "insert into server_errors_child values (77)");
        CHECK(foreign.code() == sqlstate::foreign_key_violation);
        CHECK(error_kind(foreign) == error_kind::constraint_violation);
        CHECK(foreign.diagnostics().constraint == "has_parent");
        co_await execute_all(pool, "drop table server_errors_child", "drop table server_errors_parent");
    });
}

TEST_CASE("a constraint that is checked at the commit fails the statement that was announced as done") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await execute_all(
            pool, "drop table if exists server_errors_late",
            "create table server_errors_late (id int constraint late unique deferrable initially deferred)",
            "insert into server_errors_late values (1)");
        const auto late = co_await refusal(pool, "insert into server_errors_late values (1)");
        CHECK(late.code() == sqlstate::unique_violation);
        CHECK(late.diagnostics().constraint == "late");
        CHECK(late.execution() == execution_state::rejected);
        const auto rows = co_await pool.query_one<std::int64_t>("select count(*) from server_errors_late");
        CHECK(rows == 1);
        co_await pool.execute("drop table server_errors_late");
    });
}

TEST_CASE("a right that a role does not have is permission_denied") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto lease = co_await pool.acquire();
        co_await execute_all(lease, "begin", "create role server_errors_nobody",
                             "create table server_errors_private (id int)",
                             "set local role server_errors_nobody");
        const auto denied = co_await refusal(lease, "select * from server_errors_private");
        CHECK(denied.code() == sqlstate::insufficient_privilege);
        CHECK(error_kind(denied) == error_kind::permission_denied);
        CHECK(contains(denied.what(), "server_errors_private"));
        co_await lease.execute("rollback");
    });
}

TEST_CASE("values that SQL cannot take are invalid_data") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        for (const char* sql :
             {"select 1 / 0", "select 'x'::int", "select 70000::int2", "select '2024-02-30'::date",
              "select 'x'::varchar(1)::text::uuid", "select 'nonsense'::json"}) {
            const auto wrong = co_await refusal(pool, sql);
            CAPTURE(sql);
            CHECK(wrong.code() == sqlstate_class::data_exception);
            CHECK(error_kind(wrong) == error_kind::invalid_data);
            CHECK_FALSE(is_transient(wrong));
        }
    });
}

TEST_CASE("an error raised by a function is query_failed, with everything that it says") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto raised =
            co_await refusal(pool, "do $$ begin raise exception 'no %', 'luck' using detail = 'the detail', "
                                   "hint = 'the hint', column = 'c', "
                                   "constraint = 'k', datatype = 'd', table = 't', schema = 's'; end $$");
        CHECK(raised.code() == sqlstate::raise_exception);
        CHECK(error_kind(raised) == error_kind::query_failed);
        const auto& said = raised.diagnostics();
        CHECK(said.message == "no luck");
        CHECK(said.detail == "the detail");
        CHECK(said.hint == "the hint");
        CHECK(said.column == "c");
        CHECK(said.constraint == "k");
        CHECK(said.data_type == "d");
        CHECK(said.table == "t");
        CHECK(said.schema == "s");
        CHECK(contains(said.context, "PL/pgSQL"));
        CHECK(said.routine == "exec_stmt_raise");
        CHECK(contains(said.file, "pl_exec.c"));
        CHECK(said.line > 0);
        const auto custom =
            co_await refusal(pool, "do $$ begin raise exception 'own' using errcode = 'ZZ123'; end $$");
        CHECK(custom.code() == pgcoro::make_sqlstate("ZZ123"));
        CHECK(error_kind(custom) == error_kind::query_failed);
    });
}

TEST_CASE("an error within a function names the function's statement and the position in it") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto inner = co_await refusal(pool, "do $$ begin execute 'select wrong_column'; end $$");
        CHECK(inner.code() == sqlstate::undefined_column);
        CHECK(inner.diagnostics().internal_query == "select wrong_column");
        CHECK(inner.diagnostics().internal_position == 8);
        CHECK(inner.diagnostics().position == 0);
    });
}

TEST_CASE("a parameter whose type nothing tells wants a cast, and the hint says how") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        for (int use = 0; use < 2; ++use) {
            const auto untyped = co_await failure_of(pool.query("select $1 is null", 1));
            CHECK(untyped.code() == sqlstate::indeterminate_datatype);
            CHECK(error_kind(untyped) == error_kind::invalid_query);
            CHECK(contains(untyped.diagnostics().hint, "$1::int"));
        }
    });
}

TEST_CASE("conflicts with other transactions are serialization_failure, and transient") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await execute_all(pool, "drop table if exists server_errors_conflict",
                             "create table server_errors_conflict as select 1 as id, 0 as n");
        const auto a = co_await pool.acquire();
        const auto b = co_await pool.acquire();
        const char* const begin = "begin isolation level repeatable read";
        const char* const look = "select * from server_errors_conflict";
        co_await execute_all(a, begin, look);
        co_await execute_all(b, begin, look, "update server_errors_conflict set n = 1", "commit");
        const auto conflict = co_await refusal(a, "update server_errors_conflict set n = 2");
        CHECK(conflict.code() == sqlstate::serialization_failure);
        CHECK(error_kind(conflict) == error_kind::serialization_failure);
        CHECK(is_transient(conflict));
        CHECK(conflict.execution() == execution_state::rejected);
        const auto aborted = co_await refusal(a, "select 1");
        CHECK(aborted.code() == sqlstate::in_failed_sql_transaction);
        CHECK(error_kind(aborted) == error_kind::transaction_aborted);
        co_await a.execute("rollback");

        co_await execute_all(b, "begin", "select * from server_errors_conflict for update");
        const auto locked = co_await refusal(a, "select * from server_errors_conflict for update nowait");
        CHECK(locked.code() == sqlstate::lock_not_available);
        CHECK(error_kind(locked) == error_kind::lock_not_available);
        CHECK(is_transient(locked));
        co_await execute_all(b, "rollback", "drop table server_errors_conflict");
    });
}

TEST_CASE("what the server does not do, cannot hold or got wrong has its own kind") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto unsupported = co_await refusal(pool, "select * from other_database.public.things");
        CHECK(unsupported.code() == sqlstate::feature_not_supported);
        CHECK(error_kind(unsupported) == error_kind::unsupported);
        const auto too_large = co_await refusal(pool, "select repeat('x', 2000000000)");
        CHECK(too_large.code() == sqlstate::program_limit_exceeded);
        CHECK(error_kind(too_large) == error_kind::insufficient_resources);
        const auto internal =
            co_await refusal(pool, "do $$ begin raise exception 'broken' using errcode = 'XX001'; end $$");
        CHECK(internal.code() == sqlstate::data_corrupted);
        CHECK(error_kind(internal) == error_kind::server_failure);
        const auto no_data =
            co_await refusal(pool, "do $$ declare n int; begin select 1 into strict n where false; end $$");
        CHECK(no_data.code() == sqlstate::no_data_found);
        CHECK(error_kind(no_data) == error_kind::not_found);
        const auto two = co_await refusal(
            pool, "do $$ declare n int; begin select * into strict n from generate_series(1, 2); end $$");
        CHECK(two.code() == sqlstate::too_many_rows);
        CHECK(error_kind(two) == error_kind::too_many_rows);
    });
}

TEST_CASE(
    "a statement that somebody else cancels is cancelled, one that is not shareable has an unknown outcome") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto canceller = co_await pool.acquire();
        const auto victim = co_await pool.acquire();
        const auto pid = victim.backend_pid();
        for (const bool shareable : {true, false}) {
            std::optional<error> cancelled;
            const pgcoro::runtime_sql sql(shareable ? "select pg_sleep(50)"
                                                    : "do $$ begin perform pg_sleep(50); end $$");
            victim.execute(sql).as_result()([&](boost::system::result<pgcoro::command_tag, error> r) {
                REQUIRE(r.has_error());
                cancelled = r.error();
            });
            for (std::int64_t asleep = 0; asleep == 0;)
                asleep = co_await canceller.query_one<std::int64_t>(
                    "select count(*) from pg_stat_activity where pid = $1 and wait_event = 'PgSleep'", pid);
            co_await canceller.execute("select pg_cancel_backend($1)", pid);
            while (!cancelled) co_await asio::post(asio::use_awaitable);
            CAPTURE(shareable);
            CHECK(cancelled->code() == sqlstate::query_canceled);
            CHECK(error_kind(*cancelled) == error_kind::cancelled);
            CHECK(cancelled->execution()
                  == (shareable ? execution_state::rejected : execution_state::unknown));
        }
    });
}

TEST_CASE("too many connections are insufficient_resources of the server, and connect_failed of the client") {
    ephemeral_server server(
        {.settings = {{"max_connections", "5"}, {"superuser_reserved_connections", "0"}}});
    run([&](asio::io_context& context) -> asio::awaitable<void> {
        std::vector<pgcoro::connection> connections;
        std::optional<error> refused;
        while (!refused && connections.size() < 50) {
            auto next =
                co_await pgcoro::connect(context.get_executor(), server.connection_string()).as_result();
            if (next.has_error())
                refused = next.error();
            else
                connections.push_back(std::move(next.value()));
        }
        REQUIRE(refused.has_value());
        CHECK(refused->code() == pgcoro::errc::connect_failed);
        CHECK(contains(refused->what(), "too many clients"));
        CHECK(is_transient(*refused));
    });
}

TEST_CASE("one statement's failure touches no other on the same connection") {
    auto options = one_connection();
    options.pipeline_depth = 64;
    with_pool(options, [](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await pool.start();
        int right = 0, wrong = 0;
        for (int i = 0; i < 60; ++i)
            pool.query_one<int>("select 100 / $1::int", i % 3)([&, i](std::exception_ptr e, int value) {
                if (i % 3 == 0)
                    wrong += e != nullptr;
                else
                    right += value == 100 / (i % 3);
            });
        while (right + wrong < 60) co_await asio::post(asio::use_awaitable);
        CHECK(right == 40);
        CHECK(wrong == 20);
        CHECK(pool.stats().opened == 1);
    });
}

} // namespace server_errors_tests

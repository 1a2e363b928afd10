// Statements that are described without being run, and what a connection tells about itself.
#include <pgcoro/pgcoro.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "run.hpp"

namespace prepare_tests {

namespace asio = boost::asio;
using pgcoro::errc;
using pgcoro::execution_state;
using namespace pgcoro::testing;

namespace {

constexpr pgcoro::statement<std::string(std::int64_t)> prepared_name{"select name from prepare_users where id = $1"};

/// A connection of its own, with a table in its temporary schema.
template <class Body>
void with_users(Body&& body) {
    run([&](asio::io_context& context) -> asio::awaitable<void> {
        const auto connection = co_await pgcoro::connect(context.get_executor(), test_dsn());
        co_await connection.execute("create temporary table prepare_users (id int8 primary key, name text, age int)");
        co_await body(connection);
    });
}

/// How often the server has a text prepared on a connection.
asio::awaitable<std::int64_t> times_prepared(const pgcoro::connection& on, std::string_view text) {
    co_return co_await on.query_one<std::int64_t>("select count(*) from pg_prepared_statements where statement = $1", text);
}

} // namespace

TEST_CASE("prepare tells the types of parameters and columns, and where columns come from") {
    with_users([](const pgcoro::connection& connection) -> asio::awaitable<void> {
        const auto table = co_await connection.query_one<std::uint32_t>("select 'prepare_users'::regclass::oid");
        const pgcoro::described_statement described =
            co_await connection.prepare("select age, age + 1 as older from prepare_users where id = $1 and name = $2");
        CHECK(described.sql() == "select age, age + 1 as older from prepare_users where id = $1 and name = $2");
        REQUIRE(described.parameters().size() == 2);
        CHECK(described.parameters()[0] == pgcoro::oids::int8);
        CHECK(described.parameters()[1] == pgcoro::oids::text);
        REQUIRE(described.columns().size() == 2);
        CHECK(described.columns()[0].name == "age");
        CHECK(described.columns()[0].type == pgcoro::oids::int4);
        CHECK(described.columns()[0].table == table);
        CHECK(described.columns()[0].attribute == 3);
        CHECK(described.columns()[1].name == "older");
        CHECK(described.columns()[1].table == 0);
        CHECK(described.columns()[1].attribute == 0);
        const auto without_rows = co_await connection.prepare("delete from prepare_users");
        CHECK(without_rows.columns().empty());
    });
}

TEST_CASE("a statement that was prepared is not prepared again, neither by prepare nor by its execution") {
    with_users([](const pgcoro::connection& connection) -> asio::awaitable<void> {
        const auto first = co_await connection.prepare(prepared_name);
        const auto again = co_await connection.prepare("select name from prepare_users where id = $1");
        CHECK(again.columns()[0].table == first.columns()[0].table);
        const auto none = co_await connection.query_optional(prepared_name, 1);
        CHECK_FALSE(none.has_value());
        const auto count = co_await times_prepared(connection, prepared_name.sql());
        CHECK(count == 1);
    });
}

TEST_CASE("prepare executes nothing") {
    with_users([](const pgcoro::connection& connection) -> asio::awaitable<void> {
        co_await connection.prepare("insert into prepare_users (id) values (1)");
        const auto rows = co_await connection.query_one<std::int64_t>("select count(*) from prepare_users");
        CHECK(rows == 0);
    });
}

TEST_CASE("prepare reports what is wrong with the text, and the connection is good afterwards") {
    with_users([](const pgcoro::connection& connection) -> asio::awaitable<void> {
        const auto missing = co_await failure_of(connection.prepare("select nothing from prepare_users"));
        CHECK(missing.code() == pgcoro::sqlstate::undefined_column);
        CHECK(missing.execution() == execution_state::rejected);
        const auto unclear = co_await failure_of(connection.prepare("select $1 is null"));
        CHECK(unclear.code() == pgcoro::sqlstate::indeterminate_datatype);
        const auto refused = co_await failure_of(connection.prepare(pgcoro::runtime_sql("copy prepare_users to stdout")));
        CHECK(refused.code() == errc::not_shareable);
        const auto several = co_await failure_of(connection.prepare(pgcoro::runtime_sql("select 1; select 2")));
        CHECK(several.code() == errc::invalid_sql);
        co_await connection.ping();
    });
}

TEST_CASE("text that is prepared at run time is kept until the description has come") {
    with_users([](const pgcoro::connection& connection) -> asio::awaitable<void> {
        std::string text = "select name from prepare_users where id = $1 and age > $2";
        auto operation = connection.prepare(pgcoro::runtime_sql(text));
        text.assign(text.size(), 'x');
        const auto described = co_await std::move(operation);
        CHECK(described.parameters().size() == 2);
    });
}

TEST_CASE("prepare keeps its place among the statements of a connection") {
    with_users([](const pgcoro::connection& connection) -> asio::awaitable<void> {
        auto made = begin(connection.execute("create temporary table prepare_later (x int)"));
        auto described = begin(connection.prepare("select x from prepare_later"));
        auto used = begin(connection.query<int>("select x from prepare_later"));
        co_await until([&] { return used->done(); });
        CHECK(made->succeeded());
        REQUIRE(described->succeeded());
        CHECK(described->value().columns()[0].name == "x");
        CHECK(used->succeeded());
    });
}

TEST_CASE("several requests for one description are all answered") {
    with_users([](const pgcoro::connection& connection) -> asio::awaitable<void> {
        auto first = begin(connection.prepare(prepared_name));
        auto second = begin(connection.prepare(prepared_name));
        auto third = begin(connection.query(prepared_name, 1));
        auto fourth = begin(connection.prepare(prepared_name));
        // What is known needs no answer, and may be there before the statement in front of it.
        co_await until([&] { return first->done() && second->done() && third->done() && fourth->done(); });
        CHECK(first->succeeded());
        CHECK(second->succeeded());
        CHECK(third->succeeded());
        CHECK(fourth->succeeded());
        const auto count = co_await times_prepared(connection, prepared_name.sql());
        CHECK(count == 1);
    });
}

TEST_CASE("a prepare that is cancelled costs neither the connection nor the statements behind it") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        {
            const auto lease = co_await pool.acquire();
            auto cancelled = begin(lease.prepare("select 1 as cancelled_before_it_was_sent"));
            auto behind = begin(lease.query_one<int>("select 2"));
            cancelled->cancel();
            co_await until([&] { return cancelled->done() && behind->done(); });
            CHECK(cancelled->failure().code() == errc::operation_cancelled);
            CHECK(behind->value() == 2);

            gate shut(7301);
            auto slow = begin(lease.query("select 1 from pg_advisory_xact_lock_shared(7301)"));
            auto waiting = begin(lease.prepare("select 1 as cancelled_behind_another"));
            co_await until([&] { return shut.waiting() == 1; });
            waiting->cancel();
            co_await until([&] { return waiting->done(); });
            CHECK(waiting->failure().code() == errc::operation_cancelled);
            shut.open();
            co_await until([&] { return slow->done(); });
            CHECK(slow->succeeded());
        }
        const auto works = co_await pool.query_one<int>("select 3");
        CHECK(works == 3);
        CHECK(pool.stats().opened == 1);
    });
}

TEST_CASE("a prepare that loses its connection fails, and was not sent") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        const auto connection = co_await pgcoro::connect(context.get_executor(), test_dsn());
        witness server;
        gate shut(7302);
        auto slow = begin(connection.query("select 1 from pg_advisory_xact_lock_shared(7302)"));
        auto behind = begin(connection.prepare("select 1 as behind_the_slow_one"));
        co_await until([&] { return shut.waiting() == 1; });
        server.ask("select pg_terminate_backend(" + std::to_string(connection.backend_pid()) + ")");
        co_await until([&] { return slow->done() && behind->done(); });
        CHECK_FALSE(behind->succeeded());
        CHECK(behind->failure().execution() == execution_state::not_sent);
    });
}

TEST_CASE("without a statement cache a statement is described and nothing stays prepared") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        const auto connection =
            co_await pgcoro::connect(context.get_executor(), test_dsn(), {.statement_cache_capacity = 0});
        const auto described = co_await connection.prepare("select $1::int8");
        CHECK(described.parameters()[0] == pgcoro::oids::int8);
        const auto count = co_await times_prepared(connection, described.sql());
        CHECK(count == 0);
    });
}

TEST_CASE("a transaction prepares statements, before its BEGIN as well as after") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto tx = co_await pool.begin();
        const auto first = co_await tx.prepare("select $1::int8 as prepared_in_transaction");
        CHECK(first.parameters()[0] == pgcoro::oids::int8);
        const auto again = co_await tx.prepare("select $1::int8 as prepared_in_transaction");
        CHECK(again.columns().size() == 1);
        co_await tx.commit();

        const auto known = co_await pool.begin();
        co_await known.prepare("select $1::int8 as prepared_in_transaction");   // BEGIN has not been sent
        const auto now = co_await known.query_one<bool>("select now() = transaction_timestamp()");
        CHECK(now);
        const auto value = co_await known.query_one<std::int64_t>("select $1::int8 as prepared_in_transaction", 5);
        CHECK(value == 5);
        co_await known.commit();

        const auto only = co_await pool.begin();
        co_await only.prepare("select $1::int8 as prepared_in_transaction");
        co_await only.commit();
        const auto works = co_await pool.query_one<int>("select 1");
        CHECK(works == 1);
    });
}

TEST_CASE("a statement that prepare finds wrong spoils the transaction, as its execution would") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto tx = co_await pool.begin();
        const auto wrong = co_await failure_of(tx.prepare("select nothing from nowhere"));
        CHECK(wrong.code() == pgcoro::sqlstate::undefined_table);
        const auto aborted = co_await failure_of(tx.commit());
        CHECK(aborted.code() == errc::transaction_aborted);
    });
}

TEST_CASE("an empty handle cannot prepare") {
    with_pool([](pgcoro::pool&) -> asio::awaitable<void> {
        const pgcoro::lease empty;
        const auto refused = co_await failure_of(empty.prepare("select 1"));
        CHECK(refused.code() == errc::not_connected);
    });
}

TEST_CASE("parameter_status follows what the server reports") {
    with_users([](const pgcoro::connection& connection) -> asio::awaitable<void> {
        CHECK(connection.parameter_status("server_encoding") == "UTF8");
        co_await connection.execute("set time zone 'Europe/Lisbon'");
        CHECK(connection.parameter_status("TimeZone") == "Europe/Lisbon");
        co_await connection.execute("set application_name = 'prepare test'");
        CHECK(connection.parameter_status("application_name") == "prepare test");
        CHECK(pgcoro::connection().parameter_status("TimeZone").empty());
    });
}

TEST_CASE("ping tells whether the server answers") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        auto connection = co_await pgcoro::connect(context.get_executor(), test_dsn());
        co_await connection.ping();
        witness().ask("select pg_terminate_backend(" + std::to_string(connection.backend_pid()) + ")");
        const auto lost = co_await failure_of(connection.ping());
        CHECK((lost.code() == errc::connection_lost || lost.code() == errc::not_connected
               || lost.code() == pgcoro::sqlstate::admin_shutdown));
        co_await connection.close();
        const auto closed = co_await failure_of(connection.ping());
        CHECK(closed.code() == errc::not_connected);
    });
}

TEST_CASE("a connection's notices go to the handler that was set last") {
    with_users([](const pgcoro::connection& connection) -> asio::awaitable<void> {
        int first = 0, second = 0;
        connection.on_notice([&](const pgcoro::diagnostics&) { ++first; });
        co_await connection.execute("do $$ begin raise notice 'one'; end $$");
        connection.on_notice([&](const pgcoro::diagnostics&) { ++second; });
        co_await connection.execute("do $$ begin raise notice 'two'; end $$");
        connection.on_notice({});
        co_await connection.execute("do $$ begin raise notice 'three'; end $$");
        CHECK(first == 1);
        CHECK(second == 1);
    });
}

} // namespace prepare_tests

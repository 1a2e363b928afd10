// The verbs on pools, leases and stand-alone connections.
#include <pgcoro/pgcoro.hpp>

#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "run.hpp"

namespace verbs_tests {

namespace asio = boost::asio;
using pgcoro::errc;
using pgcoro::execution_state;
using namespace pgcoro::testing;

namespace {

struct country {
    std::string code;
    std::int64_t people = 0;
    std::optional<std::string> motto;
};

template <class Handle>
asio::awaitable<void> use_every_verb(const Handle& on) {
    const auto all =
        co_await on.template query<country>("select code, people, motto from (values ('de', 84::int8, null), "
                                            "('fr', 68, 'Liberté')) v (code, people, motto) "
                                            "where people > $1 order by code",
                                            10);
    REQUIRE(all.size() == 2);
    CHECK(all[0].code == "de");
    CHECK(all[0].people == 84);
    CHECK_FALSE(all[0].motto.has_value());
    CHECK(all[1].motto == "Liberté");

    const auto one =
        co_await on.template query_one<std::tuple<int, std::string>>("select $1::int, $2::text", 7, "seven");
    CHECK(one == std::tuple(7, std::string("seven")));

    const auto some = co_await on.template query_optional<int>("select $1::int where $2", 3, true);
    CHECK(some == 3);
    const auto none = co_await on.template query_optional<int>("select $1::int where $2", 3, false);
    CHECK_FALSE(none.has_value());

    auto in_place = co_await on.template query_rows<int>("select generate_series(1, $1)", 4);
    REQUIRE(in_place.size() == 4);
    CHECK(in_place[3] == 4);

    const pgcoro::result untyped = co_await on.query("select 1 as a, 'x' as b");
    CHECK(untyped[0]["b"].template as<std::string>() == "x");

    const auto tag = co_await on.execute("select generate_series(1, $1)", 5);
    CHECK(tag.rows_affected() == 5);
    CHECK(tag.text() == "SELECT 5");
    co_await on.ping();
}

} // namespace

TEST_CASE("a pool has every verb") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> { co_await use_every_verb(pool); });
}

TEST_CASE("a lease has every verb") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto lease = co_await pool.acquire();
        co_await use_every_verb(lease);
    });
}

TEST_CASE("a stand-alone connection has every verb") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        auto connection = co_await pgcoro::connect(context.get_executor(), test_dsn());
        co_await use_every_verb(connection);
        CHECK(connection.server_version() >= 140000);
        CHECK(connection.parameter_status("client_encoding") == "UTF8");
        CHECK(connection.parameter_status("no such parameter").empty());
        const auto pid = co_await connection.query_one<int>("select pg_backend_pid()");
        CHECK(pid == connection.backend_pid());
        co_await connection.close();
        const auto closed = co_await failure_of(connection.query("select 1"));
        CHECK(closed.code() == errc::not_connected);
        CHECK(closed.execution() == execution_state::not_sent);
    });
}

TEST_CASE("none where one row was asked for is no_rows, after the statement was completed") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto none = co_await failure_of(pool.query_one<int>("select 1 where false"));
        CHECK(none.code() == errc::no_rows);
        CHECK(none.execution() == execution_state::completed);
        CHECK(none.diagnostics().sql == "select 1 where false");
    });
}

TEST_CASE("more than one row where at most one was asked for is too_many_rows, and says how many") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto one = co_await failure_of(pool.query_one<int>("select generate_series(1, 3)"));
        CHECK(one.code() == errc::too_many_rows);
        CHECK(one.execution() == execution_state::completed);
        CHECK(one.diagnostics().message == "one row was asked for, 3 came");
        const auto optional = co_await failure_of(pool.query_optional<int>("select generate_series(1, 3)"));
        CHECK(optional.code() == errc::too_many_rows);
    });
}

TEST_CASE("command tags count what was done") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto lease = co_await pool.acquire();
        const auto created = co_await lease.execute("create temporary table tagged (id int, name text)");
        CHECK(created.text() == "CREATE TABLE");
        CHECK(created.rows_affected() == 0);
        const auto inserted =
            co_await lease.execute("insert into tagged select i, 'n' from generate_series(1, $1) i", 4);
        CHECK(inserted.text() == "INSERT 0 4");
        CHECK(inserted.rows_affected() == 4);
        const auto updated = co_await lease.execute("update tagged set name = $1 where id > $2", "m", 1);
        CHECK(updated.text() == "UPDATE 3");
        CHECK(updated.rows_affected() == 3);
        const auto deleted = co_await lease.execute("delete from tagged where id = $1", 99);
        CHECK(deleted.text() == "DELETE 0");
        CHECK(deleted.rows_affected() == 0);
        const auto returned =
            co_await lease.query<int>("update tagged set id = id + 10 where id = $1 returning id", 2);
        CHECK(returned == std::vector<int>{12});
        const auto raw = co_await lease.query("delete from tagged returning id");
        CHECK(raw.rows_affected() == 4);
        CHECK(raw.tag().text() == "DELETE 4");
    });
}

TEST_CASE("a result without rows is empty for every verb that allows it") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto all =
            co_await pool.query<country>("select 'x' as code, 1::int8 as people, 'm' as motto where false");
        CHECK(all.empty());
        const auto in_place = co_await pool.query_rows<std::string_view>("select 'x' where false");
        CHECK(in_place.empty());
        CHECK(in_place.begin() == in_place.end());
        const auto raw = co_await pool.query("select 1 as a where false");
        CHECK(raw.empty());
        CHECK(raw.column_count() == 1);
        CHECK(raw.column_name(0) == "a");
        const auto tag = co_await pool.execute("select 1 where false");
        CHECK(tag.text() == "SELECT 0");
    });
}

TEST_CASE("statements that may not share a connection run through a pool nevertheless") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await pool.execute("drop table if exists verbs_ddl");
        co_await pool.execute("create table verbs_ddl (id int)");
        const auto shown = co_await pool.query_one<std::string>("show server_encoding");
        CHECK(shown == "UTF8");
        const auto plan = co_await pool.query<std::string>("explain select 1");
        CHECK_FALSE(plan.empty());
        const auto vacuumed = co_await pool.execute("vacuum verbs_ddl");
        CHECK(vacuumed.text() == "VACUUM");
        co_await pool.execute("drop table verbs_ddl");
    });
}

} // namespace verbs_tests

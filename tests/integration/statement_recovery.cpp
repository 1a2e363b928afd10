// Prepared statements that are out of date are prepared again, unseen by their callers; never in a
// transaction.
#include <pgcoro/pgcoro.hpp>

#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "run.hpp"

namespace statement_recovery_tests {

namespace asio = boost::asio;
using namespace pgcoro::testing;

namespace {

enum class mood { sad, ok, happy };

struct item {
    int id = 0;
    std::string name;
};

} // namespace

TEST_CASE("after DEALLOCATE ALL on a lease its statements work on") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto lease = co_await pool.acquire();
        const auto before = co_await lease.query_one<int>("select $1::int as deallocated", 1);
        co_await lease.execute("deallocate all");
        const auto after = co_await lease.query_one<int>("select $1::int as deallocated", 2);
        const auto again = co_await lease.query_one<int>("select $1::int as deallocated", 3);
        CHECK(before + after + again == 6);
    });
}

TEST_CASE("after DISCARD ALL on a lease its statements work on, for the lease and for the pool") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto pid = co_await pool.query_one<int>("select pg_backend_pid()");
        {
            const auto lease = co_await pool.acquire();
            const auto before = co_await lease.query_one<int>("select $1::int as discarded", 1);
            co_await lease.execute("discard all");
            const auto after = co_await lease.query_one<int>("select $1::int as discarded", 2);
            CHECK(before + after == 3);
        }
        const auto from_pool = co_await pool.query_one<int>("select $1::int as discarded", 3);
        CHECK(from_pool == 3);
        const auto same = co_await pool.query_one<int>("select pg_backend_pid()");
        CHECK(same == pid);
    });
}

TEST_CASE("a statement that is unknown to the server within a transaction fails, and works after it") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto lease = co_await pool.acquire();
        co_await lease.execute("select 1 as in_transaction");
        co_await lease.execute("begin");
        co_await lease.execute("deallocate all");
        const auto unknown = co_await failure_of(lease.execute("select 1 as in_transaction"));
        CHECK(unknown.code() == pgcoro::sqlstate::invalid_sql_statement_name);
        const auto aborted = co_await failure_of(lease.execute("select 2 as in_transaction"));
        CHECK(aborted.code() == pgcoro::sqlstate::in_failed_sql_transaction);
        co_await lease.execute("rollback");
        const auto tag = co_await lease.execute("select 1 as in_transaction");
        CHECK(tag.rows_affected() == 1);
    });
}

TEST_CASE("after a column was added, dropped or reordered the same statement yields the new columns") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await execute_all(pool, "drop table if exists recovery_items",
                             "create table recovery_items (id int, name text)",
                             "insert into recovery_items values (1, 'one')");
        const auto first = co_await pool.query_one<item>("select * from recovery_items");
        CHECK(first.name == "one");
        co_await pool.execute("alter table recovery_items add column note text default 'new'");
        const auto wider = co_await pool.query("select * from recovery_items");
        REQUIRE(wider.column_count() == 3);
        CHECK(wider[0]["note"].as<std::string>() == "new");
        co_await execute_all(pool, "alter table recovery_items drop column id",
                             "alter table recovery_items add column id int default 9");
        const auto reordered = co_await pool.query_one<item>("select * from recovery_items");
        CHECK(reordered.id == 9);
        CHECK(reordered.name == "one");
        co_await pool.execute("alter table recovery_items drop column name");
        const auto missing = co_await failure_of(pool.query_one<item>("select * from recovery_items"));
        CHECK(missing.code() == pgcoro::errc::column_missing);
        co_await pool.execute("drop table recovery_items");
    });
}

TEST_CASE("after a result column's type was altered the same statement yields the new type") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await execute_all(pool, "drop table if exists recovery_wider",
                             "create table recovery_wider (n int)", "insert into recovery_wider values (7)");
        const auto narrow = co_await pool.query_one<std::int64_t>("select n from recovery_wider");
        CHECK(narrow == 7);
        co_await execute_all(pool, "alter table recovery_wider alter column n type int8",
                             "update recovery_wider set n = 5000000000");
        const auto wide = co_await pool.query_one<std::int64_t>("select n from recovery_wider");
        CHECK(wide == 5000000000);
        co_await pool.execute("alter table recovery_wider alter column n type text");
        const auto mismatch =
            co_await failure_of(pool.query_one<std::int64_t>("select n from recovery_wider"));
        CHECK(mismatch.code() == pgcoro::errc::type_mismatch);
        co_await pool.execute("drop table recovery_wider");
    });
}

TEST_CASE("after a parameter's column became an enum the same statement takes its labels") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await execute_all(pool, "drop table if exists recovery_moods",
                             "drop type if exists recovery_mood cascade",
                             "create table recovery_moods (id int, m text)",
                             "create type recovery_mood as enum ('sad', 'ok', 'happy')");
        const auto insert = [&](int id, mood m) {
            return pool.execute("insert into recovery_moods values ($1, $2)", id, m);
        };
        const auto count = [&](mood m) {
            return pool.query_one<std::int64_t>("select count(*) from recovery_moods where m = $1", m);
        };
        co_await insert(1, mood::ok);
        const auto before = co_await count(mood::ok);
        CHECK(before == 1);
        co_await pool.execute(
            "alter table recovery_moods alter column m type recovery_mood using m::recovery_mood");
        co_await insert(2, mood::ok);                // 42804
        const auto after = co_await count(mood::ok); // 42883
        CHECK(after == 2);
        co_await execute_all(pool, "drop table recovery_moods", "drop type recovery_mood");
    });
}

TEST_CASE("after a parameter's type was dropped and made again the same statement works on") {
    auto options = test_options();
    options.max_connections = 2;
    with_pool(options, [](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await execute_all(pool, "drop table if exists recovery_again",
                             "drop type if exists recovery_again_mood cascade",
                             "create type recovery_again_mood as enum ('sad', 'ok', 'happy')",
                             "create table recovery_again (id int, m recovery_again_mood)");
        const auto lease = co_await pool.acquire();
        co_await pool.execute("insert into recovery_again values ($1, $2)", 1, mood::ok);
        co_await execute_all(pool, "alter table recovery_again drop column m",
                             "drop type recovery_again_mood",
                             "create type recovery_again_mood as enum ('happy', 'ok')",
                             "alter table recovery_again add column m recovery_again_mood");
        // One connection has the statement prepared, the other one knows it from the pool.
        co_await lease.execute("insert into recovery_again values ($1, $2)", 2, mood::ok);
        co_await pool.execute("insert into recovery_again values ($1, $2)", 3, mood::happy);
        const auto moods =
            co_await pool.query<std::optional<mood>>("select m from recovery_again order by id");
        CHECK(moods == std::vector<std::optional<mood>>{std::nullopt, mood::ok, mood::happy});
        const auto refused =
            co_await failure_of(pool.execute("insert into recovery_again values ($1, $2)", 4, mood::sad));
        CHECK(refused.code() == pgcoro::errc::value_out_of_range);   // what labels the new type has is known by now
        CHECK(refused.execution() == pgcoro::execution_state::not_sent);
        co_await execute_all(pool, "drop table recovery_again", "drop type recovery_again_mood");
    });
}

TEST_CASE("a type dropped and made again while all connections have the statement prepared") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await execute_all(pool, "drop type if exists recovery_cast cascade",
                             "create type recovery_cast as enum ('sad', 'ok')");
        const auto before = co_await pool.query_one<std::string>("select $1::recovery_cast::text", mood::ok);
        CHECK(before == "ok");
        co_await execute_all(pool, "drop type recovery_cast",
                             "create type recovery_cast as enum ('ok', 'happy')");
        const auto after =
            co_await pool.query_one<std::string>("select $1::recovery_cast::text", mood::happy);
        CHECK(after == "happy");
        co_await pool.execute("drop type recovery_cast");
    });
}

TEST_CASE("a statement is prepared again once: what is wrong anew reaches the caller") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto lease = co_await pool.acquire();
        co_await lease.execute("create temporary table once (id int)");
        const auto none = co_await lease.query<int>("select id from once where id = $1", 1);
        CHECK(none.empty());
        co_await execute_all(lease, "drop table once", "create temporary table once (id uuid)");
        const auto mismatch = co_await failure_of(lease.query<int>("select id from once where id = $1", 1));
        CHECK(mismatch.code() == pgcoro::errc::type_mismatch);
        CHECK(mismatch.execution() == pgcoro::execution_state::not_sent);
        const auto still_works = co_await lease.query_one<int>("select 1");
        CHECK(still_works == 1);
    });
}

TEST_CASE("a table dropped and made again is found by the same statement") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        const char* const make = "create table recovery_dropped as select 'first' as name, 1 as id";
        const char* const remake = "create table recovery_dropped as select 2 as id, 'second' as name";
        co_await execute_all(pool, "drop table if exists recovery_dropped", make);
        const auto first = co_await pool.query_one<item>("select * from recovery_dropped");
        co_await execute_all(pool, "drop table recovery_dropped", remake);
        const auto second = co_await pool.query_one<item>("select * from recovery_dropped");
        CHECK(first.name == "first");
        CHECK(second.name == "second");
        CHECK(second.id == 2);
        co_await pool.execute("drop table recovery_dropped");
    });
}

TEST_CASE("another schema in the search path of a lease is seen by a statement that was prepared before") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await execute_all(pool, "drop schema if exists recovery_a, recovery_b cascade",
                             "create schema recovery_a", "create schema recovery_b",
                             "create table recovery_a.thing as select 1 as id",
                             "create table recovery_b.thing as select 'b'::text as name, 2 as id");
        const auto lease = co_await pool.acquire();
        co_await lease.execute("set search_path = recovery_a");
        const auto a = co_await lease.query("select * from thing");
        co_await lease.execute("set search_path = recovery_b");
        const auto b = co_await lease.query("select * from thing");
        CHECK(a[0]["id"].as<int>() == 1);
        CHECK(b[0]["id"].as<int>() == 2);
        CHECK(b[0]["name"].as<std::string>() == "b");
        co_await lease.execute("drop schema recovery_a, recovery_b cascade");
    });
}

} // namespace statement_recovery_tests

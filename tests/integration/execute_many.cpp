// One statement for each row of a range.
#include <cstdint>
#include <list>
#include <map>
#include <numeric>
#include <optional>
#include <ranges>
#include <sstream>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "run.hpp"
#include "traffic.hpp"

namespace execute_many_tests {

namespace {

using namespace pgcoro::testing;
using pgcoro::execution_state;
using pgcoro::sqlstate;

struct many_item {
    int id;
    std::optional<std::string> name;
};

/// A pool of one connection with an empty table many(id int, name text).
template <class Body>
void with_table(const std::string& name, Body&& body) {
    with_pool(one_connection(), [&](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await execute_all(pool, "drop table if exists " + name, "create table " + name + " (id int primary key, name text)");
        co_await body(pool);
        co_await pool.execute(pgcoro::runtime_sql("drop table " + name));
    });
}

} // namespace

TEST_CASE("rows are tuples, pairs, structs or single values, of any range") {
    with_table("many_shapes", [](pgcoro::pool& pool) -> asio::awaitable<void> {
        const std::vector<std::tuple<int, std::string>> tuples{{1, "one"}, {2, "two"}};
        auto n = co_await pool.execute_many("insert into many_shapes values ($1, $2)", tuples);
        CHECK(n == 2);
        std::list<many_item> items{{3, "three"}, {4, std::nullopt}};
        n = co_await pool.execute_many("insert into many_shapes values ($1, $2)", items);
        CHECK(n == 2);
        const std::map<int, std::string> pairs{{5, "five"}, {6, "six"}};
        n = co_await pool.execute_many("insert into many_shapes values ($1, $2)", pairs);
        CHECK(n == 2);
        std::vector<int> single(3);
        std::iota(single.begin(), single.end(), 7);
        n = co_await pool.execute_many("insert into many_shapes values ($1)", std::move(single));
        CHECK(n == 3);
        n = co_await pool.execute_many("insert into many_shapes values ($1, $2)",
                                       std::views::iota(10, 20) | std::views::filter([](int i) { return i % 2 == 0; })
                                           | std::views::transform([](int i) { return std::tuple(i, std::to_string(i)); }));
        CHECK(n == 5);
        std::istringstream text("20 21 22");
        n = co_await pool.execute_many("insert into many_shapes values ($1)", std::views::istream<int>(text));
        CHECK(n == 3);
        const std::vector<std::pair<int, const char*>> updates{{3, "a"}, {4, "b"}};
        n = co_await pool.execute_many("update many_shapes set name = $2 where id <= $1", updates);
        CHECK(n == 7);
        const std::vector<int> gone{1, 2, 99};
        n = co_await pool.execute_many(pgcoro::runtime_sql("delete from many_shapes where id = $1"), gone);
        CHECK(n == 2);
        const auto names = co_await pool.query<std::string>(
            "select coalesce(name, 'null') from many_shapes where id in (3, 4, 5, 7, 18, 22) order by id");
        CHECK(names == std::vector<std::string>{"b", "b", "five", "null", "18", "null"});
    });
}

TEST_CASE("no rows are no work: not even a connection is waited for") {
    auto options = one_connection();
    options.acquire_timeout = 2s;
    with_pool(options, [](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto lease = co_await pool.acquire();
        const auto n = co_await pool.execute_many("select $1::int", std::vector<int>());
        CHECK(n == 0);
    });
}

TEST_CASE("many rows are one Parse, one Sync and an Execute each") {
    run([](asio::io_context&) -> asio::awaitable<void> {
        const auto conn = co_await pgcoro::connect(co_await asio::this_coro::executor, test_dsn());
        co_await conn.execute("create temporary table many_traffic (n int)");
        std::vector<int> rows(5000, 1);
        traffic t(conn);
        const auto n = co_await conn.execute_many("insert into many_traffic values ($1)", rows);
        CHECK(n == 5000);
        CHECK(t.count_sent("Parse") == 1);
        CHECK(t.count_sent("Execute") == 5000);
        CHECK(t.count_sent("Sync") == 2);   // one of them behind the question
        CHECK(t.count_sent("Flush") < 10);
        t.stop();
        co_await conn.close();
    });
}

TEST_CASE("a row that the server refuses undoes all of them, and is named") {
    with_table("many_refused", [](pgcoro::pool& pool) -> asio::awaitable<void> {
        std::vector<int> rows;
        for (int i = 0; i < 20'000; ++i) rows.push_back(i == 12'344 ? 7 : i);
        const auto failed = co_await failure_of(pool.execute_many("insert into many_refused values ($1)", rows));
        CHECK(failed.code() == sqlstate::unique_violation);
        CHECK(failed.diagnostics().place == "row 12345");
        CHECK(failed.execution() == execution_state::rejected);
        const auto count = co_await pool.query_one<int>("select count(*)::int from many_refused");
        CHECK(count == 0);
    });
}

TEST_CASE("a row that cannot be sent undoes all of them, is named, and costs no connection") {
    with_table("many_unsendable", [](pgcoro::pool& pool) -> asio::awaitable<void> {
        std::vector<std::int64_t> rows;
        for (int i = 0; i < 80'000; ++i) rows.push_back(i == 69'999 ? std::int64_t{1} << 40 : i);
        const auto failed = co_await failure_of(pool.execute_many("insert into many_unsendable values ($1)", rows));
        CHECK(failed.code() == pgcoro::errc::value_out_of_range);
        CHECK(failed.diagnostics().place == "row 70000");
        CHECK(failed.execution() == execution_state::rejected);
        rows.resize(1);
        rows[0] = std::int64_t{1} << 41;
        const auto first = co_await failure_of(pool.execute_many("insert into many_unsendable values ($1)", rows));
        CHECK(first.diagnostics().place == "row 1");
        CHECK(first.execution() == execution_state::not_sent);
        const auto count = co_await pool.query_one<int>("select count(*)::int from many_unsendable");
        CHECK(count == 0);
        CHECK(pool.stats().opened == 1);
        CHECK(pool.stats().closed_by_error == 0);
    });
}

TEST_CASE("a range that throws undoes all rows") {
    with_table("many_throwing", [](pgcoro::pool& pool) -> asio::awaitable<void> {
        auto rows = std::views::iota(0, 5000) | std::views::transform([](int i) {
                        if (i == 3000) throw std::runtime_error("out of rows");
                        return i;
                    });
        const auto failed = co_await failure_of(pool.execute_many("insert into many_throwing values ($1)", rows));
        CHECK(contains(failed.what(), "out of rows"));
        CHECK(failed.diagnostics().place == "row 3001");
        const auto count = co_await pool.query_one<int>("select count(*)::int from many_throwing");
        CHECK(count == 0);
    });
}

TEST_CASE("a bad row on a lease fails the transaction that is open there") {
    with_table("many_in_tx", [](pgcoro::pool& pool) -> asio::awaitable<void> {
        auto tx = co_await pool.begin();
        const std::vector<int> good{1, 2};
        co_await tx.execute_many("insert into many_in_tx values ($1)", good);
        std::vector<std::int64_t> rows{3, std::int64_t{1} << 40};
        const auto failed = co_await failure_of(tx.execute_many("insert into many_in_tx values ($1)", rows));
        CHECK(failed.code() == pgcoro::errc::value_out_of_range);
        const auto aborted = co_await failure_of(tx.commit());
        CHECK(aborted.code() == pgcoro::errc::transaction_aborted);
        const auto count = co_await pool.query_one<int>("select count(*)::int from many_in_tx");
        CHECK(count == 0);
    });
}

TEST_CASE("without atomicity, what was stored before a bad row stays") {
    with_table("many_flights", [](pgcoro::pool& pool) -> asio::awaitable<void> {
        std::vector<std::int64_t> rows;
        for (int i = 0; i < 5000; ++i) rows.push_back(i);
        auto n = co_await pool.execute_many("insert into many_flights values ($1)", rows, {.atomic = false});
        CHECK(n == 5000);
        co_await pool.execute("truncate many_flights");
        auto refused = rows;
        refused[3500] = 3;
        const auto failed = co_await failure_of(
            pool.execute_many("insert into many_flights values ($1)", refused, {.atomic = false}));
        CHECK(failed.code() == sqlstate::unique_violation);
        CHECK(failed.diagnostics().place == "row 3501");
        CHECK(failed.execution() == execution_state::unknown);
        auto stored = co_await pool.query_one<int>("select count(*)::int from many_flights");
        CHECK(stored == 3 * 1024);
        co_await pool.execute("truncate many_flights");
        rows[2000] = std::int64_t{1} << 40;
        const auto unsent = co_await failure_of(
            pool.execute_many("insert into many_flights values ($1)", rows, {.atomic = false}));
        CHECK(unsent.diagnostics().place == "row 2001");
        CHECK(unsent.execution() == execution_state::unknown);
        stored = co_await pool.query_one<int>("select count(*)::int from many_flights");
        CHECK(stored == 1024);
        co_await pool.execute("truncate many_flights");
        rows[1] = 0;
        const auto early = co_await failure_of(
            pool.execute_many("insert into many_flights values ($1)", rows, {.atomic = false}));
        CHECK(early.execution() == execution_state::rejected);
    });
}

TEST_CASE("a range with a name is read where it is, a temporary one is moved in") {
    with_table("many_moved", [](pgcoro::pool& pool) -> asio::awaitable<void> {
        auto op = [&] {
            std::vector<many_item> rows{{1, "a"}, {2, "b"}};
            return pool.execute_many("insert into many_moved values ($1, $2)", std::move(rows));
        }();
        const auto n = co_await std::move(op);
        CHECK(n == 2);
        std::vector<many_item> named;
        auto later = pool.execute_many("insert into many_moved values ($1, $2)", named);
        named.push_back({3, "c"});
        const auto m = co_await std::move(later);
        CHECK(m == 1);
    });
}

TEST_CASE("on a connection without statement cache rows are prepared once for each flight") {
    run([](asio::io_context&) -> asio::awaitable<void> {
        const auto conn = co_await pgcoro::connect(co_await asio::this_coro::executor, test_dsn(), {.statement_cache_capacity = 0});
        co_await conn.execute("create temporary table many_unnamed (n int)");
        std::vector<int> rows(2500, 1);
        traffic t(conn);
        co_await conn.execute_many("insert into many_unnamed values ($1)", rows, {.atomic = false});
        CHECK(t.count_sent("Parse") == 1 + 3);
        t.stop();
        const auto n = co_await conn.query_one<int>("select count(*)::int from many_unnamed");
        CHECK(n == 2500);
        co_await conn.close();
    });
}

} // namespace execute_many_tests

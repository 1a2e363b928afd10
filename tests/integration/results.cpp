// Rows that stay in their result: borrowed, owned with it, untyped.
#include <pgcoro/pgcoro.hpp>

#include <algorithm>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "run.hpp"

namespace results_tests {

namespace asio = boost::asio;
using pgcoro::errc;
using namespace pgcoro::testing;

namespace {

struct borrowed_item {
    std::int32_t id = 0;
    std::string_view name;
    std::optional<std::span<const std::byte>> data;
};

constexpr const char* long_text = "a text that is longer than what a string keeps in itself";

} // namespace

TEST_CASE("rows with views point into the result that their range owns, also after it was moved") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        pgcoro::rows<borrowed_item> items = co_await pool.query<borrowed_item>(
            "select i as id, $1 || i as name, decode('00ff', 'hex') as data from generate_series(1, 3) i",
            long_text);
        REQUIRE(items.size() == 3);
        const std::string_view name = items[2].name;
        const auto moved = std::move(items);
        CHECK(name == std::string(long_text) + "3");
        CHECK(moved[2].name.data() == name.data());
        REQUIRE(moved.front().data.has_value());
        CHECK(moved.front().data->size() == 2);
        CHECK((*moved.back().data)[1] == std::byte{255});
    });
}

TEST_CASE("a range of rows is read by its iterators") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto numbers = co_await pool.query_rows<int>("select generate_series(1, 5)");
        int sum = 0;
        for (const int number : numbers) sum += number;
        CHECK(sum == 15);
        CHECK(*std::ranges::max_element(numbers.begin(), numbers.end()) == 5);
        auto it = numbers.begin();
        CHECK(*it++ == 1);
        CHECK(*it == 2);
        it += 3;
        CHECK(*it == 5);
        CHECK(*(it - 2) == 3);
        CHECK(it[-1] == 4);
        CHECK(*--it == 4);
        CHECK(numbers.end() - numbers.begin() == 5);
        CHECK(numbers.begin() < numbers.end());
        static_assert(std::random_access_iterator<decltype(it)>);
    });
}

TEST_CASE("rows are decoded on access, where a NULL is found") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto rows = co_await pool.query_rows<int>("select nullif(i, 2) from generate_series(1, 3) i");
        CHECK(rows[0] == 1);
        CHECK_THROWS_AS((void)rows[1], pgcoro::error);
        CHECK(rows[2] == 3);
    });
}

TEST_CASE("one row with views comes together with its result") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        pgcoro::owned_row<std::string_view> one =
            co_await pool.query_one<std::string_view>("select $1::text", long_text);
        REQUIRE(one);
        const auto moved = std::move(one);
        CHECK(*moved == long_text);
        CHECK(moved->size() == std::string_view(long_text).size());
        std::optional<pgcoro::owned_row<borrowed_item>> none = co_await pool.query_optional<borrowed_item>(
            "select 1 as id, 'x' as name, ''::bytea as data where false");
        CHECK_FALSE(none.has_value());
        const auto some =
            co_await pool.query_optional<borrowed_item>("select 1 as id, 'x' as name, null::bytea as data");
        REQUIRE(some.has_value());
        CHECK((*some)->name == "x");
        CHECK_FALSE((*some)->data.has_value());
    });
}

TEST_CASE("an untyped result shows names, types and values of its columns") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto result = co_await pool.query(
            "select i as id, case i when 2 then null else 'n' || i end as name from generate_series(1, 3) i");
        REQUIRE(result.size() == 3);
        REQUIRE(result.column_count() == 2);
        CHECK(result.column_name(0) == "id");
        CHECK(result.column_type(0) == pgcoro::oids::int4);
        CHECK(result.column_type(1) == pgcoro::oids::text);
        CHECK(result.rows_affected() == 3);
        CHECK(result[0]["id"].as<int>() == 1);
        CHECK(result[2][1].as<std::string_view>() == "n3");
        CHECK(result[2][1].name() == "name");
        CHECK(result[2][1].type() == pgcoro::oids::text);
        CHECK(result[2][1].bytes().size() == 2);
        CHECK(result[1]["name"].is_null());
        CHECK_FALSE(result[1]["name"].as<std::optional<std::string>>().has_value());
        CHECK(result[0].size() == 2);
        int sum = 0;
        for (const auto& row : result) sum += row[0].as<int>();
        CHECK(sum == 6);
    });
}

TEST_CASE("a value of an untyped result that is asked for wrongly is an error that names its column") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto result = co_await pool.query("select 300 as big, null::int as missing");
        const auto code_of = [](auto&& access) {
            try {
                access();
            } catch (const pgcoro::error& e) {
                return std::pair(e.code(), std::string(e.what()));
            }
            return std::pair(boost::system::error_code(), std::string());
        };
        const auto no_column = code_of([&] { (void)result[0]["bigger"]; });
        CHECK(no_column.first == errc::column_missing);
        CHECK(no_column.second.find("\"bigger\"") != std::string::npos);
        const auto wrong_type = code_of([&] { (void)result[0]["big"].as<std::string>(); });
        CHECK(wrong_type.first == errc::type_mismatch);
        CHECK(wrong_type.second.find("'big'") != std::string::npos);
        const auto null = code_of([&] { (void)result[0]["missing"].as<int>(); });
        CHECK(null.first == errc::unexpected_null);
        CHECK(null.second.find("'missing'") != std::string::npos);
        const auto out_of_range = code_of([&] { (void)result[0]["big"].as<std::uint8_t>(); });
        CHECK(out_of_range.first == errc::value_out_of_range);
        CHECK(out_of_range.second.find("300") != std::string::npos);
    });
}

TEST_CASE("columns of the same name are told apart by position, the first one is found by name") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto result = co_await pool.query("select 1 as n, 2 as n, 3 as n");
        CHECK(result[0]["n"].as<int>() == 1);
        CHECK(result[0][2].as<int>() == 3);
        const auto tuple =
            co_await pool.query_one<std::tuple<int, int, int>>("select 1 as n, 2 as n, 3 as n");
        CHECK(tuple == std::tuple(1, 2, 3));
    });
}

TEST_CASE("rows without columns are counted") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto result = co_await pool.query("select from generate_series(1, 4)");
        CHECK(result.size() == 4);
        CHECK(result.column_count() == 0);
        CHECK(result[3].size() == 0);
        CHECK_THROWS_AS((void)result[0]["x"], pgcoro::error);
        const auto typed = co_await failure_of(pool.query<int>("select from generate_series(1, 4)"));
        CHECK(typed.code() == errc::column_missing);
    });
}

TEST_CASE("a statement without rows yields an untyped result that is empty") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto lease = co_await pool.acquire();
        const auto result = co_await lease.query("create temporary table t (id int)");
        CHECK(result.empty());
        CHECK(result.column_count() == 0);
        CHECK(result.tag().text() == "CREATE TABLE");
        const auto typed = co_await failure_of(lease.query<int>("insert into t values (1)"));
        CHECK(typed.code() == errc::column_missing);
        const auto count = co_await lease.query_one<std::int64_t>("select count(*) from t");
        CHECK(count == 0);
    });
}

TEST_CASE("a result has as many columns as the server allows") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        constexpr int most = 1600;
        std::string sql = "select ";
        for (int i = 0; i < most; ++i)
            sql += (i == 0 ? "" : ", ") + std::to_string(i) + " as c" + std::to_string(i);
        for (int use = 0; use < 2; ++use) {
            const auto result = co_await pool.query(pgcoro::runtime_sql(sql));
            REQUIRE(result.column_count() == most);
            CHECK(result[0]["c1599"].as<int>() == 1599);
            CHECK(result[0][800].as<int>() == 800);
        }
    });
}

TEST_CASE("an empty result stands for nothing") {
    const pgcoro::result none;
    CHECK(none.empty());
    CHECK(none.column_count() == 0);
    CHECK(none.rows_affected() == 0);
    CHECK(none.tag().text().empty());
    const pgcoro::rows<int> no_rows;
    CHECK(no_rows.empty());
    const pgcoro::owned_row<int> no_row;
    CHECK_FALSE(no_row);
}

} // namespace results_tests

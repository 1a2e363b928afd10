// Records and composites as the server sends them.
#include "run.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

using namespace pgcoro::testing;

namespace types_oracle_records {

using word = std::tuple<int, std::string>;
using nullable_word = std::tuple<std::optional<int>, std::optional<std::string>>;

struct with_record {
    int id;
    std::optional<word> record;
};

/// Reads the only value of a statement.
template <class T>
asio::awaitable<T> value_of(const pgcoro::lease& conn, std::string text) {
    const pgcoro::runtime_sql sql(text);
    // A tuple as the row is the row: a record is an element of it.
    auto row = co_await conn.query_one<std::tuple<T>>(sql);
    co_return std::get<0>(std::move(row));
}

/// What reading the only value of a statement throws.
template <class T>
asio::awaitable<std::string> refusal(const pgcoro::lease& conn, std::string text) {
    std::string message;
    try {
        co_await value_of<T>(conn, text);
    } catch (const pgcoro::error& failure) {
        message = failure.what();
    }
    co_return message;
}

std::vector<word> words_of_two() { return {word(1, "a"), word(2, "b")}; }

bool says(const std::string& message, std::string_view part) { return message.find(part) != message.npos; }

TEST_CASE("records are read into tuples") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const pgcoro::lease conn = co_await pool.acquire();
        using three = std::tuple<int, std::string, std::optional<int>>;
        const three with_null(1, "a", std::nullopt);
        CHECK(co_await value_of<three>(conn, "select row(1, 'a', null)") == with_null);
        const word least(-2147483647 - 1, "");
        CHECK(co_await value_of<word>(conn, "select row(-2147483648, ''::text)") == least);
        const nullable_word nulls;
        CHECK(co_await value_of<nullable_word>(conn, "select row(null::int, null::text)") == nulls);
        CHECK(co_await value_of<nullable_word>(conn, "select row(null, null)") == nulls);
        CHECK(co_await value_of<std::optional<word>>(conn, "select null::record") == std::nullopt);
        using pair = std::pair<bool, double>;
        const pair both(true, 0.5);
        CHECK(co_await value_of<pair>(conn, "select row(true, 0.5::float8)") == both);
        using inner = std::tuple<word, std::optional<word>>;
        using nested = std::tuple<int, inner>;
        const nested deep(1, inner(word(2, "a"), std::nullopt));
        CHECK(co_await value_of<nested>(conn, "select row(1, row(row(2, 'a'), null::record))") == deep);
        using single = std::tuple<std::tuple<int>>;
        const single seven(std::tuple<int>(7));
        CHECK(co_await value_of<single>(conn, "select row(row(7))") == seven);
        using with_arrays = std::tuple<std::vector<int>, std::vector<std::vector<int>>>;
        const std::vector<int> flat{1, 2};
        const std::vector<std::vector<int>> column{{1}, {2}};
        const with_arrays arrays(flat, column);
        CHECK(co_await value_of<with_arrays>(conn, "select row('{1,2}'::int[], '{{1},{2}}'::int[])") == arrays);
        using with_ranges = std::pair<pgcoro::range<int>, std::chrono::sys_days>;
        const with_ranges ranges(pgcoro::range<int>::closed_open(1, 5), std::chrono::sys_days(std::chrono::days(10958)));
        CHECK(co_await value_of<with_ranges>(conn, "select row('[1,5)'::int4range, '2000-01-02'::date)") == ranges);
    });
}

TEST_CASE("arrays of records are read into vectors of tuples") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const pgcoro::lease conn = co_await pool.acquire();
        const std::vector<word> two = words_of_two();
        CHECK(co_await value_of<std::vector<word>>(conn, "select array[row(1, 'a'), row(2, 'b')]") == two);
        CHECK((co_await value_of<std::vector<word>>(conn, "select array[]::record[]")).empty());
        std::vector<std::optional<word>> second(2);
        second[1] = word(2, "b");
        CHECK(co_await value_of<std::vector<std::optional<word>>>(conn, "select array[null, row(2, 'b')]") == second);
        CHECK(co_await value_of<std::vector<word>>(
                  conn, "select array_agg(r) from (values (1, 'a'), (2, 'b')) r(n, w)") == two);
        using children = std::tuple<int, std::vector<word>>;
        const children expected(7, two);
        CHECK(co_await value_of<children>(conn, "select row(7, array[row(1, 'a'), row(2, 'b')])") == expected);
    });
}

TEST_CASE("a tuple that stands for the row is no record") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const pgcoro::lease conn = co_await pool.acquire();
        const std::vector<word> two = words_of_two();
        const word first = two[0];
        CHECK(co_await conn.query_one<word>("select 1, 'a'::text") == first);
        const auto all = co_await conn.query<word>("select 1, 'a'::text union all select 2, 'b' order by 1");
        CHECK(all == two);
        const auto [id, record] = co_await conn.query_one<std::tuple<int, word>>("select 5, row(1, 'a')");
        CHECK(id == 5);
        CHECK(record == first);
        const auto by_name = co_await conn.query_one<with_record>("select row(1, 'a') as record, 5 as id");
        CHECK(by_name.id == 5);
        CHECK(by_name.record == first);
        std::string message;
        try {
            co_await conn.query_one<word>("select row(1, 'a')");
        } catch (const pgcoro::error& failure) {
            message = failure.what();
        }
        CHECK(says(message, "takes 2 columns"));
    });
}

TEST_CASE("composites are read as records are") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const pgcoro::lease conn = co_await pool.acquire();
        co_await conn.execute("create type oracle_point as (x int, y int)");
        co_await conn.execute("create type oracle_segment as (name text, start oracle_point, stop oracle_point)");
        using point = std::pair<int, int>;
        using segment = std::tuple<std::string, point, std::optional<point>>;
        const point first(1, 2);
        const segment open("s", first, std::nullopt);
        std::vector<point> points(2, first);
        points[1] = point(3, 4);
        CHECK(co_await value_of<point>(conn, "select row(1, 2)::oracle_point") == first);
        CHECK(co_await value_of<segment>(conn, "select row('s', row(1, 2), null)::oracle_segment") == open);
        CHECK(co_await value_of<std::vector<point>>(conn, "select array[row(1, 2), row(3, 4)]::oracle_point[]") == points);
        CHECK(says(co_await refusal<std::tuple<int>>(conn, "select row(1, 2)::oracle_point"), "record of 2 fields"));
        co_await conn.execute("create type oracle_label as enum ('happy')");
        CHECK(says(co_await refusal<point>(conn, "select 'happy'::oracle_label"), "oracle_label"));
        co_await conn.execute("drop type oracle_segment, oracle_point, oracle_label");
    });
}

TEST_CASE("a record that does not go with the tuple is refused by name") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const pgcoro::lease conn = co_await pool.acquire();
        CHECK(says(co_await refusal<word>(conn, "select row(1, 2)"),
                   "field 2 is integer, which cannot be read into std::string"));
        CHECK(says(co_await refusal<word>(conn, "select row(1, null)"), "field 2 is NULL"));
        CHECK(says(co_await refusal<word>(conn, "select row(1, 'a', 2)"), "record of 3 fields"));
        CHECK(says(co_await refusal<std::vector<word>>(conn, "select array[row(1, 'a'), row(2, 'b', 3)]"),
                   "element [1]: record of 3 fields"));
        CHECK(says(co_await refusal<std::tuple<std::int8_t>>(conn, "select row(128)"),
                   "field 1: value 128 of type integer does not fit std::int8_t"));
    });
}

TEST_CASE("variants hold what a column or field turns out to be") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const pgcoro::lease conn = co_await pool.acquire();
        using any = std::variant<bool, std::int64_t, double, std::string>;
        const any truth = true, seven = std::int64_t{7}, half = 0.5, letter = "a";
        CHECK(co_await value_of<any>(conn, "select true") == truth);
        CHECK(co_await value_of<any>(conn, "select 7") == seven);
        CHECK(co_await value_of<any>(conn, "select 0.5::float8") == half);
        CHECK(co_await value_of<any>(conn, "select 'a'::text") == letter);
        const auto both = co_await value_of<std::tuple<any, any>>(conn, "select row(7, 'a')");
        CHECK(std::get<0>(both) == seven);
        CHECK(std::get<1>(both) == letter);
        const any number = std::int64_t{42};
        CHECK(co_await conn.query_one<std::int64_t>("select $1::int8 + 1", number) == 43);
        const any text = "word";
        CHECK(co_await conn.query_one<std::string>("select $1::text", text) == "word");
    });
}

TEST_CASE("ten thousand random records come back as they were made") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const pgcoro::lease conn = co_await pool.acquire();
        std::mt19937_64 random(5);
        std::vector<std::optional<std::int64_t>> numbers;
        std::vector<std::optional<std::string>> words;
        std::vector<double> reals;
        for (int i = 0; i < 10'000; ++i) {
            numbers.emplace_back(static_cast<std::int64_t>(random()));
            if (random() % 7 == 0) numbers.back().reset();
            words.emplace_back(std::string(random() % 9, static_cast<char>('a' + random() % 26)));
            if (random() % 7 == 0) words.back().reset();
            reals.push_back(static_cast<double>(random()) / 3);
        }
        using inner = std::tuple<std::optional<std::string>, double>;
        using outer = std::tuple<std::optional<std::int64_t>, inner>;
        const auto back = co_await conn.query_one<std::vector<outer>>(
            "select array_agg(row(n, row(w, r)) order by i) "
            "from unnest($1::int8[], $2::text[], $3::float8[]) with ordinality as t(n, w, r, i)",
            numbers, words, reals);
        REQUIRE(back.size() == numbers.size());
        std::size_t different = 0;
        for (std::size_t i = 0; i < back.size(); ++i)
            if (back[i] != outer(numbers[i], inner(words[i], reals[i]))) ++different;
        CHECK(different == 0);
    });
}

} // namespace types_oracle_records

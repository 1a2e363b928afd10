// Arrays of every type through the server, with and without NULLs.
#include <pgcoro/pgcoro.hpp>

#include <boost/uuid/uuid.hpp>
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "run.hpp"

namespace array_round_trips_tests {

namespace asio = boost::asio;
using namespace pgcoro::testing;
using namespace std::chrono;

namespace {

enum class mood { sad, ok, happy };

template <class Array>
asio::awaitable<void> round_trip(const pgcoro::pool& pool, std::string_view type, std::string_view literal,
                                 Array value) {
    const auto sql = fmt::format(
        "select {0}::{1}, $1::{1}, $1::{1}::text is not distinct from {0}::{1}::text", literal, type);
    const auto [from_literal, back, equal] =
        co_await pool.query_one<std::tuple<Array, Array, bool>>(pgcoro::runtime_sql(sql), value);
    CAPTURE(type);
    CAPTURE(literal);
    CHECK(from_literal == value);
    CHECK(back == value);
    CHECK(equal);
}

template <class T>
using nullable = std::vector<std::optional<T>>;

/// An array of two values, one with a NULL between them, and an empty one.
template <class T>
asio::awaitable<void> round_trips(const pgcoro::pool& pool, std::string_view type, std::string_view first,
                                  std::string_view second, T a, T b) {
    const auto array_type = std::string(type) + "[]";
    const auto pair = fmt::format("array[{}, {}]", first, second);
    const auto holed = fmt::format("array[{}, null, {}]", first, second);
    std::vector<T> values, none;
    values.push_back(a);
    values.push_back(b);
    nullable<T> with_null;
    with_null.push_back(a);
    with_null.push_back(std::nullopt);
    with_null.push_back(b);
    co_await round_trip(pool, array_type, pair, values);
    co_await round_trip(pool, array_type, holed, with_null);
    co_await round_trip(pool, array_type, "'{}'", none);
    const pgcoro::runtime_sql sql(fmt::format("select {}::{}", holed, array_type));
    const auto refused = co_await failure_of(pool.query_one<std::vector<T>>(sql));
    CAPTURE(type);
    CHECK(refused.code() == pgcoro::errc::unexpected_null);
}

} // namespace

TEST_CASE("arrays of numbers and booleans") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await round_trips<bool>(pool, "bool", "true", "false", true, false);
        co_await round_trips<std::int16_t>(pool, "int2", "'-32768'", "32767", -32768, 32767);
        co_await round_trips<std::int32_t>(pool, "int4", "-1", "2147483647", -1, 2147483647);
        co_await round_trips<std::int64_t>(pool, "int8", "1", "'-9223372036854775808'", 1, INT64_MIN);
        co_await round_trips<std::uint32_t>(pool, "oid", "0", "4294967295", 0, 4294967295);
        co_await round_trips<float>(pool, "float4", "0.5", "'-Infinity'", 0.5F,
                                    -std::numeric_limits<float>::infinity());
        co_await round_trips<double>(pool, "float8", "0.1", "1e308", 0.1, 1e308);
    });
}

TEST_CASE("arrays of text and bytes, with what array literals would have to quote") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        for (const char* type : {"text", "varchar", "name"})
            co_await round_trips<std::string>(pool, type, "''", "E'{a,\"b\\\\c\"} NULL'", "",
                                              "{a,\"b\\c\"} NULL");
        co_await round_trips<std::string>(pool, "json", "'{}'", "'[1]'", "{}", "[1]");
        co_await round_trips<std::string>(pool, "jsonb", "'{}'", "'[1]'", "{}", "[1]");
        std::vector<std::byte> bytes(2, std::byte{255}), no_bytes;
        bytes[0] = std::byte{0};
        co_await round_trips(pool, "bytea", "'\\x00ff'", "''", bytes, no_bytes);
    });
}

TEST_CASE("arrays of identifiers and times") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        boost::uuids::uuid id{};
        id.data[0] = 0xff;
        co_await round_trips<boost::uuids::uuid>(pool, "uuid", "'ff000000-0000-0000-0000-000000000000'",
                                                 "'00000000-0000-0000-0000-000000000000'", id,
                                                 boost::uuids::uuid{});
        co_await round_trips<sys_days>(pool, "date", "'2024-02-29'", "'infinity'", sys_days(2024y / 2 / 29),
                                       sys_days::max());
        using utc = sys_time<microseconds>;
        using local = local_time<microseconds>;
        co_await round_trips<utc>(pool, "timestamptz", "'1970-01-01 00:00:00.000001Z'", "'-infinity'",
                                  utc(1us), utc::min());
        co_await round_trips<local>(pool, "timestamp", "'1969-12-31 23:59:59'", "'infinity'", local(-1s),
                                    local::max());
    });
}

TEST_CASE("arrays of enums there and back, of domains there") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await execute_all(pool, "drop type if exists array_mood cascade",
                             "drop domain if exists array_positive",
                             "create type array_mood as enum ('sad', 'ok', 'happy')",
                             "create domain array_positive as int check (value > 0)");
        co_await round_trips<mood>(pool, "array_mood", "'sad'", "'happy'", mood::sad, mood::happy);
        co_await round_trips<std::string>(pool, "array_mood", "'sad'", "'ok'", "sad", "ok");
        co_await round_trips<mood>(pool, "text", "'sad'", "'happy'", mood::sad, mood::happy);
        const std::vector<int> numbers(2, 7);
        const auto text = co_await pool.query_one<std::string>("select $1::array_positive[]::text", numbers);
        CHECK(text == "{7,7}");
        co_await execute_all(pool, "drop type array_mood", "drop domain array_positive");
    });
}

TEST_CASE("arrays of fixed size hold exactly that many elements") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await round_trip(pool, "int4[]", "array[1, 2, 3]", std::array<int, 3>{1, 2, 3});
        using two = std::array<int, 2>;
        const auto refused = co_await failure_of(pool.query_one<two>("select array[1, 2, 3]"));
        CHECK(refused.code() == pgcoro::errc::value_out_of_range);
    });
}

TEST_CASE("lower bounds do not matter, more than one dimension does") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto shifted = co_await pool.query_one<std::vector<int>>("select '[5:6]={1,2}'::int[]");
        CHECK(shifted == std::vector<int>{1, 2});
        const auto matrix =
            co_await failure_of(pool.query_one<std::vector<int>>("select '{{1},{2}}'::int[]"));
        CHECK((matrix.code() == pgcoro::errc::type_mismatch
               || matrix.code() == pgcoro::errc::value_out_of_range));
    });
}

TEST_CASE("elements are converted like values: narrowed if they fit, refused if not") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto narrowed =
            co_await pool.query_one<std::vector<std::int16_t>>("select array[1, 2]::int8[]");
        CHECK(narrowed == std::vector<std::int16_t>{1, 2});
        const auto refused =
            co_await failure_of(pool.query_one<std::vector<std::int16_t>>("select array[1, 70000]"));
        CHECK(refused.code() == pgcoro::errc::value_out_of_range);
        const auto mismatch = co_await failure_of(pool.query_one<std::vector<int>>("select array['x']"));
        CHECK(mismatch.code() == pgcoro::errc::type_mismatch);
    });
}

TEST_CASE("an array of a hundred thousand elements") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        std::vector<std::int64_t> numbers(100'000);
        std::iota(numbers.begin(), numbers.end(), 0);
        const auto sum =
            co_await pool.query_one<std::int64_t>("select sum(n)::int8 from unnest($1::int8[]) n", numbers);
        CHECK(sum == 4'999'950'000);
        const auto back = co_await pool.query_one<std::vector<std::int64_t>>("select $1::int8[]", numbers);
        CHECK(back == numbers);
    });
}

} // namespace array_round_trips_tests

// Every type through the server: from a literal to C++, and from C++ to a parameter.
#include <pgcoro/pgcoro.hpp>

#include <boost/uuid/uuid.hpp>
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "run.hpp"

namespace type_round_trips_tests {

namespace asio = boost::asio;
using namespace pgcoro::testing;
using namespace std::chrono;

namespace {

enum class mood { sad, ok, happy };

template <class T>
bool same(const T& a, const T& b) {
    if constexpr (std::is_floating_point_v<T>)
        return std::isnan(a) ? std::isnan(b) : a == b && std::signbit(a) == std::signbit(b);
    else
        return a == b;
}

/// Reads the literal as a `T`, gives `value` as a parameter, and has the server compare the two as text,
/// which is exact for every type.
template <class T>
asio::awaitable<void> round_trip(const pgcoro::pool& pool, std::string_view type, std::string_view literal,
                                 T value) {
    const auto sql = fmt::format(
        "select {0}::{1}, $1::{1}, $1::{1}::text is not distinct from {0}::{1}::text", literal, type);
    const auto [from_literal, back, equal] =
        co_await pool.query_one<std::tuple<T, T, bool>>(pgcoro::runtime_sql(sql), value);
    CAPTURE(type);
    CAPTURE(literal);
    CHECK(same(from_literal, value));
    CHECK(same(back, value));
    CHECK(equal);
}

/// NULL of a type, there and back; where there is no place for it, it is an error.
template <class T>
asio::awaitable<void> null_round_trip(const pgcoro::pool& pool, std::string_view type) {
    const pgcoro::runtime_sql sql(fmt::format("select $1::{0}, $1::{0} is null", type));
    const auto [back, is_null] =
        co_await pool.query_one<std::tuple<std::optional<T>, bool>>(sql, std::optional<T>());
    const auto refused =
        co_await failure_of(pool.query_one<T>(pgcoro::runtime_sql(fmt::format("select null::{}", type))));
    CAPTURE(type);
    CHECK_FALSE(back.has_value());
    CHECK(is_null);
    CHECK(refused.code() == pgcoro::errc::unexpected_null);
}

template <class T>
using limits = std::numeric_limits<T>;

std::vector<std::byte> all_bytes() {
    std::vector<std::byte> bytes(256);
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i);
    return bytes;
}

} // namespace

TEST_CASE("booleans and integers, to their limits") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await round_trip(pool, "bool", "true", true);
        co_await round_trip(pool, "bool", "false", false);
        co_await round_trip<std::int16_t>(pool, "int2", "'-32768'", limits<std::int16_t>::min());
        co_await round_trip<std::int16_t>(pool, "int2", "32767", limits<std::int16_t>::max());
        co_await round_trip<std::int32_t>(pool, "int4", "'-2147483648'", limits<std::int32_t>::min());
        co_await round_trip<std::int32_t>(pool, "int4", "2147483647", limits<std::int32_t>::max());
        co_await round_trip<std::int64_t>(pool, "int8", "'-9223372036854775808'",
                                          limits<std::int64_t>::min());
        co_await round_trip<std::int64_t>(pool, "int8", "9223372036854775807", limits<std::int64_t>::max());
        co_await round_trip<std::uint32_t>(pool, "oid", "4294967295", limits<std::uint32_t>::max());
        co_await round_trip<std::uint8_t>(pool, "int2", "255", 255);
        co_await round_trip<std::uint64_t>(pool, "xid8", "'18446744073709551615'",
                                           limits<std::uint64_t>::max());
        co_await round_trip<long>(pool, "int2", "0", 0L);
    });
}

TEST_CASE("integers as exact numerics") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        for (const std::uint64_t number :
             {std::uint64_t{0}, std::uint64_t{9999}, std::uint64_t{10000}, std::uint64_t{100000001},
              std::uint64_t{1} << 63, limits<std::uint64_t>::max()}) {
            const auto text = co_await pool.query_one<std::string>("select $1::numeric::text", number);
            CHECK(text == std::to_string(number));
        }
        const auto lowest =
            co_await pool.query_one<std::string>("select $1::numeric::text", limits<std::int64_t>::min());
        CHECK(lowest == "-9223372036854775808");
    });
}

TEST_CASE("floating point numbers, infinite, not numbers, tiny and negative zero") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await round_trip(pool, "float8", "'Infinity'", limits<double>::infinity());
        co_await round_trip(pool, "float8", "'-Infinity'", -limits<double>::infinity());
        co_await round_trip(pool, "float8", "'NaN'", limits<double>::quiet_NaN());
        co_await round_trip(pool, "float8", "'-0'", -0.0);
        co_await round_trip(pool, "float8", "1.7976931348623157e308", limits<double>::max());
        co_await round_trip(pool, "float8", "2.2250738585072014e-308", limits<double>::min());
        co_await round_trip(pool, "float8", "'5e-324'", limits<double>::denorm_min());
        co_await round_trip(pool, "float8", "0.1", 0.1);
        co_await round_trip(pool, "float4", "'Infinity'", limits<float>::infinity());
        co_await round_trip(pool, "float4", "'NaN'", limits<float>::quiet_NaN());
        co_await round_trip(pool, "float4", "'-0'", -0.0F);
        co_await round_trip(pool, "float4", "3.4028235e38", limits<float>::max());
        co_await round_trip(pool, "float4", "'1e-45'", limits<float>::denorm_min());
        co_await round_trip(pool, "float4", "0.1", 0.1F);
    });
}

TEST_CASE("text of every kind, empty, quoted, and of many bytes a character") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        for (const char* type : {"text", "varchar", "varchar(40)"}) {
            co_await round_trip<std::string>(pool, type, "''", "");
            co_await round_trip<std::string>(pool, type, "E'it''s\\n\\t\\\\ \"q\"'", "it's\n\t\\ \"q\"");
            co_await round_trip<std::string>(pool, type, "'grüße 漢字 😀'", "grüße 漢字 😀");
            co_await round_trip<std::string>(pool, type, "' '", " ");
        }
        co_await round_trip<std::string>(pool, "text", "repeat('x', 1000000)", std::string(1'000'000, 'x'));
        co_await round_trip<std::string>(pool, "char(4)", "'ab'", "ab  ");
        co_await round_trip<std::string>(pool, "name", "'a name'", "a name");
        co_await round_trip<std::string>(pool, "\"char\"", "'c'", "c");
        co_await round_trip<char>(pool, "\"char\"", "'c'", 'c');
        co_await round_trip<std::string>(pool, "json", "'{\"a\": [1, null]}'", "{\"a\": [1, null]}");
        co_await round_trip<std::string>(pool, "jsonb", "'{\"a\": [1, null]}'", "{\"a\": [1, null]}");
        co_await round_trip<std::string>(pool, "jsonb", "'\"\"'", "\"\"");
    });
}

TEST_CASE("bytes, none and all of them") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await round_trip<std::vector<std::byte>>(pool, "bytea", "''", {});
        std::string hex = "'\\x";
        for (int i = 0; i < 256; ++i) hex += fmt::format("{:02x}", i);
        co_await round_trip(pool, "bytea", hex + "'", all_bytes());
    });
}

TEST_CASE("universally unique identifiers") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        boost::uuids::uuid id{}, ones{};
        co_await round_trip(pool, "uuid", "'00000000-0000-0000-0000-000000000000'", id);
        std::uint8_t next = 0;
        for (auto& byte : id) byte = static_cast<std::uint8_t>(0x11 * next++);
        for (auto& byte : ones) byte = 0xff;
        co_await round_trip(pool, "uuid", "'00112233-4455-6677-8899-aabbccddeeff'", id);
        co_await round_trip(pool, "uuid", "'ffffffff-ffff-ffff-ffff-ffffffffffff'", ones);
    });
}

TEST_CASE("dates from the first to the infinite") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await round_trip(pool, "date", "'2000-01-01'", sys_days(2000y / 1 / 1));
        co_await round_trip(pool, "date", "'1970-01-01'", sys_days());
        co_await round_trip(pool, "date", "'2024-02-29'", sys_days(2024y / 2 / 29));
        co_await round_trip(pool, "date", "'0001-12-31 BC'", sys_days(0y / 12 / 31));
        co_await round_trip(pool, "date", "'4714-11-24 BC'", sys_days(year(-4713) / 11 / 24));
        co_await round_trip(pool, "date", "'infinity'", sys_days::max());
        co_await round_trip(pool, "date", "'-infinity'", sys_days::min());
        co_await round_trip(pool, "date", "'1999-12-31'", year_month_day(1999y / 12 / 31));
        co_await round_trip(pool, "date", "'1999-12-31'", local_days(1999y / 12 / 31));
        const auto refused = co_await failure_of(pool.query_one<year_month_day>("select 'infinity'::date"));
        CHECK(refused.code() == pgcoro::errc::value_out_of_range);
    });
}

TEST_CASE("times from the first to the infinite, to the microsecond") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        using utc = sys_time<microseconds>;
        using local = local_time<microseconds>;
        const auto first = sys_days(year(-4713) / 11 / 24);
        co_await round_trip(pool, "timestamptz", "'2000-01-01 00:00:00Z'", utc(sys_days(2000y / 1 / 1)));
        co_await round_trip(pool, "timestamptz", "'1999-12-31 23:59:59.999999Z'",
                            utc(sys_days(2000y / 1 / 1)) - 1us);
        co_await round_trip(pool, "timestamptz", "'1969-12-31 23:59:59.999999+00'", utc() - 1us);
        co_await round_trip(pool, "timestamptz", "'4714-11-24 00:00:00+00 BC'", utc(first));
        co_await round_trip(pool, "timestamptz", "'294247-01-10 04:00:54.775806+00'", utc::max() - 1us);
        co_await round_trip(pool, "timestamptz", "'infinity'", utc::max());
        co_await round_trip(pool, "timestamptz", "'-infinity'", utc::min());
        co_await round_trip(pool, "timestamptz", "'2024-06-30 14:00:00+02'",
                            sys_seconds(sys_days(2024y / 6 / 30)) + 12h);
        co_await round_trip(pool, "timestamptz", "'2024-06-30 12:00:00.5+00'",
                            sys_time<nanoseconds>(sys_days(2024y / 6 / 30)) + 12h + 500ms);
        co_await round_trip(pool, "timestamp", "'2024-02-29 23:59:59.000001'",
                            local(local_days(2024y / 2 / 29)) + 23h + 59min + 59s + 1us);
        co_await round_trip(pool, "timestamp", "'infinity'", local::max());
        co_await round_trip(pool, "timestamp", "'-infinity'", local::min());
        const auto refused =
            co_await failure_of(pool.query_one<sys_seconds>("select '2024-06-30 12:00:00.5Z'::timestamptz"));
        CHECK(refused.code() == pgcoro::errc::value_out_of_range);
    });
}

TEST_CASE("enums by label, as SQL enum and as text") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await execute_all(pool, "drop type if exists round_trip_mood cascade",
                             "create type round_trip_mood as enum ('sad', 'ok', 'happy')");
        for (const char* type : {"round_trip_mood", "text", "varchar", "char(10)", "name"}) {
            co_await round_trip(pool, type, "'sad'", mood::sad);
            co_await round_trip(pool, type, "'happy'", mood::happy);
        }
        co_await null_round_trip<mood>(pool, "round_trip_mood");
        co_await round_trip<std::string>(pool, "round_trip_mood", "'ok'", "ok");
        co_await pool.execute("drop type round_trip_mood");
    });
}

TEST_CASE("domains are read as their base types and written as text") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await execute_all(
            pool, "drop domain if exists round_trip_positive, round_trip_day, round_trip_id, round_trip_code",
            "create domain round_trip_positive as int check (value > 0)",
            "create domain round_trip_day as date", "create domain round_trip_id as uuid",
            "create domain round_trip_code as text");
        co_await round_trip(pool, "round_trip_positive", "7", 7);
        co_await round_trip(pool, "round_trip_day", "'2024-02-29'", sys_days(2024y / 2 / 29));
        co_await round_trip(pool, "round_trip_id", "'00000000-0000-0000-0000-000000000000'",
                            boost::uuids::uuid{});
        co_await round_trip<std::string>(pool, "round_trip_code", "'DE'", "DE");
        const auto refused = co_await failure_of(pool.query("select $1::round_trip_positive", -1));
        CHECK(refused.code() == pgcoro::sqlstate::check_violation);
        co_await pool.execute(
            "drop domain round_trip_positive, round_trip_day, round_trip_id, round_trip_code");
    });
}

TEST_CASE("NULL of every type") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await null_round_trip<bool>(pool, "bool");
        co_await null_round_trip<std::int16_t>(pool, "int2");
        co_await null_round_trip<std::int32_t>(pool, "int4");
        co_await null_round_trip<std::int64_t>(pool, "int8");
        co_await null_round_trip<std::uint32_t>(pool, "oid");
        co_await null_round_trip<float>(pool, "float4");
        co_await null_round_trip<double>(pool, "float8");
        for (const char* type : {"text", "varchar", "bpchar", "name", "json", "jsonb"})
            co_await null_round_trip<std::string>(pool, type);
        co_await null_round_trip<std::vector<std::byte>>(pool, "bytea");
        co_await null_round_trip<boost::uuids::uuid>(pool, "uuid");
        co_await null_round_trip<sys_days>(pool, "date");
        co_await null_round_trip<local_time<microseconds>>(pool, "timestamp");
        co_await null_round_trip<sys_time<microseconds>>(pool, "timestamptz");
        co_await null_round_trip<std::vector<int>>(pool, "int4[]");
    });
}

TEST_CASE("a value that the C++ type cannot hold is refused, never cut") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto too_wide = co_await failure_of(pool.query_one<std::int32_t>("select 2147483648::int8"));
        CHECK(too_wide.code() == pgcoro::errc::value_out_of_range);
        const auto negative = co_await failure_of(pool.query_one<std::uint32_t>("select -1"));
        CHECK(negative.code() == pgcoro::errc::value_out_of_range);
        const auto not_a_number = co_await failure_of(pool.query_one<int>("select 1.5"));
        CHECK(not_a_number.code() == pgcoro::errc::value_out_of_range);
        const auto late =
            co_await failure_of(pool.query_one<sys_time<nanoseconds>>("select '2400-01-01Z'::timestamptz"));
        CHECK(late.code() == pgcoro::errc::value_out_of_range);
    });
}

} // namespace type_round_trips_tests

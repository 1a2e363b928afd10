// Dates, times, intervals and durations before the oracle.
#include "type_oracle.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

using namespace pgcoro::testing;

namespace types_oracle_times {

namespace chrono = std::chrono;
using pgcoro::interval;
using pgcoro::time_of_day;
using pgcoro::timetz;
using clock_time = chrono::hh_mm_ss<chrono::microseconds>;
using sys_microseconds = chrono::sys_time<chrono::microseconds>;
using local_microseconds = chrono::local_time<chrono::microseconds>;

// A default argument would be a temporary within a co_await expression, which GCC 12 destroys twice.
const oracle_options with_text{}, without_text{.has_text = false};

const literals times{"00:00:00", "24:00:00", "23:59:59.999999", "00:00:00.000001", "12:34:56.789012", "12:34:56.7", "04:05",
                     "00:00:59.999999", "00:59:59", "01:00", "13:00:00.1", "10:20:30.000100"};
const literals timetzs{"00:00:00+00", "24:00:00+15:59:59", "24:00:00-15:59:59", "00:00:00+15:59", "00:00:00-15:59",
                       "23:59:59.999999-00:00:01", "12:34:56.789012+02", "12:34-07:30", "04:05:06.7+05:30:15", "04:05+05:00:15",
                       "00:00:00.000001+14", "12:00-12"};
const literals intervals{"0", "1 year 2 mons -3 days 04:05:06.7", "-1 years", "-13 mons 1 day 0.000001 sec", "-1 days 00:00:01",
                         "1 mon -0.5 sec", "178956970 years 7 mons", "-178956970 years -8 mons", "2147483647 days",
                         "-2147483648 days", "9223372036854775807 us", "-9223372036854775808 us",
                         "178956970 years 7 mons 2147483647 days 9223372036854775806 us",
                         "-178956970 years -8 mons -2147483648 days -9223372036854775807 us", "1 day", "-1 day", "24:00:00", "30 days",
                         "P1Y2M3DT4H5M6.7S", "1 year 3 days", "1 mon 1 us", "-1 mons -1 days -1 us", "100000:00"};
const literals spans{"0", "1 us", "-1 us", "9223372036854775807 us", "-9223372036854775808 us", "24:00", "-24:00", "1 hour",
                     "59 min 59.999999 s", "1 s", "-1 min", "876000:00:00", "0.1 s"};
const literals hours{"0", "1 hour", "-1 hour", "24:00", "-2562047788:00", "2562047788:00", "100 hours", "-100 hours", "23 hours",
                     "25 hours", "168:00", "8760:00"};
const literals dates{"4714-11-24 BC", "5874897-12-31", "infinity", "-infinity", "0001-01-01", "0001-12-31 BC", "1999-12-31",
                     "2000-01-01", "2000-02-29", "1970-01-01", "1969-12-31", "9999-12-31", "10000-01-01", "1900-02-28"};
const literals calendar_dates{"4714-11-24 BC", "32767-12-31", "0001-01-01", "0001-12-31 BC", "1999-12-31", "2000-01-01", "2000-02-29",
                              "1970-01-01", "1969-12-31", "9999-12-31", "10000-01-01", "1900-02-28"};
const literals timestamps{"4714-11-24 00:00:00 BC", "294247-01-10 04:00:54.775806", "infinity", "-infinity", "0001-01-01 00:00:00",
                          "0001-12-31 23:59:59.999999 BC", "1999-12-31 23:59:59.999999", "2000-01-01 00:00:00",
                          "2000-01-01 00:00:00.000001", "1970-01-01 00:00:00", "1969-12-31 23:59:59.999999", "9999-12-31 23:59:59.999999",
                          "10000-01-01 00:00:00", "2024-02-29 12:34:56.789012", "2024-06-30 24:00:00"};
const literals whole_seconds{"4714-11-24 00:00:00 BC", "294276-12-31 23:59:59", "infinity", "-infinity", "294247-01-10 04:00:55",
                             "0001-01-01 00:00:00", "0001-12-31 23:59:59 BC", "1999-12-31 23:59:59", "2000-01-01 00:00:00",
                             "1970-01-01 00:00:00", "1969-12-31 23:59:59", "10000-01-01 00:00:00"};
const literals of_nanoseconds{"1677-09-21 00:12:43.145225", "2262-04-11 23:47:16.854775", "infinity", "-infinity",
                              "1999-12-31 23:59:59.999999", "2000-01-01 00:00:00", "2000-01-01 00:00:00.000001", "1970-01-01 00:00:00",
                              "1969-12-31 23:59:59.999999", "2024-02-29 12:34:56.789012", "1700-01-01 00:00:00", "2262-01-01 00:00:00"};

std::int64_t between(std::mt19937_64& random, std::int64_t least, std::int64_t greatest) {
    return std::uniform_int_distribution<std::int64_t>(least, greatest)(random);
}

/// Small as often as large, so that zeros, signs and carries all come up.
std::int64_t of_any_size(std::mt19937_64& random, int bits) {
    const auto limit = std::int64_t{1} << between(random, 0, bits - 1);
    return between(random, -limit, limit - 1);
}

time_of_day any_time(std::mt19937_64& random) {
    return time_of_day(chrono::microseconds(between(random, 0, 86'400'000'000)));
}

timetz any_timetz(std::mt19937_64& random) {
    return timetz(any_time(random), chrono::seconds(between(random, -57599, 57599)));
}

/// An interval whose fields have so many bits at most.
interval any_interval(std::mt19937_64& random, int month_bits = 31, int day_bits = 31, int microsecond_bits = 63) {
    interval value;
    value.months = static_cast<std::int32_t>(of_any_size(random, month_bits));
    value.days = static_cast<std::int32_t>(of_any_size(random, day_bits));
    value.microseconds = of_any_size(random, microsecond_bits);
    return value;
}

template <class Make>
auto ten_thousand(Make make) {
    std::vector<decltype(make())> values;
    values.reserve(10'000);
    for (int i = 0; i < 10'000; ++i) values.push_back(make());
    return values;
}

template <class T>
std::vector<std::string> printed(const std::vector<T>& values) {
    std::vector<std::string> texts;
    texts.reserve(values.size());
    for (const auto& value : values) texts.push_back(fmt::to_string(value));
    return texts;
}

/// How many of two lists differ.
template <class T>
std::size_t differences(const std::vector<T>& left, const std::vector<T>& right) {
    REQUIRE(left.size() == right.size());
    std::size_t count = 0;
    for (std::size_t i = 0; i < left.size(); ++i)
        if (left[i] != right[i]) {
            if (++count == 1) MESSAGE("the first difference: " << left[i] << ", " << right[i]);
        }
    return count;
}

/// The server prints what we print, and we parse it to the same value. Intervals are compared by their text, since equal
/// ones may have different fields.
template <class T>
boost::asio::awaitable<void> check_texts(const pgcoro::pool& pool, std::string sql_type, std::vector<T> values) {
    const pgcoro::runtime_sql as_texts(fmt::format("select $1::{}[]::text[]", sql_type));
    const auto texts = co_await pool.query_one<std::vector<std::string>>(as_texts, values);
    CHECK(differences(printed(values), texts) == 0);
    std::vector<T> parsed;
    for (const auto& text : texts) parsed.push_back(T::parse(text));
    CHECK(differences(printed(parsed), texts) == 0);
}

/// What the server gives for pairs of values: an expression of `a` and `b`.
template <class Result, class T>
boost::asio::awaitable<std::vector<Result>> of_pairs(const pgcoro::pool& pool, std::string sql_type, std::string expression,
                                                     std::vector<T> left, std::vector<T> right) {
    const pgcoro::runtime_sql statement(fmt::format(
        "select array_agg({0} order by place) from unnest($1::{1}[], $2::{1}[]) with ordinality as pairs (a, b, place)",
        expression, sql_type));
    co_return co_await pool.query_one<std::vector<Result>>(statement, left, right);
}

template <class T>
std::vector<std::int32_t> comparisons(const std::vector<T>& left, const std::vector<T>& right) {
    std::vector<std::int32_t> results;
    for (std::size_t i = 0; i < left.size(); ++i) {
        const auto order = left[i] <=> right[i];
        CHECK((left[i] == right[i]) == (order == 0));
        if (order == 0) CHECK(std::hash<T>()(left[i]) == std::hash<T>()(right[i]));
        results.push_back(order < 0 ? -1 : order > 0 ? 1 : 0);
    }
    return results;
}

template <class T, class Function>
std::vector<std::string> results_of(const std::vector<T>& left, const std::vector<T>& right, Function function) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < left.size(); ++i) texts.push_back(fmt::to_string(function(left[i], right[i])));
    return texts;
}

/// Checks that a literal is refused with a message.
template <class T>
boost::asio::awaitable<void> check_refused(const pgcoro::pool& pool, std::string literal, std::string_view message) {
    CAPTURE(literal);
    const pgcoro::runtime_sql statement("select " + literal);
    const auto refused = co_await failure_of(pool.query_one<T>(statement));
    CHECK(refused.code() == pgcoro::errc::value_out_of_range);
    CHECK_MESSAGE(contains(refused.what(), message), std::string(refused.what()));
}

TEST_CASE("time and timetz come back as the server has them") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await check_with_oracle<time_of_day>(pool, "time", times, with_text);
        co_await check_with_oracle<clock_time>(pool, "time", times, without_text);
        co_await check_with_oracle<chrono::hh_mm_ss<chrono::nanoseconds>>(pool, "time", times, without_text);
        co_await check_with_oracle<timetz>(pool, "timetz", timetzs, with_text);
    });
}

TEST_CASE("intervals and durations come back as the server has them") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await check_with_oracle<interval>(pool, "interval", types_oracle_times::intervals, with_text);
        co_await check_with_oracle<chrono::microseconds>(pool, "interval", spans, without_text);
        co_await check_with_oracle<chrono::hours>(pool, "interval", types_oracle_times::hours, without_text);
    });
}

TEST_CASE("dates come back as the server has them, from the first to the infinite") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await check_with_oracle<chrono::sys_days>(pool, "date", dates, without_text);
        co_await check_with_oracle<chrono::local_days>(pool, "date", dates, without_text);
        co_await check_with_oracle<chrono::year_month_day>(pool, "date", calendar_dates, without_text);
    });
}

TEST_CASE("timestamps come back as the server has them, from the first to the infinite") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        oracle_options utc = without_text;
        utc.settings = "set time zone 'UTC'";
        co_await check_with_oracle<local_microseconds>(pool, "timestamp", timestamps, without_text);
        co_await check_with_oracle<chrono::local_seconds>(pool, "timestamp", whole_seconds, without_text);
        co_await check_with_oracle<chrono::local_time<chrono::nanoseconds>>(pool, "timestamp", of_nanoseconds, without_text);
        co_await check_with_oracle<sys_microseconds>(pool, "timestamptz", timestamps, utc);
        co_await check_with_oracle<chrono::sys_seconds>(pool, "timestamptz", whole_seconds, utc);
        co_await check_with_oracle<chrono::sys_time<chrono::nanoseconds>>(pool, "timestamptz", of_nanoseconds, utc);
    });
}

TEST_CASE("ten thousand random dates, times and intervals come back unchanged") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        std::mt19937_64 random(4);
        co_await check_random<time_of_day>(pool, "time", [&] { return any_time(random); });
        co_await check_random<timetz>(pool, "timetz", [&] { return any_timetz(random); });
        co_await check_random<interval>(pool, "interval", [&] { return any_interval(random); });
        co_await check_random<chrono::microseconds>(
            pool, "interval", [&] { return chrono::microseconds(static_cast<std::int64_t>(random())); });
        co_await check_random<chrono::hours>(pool, "interval", [&] { return chrono::hours(of_any_size(random, 31)); });
        co_await check_random<chrono::sys_days>(
            pool, "date", [&] { return chrono::sys_days(chrono::days(between(random, -2440588, 2145042905))); });
        co_await check_random<chrono::year_month_day>(pool, "date", [&] {
            return chrono::year_month_day(chrono::sys_days(chrono::days(between(random, -2440588, 11248737))));
        });
        co_await check_random<sys_microseconds>(pool, "timestamptz", [&] {
            return sys_microseconds(chrono::microseconds(
                between(random, -210866803200000000, std::numeric_limits<std::int64_t>::max() - 1)));
        });
        co_await check_random<local_microseconds>(pool, "timestamp", [&] {
            return local_microseconds(chrono::microseconds(
                between(random, -210866803200000000, std::numeric_limits<std::int64_t>::max() - 1)));
        });
        co_await check_random<chrono::sys_time<chrono::nanoseconds>>(pool, "timestamptz", [&] {
            return chrono::sys_time<chrono::nanoseconds>(chrono::microseconds(of_any_size(random, 53)));
        });
        co_await check_random<chrono::sys_seconds>(pool, "timestamptz", [&] {
            return chrono::sys_seconds(chrono::seconds(between(random, -210866803200, 9224318015999)));
        });
    });
}

TEST_CASE("ten thousand random times and intervals are printed as by the server, and parsed") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        std::mt19937_64 random(5);
        co_await check_texts(pool, "time", ten_thousand([&] { return any_time(random); }));
        co_await check_texts(pool, "timetz", ten_thousand([&] { return any_timetz(random); }));
        co_await check_texts(pool, "interval", ten_thousand([&] { return any_interval(random); }));
    });
}

TEST_CASE("intervals are parsed from all styles of the server's output, and given to domains in all styles") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const pgcoro::lease conn = co_await pool.acquire();
        std::mt19937_64 random(6);
        const auto values = ten_thousand([&] { return any_interval(random); });
        const auto expected = printed(values);
        co_await conn.execute("create domain oracle_interval as interval");
        for (const auto style : {"sql_standard", "postgres", "postgres_verbose", "iso_8601"}) {
            CAPTURE(style);
            co_await conn.query_one<std::string>("select set_config('intervalstyle', $1, false)", style);
            const auto texts =
                co_await conn.query_one<std::vector<std::string>>("select $1::interval[]::text[]", values);
            std::vector<interval> parsed;
            std::size_t misread = 0;
            for (std::size_t i = 0; i < texts.size(); ++i) {
                // This style may leave the signs of all fields to the first one; such texts depend on the session.
                const bool one_sign = style == std::string_view("sql_standard") && texts[i].starts_with('-');
                if (!one_sign && fmt::to_string(interval::parse(texts[i])) != expected[i]) {
                    if (++misread == 1) MESSAGE(texts[i] << ", " << expected[i]);
                }
            }
            CHECK(misread == 0);
            for (std::size_t i = 0; i < 100; ++i) {
                const auto same = co_await conn.query_one<bool>(
                    "select interval_send($1::oracle_interval) = interval_send($2::interval)", values[i], values[i]);
                CHECK_MESSAGE(same, expected[i]);
            }
        }
        co_await conn.execute("drop domain oracle_interval");
    });
}

TEST_CASE("times and intervals are ordered as by the server") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        std::mt19937_64 random(7);
        const auto any = [&] { return any_interval(random); };
        auto left = ten_thousand(any), right = ten_thousand(any);
        // The same length in other fields.
        for (std::size_t i = 0; i < right.size() / 2; ++i) {
            left[i] = any_interval(random, 16, 16, 50);
            right[i] = left[i];
            const auto days = static_cast<std::int32_t>(between(random, -1000, 1000));
            const auto months = static_cast<std::int32_t>(between(random, -1000, 1000));
            right[i].months += months;
            right[i].days += days - months * 30;
            right[i].microseconds -= days * 86'400'000'000 + between(random, -1, 1) * between(random, 0, 1);
        }
        CHECK(differences(comparisons(left, right),
                          co_await of_pairs<std::int32_t>(pool, "interval", "interval_cmp(a, b)", left, right))
              == 0);

        const auto any_zoned = [&] { return any_timetz(random); };
        auto zoned = ten_thousand(any_zoned), others = ten_thousand(any_zoned);
        for (std::size_t i = 0; i < zoned.size() / 2; ++i) {
            const auto shift = chrono::seconds(between(random, -3, 3));
            zoned[i] = timetz(time_of_day(chrono::microseconds(between(random, 40'000'000'000, 41'000'000'000))), zoned[i].utc_offset() / 2);
            others[i] = timetz(time_of_day(zoned[i].time().since_midnight() + shift), zoned[i].utc_offset() + shift);
        }
        CHECK(differences(comparisons(zoned, others),
                          co_await of_pairs<std::int32_t>(pool, "timetz", "timetz_cmp(a, b)", zoned, others))
              == 0);

        const auto any_local = [&] { return any_time(random); };
        const auto clocks = ten_thousand(any_local), other_clocks = ten_thousand(any_local);
        CHECK(differences(comparisons(clocks, other_clocks),
                          co_await of_pairs<std::int32_t>(pool, "time", "time_cmp(a, b)", clocks, other_clocks))
              == 0);
    });
}

TEST_CASE("intervals are calculated and justified as by the server") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        std::mt19937_64 random(8);
        const auto any = [&] { return any_interval(random, 30, 30, 62); };
        const auto left = ten_thousand(any), right = ten_thousand(any);
        const auto sums = co_await of_pairs<std::string>(pool, "interval", "(a + b)::text", left, right);
        CHECK(differences(results_of(left, right, [](auto a, auto b) { return a + b; }), sums) == 0);
        const auto remainders = co_await of_pairs<std::string>(pool, "interval", "(a - b)::text", left, right);
        CHECK(differences(results_of(left, right, [](auto a, auto b) { return a - b; }), remainders) == 0);
        const auto opposites = co_await of_pairs<std::string>(pool, "interval", "(-a)::text", left, right);
        CHECK(differences(results_of(left, right, [](auto a, auto) { return -a; }), opposites) == 0);
        const auto by_hours = co_await of_pairs<std::string>(pool, "interval", "justify_hours(a)::text", left, right);
        CHECK(differences(results_of(left, right, [](auto a, auto) { return justify_hours(a); }), by_hours) == 0);
        const auto by_days = co_await of_pairs<std::string>(pool, "interval", "justify_days(a)::text", left, right);
        CHECK(differences(results_of(left, right, [](auto a, auto) { return justify_days(a); }), by_days) == 0);
        const auto by_both = co_await of_pairs<std::string>(pool, "interval", "justify_interval(a)::text", left, right);
        CHECK(differences(results_of(left, right, [](auto a, auto) { return justify_interval(a); }), by_both) == 0);
        // Small enough for the floating point numbers in which the server multiplies.
        const auto small = ten_thousand([&] { return any_interval(random, 16, 16, 40); });
        const auto products = co_await of_pairs<std::string>(pool, "interval", "(a * -1999)::text", small, small);
        CHECK(differences(results_of(small, small, [](auto a, auto) { return a * -1999; }), products) == 0);
    });
}

TEST_CASE("the usual ways to write times and intervals are read as by the server") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        static const literals written_times{"4:5", "040506", "0405", "040506.789", "T04:05:06", "04:05 PM", "12:00 AM", "12:30 am", "12:34:60",
                                            "23:59:60", "23:59:59.9999999", "00:00:00.0000005", "00:00:00.0000015", "04:05:06."};
        for (const auto& text : written_times) {
            const auto server = co_await pool.query_one<std::string>("select $1::text::time::text", text);
            CHECK_MESSAGE(fmt::to_string(time_of_day::parse(text)) == server, text);
        }
        static const literals written_zoned{"1:2-8", "1:2+0730", "1:2+730", "1:2+07:30:15", "1:2Z", "1:2 UTC", "1:2 gmt", "1:2 zulu",
                                            "1:2 PM -3", "040506-08", "1:2+5:3"};
        for (const auto& text : written_zoned) {
            const auto server = co_await pool.query_one<std::string>("select $1::text::timetz::text", text);
            CHECK_MESSAGE(fmt::to_string(timetz::parse(text)) == server, text);
        }
        static const literals written_intervals{
            "1.5 years", "1.1 years", "-1.5 months", "1.1 months", "0.7 weeks", "1.5 day 3", "4:05.6", "4:05", "-1:2:3", "1-2", "-1-2",
            "1 2:3:4.5 ago", "1d2h", "- 1 DAY, .5 s", "1 century 1 decade", "1 millennium 1.5 decades", "1 second 500 ms 7 us",
            "1 y 2 m", "23:59:60", "100:59:59.9999999", "P1.5W", "P0.5Y", "PT1.5H", "P-1.5D", "0.123456789 day", "1 year 2 mons ago",
            "1 hr 2 mins 3 secs", "1 c 1 dec 1 mil", "P1Y2M3DT4H5M6.7S", "5.000001 weeks", "0.333333333333333333 day", "+1 -2:03"};
        for (const auto& text : written_intervals) {
            const auto server = co_await pool.query_one<std::string>("select $1::text::interval::text", text);
            CHECK_MESSAGE(fmt::to_string(interval::parse(text)) == server, text);
        }
    });
}

TEST_CASE("C++ types refuse the dates, times and intervals that they cannot hold") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        using chrono::year_month_day;
        co_await check_refused<year_month_day>(pool, "'infinity'::date", "date value infinity");
        co_await check_refused<year_month_day>(pool, "'-infinity'::date", "date value -infinity");
        co_await check_refused<year_month_day>(pool, "'32768-01-01'::date", "date value 32768-01-01");
        co_await check_refused<year_month_day>(pool, "'5874897-12-31'::date", "date value 5874897-12-31");
        co_await check_refused<local_microseconds>(pool, "'294276-12-31 23:59:59.999999'::timestamp",
                                                   "timestamp without time zone value 294276-12-31 23:59:59.999999");
        co_await check_refused<sys_microseconds>(pool, "'294247-01-10 04:00:54.775807+00'::timestamptz",
                                                 "timestamp with time zone value 294247-01-10 04:00:54.775807+00");
        co_await check_refused<chrono::sys_time<chrono::nanoseconds>>(pool, "'1677-09-21 00:12:43.145224Z'::timestamptz",
                                                                      "1677-09-21 00:12:43.145224+00 is outside the range");
        co_await check_refused<chrono::sys_time<chrono::nanoseconds>>(pool, "'2262-04-11 23:47:16.854776Z'::timestamptz",
                                                                      "2262-04-11 23:47:16.854776+00 is outside the range");
        co_await check_refused<chrono::sys_seconds>(pool, "'0044-03-15 12:00:00.5Z BC'::timestamptz",
                                                    "0044-03-15 12:00:00.500000+00 BC is more precise than");
        co_await check_refused<chrono::hh_mm_ss<chrono::seconds>>(pool, "'12:00:00.5'::time", "12:00:00.5 is more precise than");
        co_await check_refused<chrono::hh_mm_ss<chrono::hours>>(pool, "'12:00:01'::time", "12:00:01 is more precise than");
        co_await check_refused<chrono::seconds>(pool, "'1 mon'::interval", "interval value 1 mon has months");
        co_await check_refused<chrono::seconds>(pool, "'-1 years 5 s'::interval", "interval value -1 years +00:00:05 has months");
        co_await check_refused<chrono::minutes>(pool, "'12:00:01'::interval", "interval value 12:00:01 is more precise than");
        co_await check_refused<chrono::nanoseconds>(pool, "'2562048:00'::interval", "interval value 2562048:00:00 is outside the range");
        co_await check_refused<chrono::microseconds>(pool, "'2147483647 days'::interval",
                                                     "interval value 2147483647 days is outside the range");
        CHECK(co_await pool.query_one<chrono::hours>("select '1 day -1:00'::interval") == chrono::hours(23));
    });
}

} // namespace types_oracle_times

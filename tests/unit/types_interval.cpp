#include <pgcoro/types/interval.hpp>
#include <pgcoro/types/intervals.hpp>

#include <fmt/format.h>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <doctest/doctest.h>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <tuple>

#include "types_support.hpp"

using namespace types_test;
namespace chrono = std::chrono;
namespace oids = pgcoro::oids;
using pgcoro::codec;
using pgcoro::errc;
using pgcoro::interval;

// The hexadecimal forms are what interval_send of a server gave for the same values.

namespace types_interval {

constexpr auto greatest32 = std::numeric_limits<std::int32_t>::max(),
               least32 = std::numeric_limits<std::int32_t>::min();
constexpr auto greatest64 = std::numeric_limits<std::int64_t>::max(),
               least64 = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t day = 86'400'000'000, second = 1'000'000;

/// All fields, since equality is of the length.
std::tuple<std::int32_t, std::int32_t, std::int64_t> fields(const interval& value) {
    return {value.months, value.days, value.microseconds};
}

auto fields(std::int32_t months, std::int32_t days, std::int64_t microseconds) {
    return std::tuple(months, days, microseconds);
}

std::string parsed(std::string_view text) { return fmt::to_string(interval::parse(text)); }

template <class Function>
bool refuses(Function&& function) {
    return failure_of(function).code == errc::value_out_of_range;
}

template <class Factor>
concept multiplies = requires(interval value, Factor factor) { value* factor; };

TEST_CASE("intervals are microseconds, days and months") {
    const interval value{14, -3, 14706700000};
    CHECK(fields(read<interval>(oids::interval, "000000036c966ee0 fffffffd 0000000e")) == fields(value));
    CHECK(write(value, oids::interval) == "000000036c966ee0fffffffd0000000e");
    CHECK(fields(read<interval>(oids::interval, "8000000000000000 80000001 80000000"))
          == fields(least32, least32 + 1, least64));
    CHECK(write(interval{least32, least32 + 1, least64}, oids::interval)
          == "80000000000000008000000180000000");
    CHECK(write(interval::infinity(), oids::interval) == "7fffffffffffffff7fffffff7fffffff");
    CHECK(write(-interval::infinity(), oids::interval) == "80000000000000008000000080000000");
}

TEST_CASE("infinite intervals are all fields at their extremes") {
    const auto infinity = read<interval>(oids::interval, "7fffffffffffffff 7fffffff 7fffffff");
    const auto minus_infinity = read<interval>(oids::interval, "8000000000000000 80000000 80000000");
    CHECK_FALSE(infinity.is_finite());
    CHECK_FALSE(minus_infinity.is_finite());
    CHECK(fields(infinity) == fields(interval::infinity()));
    CHECK(fields(minus_infinity) == fields(-interval::infinity()));
    CHECK(fmt::to_string(infinity) == "infinity");
    CHECK(fmt::to_string(minus_infinity) == "-infinity");
    CHECK(write_text(minus_infinity, some_user_type) == "-infinity");   // a domain
    CHECK(read<interval>(oids::interval, "7fffffffffffffff 7fffffff 7ffffffe").is_finite());
    CHECK(read<interval>(oids::interval, "8000000000000001 80000000 80000000").is_finite());
}

TEST_CASE("bytes that are no interval are refused") {
    const std::string bytes = "000000036c966ee0fffffffd0000000e";
    for (std::size_t size = 0; size < 16; ++size) {
        CHECK(failure_of([&] { read<interval>(oids::interval, bytes.substr(0, 2 * size)); }).code
              == errc::protocol_error);
        CHECK(failure_of([&] { read<chrono::seconds>(oids::interval, bytes.substr(0, 2 * size)); }).code
              == errc::protocol_error);
    }
    CHECK(failure_of([&] { read<interval>(oids::interval, bytes + "00"); }).code == errc::protocol_error);
    CHECK(failure_of([&] { read<interval>(oids::interval, bytes, pgcoro::wire_format::text); }).code
          == errc::type_mismatch);
    CHECK(failure_of([&] { read<chrono::hours>(oids::interval, bytes, pgcoro::wire_format::text); }).code
          == errc::type_mismatch);
    for (const auto type : {oids::time, oids::int8, oids::timestamp, oids::text}) {
        CHECK_FALSE(codec<interval>::reads(type));
        CHECK_FALSE(codec<interval>::writes(type));
        CHECK_FALSE(codec<chrono::seconds>::reads(type));
        CHECK_FALSE(codec<chrono::seconds>::writes(type));
    }
}

TEST_CASE("intervals are printed in the style postgres") {
    CHECK(fmt::to_string(interval()) == "00:00:00");
    CHECK(fmt::to_string(interval{14, -3, 14706700000}) == "1 year 2 mons -3 days +04:05:06.7");
    CHECK(fmt::to_string(interval{-12, 0, 0}) == "-1 years");
    CHECK(fmt::to_string(interval{-13, 1, 1}) == "-1 years -1 mons +1 day 00:00:00.000001");
    CHECK(fmt::to_string(interval{0, -1, second}) == "-1 days +00:00:01");
    CHECK(fmt::to_string(interval{1, 0, -second / 2}) == "1 mon -00:00:00.5");
    CHECK(fmt::to_string(interval{0, 0, greatest64}) == "2562047788:00:54.775807");
    CHECK(fmt::to_string(interval{least32, greatest32, least64})
          == "-178956970 years -8 mons +2147483647 days -2562047788:00:54.775808");
    CHECK(fmt::to_string(interval::infinity()) == "infinity");
    CHECK(fmt::to_string(-interval::infinity()) == "-infinity");
    CHECK(write_text(interval{1, 0, 0}, some_user_type) == "1 mon");
    CHECK(codec<interval>::format(some_user_type) == pgcoro::wire_format::text);
}

TEST_CASE("intervals are parsed in all styles of the server's output") {
    const auto value = fields(14, -3, 14706700000);
    CHECK(fields(interval::parse("1 year 2 mons -3 days +04:05:06.7")) == value);
    CHECK(fields(interval::parse("@ 1 year 2 mons -3 days 4 hours 5 mins 6.7 secs")) == value);
    CHECK(fields(interval::parse("@ 1 year 2 mons -3 days 4 hours 5 mins 6.7 secs ago"))
          == fields(-14, 3, -14706700000));
    CHECK(fields(interval::parse("+1-2 -3 +4:05:06.7")) == value);
    CHECK(fields(interval::parse("P1Y2M-3DT4H5M6.7S")) == value);
    for (const auto zero : {"00:00:00", "@ 0", "0", "PT0S"})
        CHECK(fields(interval::parse(zero)) == fields(0, 0, 0));
    for (const auto least : {"-178956970 years -8 mons -2147483647 days -2562047788:00:54.775808",
                             "@ 178956970 years 8 mons 2147483647 days 2562047788 hours 54.775808 secs ago",
                             "-178956970-8 -2147483647 -2562047788:00:54.775808",
                             "P-178956970Y-8M-2147483647DT-2562047788H-54.775808S"})
        CHECK(fields(interval::parse(least)) == fields(least32, least32 + 1, least64));
}

TEST_CASE("intervals are parsed with the units and fractions of the server's input") {
    CHECK(parsed("1.5 years") == "1 year 6 mons");
    CHECK(parsed("1.1 years") == "1 year 1 mon");
    CHECK(parsed("-1.5 months") == "-1 mons -15 days");
    CHECK(parsed("1.1 months") == "1 mon 3 days");
    CHECK(parsed("0.7 weeks") == "4 days 21:36:00");
    CHECK(parsed("1.5 day 3") == "1 day 12:00:03");
    CHECK(parsed("4:05.6") == "00:04:05.6");
    CHECK(parsed("4:05") == "04:05:00");
    CHECK(parsed("-1:2:3") == "-01:02:03");
    CHECK(parsed("-1-2") == "-1 years -2 mons");
    CHECK(parsed("1 2:3:4.5 ago") == "-1 days -02:03:04.5");
    CHECK(parsed("1d2h") == "1 day 02:00:00");
    CHECK(parsed("- 1 DAY, .5 s") == "-1 days +00:00:00.5");
    CHECK(parsed("1 century 1 decade") == "110 years");
    CHECK(parsed("1 millennium 1.5 decades") == "1015 years");
    CHECK(parsed("1 second 500 ms 7 us") == "00:00:01.500007");
    CHECK(parsed("1 y 2 m") == "1 year 00:02:00");
    CHECK(parsed("23:59:60") == "24:00:00");
    CHECK(parsed("100:59:59.9999999") == "101:00:00");
    CHECK(parsed("P1.5W") == "10 days 12:00:00");
    CHECK(parsed("P0.5Y") == "6 mons");
    CHECK(parsed("PT1.5H") == "01:30:00");
    CHECK(parsed("P-1.5D") == "-1 days -12:00:00");
    CHECK(parsed("9223372036854775807 us") == "2562047788:00:54.775807");
    CHECK(parsed("-9223372036854775808 us") == "-2562047788:00:54.775808");
    CHECK(parsed("0.123456789 day") == "02:57:46.66657");
    CHECK(parsed("Infinity") == "infinity");
    CHECK(parsed(" -infinity ") == "-infinity");
}

TEST_CASE("texts that are no interval are refused") {
    for (const auto text : {"",
                            " ",
                            "@",
                            "+",
                            "P",
                            "PT",
                            "p1y",
                            "-P1D",
                            "P1H",
                            "PT1D",
                            "P1",
                            "P1D1D",
                            "PY",
                            "P1Y 2M",
                            "1 day -",
                            "1 day 2 days",
                            "1 hour 04:05:06",
                            "12 5",
                            "4:60",
                            "1:00:61",
                            "1-12",
                            "1-",
                            "1 fortnight",
                            "1e3 s",
                            "day",
                            "1 day ago 2",
                            "1 sec ago ago",
                            "1:2:3:4",
                            "1:",
                            ":1",
                            ".",
                            ". s",
                            "--1 day",
                            "infinit",
                            "infinity 1",
                            "infinity infinity",
                            "1 2 3:04",
                            "ago",
                            "1 dayago x"})
        CHECK_MESSAGE(refuses([&] { interval::parse(text); }), std::string(text));
    CHECK(failure_of([] { interval::parse("soon"); }).message
          == "\"soon\" is no interval in range: \"1 year 2 mons -3 days +04:05:06.7\" or "
             "\"P1Y2M-3DT4H5M6.7S\" is");
}

TEST_CASE("texts beyond the range of any unit are refused") {
    for (const auto text : {"2147483648 months",
                            "-2147483649 months",
                            "178956971 years",
                            "-178956971 years",
                            "178956970 years 8 mons",
                            "17895698 decades",
                            "1789570 centuries",
                            "178957 millennia",
                            "2147483648 days",
                            "-2147483649 days",
                            "306783379 weeks",
                            "2562047789 hours",
                            "-2562047789 hours",
                            "153722867281 minutes",
                            "9223372036855 seconds",
                            "9223372036854776 ms",
                            "9223372036854775808 us",
                            "-9223372036854775809 us",
                            "2562047788:00:54.775808",
                            "99999999999999999999 days",
                            "9223372036854775807 years",
                            "P178956971Y",
                            "PT2562047789H",
                            "2147483647 days 1 week",
                            "2562047788:00:54.775807 1 us",
                            "@ 2147483649 months ago",
                            "178956970-8",
                            "178956970 years 7 mons 2147483647 days 2562047788:00:54.775807",
                            "-178956970 years -8 mons -2147483648 days -2562047788:00:54.775808"})
        CHECK_MESSAGE(refuses([&] { interval::parse(text); }), std::string(text));
}

TEST_CASE("intervals are added, subtracted and multiplied field by field") {
    const interval one{1, 2, 3}, other{10, -20, 30};
    CHECK(fields(one + other) == fields(11, -18, 33));
    CHECK(fields(one - other) == fields(-9, 22, -27));
    CHECK(fields(-other) == fields(-10, 20, -30));
    CHECK(fields(other * 3) == fields(30, -60, 90));
    CHECK(fields(-2L * one) == fields(-2, -4, -6));
    CHECK(fields(one * 0U) == fields(0, 0, 0));
    auto sum = one;
    sum += other;
    CHECK(fields(sum) == fields(11, -18, 33));
    sum -= one;
    CHECK(fields(sum) == fields(other));
    CHECK(fields(interval{0, 0, -1} - interval{0, 0, least64}) == fields(0, 0, greatest64));
    static_assert(interval{1, 2, 3} + interval{1, 0, 0} == interval{2, 2, 3});
    static_assert(!multiplies<double>);
}

TEST_CASE("arithmetic beyond the range is refused") {
    const interval month{1, 0, 0}, days{0, 1, 0}, micro{0, 0, 1};
    const interval months_max{greatest32, 0, 0}, days_max{0, greatest32, 0}, micros_max{0, 0, greatest64};
    const interval months_min{least32, 0, 0}, days_min{0, least32, 0}, micros_min{0, 0, least64};
    CHECK(refuses([&] { (void)(months_max + month); }));
    CHECK(refuses([&] { (void)(days_max + days); }));
    CHECK(refuses([&] { (void)(micros_max + micro); }));
    CHECK(refuses([&] { (void)(months_min - month); }));
    CHECK(refuses([&] { (void)(days_min - days); }));
    CHECK(refuses([&] { (void)(micros_min - micro); }));
    CHECK(refuses([&] { (void)(interval() - micros_min); }));
    for (const auto& least : {months_min, days_min, micros_min}) {
        CHECK(refuses([&] { (void)-least; }));
        CHECK(refuses([&] { (void)(least * -1); }));
    }
    for (const auto& greatest : {months_max, days_max, micros_max}) {
        CHECK(refuses([&] { (void)(greatest * 2); }));
        CHECK(refuses([&] { (void)(greatest * least64); }));
    }
    CHECK(refuses([&] { (void)(month * std::numeric_limits<std::uint64_t>::max()); }));
}

TEST_CASE("infinities add up to themselves, and are not reached by finite intervals") {
    const auto infinity = interval::infinity();
    const interval some{1, 2, 3};
    CHECK(infinity + some == infinity);
    CHECK(some - infinity == -infinity);
    CHECK(infinity + infinity == infinity);
    CHECK(infinity - -infinity == infinity);
    CHECK(infinity * -2 == -infinity);
    CHECK(-infinity * -2 == infinity);
    CHECK(refuses([&] { (void)(infinity - infinity); }));
    CHECK(refuses([&] { (void)(infinity + -infinity); }));
    CHECK(refuses([&] { (void)(infinity * 0); }));
    CHECK(refuses([] { (void)(interval{greatest32 - 1, greatest32, greatest64} + interval{1, 0, 0}); }));
    CHECK(refuses([] { (void)(interval{least32, least32, least64 + 1} - interval{0, 0, 1}); }));
    CHECK(justify_interval(infinity) == infinity);
    CHECK(justify_hours(-infinity) == -infinity);
    CHECK(justify_days(infinity) == infinity);
    CHECK(infinity > interval{greatest32, greatest32, greatest64 - 1});
    CHECK(-infinity < interval{least32, least32 + 1, least64});
}

TEST_CASE("intervals are justified as the server does") {
    const auto hours = [](std::string_view text) {
        return fmt::to_string(justify_hours(interval::parse(text)));
    };
    const auto days = [](std::string_view text) {
        return fmt::to_string(justify_days(interval::parse(text)));
    };
    const auto both = [](std::string_view text) {
        return fmt::to_string(justify_interval(interval::parse(text)));
    };
    CHECK(hours("27 hours") == "1 day 03:00:00");
    CHECK(hours("-1 day 1 hour") == "-23:00:00");
    CHECK(hours("1 day -25 hours") == "-01:00:00");
    CHECK(hours("50 days -1 hour") == "49 days 23:00:00");
    CHECK(days("35 days") == "1 mon 5 days");
    CHECK(days("1 mon -1 day") == "29 days");
    CHECK(days("-1 mon 31 days 5:00") == "1 day 05:00:00");
    CHECK(both("1 mon -1 hour") == "29 days 23:00:00");
    CHECK(both("-1 mon 1 hour") == "-29 days -23:00:00");
    CHECK(both("1 mon -29 days -25:00") == "-01:00:00");
    CHECK(refuses([] { (void)justify_hours(interval{0, greatest32, day}); }));
    CHECK(refuses([] { (void)justify_days(interval{greatest32, 30, 0}); }));
    CHECK(refuses([] { (void)justify_interval(interval{greatest32, 29, day}); }));
    CHECK(fields(justify_interval(interval{0, greatest32, day})) == fields(71582788, 8, 0));
}

TEST_CASE("intervals are compared by their length, of months as 30 days and days as 24 hours") {
    CHECK(interval{1, 0, 0} == interval{0, 30, 0});
    CHECK(interval{1, -30, 0} == interval());
    CHECK(interval{0, 1, 0} == interval{0, 0, day});
    CHECK(interval{0, 1, -1} < interval{0, 0, day});
    CHECK(interval{0, 0, -1} < interval());
    CHECK(interval{0, -1, day - 1} < interval());
    CHECK(interval{12, 0, 0} < interval{0, 361, 0});
    CHECK(interval{greatest32, greatest32, 0} > interval{0, 0, greatest64});
    CHECK(interval{least32, 0, 0} < interval{0, 0, least64});
    const std::hash<interval> hash;
    CHECK(hash(interval{1, 0, 0}) == hash(interval{0, 30, 0}));
    CHECK(hash(interval{0, -1, 0}) == hash(interval{0, 0, -day}));
    CHECK(hash(interval{0, -1, 1}) == hash(interval{0, 0, 1 - day}));
    CHECK(hash(interval{1, 0, 0}) != hash(interval{0, 31, 0}));
}

TEST_CASE("durations are written as microseconds alone") {
    CHECK(write(chrono::microseconds(-1), oids::interval) == "ffffffffffffffff0000000000000000");
    CHECK(write(chrono::seconds(1), oids::interval) == "00000000000f42400000000000000000");
    CHECK(write(chrono::days(1), oids::interval) == "000000141dd760000000000000000000");
    CHECK(write(chrono::weeks(-1), oids::interval) == "ffffff732f1c60000000000000000000");
    CHECK(write(chrono::nanoseconds(1999), oids::interval) == "00000000000000010000000000000000");
    CHECK(write(chrono::nanoseconds(-1999), oids::interval) == "ffffffffffffffff0000000000000000");
    CHECK(write(chrono::microseconds::max(), oids::interval) == "7fffffffffffffff0000000000000000");
    CHECK(write_text(chrono::minutes(90), some_user_type) == "01:30:00");
    const auto beyond = failure_of([] { write(chrono::hours(2562047789), oids::interval); });
    CHECK(beyond.code == errc::value_out_of_range);
    CHECK(beyond.message == "the std::chrono::hours value is outside the range of interval");
    CHECK(refuses([] { write(chrono::milliseconds::min(), oids::interval); }));
    CHECK(refuses([] { write(chrono::weeks::max(), oids::interval); }));
    CHECK(refuses([] { write(chrono::duration<std::int64_t, std::ratio<86400>>::max(), oids::interval); }));
}

TEST_CASE("durations are read if they hold the interval, a day as 24 hours") {
    CHECK(read<chrono::microseconds>(oids::interval, "0000000000000001 00000002 00000000")
          == chrono::hours(48) + chrono::microseconds(1));
    CHECK(read<chrono::hours>(oids::interval, "0000000000000000 ffffffff 00000000") == chrono::hours(-24));
    CHECK(read<chrono::weeks>(oids::interval, "0000000000000000 00000007 00000000") == chrono::weeks(1));
    CHECK(read<chrono::nanoseconds>(oids::interval, "ffffffffffffffff 00000000 00000000")
          == chrono::nanoseconds(-1000));
    CHECK(read<chrono::microseconds>(oids::interval, "8000000000000000 00000000 00000000")
          == chrono::microseconds::min());
    CHECK(read<chrono::duration<std::int16_t>>(oids::interval, "00000007a0e2f700 00000000 00000000").count()
          == 32764);
}

TEST_CASE("durations refuse what they cannot hold") {
    const auto message = [](auto type, std::string_view hex) {
        const auto failure = failure_of([&] { read<decltype(type)>(oids::interval, hex); });
        CHECK(failure.code == errc::value_out_of_range);
        return failure.message;
    };
    CHECK(message(chrono::microseconds(), "0000000000000000 00000000 00000001")
          == "interval value 1 mon has months, which have no fixed length to be held by "
             "std::chrono::microseconds");
    CHECK(message(chrono::seconds(), "0000000000000001 00000000 00000000")
          == "interval value 00:00:00.000001 is more precise than std::chrono::seconds");
    CHECK(message(chrono::days(), "0000000000000001 00000001 00000000")
          == "interval value 1 day 00:00:00.000001 is more precise than std::chrono::days");
    CHECK(message(chrono::microseconds(), "0000000000000000 7fffffff 00000000")
          == "interval value 2147483647 days is outside the range of std::chrono::microseconds");
    CHECK(
        message(chrono::microseconds(), "7fffffffffffffff 00000001 00000000")
        == "interval value 1 day 2562047788:00:54.775807 is outside the range of std::chrono::microseconds");
    CHECK(message(chrono::nanoseconds(), "7fffffffffffffff 00000000 00000000")
          == "interval value 2562047788:00:54.775807 is outside the range of std::chrono::nanoseconds");
    CHECK(message(chrono::duration<std::int8_t>(), "0000000007a12000 00000000 00000000")
          == "interval value 00:02:08 is outside the range of std::chrono::duration");
    CHECK(message(chrono::hours(), "7fffffffffffffff 7fffffff 7fffffff")
          == "interval value infinity cannot be held by std::chrono::hours");
    CHECK(message(chrono::nanoseconds(), "8000000000000000 80000000 80000000")
          == "interval value -infinity cannot be held by std::chrono::nanoseconds");
    static_assert(!pgcoro::readable<chrono::months> && !pgcoro::writable<chrono::years>);
    static_assert(!pgcoro::readable<chrono::duration<double>>);
}

} // namespace types_interval

#include <pgcoro/types/arrays.hpp>
#include <pgcoro/types/time.hpp>
#include <pgcoro/types/timetz.hpp>

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <doctest/doctest.h>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "types_support.hpp"

using namespace types_test;
using namespace std::chrono;
namespace oids = pgcoro::oids;
using pgcoro::codec;
using pgcoro::errc;
using pgcoro::time_of_day;
using pgcoro::timetz;

// The hexadecimal forms are what time_send and timetz_send of a server gave for the same values.

namespace types_clock {

constexpr time_of_day some_time(hours(12) + minutes(34) + seconds(56) + microseconds(789012));
constexpr time_of_day midnight, end_of_day(hours(24));

using exact_clock = hh_mm_ss<microseconds>;

TEST_CASE("times are microseconds since midnight") {
    CHECK(read<time_of_day>(oids::time, "0000000a8be62614") == some_time);
    CHECK(write(some_time, oids::time) == "0000000a8be62614");
    CHECK(read<time_of_day>(oids::time, "0000000000000000") == midnight);
    CHECK(read<time_of_day>(oids::time, "000000141dd76000") == end_of_day);
    CHECK(write(end_of_day, oids::time) == "000000141dd76000");
    CHECK(codec<time_of_day>::wire(some_time) == 45296789012);
}

TEST_CASE("bytes that are no time of day are refused") {
    for (const auto hex : {"000000141dd76001", "ffffffffffffffff", "8000000000000000", "7fffffffffffffff"}) {
        CHECK(failure_of([&] { read<time_of_day>(oids::time, hex); }).code == errc::protocol_error);
        CHECK(failure_of([&] { read<exact_clock>(oids::time, hex); }).code == errc::protocol_error);
    }
    const std::string bytes = "0000000a8be62614";
    for (std::size_t size = 0; size < 8; ++size)
        CHECK(failure_of([&] { read<time_of_day>(oids::time, bytes.substr(0, 2 * size)); }).code
              == errc::protocol_error);
    CHECK(failure_of([&] { read<time_of_day>(oids::time, bytes + "00"); }).code == errc::protocol_error);
    CHECK(failure_of([] { read<time_of_day>(oids::time, "30303a3030", pgcoro::wire_format::text); }).code
          == errc::type_mismatch);
}

TEST_CASE("a time of day goes to and from the types of std::chrono") {
    CHECK(some_time.since_midnight() == microseconds(45296789012));
    CHECK(some_time.hh_mm_ss().hours() == hours(12));
    CHECK(some_time.hh_mm_ss().minutes() == minutes(34));
    CHECK(some_time.hh_mm_ss().seconds() == seconds(56));
    CHECK(some_time.hh_mm_ss().subseconds() == microseconds(789012));
    CHECK(end_of_day.hh_mm_ss().hours() == hours(24));
    CHECK(time_of_day(static_cast<exact_clock>(some_time)) == some_time);
    CHECK(time_of_day(static_cast<microseconds>(some_time)) == some_time);
    CHECK(time_of_day(hh_mm_ss(hours(7))).since_midnight() == hours(7));
    CHECK(time_of_day(hh_mm_ss(nanoseconds(1999))).since_midnight() == microseconds(1));
}

TEST_CASE("no time of day is made below 00:00 and beyond 24:00") {
    CHECK(failure_of([] { (void)time_of_day(microseconds(-1)); }).code == errc::value_out_of_range);
    CHECK(failure_of([] { (void)time_of_day(hours(24) + microseconds(1)); }).code
          == errc::value_out_of_range);
    CHECK(failure_of([] { (void)time_of_day(hh_mm_ss(seconds(-1))); }).code == errc::value_out_of_range);
    CHECK(failure_of([] { (void)time_of_day(hh_mm_ss(nanoseconds(-1))); }).code == errc::value_out_of_range);
    CHECK(failure_of([] { (void)time_of_day(hh_mm_ss(hours(24) + milliseconds(1))); }).code
          == errc::value_out_of_range);
    // In microseconds so many hours are 2^64 and less than a day.
    CHECK(failure_of([] { (void)time_of_day(hh_mm_ss(hours(5'124'095'577))); }).code
          == errc::value_out_of_range);
}

TEST_CASE("hh_mm_ss is read if nothing is lost, with 24:00 as the hour 24") {
    CHECK(read<exact_clock>(oids::time, "0000000a8be62614").to_duration() == some_time.since_midnight());
    CHECK(read<exact_clock>(oids::time, "000000141dd76000").hours() == hours(24));
    CHECK(write(exact_clock(hours(24)), oids::time) == "000000141dd76000");
    CHECK(read<hh_mm_ss<nanoseconds>>(oids::time, "000000141dd76000").hours() == hours(24));
    CHECK(read<hh_mm_ss<seconds>>(oids::time, "00000000000f4240").to_duration() == seconds(1));
    CHECK(write(hh_mm_ss<seconds>(seconds(1)), oids::time) == "00000000000f4240");
    const auto finer = failure_of([] { read<hh_mm_ss<seconds>>(oids::time, "00000000000f4241"); });
    CHECK(finer.code == errc::value_out_of_range);
    CHECK(finer.message
          == "time without time zone value 00:00:01.000001 is more precise than std::chrono::hh_mm_ss");
    CHECK(failure_of([] { read<hh_mm_ss<hours>>(oids::time, "0000000003938700"); }).code
          == errc::value_out_of_range);
    using few_seconds = hh_mm_ss<duration<std::int16_t>>;
    CHECK(read<few_seconds>(oids::time, "00000007a110bdc0").to_duration() == seconds(32767));
    const auto beyond = failure_of([] { read<few_seconds>(oids::time, "00000007a1200000"); });
    CHECK(beyond.code == errc::value_out_of_range);
    CHECK(beyond.message
          == "time without time zone value 09:06:08 is outside the range of std::chrono::hh_mm_ss");
    CHECK(failure_of([] { write(exact_clock(microseconds(-1)), oids::time); }).code
          == errc::value_out_of_range);
    CHECK(failure_of([] { write(exact_clock(hours(25)), oids::time); }).code == errc::value_out_of_range);
}

TEST_CASE("times mix with no other type, durations are no times") {
    for (const auto type : {oids::timetz, oids::interval, oids::timestamp, oids::int8, oids::text}) {
        CHECK_FALSE(codec<time_of_day>::reads(type));
        CHECK_FALSE(codec<time_of_day>::writes(type));
        CHECK_FALSE(codec<exact_clock>::reads(type));
    }
    for (const auto type : {oids::time, oids::interval, oids::timestamptz}) {
        CHECK_FALSE(codec<timetz>::reads(type));
        CHECK_FALSE(codec<timetz>::writes(type));
    }
    CHECK(write_text(some_time, some_user_type) == "12:34:56.789012");
    CHECK(write_text(exact_clock(minutes(90)), some_user_type) == "01:30:00");
    CHECK(codec<time_of_day>::format(some_user_type) == pgcoro::wire_format::text);
    CHECK(codec<timetz>::format(oids::timetz) == pgcoro::wire_format::binary);
}

TEST_CASE("times are printed as the server does") {
    CHECK(fmt::to_string(midnight) == "00:00:00");
    CHECK(fmt::to_string(end_of_day) == "24:00:00");
    CHECK(fmt::to_string(some_time) == "12:34:56.789012");
    CHECK(fmt::to_string(time_of_day(microseconds(1))) == "00:00:00.000001");
    CHECK(fmt::to_string(time_of_day(milliseconds(120))) == "00:00:00.12");
    CHECK(fmt::format("{:>10}", midnight) == "  00:00:00");
}

TEST_CASE("times are parsed in the forms of the server's input") {
    const auto of = [](std::string_view text) { return fmt::to_string(time_of_day::parse(text)); };
    CHECK(of("04:05:06.789") == "04:05:06.789");
    CHECK(of("4:5") == "04:05:00");
    CHECK(of("040506") == "04:05:06");
    CHECK(of("040506.5") == "04:05:06.5");
    CHECK(of("0405") == "04:05:00");
    CHECK(of("T04:05") == "04:05:00");
    CHECK(of(" 04:05 PM ") == "16:05:00");
    CHECK(of("04:05am") == "04:05:00");
    CHECK(of("12:00 AM") == "00:00:00");
    CHECK(of("12:30 pm") == "12:30:00");
    CHECK(of("24:00") == "24:00:00");
    CHECK(of("12:34:60") == "12:35:00");
    CHECK(of("23:59:60") == "24:00:00");
    CHECK(of("23:59:59.9999999") == "24:00:00");
    CHECK(of("00:00:00.0000005") == "00:00:00");
    CHECK(of("00:00:00.0000015") == "00:00:00.000002");
    CHECK(of("00:00:00.00000050001") == "00:00:00.000001");
    for (const auto text : {"",         " ",           "4",
                            "04:",      ":05",         "25:00",
                            "4:60",     "4:05:61",     "24:00:00.000001",
                            "24:00:60", "23:59:60.1",  "13:00 PM",
                            "-1:00",    "+1:00",       "04:05+02",
                            "04:05 x",  "04:05:06:07", "99999999999999999999:00",
                            "040",      "04050607",    "04:05 PMx",
                            "infinity"})
        CHECK_MESSAGE(failure_of([&] { time_of_day::parse(text); }).code == errc::value_out_of_range,
                      std::string(text));
    CHECK(failure_of([] { time_of_day::parse("noon"); }).message
          == "\"noon\" is no time of day: HH:MM[:SS[.ffffff]] from 00:00 to 24:00 is");
    CHECK(failure_of([] { time_of_day::parse(std::string_view("04:05\0", 6)); }).code
          == errc::value_out_of_range);
}

TEST_CASE("times are ordered and hashed, 24:00 last") {
    CHECK(midnight < some_time);
    CHECK(some_time < end_of_day);
    CHECK(midnight != end_of_day);
    CHECK(std::hash<time_of_day>()(some_time)
          == std::hash<time_of_day>()(time_of_day::parse("12:34:56.789012")));
    CHECK(std::hash<time_of_day>()(some_time) != std::hash<time_of_day>()(midnight));
}

TEST_CASE("timetz has its offset to the east, the wire to the west") {
    const timetz value(time_of_day::parse("12:34:56"), hours(2));
    CHECK(read<timetz>(oids::timetz, "0000000a8bda1c00 ffffe3e0") == value);
    CHECK(read<timetz>(oids::timetz, "0000000a8bda1c00 ffffe3e0").utc_offset() == hours(2));
    CHECK(write(value, oids::timetz) == "0000000a8bda1c00ffffe3e0");
    CHECK(write(timetz(end_of_day, -seconds(57599)), oids::timetz) == "000000141dd760000000e0ff");
    CHECK(read<timetz>(oids::timetz, "000000141dd760000000e0ff") == timetz(end_of_day, -seconds(57599)));
    CHECK(write(timetz(midnight), oids::timetz) == "000000000000000000000000");
}

TEST_CASE("bytes that are no timetz are refused") {
    for (const auto hex :
         {"0000000000000000 0000e100", "0000000000000000 ffff1f00", "0000000000000000 80000000",
          "000000141dd76001 00000000", "ffffffffffffffff 00000000"})
        CHECK(failure_of([&] { read<timetz>(oids::timetz, hex); }).code == errc::protocol_error);
    const std::string bytes = "0000000a8bda1c00ffffe3e0";
    for (std::size_t size = 0; size < 12; ++size)
        CHECK(failure_of([&] { read<timetz>(oids::timetz, bytes.substr(0, 2 * size)); }).code
              == errc::protocol_error);
    CHECK(failure_of([&] { read<timetz>(oids::timetz, bytes + "00"); }).code == errc::protocol_error);
    CHECK(failure_of([&] { read<timetz>(oids::timetz, bytes, pgcoro::wire_format::text); }).code
          == errc::type_mismatch);
    CHECK(failure_of([] { (void)timetz(midnight, hours(16)); }).code == errc::value_out_of_range);
    CHECK(failure_of([] { (void)timetz(midnight, hours(-16)); }).code == errc::value_out_of_range);
    CHECK(failure_of([] { (void)timetz(midnight, seconds::min()); }).code == errc::value_out_of_range);
}

TEST_CASE("timetz is printed and parsed as the server does") {
    const auto of = [](std::string_view text) { return fmt::to_string(timetz::parse(text)); };
    CHECK(of("12:34:56.789+02") == "12:34:56.789+02");
    CHECK(of("12:34-07:30") == "12:34:00-07:30");
    CHECK(of("1:2+07:30:15") == "01:02:00+07:30:15");
    CHECK(of("1:2+07:00:15") == "01:02:00+07:00:15");
    CHECK(of("1:2-0730") == "01:02:00-07:30");
    CHECK(of("1:2+730") == "01:02:00+07:30");
    CHECK(of("040506-08") == "04:05:06-08");
    CHECK(of("1:2 PM -3") == "13:02:00-03");
    CHECK(of("1:2PM+3") == "13:02:00+03");
    CHECK(of("1:2Z") == "01:02:00+00");
    CHECK(of("1:2 UTC") == "01:02:00+00");
    CHECK(of("24:00+15:59:59") == "24:00:00+15:59:59");
    CHECK(of("00:00-15:59:59") == "00:00:00-15:59:59");
    CHECK(write_text(timetz::parse("1:2-3:30"), some_user_type) == "01:02:00-03:30");
    for (const auto text : {"", "1:2", "1:2+", "1:2+16", "1:2-16", "1:2+1:60", "1:2+1:2:60", "1:2 CET",
                            "1:2+1:", "1:2+2 x", "25:00+1", "+1", "1:2+12345", "1:2++1"})
        CHECK_MESSAGE(failure_of([&] { timetz::parse(text); }).code == errc::value_out_of_range,
                      std::string(text));
}

TEST_CASE("timetz is ordered by the moment, then with the eastern offset first") {
    const auto at = [](std::string_view text) { return timetz::parse(text); };
    CHECK(at("12:00+02") < at("11:00+00"));
    CHECK(at("12:00+02") < at("10:00+00"));
    CHECK(at("12:00+02") != at("10:00+00"));
    CHECK(at("10:00+00") < at("08:00-02"));
    CHECK(at("00:00+15") < at("00:00+00"));
    CHECK(at("12:00+02") == at("12:00+02:00"));
    CHECK(std::hash<timetz>()(at("12:00+02")) == std::hash<timetz>()(at("12:00+02:00")));
    CHECK(std::hash<timetz>()(at("12:00+02")) != std::hash<timetz>()(at("12:00+03")));
}

TEST_CASE("times go into arrays") {
    const std::vector<time_of_day> values{midnight, end_of_day};
    const auto bytes = write(values, oids::time_array);
    CHECK(bytes
          == without_blanks("00000001 00000000 0000043b 00000002 00000001 00000008 0000000000000000"
                            " 00000008 000000141dd76000"));
    CHECK(read<std::vector<time_of_day>>(oids::time_array, bytes) == values);
}

} // namespace types_clock

#include <pgcoro/types/date.hpp>
#include <pgcoro/types/timestamp.hpp>

#include <chrono>
#include <cstdint>
#include <doctest/doctest.h>

#include "types_support.hpp"

namespace types_time_tests {

using namespace types_test;
using namespace std::chrono;
namespace oids = pgcoro::oids;
using pgcoro::codec;
using pgcoro::errc;

namespace {
using sys_microseconds = sys_time<microseconds>;
using sys_nanoseconds = sys_time<nanoseconds>;
using local_microseconds = local_time<microseconds>;
} // namespace

// The hexadecimal forms are what date_send and timestamp_send of a server gave for the same values.

TEST_CASE("dates are days since 2000") {
    CHECK(read<sys_days>(oids::date, "00000000") == sys_days(2000y / 1 / 1));
    CHECK(read<sys_days>(oids::date, "ffffd533") == sys_days(1970y / 1 / 1));
    CHECK(read<year_month_day>(oids::date, "00002279") == 2024y / 2 / 29);
    CHECK(read<local_days>(oids::date, "ffffffff") == local_days(1999y / 12 / 31));
    CHECK(write(sys_days(2024y / 2 / 29), oids::date) == "00002279");
    CHECK(write(local_days(1970y / 1 / 1), oids::date) == "ffffd533");
    CHECK(write(year_month_day(1999y / 12 / 31), oids::date) == "ffffffff");
}

TEST_CASE("year 0 is 1 BC") {
    CHECK(read<year_month_day>(oids::date, "fff4da8b") == year(0) / 1 / 1);
    CHECK(write(year_month_day(year(0) / 1 / 1), oids::date) == "fff4da8b");
    CHECK(read<year_month_day>(oids::date, "ffda97cd") == year(-4712) / 1 / 1);
    CHECK(write(year_month_day(year(-4712) / 1 / 1), oids::date) == "ffda97cd");
}

TEST_CASE("day points hold every date of the server and its infinities") {
    CHECK(read<sys_days>(oids::date, "7fda970c").time_since_epoch().count() == 2145042905);
    CHECK(write(sys_days(days(2145042905)), oids::date) == "7fda970c");
    CHECK(read<sys_days>(oids::date, "7fffffff") == sys_days::max());
    CHECK(read<sys_days>(oids::date, "80000000") == sys_days::min());
    CHECK(read<local_days>(oids::date, "7fffffff") == local_days::max());
    CHECK(write(sys_days::max(), oids::date) == "7fffffff");
    CHECK(write(sys_days::min(), oids::date) == "80000000");
    CHECK(write(local_days::min(), oids::date) == "80000000");
}

TEST_CASE("a finite day point never becomes infinite") {
    CHECK(write(sys_days(days(std::int64_t{-2147483647} + 10957)), oids::date) == "80000001");
    CHECK(failure_of([] { write(sys_days(days(std::int64_t{-2147483648} + 10957)), oids::date); }).code
          == errc::value_out_of_range);
    CHECK(failure_of([] { write(sys_days::min() + days(1), oids::date); }).code == errc::value_out_of_range);
}

TEST_CASE("year_month_day refuses what it cannot hold") {
    CHECK(read<year_month_day>(oids::date, "00ab7994") == 32767y / 12 / 31);
    CHECK(failure_of([] { read<year_month_day>(oids::date, "00ab7995"); }).code == errc::value_out_of_range);
    CHECK(failure_of([] { read<year_month_day>(oids::date, "80000001"); }).code == errc::value_out_of_range);
    const auto infinite = failure_of([] { read<year_month_day>(oids::date, "7fffffff"); });
    CHECK(infinite.code == errc::value_out_of_range);
    CHECK(infinite.message == "date value infinity cannot be held by std::chrono::year_month_day");
    CHECK(failure_of([] { read<year_month_day>(oids::date, "80000000"); }).code == errc::value_out_of_range);
}

TEST_CASE("what is no date is not written") {
    CHECK(failure_of([] { write(year_month_day(2023y / 2 / 29), oids::date); }).code
          == errc::value_out_of_range);
    CHECK(failure_of([] { write(year_month_day(2023y / 13 / 1), oids::date); }).code
          == errc::value_out_of_range);
}

TEST_CASE("dates mix with no other type") {
    for (const auto type : {oids::timestamp, oids::timestamptz, oids::text, oids::int4, oids::time}) {
        CHECK_FALSE(codec<sys_days>::reads(type));
        CHECK_FALSE(codec<sys_days>::writes(type));
        CHECK_FALSE(codec<year_month_day>::reads(type));
    }
    CHECK(failure_of([] { read<sys_days>(oids::date, "000000"); }).code == errc::protocol_error);
    CHECK(failure_of([] { read<year_month_day>(oids::date, "0000000000"); }).code == errc::protocol_error);
    CHECK(failure_of([] { read<sys_days>(oids::date, "31393939", pgcoro::wire_format::text); }).code
          == errc::type_mismatch);
}

TEST_CASE("timestamps are microseconds since 2000") {
    const auto moment = 2024y / 2 / 29;
    const auto time = hours(12) + minutes(34) + seconds(56) + microseconds(789012);
    CHECK(read<sys_microseconds>(oids::timestamptz, "0002b58341728614") == sys_days(moment) + time);
    CHECK(read<local_microseconds>(oids::timestamp, "0002b58341728614") == local_days(moment) + time);
    CHECK(write<sys_microseconds>(sys_days(moment) + time, oids::timestamptz) == "0002b58341728614");
    CHECK(write<local_microseconds>(local_days(moment) + time, oids::timestamp) == "0002b58341728614");
    CHECK(read<sys_microseconds>(oids::timestamptz, "fffca2fec4c82000") == sys_microseconds());
    CHECK(read<sys_microseconds>(oids::timestamptz, "ffffffffffffffff")
          == sys_days(2000y / 1 / 1) - microseconds(1));
    CHECK(read<sys_microseconds>(oids::timestamptz, "fd0f7fbdaf17e000") == sys_days(year(-4712) / 1 / 1));
}

TEST_CASE("max and min of a time point are the server's infinities") {
    CHECK(read<sys_microseconds>(oids::timestamptz, "7fffffffffffffff") == sys_microseconds::max());
    CHECK(read<local_microseconds>(oids::timestamp, "8000000000000000") == local_microseconds::min());
    CHECK(read<sys_nanoseconds>(oids::timestamptz, "7fffffffffffffff") == sys_nanoseconds::max());
    CHECK(write(sys_microseconds::max(), oids::timestamptz) == "7fffffffffffffff");
    CHECK(write(sys_microseconds::min(), oids::timestamptz) == "8000000000000000");
    CHECK(write(sys_nanoseconds::max(), oids::timestamptz) == "7fffffffffffffff");
    CHECK(write(local_microseconds::min(), oids::timestamp) == "8000000000000000");
}

TEST_CASE("microseconds reach to 294247 and do not wrap around") {
    CHECK(read<sys_microseconds>(oids::timestamptz, "7ffca2fec4c81ffe")
          == sys_microseconds::max() - microseconds(1));
    // One microsecond later stands max(), which means infinity; the server's last timestamp lies beyond.
    CHECK(failure_of([] { read<sys_microseconds>(oids::timestamptz, "7ffca2fec4c81fff"); }).code
          == errc::value_out_of_range);
    CHECK(failure_of([] { read<sys_microseconds>(oids::timestamptz, "7fffff5bb3b29fff"); }).code
          == errc::value_out_of_range);
    CHECK(failure_of([] { read<sys_microseconds>(oids::timestamptz, "7ffffffffffffffe"); }).code
          == errc::value_out_of_range);
    CHECK(failure_of([] { write(sys_microseconds::min() + microseconds(1), oids::timestamptz); }).code
          == errc::value_out_of_range);
}

TEST_CASE("nanoseconds reach from 1677 to 2262") {
    const auto greatest = read<system_clock::time_point>(oids::timestamptz, "001d679a6aab73f7");
    CHECK(greatest.time_since_epoch().count() == 9223372036854775000);
    const auto beyond =
        failure_of([] { read<system_clock::time_point>(oids::timestamptz, "001d679a6aab73f8"); });
    CHECK(beyond.code == errc::value_out_of_range);
    CHECK(beyond.message
          == "timestamp with time zone value 2262-04-11 23:47:16.854776+00 is outside the range of "
             "std::chrono::sys_time<nanoseconds>");
    CHECK(failure_of([] { read<sys_nanoseconds>(oids::timestamptz, "ffdbde631ee4cc08"); }).code
          == errc::value_out_of_range);
    CHECK(read<sys_nanoseconds>(oids::timestamptz, "ffdbde631ee4cc09").time_since_epoch().count()
          == -9223372036854775000);
}

TEST_CASE("what is more precise than a microsecond is rounded towards the past") {
    const sys_nanoseconds epoch = sys_days(2000y / 1 / 1);
    CHECK(write(epoch + nanoseconds(1999), oids::timestamptz) == "0000000000000001");
    CHECK(write(epoch - nanoseconds(1), oids::timestamptz) == "ffffffffffffffff");
    const sys_nanoseconds unix_epoch;
    CHECK(write(unix_epoch - nanoseconds(1), oids::timestamptz) == "fffca2fec4c81fff");
    CHECK(write(unix_epoch - nanoseconds(1000), oids::timestamptz) == "fffca2fec4c81fff");
    CHECK(write(unix_epoch - nanoseconds(1001), oids::timestamptz) == "fffca2fec4c81ffe");
}

TEST_CASE("coarser time points are read if nothing is lost") {
    CHECK(write(sys_seconds(sys_days(2000y / 1 / 1) + seconds(1)), oids::timestamptz) == "00000000000f4240");
    CHECK(read<sys_seconds>(oids::timestamptz, "00000000000f4240") == sys_days(2000y / 1 / 1) + seconds(1));
    CHECK(failure_of([] { read<sys_seconds>(oids::timestamptz, "00000000000f4241"); }).code
          == errc::value_out_of_range);
    CHECK(read<sys_time<milliseconds>>(oids::timestamptz, "fffffffffffffc18")
          == sys_days(2000y / 1 / 1) - milliseconds(1));
    CHECK(failure_of([] { write(sys_seconds(seconds(9224318721655)), oids::timestamptz); }).code
          == errc::value_out_of_range);
}

TEST_CASE("coarser time points reach to the end of the server's range, microseconds to 294247") {
    const auto last_second = sys_seconds(seconds(9224318015999)); // 294276-12-31 23:59:59
    CHECK(read<sys_seconds>(oids::timestamptz, "7fffff5bb3a35dc0") == last_second);
    CHECK(write(last_second, oids::timestamptz) == "7fffff5bb3a35dc0");
    CHECK(write_text(last_second, some_user_type) == "294276-12-31 23:59:59.000000+00");
    const auto beyond = failure_of([] { read<local_microseconds>(oids::timestamp, "7fffff5bb3b29fff"); });
    CHECK(beyond.code == errc::value_out_of_range);
    CHECK(beyond.message
          == "timestamp without time zone value 294276-12-31 23:59:59.999999 is outside the range of "
             "std::chrono::local_time<microseconds>");
    const auto last_date = failure_of([] { read<year_month_day>(oids::date, "7fda970c"); });
    CHECK(last_date.message
          == "date value 5874897-12-31 is outside the range of std::chrono::year_month_day");
    using odd_time = sys_time<duration<std::int64_t, std::ratio<7>>>; // no divisor of a day
    CHECK(write(odd_time(duration<std::int64_t, std::ratio<7>>(135240686)), oids::timestamptz)
          == "00000000001e8480");
    CHECK(read<odd_time>(oids::timestamptz, "00000000001e8480").time_since_epoch().count() == 135240686);
    CHECK(failure_of([] { read<odd_time>(oids::timestamptz, "00000000001e8481"); }).code
          == errc::value_out_of_range);
}

TEST_CASE("time points with and without a zone do not mix") {
    CHECK_FALSE(codec<sys_microseconds>::reads(oids::timestamp));
    CHECK_FALSE(codec<sys_microseconds>::writes(oids::timestamp));
    CHECK_FALSE(codec<local_microseconds>::reads(oids::timestamptz));
    CHECK_FALSE(codec<local_microseconds>::writes(oids::timestamptz));
    CHECK_FALSE(codec<sys_microseconds>::reads(oids::date));
    CHECK(failure_of([] { read<sys_microseconds>(oids::timestamptz, "00000000"); }).code
          == errc::protocol_error);
    CHECK(failure_of([] { read<local_microseconds>(oids::timestamp, "000000000000000000"); }).code
          == errc::protocol_error);
    CHECK(failure_of([] {
              read<local_microseconds>(oids::timestamp, "3230303030313031", pgcoro::wire_format::text);
          }).code
          == errc::type_mismatch);
}

TEST_CASE("dates and timestamps are ISO text for types that users made") {
    CHECK(codec<sys_microseconds>::format(some_user_type) == pgcoro::wire_format::text);
    CHECK(codec<sys_days>::format(some_user_type) == pgcoro::wire_format::text);
    const auto time = hours(2) + minutes(4) + seconds(6) + microseconds(89012);
    CHECK(write_text<sys_microseconds>(sys_days(2024y / 2 / 9) + time, some_user_type)
          == "2024-02-09 02:04:06.089012+00");
    CHECK(write_text<local_microseconds>(local_days(1969y / 12 / 31) + time, some_user_type)
          == "1969-12-31 02:04:06.089012");
    CHECK(write_text<sys_microseconds>(sys_days(year(-43) / 3 / 15), some_user_type)
          == "0044-03-15 00:00:00.000000+00 BC");
    CHECK(write_text(sys_microseconds::max() - microseconds(1), some_user_type)
          == "294247-01-10 04:00:54.775806+00");
    CHECK(write_text(sys_microseconds::max(), some_user_type) == "infinity");
    CHECK(write_text(local_microseconds::min(), some_user_type) == "-infinity");
    CHECK(write_text(sys_days(days(2145042905)), some_user_type) == "5874897-12-31");
    CHECK(write_text(year_month_day(year(0) / 1 / 1), some_user_type) == "0001-01-01 BC");
    CHECK(write_text(sys_days::min(), some_user_type) == "-infinity");
}

} // namespace types_time_tests

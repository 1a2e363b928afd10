#include <pgcoro/types/integers.hpp>

#include <cstdint>
#include <doctest/doctest.h>
#include <limits>
#include <string>
#include <type_traits>

#include "types_support.hpp"

namespace types_integers_tests {

using namespace types_test;
namespace oids = pgcoro::oids;
using pgcoro::errc;

TEST_CASE("integers are read from a column of their own width") {
    CHECK(read<std::int16_t>(oids::int2, "8000") == std::numeric_limits<std::int16_t>::min());
    CHECK(read<std::int16_t>(oids::int2, "7fff") == std::numeric_limits<std::int16_t>::max());
    CHECK(read<std::int32_t>(oids::int4, "80000000") == std::numeric_limits<std::int32_t>::min());
    CHECK(read<std::int32_t>(oids::int4, "01020304") == 0x01020304);
    CHECK(read<std::int64_t>(oids::int8, "8000000000000000") == std::numeric_limits<std::int64_t>::min());
    CHECK(read<long long>(oids::int8, "7fffffffffffffff") == std::numeric_limits<long long>::max());
}

TEST_CASE("any integer column is read into any integer type that holds the value") {
    CHECK(read<std::int64_t>(oids::int2, "fffe") == -2);
    CHECK(read<std::int64_t>(oids::oid_, "ffffffff") == 4294967295);
    CHECK(read<std::int16_t>(oids::int8, "ffffffffffff8000") == -32768);
    CHECK(read<std::int8_t>(oids::int4, "ffffff80") == -128);
    CHECK(read<std::uint8_t>(oids::int8, "00000000000000ff") == 255);
    CHECK(read<std::uint16_t>(oids::int4, "0000ffff") == 65535);
    CHECK(read<std::uint64_t>(oids::int8, "7fffffffffffffff") == 9223372036854775807u);
    CHECK(read<std::uint64_t>(oids::xid8, "ffffffffffffffff") == 18446744073709551615u);
    CHECK(read<std::uint32_t>(oids::xid, "ffffffff") == 4294967295u);
    CHECK(read<unsigned long>(oids::regproc, "00000001") == 1);
    CHECK(read<std::uint32_t>(2205, "00004000") == 16384);
}

TEST_CASE("a value that the integer type cannot hold is refused with the value and both types") {
    const auto failure = failure_of([] { read<std::int16_t>(oids::int4, "00008000"); });
    CHECK(failure.code == errc::value_out_of_range);
    CHECK(failure.message == "value 32768 of type integer does not fit std::int16_t");
    CHECK(failure_of([] { read<std::uint64_t>(oids::int2, "ffff"); }).code == errc::value_out_of_range);
    CHECK(failure_of([] { read<std::uint8_t>(oids::int2, "0100"); }).code == errc::value_out_of_range);
    CHECK(failure_of([] { read<std::int8_t>(oids::int2, "ff7f"); }).code == errc::value_out_of_range);
    CHECK(failure_of([] { read<std::int32_t>(oids::oid_, "80000000"); }).code == errc::value_out_of_range);
    CHECK(failure_of([] { read<std::int64_t>(oids::xid8, "8000000000000000"); }).code
          == errc::value_out_of_range);
}

TEST_CASE("an integer of the wrong size is a protocol error") {
    CHECK(failure_of([] { read<std::int32_t>(oids::int4, "000001"); }).code == errc::protocol_error);
    CHECK(failure_of([] { read<std::int32_t>(oids::int4, "0000000001"); }).code == errc::protocol_error);
    CHECK(failure_of([] { read<std::int64_t>(oids::int4, ""); }).message
          == "value of 0 bytes where integer takes 4");
    CHECK(failure_of([] { read<std::int64_t>(oids::int2, "00000001"); }).code == errc::protocol_error);
}

TEST_CASE("integers are not read from other types nor from text") {
    for (const auto column : {oids::boolean, oids::float8, oids::text, oids::date, oids::money,
                              oids::int4_array, some_user_type})
        CHECK_FALSE(pgcoro::codec<std::int32_t>::reads(column));
    CHECK(failure_of([] { read<std::int32_t>(oids::float8, "0000000000000000"); }).code
          == errc::type_mismatch);
    CHECK(failure_of([] { read<std::int32_t>(oids::int4, "31323334", pgcoro::wire_format::text); }).code
          == errc::type_mismatch);
}

TEST_CASE("integers are written in the width of the parameter's type") {
    CHECK(write(std::int64_t{-2}, oids::int2) == "fffe");
    CHECK(write(std::int16_t{-2}, oids::int8) == "fffffffffffffffe");
    CHECK(write(7u, oids::int4) == "00000007");
    CHECK(write(std::uint8_t{200}, oids::int2) == "00c8");
    CHECK(write(4294967295u, oids::oid_) == "ffffffff");
    CHECK(write(std::uint64_t{18446744073709551615u}, oids::xid8) == "ffffffffffffffff");
}

TEST_CASE("an integer that the parameter's type cannot hold is refused without its value") {
    const auto failure = failure_of([] { write(std::int64_t{40000}, oids::int2); });
    CHECK(failure.code == errc::value_out_of_range);
    CHECK(failure.message == "the std::int64_t value does not fit smallint");
    CHECK(failure_of([] { write(-1, oids::oid_); }).code == errc::value_out_of_range);
    CHECK(failure_of([] { write(std::uint64_t{9223372036854775808u}, oids::int8); }).code
          == errc::value_out_of_range);
    CHECK(failure_of([] { write(2147483648u, oids::int4); }).code == errc::value_out_of_range);
}

TEST_CASE("integers are written to floating point parameters if they are exact there") {
    CHECK(write(3, oids::float8) == "4008000000000000");
    CHECK(write(-3, oids::float4) == "c0400000");
    CHECK(write(0, oids::float8) == "0000000000000000");
    CHECK(write(std::int64_t{9007199254740992}, oids::float8) == "4340000000000000");
    CHECK(write(std::numeric_limits<std::int64_t>::min(), oids::float8) == "c3e0000000000000");
    CHECK(failure_of([] { write(std::int64_t{9007199254740993}, oids::float8); }).code
          == errc::value_out_of_range);
    CHECK(write(16777216, oids::float4) == "4b800000");
    CHECK(failure_of([] { write(16777217, oids::float4); }).code == errc::value_out_of_range);
}

TEST_CASE("integers are written to numeric parameters as the server itself sends them") {
    CHECK(write(0, oids::numeric) == "0000000000000000");
    CHECK(write(-1, oids::numeric) == "00010000400000000001");
    CHECK(write(9999, oids::numeric) == "0001000000000000270f");
    CHECK(write(10000, oids::numeric) == "00010001000000000001");
    CHECK(write(12345678, oids::numeric) == "000200010000000004d2162e");
    CHECK(write(100010000, oids::numeric) == "000200020000000000010001");
    CHECK(write(std::numeric_limits<std::int64_t>::min(), oids::numeric)
          == "0005000440000000039a0d2c0170156516b0");
    CHECK(write(std::numeric_limits<std::uint64_t>::max(), oids::numeric)
          == "000500040000000007341a5802e103bb064f");
}

TEST_CASE("integers are written as decimal text to types that users made") {
    CHECK(pgcoro::codec<int>::writes(some_user_type));
    CHECK(pgcoro::codec<int>::format(some_user_type) == pgcoro::wire_format::text);
    CHECK(pgcoro::codec<int>::format(oids::int4) == pgcoro::wire_format::binary);
    CHECK(write_text(std::numeric_limits<std::int64_t>::min(), some_user_type) == "-9223372036854775808");
    CHECK(write_text(std::uint8_t{200}, some_user_type) == "200");
}

TEST_CASE("integers are not given for other types") {
    for (const auto parameter :
         {oids::text, oids::boolean, oids::date, oids::jsonb, oids::money, oids::char_})
        CHECK_FALSE(pgcoro::codec<std::int64_t>::writes(parameter));
    CHECK(failure_of([] { write(1, oids::text); }).code == errc::type_mismatch);
}

TEST_CASE("integer codecs name the fixed-width type and the smallest SQL type that holds it") {
    CHECK(pgcoro::codec<long long>::name == "std::int64_t");
    CHECK(pgcoro::codec<unsigned char>::name == "std::uint8_t");
    CHECK(pgcoro::codec<std::int8_t>::type == oids::int2);
    CHECK(pgcoro::codec<std::uint16_t>::type == oids::int4);
    CHECK(pgcoro::codec<std::uint32_t>::type == oids::int8);
    CHECK(pgcoro::codec<std::uint64_t>::type == oids::numeric);
    CHECK_FALSE(pgcoro::readable<char16_t>);
    CHECK_FALSE(pgcoro::readable<wchar_t>);
}

} // namespace types_integers_tests

#include <pgcoro/types/boolean.hpp>
#include <pgcoro/types/floats.hpp>

#include <cmath>
#include <doctest/doctest.h>
#include <limits>

#include "types_support.hpp"

namespace types_floats_tests {

using namespace types_test;
namespace oids = pgcoro::oids;
using pgcoro::errc;

TEST_CASE("booleans travel as one byte") {
    CHECK(read<bool>(oids::boolean, "01"));
    CHECK_FALSE(read<bool>(oids::boolean, "00"));
    CHECK(write(true, oids::boolean) == "01");
    CHECK(write(false, oids::boolean) == "00");
    CHECK(write_text(true, some_user_type) == "true");
    CHECK(pgcoro::codec<bool>::format(some_user_type) == pgcoro::wire_format::text);
}

TEST_CASE("booleans do not mix with numbers") {
    CHECK_FALSE(pgcoro::codec<bool>::reads(oids::int4));
    CHECK_FALSE(pgcoro::codec<bool>::writes(oids::int4));
    CHECK(failure_of([] { read<bool>(oids::boolean, ""); }).code == errc::protocol_error);
    CHECK(failure_of([] { read<bool>(oids::boolean, "0000"); }).code == errc::protocol_error);
    CHECK(failure_of([] { read<bool>(oids::boolean, "74", pgcoro::wire_format::text); }).code
          == errc::type_mismatch);
}

TEST_CASE("double is read from every type that it holds exactly") {
    CHECK(read<double>(oids::float8, "3ff8000000000000") == 1.5);
    CHECK(read<double>(oids::float4, "3fc00000") == 1.5);
    CHECK(read<double>(oids::int2, "ffff") == -1.0);
    CHECK(read<double>(oids::int4, "80000000") == -2147483648.0);
    CHECK_FALSE(pgcoro::codec<double>::reads(oids::int8));
    CHECK(failure_of([] { read<double>(oids::int8, "0000000000000001"); }).code == errc::type_mismatch);
}

TEST_CASE("float is not read from double precision") {
    CHECK(read<float>(oids::float4, "3fc00000") == 1.5f);
    CHECK(read<float>(oids::int2, "7fff") == 32767.0f);
    CHECK_FALSE(pgcoro::codec<float>::reads(oids::float8));
    CHECK_FALSE(pgcoro::codec<float>::reads(oids::int4));
    CHECK(failure_of([] { read<float>(oids::float8, "3ff8000000000000"); }).code == errc::type_mismatch);
}

TEST_CASE("NaN, infinities and negative zero survive") {
    CHECK(std::isnan(read<double>(oids::float8, "7ff8000000000000")));
    CHECK(read<double>(oids::float8, "fff0000000000000") == -std::numeric_limits<double>::infinity());
    CHECK(std::signbit(read<float>(oids::float4, "80000000")));
    CHECK(write(std::numeric_limits<double>::infinity(), oids::float8) == "7ff0000000000000");
    CHECK(write(std::numeric_limits<double>::infinity(), oids::float4) == "7f800000");
    CHECK(
        std::isnan(read<float>(oids::float4, write(std::numeric_limits<double>::quiet_NaN(), oids::float4))));
}

TEST_CASE("a double is rounded to real, and refused if it would become infinite") {
    CHECK(write(1.5, oids::float8) == "3ff8000000000000");
    CHECK(write(1.5f, oids::float8) == "3ff8000000000000");
    CHECK(write(0.1, oids::float4) == write(0.1f, oids::float4));
    CHECK(failure_of([] { write(1e39, oids::float4); }).code == errc::value_out_of_range);
    CHECK(failure_of([] { write(-1e39, oids::float4); }).code == errc::value_out_of_range);
}

TEST_CASE("floating point numbers are text for types that users made") {
    CHECK(write_text(0.1, some_user_type) == "0.1");
    CHECK(write_text(0.1f, some_user_type) == "0.1");
    CHECK(write_text(1e300, some_user_type) == "1e+300");
    CHECK(write_text(-std::numeric_limits<double>::quiet_NaN(), some_user_type) == "NaN");
    CHECK(write_text(-std::numeric_limits<float>::infinity(), some_user_type) == "-Infinity");
    CHECK(pgcoro::codec<double>::format(some_user_type) == pgcoro::wire_format::text);
}

TEST_CASE("floating point numbers are not given for integers") {
    CHECK_FALSE(pgcoro::codec<double>::writes(oids::int8));
    CHECK_FALSE(pgcoro::codec<float>::writes(oids::int2));
    CHECK(failure_of([] { write(1.0, oids::int4); }).code == errc::type_mismatch);
}

TEST_CASE("a floating point number of the wrong size is a protocol error") {
    CHECK(failure_of([] { read<double>(oids::float8, "3ff80000"); }).code == errc::protocol_error);
    CHECK(failure_of([] { read<double>(oids::float4, "3ff8000000000000"); }).code == errc::protocol_error);
    CHECK(failure_of([] { read<float>(oids::float4, ""); }).code == errc::protocol_error);
}

} // namespace types_floats_tests

#include <pgcoro/integration/multiprecision.hpp>

#include <cstdint>
#include <doctest/doctest.h>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "types_support.hpp"

namespace types_multiprecision {

using namespace types_test;
namespace oids = pgcoro::oids;
namespace mp = boost::multiprecision;
using pgcoro::codec;
using pgcoro::errc;
using pgcoro::numeric;
using small_decimal = mp::number<mp::cpp_dec_float<10>>;
using without_expressions = mp::number<mp::cpp_int_backend<>, mp::et_off>;

/// What a number in text form is read as.
template <class T>
T read_number(std::string_view text) {
    return read<T>(oids::numeric, write(numeric::parse(text), oids::numeric));
}

template <class T>
errc read_failure(std::string_view text) {
    return failure_of([&] { read_number<T>(text); }).code;
}

/// What a number is written as.
template <class T>
std::string written(const T& value) {
    return read<numeric>(oids::numeric, write(value, oids::numeric)).to_string();
}

TEST_CASE("Boost's integers of any size travel as numeric") {
    for (const std::string text : {"0", "1", "-1", "9999", "10000", "-18446744073709551616",
                                   "123456789012345678901234567890123456789"}) {
        CAPTURE(text);
        CHECK(read_number<mp::cpp_int>(text) == mp::cpp_int(text));
        CHECK(written(mp::cpp_int(text)) == text);
        CHECK(read_number<without_expressions>(text) == without_expressions(text));
        CHECK(written(without_expressions(text)) == text);
    }
    CHECK(read_number<mp::cpp_int>("7.00") == 7);
    const std::string long_text(20'000, '9');
    CHECK(written(read_number<mp::cpp_int>(long_text)) == long_text);
    const mp::cpp_int above = mp::pow(mp::cpp_int(10), 131072);
    const auto failure = failure_of([&] { write(above, oids::numeric); });
    CHECK(failure.code == errc::value_out_of_range);
    CHECK(failure.message == "the boost::multiprecision::cpp_int value does not fit numeric");
}

TEST_CASE("Boost's integers are refused what they cannot hold") {
    const auto refused = errc::value_out_of_range;
    CHECK(read_failure<mp::cpp_int>("1.5") == refused);
    CHECK(read_failure<mp::cpp_int>("NaN") == refused);
    CHECK(read_failure<mp::cpp_int>("Infinity") == refused);
    const std::string greatest128 = "340282366920938463463374607431768211455",
                      above128 = "340282366920938463463374607431768211456";
    CHECK(read_number<mp::uint128_t>(greatest128) == std::numeric_limits<mp::uint128_t>::max());
    CHECK(read_number<mp::int128_t>("-" + greatest128) == std::numeric_limits<mp::int128_t>::lowest());
    CHECK(read_number<mp::checked_uint128_t>(greatest128)
          == std::numeric_limits<mp::checked_uint128_t>::max());
    CHECK(read_failure<mp::uint128_t>(above128) == refused);
    CHECK(read_failure<mp::int128_t>(above128) == refused);
    CHECK(read_failure<mp::int128_t>("-" + above128) == refused);
    CHECK(read_failure<mp::checked_int128_t>(above128) == refused);
    CHECK(read_failure<mp::uint128_t>("-1") == refused);
    CHECK(read_failure<mp::checked_uint128_t>("-1") == refused);
    CHECK(read_failure<mp::uint256_t>("1e131071") == refused);
    const mp::uint256_t greatest256 = std::numeric_limits<mp::uint256_t>::max();
    CHECK(read_number<mp::uint256_t>(greatest256.str()) == greatest256);
    CHECK(failure_of([] { read_number<mp::uint128_t>("-1.50"); }).message
          == "value -1.50 of type numeric does not fit boost::multiprecision::cpp_int");
}

TEST_CASE("Boost's decimal numbers travel as numeric") {
    for (const std::string text : {"0", "1", "-1.5", "0.1", "10000", "0.0001", "-123456789.987654321",
                                   "99999999999999999999999999999999999999999999999999",
                                   "0.00000000000000000000000000000000000000000000000001"}) {
        CAPTURE(text);
        CHECK(read_number<mp::cpp_dec_float_50>(text) == mp::cpp_dec_float_50(text));
        CHECK(written(mp::cpp_dec_float_50(text)) == text);
    }
    CHECK(written(mp::cpp_dec_float_50("1.50")) == "1.5");
    CHECK(read_number<mp::cpp_dec_float_50>("1e131071") == mp::cpp_dec_float_50("1e131071"));
    CHECK(written(mp::cpp_dec_float_50("1e-16383")) == numeric::parse("1e-16383").to_string());
    CHECK(isnan(read_number<mp::cpp_dec_float_50>("NaN")));
    CHECK(read_number<mp::cpp_dec_float_50>("-Infinity")
          == -std::numeric_limits<mp::cpp_dec_float_50>::infinity());
    CHECK(written(std::numeric_limits<mp::cpp_dec_float_50>::quiet_NaN()) == "NaN");
    CHECK(written(mp::cpp_dec_float_50(-std::numeric_limits<mp::cpp_dec_float_50>::infinity()))
          == "-Infinity");
}

TEST_CASE("all digits that a decimal number keeps are written") {
    const mp::cpp_dec_float_50 third = mp::cpp_dec_float_50(1) / 3;
    CHECK(read<mp::cpp_dec_float_50>(oids::numeric, write(third, oids::numeric)) == third);
    const mp::cpp_dec_float_100 root = sqrt(mp::cpp_dec_float_100(2));
    CHECK(read<mp::cpp_dec_float_100>(oids::numeric, write(root, oids::numeric)) == root);
    std::mt19937_64 random(3);
    for (int i = 0; i < 300; ++i) {
        const auto power = static_cast<int>(random() % 200) - 100;
        const mp::cpp_dec_float_50 number = mp::cpp_dec_float_50(static_cast<std::int64_t>(random()))
                                            / static_cast<std::int64_t>(random() | 1U)
                                            * pow(mp::cpp_dec_float_50(10), power);
        CHECK(read<mp::cpp_dec_float_50>(oids::numeric, write(number, oids::numeric)) == number);
    }
}

TEST_CASE("Boost's decimal numbers are refused what they cannot hold") {
    const auto refused = errc::value_out_of_range;
    CHECK(read_failure<small_decimal>("1." + std::string(60, '3')) == refused);
    CHECK(read_failure<small_decimal>(std::string(131072, '9')) == refused);
    CHECK(read_failure<mp::cpp_dec_float_50>("1." + std::string(100, '3')) == refused);
    CHECK(failure_of([] { read_number<small_decimal>("1." + std::string(60, '3')); }).message
          == "value 1." + std::string(58, '3')
                 + "… of type numeric does not fit boost::multiprecision::cpp_dec_float");
    CHECK(failure_of([] { write(mp::cpp_dec_float_50("1e-16384"), oids::numeric); }).message
          == "the boost::multiprecision::cpp_dec_float value does not fit numeric");
    CHECK(failure_of([] { write(mp::cpp_dec_float_50("1e131072"), oids::numeric); }).code == refused);
    CHECK(failure_of([] { write(mp::cpp_dec_float_50("1e1000000"), oids::numeric); }).code == refused);
}

TEST_CASE("Boost's numbers cross to the other numbers if nothing is lost") {
    CHECK(read<mp::cpp_int>(oids::int8, "8000000000000000") == std::numeric_limits<std::int64_t>::min());
    CHECK(read<mp::cpp_dec_float_50>(oids::float8, "3fe0000000000000") == 0.5);
    CHECK(write(mp::cpp_int(-7), oids::int4) == "fffffff9");
    CHECK(write(mp::cpp_dec_float_50("0.5"), oids::float8) == "3fe0000000000000");
    CHECK(failure_of([] { write(mp::cpp_int(32768), oids::int2); }).code == errc::value_out_of_range);
    CHECK(failure_of([] { write(mp::cpp_dec_float_50("0.5"), oids::int2); }).code
          == errc::value_out_of_range);
    CHECK(failure_of([] { read<mp::cpp_int>(oids::float8, "3fe0000000000000"); }).code
          == errc::value_out_of_range);
    CHECK_FALSE(codec<mp::cpp_int>::reads(oids::money));
    CHECK_FALSE(codec<mp::cpp_int>::writes(oids::text));
    CHECK(codec<mp::cpp_int>::format(some_user_type) == pgcoro::wire_format::text);
    CHECK(write_text(mp::cpp_int("-12345678901234567890"), some_user_type) == "-12345678901234567890");
    CHECK(write_text(mp::cpp_dec_float_50("1e-7"), some_user_type) == "0.0000001");
    CHECK(failure_of([] { read<mp::cpp_int>(oids::numeric, "31", pgcoro::wire_format::text); }).code
          == errc::type_mismatch);
    CHECK(failure_of([] { read<mp::cpp_int>(oids::numeric, "0001"); }).code == errc::protocol_error);
}

} // namespace types_multiprecision

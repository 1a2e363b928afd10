#include <pgcoro/types/floats.hpp>
#include <pgcoro/types/integers.hpp>
#include <pgcoro/types/money.hpp>
#include <pgcoro/types/numeric.hpp>
#include <pgcoro/types/numeric_codec.hpp>

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <doctest/doctest.h>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_set>
#include <vector>

#include "types_support.hpp"

namespace types_numbers {

using namespace types_test;
namespace oids = pgcoro::oids;
using pgcoro::codec;
using pgcoro::errc;
using pgcoro::money;
using pgcoro::numeric;

// The hexadecimal forms are what numeric_send of a server gave for the same values.
struct sample {
    std::string_view text, bytes;
};
const std::vector<sample> samples{{"0", "0000 0000 0000 0000"},
                                  {"0.00", "0000 0000 0000 0002"},
                                  {"1", "0001 0000 0000 0000 0001"},
                                  {"-1", "0001 0000 4000 0000 0001"},
                                  {"9999", "0001 0000 0000 0000 270f"},
                                  {"10000", "0001 0001 0000 0000 0001"},
                                  {"0.0001", "0001 ffff 0000 0004 0001"},
                                  {"0.00010", "0001 ffff 0000 0005 0001"},
                                  {"1.500", "0002 0000 0000 0003 0001 1388"},
                                  {"-123.45", "0002 0000 4000 0002 007b 1194"},
                                  {"99999999.9999", "0003 0001 0000 0004 270f 270f 270f"},
                                  {"NaN", "0000 0000 c000 0000"},
                                  {"Infinity", "0000 0000 d000 0020"},
                                  {"-Infinity", "0000 0000 f000 0020"}};

const std::string greatest = std::string(131072, '9') + '.' + std::string(16383, '9');

errc parse_failure(std::string_view text) {
    return failure_of([&] { numeric::parse(text); }).code;
}

template <class T>
errc conversion_failure(std::string_view text) {
    return failure_of([&] { (void)numeric::parse(text).to<T>(); }).code;
}

numeric parsed(std::string_view text) { return numeric::parse(text); }
std::string printed(std::string_view text) { return fmt::to_string(numeric::parse(text)); }

TEST_CASE("numeric is read, printed, parsed and written as the server does it") {
    for (const auto& [text, bytes] : samples) {
        CAPTURE(text);
        const auto value = read<numeric>(oids::numeric, bytes);
        CHECK(fmt::to_string(value) == text);
        CHECK(write(value, oids::numeric) == without_blanks(bytes));
        CHECK(numeric::parse(text) == value);
        CHECK(write(numeric::parse(text), oids::numeric) == without_blanks(bytes));
    }
}

TEST_CASE("numeric holds all digits that the server has") {
    const auto value = parsed(greatest);
    const auto bytes = write_bytes(value, oids::numeric);
    CHECK(bytes.size() == 8 + 2 * (32768 + 4096));
    CHECK(hex_of(std::span(bytes).first(10)) == "90007fff00003fff270f");
    CHECK(hex_of(std::span(bytes).last(2)) == "2706");
    const auto back = codec<numeric>::read({bytes, oids::numeric, pgcoro::wire_format::binary});
    CHECK(back == value);
    CHECK(fmt::to_string(back) == greatest);
    CHECK(write(parsed("1e131071"), oids::numeric) == "00017fff0000000003e8");
    CHECK(write(parsed("1e-16383"), oids::numeric) == "0001f00000003fff000a");
    CHECK(printed("1e131071") == "1" + std::string(131071, '0'));
    CHECK(printed("1e-16383") == "0." + std::string(16382, '0') + "1");
    CHECK(parse_failure("1e131072") == errc::value_out_of_range);
    CHECK(parse_failure("1e-16384") == errc::value_out_of_range);
    CHECK(parse_failure("0e-16384") == errc::value_out_of_range);
    CHECK(parse_failure("100000e-16384") == errc::value_out_of_range);
    CHECK(parse_failure("1e99999999999999") == errc::value_out_of_range);
    CHECK(parse_failure("1e-99999999999999") == errc::value_out_of_range);
    CHECK(parse_failure("10e131071") == errc::value_out_of_range);
    CHECK(parse_failure(greatest + "9") == errc::value_out_of_range);
    CHECK(printed("0.1e131072") == "1" + std::string(131071, '0'));
    CHECK(printed("0e200000") == "0");
    CHECK(printed(std::string(200'000, '0') + "1") == "1");
    CHECK(printed("0." + std::string(16384, '0') + "e1") == "0." + std::string(16383, '0'));
}

TEST_CASE("numeric parses what the server parses") {
    CHECK(printed("5.") == "5");
    CHECK(printed(".5") == "0.5");
    CHECK(printed("5.e3") == "5000");
    CHECK(printed("-.5e-1") == "-0.05");
    CHECK(printed("  1 \n") == "1");
    CHECK(printed("+1") == "1");
    CHECK(printed("00001") == "1");
    CHECK(printed("1.50e1") == "15.0");
    CHECK(printed("1.5E+3") == "1500");
    CHECK(printed("1.5e-3") == "0.0015");
    CHECK(printed("1e0010") == "10000000000");
    CHECK(printed("0.000e2") == "0.0");
    CHECK(printed("-0.00") == "0.00");
    CHECK(printed(" nAn ") == "NaN");
    CHECK(printed("+inf") == "Infinity");
    CHECK(printed("-INFINITY") == "-Infinity");
    for (const auto* wrong :
         {"",     " ",     ".",  "+",   "5..3", "1 2",  "1e",   "1e+",     "1e+-5", "1e++5", "+-1",    "--1",
          "0x10", "1_000", "e5", ".e5", "nanx", "-nan", "+nan", "infinit", "inff",  "1,5",   "\u00a01"}) {
        CAPTURE(wrong);
        CHECK(parse_failure(wrong) == errc::value_out_of_range);
    }
    CHECK(parse_failure(std::string_view("1\0", 2)) == errc::value_out_of_range);
}

TEST_CASE("a refusal to parse names the text and what is expected") {
    CHECK(failure_of([] { numeric::parse("12a"); }).message
          == "\"12a\" is no numeric: digits with an optional sign, point and exponent are, NaN, Infinity and "
             "-Infinity");
    CHECK(failure_of([] { numeric::parse("1e131072"); }).message
          == "\"1e131072\" is outside the range of numeric");
    CHECK(failure_of([] {
              numeric::parse(std::string(100, 'x'));
          }).message.starts_with('"' + std::string(60, 'x') + "…\""));
    CHECK(failure_of([] {
              numeric::parse(std::string(59, 'x') + "é" + std::string(9, 'x'));
          }).message.starts_with('"' + std::string(59, 'x') + "…\""));
}

TEST_CASE("numeric prints padded like a string") {
    CHECK(fmt::format("{:>6}|", parsed("1.50")) == "  1.50|");
}

TEST_CASE("bytes of a numeric that no server sends are refused") {
    const auto code_of = [](std::string_view hex) {
        return failure_of([&] { read<numeric>(oids::numeric, hex); }).code;
    };
    const auto refused = errc::protocol_error;
    for (const std::string whole = "00030001000000040001270f0003";
         auto length : {0, 2, 3, 4, 6, 8, 10, 12, 13})
        CHECK(code_of(std::string_view(whole).substr(0, static_cast<std::size_t>(length) * 2)) == refused);
    CHECK(code_of("0001 0000 0000 0000 0001 00") == refused); // surplus
    CHECK(code_of("0001 0000 0000 0000 2710") == refused);    // a group of 10000
    CHECK(code_of("0001 0000 0000 0000 ffff") == refused);    // a negative group
    CHECK(code_of("0001 0000 8000 0000 0001") == refused);    // no sign
    CHECK(code_of("0001 0000 0001 0000 0001") == refused);
    CHECK(code_of("0001 0000 c000 0000 0001") == refused); // NaN with digits
    CHECK(code_of("0000 0000 0000 4000") == refused);      // 16384 decimal places
    CHECK(code_of("0001 ffff 0000 0003 0001") == refused); // 0.0001 shown with three places
    CHECK(code_of("0001 8000 0000 3fff 0001") == refused); // 1e-131072
    CHECK(code_of("ffff 0000 0000 0000 0001") == refused);
    CHECK(failure_of([] { read<numeric>(oids::numeric, "0003 0000 0000 0000 0001"); }).message
          == "numeric with 3 groups of digits in 2 bytes");
    const std::string zeros(std::size_t{4} * 32768, '0');
    CHECK(code_of("8001800000003fff" + zeros + "0001") == refused); // a weight that would wrap around to 0
}

TEST_CASE("zero groups at either end of a numeric are stripped") {
    const auto value = read<numeric>(oids::numeric, "0004 0001 0000 0004 0000 0007 0000 0000");
    CHECK(write(value, oids::numeric)
          == "0001000000000004"
             "0007");
    CHECK(value == 7);
    const auto zero = read<numeric>(oids::numeric, "0002 0005 4000 0002 0000 0000");
    CHECK(write(zero, oids::numeric) == "0000000000000002");
    CHECK(zero.sign() == 0);
}

TEST_CASE("numeric compares as the server orders") {
    const std::vector<std::string_view> ascending{"-Infinity", "-1e131071", "-10000",   "-9999.5",  "-9999",
                                                  "-0.5",      "-0.0001",   "0",        "1e-16383", "0.0001",
                                                  "0.5",       "1",         "1.0001",   "2",        "9999",
                                                  "10000",     "10000.1",   "1e131071", "Infinity", "NaN"};
    for (std::size_t i = 0; i < ascending.size(); ++i)
        for (std::size_t j = 0; j < ascending.size(); ++j) {
            CAPTURE(ascending[i]);
            CAPTURE(ascending[j]);
            const auto left = parsed(ascending[i]), right = parsed(ascending[j]);
            CHECK(((left <=> right) < 0) == (i < j));
            CHECK(((left <=> right) == 0) == (i == j));
            CHECK((left == right) == (i == j));
        }
    CHECK(parsed("1.0") == parsed("1.00"));
    CHECK(parsed("1.0") <= 1);
    CHECK(parsed("0.000") == numeric());
    static_assert(std::is_same_v<decltype(numeric() <=> numeric()), std::weak_ordering>);
}

TEST_CASE("equal numerics have equal hashes, others not") {
    const std::hash<numeric> hash;
    CHECK(hash(parsed("1.0")) == hash(parsed("1.00")));
    CHECK(hash(parsed("-0.0")) == hash(numeric()));
    std::unordered_set<std::size_t> different;
    for (const auto* text :
         {"0", "1", "-1", "10000", "0.0001", "NaN", "Infinity", "-Infinity", "1.0001", "100010000"})
        different.insert(hash(parsed(text)));
    CHECK(different.size() == 10);
}

TEST_CASE("numeric is made of any integer") {
    CHECK(fmt::to_string(numeric(std::numeric_limits<std::int64_t>::min())) == "-9223372036854775808");
    CHECK(fmt::to_string(numeric(std::numeric_limits<std::uint64_t>::max())) == "18446744073709551615");
    CHECK(fmt::to_string(numeric(std::int8_t{-128})) == "-128");
    CHECK(write(numeric(100010000), oids::numeric) == "000200020000000000010001");
    CHECK(write(numeric(20000), oids::numeric) == "00010001000000000002");
    CHECK_FALSE(std::is_constructible_v<numeric, bool>);
    CHECK_FALSE(std::is_constructible_v<numeric, char>);
    CHECK_FALSE(std::is_convertible_v<double, numeric>);
}

TEST_CASE("numeric is made of exactly what a double holds, or of its shortest digits") {
    CHECK(fmt::to_string(numeric(0.5)) == "0.5");
    CHECK(fmt::to_string(numeric(0.1)) == "0.1000000000000000055511151231257827021181583404541015625");
    CHECK(fmt::to_string(numeric(0.1F)) == "0.100000001490116119384765625");
    CHECK(fmt::to_string(numeric(-0.0)) == "0");
    CHECK(fmt::to_string(numeric(-3.0)) == "-3");
    CHECK(fmt::to_string(numeric(9007199254740994.0)) == "9007199254740994");
    CHECK(fmt::to_string(numeric(1e23)) == "99999999999999991611392");
    CHECK(numeric(std::numeric_limits<double>::denorm_min()).scale() == 1074);
    CHECK(numeric(std::numeric_limits<double>::max()).to<double>() == std::numeric_limits<double>::max());
    CHECK(numeric(std::numeric_limits<double>::denorm_min()).to<double>()
          == std::numeric_limits<double>::denorm_min());
    CHECK(numeric(std::numeric_limits<double>::quiet_NaN()).is_nan());
    CHECK(numeric(-std::numeric_limits<double>::infinity()) == numeric::minus_infinity());
    CHECK(fmt::to_string(numeric::shortest(0.1)) == "0.1");
    CHECK(fmt::to_string(numeric::shortest(0.1F)) == "0.1");
    CHECK(fmt::to_string(numeric::shortest(1e23)) == "1" + std::string(23, '0'));
    CHECK(fmt::to_string(numeric::shortest(-1.5e-7)) == "-0.00000015");
    CHECK(fmt::to_string(numeric::shortest(-0.0)) == "0");
    CHECK(numeric::shortest(std::numeric_limits<double>::quiet_NaN()).is_nan());
    CHECK(numeric::shortest(-std::numeric_limits<float>::infinity()) == numeric::minus_infinity());
}

TEST_CASE("numeric becomes an integer only if it is one and fits") {
    CHECK(parsed("-32768").to<std::int16_t>() == -32768);
    CHECK(parsed("32767.000").to<std::int16_t>() == 32767);
    CHECK(parsed("70000").to<int>() == 70000);
    CHECK(parsed("-9223372036854775808").to<std::int64_t>() == std::numeric_limits<std::int64_t>::min());
    CHECK(parsed("18446744073709551615").to<std::uint64_t>() == std::numeric_limits<std::uint64_t>::max());
    CHECK(parsed("10000000000000000").to<std::int64_t>() == 10000000000000000);
    CHECK(parsed("0.00").to<std::uint8_t>() == 0);
    const auto refused = errc::value_out_of_range;
    CHECK(conversion_failure<std::int16_t>("32768") == refused);
    CHECK(conversion_failure<std::int16_t>("-32769") == refused);
    CHECK(conversion_failure<std::uint32_t>("-1") == refused);
    CHECK(conversion_failure<std::int64_t>("9223372036854775808") == refused);
    CHECK(conversion_failure<std::int64_t>("-9223372036854775809") == refused);
    CHECK(conversion_failure<std::uint64_t>("18446744073709551616") == refused);
    CHECK(conversion_failure<std::uint64_t>("99999999999999999999") == refused);
    CHECK(conversion_failure<std::uint64_t>("1e131071") == refused);
    CHECK(conversion_failure<int>("1.5") == refused);
    CHECK(conversion_failure<int>("0.0001") == refused);
    CHECK(conversion_failure<int>("NaN") == refused);
    CHECK(conversion_failure<int>("-Infinity") == refused);
    CHECK(failure_of([] { (void)parsed("1.50").to<int>(); }).message
          == "numeric value 1.50 does not fit std::int32_t");
}

TEST_CASE("numeric becomes a floating point number only if nothing is lost") {
    CHECK(parsed("0.1").to<double>() == 0.1);
    CHECK(parsed("0.100").to<float>() == 0.1F);
    CHECK(parsed("0.1000000000000000055511151231257827021181583404541015625").to<double>() == 0.1);
    CHECK(parsed("-1180591620717411303424").to<double>() == -std::ldexp(1.0, 70));
    CHECK(parsed("1.5e300").to<double>() == 1.5e300);
    CHECK(parsed("5e-324").to<double>() == 5e-324);
    CHECK(parsed("0").to<double>() == 0);
    CHECK(std::isnan(parsed("NaN").to<double>()));
    CHECK(parsed("-Infinity").to<float>() == -std::numeric_limits<float>::infinity());
    const auto refused = errc::value_out_of_range;
    CHECK(conversion_failure<double>("9007199254740993") == refused);
    CHECK(conversion_failure<double>("0.1000000000000000055") == refused);
    CHECK(conversion_failure<double>("0.33333333333333333333") == refused);
    CHECK(conversion_failure<double>("1e309") == refused);
    CHECK(conversion_failure<double>("-1e131071") == refused);
    CHECK(conversion_failure<double>("1e-400") == refused);
    CHECK(conversion_failure<float>("16777217") == refused);
    CHECK(conversion_failure<float>("1e39") == refused);
    CHECK(conversion_failure<float>("0.123456789") == refused);
}

TEST_CASE("numeric is rounded to a double on request") {
    CHECK(parsed("9007199254740993").to_double() == 9007199254740992.0);
    CHECK(parsed("0.33333333333333333333").to_double() == 1.0 / 3);
    CHECK(parsed("-1e-16383").to_double() == 0);
    CHECK(parsed(greatest.substr(131072 - 10)).to_double() == 1e10);
    CHECK(std::isinf(parsed("Infinity").to_double()));
    CHECK(failure_of([] { (void)parsed("1e309").to_double(); }).code == errc::value_out_of_range);
    CHECK(failure_of([] { (void)parsed("-1e131071").to_double(); }).code == errc::value_out_of_range);
}

TEST_CASE("random doubles and floats become numeric and come back") {
    std::mt19937_64 random(7);
    for (int i = 0; i < 2000; ++i) {
        const auto number = std::bit_cast<double>(random());
        const auto single = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
        if (std::isnan(number) || std::isnan(single)) continue;
        CAPTURE(number);
        CHECK(numeric(number).to<double>() == number);
        CHECK(numeric::shortest(number).to<double>() == number);
        CHECK(numeric(number).to_double() == number);
        CHECK(numeric(single).to<float>() == single);
        CHECK(numeric::shortest(single).to<float>() == single);
    }
}

TEST_CASE("numeric columns are read into numbers that hold them") {
    CHECK(read<std::int32_t>(oids::numeric, "0001 0001 0000 0000 0007") == 70000);
    CHECK(read<std::int64_t>(oids::numeric, "0005 0004 4000 0000 039a 0d2c 0170 1565 16b0")
          == std::numeric_limits<std::int64_t>::min());
    CHECK(read<std::uint8_t>(oids::numeric, "0001 0000 0000 0002 0007") == 7);
    CHECK(read<double>(oids::numeric, "0001 ffff 0000 0001 03e8") == 0.1);
    CHECK(read<float>(oids::numeric, "0001 ffff 0000 0001 03e8") == 0.1F);
    CHECK(std::isnan(read<double>(oids::numeric, "0000 0000 c000 0000")));
    const auto fraction =
        failure_of([] { read<std::int32_t>(oids::numeric, "0002 0000 0000 0003 0001 1388"); });
    CHECK(fraction.code == errc::value_out_of_range);
    CHECK(fraction.message == "value 1.500 of type numeric does not fit std::int32_t");
    const auto too_precise = failure_of([] { read<float>(oids::numeric, "0002 0001 0000 0000 068d 1c31"); });
    CHECK(too_precise.code == errc::value_out_of_range);
    CHECK(too_precise.message == "value 16777217 of type numeric does not fit float");
    CHECK(failure_of([] { read<std::uint64_t>(oids::numeric, "0001 0000 4000 0000 0001"); }).code
          == errc::value_out_of_range);
    CHECK(failure_of([] { read<std::int64_t>(oids::numeric, "0000 0000 c000 0000"); }).code
          == errc::value_out_of_range);
    CHECK(failure_of([] { read<std::int64_t>(oids::numeric, "0001"); }).code == errc::protocol_error);
    CHECK(failure_of([] { read<std::int64_t>(oids::numeric, "0001 7fff 0000 0000 0001"); }).message
          == "value 1" + std::string(59, '0') + "… of type numeric does not fit std::int64_t");
}

TEST_CASE("floating point numbers are given for numeric by their shortest digits") {
    CHECK(write(0.1, oids::numeric)
          == "0001ffff00000001"
             "03e8");
    CHECK(write(0.1F, oids::numeric)
          == "0001ffff00000001"
             "03e8");
    CHECK(write(-0.0, oids::numeric) == "0000000000000000");
    CHECK(write(std::numeric_limits<double>::infinity(), oids::numeric) == "00000000d0000020");
    CHECK(write(std::numeric_limits<float>::quiet_NaN(), oids::numeric) == "00000000c0000000");
    CHECK(write(1.0 / 3, oids::numeric) == write(parsed("0.3333333333333333"), oids::numeric));
}

TEST_CASE("numeric reads other numbers exactly") {
    CHECK(read<numeric>(oids::int2, "8000") == -32768);
    CHECK(read<numeric>(oids::int4, "7fffffff") == 2147483647);
    CHECK(read<numeric>(oids::int8, "8000000000000000") == std::numeric_limits<std::int64_t>::min());
    CHECK(read<numeric>(oids::float8, "3fb999999999999a") == numeric(0.1));
    CHECK(read<numeric>(oids::float4, "3dcccccd") == numeric(0.1F));
    CHECK(read<numeric>(oids::float8, "7ff8000000000000").is_nan());
    for (const auto other : {oids::money, oids::text, oids::oid_, oids::boolean, some_user_type})
        CHECK_FALSE(codec<numeric>::reads(other));
    CHECK(failure_of([] { read<numeric>(oids::money, "0000000000000001"); }).code == errc::type_mismatch);
    CHECK(failure_of([] { read<numeric>(oids::int4, "0001"); }).code == errc::protocol_error);
    CHECK(failure_of([] { read<numeric>(oids::numeric, "31", pgcoro::wire_format::text); }).code
          == errc::type_mismatch);
}

TEST_CASE("numeric is given for other numbers only if nothing is lost") {
    CHECK(write(parsed("7.0"), oids::int2) == "0007");
    CHECK(write(parsed("-7"), oids::int4) == "fffffff9");
    CHECK(write(parsed("9223372036854775807"), oids::int8) == "7fffffffffffffff");
    CHECK(write(parsed("0.5"), oids::float8) == "3fe0000000000000");
    CHECK(write(parsed("0.1"), oids::float4) == "3dcccccd");
    const auto failure = failure_of([] { write(parsed("32768"), oids::int2); });
    CHECK(failure.code == errc::value_out_of_range);
    CHECK(failure.message == "the pgcoro::numeric value does not fit smallint");
    CHECK(failure_of([] { write(parsed("0.5"), oids::int8); }).code == errc::value_out_of_range);
    CHECK(failure_of([] { write(parsed("NaN"), oids::int4); }).code == errc::value_out_of_range);
    CHECK(failure_of([] { write(parsed("9007199254740993"), oids::float8); }).code
          == errc::value_out_of_range);
    CHECK(failure_of([] { write(parsed("16777217"), oids::float4); }).code == errc::value_out_of_range);
    CHECK_FALSE(codec<numeric>::writes(oids::text));
    CHECK(failure_of([] { write(parsed("1"), oids::text); }).code == errc::type_mismatch);
}

TEST_CASE("numeric is text for types that users made") {
    CHECK(codec<numeric>::format(some_user_type) == pgcoro::wire_format::text);
    CHECK(codec<numeric>::format(oids::numeric) == pgcoro::wire_format::binary);
    CHECK(write_text(parsed("-1.50"), some_user_type) == "-1.50");
    CHECK(write_text(numeric::nan(), some_user_type) == "NaN");
}

TEST_CASE("money is a count of the smallest unit") {
    CHECK(read<money>(oids::money, "000000000000007b") == money(123));
    CHECK(read<money>(oids::money, "8000000000000000").smallest_units()
          == std::numeric_limits<std::int64_t>::min());
    CHECK(write(money(-1), oids::money) == "ffffffffffffffff");
    CHECK(codec<money>::wire(money(-2)) == -2);
    CHECK(money(1) < money(2));
    CHECK(money() == money(0));
    CHECK(std::hash<money>()(money(5)) == std::hash<money>()(money(5)));
    CHECK(failure_of([] { read<money>(oids::money, "00000000"); }).code == errc::protocol_error);
    CHECK(failure_of([] { read<money>(oids::money, "2431", pgcoro::wire_format::text); }).code
          == errc::type_mismatch);
}

TEST_CASE("money does not mix with numbers") {
    CHECK_FALSE(codec<std::int64_t>::reads(oids::money));
    CHECK_FALSE(codec<std::int64_t>::writes(oids::money));
    CHECK_FALSE(codec<double>::writes(oids::money));
    CHECK_FALSE(codec<numeric>::writes(oids::money));
    CHECK_FALSE(codec<money>::reads(oids::int8));
    CHECK_FALSE(codec<money>::writes(oids::int8));
    CHECK_FALSE(codec<money>::writes(oids::numeric));
    CHECK_FALSE(codec<money>::writes(some_user_type));
    CHECK_FALSE(std::is_convertible_v<std::int64_t, money>);
    CHECK_FALSE(std::is_convertible_v<money, std::int64_t>);
}

} // namespace types_numbers

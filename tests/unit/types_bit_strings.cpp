#include <pgcoro/integration/dynamic_bitset.hpp>
#include <pgcoro/types/arrays.hpp>
#include <pgcoro/types/bits.hpp>

#include <boost/dynamic_bitset.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <bitset>
#include <cstddef>
#include <doctest/doctest.h>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "types_support.hpp"

namespace types_bit_strings_tests {

using namespace types_test;
namespace oids = pgcoro::oids;
using pgcoro::bit_string;
using pgcoro::codec;
using pgcoro::errc;

namespace {
using dynamic_bitset = boost::dynamic_bitset<>;

std::string text_of(const dynamic_bitset& bits) {
    std::string text;
    boost::to_string(bits, text);
    return text;
}
} // namespace

// The hexadecimal forms are what varbit_send of a server gave for the same texts.

TEST_CASE("bits go from the most significant one of the first byte") {
    CHECK(read<bit_string>(oids::varbit, "00000005 a8").to_string() == "10101");
    CHECK(read<bit_string>(oids::bit, "00000009 0180").to_string() == "000000011");
    CHECK(read<bit_string>(oids::varbit, "00000000").empty());
    CHECK(write(bit_string::parse("10101"), oids::varbit) == "00000005a8");
    CHECK(write(bit_string::parse("000000011"), oids::bit) == "000000090180");
    CHECK(write(bit_string(), oids::varbit) == "00000000");
    CHECK(write(bit_string(9, true), oids::varbit) == "00000009ff80");
}

TEST_CASE("bitsets print as the server does") {
    CHECK(read<std::bitset<5>>(oids::varbit, "00000005 b0").to_string() == "10110");
    CHECK(read<std::bitset<9>>(oids::bit, "00000009 0180").to_ulong() == 3);
    CHECK(write(std::bitset<5>("10110"), oids::bit) == "00000005b0");
    CHECK(write(std::bitset<9>(3), oids::bit) == "000000090180");
    CHECK(write(std::bitset<0>(), oids::varbit) == "00000000");
    CHECK(text_of(read<dynamic_bitset>(oids::varbit, "00000009 0180")) == "000000011");
    CHECK(write(dynamic_bitset(std::string("000000011")), oids::varbit) == "000000090180");
    CHECK(write(dynamic_bitset(), oids::varbit) == "00000000");
    CHECK(write_text(std::bitset<5>("10110"), some_user_type) == "10110");
    CHECK(write_text(dynamic_bitset(std::string("011")), some_user_type) == "011");
    CHECK(write_text(bit_string::parse("011"), some_user_type) == "011");
}

TEST_CASE("a bitset holds its own number of bits only") {
    CHECK(failure_of([] { read<std::bitset<4>>(oids::varbit, "00000005 a8"); }).message
          == "bit varying value of 5 bits cannot be held by std::bitset<4>");
    CHECK(failure_of([] { read<std::bitset<8>>(oids::bit, "00000005 a8"); }).code
          == errc::value_out_of_range);
}

TEST_CASE("bytes that are no bit string are refused") {
    for (const std::string_view hex :
         {"", "000000", "00000001", "00000005 a8 00", "00000009 01", "ffffffff", "7fffffff", "80000000 00",
          "7fffffff 00000000", "00000005 ac", "00000001 01", "00000007 01"}) {
        CHECK(failure_of([&] { read<bit_string>(oids::varbit, hex); }).code == errc::protocol_error);
        CHECK(failure_of([&] { read<std::bitset<5>>(oids::varbit, hex); }).code == errc::protocol_error);
        CHECK(failure_of([&] { read<dynamic_bitset>(oids::varbit, hex); }).code == errc::protocol_error);
    }
    CHECK(failure_of([] { read<bit_string>(oids::varbit, "30", pgcoro::wire_format::text); }).code
          == errc::type_mismatch);
    CHECK_FALSE(codec<bit_string>::reads(oids::bytea));
}

TEST_CASE("a bit string can be changed and searched by place") {
    auto bits = bit_string::parse("0101");
    CHECK_FALSE(bits[0]);
    CHECK(bits[1]);
    bits.set(0);
    bits.set(1, false);
    for (int i = 0; i < 5; ++i) bits.push_back(i % 2 == 0);
    CHECK(bits.to_string() == "100110101");
    CHECK(bits.size() == 9);
    CHECK(hex_of(bits.bytes()) == "9a80");
    const auto bytes = bytes_of("ffff");
    CHECK(hex_of(bit_string(bytes, 9).bytes()) == "ff80");
    CHECK(failure_of([&] { bit_string(bytes, 17); }).code == errc::value_out_of_range);
}

TEST_CASE("bit strings are parsed and printed") {
    CHECK(fmt::format("{:>6}", bit_string::parse("b0101")) == "  0101");
    CHECK(bit_string::parse("").empty());
    CHECK(bit_string::parse("x5fA").to_string() == "010111111010");
    for (const std::string_view text : {"2", "01 ", "0b1", "xg", "B'01'"})
        CHECK(failure_of([&] { bit_string::parse(text); }).code == errc::value_out_of_range);
}

TEST_CASE("bit strings are ordered as the server orders them") {
    std::vector<bit_string> ordered;
    for (const std::string_view text :
         {"", "0", "00", "000000000", "0000000001", "01", "1", "10", "11", "11111111"})
        ordered.push_back(bit_string::parse(text));
    for (std::size_t i = 1; i < ordered.size(); ++i) CHECK(ordered[i - 1] < ordered[i]);
    CHECK(std::unordered_set<bit_string>(ordered.begin(), ordered.end()).size() == ordered.size());
}

} // namespace types_bit_strings_tests

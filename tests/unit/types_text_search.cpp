#include <pgcoro/types/arrays.hpp>
#include <pgcoro/types/tsquery.hpp>
#include <pgcoro/types/tsvector.hpp>

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <doctest/doctest.h>
#include <string>
#include <string_view>
#include <vector>

#include "types_support.hpp"

namespace types_text_search_tests {

using namespace types_test;
namespace oids = pgcoro::oids;
using pgcoro::codec;
using pgcoro::errc;
using pgcoro::lexeme_position;
using pgcoro::lexeme_weight;
using pgcoro::tsquery;
using pgcoro::tsvector;
using pgcoro::tsvector_lexeme;

namespace {

// What tsvectorsend of a server gave for a:1A b:2,3B c.
const std::string document = without_blanks("00000003 6100 0001 c001 6200 0002 0002 8003 6300 0000");

// What tsquerysend of a server gave for a & !b:*AB <2> (c | d).
const std::string condition =
    without_blanks("00000008 0202 0204 0002 0203 010000 6400 010000 6300 0201 010c01 6200 "
                   "010000 6100");

errc code_of_query(std::string_view hex) {
    return failure_of([&] { read<tsquery>(oids::tsquery, hex); }).code;
}

errc code_of_vector(std::string_view hex) {
    return failure_of([&] { read<tsvector>(oids::tsvector, hex); }).code;
}

template <class T>
bool refused(std::string_view text) {
    return failure_of([&] { T::parse(text); }).code == errc::value_out_of_range;
}

std::vector<tsvector_lexeme> lexeme_at(std::vector<lexeme_position> positions) {
    return {tsvector_lexeme("a", std::move(positions))};
}

} // namespace

TEST_CASE("a tsvector has lexemes with positions and weights") {
    const auto value = read<tsvector>(oids::tsvector, document);
    REQUIRE(value.lexemes().size() == 3);
    CHECK(value.lexemes()[0] == tsvector_lexeme("a", {{1, lexeme_weight::a}}));
    CHECK(value.lexemes()[1] == tsvector_lexeme("b", {{2, lexeme_weight::d}, {3, lexeme_weight::b}}));
    CHECK(value.lexemes()[2] == tsvector_lexeme("c"));
    CHECK(fmt::format("{}", value) == "'a':1A 'b':2,3B 'c'");
    CHECK(write(value, oids::tsvector) == document);
    CHECK(write_text(value, some_user_type) == "'a':1A 'b':2,3B 'c'");
    CHECK(read<tsvector>(oids::tsvector, "00000000") == tsvector());
    CHECK(write(tsvector(), oids::tsvector) == "00000000");
    CHECK(tsvector().to_string().empty());
    CHECK_FALSE(codec<tsvector>::reads(oids::text));
}

TEST_CASE("a tsvector is read as the server reads it") {
    // select '…'::tsvector
    const std::string_view forms[][2]{
        {"'a':1A 'b':2,3B 'c'", "'a':1A 'b':2,3B 'c'"},
        {"a:1 a:2B b:3A,1 c", "'a':1,2B 'b':1,3A 'c'"},
        {"a:20000", "'a':16383"},
        {"a:1A,1B", "'a':1A"},
        {"a:1b,2*", "'a':1B,2A"},
        {"a:1d a:2 a:3c", "'a':1,2,3C"},
        {"b aa a", "'a' 'aa' 'b'"},
        {"a :1", "':1' 'a'"},
        {R"('it''s' 'back\\slash' 'sp ace':4 : ' \' ')", R"(' '' ' ':' 'back\\slash' 'it''s' 'sp ace':4)"},
        {R"(a\'b \\ a\ b 'q'x)", R"('\\' 'a b' 'a''b' 'q' 'x')"},
        {"  ", ""}};
    for (const auto& [given, printed] : forms) {
        CAPTURE(given);
        CHECK(tsvector::parse(given).to_string() == printed);
    }
    for (const std::string_view text : {"''", "a:0", "a:1,", "a:x", "a:", "'a", "a\\", "a:1,,2", "a:-1"}) {
        CAPTURE(text);
        CHECK(refused<tsvector>(text));
    }
    CHECK(failure_of([] { tsvector::parse("''"); }).message
          == "\"''\" is no tsvector: lexemes such as 'a':1A,3 'b' was expected");
}

TEST_CASE("a tsvector that is put together is sorted, and refuses what the server has not") {
    std::vector<tsvector_lexeme> lexemes;
    lexemes.emplace_back("b", std::vector<lexeme_position>{{2, lexeme_weight::d}, {1, lexeme_weight::a}});
    lexemes.emplace_back("a");
    lexemes.emplace_back("b", std::vector<lexeme_position>{{2, lexeme_weight::c}});
    CHECK(tsvector(lexemes).to_string() == "'a' 'b':1A,2C");
    const auto code = [](auto&& function) { return failure_of(function).code; };
    CHECK(code([] { tsvector(lexeme_at({{0, lexeme_weight::a}})); }) == errc::value_out_of_range);
    std::vector<lexeme_position> positions;
    for (std::uint16_t i = 1; i <= 256; ++i) positions.push_back({i, lexeme_weight::d});
    CHECK(tsvector(lexeme_at(positions)).lexemes()[0].positions.size() == 256);
    positions.push_back({257, lexeme_weight::d});
    CHECK(code([&] { tsvector(lexeme_at(positions)); }) == errc::value_out_of_range);
    CHECK(code([] { tsvector({tsvector_lexeme(std::string(2048, 'x'))}); }) == errc::value_out_of_range);
    CHECK(tsvector({tsvector_lexeme(std::string(2047, 'x'))}).lexemes().size() == 1);
    CHECK(code([] { tsvector({tsvector_lexeme(std::string(1, '\0'))}); }) == errc::value_out_of_range);
}

TEST_CASE("bytes that are no tsvector are refused") {
    for (std::size_t size = 0; size < document.size(); size += 2)
        CHECK(code_of_vector(document.substr(0, size)) == errc::protocol_error);
    CHECK(code_of_vector(document + "00") == errc::protocol_error);
    for (const std::string_view count : {"00000002", "00000004", "7fffffff", "ffffffff", "80000000"})
        CHECK(code_of_vector(std::string(count) + document.substr(8)) == errc::protocol_error);
    // Lexemes out of order and twice, positions out of order and twice, more positions than there may be.
    CHECK(code_of_vector("00000002 6200 0000 6100 0000") == errc::protocol_error);
    CHECK(code_of_vector("00000002 6100 0000 6100 0000") == errc::protocol_error);
    CHECK(code_of_vector("00000001 6100 0002 0002 0001") == errc::protocol_error);
    CHECK(code_of_vector("00000001 6100 0002 0002 c002") == errc::protocol_error);
    CHECK(code_of_vector("00000001 6100 0001 0000") == errc::protocol_error);   // positions count from 1
    const std::string longest(2 * 2047, '6');
    CHECK(code_of_vector("00000001" + longest + "00 0000") == errc{});
    CHECK(code_of_vector("00000001" + longest + "66 00 0000") == errc::protocol_error);
    std::string many = "00000001 6100 0101";
    for (int i = 1; i <= 257; ++i) many += fmt::format("{:04x}", i);
    CHECK(code_of_vector(many) == errc::protocol_error);
    CHECK(code_of_vector("00000001 6100 ffff 0001") == errc::protocol_error);
    CHECK(failure_of([] { read<tsvector>(oids::tsvector, "2761 27", pgcoro::wire_format::text); }).code
          == errc::type_mismatch);
}

TEST_CASE("a tsquery is an expression, operators first") {
    const auto value = read<tsquery>(oids::tsquery, condition);
    CHECK(fmt::format("{}", value) == "'a' & !'b':*AB <2> ( 'c' | 'd' )");
    CHECK(value.nodes().size() == 8);
    CHECK(value == tsquery::parse("a & !b:*AB <2> (c | d)"));
    using namespace pgcoro;
    const auto a = tsquery::lexeme("a"),
               b = tsquery::lexeme("b", lexeme_weights::a | lexeme_weights::b, true),
               c = tsquery::lexeme("c"), d = tsquery::lexeme("d");
    CHECK(value == (a & tsquery::phrase(!b, c | d, 2)));
    CHECK(write(value, oids::tsquery) == condition);
    CHECK(write_text(value, some_user_type) == value.to_string());
    CHECK(read<tsquery>(oids::tsquery, "00000000").empty());
    // The server would answer "malformed tsquery: operand not found".
    CHECK(failure_of([] { write(tsquery(), oids::tsquery); }).code == errc::value_out_of_range);
    CHECK(write_text(tsquery(), some_user_type).empty());
    CHECK((a & tsquery()) == a);
    CHECK((tsquery() | a) == a);
    CHECK((!tsquery()).empty());
    CHECK(tsquery().to_string().empty());
    CHECK_FALSE((a & b) == (b & a));
    CHECK(failure_of([] { tsquery::lexeme(""); }).code == errc::value_out_of_range);
    CHECK(failure_of([] { tsquery::lexeme(std::string(2048, 'x')); }).code == errc::value_out_of_range);
    CHECK(failure_of([&] { tsquery::phrase(a, b, 16385); }).code == errc::value_out_of_range);
}

TEST_CASE("a tsquery is read as the server reads it") {
    // select '…'::tsquery
    const std::string_view forms[][2]{
        {"!(a & b) | c <-> d <-> e & (f <-> (g <-> h))",
         "!( 'a' & 'b' ) | 'c' <-> 'd' <-> 'e' & 'f' <-> ( 'g' <-> 'h' )"},
        {"!!a & !(b|c) & (a|b)&c <2> (d&e) | f",
         "!!'a' & !( 'b' | 'c' ) & ( 'a' | 'b' ) & 'c' <2> ( 'd' & 'e' ) | 'f'"},
        {"a & (b & c)", "'a' & 'b' & 'c'"},
        {"(a|b)<->(c|d)", "( 'a' | 'b' ) <-> ( 'c' | 'd' )"},
        {"!(a<->b)", "!( 'a' <-> 'b' )"},
        {"!a <-> b", "!'a' <-> 'b'"},
        {"!(!a)", "!!'a'"},
        {"a:*", "'a':*"},
        {"a:ab*", "'a':*AB"},
        {"a:dcba", "'a':ABCD"},
        {R"('it''s':b & 'x\\y')", R"('it''s':B & 'x\\y')"},
        {"a <0> b", "'a' <0> 'b'"},
        {"a<1>b", "'a' <-> 'b'"},
        {"a<16384>b", "'a' <16384> 'b'"},
        {"a<->b|c", "'a' <-> 'b' | 'c'"},
        {"a | b & c <-> !d", "'a' | 'b' & 'c' <-> !'d'"},
        {"a&b'c", "'a' & 'b''c'"},
        {" ( ( a ) ) ", "'a'"},
        {"", ""}};
    for (const auto& [given, printed] : forms) {
        CAPTURE(given);
        CHECK(tsquery::parse(given).to_string() == printed);
        CHECK(tsquery::parse(printed).to_string() == printed);
    }
    for (const std::string_view text :
         {"a<16385>b", "a b", "a &", "''", "()", "a : b", "a!b", "(a", "a)", "!", "& a", "a <- b", "a <-1> b",
          "a:x", "a:", "'a", "a | | b", "a < b", "a\\"}) {
        CAPTURE(text);
        CHECK(refused<tsquery>(text));
    }
    // No depth of brackets, negations or operators is too much.
    const std::string deep(100'000, '!');
    CHECK(tsquery::parse(deep + "a").to_string() == deep + "'a'");
    CHECK(tsquery::parse(std::string(100'000, '(') + "a" + std::string(100'000, ')')).to_string() == "'a'");
}

TEST_CASE("bytes that are no tsquery are refused") {
    for (std::size_t size = 0; size < condition.size(); size += 2)
        CHECK(code_of_query(condition.substr(0, size)) == errc::protocol_error);
    CHECK(code_of_query(condition + "00") == errc::protocol_error);
    for (const std::string_view count :
         {"00000000", "00000007", "00000009", "7fffffff", "ffffffff", "80000000"})
        CHECK(code_of_query(std::string(count) + condition.substr(8)) == errc::protocol_error);
    for (const std::string_view hex :
         {"00000001 030000 6100", "00000001 011000 6100", "00000001 010002 6100", "00000001 010000 61",
          "00000002 0200 010000 6100", "00000002 0205 010000 6100", "00000001 0201",
          "00000002 0202 010000 6100", "00000002 010000 6100 010000 6200",
          "00000003 0204 ffff 010000 6200 010000 6100", "00000003 0204 4001 010000 6200 010000 6100"})
        CHECK(code_of_query(hex) == errc::protocol_error);
    std::string deep = "000186a1";
    for (int i = 0; i < 100'000; ++i) deep += "0201";
    CHECK(read<tsquery>(oids::tsquery, deep + "010000 6100").to_string()
          == std::string(100'000, '!') + "'a'");
    CHECK(failure_of([] { read<tsquery>(oids::tsquery, "276127", pgcoro::wire_format::text); }).code
          == errc::type_mismatch);
}

} // namespace types_text_search_tests

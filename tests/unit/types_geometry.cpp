#include <pgcoro/types/arrays.hpp>
#include <pgcoro/types/geometry.hpp>

#include <fmt/format.h>

#include <cstddef>
#include <doctest/doctest.h>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "types_support.hpp"

namespace types_geometry_tests {

using namespace types_test;
using namespace pgcoro::geometry;
namespace oids = pgcoro::oids;
using pgcoro::codec;
using pgcoro::errc;

namespace {

// What the send functions of a server gave; 1, 2, 3 and 4 as double precision.
const std::string one = "3ff0000000000000", two = "4000000000000000", three = "4008000000000000",
                  four = "4010000000000000", zero = "0000000000000000", minus_one = "bff0000000000000";
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

template <class T>
bool refused(std::string_view text) {
    return failure_of([&] { T::parse(text); }).code == errc::value_out_of_range;
}

template <class T>
void check_value(pgcoro::oid type, const std::string& hex, std::string_view text) {
    CAPTURE(text);
    const auto value = T::parse(text);
    CHECK(read<T>(type, hex) == value);
    CHECK(write(value, type) == hex);
    CHECK(fmt::to_string(value) == text);
    CHECK(write_text(value, some_user_type) == text);
    check_cut_at_every_length<T>(type, hex);
    CHECK_FALSE(codec<T>::reads(oids::text));
    CHECK(failure_of([&] { read<T>(type, hex, pgcoro::wire_format::text); }).code == errc::type_mismatch);
}

} // namespace

TEST_CASE("geometric values are numbers one after the other") {
    check_value<point>(oids::point, one + two, "(1,2)");
    check_value<line>(oids::line, one + two + three, "{1,2,3}");
    check_value<lseg>(oids::lseg, one + two + three + four, "[(1,2),(3,4)]");
    check_value<box>(oids::box, three + four + one + two, "(3,4),(1,2)");
    check_value<path>(oids::path, "0100000002" + one + two + three + four, "((1,2),(3,4))");
    check_value<path>(oids::path, "0000000001" + one + two, "[(1,2)]");
    check_value<polygon>(oids::polygon, "00000002" + one + two + three + four, "((1,2),(3,4))");
    check_value<circle>(oids::circle, one + two + three, "<(1,2),3>");
}

TEST_CASE("bytes that are no geometric value are refused") {
    const auto code = [](auto&& function) { return failure_of(function).code; };
    CHECK(code([] { read<line>(oids::line, zero + zero + one); }) == errc::protocol_error);
    CHECK(code([] { read<circle>(oids::circle, one + two + minus_one); }) == errc::protocol_error);
    for (const std::string_view head : {"0200000001", "ff00000001", "0100000000", "01ffffffff", "017fffffff",
                                        "0180000000", "0110000001", "0100000002"})
        CHECK(code([&] { read<path>(oids::path, std::string(head) + one + two); }) == errc::protocol_error);
    for (const std::string_view head :
         {"00000000", "ffffffff", "7fffffff", "80000000", "10000001", "00000002"})
        CHECK(code([&] { read<polygon>(oids::polygon, std::string(head) + one + two); })
              == errc::protocol_error);
    CHECK(code([] { read<path>(oids::path, "0100000000"); }) == errc::protocol_error);
    CHECK(code([] { read<polygon>(oids::polygon, "00000000"); }) == errc::protocol_error);
}

TEST_CASE("values that the server has not are refused") {
    CHECK(failure_of([] { write(line{0, 0, 1}, oids::line); }).code == errc::value_out_of_range);
    CHECK(failure_of([] { write(path(), oids::path); }).message
          == "the pgcoro::geometry::path value has no points, which path cannot hold");
    CHECK(failure_of([] { write(polygon(), oids::polygon); }).code == errc::value_out_of_range);
    CHECK(failure_of([] { write(circle{{1, 2}, -1}, oids::circle); }).code == errc::value_out_of_range);
    CHECK(failure_of([] { write(circle{{1, 2}, -1}, some_user_type); }).code == errc::value_out_of_range);
}

TEST_CASE("the corners of a box are upper right and lower left") {
    CHECK(box({1, 4}, {3, 2}) == box({3, 4}, {1, 2}));
    CHECK(box({1, 4}, {3, 2}).upper_right() == point{3, 4});
    CHECK(box({1, 4}, {3, 2}).lower_left() == point{1, 2});
    CHECK(read<box>(oids::box, one + two + three + four).to_string() == "(3,4),(1,2)");
    // select '(nan,1),(2,nan)'::box, '(1,1),(nan,3)'::box
    CHECK(box({not_a_number, 1}, {2, not_a_number}).to_string() == "(NaN,NaN),(2,1)");
    CHECK(box({1, 1}, {not_a_number, 3}).to_string() == "(NaN,3),(1,1)");
    CHECK(box({not_a_number, 0}, {not_a_number, 0}).to_string() == "(NaN,0),(NaN,0)");
}

TEST_CASE("the server's other forms of text are read") {
    for (const std::string_view text : {"1,2", " ( 1 , 2 ) ", "(+1,2.0)", "(1e0,.2e1)"})
        CHECK(point::parse(text) == point{1, 2});
    for (const std::string_view text : {"1,2,3,4", "((1,2),(3,4))", "(1,2),(3,4)", "(1,2,3,4)"}) {
        CHECK(lseg::parse(text) == lseg{{1, 2}, {3, 4}});
        CHECK(box::parse(text) == box({1, 2}, {3, 4}));
        CHECK(path::parse(text) == path({{1, 2}, {3, 4}}));
        CHECK(polygon::parse(text) == polygon({{1, 2}, {3, 4}}));
    }
    CHECK(path::parse("[1,2,3,4]") == path({{1, 2}, {3, 4}}, false));
    CHECK(path::parse("(1,2)") == path({{1, 2}}));
    for (const std::string_view text : {"((1,2),3)", "(1,2),3", "1,2,3", "<1,2,3>", " < ( 1 , 2 ) , 3 > "})
        CHECK(circle::parse(text) == circle{{1, 2}, 3});
    CHECK(line::parse(" { 1 , 2 , 3 } ") == line{1, 2, 3});
}

TEST_CASE("text that is no geometric value is refused") {
    for (const std::string_view text : {"", "(", "()", "(1)", "(1,)", "(1,2", "1,2)", "(1,2))", "(1,2)x",
                                        "(a,b)", "(1e999,1)", "(1,2),(3,4)", "[1,2]", "(+-1,2)", "(1 2)"})
        CHECK(refused<point>(text));
    for (const std::string_view text :
         {"", "{}", "{1,2}", "{1,2,3", "{1,2,3}}", "{0,0,1}", "1,2,3", "{1,2,3,4}"})
        CHECK(refused<line>(text));
    for (const std::string_view text :
         {"", "[", "[(1,2)]", "[(1,2),(3,4),(5,6)]", "[(1,2),(3,4)", "((1,2),(3,4)", "[1,2),(3,4]",
          "(1,2),(3,4))", "(((1,2),(3,4)))", "(1,2),"})
        CHECK(refused<lseg>(text));
    CHECK(refused<box>("[1,2,3,4]"));
    CHECK(refused<polygon>("[1,2,3,4]"));
    CHECK(refused<path>("()"));
    CHECK(refused<path>("(((1,2)))"));
    CHECK(refused<path>("((1,2),3)"));
    for (const std::string_view text : {"", "<>", "<(1,2),-1>", "(1,2,3)", "<(1,2),3", "(1,2),3>", "<(1,2)>"})
        CHECK(refused<circle>(text));
    CHECK(failure_of([] { circle::parse("x"); }).message
          == "\"x\" is no circle: <(x,y),r> with r of at least 0 was expected");
}

TEST_CASE("numbers are printed as the server prints them") {
    // select x::float8 from unnest(array[…]) x
    constexpr std::string_view forms[][2]{{"1e14", "100000000000000"},
                                          {"1e15", "1e+15"},
                                          {"123456789012345678", "1.2345678901234568e+17"},
                                          {"1e-4", "0.0001"},
                                          {"1e-5", "1e-05"},
                                          {"1.5e-5", "1.5e-05"},
                                          {"1e20", "1e+20"},
                                          {"123456.789", "123456.789"},
                                          {"1e100", "1e+100"},
                                          {"5e-324", "5e-324"},
                                          {"-0", "-0"},
                                          {"nan", "NaN"},
                                          {"-inf", "-Infinity"},
                                          {"Infinity", "Infinity"},
                                          {"999999999999999", "999999999999999"},
                                          {"1234567890123456", "1.234567890123456e+15"},
                                          {"0.00012345", "0.00012345"},
                                          {"12345678901234.5", "12345678901234.5"},
                                          {"-0.1", "-0.1"},
                                          {"10", "10"},
                                          // Midway between two numbers there is a shorter text.
                                          {"53165205877497296", "5.3165205877497296e+16"},
                                          {"3424754321597792256", "3.4247543215977923e+18"},
                                          {"3140426317669600256", "3.1404263176696003e+18"},
                                          {"9007199254740992", "9.007199254740992e+15"},
                                          {"9007199254740993", "9.007199254740992e+15"},
                                          {"4503599627370496.5", "4.503599627370496e+15"},
                                          {"1e22", "1e+22"},
                                          {"1e23", "9.999999999999999e+22"},
                                          {"9.5367431640625e-07", "9.5367431640625e-07"},
                                          {"1.7976931348623157e308", "1.7976931348623157e+308"}};
    for (const auto& [given, printed] : forms)
        CHECK(point::parse("(" + std::string(given) + ",1)").to_string()
              == "(" + std::string(printed) + ",1)");
}

TEST_CASE("geometric values are compared exactly") {
    CHECK(point{1, 2} == point{1, 2});
    CHECK_FALSE(point{1, 2} == point{1, 2.0000000001});
    CHECK_FALSE(point{not_a_number, 2} == point{not_a_number, 2});
    CHECK_FALSE(path({{1, 2}}, true) == path({{1, 2}}, false));
}

} // namespace types_geometry_tests

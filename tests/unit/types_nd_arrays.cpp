#include <pgcoro/types/types.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <doctest/doctest.h>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "types_support.hpp"

using namespace types_test;
namespace oids = pgcoro::oids;
using pgcoro::array_dimension;
using pgcoro::codec;
using pgcoro::errc;
using pgcoro::md_array;

namespace types_nd_arrays {

using ints = md_array<int>;
using optional_ints = md_array<std::optional<int>>;
using words = md_array<std::string>;
using rows = std::vector<std::vector<int>>;
using optional_rows = std::vector<std::vector<std::optional<int>>>;
using cube = std::vector<std::vector<std::vector<int>>>;
using deepest = std::vector<std::vector<std::vector<std::vector<std::vector<std::vector<int>>>>>>;

// What array_send of a server gave for {{1,2},{3,4}}, [0:1]={7,8}, {} and {{1,NULL}}.
constexpr std::string_view two_by_two = "00000002 00000000 00000017 00000002 00000001 00000002 00000001 "
                                        "00000004 00000001 00000004 00000002 00000004 00000003 00000004 00000004";
constexpr std::string_view from_zero = "00000001 00000000 00000017 00000002 00000000 00000004 00000007 00000004 00000008";
constexpr std::string_view empty = "00000000 00000000 00000017";
constexpr std::string_view with_null = "00000002 00000001 00000017 00000001 00000001 00000002 00000001 "
                                       "00000004 00000001 ffffffff";
constexpr std::string_view two_by_three = "00000002 00000000 00000017 00000002 00000001 00000003 00000001 "
                                          "00000004 00000001 00000004 00000002 00000004 00000003 "
                                          "00000004 00000004 00000004 00000005 00000004 00000006";

template <class T>
pgcoro::errc code_of(std::string_view hex) {
    return failure_of([&] { read<T>(oids::int4_array, hex); }).code;
}

errc parse_code(std::string_view text) {
    return failure_of([&] { ints::parse(text); }).code;
}

TEST_CASE("an md_array is read and written with its dimensions and lower bounds") {
    const auto matrix = read<ints>(oids::int4_array, two_by_two);
    CHECK(matrix == ints({{1, 2}, {1, 2}}, {1, 2, 3, 4}));
    CHECK(write(matrix, oids::int4_array) == without_blanks(two_by_two));
    const auto shifted = read<ints>(oids::int4_array, from_zero);
    CHECK(shifted == ints({{0, 2}}, {7, 8}));
    CHECK(shifted != ints({7, 8}));
    CHECK(write(shifted, oids::int4_array) == without_blanks(from_zero));
    CHECK(read<ints>(oids::int4_array, empty).is_empty());
    CHECK(write(ints(), oids::int4_array) == without_blanks(empty));
    const auto nullable = read<optional_ints>(oids::int4_array, with_null);
    CHECK(nullable == optional_ints({{1, 1}, {1, 2}}, {1, std::nullopt}));
    CHECK(write(nullable, oids::int4_array) == without_blanks(with_null));
    CHECK(write(ints({{0, 2}}, {7, 8}), oids::int8_array)
          == without_blanks("00000001 00000000 00000014 00000002 00000000 "
                            "00000008 0000000000000007 00000008 0000000000000008"));
}

TEST_CASE("the system's vectors are read with their lower bound 0") {
    const auto two = read<md_array<std::int16_t>>(22, "00000001 00000000 00000015 00000002 00000000 "
                                                      "00000002 0001 00000002 0002");
    CHECK(two.dimensions() == std::vector<array_dimension>{{0, 2}});
    CHECK_FALSE(codec<md_array<std::int16_t>>::writes(22));
    // oidvector has a dimension even if it is empty.
    CHECK(read<md_array<std::uint32_t>>(30, "00000001 00000000 0000001a 00000000 00000000").is_empty());
    CHECK(read<std::vector<std::uint32_t>>(30, "00000001 00000000 0000001a 00000000 00000000").empty());
}

TEST_CASE("elements of an md_array are found by SQL's subscripts") {
    ints matrix({{1, 2}, {-1, 3}}, {1, 2, 3, 4, 5, 6});
    CHECK(matrix.at(1, -1) == 1);
    CHECK(matrix.at(1, 1) == 3);
    CHECK(matrix.at(2, -1) == 4);
    CHECK(matrix.at(2, 1) == 6);
    matrix.at(2, 0) = 50;
    CHECK(matrix.elements()[4] == 50);
    CHECK(md_array<bool>({true, false}).at(2) == false);
    CHECK(failure_of([&] { (void)matrix.at(0, 0); }).message == "subscript 0 is not in 1 to 2");
    CHECK(failure_of([&] { (void)matrix.at(1, 2); }).message == "subscript 2 is not in -1 to 1");
    CHECK(failure_of([&] { (void)matrix.at(1, -2); }).code == errc::value_out_of_range);
    CHECK(failure_of([&] { (void)matrix.at(1); }).message == "1 subscripts of an array of 2 dimensions");
    CHECK(failure_of([] { (void)ints().at(1); }).code == errc::value_out_of_range);
}

TEST_CASE("an md_array whose dimensions do not fit its elements cannot be made") {
    const auto code = [](std::vector<array_dimension> dimensions, std::vector<int> elements) {
        return failure_of([&] { ints(std::move(dimensions), std::move(elements)); }).code;
    };
    CHECK(code({{1, 2}, {1, 2}}, {1, 2, 3}) == errc::value_out_of_range);
    CHECK(code({{1, 2}}, {1, 2, 3}) == errc::value_out_of_range);
    CHECK(code({}, {1}) == errc::value_out_of_range);
    CHECK(code({{1, -1}, {1, -1}}, {1}) == errc::value_out_of_range);
    CHECK(code({{2147483647, 1}}, {1}) == errc::value_out_of_range);
    CHECK(code({{2147483646, 1}}, {1}) == errc{});
    CHECK(code({{1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}}, {1}) == errc{});
    CHECK(code({{1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}}, {1}) == errc::value_out_of_range);
    // 2^64 elements are not none.
    CHECK(code({{-1, 1 << 30}, {-1, 1 << 30}, {1, 16}}, {}) == errc::value_out_of_range);
    CHECK(ints({{1, 2}, {5, 0}}, {}).dimensions().empty());
    CHECK(ints(std::vector<int>()).dimensions().empty());
}

TEST_CASE("an array is printed as the server prints it") {
    CHECK(fmt::to_string(ints({{1, 2}, {1, 2}}, {1, 2, 3, 4})) == "{{1,2},{3,4}}");
    CHECK(fmt::to_string(ints({{1, 2}, {1, 1}, {1, 2}}, {1, 2, 3, 4})) == "{{{1,2}},{{3,4}}}");
    CHECK(fmt::to_string(ints({{0, 2}}, {7, 8})) == "[0:1]={7,8}");
    CHECK(fmt::to_string(ints({{1, 2}, {-2, 1}}, {7, 8})) == "[1:2][-2:-2]={{7},{8}}");
    CHECK(fmt::to_string(ints()) == "{}");
    CHECK(fmt::to_string(optional_ints({1, std::nullopt})) == "{1,NULL}");
    CHECK(fmt::to_string(words({"a", "", "null", "NuLL", "nul", "a b", "a,b", "{", "\"", "\\", "'", "(x)"}))
          == R"({a,"","null","NuLL",nul,"a b","a,b","{","\"","\\",',(x)})");
    CHECK(fmt::to_string(md_array<bool>({true, false})) == "{t,f}");
    CHECK(fmt::to_string(md_array<double>({1e15, 0.1, -0.0, std::numeric_limits<double>::quiet_NaN()}))
          == "{1e+15,0.1,-0,NaN}");
    CHECK(fmt::to_string(md_array<pgcoro::range<int>>({pgcoro::range<int>::from(1)})) == R"-({"[1,)"})-");
    CHECK(fmt::to_string(md_array<std::chrono::sys_days>({std::chrono::sys_days()})) == "{1970-01-01}");
    CHECK(fmt::to_string(md_array<std::vector<std::byte>>({{std::byte{255}}})) == R"({"\\xff"})");
}

TEST_CASE("what was printed is parsed to the same array") {
    for (const auto& value : {ints({{1, 2}, {1, 2}}, {1, 2, 3, 4}), ints({{0, 2}}, {7, 8}), ints(),
                              ints({{1, 1}, {-5, 1}, {1, 1}, {2, 1}, {1, 1}, {1, 2}}, {-1, 2})})
        CHECK(ints::parse(fmt::to_string(value)) == value);
    const words strings({"a", "", "null", "a b", "a,b", "{", "\"", "\\", "}", " x ", "\t"});
    CHECK(words::parse(fmt::to_string(strings)) == strings);
    const optional_ints nullable({{1, 2}, {1, 2}}, {1, std::nullopt, std::nullopt, 4});
    CHECK(optional_ints::parse(fmt::to_string(nullable)) == nullable);
}

TEST_CASE("arrays are parsed as people write them") {
    CHECK(ints::parse(" { { 1 , 2 } , { \"3\" , 4 } } ") == ints({{1, 2}, {1, 2}}, {1, 2, 3, 4}));
    CHECK(ints::parse("[2]={1,2}") == ints({1, 2}));
    CHECK(ints::parse("[+0:1] = {1,2}") == ints({{0, 2}}, {1, 2}));
    CHECK(ints::parse("{{},{}}").is_empty());
    CHECK(words::parse(R"({a b , \"x , "NULL",\null})") == words({"a b", "\"x", "NULL", "null"}));
    CHECK(md_array<std::optional<std::string>>::parse("{null, \"null\"}").elements()[0] == std::nullopt);
    CHECK(failure_of([] { ints::parse("{null}"); }).code == errc::unexpected_null);
}

TEST_CASE("what is no array is refused") {
    for (const auto text : {"", "1", "{", "}", "{1", "{1,}", "{,1}", "{1}}", "{1}x", "{{1},2}", "{1,{2}}", "{{1,2},{3}}",
                            "{{},{1}}", "{{1},{}}", "{{},1}", "{a}", "{\"1}", "{1\\", "{1\"2\"}", "[0:1]={1}", "[1:2]{1,2}",
                            "[1:0]={}", "[1:]={1}", "[a]={1}", "[1:2={1,2}", "[2147483647:2147483647]={1}",
                            "[-2147483648:2147483646]={1}", "[1][1]={1}", "{{{{{{{1}}}}}}}", "{{{{{{{}}}}}}}",
                            "[1][1][1][1][1][1][1]={1}", "{{1},{{2}}}"}) {
        CAPTURE(text);
        CHECK(parse_code(text) == errc::value_out_of_range);
    }
    CHECK(failure_of([] { ints::parse("{{1,2},{3}}"); }).message
          == "'{{1,2},{3}}' is no array, such as {1,2} or {{a},{NULL}}: its parts differ in size");
    CHECK(ints::parse("{{{{{{1}}}}}}").dimensions().size() == 6);
    CHECK(parse_code(std::string(1'000'000, '{')) == errc::value_out_of_range);
}

TEST_CASE("vectors of vectors are arrays of several dimensions") {
    CHECK(read<rows>(oids::int4_array, two_by_three) == rows{{1, 2, 3}, {4, 5, 6}});
    CHECK(write(rows{{1, 2, 3}, {4, 5, 6}}, oids::int4_array) == without_blanks(two_by_three));
    CHECK(read<rows>(oids::int4_array, empty).empty());
    CHECK(write(rows{}, oids::int4_array) == without_blanks(empty));
    CHECK(write(rows{{}, {}}, oids::int4_array) == without_blanks(empty));
    CHECK(read<optional_rows>(oids::int4_array, with_null) == optional_rows{{1, std::nullopt}});
    CHECK(write(optional_rows{{1, std::nullopt}}, oids::int4_array) == without_blanks(with_null));
    CHECK(read<std::vector<std::array<int, 3>>>(oids::int4_array, two_by_three)
          == std::vector<std::array<int, 3>>{{1, 2, 3}, {4, 5, 6}});
    CHECK(read<std::array<std::vector<int>, 2>>(oids::int4_array, two_by_three)
          == std::array<std::vector<int>, 2>{{{1, 2, 3}, {4, 5, 6}}});
    using fixed = std::array<std::array<int, 3>, 2>;
    CHECK(read<fixed>(oids::int4_array, two_by_three) == fixed{{{1, 2, 3}, {4, 5, 6}}});
    CHECK(write(fixed{{{1, 2, 3}, {4, 5, 6}}}, oids::int4_array) == without_blanks(two_by_three));
    const cube value{{{1, 2}, {3, 4}, {5, 6}}, {{7, 8}, {9, 10}, {11, 12}}};
    const auto bytes = write(value, oids::int4_array);
    CHECK(read<cube>(oids::int4_array, bytes) == value);
    CHECK(fmt::to_string(read<ints>(oids::int4_array, bytes)) == "{{{1,2},{3,4},{5,6}},{{7,8},{9,10},{11,12}}}");
    const deepest six{{{{{{1, 2}}}}}};
    CHECK(read<deepest>(oids::int4_array, write(six, oids::int4_array)) == six);
    CHECK_FALSE(pgcoro::readable<std::vector<deepest>>);
    CHECK_FALSE(pgcoro::writable<std::vector<std::optional<rows>>>);
    CHECK_FALSE(pgcoro::readable<std::vector<std::optional<std::vector<int>>>>);
    CHECK(read<std::vector<std::vector<bool>>>(oids::bool_array, "00000002 00000000 00000010 00000001 00000001 "
                                                                 "00000002 00000001 00000001 01 00000001 00")
          == std::vector<std::vector<bool>>{{true, false}});
    CHECK(codec<rows>::name == "std::vector<std::vector<std::int32_t>>");
    CHECK(codec<cube>::type == oids::int4_array);
    CHECK(pgcoro::borrows<std::vector<std::vector<std::string_view>>>);
}

TEST_CASE("another number of dimensions is refused") {
    const auto flat = failure_of([] { read<rows>(oids::int4_array, from_zero); });
    CHECK(flat.code == errc::type_mismatch);
    CHECK(flat.message == "array of 1 dimension cannot be read into std::vector<std::vector<std::int32_t>>");
    CHECK(code_of<cube>(two_by_two) == errc::type_mismatch);
    CHECK(code_of<std::vector<int>>(two_by_two) == errc::type_mismatch);
    using fixed = std::array<std::array<int, 2>, 2>;
    const auto small = failure_of([] { read<fixed>(oids::int4_array, two_by_three); });
    CHECK(small.code == errc::value_out_of_range);
    CHECK(small.message == "dimension of 3 elements where std::array<std::array<std::int32_t>> holds 2");
    CHECK(code_of<fixed>(empty) == errc::value_out_of_range);
}

TEST_CASE("what is not rectangular is not written") {
    const auto failure = failure_of([] { write(rows{{1, 2}, {3}}, oids::int4_array); });
    CHECK(failure.code == errc::value_out_of_range);
    CHECK(failure.message
          == "std::vector<std::vector<std::int32_t>> of parts that differ in size, 2 and 1: an array is rectangular");
    CHECK(failure_of([] { write(rows{{}, {3}}, oids::int4_array); }).code == errc::value_out_of_range);
    CHECK(failure_of([] { write(cube{{{1}}, {{1}, {2}}}, oids::int4_array); }).code == errc::value_out_of_range);
    CHECK(failure_of([] { write(cube{{{1}}, {{1, 2}}}, oids::int4_array); }).code == errc::value_out_of_range);
}

TEST_CASE("an element of several dimensions is named by its place") {
    const auto null = failure_of([] { read<rows>(oids::int4_array, with_null); });
    CHECK(null.code == errc::unexpected_null);
    CHECK(null.message
          == "element [0][1] is NULL, which std::vector<std::vector<std::int32_t>> cannot hold; use std::optional for "
             "its elements");
    const auto wide = failure_of([] { write(rows{{1, 2}, {3, 70000}}, oids::int2_array); });
    CHECK(wide.message == "element [1][1]: the std::int32_t value does not fit smallint");
    CHECK(failure_of([] { read<std::vector<std::vector<std::int8_t>>>(
                              oids::int4_array, "00000002 00000000 00000017 00000001 00000001 00000002 00000001 "
                                                "00000004 00000001 00000004 00000100"); })
              .message
          == "element [0][1]: value 256 of type integer does not fit std::int8_t");
}

TEST_CASE("hostile dimensions are protocol errors before anything is reserved") {
    for (const auto hex : {
             "00000002 00000000 00000017 7fffffff 00000001 7fffffff 00000001",
             "00000002 00000000 00000017 00010000 00000001 00010000 00000001 00000004 00000001",
             "00000002 00000000 00000017 ffffffff 00000001 ffffffff 00000001 00000004 00000001",
             "00000001 00000000 00000017 00000001 7fffffff 00000004 00000001", // subscripts beyond 32 bits
             "00000001 00000002 00000017 00000001 00000001 00000004 00000001", // flags
             "00000001 ffffffff 00000017 00000001 00000001 00000004 00000001",
             "00000007 00000000 00000017 00000001 00000001 00000001 00000001 00000001 00000001 00000001 00000001 "
             "00000001 00000001 00000001 00000001 00000001 00000001 00000004 00000001",
             "80000000 00000000 00000017",
         }) {
        CAPTURE(hex);
        CHECK(code_of<ints>(hex) == errc::protocol_error);
        CHECK(code_of<optional_ints>(hex) == errc::protocol_error);
        CHECK(code_of<rows>(hex) == errc::protocol_error);
        CHECK(code_of<std::vector<int>>(hex) == errc::protocol_error);
    }
    check_cut_at_every_length<ints>(oids::int4_array, two_by_two);
    check_cut_at_every_length<rows>(oids::int4_array, two_by_three);
    check_cut_at_every_length<optional_ints>(oids::int4_array, with_null);
    check_cut_at_every_length<ints>(oids::int4_array, from_zero);
}

TEST_CASE("md_arrays and vectors of vectors of types that users made are given as literals") {
    CHECK(codec<ints>::format(some_user_type) == pgcoro::wire_format::text);
    CHECK(write_text(words({{1, 2}, {0, 1}}, {"a\"", "NULL"}), some_user_type) == R"([1:2][0:0]={{"a\""},{"NULL"}})");
    CHECK(write_text(optional_rows{{1, std::nullopt}, {3, 4}}, some_user_type) == R"({{"1",NULL},{"3","4"}})");
    CHECK(write_text(words(), some_user_type) == "{}");
    CHECK(write_text(rows{{}}, some_user_type) == "{}");
    const auto failure = failure_of([] { write(words({"ok", std::string("a\0", 2)}), some_user_type); });
    CHECK(failure.code == errc::value_out_of_range);
    CHECK(failure.message.starts_with("element [1]: "));
}

TEST_CASE("equal arrays have equal hashes, and others mostly do not") {
    const auto hash = [](const ints& value) { return std::hash<ints>()(value); };
    CHECK(hash(ints({1, 2})) == hash(ints({{1, 2}}, {1, 2})));
    CHECK(hash(ints({1, 2})) != hash(ints({{0, 2}}, {1, 2})));
    CHECK(hash(ints({1, 2})) != hash(ints({2, 1})));
}

} // namespace types_nd_arrays

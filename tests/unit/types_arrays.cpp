#include <pgcoro/types/types.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <doctest/doctest.h>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "types_support.hpp"

namespace types_arrays_tests {

using namespace types_test;
namespace oids = pgcoro::oids;
using pgcoro::codec;
using pgcoro::errc;

namespace {
using ints = std::vector<std::int32_t>;
using optional_ints = std::vector<std::optional<std::int32_t>>;
using strings = std::vector<std::string>;

enum class mood { sad, happy };

// What array_send of a server gave for {1,NULL,3}, {}, {{1,2},{3,4}} and {7,8}.
constexpr std::string_view with_null = "00000001 00000001 00000017 00000003 00000001 "
                                       "00000004 00000001 ffffffff 00000004 00000003";
constexpr std::string_view empty = "00000000 00000000 00000017";
constexpr std::string_view two_dimensions =
    "00000002 00000000 00000017 00000002 00000001 00000002 00000001 "
    "00000004 00000001 00000004 00000002 00000004 00000003 00000004 00000004";
constexpr std::string_view seven_eight = "00000001 00000000 00000017 00000002 00000001 "
                                         "00000004 00000007 00000004 00000008";
} // namespace

TEST_CASE("arrays are read into vectors") {
    CHECK(read<ints>(oids::int4_array, seven_eight) == ints{7, 8});
    CHECK(read<std::vector<std::int64_t>>(oids::int4_array, seven_eight) == std::vector<std::int64_t>{7, 8});
    CHECK(read<ints>(oids::int4_array, empty).empty());
    CHECK(read<std::vector<bool>>(1000, "00000001 00000000 00000010 00000002 00000001 "
                                        "00000001 01 00000001 00")
          == std::vector<bool>{true, false});
    CHECK(read<strings>(oids::text_array, "00000001 00000000 00000019 00000003 00000001 "
                                          "00000001 61 00000000 00000003 622063")
          == strings{"a", "", "b c"});
    CHECK(read<strings>(oids::jsonb_array, "00000001 00000000 00000eda 00000001 00000001 00000003 01 7b7d")
          == strings{"{}"});
    CHECK(read<std::vector<double>>(oids::float8_array,
                                    "00000001 00000000 000002bd 00000001 00000001 00000008 3ff8000000000000")
          == std::vector<double>{1.5});
}

TEST_CASE("the lower bound of an array is of no account") {
    CHECK(read<ints>(oids::int4_array, "00000001 00000000 00000017 00000002 00000005 "
                                       "00000004 00000007 00000004 00000008")
          == ints{7, 8});
    // int2vector counts from 0.
    CHECK(codec<std::vector<std::int16_t>>::reads(22));
    CHECK_FALSE(codec<std::vector<std::int16_t>>::writes(22));
    CHECK(read<std::vector<std::int16_t>>(22, "00000001 00000000 00000015 00000002 00000000 "
                                              "00000002 0001 00000002 0002")
          == std::vector<std::int16_t>{1, 2});
}

TEST_CASE("NULL elements want std::optional") {
    CHECK(read<optional_ints>(oids::int4_array, with_null) == optional_ints{1, std::nullopt, 3});
    const auto failure = failure_of([] { read<ints>(oids::int4_array, with_null); });
    CHECK(failure.code == errc::unexpected_null);
    CHECK(failure.message
          == "element [1] is NULL, which std::vector<std::int32_t> cannot hold; "
             "use std::optional for its elements");
    const auto in_array = failure_of([] { read<std::array<int, 3>>(oids::int4_array, with_null); });
    CHECK(in_array.code == errc::unexpected_null);
}

TEST_CASE("an array of several dimensions is refused") {
    const auto failure = failure_of([] { read<ints>(oids::int4_array, two_dimensions); });
    CHECK(failure.code == errc::type_mismatch);
    CHECK(failure.message == "array of 2 dimensions cannot be read into std::vector<std::int32_t>");
    CHECK(pgcoro::readable<std::vector<std::vector<std::byte>>>);
}

TEST_CASE("an element type that does not go with the vector is named") {
    CHECK_FALSE(codec<ints>::reads(oids::text_array));
    CHECK_FALSE(codec<ints>::reads(oids::int4));
    CHECK_FALSE(codec<ints>::reads(some_user_type));
    const auto failure = failure_of([] { read<ints>(oids::int4_array, "00000000 00000000 00000019"); });
    CHECK(failure.code == errc::type_mismatch);
    CHECK(failure.message == "elements of type text cannot be read into std::int32_t");
}

TEST_CASE("an element that does not fit is named by its index") {
    const auto failure = failure_of([] {
        read<std::vector<std::int8_t>>(oids::int4_array, "00000001 00000000 00000017 00000002 00000001 "
                                                         "00000004 00000007 00000004 00000100");
    });
    CHECK(failure.code == errc::value_out_of_range);
    CHECK(failure.message == "element [1]: value 256 of type integer does not fit std::int8_t");
}

TEST_CASE("hostile counts and lengths are protocol errors before anything is reserved") {
    for (const auto hex : {
             "",
             "00000001",
             "00000001 00000000 00000017",
             "00000001 00000000 00000017 7fffffff 00000001", // elements that are not there
             "00000001 00000000 00000017 7fffffff 00000001 00000004 00000007",
             "00000001 00000000 00000017 ffffffff 00000001",                   // a negative count
             "ffffffff 00000000 00000017",                                     // negative dimensions
             "00000007 00000000 00000017",                                     // more than the server has
             "00000001 00000000 00000017 00000001 00000001 fffffffe",          // a length that is not NULL's
             "00000001 00000000 00000017 00000001 00000001 7fffffff 00000007", // beyond the end
             "00000001 00000000 00000017 00000001 00000001 00000004 000007",   // cut short
             "00000001 00000000 00000017 00000001 00000001 00000005 0000000007",
             "00000001 00000000 00000017 00000001 00000001 00000004 00000007 00", // surplus
             "00000001 00000000 00000017 00000002 00000001 00000004 00000007",    // one of two
             "00000000 00000000 00000017 00",
         }) {
        CAPTURE(hex);
        CHECK(failure_of([&] { read<ints>(oids::int4_array, hex); }).code == errc::protocol_error);
        CHECK(failure_of([&] { read<optional_ints>(oids::int4_array, hex); }).code == errc::protocol_error);
    }
}

TEST_CASE("a count is refused for what the bytes after it can hold, a length for its own sake") {
    const auto message = [](std::string_view hex) {
        return failure_of([&] { read<ints>(oids::int4_array, hex); }).message;
    };
    CHECK(message("00000001 00000000 00000017 00000003 00000001 00000004 00000007")
          == "array of 3 elements in 8 bytes");
    CHECK(message("00000001 00000000 00000017 ffffffff 00000001") == "array of -1 elements in 0 bytes");
    CHECK(message("00000001 00000000 00000017 00000001 00000001 fffffffe") == "element [0]: length -2");
    CHECK(message("00000001 00000000 00000017 00000001 00000001 00000004 000007")
          == "element [0]: value ends after 3 bytes where 4 more were expected");
}

TEST_CASE("a value of a user's type that is no array is a mismatch") {
    CHECK(codec<strings>::reads(some_user_type));
    CHECK(failure_of([] { read<strings>(some_user_type, "6861707079206461 7973"); }).code
          == errc::type_mismatch);
    CHECK(failure_of([] { read<ints>(oids::int4_array, "7b317d", pgcoro::wire_format::text); }).code
          == errc::type_mismatch);
}

TEST_CASE("a std::array holds as many elements as the SQL array has") {
    CHECK(read<std::array<int, 2>>(oids::int4_array, seven_eight) == std::array{7, 8});
    const auto failure = failure_of([] { read<std::array<int, 3>>(oids::int4_array, seven_eight); });
    CHECK(failure.code == errc::value_out_of_range);
    CHECK(failure.message == "array of 2 elements where std::array<std::int32_t> holds 3");
    CHECK(failure_of([] { read<std::array<int, 1>>(oids::int4_array, seven_eight); }).code
          == errc::value_out_of_range);
    CHECK(read<std::array<int, 0>>(oids::int4_array, empty).empty());
}

TEST_CASE("an array of views borrows") {
    CHECK(pgcoro::borrows<std::vector<std::string_view>>);
    CHECK(pgcoro::borrows<std::array<std::optional<std::string_view>, 2>>);
    CHECK_FALSE(pgcoro::borrows<strings>);
    const auto bytes = bytes_of("00000001 00000000 00000019 00000001 00000001 00000001 61");
    const auto views = codec<std::vector<std::string_view>>::read({bytes, oids::text_array});
    CHECK(static_cast<const void*>(views.at(0).data()) == &bytes.back());
}

TEST_CASE("arrays are written as the server itself sends them") {
    CHECK(write(ints{7, 8}, oids::int4_array) == without_blanks(seven_eight));
    CHECK(write(ints{}, oids::int4_array) == without_blanks(empty));
    CHECK(write(optional_ints{1, std::nullopt, 3}, oids::int4_array) == without_blanks(with_null));
    CHECK(write(optional_ints{7, 8}, oids::int4_array) == without_blanks(seven_eight));
    CHECK(write(std::array{7, 8}, oids::int4_array) == without_blanks(seven_eight));
    const ints values{7, 8};
    CHECK(write(std::span<const std::int32_t>(values), oids::int4_array) == without_blanks(seven_eight));
    CHECK(write(std::vector<bool>{true}, oids::bool_array)
          == without_blanks("00000001 00000000 00000010 00000001 00000001 00000001 01"));
    CHECK(write(std::vector<std::string_view>{"a", ""}, oids::varchar_array)
          == without_blanks("00000001 00000000 00000413 00000002 00000001 00000001 61 00000000"));
    CHECK(write(std::vector<const char*>{"{}"}, oids::jsonb_array)
          == without_blanks("00000001 00000000 00000eda 00000001 00000001 00000003 01 7b7d"));
}

TEST_CASE("elements take the element type of the parameter") {
    CHECK(write(ints{7}, oids::int8_array)
          == without_blanks("00000001 00000000 00000014 00000001 00000001 00000008 0000000000000007"));
    const auto failure = failure_of([] { write(ints{1, 70000}, oids::int2_array); });
    CHECK(failure.code == errc::value_out_of_range);
    CHECK(failure.message == "element [1]: the std::int32_t value does not fit smallint");
    CHECK_FALSE(codec<ints>::writes(oids::text_array));
    CHECK_FALSE(codec<ints>::writes(oids::int4));
    CHECK_FALSE(codec<strings>::writes(oids::int4_array));
    CHECK(codec<ints>::format(oids::int4_array) == pgcoro::wire_format::binary);
}

TEST_CASE("arrays of types that users made are given as literals") {
    CHECK(codec<strings>::writes(some_user_type));
    CHECK(codec<strings>::format(some_user_type) == pgcoro::wire_format::text);
    CHECK(write_text(std::vector{mood::happy, mood::sad}, some_user_type) == R"({"happy","sad"})");
    CHECK(write_text(strings{}, some_user_type) == "{}");
    CHECK(write_text(strings{"", "NULL", "a\"b\\c", "{,}", "\\\\"}, some_user_type)
          == R"({"","NULL","a\"b\\c","{,}","\\\\"})");
    CHECK(write_text(std::vector<std::optional<std::string>>{std::nullopt, "x"}, some_user_type)
          == R"({NULL,"x"})");
    CHECK(write_text(ints{1, -2}, some_user_type) == R"({"1","-2"})");
    const auto failure = failure_of([] { write(strings{"ok", std::string("a\0", 2)}, some_user_type); });
    CHECK(failure.code == errc::value_out_of_range);
    CHECK(failure.message.starts_with("element [1]: "));
}

TEST_CASE("arrays of SQL enums are read by their labels") {
    CHECK(read<std::vector<mood>>(some_user_type,
                                  "00000001 00000000 00004000 00000001 00000001 00000003 736164")
          == std::vector{mood::sad});
}

TEST_CASE("array types belong to their element types in both directions") {
    using namespace pgcoro::types;
    for (const auto& [array, element] : array_types) {
        CHECK(element_type_of(array) == element);
        if (!is_system_vector(array)) CHECK(array_type_of(element) == array);
    }
    CHECK(element_type_of(oids::int4) == 0);
    CHECK(element_type_of(0) == 0);
    CHECK(array_type_of(oids::void_) == 0);
    CHECK(codec<ints>::type == oids::int4_array);
    CHECK(codec<std::vector<std::chrono::sys_time<std::chrono::microseconds>>>::type
          == oids::timestamptz_array);
    CHECK(codec<optional_ints>::name == "std::vector<std::optional<std::int32_t>>");
    CHECK(codec<std::span<const std::string>>::name == "std::span<const std::string>");
}

} // namespace types_arrays_tests

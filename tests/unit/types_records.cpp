#include <pgcoro/mapping/decode.hpp>
#include <pgcoro/mapping/parameters.hpp>
#include <pgcoro/types/types.hpp>

#include <cstdint>
#include <doctest/doctest.h>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "types_support.hpp"

namespace types_records {

using namespace types_test;
namespace oids = pgcoro::oids;
using pgcoro::codec;
using pgcoro::errc;

using one_word = std::tuple<int, std::string>;
using with_null = std::tuple<int, std::string, std::optional<int>>;
using nested = std::tuple<int, one_word>;
using records = std::vector<one_word>;
using number_or_word = std::variant<int, std::string>;

struct row_with_record {
    int id;
    one_word record;
};

// What record_send of a server gave for row(1,'a',null), row(1,'a'::text) and row(2,row(1,'a'::text)).
constexpr std::string_view one_a_null = "00000003 00000017 00000004 00000001 000002c1 00000001 61 000002c1 ffffffff";
constexpr std::string_view one_a = "00000002 00000017 00000004 00000001 00000019 00000001 61";
constexpr std::string_view two_one_a = "00000002 00000017 00000004 00000002 000008c9 00000019 "
                                       "00000002 00000017 00000004 00000001 00000019 00000001 61";

template <class T>
failure reading(std::string_view hex, pgcoro::oid column = oids::record) {
    return failure_of([&] { read<T>(column, hex); });
}

TEST_CASE("records are read into tuples and pairs") {
    CHECK(read<one_word>(oids::record, one_a) == one_word(1, "a"));
    CHECK(read<std::pair<int, std::string>>(oids::record, one_a) == std::pair(1, std::string("a")));
    CHECK(read<std::tuple<std::int64_t, std::string>>(oids::record, one_a) == std::tuple(std::int64_t{1}, "a"));
    CHECK(read<nested>(oids::record, two_one_a) == nested(2, one_word(1, "a")));
    CHECK(codec<with_null>::name == "std::tuple<std::int32_t, std::string, std::optional<std::int32_t>>");
    CHECK(codec<std::pair<int, one_word>>::name
          == "std::pair<std::int32_t, std::tuple<std::int32_t, std::string>>");
    CHECK(pgcoro::borrows<std::tuple<int, std::string_view>>);
    CHECK(pgcoro::borrows<std::pair<int, std::optional<std::string_view>>>);
    CHECK_FALSE(pgcoro::borrows<one_word>);
}

TEST_CASE("a record of a single record is read as such") {
    using single = std::tuple<std::tuple<int>>;
    CHECK(read<single>(oids::record, "00000001 000008c9 00000010 00000001 00000017 00000004 00000007")
          == single(std::tuple(7)));
}

TEST_CASE("composites are read as records are") {
    CHECK(codec<one_word>::reads(some_user_type));
    CHECK(read<one_word>(some_user_type, one_a) == one_word(1, "a"));
    CHECK(reading<one_word>("6861707079206461 7973", some_user_type).code == errc::type_mismatch); // an enum's label
    for (const auto type : {oids::int4, oids::text, oids::int4_array, pgcoro::oid{2287}})
        CHECK_FALSE(codec<one_word>::reads(type));
}

TEST_CASE("NULL fields want std::optional, and NULL as a literal has no type") {
    CHECK(read<with_null>(oids::record, one_a_null) == with_null(1, "a", std::nullopt));
    const auto null = reading<std::tuple<int, std::string, int>>(one_a_null);
    CHECK(null.code == errc::unexpected_null);
    CHECK(null.message
          == "field 3 is NULL, which std::tuple<std::int32_t, std::string, std::int32_t> cannot hold; use "
             "std::optional for it");
    // A NULL of another type is not for this field.
    CHECK(reading<std::tuple<std::optional<int>>>("00000001 00000019 ffffffff").code == errc::type_mismatch);
    CHECK(read<std::tuple<std::optional<int>>>(oids::record, "00000001 00000017 ffffffff")
          == std::tuple(std::optional<int>()));
}

TEST_CASE("a field that does not go with the tuple is named by its number") {
    const auto type = reading<std::tuple<int, int>>(one_a);
    CHECK(type.code == errc::type_mismatch);
    CHECK(type.message == "field 2 is text, which cannot be read into std::int32_t");
    const auto value = reading<std::tuple<std::int8_t>>("00000001 00000017 00000004 00000100");
    CHECK(value.code == errc::value_out_of_range);
    CHECK(value.message == "field 1: value 256 of type integer does not fit std::int8_t");
    const auto inner = reading<std::tuple<int, std::tuple<int, int>>>(two_one_a);
    CHECK(inner.message == "field 2: field 2 is text, which cannot be read into std::int32_t");
    const auto count = reading<std::tuple<int>>(one_a);
    CHECK(count.code == errc::type_mismatch);
    CHECK(count.message == "record of 2 fields cannot be read into std::tuple<std::int32_t>, which has 1");
    CHECK(reading<std::tuple<int>>("00000000").message
          == "record of 0 fields cannot be read into std::tuple<std::int32_t>, which has 1");
    CHECK(failure_of([] { read<one_word>(oids::record, "28312c6129", pgcoro::wire_format::text); }).code
          == errc::type_mismatch);
}

TEST_CASE("hostile records are protocol errors") {
    check_cut_at_every_length<one_word>(oids::record, one_a);
    check_cut_at_every_length<with_null>(oids::record, one_a_null);
    check_cut_at_every_length<nested>(oids::record, two_one_a);
    for (const auto hex : {"ffffffff", "7fffffff 00000017 00000004 00000001", "80000000",
                           "00000002 00000017 fffffffe 00000019 00000001 61", "00000002 00000017 7fffffff 00000019",
                           "00000002 00000017 00000003 000001 00000019 00000001 61"}) {
        CAPTURE(hex);
        CHECK(reading<one_word>(hex).code == errc::protocol_error);
    }
    CHECK(reading<one_word>("7fffffff 00").message == "record of 2147483647 fields in 1 bytes");
}

TEST_CASE("arrays of records are vectors of tuples") {
    constexpr std::string_view array = "00000001 00000001 000008c9 00000002 00000001 "
                                       "00000019 00000002 00000017 00000004 00000001 00000019 00000001 61 ffffffff";
    using nullable = std::vector<std::optional<one_word>>;
    CHECK(codec<records>::type == 2287);
    CHECK(codec<records>::reads(2287));
    CHECK(codec<records>::reads(some_user_type));
    CHECK(read<nullable>(2287, array) == nullable{one_word(1, "a"), std::nullopt});
    CHECK(failure_of([&] { read<records>(2287, array); }).code == errc::unexpected_null);
    CHECK(reading<std::vector<std::optional<std::tuple<int, int>>>>(array, 2287).message
          == "element [0]: field 2 is text, which cannot be read into std::int32_t");
}

TEST_CASE("records are no parameters") {
    CHECK(pgcoro::readable<one_word>);
    CHECK_FALSE(pgcoro::writable<one_word>);
    CHECK_FALSE(pgcoro::writable<records>);
    CHECK_FALSE(pgcoro::query_argument<one_word>);
    CHECK_FALSE(pgcoro::readable<std::tuple<>>);
    CHECK_FALSE(pgcoro::readable<std::tuple<int, int*>>);
}

TEST_CASE("a tuple as the whole row stays a row, and within one it is a record") {
    using namespace pgcoro::row_mapping;
    CHECK(shape_of<one_word>() == row_shape::tuple);
    CHECK(shape_of<std::pair<int, std::string>>() == row_shape::tuple);
    CHECK(shape_of<nested>() == row_shape::tuple);
    CHECK(shape_of<row_with_record>() == row_shape::structure);
    CHECK(shape_of<records>() == row_shape::scalar);
    CHECK(row_fields<one_word>::count == 2);
    CHECK(pgcoro::row_type<one_word>);
    CHECK(pgcoro::row_type<nested>);
    CHECK(pgcoro::row_type<row_with_record>);
    CHECK(pgcoro::row_type<std::tuple<std::optional<one_word>>>);
    CHECK_FALSE(pgcoro::row_type<std::optional<one_word>>);
    const std::vector<pgcoro::column_info> two{{"id", oids::int4}, {"record", oids::record}};
    CHECK(pgcoro::make_column_plan<nested>(two, "").size() == 2);
    CHECK(pgcoro::make_column_plan<row_with_record>(two, "").size() == 2);
    CHECK_THROWS_AS(pgcoro::make_column_plan<one_word>(two, ""), pgcoro::error);
}

TEST_CASE("a variant takes the first alternative that reads the type") {
    CHECK(read<number_or_word>(oids::int4, "00000007") == number_or_word(7));
    CHECK(read<number_or_word>(oids::text, "61") == number_or_word("a"));
    CHECK(read<std::variant<double, int>>(oids::int4, "00000007").index() == 0);
    CHECK(read<std::variant<int, double>>(oids::int4, "00000007").index() == 0);
    CHECK(read<std::variant<int, int>>(oids::int4, "00000007").index() == 0);
    CHECK_FALSE(codec<number_or_word>::reads(oids::uuid));
    CHECK(read<std::tuple<number_or_word, number_or_word>>(oids::record, one_a)
          == std::tuple(number_or_word(1), number_or_word("a")));
    CHECK(codec<number_or_word>::name == "std::variant<std::int32_t, std::string>");
    CHECK(pgcoro::borrows<std::variant<int, std::string_view>>);
    CHECK(failure_of([] { read<std::variant<int>>(oids::int4, "07"); }).code == errc::protocol_error);
}

TEST_CASE("a variant gives the alternative that it holds") {
    CHECK(write(number_or_word(7), oids::int8) == "0000000000000007");
    CHECK(write_text(number_or_word("a"), oids::text) == "a");
    CHECK(codec<number_or_word>::writes(oids::int4));
    CHECK_FALSE(codec<number_or_word>::writes(oids::uuid));
    const auto failure = failure_of([] { write(number_or_word("a"), oids::int4); });
    CHECK(failure.code == errc::type_mismatch);
    CHECK(failure.message == "std::string cannot be given for integer");
    CHECK(codec<number_or_word>::format(some_user_type) == pgcoro::wire_format::text);
    CHECK(write_text(number_or_word(7), some_user_type) == "7");
    CHECK(write(std::vector<number_or_word>{7}, oids::int4_array)
          == without_blanks("00000001 00000000 00000017 00000001 00000001 00000004 00000007"));
    CHECK_FALSE(pgcoro::writable<std::variant<int, one_word>>);
    CHECK(pgcoro::readable<std::variant<int, one_word>>);
}

} // namespace types_records

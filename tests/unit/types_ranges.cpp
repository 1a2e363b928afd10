#include <pgcoro/types/types.hpp>

#include <chrono>
#include <compare>
#include <cstdint>
#include <doctest/doctest.h>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "types_support.hpp"

namespace types_ranges {

using namespace types_test;
using namespace std::chrono;
namespace oids = pgcoro::oids;
using pgcoro::codec;
using pgcoro::errc;
using pgcoro::multirange;
using pgcoro::range;

using ints = range<int>;
using words = range<std::string>;
using days_range = range<sys_days>;
using moments = range<sys_time<microseconds>>;
using int_set = multirange<int>;

// What range_send and multirange_send of a server gave for [1,5), (,5), [1,), (,), {[1,3),[5,8)}.
constexpr std::string_view one_to_five = "02 00000004 00000001 00000004 00000005";
constexpr std::string_view until_five = "08 00000004 00000005";
constexpr std::string_view two_parts = "00000002 00000011 02 00000004 00000001 00000004 00000003 "
                                       "00000011 02 00000004 00000005 00000004 00000008";

template <class T>
errc code_of(pgcoro::oid column, std::string_view hex) {
    return failure_of([&] { read<T>(column, hex); }).code;
}

template <class T>
std::string message_of(std::string_view text) {
    return failure_of([&] { T::parse(text); }).message;
}

TEST_CASE("a range contains what lies between its bounds") {
    CHECK(ints::closed_open(1, 5).contains(1));
    CHECK(ints::closed_open(1, 5).contains(4));
    CHECK_FALSE(ints::closed_open(1, 5).contains(5));
    CHECK_FALSE(ints::closed_open(1, 5).contains(0));
    CHECK(ints::closed(1, 5).contains(5));
    CHECK_FALSE(ints::open(1, 5).contains(1));
    CHECK(ints::open_closed(1, 5).contains(5));
    CHECK_FALSE(ints::open_closed(1, 5).contains(1));
    CHECK(ints::from(1).contains(1));
    CHECK_FALSE(ints::after(1).contains(1));
    CHECK(ints::after(1).contains(2147483647));
    CHECK_FALSE(ints::until(5).contains(5));
    CHECK(ints::through(5).contains(5));
    CHECK(ints::all().contains(-2147483647 - 1));
    CHECK_FALSE(ints::empty().contains(0));
}

TEST_CASE("a range contains the ranges within it") {
    const auto outer = ints::closed_open(1, 5);
    CHECK(outer.contains(outer));
    CHECK(outer.contains(ints::open(1, 5)));
    CHECK_FALSE(outer.contains(ints::closed(1, 5)));
    CHECK_FALSE(ints::open(1, 5).contains(outer));
    CHECK(outer.contains(ints::empty()));
    CHECK(ints::empty().contains(ints::empty()));
    CHECK_FALSE(ints::empty().contains(outer));
    CHECK(ints::all().contains(ints::from(3)));
    CHECK_FALSE(ints::from(3).contains(ints::all()));
    CHECK_FALSE(outer.contains(ints::until(3)));
}

TEST_CASE("bounds that hold no value make the empty range, and the wrong order none") {
    CHECK(ints::closed_open(1, 1).is_empty());
    CHECK(ints::open(1, 1).is_empty());
    CHECK(ints::open_closed(1, 1) == ints::empty());
    CHECK_FALSE(ints::closed(1, 1).is_empty());
    CHECK(ints() == ints::empty());
    CHECK(failure_of([] { ints::closed(2, 1); }).code == errc::value_out_of_range);
}

TEST_CASE("an infinite bound is not there and never inclusive") {
    const auto from = ints::bounded(1, true, std::nullopt, true);
    CHECK(from == ints::from(1));
    CHECK(from.lower() == 1);
    CHECK(from.upper() == std::nullopt);
    CHECK(from.upper_infinite());
    CHECK_FALSE(from.upper_inclusive());
    CHECK_FALSE(from.lower_infinite());
    CHECK(from.lower_inclusive());
    CHECK_FALSE(ints::empty().lower_infinite());
    CHECK_FALSE(ints::empty().upper_infinite());
    CHECK_FALSE(ints::all() == ints::empty());
}

TEST_CASE("ranges have the server's order") {
    const std::vector<ints> ordered{ints::empty(),           ints::until(3),        ints::through(3), ints::all(),
                                    ints::closed_open(1, 5), ints::closed(1, 5),    ints::from(1),    ints::open(1, 5),
                                    ints::open_closed(1, 5), ints::closed_open(2, 3)};
    for (std::size_t i = 0; i < ordered.size(); ++i)
        for (std::size_t j = 0; j < ordered.size(); ++j) {
            CAPTURE(i);
            CAPTURE(j);
            CHECK((ordered[i] <=> ordered[j]) == (i <=> j));
            CHECK((ordered[i] == ordered[j]) == (i == j));
        }
}

TEST_CASE("equal ranges have equal hashes") {
    const std::unordered_set<ints> set{ints::closed(1, 5), ints::closed(1, 5), ints::closed_open(1, 5), ints::empty()};
    CHECK(set.size() == 3);
    CHECK(std::hash<int_set>()(int_set({ints::from(3), ints::until(1)}))
          == std::hash<int_set>()(int_set({ints::until(1), ints::from(3)})));
}

TEST_CASE("a range is printed as the server prints it") {
    CHECK(fmt::to_string(ints::closed_open(1, 5)) == "[1,5)");
    CHECK(fmt::to_string(ints::open_closed(-1, 5)) == "(-1,5]");
    CHECK(fmt::to_string(ints::empty()) == "empty");
    CHECK(fmt::to_string(ints::all()) == "(,)");
    CHECK(fmt::to_string(ints::from(1)) == "[1,)");
    CHECK(fmt::format("{:>8}|", ints::through(1)) == "    (,1]|");
    CHECK(fmt::to_string(words::closed("a", "b c")) == R"([a,"b c"])");
    CHECK(fmt::to_string(words::closed("", "x\"y\\z")) == R"(["","x""y\\z"])");
    CHECK(fmt::to_string(words::open("(", "[")) == R"(("(","["))");
    CHECK(fmt::to_string(words::open("a,b", "b)")) == R"-(("a,b","b)"))-");
    CHECK(fmt::to_string(range<double>::closed(-0.5, 1e15)) == "[-0.5,1e+15]");
    CHECK(fmt::to_string(range<float>::closed(1e-5f, 1e6f)) == "[1e-05,1e+06]");
    CHECK(fmt::to_string(range<double>::closed(0.0001, 123456789012345)) == "[0.0001,123456789012345]");
    CHECK(fmt::to_string(range<bool>::closed(false, true)) == "[f,t]");
}

TEST_CASE("digits that lie half-way to the next number are not enough for the server") {
    CHECK(pgcoro::types::real_text(33040004416068968.0) == "3.3040004416068968e+16");
    CHECK(pgcoro::types::real_text(-39309919240054304.0) == "-3.9309919240054304e+16");
    CHECK(pgcoro::types::real_text(57467183648619672.0) == "5.746718364861967e+16");
    CHECK(pgcoro::types::real_text(1e16) == "1e+16");
    CHECK(pgcoro::types::real_text(1e22) == "1e+22");
    CHECK(pgcoro::types::real_text(9007199254740992.0) == "9.007199254740992e+15");
    CHECK(pgcoro::types::real_text(5e-324) == "5e-324");
    CHECK(pgcoro::types::real_text(1.7976931348623157e308) == "1.7976931348623157e+308");
}

TEST_CASE("bounds of date and time are printed in ISO style") {
    CHECK(fmt::to_string(days_range::closed_open(2024y / 2 / 29, 2024y / 3 / 1)) == "[2024-02-29,2024-03-01)");
    CHECK(fmt::to_string(range<year_month_day>::from(year(-43) / 3 / 15)) == R"(["0044-03-15 BC",))");
    CHECK(fmt::to_string(days_range::closed(sys_days::min(), sys_days::max())) == "[-infinity,infinity]");
    const auto noon = sys_days(2024y / 2 / 29) + hours(12);
    CHECK(fmt::to_string(moments::closed(noon, noon + microseconds(500000)))
          == R"(["2024-02-29 12:00:00+00","2024-02-29 12:00:00.5+00"])");
    CHECK(fmt::to_string(moments::until(moments::value_type::max())) == "(,infinity)");
    CHECK(fmt::to_string(range<local_seconds>::from(local_days(year(0) / 1 / 1) + seconds(10)))
          == R"(["0001-01-01 00:00:10 BC",))");
}

TEST_CASE("what was printed is parsed to the same range") {
    for (const auto& value : {ints::closed_open(1, 5), ints::open(-3, 7), ints::empty(), ints::all(), ints::from(2),
                              ints::through(-1), ints::closed(0, 0)})
        CHECK(ints::parse(fmt::to_string(value)) == value);
    for (const auto& value : {words::closed("", "x\"y\\z"), words::open("(", "["), words::closed("a", "b c"),
                              words::from(",)"), words::until("NULL"), words::all()})
        CHECK(words::parse(fmt::to_string(value)) == value);
    CHECK(range<double>::parse("[-1.5,Infinity]").upper() == std::numeric_limits<double>::infinity());
}

TEST_CASE("ranges are parsed as people write them") {
    CHECK(ints::parse(" [1,5) ") == ints::closed_open(1, 5));
    CHECK(ints::parse("[ +1 , 5 )") == ints::closed_open(1, 5));
    CHECK(ints::parse("(\"1\",5]") == ints::open_closed(1, 5));
    CHECK(ints::parse("Empty ") == ints::empty());
    CHECK(ints::parse("[,5]") == ints::through(5));
    CHECK(words::parse(R"([a\,b,"c\"d"])") == words::closed("a,b", "c\"d"));
    CHECK(words::parse(R"(["",])") == words::from(""));
    CHECK(words::parse("[a b,c d)") == words::closed_open("a b", "c d")); // blanks are part of a bound
}

TEST_CASE("ranges of dates, times and spans are parsed as the server prints them") {
    CHECK(days_range::parse("[2000-01-02,2000-03-01)") == days_range::closed_open(sys_days(2000y / 1 / 2), sys_days(2000y / 3 / 1)));
    CHECK(moments::parse("[\"290279-12-22 19:59:05.290559+00 BC\",)").lower_inclusive()); // of the least numbers
    CHECK(days_range::parse("[-infinity,infinity)") == days_range::closed_open(sys_days::min(), sys_days::max()));
    CHECK(range<std::chrono::year_month_day>::parse("[\"0044-03-15 BC\",)") == range<std::chrono::year_month_day>::from(std::chrono::year(-43) / 3 / 15));
    const auto noon = sys_days(2024y / 2 / 29) + std::chrono::hours(12) + microseconds(5);
    CHECK(moments::parse("[\"2024-02-29 12:00:00.000005+00\",)") == moments::from(noon));
    CHECK(moments::parse("[\"2024-02-29 17:30:00.000005+05:30\",infinity]") == moments::closed(noon, moments::value_type::max()));
    using local = local_time<microseconds>;
    CHECK(range<local>::parse("(,\"2024-02-29 24:00:00\")") == range<local>::until(local((sys_days(2024y / 3 / 1)).time_since_epoch())));
    CHECK(multirange<sys_days>::parse("{[2000-01-01,2000-01-02),[2001-01-01,)}").ranges().size() == 2);
    CHECK(range<std::chrono::seconds>::parse("[00:00:01,\"1 day 00:00:01\")")
          == range<std::chrono::seconds>::closed_open(std::chrono::seconds(1), std::chrono::seconds(86401)));
    for (const auto text : {"[2000-02-30,)", "[2001-02-29,)", "[2000-1x-01,)", "[01-02-2000,)", "[02-01-0005,)", "[0000-01-01,)",
                            "[2000-01-01 12:00,)", "[9999999-01-01,)", "[\"2000-01-01 XC\",)", "[,infinit)", "[2000-13-01,)", "[\"\",)"})
        CHECK_MESSAGE(failure_of([&] { days_range::parse(text); }).code == errc::value_out_of_range, text);
    CHECK(message_of<moments>("[\"2024-02-29 12:00:00\",)")
          == "\"2024-02-29 12:00:00\" is no timestamp with time zone in range, such as \"2024-02-29 12:34:56.789+00\"");
    CHECK(message_of<range<std::chrono::sys_seconds>>("[\"2024-02-29 12:00:00.5+00\",)")
          == "timestamp with time zone value 2024-02-29 12:00:00.500000+00 is more precise than std::chrono::sys_time");
}

TEST_CASE("what is no range is refused with what was expected") {
    for (const auto text : {"", "1,5", "[1,5", "[1 5)", "[1,2,3)", "[1,5)x", "empt", "emptyx", "(\"1,5)", "[1,5\\",
                            "[1", "[", "[a,b)", "[1.5,2)", "[1,99999999999)", "[5,1)", "[--1,2)", "[+-1,2)"}) {
        CAPTURE(text);
        CHECK(failure_of([&] { ints::parse(text); }).code == errc::value_out_of_range);
    }
    CHECK(message_of<ints>("[1;5)") == "'[1;5)' is no range: expected [lower,upper), with ( or [ and ) or ], or empty");
    CHECK(message_of<ints>("[a,5)") == "'a' is no value of std::int32_t");
    CHECK(message_of<int_set>("[1,5)") == "'[1,5)' is no multirange: expected {range,...}, such as {[1,3),[5,8)}");
}

TEST_CASE("ranges are read and written in the server's binary form") {
    CHECK(read<ints>(oids::int4range, one_to_five) == ints::closed_open(1, 5));
    CHECK(read<ints>(oids::int4range, until_five) == ints::until(5));
    CHECK(read<ints>(oids::int4range, "01") == ints::empty());
    CHECK(read<ints>(oids::int4range, "18") == ints::all());
    CHECK(read<ints>(oids::int4range, "0c 00000004 00000005") == ints::through(5));
    CHECK(read<ints>(oids::int4range, "12 00000004 00000001") == ints::from(1));
    CHECK(read<ints>(oids::int4range, "00 00000004 00000001 00000004 00000005") == ints::open(1, 5));
    CHECK(read<ints>(oids::int4range, "06 00000004 00000001 00000004 00000005") == ints::closed(1, 5));
    for (const auto& value : {ints::closed_open(1, 5), ints::closed(1, 5), ints::open(1, 5), ints::open_closed(1, 5),
                              ints::from(1), ints::after(1), ints::until(1), ints::through(1), ints::all(),
                              ints::empty()}) {
        CAPTURE(fmt::to_string(value));
        CHECK(read<ints>(oids::int4range, write(value, oids::int4range)) == value);
    }
    CHECK(write(ints::closed_open(1, 5), oids::int4range) == without_blanks(one_to_five));
    CHECK(write(ints::closed_open(1, 5), oids::int8range)
          == without_blanks("02 00000008 0000000000000001 00000008 0000000000000005"));
    CHECK(write(days_range::from(sys_days(2000y / 1 / 2)), oids::daterange) == without_blanks("12 00000004 00000001"));
}

TEST_CASE("flags that no server sends are protocol errors") {
    for (const auto flags : {"03", "05", "09", "11", "1f", "20", "40", "80", "a2", "ff"}) {
        CAPTURE(flags);
        CHECK(code_of<ints>(oids::int4range, flags) == errc::protocol_error);
    }
    CHECK(code_of<ints>(oids::int4range, "0a 00000004 00000005") == errc::protocol_error);
    CHECK(code_of<ints>(oids::int4range, "14 00000004 00000005") == errc::protocol_error);
}

TEST_CASE("hostile ranges are protocol errors") {
    check_cut_at_every_length<ints>(oids::int4range, one_to_five);
    check_cut_at_every_length<ints>(oids::int4range, until_five);
    check_cut_at_every_length<int_set>(oids::int4multirange, two_parts);
    for (const auto hex : {"02 ffffffff 00000004 00000005", "02 80000000", "02 7fffffff 00000001",
                           "02 00000003 000001 00000004 00000005", "02 00000004 00000006 00000004 00000005"}) {
        CAPTURE(hex);
        CHECK(code_of<ints>(oids::int4range, hex) == errc::protocol_error);
    }
    CHECK(failure_of([] { read<ints>(oids::int4range, "02 00000003 000001 00000004 00000005"); }).message
          == "lower bound: value of 3 bytes where integer takes 4");
}

TEST_CASE("a bound that does not fit is named") {
    const auto reading =
        failure_of([] { read<range<std::int8_t>>(oids::int4range, "02 00000004 00000001 00000004 00000100"); });
    CHECK(reading.code == errc::value_out_of_range);
    CHECK(reading.message == "upper bound: value 256 of type integer does not fit std::int8_t");
    const auto writing =
        failure_of([] { write(range<std::int64_t>::from(std::int64_t{1} << 40), oids::int4range); });
    CHECK(writing.code == errc::value_out_of_range);
    CHECK(writing.message == "lower bound: the std::int64_t value does not fit integer");
}

TEST_CASE("ranges go with the types whose bounds their codec knows") {
    CHECK(codec<ints>::reads(oids::int4range));
    CHECK(codec<ints>::reads(oids::int8range));
    for (const auto type : {oids::daterange, oids::int4multirange, oids::int4, some_user_type, oids::tsrange}) {
        CHECK_FALSE(codec<ints>::reads(type));
        if (type != some_user_type) CHECK_FALSE(codec<ints>::writes(type));
    }
    CHECK(codec<moments>::reads(oids::tstzrange));
    CHECK_FALSE(codec<moments>::reads(oids::tsrange));
    CHECK(codec<range<local_time<microseconds>>>::reads(oids::tsrange));
    CHECK(codec<days_range>::reads(oids::daterange));
    CHECK(codec<int_set>::reads(oids::int8multirange));
    CHECK_FALSE(codec<int_set>::reads(oids::int4range));
    CHECK(codec<ints>::type == oids::int4range);
    CHECK(codec<range<std::int16_t>>::type == oids::int4range);
    CHECK(codec<range<std::int64_t>>::type == oids::int8range);
    CHECK(codec<moments>::type == oids::tstzrange);
    CHECK(codec<multirange<sys_days>>::type == oids::datemultirange);
    CHECK(codec<words>::type == 0);
    CHECK(codec<ints>::name == "pgcoro::range<std::int32_t>");
    CHECK(codec<multirange<std::string>>::name == "pgcoro::multirange<std::string>");
    CHECK(codec<std::vector<ints>>::type == 3905);
    CHECK(codec<std::vector<int_set>>::type == 6150);
    CHECK(code_of<ints>(oids::daterange, one_to_five) == errc::type_mismatch);
    CHECK(failure_of([] { read<ints>(oids::int4range, "5b312c3529", pgcoro::wire_format::text); }).code
          == errc::type_mismatch);
}

TEST_CASE("ranges of types that users made are given as text") {
    CHECK(codec<words>::writes(some_user_type));
    CHECK(codec<words>::format(some_user_type) == pgcoro::wire_format::text);
    CHECK(write_text(words::closed("a b", "c\"d"), some_user_type) == R"(["a b","c""d"])");
    CHECK(write_text(range<double>::until(0.5), some_user_type) == "(,0.5)");
    CHECK(write_text(words::empty(), some_user_type) == "empty");
    CHECK(write_text(multirange<double>({range<double>::closed(1, 2), range<double>::from(3)}), some_user_type)
          == "{[1,2],[3,)}");
    CHECK(write_text(std::vector<ints>{ints::closed(1, 2)}, some_user_type) == R"({"[1,2]"})");
    const auto failure = failure_of([] { write(words::until(std::string("a\0", 2)), some_user_type); });
    CHECK(failure.code == errc::value_out_of_range);
    CHECK(failure.message.starts_with("upper bound: "));
}

TEST_CASE("a multirange puts its ranges in order and together") {
    CHECK(fmt::to_string(int_set({ints::closed_open(5, 8), ints::closed_open(1, 3)})) == "{[1,3),[5,8)}");
    CHECK(fmt::to_string(int_set({ints::closed_open(1, 3), ints::closed_open(3, 8)})) == "{[1,8)}");
    CHECK(fmt::to_string(int_set({ints::closed_open(1, 3), ints::open(3, 8)})) == "{[1,3),(3,8)}");
    CHECK(fmt::to_string(int_set({ints::closed(1, 3), ints::open(3, 8)})) == "{[1,8)}");
    CHECK(fmt::to_string(int_set({ints::from(3), ints::until(5), ints::closed(10, 20)})) == "{(,)}");
    CHECK(fmt::to_string(int_set({ints::closed(1, 9), ints::closed(2, 3), ints::closed(8, 10)})) == "{[1,10]}");
    CHECK(fmt::to_string(int_set({ints::empty(), ints::empty()})) == "{}");
    CHECK(int_set({ints::empty()}).is_empty());
    CHECK(int_set({ints::until(1), ints::from(5)}).contains(5));
    CHECK_FALSE(int_set({ints::until(1), ints::from(5)}).contains(1));
    CHECK(int_set({ints::until(1), ints::from(5)}).contains(ints::closed(6, 7)));
    CHECK_FALSE(int_set({ints::until(1), ints::from(5)}).contains(ints::closed(0, 7)));
    CHECK(int_set().contains(ints::empty()));
    CHECK(std::is_lt(int_set({ints::from(1)}) <=> int_set({ints::from(2)})));
    CHECK(std::is_lt(int_set() <=> int_set({ints::from(2)})));
}

TEST_CASE("multiranges are parsed as the server prints them") {
    CHECK(int_set::parse("{[1,3),[5,8)}") == int_set({ints::closed_open(1, 3), ints::closed_open(5, 8)}));
    CHECK(int_set::parse(" { [5,8) , [1,3) } ") == int_set::parse("{[1,3),[5,8)}"));
    CHECK(int_set::parse("{}").is_empty());
    CHECK(int_set::parse("{ empty }").is_empty());
    CHECK(multirange<std::string>::parse(R"({["a}",b],("c,",)})").ranges().size() == 2);
    for (const auto text : {"", "{", "}", "{[1,3)", "{[1,3),}", "{[1,3) [5,8)}", "{,}", "{[1,3)}}", "{a}"}) {
        CAPTURE(text);
        CHECK(failure_of([&] { int_set::parse(text); }).code == errc::value_out_of_range);
    }
}

TEST_CASE("multiranges are read and written in the server's binary form") {
    const int_set value({ints::closed_open(1, 3), ints::closed_open(5, 8)});
    CHECK(read<int_set>(oids::int4multirange, two_parts) == value);
    CHECK(write(value, oids::int4multirange) == without_blanks(two_parts));
    CHECK(read<int_set>(oids::int4multirange, "00000000").is_empty());
    CHECK(write(int_set(), oids::int4multirange) == "00000000");
}

TEST_CASE("hostile multiranges are protocol errors before anything is reserved") {
    for (const auto hex : {
             "ffffffff",                                                                // a negative count
             "7fffffff",                                                                // ranges that are not there
             "00000002 00000001 18",                                                    // one of two
             "00000001 00000001 01",                                                    // an empty one
             "00000001 ffffffff 18",                                                    // a NULL one
             "00000002 00000009 12 00000004 00000005 00000009 08 00000004 00000001",    // the wrong order
             "00000002 00000009 08 00000004 00000005 00000009 12 00000004 00000005",    // without a gap
             "00000002 00000001 18 00000001 18",                                        // twice the same
         }) {
        CAPTURE(hex);
        CHECK(code_of<int_set>(oids::int4multirange, hex) == errc::protocol_error);
    }
    CHECK(failure_of([] { read<int_set>(oids::int4multirange, "7fffffff 00"); }).message
          == "multirange of 2147483647 ranges in 1 bytes");
    CHECK(failure_of([] { read<int_set>(oids::int4multirange, "00000001 00000001 01"); }).message
          == "range [0]: empty or not behind the one before it");
}

TEST_CASE("a range of views borrows") {
    CHECK(pgcoro::borrows<range<std::string_view>>);
    CHECK_FALSE(pgcoro::borrows<ints>);
}

} // namespace types_ranges

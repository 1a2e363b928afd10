// What travels as text, beside the remaining numbers, before the oracle.
#include "type_oracle.hpp"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

using namespace pgcoro::testing;

namespace types_oracle_strings {

enum class weekday { monday, tuesday, wednesday, thursday, friday, saturday, sunday, quoted, blank, null, backslash, braces };

using pairs = std::map<std::string, std::optional<std::string>>;

const oracle_options ordinary{.has_text = false, .settings = "set search_path to oracle_strings, public"};
const oracle_options without_equality{.has_equality = false, .has_text = false};
const oracle_options everything{};

const literals texts{"", " ", "a", "grüße", "漢字", "😀", "it's", "\"", "\\", "NULL", "{a,b}", "a\tb\nc", "a  "};
const literals names{"", "a", "pg_class", "it's", "\"", "\\", "NULL", "{a,b}", "grüße", "a b", "(", "0123456789012345678901234567890123456789"
                     "01234567890123456789012"};
const literals jsons{"null", "true", "0", "-0.0", "1e400", "\"\"", "\"\\u00e4\\n\"", "[]", "{}", " [ 1 , 2 ] ", "{\"a\":1,\"a\":2}",
                     "{\"b\":[{\"c\":null}],\"\":\"{}\"}"};
const literals jsonbs{"null", "true", "0", "-1.50", "1e400", "\"\"", "\"\\u00e4\\n\"", "[]", "{}", " [ 1 , 2 ] ", "{\"a\":1,\"a\":2}",
                      "{\"b\":[{\"c\":null}],\"\":\"{}\"}"};
const literals xmls{"", "<a/>", "<a>b</a>", "text", "<a b='c'/>", "<a/><b/>", "&amp;", "<!-- c -->", "<?p i?>", "<a><![CDATA[<]]></a>",
                    "grüße", "<a>\n</a>"};
const literals paths{"", "a", "a.b", "A.B.C", "1.2", "a_b.c", "Top.Science.Astronomy", "x.x.x.x.x.x", "a.B", "b.A", "z", "a.a"};
const literals hstores{"", "a=>1", "a=>NULL", "a=>\"\"", "\"\"=>\"\"", "\"a b\"=>\"c,d\"", "a=>1,b=>2", "\"\\\"\"=>\"\\\\\"",
                       "a=>\"NULL\"", "\"=>\"=>\"{}\"", "grüße=>漢字", "aaa=>1,b=>2,cc=>3"};
const literals days{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "\"quoted\"", " ", "NULL", "\\", "{a,b}"};
const literals int4s{"-2147483648", "2147483647", "-2147483647", "-65536", "-1", "0", "1", "255", "256", "65535", "16777216", "1000000007"};
const literals positives{"1", "2", "255", "256", "65535", "65536", "16777215", "16777216", "2147483647", "2147483646", "10", "1000000007"};
const literals float4s{"0", "-0", "1", "-1", "0.1", "NaN", "Infinity", "-Infinity", "3.4028235e38", "1e-45", "1.1754944e-38", "16777216"};
const literals numranges{"empty", "(,)", "[1,5)", "(1.50,5]", "[,0.1]", "(-0.001,)", "[NaN,NaN]", "[-Infinity,Infinity]", "(1e20,1e30)",
                         "[1.5,1.50]", "(,-1]", "[0,)"};
const literals nummultiranges{"{}", "{(,)}", "{[1,5)}", "{[1,2),[3,4)}", "{(1.50,5]}", "{(,0.1],(0.2,)}", "{[1,2),[2,3)}", "{[NaN,)}",
                              "{[-1,-0.5]}", "{[1,1]}", "{(1,2),(2,3)}", "{[1e20,1e30)}"};

/// Of the characters that some text form quotes, and longer ones.
std::string any_text(std::mt19937_64& random) {
    static constexpr std::string_view pieces[] = {"a", "B", "0", "\"", "\\", "{", "}", "(", ")", ",", ";", " ", "\n", "\t", "'", "=>",
                                                  "NULL", "ä", "漢", "😀", "\x01", "\x7f"};
    std::string text;
    for (auto count = random() % 12; count != 0; --count) text += pieces[random() % std::size(pieces)];
    return text;
}

std::vector<std::byte> any_bytes(std::mt19937_64& random) {
    std::vector<std::byte> bytes(random() % 40);
    for (auto& byte : bytes) byte = static_cast<std::byte>(random());
    return bytes;
}

boost::uuids::uuid any_uuid(std::mt19937_64& random) {
    boost::uuids::uuid value;
    for (auto& byte : value) byte = static_cast<std::uint8_t>(random());
    return value;
}

float any_float(std::mt19937_64& random) {
    for (;;)
        if (const auto number = std::bit_cast<float>(static_cast<std::uint32_t>(random())); !std::isnan(number)) return number;
}

pairs any_pairs(std::mt19937_64& random) {
    pairs made;
    for (auto count = random() % 4; count != 0; --count)
        made[any_text(random)] = random() % 4 == 0 ? std::nullopt : std::optional(any_text(random));
    return made;
}

asio::awaitable<void> make_types(const pgcoro::pool& pool) {
    co_await execute_all(pool, "drop schema if exists oracle_strings cascade", "create schema oracle_strings",
                         "create extension citext schema oracle_strings", "create extension ltree schema oracle_strings",
                         "create extension hstore schema oracle_strings",
                         "create domain oracle_strings.positive as int check (value > 0)",
                         "create type oracle_strings.weekday as enum ('monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday',"
                         " 'sunday', '\"quoted\"', ' ', 'NULL', '\\', '{a,b}')");
}

asio::awaitable<void> drop_types(const pgcoro::pool& pool) {
    co_await pool.execute("drop schema oracle_strings cascade");   // extensions are in a database once
}

} // namespace types_oracle_strings

template <>
struct pgcoro::enum_labels<types_oracle_strings::weekday> {
    using weekday = types_oracle_strings::weekday;
    static constexpr pgcoro::enum_label<weekday> values[] = {
        {weekday::monday, "monday"},     {weekday::tuesday, "tuesday"},   {weekday::wednesday, "wednesday"}, {weekday::thursday, "thursday"},
        {weekday::friday, "friday"},     {weekday::saturday, "saturday"}, {weekday::sunday, "sunday"},       {weekday::quoted, "\"quoted\""},
        {weekday::blank, " "},           {weekday::null, "NULL"},         {weekday::backslash, "\\"},        {weekday::braces, "{a,b}"}};
};

namespace types_oracle_strings {

TEST_CASE("what travels as text comes back as the server has it") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await make_types(pool);
        co_await check_with_oracle<std::string>(pool, "varchar", texts, ordinary);
        co_await check_with_oracle<std::string>(pool, "bpchar", texts, ordinary);
        co_await check_with_oracle<std::string>(pool, "name", names, ordinary);
        co_await check_with_oracle<std::string>(pool, "xml", xmls, without_equality);
        co_await check_with_oracle<std::string>(pool, "refcursor", texts, without_equality);
        co_await check_with_oracle<std::string>(pool, "json", jsons, without_equality);
        co_await check_with_oracle<std::string>(pool, "jsonb", jsonbs, ordinary);
        co_await check_with_oracle<std::string>(pool, "oracle_strings.citext", texts, ordinary);
        co_await check_with_oracle<std::string>(pool, "oracle_strings.ltree", paths, ordinary);
        co_await check_with_oracle<pairs>(pool, "oracle_strings.hstore", hstores, ordinary);
        co_await check_with_oracle<weekday>(pool, "oracle_strings.weekday", days, ordinary);
        co_await drop_types(pool);
    });
}

TEST_CASE("the remaining numbers, domains over them and ranges of numeric come back as the server has them") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await make_types(pool);
        co_await check_with_oracle<std::int32_t>(pool, "int4", int4s, ordinary);
        co_await check_with_oracle<float>(pool, "float4", float4s, ordinary);
        co_await check_with_oracle<std::int32_t>(pool, "oracle_strings.positive", positives, ordinary);
        co_await check_with_oracle<pgcoro::range<pgcoro::numeric>>(pool, "numrange", numranges, everything);
        co_await check_with_oracle<pgcoro::multirange<pgcoro::numeric>>(pool, "nummultirange", nummultiranges, everything);
        co_await drop_types(pool);
    });
}

TEST_CASE("ten thousand random texts of each kind, bytes, identifiers, floats and hstores come back unchanged") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await make_types(pool);
        std::mt19937_64 random(11);
        co_await check_random<std::string>(pool, "text", [&] { return any_text(random); });
        for (const auto* const same : {"varchar", "bpchar", "name", "refcursor", "oracle_strings.citext"})
            co_await check_random<std::string>(pool, same, [&] { return any_text(random); });
        const auto word = [&] { return fmt::format("a{:x}", random() % 1'000'000); };
        for (const auto* const either : {"json", "jsonb"})
            co_await check_random<std::string>(pool, either, [&] { return fmt::format("[{}, \"{}\"]", random(), word()); });
        co_await check_random<std::string>(pool, "jsonpath", [&] { return fmt::format("$.\"{}\"", word()); });
        co_await check_random<std::string>(pool, "xml", [&] { return fmt::format("<{0}>{1}</{0}>", word(), word()); });
        co_await check_random<std::string>(pool, "oracle_strings.ltree", [&] { return fmt::format("{}.{}", word(), word()); });
        co_await check_random<std::vector<std::byte>>(pool, "bytea", [&] { return any_bytes(random); });
        co_await check_random<boost::uuids::uuid>(pool, "uuid", [&] { return any_uuid(random); });
        co_await check_random<float>(pool, "float4", [&] { return any_float(random); });
        co_await check_random<pairs>(pool, "oracle_strings.hstore", [&] { return any_pairs(random); });
        co_await check_random<weekday>(pool, "oracle_strings.weekday", [&] { return static_cast<weekday>(random() % 12); });
        co_await drop_types(pool);
    });
}

} // namespace types_oracle_strings

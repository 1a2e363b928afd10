// Arrays of several dimensions and other lower bounds before the oracle.
#include "type_oracle.hpp"

#include <bit>
#include <cmath>
#include <random>

using namespace pgcoro::testing;

namespace types_oracle_arrays {

using pgcoro::md_array;
template <class T>
using rows = std::vector<std::vector<T>>;

/// An array type has no array type of its own.
const oracle_options no_arrays{.in_arrays = false};
const oracle_options vectors{.has_text = false, .in_arrays = false};

const literals ints{"{}", "{1}", "{1,NULL,3}", "{{1,2},{3,4}}", "[0:1]={7,8}", "[-5:-4][2:2]={{1},{NULL}}", "{{{1}}}",
                    "{{{{{{1,2}}}}}}", "{{1,2,3},{4,5,6}}", "[-2147483648:-2147483647]={1,2}",
                    "[2147483646:2147483646]={1}", "{2147483647,-2147483648}", "[1:2][1:1][3:4]={{{1,2}},{{3,4}}}"};
const literals words{"{}", "{a}", "{\"\"}", "{NULL}", "{\"NULL\",\"null\",\"NuLL\"}", "{\"a b\",a,\"a,b\"}",
                     "{{\"{\"},{\"}\"}}", "{\"\\\"\",\"\\\\\"}", "[3:4]={x,\"y z\"}", "{'}", "{\"\t\",\"\n\"}", "{(1),[2]}",
                     "{grüße,漢字}", "{\"a\\\\,b\"}"};
const literals reals{"{}", "{0,-0,1}", "{NaN,Infinity,-Infinity}", "{1e14,1e15,1e16,123456789012345,1234567890123456}",
                     "{0.0001,0.00001,0.00012345}", "{1.7976931348623157e308,5e-324}", "{0.1,0.2,0.30000000000000004}",
                     "{{1.5,2.5},{-1e-7,1e100}}", "{100000,1000000,10000000}", "{123456.789,-99999999999999.9}",
                     "{2.2250738585072014e-308}", "{999999999999999,999999999999999.9}"};
const literals short_reals{"{}", "{0,-0,1}", "{NaN,Infinity,-Infinity}", "{1e5,1e6,123456,1234567,999999,16777216}",
                           "{0.0001,0.00001}", "{3.4028235e38,1e-45}", "{0.1,0.2}", "{{1.5},{-1e-7}}", "{123456.7}",
                           "{99999.99}", "{1.1754944e-38}", "{65504}"};
const literals bools{"{}", "{t,f}", "{NULL}", "{{t},{f}}", "[0:0]={t}", "{{{t,NULL}}}", "{f}", "{t,t,t}", "{f,f}", "{{f,f}}",
                     "[5:6]={t,NULL}", "{{t},{NULL}}"};
const literals ranges{"{}", "{\"[1,5)\"}", "{empty}", "{NULL}", "{\"(,)\",empty}", "{{\"[1,)\"},{\"(,1)\"}}", "[0:0]={empty}",
                      "{\"[3,4)\",\"[1,2)\"}", "{{{empty}}}", "{empty,empty}", "{\"[-1,0)\"}", "[2:3]={empty,NULL}"};
const literals two_dimensions{"{}", "{{1}}", "{{1,2},{3,4}}", "{{1,NULL}}", "{{NULL},{NULL}}", "{{1,2,3},{4,5,6}}",
                              "{{1},{2},{3}}", "{{-2147483648,2147483647}}", "{{0,0},{0,0}}", "{{1,2,3,4,5}}",
                              "{{1},{NULL},{3},{NULL}}", "{{7,8},{NULL,9},{10,NULL}}"};
const literals three_dimensions{"{}", "{{{1}}}", "{{{1,2},{3,4}},{{5,6},{7,8}}}", "{{{1},{2}}}", "{{{1,2}}}", "{{{1}},{{2}}}",
                                "{{{0,0,0}}}", "{{{1,2},{3,4},{5,6}}}", "{{{-1}}}", "{{{1},{2},{3}},{{4},{5},{6}}}",
                                "{{{2147483647}}}", "{{{9,8,7},{6,5,4}}}"};

/// An array of up to six random dimensions and lower bounds.
template <class T, class Value>
md_array<T> random_array(std::mt19937_64& random, Value&& value) {
    std::vector<pgcoro::array_dimension> dimensions(random() % 7);
    std::size_t count = dimensions.empty() ? 0 : 1;
    for (auto& dimension : dimensions) {
        dimension = {static_cast<std::int32_t>(random() % 20) - 10, static_cast<std::int32_t>(random() % 3 + 1)};
        count *= static_cast<std::size_t>(dimension.length);
    }
    std::vector<T> elements;
    for (; count != 0; --count) elements.push_back(value());
    return {std::move(dimensions), std::move(elements)};
}

/// Random arrays one by one, since there are no arrays of arrays: read back, printed and parsed.
template <class T, class Value>
asio::awaitable<void> check_random_arrays(pgcoro::pool& pool, std::string sql_type, Value value, int count) {
    std::mt19937_64 random(4);
    const pgcoro::runtime_sql sql(fmt::format("select $1::{0}[], $1::{0}[]::text", sql_type));
    int different = 0;
    for (int i = 0; i < count; ++i) {
        const auto sent = random_array<T>(random, [&] { return value(random); });
        const auto [back, text] = co_await pool.query_one<std::tuple<md_array<T>, std::string>>(sql, sent);
        if (!(back == sent) || fmt::to_string(sent) != text || !(md_array<T>::parse(text) == sent)) ++different;
    }
    CAPTURE(sql_type);
    CHECK(different == 0);
}

std::optional<int> random_number(std::mt19937_64& random) {
    if (random() % 5 == 0) return std::nullopt;
    return static_cast<int>(static_cast<std::int32_t>(random()));
}

double random_real(std::mt19937_64& random) {
    for (;;)
        if (const auto number = std::bit_cast<double>(random()); !std::isnan(number))
            return random() % 2 == 0 ? number : std::trunc(std::ldexp(number, -std::ilogb(number) + static_cast<int>(random() % 60)));
}

std::string random_word(std::mt19937_64& random) {
    constexpr std::string_view letters = "ab\"\\{},; \t'()NULl";
    std::string word;
    for (auto size = random() % 5; size != 0; --size) word += letters[random() % letters.size()];
    return word;
}

TEST_CASE("arrays of any dimensions come back as the server has them") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await check_with_oracle<md_array<std::optional<int>>>(pool, "int4[]", ints, no_arrays);
        co_await check_with_oracle<md_array<std::optional<std::string>>>(pool, "text[]", words, no_arrays);
        co_await check_with_oracle<md_array<double>>(pool, "float8[]", reals, no_arrays);
        co_await check_with_oracle<md_array<float>>(pool, "float4[]", short_reals, no_arrays);
        co_await check_with_oracle<md_array<std::optional<bool>>>(pool, "bool[]", bools, no_arrays);
        co_await check_with_oracle<md_array<std::optional<pgcoro::range<int>>>>(pool, "int4range[]", ranges, vectors);
    });
}

TEST_CASE("vectors of vectors come back as the server has them") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await check_with_oracle<rows<std::optional<int>>>(pool, "int4[]", two_dimensions, vectors);
        co_await check_with_oracle<std::vector<rows<int>>>(pool, "int4[]", three_dimensions, vectors);
        using pair = std::vector<std::array<int, 2>>;
        const pair sent{{1, 2}, {3, 4}, {5, 6}};
        CHECK(co_await pool.query_one<pair>("select $1::int4[]", sent) == sent);
    });
}

TEST_CASE("random arrays come back unchanged and print as the server prints them") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await check_random_arrays<std::optional<int>>(pool, "int4", &random_number, 10'000);
        co_await check_random_arrays<double>(pool, "float8", &random_real, 3'000);
        co_await check_random_arrays<std::string>(pool, "text", &random_word, 3'000);
    });
}

TEST_CASE("another number of dimensions is refused by name") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        std::string message;
        try {
            co_await pool.query_one<rows<int>>("select '{1,2}'::int4[]");
        } catch (const pgcoro::error& failure) {
            message = failure.what();
        }
        CHECK(message.find("array of 1 dimension cannot be read into std::vector<std::vector<std::int32_t>>")
              != message.npos);
    });
}

TEST_CASE("arrays of several dimensions of types that users made are given as parameters") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const pgcoro::lease conn = co_await pool.acquire();
        co_await conn.execute("create type oracle_mood as enum ('sad', 'so so')");
        const rows<std::string> moods{{"sad", "so so"}, {"so so", "sad"}};
        const md_array<std::string> shifted({{0, 1}, {2, 2}}, {"so so", "sad"});
        const pgcoro::runtime_sql sql("select $1::oracle_mood[]::text, $2::oracle_mood[]::text, $1::oracle_mood[]");
        const auto [text, other, back] =
            co_await conn.query_one<std::tuple<std::string, std::string, rows<std::string>>>(sql, moods, shifted);
        co_await conn.execute("drop type oracle_mood");
        CHECK(text == R"({{sad,"so so"},{"so so",sad}})");
        CHECK(other == R"([0:0][2:3]={{"so so",sad}})");
        CHECK(back == moods);
    });
}

} // namespace types_oracle_arrays

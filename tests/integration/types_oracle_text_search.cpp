// Text search, before the oracle.
#include <random>

#include "type_oracle.hpp"

using namespace pgcoro::testing;

namespace types_oracle_text_search {

using pgcoro::tsquery;
using pgcoro::tsvector;

const oracle_options everything{};
const oracle_options without_grouping{.text_is_exact = false};   // "a & (b & c)" is printed as "a & b & c"

const literals tsvectors{"", "a", "a:1", "a:1A b:2,3B c", "a:1 a:2B b:3A,1 c", "a:20000", "a:1A,1B", "a:1b,2*", "b aa a",
                         "'it''s' 'back\\\\slash' 'sp ace':4", "grüße:1 漢字:2 😀:3C", "':' ','", "a\\'b a\\ b 'q'x",
                         "a:1,2,3,4,5,6,7,8,9,10", "a:16383A,16382B", "the quick:2 brown:3D fox:4C"};
const literals tsqueries{"a", "!a", "a & b", "a | b", "a <-> b", "a <0> b", "a <16384> b", "a:*", "a:dcba", "a:ab*",
                         "!(a & b) | c <-> d <-> e & (f <-> (g <-> h))", "!!a & !(b|c) & (a|b)&c <2> (d&e) | f",
                         "a & (b & c)", "(a|b)<->(c|d)", "!(a<->b)", "!(!a)", "'it''s':b & 'x\\\\y'", "a | b & c <-> !d",
                         "'grüße' & 漢字", "' ' & '&'", "a <3> (b <2> c)", "(a <3> b) <2> c", "!a <-> !b"};

inline std::string random_word(std::mt19937_64& random) {
    static constexpr std::string_view letters = "abcxyz'\\ :!&|()<>*,-\"";
    std::string word;
    do word += letters[random() % letters.size()];
    while (random() % 3 != 0);
    return word;
}

inline tsvector random_vector(std::mt19937_64& random) {
    std::vector<pgcoro::tsvector_lexeme> lexemes;
    for (auto left = random() % 6; left != 0; --left) {
        auto& lexeme = lexemes.emplace_back(random_word(random));
        for (auto positions = random() % 4; positions != 0; --positions)
            lexeme.positions.push_back({static_cast<std::uint16_t>(1 + random() % 20000),
                                        static_cast<pgcoro::lexeme_weight>(random() % 4)});
    }
    return tsvector(std::move(lexemes));
}

inline tsquery random_query(std::mt19937_64& random, int depth = 5) {
    const auto choice = depth == 0 ? 7 : random() % 9;
    if (choice > 5)
        return tsquery::lexeme(random_word(random), static_cast<std::uint8_t>(random() % 3 == 0 ? random() % 16 : 0),
                               random() % 5 == 0);
    const auto left = random_query(random, depth - 1);
    if (choice == 0) return !left;
    const auto right = random_query(random, depth - 1);
    if (choice <= 2) return left & right;
    return choice == 3 ? left | right : tsquery::phrase(left, right, static_cast<unsigned>(random() % 4));
}

/// Printed as by the server, and read again from what it printed as the server reads it.
template <class T, class Make>
asio::awaitable<void> check_text(const pgcoro::pool& pool, std::string sql_type, Make make) {
    std::vector<T> values;
    for (int i = 0; i < 10'000; ++i) values.push_back(make());
    const pgcoro::runtime_sql texts(
        fmt::format("select x::text from unnest($1::{}[]) with ordinality u(x, n) order by n", sql_type));
    const auto printed = co_await pool.query<std::string>(texts, values);
    std::vector<T> parsed;
    std::size_t different = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (values[i].to_string() != printed[i]) ++different;
        parsed.push_back(T::parse(printed[i]));
    }
    CAPTURE(sql_type);
    CHECK(different == 0);
    const pgcoro::runtime_sql again(
        fmt::format("select x::{} from unnest($1::text[]) with ordinality u(x, n) order by n", sql_type));
    CHECK(co_await pool.query<T>(again, printed) == parsed);
}

TEST_CASE("text search values come back as the server has them") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await check_with_oracle<tsvector>(pool, "tsvector", tsvectors, everything);
        co_await check_with_oracle<tsquery>(pool, "tsquery", tsqueries, without_grouping);
    });
}

TEST_CASE("ten thousand random text search values come back unchanged") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        std::mt19937_64 random(9);
        co_await check_random<tsvector>(pool, "tsvector", [&] { return random_vector(random); });
        co_await check_random<tsquery>(pool, "tsquery", [&] { return random_query(random); });
    });
}

TEST_CASE("random text search values are printed and parsed as by the server") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        std::mt19937_64 random(10);
        co_await check_text<tsvector>(pool, "tsvector", [&] { return random_vector(random); });
        co_await check_text<tsquery>(pool, "tsquery", [&] { return random_query(random); });
    });
}

TEST_CASE("an empty tsquery is read, and refused as a parameter before the server refuses it") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const tsquery nothing = co_await pool.query_one<tsquery>("select ''::tsquery");
        CHECK(nothing.empty());
        const auto in_text = co_await pool.query_one<std::tuple<tsquery, std::string>>("select ''::tsquery, '=r/postgres'::aclitem");
        CHECK(std::get<0>(in_text).empty());
        CHECK_THROWS_AS(co_await pool.query_one<bool>("select $1::tsquery is null", nothing), pgcoro::error);
        CHECK(co_await pool.query_one<bool>("select $1::text::tsquery = ''::tsquery", nothing.to_string()));
    });
}

TEST_CASE("a document is found by a condition") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto document = co_await pool.query_one<tsvector>("select to_tsvector('english', 'The fat cats ate fat rats')");
        CHECK(document.to_string() == "'ate':4 'cat':3 'fat':2,5 'rat':6");
        const auto found = tsquery::phrase(tsquery::lexeme("fat"), tsquery::lexeme("ra", 0, true)) & !tsquery::lexeme("dog");
        CHECK(co_await pool.query_one<bool>("select $1::tsvector @@ $2::tsquery", document, found));
        CHECK_FALSE(co_await pool.query_one<bool>("select $1::tsvector @@ $2::tsquery", document, !found));
    });
}

} // namespace types_oracle_text_search

// Ranges and multiranges before the oracle.
#include "type_oracle.hpp"

#include <chrono>
#include <random>

using namespace pgcoro::testing;

namespace types_oracle_ranges {

using std::chrono::local_time;
using std::chrono::microseconds;
using std::chrono::sys_days;
using std::chrono::sys_time;

template <class T>
using range = pgcoro::range<T>;
template <class T>
using multirange = pgcoro::multirange<T>;

const oracle_options ordinary{};   // named: GCC 12 destroys a default argument of this type twice
const oracle_options in_utc{.settings = "set time zone 'UTC'"};

const literals int4s{"empty", "(,)", "[1,5)", "(1,5)", "[1,5]", "(1,5]", "[,5)", "(,-1]", "[1,)", "(1,)", "[3,3]", "(3,4)",
                     "[-2147483648,2147483647)", "[2147483646,2147483646]", "(-1,0]"};
const literals int8s{"empty", "(,)", "[-9223372036854775808,9223372036854775807)", "[0,1)", "(0,1)", "[-1,)", "(,0)",
                     "[4294967295,4294967296]", "(-4294967297,1]", "[9223372036854775806,)", "[ 1 , 2 ]", "EMPTY"};
const literals dates{"empty", "(,)", "[2024-02-29,2024-03-01)", "[2024-02-28,2024-02-29]", "(,1970-01-01)", "[2000-01-01,)",
                     "[-infinity,infinity]", "(-infinity,infinity)", "[0044-03-15 BC,0001-01-01)", "[4713-01-01 BC,)",
                     "[5874897-12-31,)", "(1999-12-31,2000-01-02)"};
const literals timestamps{"empty", "(,)", "[2024-02-29 12:34:56.789012,2024-03-01)", "(2000-01-01,2000-01-01 00:00:00.000001]",
                          "[-infinity,infinity]", "(,infinity)", "[1970-01-01,1970-01-01]", "(0044-03-15 BC,)",
                          "[4713-01-01 BC,294247-01-10 04:00:54.775805]", "(,1999-12-31 23:59:59.999999)",
                          "[2024-01-01 00:00:00.5,2024-01-01 00:00:00.50001)", "[0001-12-31 23:59:59 BC,0001-01-01)"};
const literals moments{"empty", "(,)", "[2024-02-29 12:34:56.789012+05,2024-03-01+00)", "(2000-01-01,2000-01-02]",
                       "[-infinity,infinity]", "(,infinity)", "[1970-01-01,1970-01-01]", "(0044-03-15 BC,)",
                       "[4713-01-01 BC,)", "(,1999-12-31 23:59:59.999999)", "[2024-01-01 00:00:00.5-08,)",
                       "[0001-12-31 23:59:59 BC,0001-01-01)"};

const literals int4_sets{"{}", "{empty}", "{(,)}", "{[1,3),[5,8)}", "{[5,8),[1,3)}", "{[1,3),[3,8)}", "{[1,2],[3,4]}",
                         "{(,1),(5,)}", "{[1,1]}", "{(,1]}", "{[-2147483648,-1),[1,2147483647)}", "{[1,9],[2,3]}",
                         "{[1,2),[3,4),[5,6),[7,8),[9,10)}"};
const literals int8_sets{"{}", "{(,)}", "{[1,3),[5,8)}", "{(,0),(0,)}", "{[-9223372036854775808,0),[1,9223372036854775807)}",
                         "{empty,[1,2)}", "{[1,2),[2,3)}", "{[4294967295,4294967296]}", "{(1,2)}", "{(,5),[4,)}", "{[0,0]}",
                         "{[1,5),[2,3),[7,)}"};
const literals date_sets{"{}", "{(,)}", "{[2024-02-29,2024-03-01)}", "{(,1970-01-01),[2000-01-01,)}", "{[-infinity,infinity]}",
                         "{[0044-03-15 BC,0001-01-01)}", "{[2024-01-01,2024-01-02],[2024-01-03,2024-01-04]}", "{empty}",
                         "{[2024-01-01,2024-01-02),[2024-01-03,2024-01-04)}", "{(,infinity)}", "{[5874897-12-31,)}",
                         "{[4713-01-01 BC,4712-01-01 BC)}"};
const literals timestamp_sets{"{}", "{(,)}", "{[2024-02-29 12:34:56.789012,2024-03-01)}", "{(,1970-01-01),(1970-01-01,)}",
                              "{[-infinity,infinity]}", "{(2024-01-01,2024-01-02),(2024-01-02,2024-01-03)}",
                              "{[2024-01-01,2024-01-02],(2024-01-02,2024-01-03)}", "{empty}", "{[1970-01-01,1970-01-01]}",
                              "{(,infinity)}", "{(0044-03-15 BC,)}", "{[2024-01-01,2024-01-03),[2024-01-02,2024-01-04)}"};

template <class T, class Value>
range<T> random_range(std::mt19937_64& random, Value&& value) {
    const auto kind = random() % 20;
    if (kind == 0) return range<T>::empty();
    std::optional<T> lower, upper;
    if (kind != 1) lower = value();
    if (kind != 2) upper = value();
    if (lower && upper && *upper < *lower) std::swap(lower, upper);
    // As the server gives back what it has of discrete types.
    return range<T>::bounded(lower, true, upper, false);
}

template <class T, class Value>
multirange<T> random_multirange(std::mt19937_64& random, Value&& value) {
    std::vector<range<T>> parts;
    for (auto count = random() % 5; count != 0; --count) parts.push_back(random_range<T>(random, value));
    return multirange<T>(std::move(parts));
}

TEST_CASE("ranges come back as the server has them") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await check_with_oracle<range<int>>(pool, "int4range", int4s, ordinary);
        co_await check_with_oracle<range<std::int64_t>>(pool, "int8range", int8s, ordinary);
        co_await check_with_oracle<range<sys_days>>(pool, "daterange", dates, in_utc);
        co_await check_with_oracle<range<local_time<microseconds>>>(pool, "tsrange", timestamps, in_utc);
        co_await check_with_oracle<range<sys_time<microseconds>>>(pool, "tstzrange", moments, in_utc);
    });
}

TEST_CASE("multiranges come back as the server has them") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await check_with_oracle<multirange<int>>(pool, "int4multirange", int4_sets, ordinary);
        co_await check_with_oracle<multirange<std::int64_t>>(pool, "int8multirange", int8_sets, ordinary);
        co_await check_with_oracle<multirange<sys_days>>(pool, "datemultirange", date_sets, in_utc);
        co_await check_with_oracle<multirange<local_time<microseconds>>>(pool, "tsmultirange", timestamp_sets,
                                                                         in_utc);
        co_await check_with_oracle<multirange<sys_time<microseconds>>>(pool, "tstzmultirange", timestamp_sets,
                                                                       in_utc);
    });
}

TEST_CASE("ten thousand random ranges and multiranges come back unchanged") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        std::mt19937_64 random(2);
        const auto number = [&] { return static_cast<int>(static_cast<std::int32_t>(random())); };
        const auto wide = [&] { return static_cast<std::int64_t>(random()); };
        const auto day = [&] { return sys_days(std::chrono::days(static_cast<int>(random() % 4'000'000) - 2'000'000)); };
        const auto moment = [&] { return sys_time<microseconds>(microseconds(static_cast<std::int64_t>(random() >> 8) - (std::int64_t{1} << 55))); };
        const auto local = [&] { return local_time<microseconds>(moment().time_since_epoch()); };
        co_await check_random<range<int>>(pool, "int4range", [&] { return random_range<int>(random, number); });
        co_await check_random<range<std::int64_t>>(pool, "int8range", [&] { return random_range<std::int64_t>(random, wide); });
        co_await check_random<range<sys_days>>(pool, "daterange", [&] { return random_range<sys_days>(random, day); });
        co_await check_random<range<sys_time<microseconds>>>(pool, "tstzrange", [&] { return random_range<sys_time<microseconds>>(random, moment); });
        co_await check_random<range<local_time<microseconds>>>(pool, "tsrange", [&] { return random_range<local_time<microseconds>>(random, local); });
        co_await check_random<multirange<int>>(pool, "int4multirange", [&] { return random_multirange<int>(random, number); });
        co_await check_random<multirange<std::int64_t>>(pool, "int8multirange", [&] { return random_multirange<std::int64_t>(random, wide); });
        co_await check_random<multirange<sys_days>>(pool, "datemultirange", [&] { return random_multirange<sys_days>(random, day); });
        co_await check_random<multirange<sys_time<microseconds>>>(pool, "tstzmultirange", [&] { return random_multirange<sys_time<microseconds>>(random, moment); });
        co_await check_random<multirange<local_time<microseconds>>>(pool, "tsmultirange", [&] { return random_multirange<local_time<microseconds>>(random, local); });
        const auto exact = [&] { return pgcoro::numeric(wide()); };
        co_await check_random<range<pgcoro::numeric>>(pool, "numrange", [&] { return random_range<pgcoro::numeric>(random, exact); });
        co_await check_random<multirange<pgcoro::numeric>>(pool, "nummultirange", [&] { return random_multirange<pgcoro::numeric>(random, exact); });
    });
}

TEST_CASE("the client's order and containment of ranges are the server's") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        std::mt19937_64 random(3);
        const auto digit = [&] { return static_cast<int>(random() % 6); };
        const auto time = [&] { return local_time<microseconds>(microseconds(digit())); };
        using times = range<local_time<microseconds>>;
        const auto any = [&] {
            auto made = random_range<local_time<microseconds>>(random, time);
            return made.is_empty() ? made
                                   : times::bounded(made.lower(), random() % 2 == 0, made.upper(), random() % 2 == 0);
        };
        for (int i = 0; i < 300; ++i) {
            const auto left = any(), right = any();
            const auto at = time();
            const auto [less, equal, contains, holds] = co_await pool.query_one<std::tuple<bool, bool, bool, bool>>(
                "select $1::tsrange < $2::tsrange, $1::tsrange = $2::tsrange, $1::tsrange @> $2::tsrange, "
                "$1::tsrange @> $3::timestamp", left, right, at);
            CAPTURE(fmt::format("{} {}", left, right));
            CHECK((left < right) == less);
            CHECK((left == right) == equal);
            CHECK(left.contains(right) == contains);
            CHECK(left.contains(at) == holds);
        }
    });
}

TEST_CASE("ranges of types that users made are given as parameters") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const pgcoro::lease conn = co_await pool.acquire();
        co_await conn.execute("create type oracle_words as range (subtype = text, collation = \"C\", multirange_type_name = oracle_multiwords)");
        const auto words = range<std::string>::closed("a,\"b\\", "c d");
        const pgcoro::runtime_sql sql("select lower($1::oracle_words), upper($1::oracle_words), $1::oracle_words::text, "
                                      "'{[a,b],[c,d)}' = $2::oracle_multiwords");
        const multirange<std::string> set({range<std::string>::closed("a", "b"), range<std::string>::closed_open("c", "d")});
        const auto [lower, upper, text, same] =
            co_await conn.query_one<std::tuple<std::string, std::string, std::string, bool>>(sql, words, set);
        co_await conn.execute("drop type oracle_words");
        CHECK(lower == *words.lower());
        CHECK(upper == *words.upper());
        CHECK(text == fmt::to_string(words));
        CHECK(range<std::string>::parse(text) == words);
        CHECK(same);
    });
}

} // namespace types_oracle_ranges

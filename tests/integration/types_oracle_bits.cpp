// Bit strings, before the oracle.
#include <pgcoro/integration/dynamic_bitset.hpp>

#include <boost/dynamic_bitset.hpp>

#include <algorithm>
#include <bitset>
#include <random>

#include "type_oracle.hpp"

using namespace pgcoro::testing;

namespace types_oracle_bits {

const oracle_options without_text{.has_text = false};
const oracle_options everything{};

const literals varbits{"", "0", "1", "01", "10", "0000000", "11111111", "000000001", "100000000", "0101010101010101",
                       "11111111111111111", "x0123456789abcdef", "B1"};
const literals of_9_bits{"000000000", "111111111", "000000001", "100000000", "010101010", "101010101", "000000011",
                         "110000000", "011111111", "111111110", "000010000", "x00", "1"};

inline pgcoro::bit_string random_bits(std::mt19937_64& random) {
    pgcoro::bit_string value;
    for (auto left = random() % 70; left != 0; --left) value.push_back(random() % 2 == 0);
    return value;
}

TEST_CASE("bit strings come back as the server has them") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await check_with_oracle<pgcoro::bit_string>(pool, "varbit", varbits, everything);
        co_await check_with_oracle<pgcoro::bit_string>(pool, "bit(9)", of_9_bits, everything);
        co_await check_with_oracle<std::bitset<9>>(pool, "bit(9)", of_9_bits, without_text);
        co_await check_with_oracle<boost::dynamic_bitset<>>(pool, "varbit", varbits, without_text);
    });
}

TEST_CASE("ten thousand random bit strings come back unchanged") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        std::mt19937_64 random(4);
        co_await check_random<pgcoro::bit_string>(pool, "varbit", [&] { return random_bits(random); });
        co_await check_random<std::bitset<77>>(pool, "bit(77)",
                                               [&] { return std::bitset<77>(random()) << random() % 20; });
        co_await check_random<boost::dynamic_bitset<>>(
            pool, "varbit", [&] { return boost::dynamic_bitset<>(random() % 64, random()); });
    });
}

TEST_CASE("bitsets and the server agree which bit comes first") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const std::bitset<5> bits("10110");
        CHECK(co_await pool.query_one<std::string>("select $1::bit(5)::text", bits) == bits.to_string());
        CHECK(co_await pool.query_one<int>("select $1::bit(5)::int", bits) == 0b10110);
        CHECK(co_await pool.query_one<std::bitset<5>>("select '10110'::bit(5)") == bits);
    });
}

TEST_CASE("bit strings are ordered as by the server") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        std::mt19937_64 random(5);
        std::vector<pgcoro::bit_string> values;
        for (int i = 0; i < 1000; ++i) values.push_back(random_bits(random));
        const auto by_server = co_await pool.query<pgcoro::bit_string>("select x from unnest($1::varbit[]) x order by x", values);
        std::sort(values.begin(), values.end());
        CHECK(by_server == values);
    });
}

} // namespace types_oracle_bits

// Types that C++ has itself, before the oracle.
#include "type_oracle.hpp"

#include <boost/uuid/uuid.hpp>

#include <bit>
#include <cmath>
#include <random>

using namespace pgcoro::testing;

namespace types_oracle_basic {

const oracle_options without_text{.has_text = false};

const literals bools{"true", "false"};
const literals int2s{"-32768", "-32767", "-256", "-255", "-1", "0", "1", "255", "256", "32766", "32767", "42"};
const literals int8s{"-9223372036854775808", "9223372036854775807", "-4294967296", "4294967295", "-2147483649", "2147483648",
                     "-1", "0", "1", "255", "65536", "1000000007"};
const literals float8s{"0", "-0", "1", "-1", "0.1", "NaN", "Infinity", "-Infinity", "1.7976931348623157e308", "5e-324",
                       "2.2250738585072014e-308", "123456789.987654321"};
const literals texts{"", " ", "a", "grüße", "漢字", "😀", "it's", "\"", "\\", "NULL", "{a,b}", "a\tb\nc"};
const literals byteas{"", "\\x00", "\\xff", "\\x0001", "\\x5c", "\\x22", "\\x7b7d", "\\x2c", "\\xdeadbeef", "a", "abc", "\\\\"};
const literals uuids{"00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
                     "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}"};

TEST_CASE("integers, floats, text, bytea and uuid come back as the server has them") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await check_with_oracle<bool>(pool, "bool", bools, without_text);
        co_await check_with_oracle<std::int16_t>(pool, "int2", int2s, without_text);
        co_await check_with_oracle<std::int64_t>(pool, "int8", int8s, without_text);
        co_await check_with_oracle<double>(pool, "float8", float8s, without_text);
        co_await check_with_oracle<std::string>(pool, "text", texts, without_text);
        co_await check_with_oracle<std::vector<std::byte>>(pool, "bytea", byteas, without_text);
        co_await check_with_oracle<boost::uuids::uuid>(pool, "uuid", uuids, without_text);
    });
}

TEST_CASE("ten thousand random integers and floats come back unchanged") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        std::mt19937_64 random(1);
        co_await check_random<std::int64_t>(pool, "int8", [&] { return static_cast<std::int64_t>(random()); });
        co_await check_random<std::int32_t>(pool, "int4", [&] { return static_cast<std::int32_t>(random()); });
        co_await check_random<std::int16_t>(pool, "int2", [&] { return static_cast<std::int16_t>(random()); });
        co_await check_random<double>(pool, "float8", [&] {
            for (;;)
                if (const auto number = std::bit_cast<double>(random()); !std::isnan(number)) return number;
        });
    });
}

} // namespace types_oracle_basic

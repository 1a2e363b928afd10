// numeric and money, before the oracle.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "type_oracle.hpp"

using namespace pgcoro::testing;

namespace types_oracle_numbers {

namespace asio = boost::asio;
using pgcoro::money;
using pgcoro::numeric;

const oracle_options with_text{};
const oracle_options in_dollars{.has_text = false, .prints_alike = false, .settings = "set lc_monetary = 'C'"};

const literals numerics{"0",
                        "0.00",
                        "-0.00",
                        "1",
                        "-1",
                        "NaN",
                        "Infinity",
                        "-Infinity",
                        "1e131071",
                        "-1e131071",
                        "1e-16383",
                        "0e-16383",
                        "9999",
                        "10000",
                        "0.0001",
                        "0.00010",
                        "99999999.9999",
                        "1.50",
                        "1.5000000000",
                        "-123.45",
                        "100010000",
                        "0.12345",
                        "12345678901234567890123456789.987654321",
                        "-99999999999999999999",
                        "  7.10 ",
                        "1.5e3",
                        "1.5e-7",
                        "20000",
                        std::string(131072, '9') + "." + std::string(16383, '9')};
const literals amounts{"0",
                       "0.01",
                       "-0.01",
                       "1",
                       "1234.56",
                       "-1234.56",
                       "1000000",
                       "92233720368547758.07",
                       "-92233720368547758.08",
                       "42949672.96",
                       "-42949672.97",
                       "$1,000.00"};

/// Whole numbers and fractions of up to a hundred digits, with zeros inside and at both ends, some of them of
/// 4 digits.
class random_numerics {
public:
    numeric operator()() {
        switch (below(100)) {
        case 0:
            return numeric::nan();
        case 1:
            return numeric::infinity();
        case 2:
            return numeric::minus_infinity();
        }
        std::string text = below(2) == 0 ? "-" : "";
        append_digits(text, 1 + below(60));
        if (below(4) != 0) {
            text += '.';
            append_digits(text, below(40));
        }
        if (below(4) == 0) text += "e" + std::to_string(static_cast<int>(below(400)) - 200);
        return numeric::parse(text);
    }

private:
    std::size_t below(std::size_t end) { return random_() % end; }

    void append_digits(std::string& text, std::size_t count) {
        bool zeros = false;
        for (std::size_t i = 0; i < count; ++i) {
            if (below(6) == 0) zeros = !zeros;
            text += zeros ? '0' : static_cast<char>('0' + below(10));
        }
    }

    std::mt19937_64 random_{4};
};

TEST_CASE("numeric comes back as the server has it") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await check_with_oracle<numeric>(pool, "numeric", numerics, with_text);
    });
}

TEST_CASE("money comes back as the server has it") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await check_with_oracle<money>(pool, "money", amounts, in_dollars);
        std::mt19937_64 random(2);
        co_await check_random<money>(pool, "money",
                                     [&] { return money(static_cast<std::int64_t>(random())); });
    });
}

TEST_CASE("ten thousand random numerics come back unchanged, with the server's text and order") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await check_random<numeric>(pool, "numeric", random_numerics());

        random_numerics random;
        std::vector<numeric> values;
        std::vector<std::string> texts;
        for (int i = 0; i < 10'000; ++i) {
            values.push_back(random());
            texts.push_back(fmt::to_string(values.back()));
        }
        const auto on_server =
            co_await pool.query_one<std::vector<std::string>>("select $1::numeric[]::text[]", values);
        CHECK(on_server == texts);
        const auto ordered = co_await pool.query_one<std::vector<numeric>>(
            "select array(select unnest($1::numeric[]) order by 1)", values);
        CHECK(std::is_sorted(ordered.begin(), ordered.end()));
        const auto same_bytes =
            co_await pool.query_one<std::int64_t>("select count(*) from unnest($1::numeric[], $2::text[]) "
                                                  "u(n, t) where numeric_send(n) = numeric_send(t::numeric)",
                                                  values, texts);
        CHECK(same_bytes == 10'000);
    });
}

TEST_CASE("numbers cross between integers, floats and numeric on the server's side as on this one") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        std::mt19937_64 random(9);
        std::vector<std::int64_t> integers{0, std::numeric_limits<std::int64_t>::min(),
                                           std::numeric_limits<std::int64_t>::max()};
        std::vector<double> doubles{0.1,
                                    1e23,
                                    5e-324,
                                    1.7976931348623157e308,
                                    9223372036854775808.0,
                                    std::numeric_limits<double>::infinity()};
        std::vector<float> floats{0.1F, 16777216.0F, 1e-45F, 3.4028235e38F};
        for (int i = 0; i < 10'000; ++i) {
            integers.push_back(static_cast<std::int64_t>(random()) >> (random() % 64));
            if (const auto number = std::bit_cast<double>(random()); std::isfinite(number))
                doubles.push_back(number);
            if (const auto number = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
                std::isfinite(number))
                floats.push_back(number);
        }
        // Given as numeric and read from it.
        CHECK(co_await pool.query_one<std::vector<std::int64_t>>("select $1::numeric[]", integers)
              == integers);
        CHECK(co_await pool.query_one<std::vector<double>>("select $1::numeric[]", doubles) == doubles);
        CHECK(co_await pool.query_one<std::vector<float>>("select $1::numeric[]", floats) == floats);
        // The server's own cast makes the same double of it.
        const auto differing =
            co_await pool.query_one<std::int64_t>("select count(*) from unnest($1::numeric[], $2::float8[]) "
                                                  "u(n, f) where n::float8 is distinct from f",
                                                  doubles, doubles);
        CHECK(differing == 0);
        // Read as numeric, and given as what was read.
        const auto whole = co_await pool.query_one<std::vector<numeric>>("select $1::int8[]", integers);
        CHECK(co_await pool.query_one<std::vector<std::int64_t>>("select $1::int8[]", whole) == integers);
        const auto exact = co_await pool.query_one<std::vector<numeric>>("select $1::float8[]", doubles);
        CHECK(co_await pool.query_one<std::vector<double>>("select $1::float8[]", exact) == doubles);
        const auto exact_floats =
            co_await pool.query_one<std::vector<numeric>>("select $1::float4[]", floats);
        CHECK(co_await pool.query_one<std::vector<float>>("select $1::float4[]", exact_floats) == floats);
    });
}

TEST_CASE("numeric goes into a domain over it") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await pool.execute("create domain price_of_oracle as numeric(20, 4) check (value >= 0)");
        CHECK(fmt::to_string(
                  co_await pool.query_one<numeric>("select $1::price_of_oracle", numeric::parse("1234.5")))
              == "1234.5000");
        CHECK(co_await pool.query_one<std::int32_t>("select $1::price_of_oracle", numeric::parse("77.000"))
              == 77);
        co_await pool.execute("drop domain price_of_oracle");
    });
}

} // namespace types_oracle_numbers

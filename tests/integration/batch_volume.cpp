// Batches larger than all buffers between client and server: no deadlock, and no memory that grows with them.
#include <ranges>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "memory.hpp"
#include "run.hpp"

namespace batch_volume_tests {

using namespace pgcoro::testing;

TEST_CASE("a hundred thousand rows of 3 kB, each answered by 3 kB, take little memory") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        const std::string value(3'000, 'x');
        co_await pool.query("select $1::text", value);
        const peak_memory peak;
        const auto n = co_await pool.execute_many(
            "select $1::text",
            std::views::iota(0, 100'000) | std::views::transform([&](int) { return std::string_view(value); }));
        CHECK(n == 100'000);
        peak.must_stay_below(50);
    });
}

TEST_CASE("the same without atomicity, and with values larger than a socket's buffer") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        const std::string value(1'000'000, 'x');
        co_await pool.query("select $1::text", value);
        for (const bool atomic : {true, false}) {
            const peak_memory peak;
            const auto n = co_await pool.execute_many(
                "select $1::text",
                std::views::iota(0, 300) | std::views::transform([&](int) { return std::string_view(value); }),
                {.atomic = atomic});
            CHECK(n == 300);
            peak.must_stay_below(100);
        }
    });
}

TEST_CASE("a dynamic batch with large arguments and large results does not block") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        const std::string value(10'000, 'x');
        pgcoro::dynamic_batch statements;
        for (int i = 0; i < 5'000; ++i) statements.add("select $1::text, $2::int", std::string_view(value), i);
        const auto results = co_await pool.batch(std::move(statements));
        REQUIRE(results.size() == 5'000);
        CHECK(results[4'999][0][0].as<std::string_view>() == value);
        CHECK(results[4'999][0][1].as<int>() == 4'999);
    });
}

TEST_CASE("a hundred thousand statements of a dynamic batch, small ones") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await execute_all(pool, "drop table if exists batch_volume", "create table batch_volume (n int)");
        pgcoro::dynamic_batch statements;
        statements.reserve(100'000);
        for (int i = 0; i < 100'000; ++i) statements.add("insert into batch_volume values ($1)", i);
        const auto results = co_await pool.batch(std::move(statements));
        CHECK(results.size() == 100'000);
        const auto count = co_await pool.query_one<int>("select count(*)::int from batch_volume");
        CHECK(count == 100'000);
        co_await pool.execute("drop table batch_volume");
    });
}

} // namespace batch_volume_tests

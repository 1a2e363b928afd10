// Infinite intervals before the oracle, on servers that have them.
#include "type_oracle.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

using namespace pgcoro::testing;

namespace types_oracle_infinite_intervals {

using pgcoro::interval;

const literals infinities{"infinity", "-infinity", "+infinity", "Infinity"};
const std::vector<interval> operands{interval::infinity(), -interval::infinity(), interval{}, interval{14, -3, 5}};
const std::vector<std::string> expressions{"a + b", "a - b", "-a", "a * -2", "justify_hours(a)", "justify_days(a)", "justify_interval(a)"};

/// What this side makes of an expression; nothing where it refuses.
std::optional<std::string> result_of(const std::string& expression, const interval& a, const interval& b) {
    try {
        const auto result = expression == "a + b"   ? a + b
                            : expression == "a - b" ? a - b
                            : expression == "-a"    ? -a
                            : expression == "a * -2" ? a * -2
                            : expression == "justify_hours(a)" ? pgcoro::justify_hours(a)
                            : expression == "justify_days(a)"  ? pgcoro::justify_days(a)
                                                               : pgcoro::justify_interval(a);
        return fmt::to_string(result);
    } catch (const pgcoro::conversion_error& refused) {
        CHECK(refused.code() == pgcoro::errc::value_out_of_range);
        return std::nullopt;
    }
}

asio::awaitable<void> check_calculations(const pgcoro::pool& pool) {
    for (const auto& expression : expressions) {
        const pgcoro::runtime_sql statement(fmt::format("select ({})::text from (select $1::interval as a, $2::interval as b) x", expression));
        for (const auto& a : operands)
            for (const auto& b : operands) {
                CAPTURE(expression);
                CAPTURE(fmt::to_string(a));
                CAPTURE(fmt::to_string(b));
                auto operation = pool.query_one<std::string>(statement, a, b).as_result();
                const auto there = co_await std::move(operation);
                const auto here = result_of(expression, a, b);
                CHECK(there.has_value() == here.has_value());
                if (there.has_value()) CHECK(*there == here);
                else CHECK(there.error().code() == pgcoro::sqlstate::datetime_field_overflow);
            }
    }
}

TEST_CASE("infinite intervals come back as the server has them, and are calculated as by the server") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        if (co_await pool.query_one<int>("select current_setting('server_version_num')::int") < 170000) {
            MESSAGE("skipped: infinite_intervals needs PostgreSQL 17");
            co_return;
        }
        co_await check_with_oracle<interval>(pool, "interval", infinities);
        co_await check_calculations(pool);
        co_await pool.execute("create domain oracle_infinite_interval as interval");
        const auto [of_domain, later] = co_await pool.query_one<std::tuple<interval, std::chrono::sys_days>>(
            "select $1::oracle_infinite_interval, ('2020-01-01'::date + $1::oracle_infinite_interval)::date", -interval::infinity());
        CHECK(fmt::to_string(of_domain) == "-infinity");
        CHECK(later == std::chrono::sys_days::min());
        co_await pool.execute("drop domain oracle_infinite_interval");
        const auto refused = co_await failure_of(pool.query_one<std::chrono::seconds>("select 'infinity'::interval"));
        CHECK(refused.code() == pgcoro::errc::value_out_of_range);
        CHECK(contains(refused.what(), "interval value infinity cannot be held by std::chrono::seconds"));
    });
}

} // namespace types_oracle_infinite_intervals

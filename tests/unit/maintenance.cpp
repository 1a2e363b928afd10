// When a pool opens and closes connections of its own accord.
#include <pgcoro/pool/maintenance.hpp>

#include <chrono>
#include <doctest/doctest.h>
#include <vector>

namespace maintenance_tests {

using namespace pgcoro::pooling;
using namespace std::chrono_literals;

namespace {

const auto now = std::chrono::steady_clock::time_point(100h);

/// Idle for so long, with so much of its lifetime left.
idle_connection idle(std::size_t slot, std::chrono::steady_clock::duration since,
                     std::chrono::steady_clock::duration left = 1h) {
    return {slot, now - since, now + left};
}

maintenance_rules rules() {
    return {.min_connections = 0, .min_idle = 0, .max_idle = {}, .idle_timeout = 10min};
}

std::vector<std::size_t> closed(const maintenance_plan& plan, retirement why) {
    std::vector<std::size_t> slots;
    for (const auto& c : plan.close)
        if (c.why == why) slots.push_back(c.slot);
    return slots;
}

} // namespace

TEST_CASE("a connection that was idle for too long is closed, others are not") {
    const auto plan = plan_maintenance(rules(), {idle(3, 11min), idle(1, 10min), idle(2, 9min)}, 3, 0, now);
    CHECK(closed(plan, retirement::idle_time) == std::vector<std::size_t>{3, 1});
    CHECK(plan.close.size() == 2);
    CHECK(plan.open == 0);
}

TEST_CASE("a connection whose lifetime is over is closed even if it is needed, and replaced") {
    auto r = rules();
    r.min_connections = 2;
    const auto plan = plan_maintenance(r, {idle(0, 1s, 0s), idle(1, 1s)}, 2, 0, now);
    CHECK(closed(plan, retirement::lifetime) == std::vector<std::size_t>{0});
    CHECK(plan.open == 1);
}

TEST_CASE("min_connections are kept, however long they were idle") {
    auto r = rules();
    r.min_connections = 2;
    const auto plan = plan_maintenance(r, {idle(0, 3h), idle(1, 2h), idle(2, 1h)}, 3, 0, now);
    CHECK(closed(plan, retirement::idle_time) == std::vector<std::size_t>{0});
    CHECK(plan.open == 0);
}

TEST_CASE("connections in use count towards min_connections") {
    auto r = rules();
    r.min_connections = 2;
    const auto plan = plan_maintenance(r, {idle(0, 1h)}, 3, 0, now); // two more are in use
    CHECK(plan.close.size() == 1);
    CHECK(plan.open == 0);
}

TEST_CASE("min_idle are kept in reserve") {
    auto r = rules();
    r.min_idle = 2;
    SUBCASE("and not closed") {
        const auto plan = plan_maintenance(r, {idle(0, 3h), idle(1, 2h), idle(2, 1h)}, 5, 0, now);
        CHECK(plan.close.size() == 1);
        CHECK(plan.open == 0);
    }
    SUBCASE("and opened, those on their way included") {
        CHECK(plan_maintenance(r, {}, 3, 0, now).open == 2);
        CHECK(plan_maintenance(r, {}, 3, 1, now).open == 1);
        CHECK(plan_maintenance(r, {idle(0, 1s)}, 3, 1, now).open == 0);
    }
}

TEST_CASE("what exceeds max_idle is closed, the least recently used first") {
    auto r = rules();
    r.max_idle = 1;
    const auto plan = plan_maintenance(r, {idle(5, 3s), idle(4, 2s), idle(3, 1s)}, 3, 0, now);
    CHECK(closed(plan, retirement::surplus) == std::vector<std::size_t>{5, 4});
}

TEST_CASE("min_connections are opened if they are missing") {
    auto r = rules();
    r.min_connections = 3;
    CHECK(plan_maintenance(r, {}, 0, 0, now).open == 3);
    CHECK(plan_maintenance(r, {}, 2, 2, now).open == 1);
}

} // namespace maintenance_tests

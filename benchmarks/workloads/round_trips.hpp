// What distance costs: over TCP, through a proxy that adds a round trip (runner/delaying_proxy.hpp). Their
// figures are seconds per operation.
#pragma once

#include <array>
#include <cstddef>

#include "workload.hpp"

namespace benchmark {

/// Point selects: one after another, or together.
inline constexpr int selects_at_a_distance = 3;

/// Rows that are stored by COPY, by one batch of inserts, or by single inserts, each awaited.
inline constexpr std::size_t rows_at_a_distance = 1000;

namespace round_trip {
using namespace std::chrono_literals;
inline constexpr auto near = 500us, far = 5000us;
} // namespace round_trip

inline constexpr std::array round_trip_workloads{
    workload{.family = "near-",
             .variant = "in-turn",
             .title = "three point selects in turn, 0.5 ms away",
             .added_round_trip = round_trip::near},
    workload{.family = "near-",
             .variant = "batch",
             .title = "three point selects as a batch, 0.5 ms away",
             .added_round_trip = round_trip::near},
    workload{.family = "near-",
             .variant = "copy",
             .title = "1000 rows by COPY, 0.5 ms away",
             .added_round_trip = round_trip::near},
    workload{.family = "near-",
             .variant = "inserts",
             .title = "1000 rows by one batch of inserts, 0.5 ms away",
             .added_round_trip = round_trip::near},
    workload{.family = "near-",
             .variant = "insert",
             .title = "rows by single inserts, 0.5 ms away; figures for one row",
             .added_round_trip = round_trip::near},
    workload{.family = "far-",
             .variant = "in-turn",
             .title = "three point selects in turn, 5 ms away",
             .added_round_trip = round_trip::far},
    workload{.family = "far-",
             .variant = "batch",
             .title = "three point selects as a batch, 5 ms away",
             .added_round_trip = round_trip::far},
    workload{.family = "far-",
             .variant = "copy",
             .title = "1000 rows by COPY, 5 ms away",
             .added_round_trip = round_trip::far},
    workload{.family = "far-",
             .variant = "inserts",
             .title = "1000 rows by one batch of inserts, 5 ms away",
             .added_round_trip = round_trip::far},
    workload{.family = "far-",
             .variant = "insert",
             .title = "rows by single inserts, 5 ms away; figures for one row",
             .added_round_trip = round_trip::far},
};

} // namespace benchmark

// Slow statements among short ones: how long do the short ones wait?
#pragma once

#include <array>

#include "workload.hpp"

namespace benchmark {

/// One of so many statements is slow; the others are point selects, whose latency is recorded.
inline constexpr int statements_per_slow_one = 500;
inline constexpr char select_slowly[] = "select pg_sleep(0.02)::text";

inline constexpr std::array mixed_load_workloads{
    workload{.family = "mixed-",
             .variant = "1",
             .title = "0.2 % of the statements take 20 ms; 256 tasks, 16 connections, one in flight each",
             .tasks = 256,
             .connections = 16,
             .depth = 1},
    workload{.family = "mixed-",
             .variant = "4",
             .title = "the same, up to 4 in flight on each connection",
             .tasks = 256,
             .connections = 16,
             .depth = 4},
    workload{.family = "mixed-",
             .variant = "16",
             .title = "the same, up to 16 in flight on each connection",
             .tasks = 256,
             .connections = 16,
             .depth = 16},
    workload{.family = "mixed-",
             .variant = "automatic",
             .title = "the same, as many in flight as the contender finds out to suit",
             .tasks = 256,
             .connections = 16,
             .depth = automatic_depth},
};

} // namespace benchmark

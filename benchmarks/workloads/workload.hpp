// What describes a workload, whatever it asks for.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace benchmark {

/// For `workload::depth`: the contender finds out while it runs.
inline constexpr int automatic_depth = -1;

/// What is to be done. Workloads of a family differ in one respect; their names begin with the family's.
struct workload {
    std::string_view family;
    std::string_view variant; ///< what tells it from others of its family
    std::string_view title;
    int tasks = 1;       ///< callers at once, each of whom asks again as soon as it has its answer
    int connections = 1; ///< that may be used; 0: as many as suit the contender best
    int size = 0;        ///< of what is asked for; what it counts is the family's business
    int depth = 0;       ///< statements in flight on a connection; 0: as many as suit the contender best; or
                         ///< `automatic_depth`
    std::chrono::microseconds added_round_trip{}; ///< on the way to the server, which is TCP then

    std::string name() const { return std::string(family) + std::string(variant); }
};

} // namespace benchmark

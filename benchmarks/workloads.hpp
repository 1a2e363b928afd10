// The workloads that every contender runs, so that all of them answer the same question.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "workloads/basic.hpp"
#include "workloads/magicstack.hpp"
#include "workloads/mixed_load.hpp"
#include "workloads/round_trips.hpp"
#include "workloads/scale.hpp"

namespace benchmark {

/// All of them, in the order in which they run.
inline constexpr auto workloads = [] {
    std::array<workload, basic_workloads.size() + magicstack_workloads.size() + mixed_load_workloads.size()
                             + round_trip_workloads.size() + scale_workloads.size()>
        all;
    auto* end = std::ranges::copy(basic_workloads, all.begin()).out;
    end = std::ranges::copy(magicstack_workloads, end).out;
    end = std::ranges::copy(mixed_load_workloads, end).out;
    end = std::ranges::copy(round_trip_workloads, end).out;
    std::ranges::copy(scale_workloads, end);
    return all;
}();

/// Null if there is none of that name.
constexpr const workload* find_workload(std::string_view name) {
    for (const auto& each : workloads)
        if (name.starts_with(each.family) && name.substr(each.family.size()) == each.variant) return &each;
    return nullptr;
}

} // namespace benchmark

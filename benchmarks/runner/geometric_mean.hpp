// MagicStack's seven queries as one figure.
#pragma once

#include <cmath>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "../workloads.hpp"
#include "summary.hpp"

namespace benchmark {

/// The geometric mean, in each round, of a contender's client CPU in relation to another's. Nothing if one of
/// the two has not run them all.
inline std::optional<spread> mean_cpu_ratio(const all_runs& measured, std::string_view of,
                                            std::string_view other) {
    std::vector<double> logarithms;
    for (const auto& each : magicstack_workloads) {
        const auto* const own = find_runs(measured, each.name(), of);
        const auto* const others = find_runs(measured, each.name(), other);
        if (own == nullptr || others == nullptr || own->size() != others->size()) return std::nullopt;
        logarithms.resize(own->size());
        for (std::size_t round = 0; round < logarithms.size(); ++round)
            logarithms[round] += std::log(cpu_ratio((*own)[round], (*others)[round]));
    }
    for (auto& each : logarithms) each = std::exp(each / static_cast<double>(magicstack_workloads.size()));
    return spread_of(std::move(logarithms));
}

/// Of the medians of operations per second.
inline std::optional<double> mean_operations_per_second(const all_runs& measured, std::string_view of) {
    double logarithm = 0;
    for (const auto& each : magicstack_workloads) {
        const auto* const own = find_runs(measured, each.name(), of);
        if (own == nullptr) return std::nullopt;
        logarithm += std::log(summarize(*own, {}).operations_per_second.median);
    }
    return std::exp(logarithm / static_cast<double>(magicstack_workloads.size()));
}

} // namespace benchmark

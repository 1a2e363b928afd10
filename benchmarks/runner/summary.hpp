// From single runs to what the report says of a contender in a workload.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "contender.hpp"
#include "known_contenders.hpp"

namespace benchmark {

/// A figure over all rounds.
struct spread {
    double median, least, most;
};

/// Precondition: there is a figure.
inline spread spread_of(std::vector<double> figures) {
    std::ranges::sort(figures);
    const auto middle = figures.size() / 2;
    const double median =
        figures.size() % 2 == 1 ? figures[middle] : (figures[middle - 1] + figures[middle]) / 2;
    return {median, figures.front(), figures.back()};
}

/// The runs of a contender in a workload, one for each round.
using runs = std::vector<run_result>;

/// By workload and contender.
using all_runs = std::map<std::string, std::map<std::string, runs>>;

/// Null if there are none.
inline const runs* find_runs(const all_runs& in, const std::string& workload, std::string_view contender) {
    const auto of = in.find(workload);
    if (of == in.end()) return nullptr;
    const auto found = of->second.find(std::string(contender));
    return found == of->second.end() ? nullptr : &found->second;
}

/// `figure(run, other)` for the runs of the same rounds; nothing if one of the two has missed a round.
template <class Figure>
std::optional<spread> paired(const runs& of, const runs& others, Figure&& figure) {
    if (of.empty() || of.size() != others.size()) return std::nullopt;
    std::vector<double> figures;
    for (std::size_t round = 0; round < of.size(); ++round) figures.push_back(figure(of[round], others[round]));
    return spread_of(std::move(figures));
}

/// How much client CPU an operation takes in relation to another's.
inline double cpu_ratio(const run_result& of, const run_result& other) {
    return of.cpu_microseconds() / other.cpu_microseconds();
}

struct summary {
    spread operations_per_second;
    spread cpu_microseconds;                           ///< of the client, user and system
    std::optional<spread> ratio;                       ///< of client CPU to the baseline's in the same round
    std::optional<double> allocations, cpp_allocations, system_calls; ///< per operation, if they are counted
    double peak_memory_mib;
};

/// @param base the baseline's runs of the same rounds; empty if it did not run
inline summary summarize(const runs& of, const runs& base) {
    const auto collect = [&](auto&& figure) {
        std::vector<double> figures;
        for (const auto& run : of) figures.push_back(figure(run));
        return spread_of(std::move(figures));
    };
    const auto per_operation = [&](const char* name) -> std::optional<double> {
        if (!of.front().per_operation(name)) return std::nullopt;
        return collect([name](const run_result& run) { return run.per_operation(name).value(); }).median;
    };
    summary made{
        .operations_per_second = collect([](const auto& run) { return run.operations_per_second(); }),
        .cpu_microseconds = collect([](const auto& run) { return run.cpu_microseconds(); }),
        .ratio = {},
        .allocations = per_operation("allocations"),
        .cpp_allocations = per_operation("cpp_allocations"),
        .system_calls = per_operation("system_calls"),
        .peak_memory_mib = collect([](const auto& run) { return run["peak_memory_kib"] / 1024; }).most};
    made.ratio = paired(of, base, cpu_ratio);
    return made;
}

inline boost::json::object to_json(const spread& s) {
    return {{"median", s.median}, {"least", s.least}, {"most", s.most}};
}

inline boost::json::object to_json(const summary& s) {
    boost::json::object json{{"operations_per_second", to_json(s.operations_per_second)},
                             {"cpu_microseconds", to_json(s.cpu_microseconds)},
                             {"peak_memory_mib", s.peak_memory_mib}};
    if (s.allocations) json["allocations"] = *s.allocations;
    if (s.cpp_allocations) json["cpp_allocations"] = *s.cpp_allocations;
    if (s.system_calls) json["system_calls"] = *s.system_calls;
    if (s.ratio) json["ratio"] = to_json(*s.ratio);
    return json;
}

} // namespace benchmark

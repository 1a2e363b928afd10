// What the runner is asked to do.
#pragma once

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "../workloads.hpp"
#include "known_contenders.hpp"

namespace benchmark {

struct options {
    std::filesystem::path contenders_directory; ///< one program for each contender; see `left_out`
    std::filesystem::path output_directory;
    std::vector<std::string> contenders;
    std::vector<std::string> workloads;
    int rounds = 7;
    int scale_rounds = 3; ///< at most so many for workloads that are points of a curve
    double warm_up = 0.3; ///< seconds
    double seconds = 1;
    int core = -1; ///< -1: the last one that there is
    bool pinned = true;
    bool check = false;
    bool instructions = false;
    bool keeps_heap = true; ///< contenders do not give the heap's top back after each large result
    std::vector<std::filesystem::path> compared; ///< two files of results; nothing is run then
};

/// Thrown for a command line that makes no sense.
struct usage_error : std::invalid_argument {
    using std::invalid_argument::invalid_argument;
};

inline std::vector<std::string> split(std::string_view list) {
    std::vector<std::string> parts(1);
    for (const char c : list) {
        if (c == ',')
            parts.emplace_back();
        else
            parts.back() += c;
    }
    return parts;
}

template <class Number>
Number parse_number(std::string_view name, std::string_view text) {
    Number number{};
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed != std::errc() || end != text.data() + text.size() || number < 0)
        throw usage_error("\"" + std::string(text) + "\" is not a number for " + std::string(name));
    return number;
}

/// How much is measured.
enum class extent {
    quick,    ///< what most targets are about
    standard, ///< everything but curves
    full
};

inline bool belongs_to(extent chosen, const workload& of) {
    const auto is = [&](auto... families) { return ((of.family == families) || ...); };
    switch (chosen) {
    case extent::quick:
        return is("W", "M", "far-");
    case extent::standard:
        return is("W", "M", "mixed-", "near-", "far-");
    case extent::full:
        break;
    }
    return true;
}

/// The workloads, in their own order, that a list names, each by its name or together by their family's, with or without
/// its dash.
inline std::vector<std::string> named_workloads(const std::vector<std::string>& wanted) {
    const auto names = [](const std::string& word, const workload& of) {
        return word == of.name() || word == of.family || word + '-' == of.family;
    };
    for (const auto& word : wanted)
        if (std::ranges::none_of(workloads, [&](const auto& of) { return names(word, of); }))
            throw usage_error("there is no workload \"" + word + '"');
    std::vector<std::string> found;
    for (const auto& of : workloads)
        if (std::ranges::any_of(wanted, [&](const auto& word) { return names(word, of); })) found.push_back(of.name());
    return found;
}

inline std::vector<std::string> named_contenders(const std::vector<std::string>& wanted) {
    std::vector<std::string> found;
    for (const auto& each : known_contenders)
        if (std::ranges::find(wanted, each.name) != wanted.end()) found.emplace_back(each.name);
    for (const auto& name : wanted)
        if (std::ranges::find(found, name) == found.end()) throw usage_error("there is no contender \"" + name + '"');
    return found;
}

/// Reads the command line.
inline options parse_options(int count, char** words) {
    options asked;
    auto chosen = extent::standard;
    for (const auto& each : known_contenders) asked.contenders.emplace_back(each.name);

    for (int i = 1; i < count; ++i) {
        const std::string_view name = words[i];
        const auto value = [&]() -> std::string_view {
            if (++i == count) throw usage_error(std::string(name) + " needs a value");
            return words[i];
        };
        if (name == "--contenders-directory")
            asked.contenders_directory = value();
        else if (name == "--output")
            asked.output_directory = value();
        else if (name == "--quick")
            chosen = extent::quick, asked.rounds = 3, asked.warm_up = 0.05, asked.seconds = 0.1;
        else if (name == "--full")
            chosen = extent::full, asked.rounds = 10, asked.warm_up = 0.5, asked.seconds = 3;
        else if (name == "--only")
            asked.workloads = named_workloads(split(value()));
        else if (name == "--contender")
            asked.contenders = named_contenders(split(value()));
        else if (name == "--rounds")
            asked.rounds = std::max(1, parse_number<int>(name, value()));
        else if (name == "--warm-up")
            asked.warm_up = parse_number<double>(name, value());
        else if (name == "--seconds")
            asked.seconds = parse_number<double>(name, value());
        else if (name == "--core")
            asked.core = parse_number<int>(name, value());
        else if (name == "--unpinned")
            asked.pinned = false;
        else if (name == "--check")
            asked.check = true;
        else if (name == "--instructions")
            asked.instructions = true;
        else if (name == "--default-heap")
            asked.keeps_heap = false;
        else if (name == "--compare") {
            asked.compared.emplace_back(value());
            asked.compared.emplace_back(value());
        } else
            throw usage_error("\"" + std::string(name) + "\" is not an option");
    }
    if (!asked.compared.empty()) return asked;
    if (asked.contenders_directory.empty() || asked.output_directory.empty())
        throw usage_error("--contenders-directory and --output are needed");
    if (asked.workloads.empty())
        for (const auto& of : workloads)
            if (belongs_to(chosen, of)) asked.workloads.push_back(of.name());
    if (asked.instructions)
        for (const auto& each : known_contenders)
            if (!each.counts_calls) std::erase(asked.contenders, each.name);
    return asked;
}

} // namespace benchmark

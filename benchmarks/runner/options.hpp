// What the runner is asked to do.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "../workloads.hpp"

namespace benchmark {

/// Someone who may compete.
struct known_contender {
    std::string_view name;
    bool counts_calls = true; ///< it counts its allocations and system calls, and runs under valgrind
};

/// All there are, in the order in which they run.
inline constexpr std::array known_contenders{
    known_contender{"libpq"},   known_contender{"libpq-pipelined"},  known_contender{"asio"},
    known_contender{"pgcoro"},  known_contender{"pgcoro-defaults"},  known_contender{"libpqxx"},
    known_contender{"asyncpg", false}, known_contender{"psycopg", false},
    known_contender{"node-pg", false}, known_contender{"postgres.js", false},
};

struct options {
    std::filesystem::path contenders_directory; ///< one program for each contender; see `left_out`
    std::filesystem::path output_directory;
    std::vector<std::string> contenders;
    std::vector<std::string> workloads;
    int rounds = 10;
    double warm_up = 0.5; ///< seconds
    double seconds = 3;
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

/// Reads the command line.
inline options parse_options(int count, char** words) {
    options asked;
    for (const auto& each : known_contenders) asked.contenders.emplace_back(each.name);
    for (const auto& each : workloads) asked.workloads.emplace_back(each.name);

    const auto choose = [](std::vector<std::string>& from, std::string_view list, const char* what) {
        const auto wanted = split(list);
        for (const auto& name : wanted)
            if (std::ranges::find(from, name) == from.end())
                throw usage_error("there is no " + std::string(what) + " \"" + name + '"');
        std::erase_if(from,
                      [&](const auto& name) { return std::ranges::find(wanted, name) == wanted.end(); });
    };

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
            asked.rounds = 5, asked.warm_up = 0.1, asked.seconds = 0.3;
        else if (name == "--only")
            choose(asked.workloads, value(), "workload");
        else if (name == "--contender")
            choose(asked.contenders, value(), "contender");
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
    if (asked.instructions)
        for (const auto& each : known_contenders)
            if (!each.counts_calls) std::erase(asked.contenders, each.name);
    return asked;
}

} // namespace benchmark

// The tables that are printed, and the file of results.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "options.hpp"
#include "family_tables.hpp"
#include "judgement.hpp"
#include "summary.hpp"

namespace benchmark {

/// Where and how the figures were taken.
struct circumstances {
    int core = -1; ///< -1: not pinned
    std::string server_version;
    std::vector<std::string> left_out; ///< contenders, with the reason
};

/// "12345678" as "12 345 678".
inline std::string grouped(double number) {
    auto digits = fmt::format("{:.0f}", number);
    for (auto at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3)
        digits.insert(static_cast<std::size_t>(at), 1, ' ');
    return digits;
}

inline std::string figure_or_dash(const std::optional<double>& figure, int digits) {
    return figure ? fmt::format("{:.{}f}", *figure, digits) : std::string("-");
}

/// What the contenders that are not built on libpq say that they are.
inline std::vector<std::string> clients(const all_runs& measured) {
    std::set<std::string> names;
    for (const auto& [workload, by_contender] : measured)
        for (const auto& [contender, of] : by_contender)
            if (const auto* client = of.front().json.if_contains("client"))
                names.emplace(client->as_string());
    return {names.begin(), names.end()};
}

inline std::string libpq_version(const all_runs& measured) {
    for (const auto& [workload, by_contender] : measured)
        for (const auto& [contender, of] : by_contender)
            if (of.front().json.contains("libpq")) {
                const auto number = static_cast<int>(of.front()["libpq"]);
                return fmt::format("{}.{}", number / 10000, number % 100);
            }
    return "not used";
}

inline void print_table(const options& asked, const workload& of,
                        const std::map<std::string, runs>& by_contender) {
    fmt::print("\n{}  {}\n", of.name(), of.title);
    fmt::print("{:<18} {:>10} {:>9}  {:<23} {:>9} {:>9} {:>10} {:>9}\n", "", "operations", "CPU us",
               "ratio to libpq", "allocs/op", "C++", "syscalls", "peak");
    fmt::print("{:<18} {:>10} {:>9}  {:<23} {:>9} {:>9} {:>10} {:>9}\n", "contender", "per second", "per op",
               "median (least-most)", "", "allocs/op", "per op", "MiB");
    for (const auto& name : contenders_of(asked, by_contender)) {
        const auto s = summary_of(by_contender, name);
        const auto ratio =
            s.ratio ? fmt::format("{:.3f} ({:.3f}-{:.3f})", s.ratio->median, s.ratio->least, s.ratio->most)
                    : std::string("-");
        fmt::print("{:<18} {:>10} {:>9.2f}  {:<23} {:>9} {:>9} {:>10} {:>9.1f}\n", name,
                   grouped(s.operations_per_second.median), s.cpu_microseconds.median, ratio,
                   figure_or_dash(s.allocations, 2), figure_or_dash(s.cpp_allocations, 4),
                   figure_or_dash(s.system_calls, 2), s.peak_memory_mib);
    }
}

/// Where and how the figures were taken, and what they are.
inline std::vector<std::string> circumstances_in_words(const options& asked, const circumstances& where,
                                                       const all_runs& measured) {
    std::vector<std::string> lines{
        fmt::format("libpq {}, PostgreSQL {}; {} rounds of {} s after {} s; {}", libpq_version(measured), where.server_version,
                    asked.rounds, asked.seconds, asked.warm_up,
                    where.core < 0 ? std::string("on all cores")
                                   : fmt::format("client and server on core {}", where.core)),
        "CPU is the client's (user and system). Ratios are of CPU per operation, paired within each round.",
        "C++ allocs are those that libpq does not make itself.",
        asked.keeps_heap ? "M_TRIM_THRESHOLD is 64 MiB, M_MMAP_THRESHOLD 32 MiB for every contender."
                         : "M_TRIM_THRESHOLD and M_MMAP_THRESHOLD are glibc's defaults."};
    if (std::ranges::any_of(curves, [&](const auto& each) { return has_run(measured, each.family); }))
        lines.push_back(fmt::format("Curves are of {} rounds.", std::min(asked.rounds, asked.scale_rounds)));
    for (const auto& client : clients(measured)) lines.push_back(client);
    for (const auto& reason : where.left_out) lines.push_back("Left out: " + reason);
    return lines;
}

inline void print_family_table(const family_table& table) {
    constexpr int name_width = 18, width = 12;
    fmt::print("\n{}\n{:<{}}", table.title, table.corner, name_width);
    for (const auto& column : table.columns) fmt::print(" {:>{}}", column, width);
    for (const auto& row : table.rows) {
        fmt::print("\n{:<{}}", row.name, name_width);
        for (const auto& cell : row.cells) fmt::print(" {:>{}}", cell, width);
    }
    fmt::print("\n");
}

inline void print_tables(const options& asked, const circumstances& where, const all_runs& measured) {
    fmt::print("\n");
    for (const auto& line : circumstances_in_words(asked, where, measured)) fmt::print("{}\n", line);
    for (const auto& each : workloads)
        if (const auto found = measured.find(each.name()); found != measured.end() && has_table_of_its_own(each))
            print_table(asked, each, found->second);
    for (const auto& table : family_tables(asked, measured)) print_family_table(table);
    for (const auto& each : curves)
        if (has_run(measured, each.family)) print_family_table(curve_table(asked, measured, each));
}

inline void write_results(const std::filesystem::path& file, const options& asked, const circumstances& where,
                          const all_runs& measured) {
    namespace json = boost::json;
    json::object workloads_json;
    for (const auto& [workload, by_contender] : measured) {
        json::object contenders;
        for (const auto& [contender, of] : by_contender) {
            json::array rounds;
            for (const auto& run : of) rounds.push_back(run.json);
            contenders[contender] = {{"summary", to_json(summary_of(by_contender, contender))},
                                     {"rounds", std::move(rounds)}};
        }
        workloads_json[workload] = std::move(contenders);
    }
    json::array left_out(where.left_out.begin(), where.left_out.end());
    const json::object all{{"server_version", where.server_version},
                           {"left_out", std::move(left_out)},
                           {"libpq_version", libpq_version(measured)},
                           {"core", where.core},
                           {"keeps_heap", asked.keeps_heap},
                           {"warm_up", asked.warm_up},
                           {"seconds", asked.seconds},
                           {"workloads", std::move(workloads_json)}};
    std::filesystem::create_directories(file.parent_path());
    std::ofstream out(file);
    if (!(out << json::serialize(all) << '\n' << std::flush))
        throw std::runtime_error("could not write " + file.string());
    fmt::print("\nWritten to {}\n", file.string());
}

} // namespace benchmark

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
#include "summary.hpp"
#include "targets.hpp"

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

/// The contenders of a workload in the order in which they ran.
inline std::vector<std::string> contenders_of(const options& asked,
                                              const std::map<std::string, runs>& by_contender) {
    auto names = asked.contenders;
    std::erase_if(names, [&](const auto& name) { return !by_contender.contains(name); });
    return names;
}

inline summary summary_of(const std::map<std::string, runs>& by_contender, const std::string& contender) {
    const auto base = by_contender.find(std::string(baseline));
    return summarize(by_contender.at(contender), base == by_contender.end() ? runs() : base->second);
}

inline void print_table(const options& asked, const workload& of,
                        const std::map<std::string, runs>& by_contender) {
    fmt::print("\n{}  {}\n", of.name, of.title);
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

/// What became of the targets.
inline std::vector<judgement> judgements(const all_runs& measured) {
    std::vector<judgement> all;
    const auto add = [&all](const target& aim, judgement made) {
        made.what = fmt::format("{}  {}", aim.workload, made.what);
        all.push_back(std::move(made));
    };
    for (const auto& aim : targets) {
        const auto found = measured.find(std::string(aim.workload));
        if (found == measured.end() || !found->second.contains(std::string(judged))) continue;
        const auto s = summary_of(found->second, std::string(judged));
        if (s.ratio) add(aim, judge_ratio(aim, *s.ratio));
        if (!aim.allocates) add(aim, judge_allocations(s.cpp_allocations.value()));
    }
    return all;
}

/// Prints them and returns the worst.
inline verdict print_judgement(const all_runs& measured) {
    fmt::print("\nTargets for {}\n", judged);
    auto worst = verdict::holds;
    for (const auto& [what, said] : judgements(measured)) {
        fmt::print("{}: {}\n", what, name_of(said));
        worst = std::max(worst, said);
    }
    return worst;
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
        asked.keeps_heap ? "M_TRIM_THRESHOLD is 64 MiB for every contender."
                         : "M_TRIM_THRESHOLD is glibc's default."};
    for (const auto& client : clients(measured)) lines.push_back(client);
    for (const auto& reason : where.left_out) lines.push_back("Left out: " + reason);
    return lines;
}

inline void print_tables(const options& asked, const circumstances& where, const all_runs& measured) {
    fmt::print("\n");
    for (const auto& line : circumstances_in_words(asked, where, measured)) fmt::print("{}\n", line);
    for (const auto& each : workloads)
        if (const auto found = measured.find(std::string(each.name)); found != measured.end())
            print_table(asked, each, found->second);
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

// Tables in which several workloads stand beside each other.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "../workloads.hpp"
#include "geometric_mean.hpp"
#include "options.hpp"
#include "summary.hpp"

namespace benchmark {

/// Ready to be printed, as text or otherwise.
struct family_table {
    struct row {
        std::string name;
        std::vector<std::string> cells; ///< one for each column
    };

    std::string title;
    std::string corner; ///< what the names of the rows are
    std::vector<std::string> columns;
    std::vector<row> rows;
};

/// A family of workloads whose cost is a function of what grows.
struct curve {
    std::string_view family, grows, title;
};

inline constexpr std::array curves{
    curve{"tasks-", "tasks", "Point selects by more and more tasks over a pool"},
    curve{"connections-", "connections", "Point selects by 256 tasks over more and more connections"},
    curve{"rows-", "rows", "Results of more and more rows of four columns"},
    curve{"parameters-", "parameters", "Statements of more and more parameters"}};

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

inline bool has_table_of_its_own(const workload& of) { return of.family == "W" || of.family == "M"; }

inline std::vector<const workload*> that_ran(const all_runs& measured, std::string_view family) {
    std::vector<const workload*> found;
    for (const auto& of : workloads)
        if (of.family == family && measured.contains(of.name())) found.push_back(&of);
    return found;
}

inline bool has_run(const all_runs& measured, std::string_view family) {
    return !that_ran(measured, family).empty();
}

/// Contenders down, the workloads of a family across; `cell(runs)` says what is shown of one in the other.
template <class Cell>
family_table contenders_by_workload(const options& asked, const all_runs& measured, std::string_view family,
                                    std::string title, Cell&& cell) {
    family_table table{std::move(title), "contender", {}, {}};
    const auto ran = that_ran(measured, family);
    for (const auto* of : ran) table.columns.emplace_back(of->variant);
    for (const auto& contender : asked.contenders) {
        family_table::row row{contender, {}};
        bool any = false;
        for (const auto* of : ran) {
            const auto* const found = find_runs(measured, of->name(), contender);
            row.cells.push_back(found == nullptr ? "-" : cell(*found));
            any = any || found != nullptr;
        }
        if (any) table.rows.push_back(std::move(row));
    }
    return table;
}

inline family_table curve_table(const options& asked, const all_runs& measured, const curve& of) {
    return contenders_by_workload(
        asked, measured, of.family, fmt::format("{}; client CPU per operation, us", of.title),
        [](const runs& each) { return fmt::format("{:.2f}", summarize(each, {}).cpu_microseconds.median); });
}

/// Those who ran all seven of MagicStack's queries.
inline family_table magicstack_table(const options& asked, const all_runs& measured) {
    family_table table{"MagicStack's seven queries, geometric means",
                       "contender",
                       {"CPU / libpq's", "least", "most", "ops/s"},
                       {}};
    for (const auto& contender : asked.contenders) {
        const auto ratio = mean_cpu_ratio(measured, contender, baseline);
        const auto speed = mean_operations_per_second(measured, contender);
        if (!ratio || !speed) continue;
        const auto figure = [](double number) { return fmt::format("{:.3f}", number); };
        table.rows.push_back({contender,
                              {figure(ratio->median), figure(ratio->least), figure(ratio->most),
                               fmt::format("{:.0f}", *speed)}});
    }
    return table;
}

/// Latency of short statements among slow ones.
inline family_table mixed_load_table(const options& asked, const all_runs& measured) {
    family_table table{
        "0.2 % of the statements take 20 ms; 256 tasks, 16 connections; latency of the others, ms",
        "in flight on each",
        {"ops/s", "p50", "p99", "p99.9"},
        {}};
    for (const auto* of : that_ran(measured, "mixed-"))
        for (const auto& contender : asked.contenders) {
            const auto* const found = find_runs(measured, of->name(), contender);
            if (found == nullptr) continue;
            family_table::row row{
                fmt::format("{} {}", contender, of->variant),
                {fmt::format("{:.0f}", summarize(*found, {}).operations_per_second.median)}};
            for (const char* quantile : {"p50_seconds", "p99_seconds", "p99.9_seconds"}) {
                std::vector<double> milliseconds;
                for (const auto& run : *found) milliseconds.push_back(1e3 * run[quantile]);
                row.cells.push_back(fmt::format("{:.3f}", spread_of(std::move(milliseconds)).median));
            }
            table.rows.push_back(std::move(row));
        }
    return table;
}

/// All but curves. Those of which nothing ran are left out.
inline std::vector<family_table> family_tables(const options& asked, const all_runs& measured) {
    std::vector<family_table> all;
    const auto milliseconds = [](const runs& of) {
        return fmt::format("{:.3f}", 1e3 / summarize(of, {}).operations_per_second.median);
    };
    if (has_run(measured, "M")) all.push_back(magicstack_table(asked, measured));
    if (has_run(measured, "mixed-")) all.push_back(mixed_load_table(asked, measured));
    for (const auto& [family, title] : {std::pair("near-", "0.5 ms away"), std::pair("far-", "5 ms away")})
        if (has_run(measured, family))
            all.push_back(contenders_by_workload(
                asked, measured, family,
                fmt::format("Over TCP, {} (round trip); ms for three selects in turn, three as a batch, 1000 "
                            "rows by COPY and by one batch of inserts, one row by an insert",
                            title),
                milliseconds));
    std::erase_if(all, [](const auto& table) { return table.rows.empty(); });
    return all;
}

} // namespace benchmark

// The report as a page: tables and charts, with nothing that would have to be fetched.
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "family_tables.hpp"
#include "judgement.hpp"
#include "line_chart.hpp"
#include "options.hpp"
#include "plot.hpp"
#include "report.hpp"
#include "summary.hpp"
#include "targets.hpp"

namespace benchmark {

inline void write_file(const std::filesystem::path& file, std::string_view content) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream out(file);
    if (!(out << content << std::flush)) throw std::runtime_error("could not write " + file.string());
}

/// Client CPU in relation to the baseline's, if that ran.
inline std::optional<std::string> chart_of_ratios(const options& asked, const workload& of,
                                                  const all_runs& measured) {
    const auto& by_contender = measured.at(of.name());
    std::vector<bar> bars;
    for (const auto& name : contenders_of(asked, by_contender))
        if (const auto s = summary_of(by_contender, name); s.ratio) bars.push_back({name, *s.ratio, name == judged});
    if (bars.empty()) return std::nullopt;
    std::optional<double> goal;
    for (const auto& aim : targets)
        if (aim.workload == of.name()) goal = aim.ratio_with(libpq_of_judged(measured));
    return bar_chart(std::move(bars), 1, baseline, goal).svg();
}

inline std::string html_table(const options& asked, const std::map<std::string, runs>& by_contender) {
    std::string rows;
    for (const auto& name : contenders_of(asked, by_contender)) {
        const auto s = summary_of(by_contender, name);
        const auto ratio =
            s.ratio ? fmt::format("{:.3f} ({:.3f} to {:.3f})", s.ratio->median, s.ratio->least, s.ratio->most) : std::string("-");
        rows += fmt::format("<tr{}><th>{}<td>{}<td>{:.2f}<td>{}<td>{}<td>{}<td>{}<td>{:.1f}\n",
                            name == judged ? " class=judged" : "", xml_escaped(name), grouped(s.operations_per_second.median),
                            s.cpu_microseconds.median, ratio, figure_or_dash(s.allocations, 2),
                            figure_or_dash(s.cpp_allocations, 4), figure_or_dash(s.system_calls, 2), s.peak_memory_mib);
    }
    return "<table><tr><th>contender<th>operations/s<th>client CPU, µs<th>ratio to libpq<th>allocations<th>of them C++"
           "<th>system calls<th>peak, MiB\n"
           + rows + "</table>\n";
}

inline std::string html_family_table(const family_table& table) {
    std::string html = fmt::format("<p>{}\n<table><tr><th>{}", xml_escaped(table.title), xml_escaped(table.corner));
    for (const auto& column : table.columns) html += "<th>" + xml_escaped(column);
    for (const auto& row : table.rows) {
        html += fmt::format("\n<tr{}><th>{}", row.name == judged ? " class=judged" : "", xml_escaped(row.name));
        for (const auto& cell : row.cells) html += "<td>" + xml_escaped(cell);
    }
    return html + "</table>\n";
}

/// Writes report.html, and each of its charts as a file of its own beside it.
inline void write_report(const options& asked, const circumstances& where, const all_runs& measured) {
    std::string page =
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">"
        "<title>pgcoro and its peers</title>\n"
        "<style>body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
        "table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:13px}"
        "td,th{padding:.2rem .5rem;text-align:right;border-bottom:1px solid #8884}th:first-child{text-align:left}"
        "tr.judged{font-weight:600}svg{width:100%;margin:.5rem 0}h2{margin:2rem 0 .2rem}"
        ":root{color-scheme:light dark}</style>\n<h1>pgcoro and its peers</h1>\n";
    for (const auto& line : circumstances_in_words(asked, where, measured)) page += "<p>" + xml_escaped(line) + "\n";
    for (const auto& each : workloads) {
        const auto found = measured.find(each.name());
        if (found == measured.end() || !has_table_of_its_own(each)) continue;
        page += fmt::format("<h2>{}</h2>\n<p>{}\n", each.name(), xml_escaped(each.title));
        if (const auto chart = chart_of_ratios(asked, each, measured)) {
            page += *chart;
            write_file(asked.output_directory / fmt::format("{}.svg", each.name()), *chart);
        }
        page += html_table(asked, found->second);
    }
    for (const auto& table : family_tables(asked, measured)) page += html_family_table(table);
    for (const auto& each : curves) {
        if (!has_run(measured, each.family)) continue;
        const auto chart = line_chart(lines_of(asked, measured, each.family), each.grows, "client CPU per operation, µs").svg();
        page += fmt::format("<h2>{}</h2>\n{}", xml_escaped(each.title), chart);
        write_file(asked.output_directory / fmt::format("{}.svg", each.grows), chart);
        page += html_family_table(curve_table(asked, measured, each));
    }
    page += "<h2>Targets</h2>\n<ul>\n";
    for (const auto& [line, said] : judgements(measured)) page += fmt::format("<li>{}: {}\n", xml_escaped(line), xml_escaped(name_of(said)));
    page += "</ul></html>\n";
    const auto file = asked.output_directory / "report.html";
    write_file(file, page);
    fmt::print("Written to {}\n", file.string());
}

} // namespace benchmark

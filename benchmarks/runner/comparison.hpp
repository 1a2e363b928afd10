// What changed between two files of results.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

namespace benchmark {

inline boost::json::object read_results(const std::filesystem::path& file) {
    std::ifstream in(file);
    if (!in) throw std::runtime_error("could not read " + file.string());
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    boost::system::error_code failed;
    const auto value = boost::json::parse(text, failed);
    if (failed || !value.is_object() || !value.as_object().contains("workloads"))
        throw std::runtime_error(file.string() + " is no file of results");
    return value.as_object();
}

/// Prints, for each workload and contender of both files, how the medians changed. Ratios to libpq compare across
/// machines and days; times and operations per second do so only if nothing else was different.
inline void print_comparison(const std::filesystem::path& before_file, const std::filesystem::path& after_file) {
    const auto before = read_results(before_file), after = read_results(after_file);
    fmt::print("{:<15} {:<18} {:>32} {:>26}\n", "", "", "ratio to libpq, client CPU", "operations per second");
    for (const auto& [workload, contenders] : after.at("workloads").as_object()) {
        const auto* const old_workload = before.at("workloads").as_object().if_contains(workload);
        if (old_workload == nullptr) continue;
        for (const auto& [contender, now] : contenders.as_object()) {
            const auto* const old = old_workload->as_object().if_contains(contender);
            if (old == nullptr) continue;
            const auto median = [](const boost::json::value& of, std::string_view figure) -> double {
                const auto* const found = of.at("summary").as_object().if_contains(figure);
                return found == nullptr ? 0 : found->at("median").to_number<double>();
            };
            const auto changed = [&](std::string_view figure, int digits) {
                const double from = median(*old, figure), to = median(now, figure);
                if (from == 0 || to == 0) return std::string("-");
                return fmt::format("{:.{}f} -> {:.{}f} ({:+.1f} %)", from, digits, to, digits, 100 * (to / from - 1));
            };
            fmt::print("{:<15} {:<18} {:>32} {:>26}\n", std::string_view(workload), std::string_view(contender),
                       changed("ratio", 3), changed("operations_per_second", 0));
        }
    }
}

} // namespace benchmark

// How many instructions a contender's program spends on an operation, as valgrind counts them.
#pragma once

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "contender.hpp"
#include "options.hpp"

namespace benchmark {

/// The instructions, outside of the kernel, of a whole run of `operations`; nothing if the contender does not
/// offer the workload. Leaves callgrind's file behind for callgrind_annotate.
inline std::optional<std::uint64_t> count_instructions(const options& asked, const std::string& contender,
                                                       const std::string& workload, const std::string& dsn,
                                                       int operations) {
    const auto profile =
        asked.output_directory / fmt::format("callgrind.{}.{}.{}", contender, workload, operations);
    const auto said =
        output_of({"valgrind", "--quiet", "--tool=callgrind", "--callgrind-out-file=" + profile.string(),
                   (asked.contenders_directory / contender).string(), "--workload", workload, "--dsn", dsn,
                   "--operations", std::to_string(operations)},
                  std::chrono::minutes(5));
    if (!said) return std::nullopt;
    constexpr std::string_view key = "totals: ";
    std::ifstream file(profile);
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with(key)) continue;
        std::uint64_t total = 0;
        std::from_chars(line.data() + key.size(), line.data() + line.size(), total);
        return total;
    }
    throw std::runtime_error("callgrind left no total in " + profile.string());
}

/// Prints instructions per operation: the difference between a long and a short run, so that start and end do
/// not count.
inline void print_instructions(const options& asked, const std::string& dsn) {
    const auto few_and_many = [](const std::string& name) {
        const workload& of = *find_workload(name);
        const bool huge = name == "W6" || name == "M5" || of.family == "rows-" || of.variant == "copy" || of.variant == "inserts";
        if (huge) return std::pair(1, 3);
        const bool large = name == "W4" || name == "W5" || name == "W7" || (of.family == "M" && name != "M7");
        return large ? std::pair(10, 60) : std::pair(2'000, 12'000);
    };
    std::filesystem::create_directories(asked.output_directory);
    fmt::print("\nInstructions per operation, outside of the kernel (callgrind)\n");
    for (const auto& workload : asked.workloads)
        for (const auto& contender : asked.contenders) {
            const auto [few, many] = few_and_many(workload);
            const auto least = count_instructions(asked, contender, workload, dsn, few);
            if (!least) continue;
            const auto most = count_instructions(asked, contender, workload, dsn, many).value();
            fmt::print("{}  {:<18} {:>8.0f}\n", workload, contender,
                       static_cast<double>(most - *least) / (many - few));
            std::fflush(stdout);
        }
    fmt::print("Profiles for callgrind_annotate: {}/callgrind.*\n", asked.output_directory.string());
}

} // namespace benchmark

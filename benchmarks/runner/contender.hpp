// Runs a contender's program and reads what it reports.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <optional>
#include <poll.h>
#include <spawn.h>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

#include "../meter.hpp"

namespace benchmark {

/// What a contender measured in one run.
struct run_result {
    boost::json::object json;

    double operator[](std::string_view name) const { return json.at(name).to_number<double>(); }
    double cpu_seconds() const { return (*this)["user_seconds"] + (*this)["system_seconds"]; }
    /// Nothing if the contender does not count it.
    std::optional<double> per_operation(std::string_view name) const {
        if (!json.contains(name)) return std::nullopt;
        return (*this)[name] / (*this)["operations"];
    }
    double cpu_microseconds() const { return 1e6 * cpu_seconds() / (*this)["operations"]; }
    double seconds_per_operation() const { return (*this)["seconds"] / (*this)["operations"]; }
    double operations_per_second() const { return (*this)["operations"] / (*this)["seconds"]; }
};

/// Takes those out of a list of contenders who have no program, and tells why: for each a line of the file `left_out`,
/// which the build writes beside the programs.
inline std::vector<std::string> leave_out(std::vector<std::string>& contenders, const std::filesystem::path& directory) {
    std::vector<std::string> reasons;
    std::erase_if(contenders, [&](const std::string& name) {
        if (std::filesystem::exists(directory / name)) return false;
        std::string reason = name + ": there is no program of it";
        std::ifstream file(directory / "left_out");
        for (std::string line; std::getline(file, line);)
            if (line.starts_with(name + ": ")) reason = line;
        reasons.push_back(reason);
        return true;
    });
    return reasons;
}

/// The standard output of a program that ends with status 0; nothing if it ends with `workload_not_offered`.
/// @param limit after which the program is killed
inline std::optional<std::string> output_of(std::vector<std::string> command, std::chrono::seconds limit) {
    std::vector<char*> words;
    for (auto& word : command) words.push_back(word.data());
    words.push_back(nullptr);

    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    pid_t child = 0;
    const int failed = posix_spawnp(&child, words[0], &actions, nullptr, words.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (failed != 0) {
        close(ends[0]);
        throw std::system_error(failed, std::generic_category(), command[0]);
    }

    std::string said;
    bool in_time = true;
    const auto deadline = std::chrono::steady_clock::now() + limit;
    for (char block[4096];;) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        pollfd ready{ends[0], POLLIN, 0};
        in_time = left.count() > 0 && poll(&ready, 1, static_cast<int>(left.count())) == 1;
        if (!in_time) break;
        const auto size = read(ends[0], block, sizeof block);
        if (size <= 0) break;
        said.append(block, static_cast<std::size_t>(size));
    }
    close(ends[0]);
    if (!in_time) kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    if (!in_time)
        throw std::runtime_error(command[0] + " did not end within " + std::to_string(limit.count())
                                 + " seconds");
    if (WIFEXITED(status) && WEXITSTATUS(status) == workload_not_offered) return std::nullopt;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        throw std::runtime_error(command[0] + " failed (status " + std::to_string(status) + ")");
    return said;
}

/// Reads and checks a contender's line of JSON.
inline run_result parse_run(const std::string& said, std::string_view contender, std::string_view workload) {
    run_result run{boost::json::parse(said).as_object()};
    if (run.json.at("contender").as_string() != contender || run.json.at("workload").as_string() != workload)
        throw std::runtime_error("a result of another contender or workload: " + said);
    for (const auto* name : {"operations", "seconds", "user_seconds", "system_seconds", "peak_memory_kib"})
        if (run[name] < 0) throw std::runtime_error(std::string(name) + " is negative: " + said);
    for (const auto* name : {"allocations", "cpp_allocations", "system_calls"})
        if (run.per_operation(name).value_or(0) < 0) throw std::runtime_error(std::string(name) + " is negative: " + said);
    if (run["operations"] < 1 || run["seconds"] <= 0)
        throw std::runtime_error("nothing was measured: " + said);
    return run;
}

} // namespace benchmark

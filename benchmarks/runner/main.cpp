// Runs all contenders in turn against one throwaway server and reports how they compare.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include "comparison.hpp"
#include "contender.hpp"
#include "delaying_proxy.hpp"
#include "html.hpp"
#include "instructions.hpp"
#include "judgement.hpp"
#include "options.hpp"
#include "pinning.hpp"
#include "report.hpp"
#include "server.hpp"
#include "summary.hpp"

namespace {

using namespace benchmark;

/// Has glibc's allocator in all contenders keep what is free, rather than give it back, and ask for it again, with each result
/// of more than 128 KiB: the heap's top, and blocks that have pages of their own, which glibc would learn to avoid by itself
/// if the first were not set (glibc's manual, "Malloc Tunable Parameters").
void keep_heap() {
    setenv("MALLOC_TRIM_THRESHOLD_", "67108864", 1);
    setenv("MALLOC_MMAP_THRESHOLD_", "33554432", 1);
}

/// A line that says how far it is, written over itself on a terminal.
class progress {
public:
    void show(const std::string& text) {
        if (isatty(STDERR_FILENO) != 0) fmt::print(stderr, "\r\033[K{}", text);
    }
    void step(const std::string& text) {
        if (isatty(STDERR_FILENO) == 0) fmt::print(stderr, "{}\n", text);
    }
    ~progress() { show(""); }
};

std::optional<run_result> run_once(const options& asked, const std::string& contender,
                                   const std::string& workload, const std::string& dsn) {
    const auto limit = std::chrono::seconds(60 + static_cast<int>(10 * (asked.warm_up + asked.seconds)));
    const auto said =
        output_of({(asked.contenders_directory / contender).string(), "--workload", workload, "--dsn", dsn,
                   "--warm-up", std::to_string(asked.warm_up), "--seconds", std::to_string(asked.seconds)},
                  limit);
    if (!said) return std::nullopt;
    return parse_run(*said, contender, workload);
}

/// The ways to the server: its socket, and a proxy for each distance, once it is needed.
class routes {
public:
    explicit routes(const server& to) : to_(to) {}

    std::string dsn_for(const workload& of) {
        if (of.added_round_trip.count() == 0) return to_.dsn();
        auto& proxy = proxies_[of.added_round_trip];
        if (!proxy) proxy = std::make_unique<delaying_proxy>(to_.socket_file(), of.added_round_trip);
        return proxy->dsn();
    }

private:
    const server& to_;
    std::map<std::chrono::microseconds, std::unique_ptr<delaying_proxy>> proxies_;
};

bool is_of_a_curve(const workload& of) {
    return std::ranges::any_of(curves, [&](const curve& each) { return each.family == of.family; });
}

/// A B C A B C …, so that whatever changes on the machine meanwhile meets all alike.
all_runs run_interleaved(const options& asked, server& database) {
    all_runs measured;
    std::set<std::pair<std::string, std::string>> not_offered;
    routes to_server(database);
    progress line;
    for (int round = 1; round <= asked.rounds; ++round) {
        line.step(fmt::format("round {} of {}", round, asked.rounds));
        for (const auto& name : asked.workloads) {
            const workload& of = *find_workload(name);
            if (is_of_a_curve(of) && round > asked.scale_rounds) continue;
            for (const auto& contender : asked.contenders) {
                if (not_offered.contains({name, contender})) continue;
                line.show(fmt::format("round {} of {}: {} {}", round, asked.rounds, name, contender));
                database.reset();
                if (auto run = run_once(asked, contender, name, to_server.dsn_for(of)))
                    measured[name][contender].push_back(std::move(*run));
                else
                    not_offered.emplace(name, contender);
            }
        }
    }
    return measured;
}

int run(options asked) {
    if (!asked.compared.empty()) {
        print_comparison(asked.compared.front(), asked.compared.back());
        return 0;
    }
    circumstances where;
    where.left_out = leave_out(asked.contenders, asked.contenders_directory);
    if (asked.pinned) where.core = pin_to_core(asked.core);
    server database;
    where.server_version = database.version();
    if (asked.keeps_heap) keep_heap();
    if (asked.instructions) {
        print_instructions(asked, database.dsn());
        return 0;
    }
    const auto measured = run_interleaved(asked, database);
    if (measured.empty()) throw usage_error("no contender offers the workload");
    print_tables(asked, where, measured);
    const auto worst = print_judgement(measured);
    write_results(asked.output_directory / "results.json", asked, where, measured);
    write_report(asked, where, measured);
    if (!asked.check) return 0;
    return worst == verdict::holds ? 0 : worst == verdict::missed ? 1 : 3;
}

} // namespace

int main(int argc, char** argv) try {
    return run(parse_options(argc, argv));
} catch (const usage_error& wrong) {
    fmt::print(stderr, "benchmarks/run.sh: {}; see --help.\n", wrong.what());
    return 2;
} catch (const std::exception& failed) {
    fmt::print(stderr, "benchmarks/run.sh: {}\n", failed.what());
    return 2;
}

// pgcoro with the settings that suit each workload best.
#include <algorithm>
#include <cstddef>

#include "pgcoro_tasks/tasks.hpp"

using namespace benchmark;

namespace {

/// A pool needs few connections when each carries many statements.
constexpr int pool_size = 4;

/// More in flight on one connection gain nothing.
constexpr std::size_t deepest_pipeline = 64;

task* task_of(const workload& asked) {
    if (auto* const found = basic_task(asked.name())) return found;
    if (auto* const found = magicstack_task(asked.name())) return found;
    if (auto* const found = mixed_load_task(asked)) return found;
    if (auto* const found = round_trip_task(asked)) return found;
    return scale_task(asked);
}

pgcoro::pool_options settings_for(const workload& asked, const std::string& dsn) {
    const auto tasks = static_cast<std::size_t>(asked.tasks);
    const auto connections = static_cast<std::size_t>(asked.connections != 0 ? asked.connections : pool_size);
    pgcoro::pool_options settings;
    settings.connect = dsn;
    settings.concurrency = pgcoro::concurrency::single_threaded;
    settings.max_connections = connections;
    settings.min_connections = connections;
    settings.max_waiting = std::max(settings.max_waiting, tasks);
    settings.pipeline_depth = asked.depth == automatic_depth ? pgcoro::automatic_depth
                              : asked.depth != 0
                                  ? static_cast<std::size_t>(asked.depth)
                                  : std::min((tasks + connections - 1) / connections, deepest_pipeline);
    return settings;
}

} // namespace

int main(int argc, char** argv) {
    return run_contender(argc, argv, "pgcoro",
                         [](const run_options& options, const workload& asked, meter& measured) {
                             auto* const caller = task_of(asked);
                             if (caller == nullptr) return false;
                             run_on_pool(settings_for(asked, options.dsn), asked, *caller, measured);
                             return true;
                         });
}

// pgcoro with the settings that suit each workload best.
#include <cstddef>

#include "pgcoro_tasks.hpp"

using namespace benchmark;

/// A pool needs few connections when each carries many statements.
constexpr int pool_size = 4;

int main(int argc, char** argv) {
    return run_contender(
        argc, argv, "pgcoro", [](const run_options& options, const workload& asked, meter& measured) {
            const auto connections =
                static_cast<std::size_t>(asked.connections != 0 ? asked.connections : pool_size);
            pgcoro::pool_options settings;
            settings.connect = options.dsn;
            settings.concurrency = pgcoro::concurrency::single_threaded;
            settings.max_connections = connections;
            settings.min_connections = connections;
            settings.pipeline_depth = (static_cast<std::size_t>(asked.tasks) + connections - 1) / connections;
            run_on_pool(settings, asked, measured);
            return true;
        });
}

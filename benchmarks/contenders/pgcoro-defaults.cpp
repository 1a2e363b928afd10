// pgcoro with its default options, as one meets it first.
#include <cstddef>

#include "pgcoro_tasks/tasks.hpp"

using namespace benchmark;

int main(int argc, char** argv) {
    return run_contender(argc, argv, "pgcoro-defaults",
                         [](const run_options& options, const workload& asked, meter& measured) {
                             auto* caller = basic_task(asked.name());
                             if (caller == nullptr) caller = magicstack_task(asked.name());
                             if (caller == nullptr) return false;
                             pgcoro::pool_options settings;
                             settings.connect = options.dsn;
                             if (asked.connections != 0)
                                 settings.max_connections = static_cast<std::size_t>(asked.connections);
                             run_on_pool(settings, asked, *caller, measured);
                             return true;
                         });
}

// The baseline: libpq, used as well as one can without sharing connections between callers.
#include "raw_batches.hpp"
#include "raw_copy.hpp"
#include "raw_libpq.hpp"
#include "raw_rows.hpp"

using namespace benchmark;

/// With 16 connections a loop is as quick as it gets with one statement in flight on each.
constexpr int pool_size = 16;

int main(int argc, char** argv) {
    return run_contender(argc, argv, "libpq",
                         [](const run_options& options, const workload& asked, meter& measured) {
                             if (asked.name == "W1")
                                 raw::run_blocking(options.dsn, measured);
                             else if (asked.name == "W2")
                                 raw::run_pooled(pool_size, options.dsn, measured);
                             else if (asked.name == "W3")
                                 raw::run_pipelined(1, asked.tasks, options.dsn, measured);
                             else if (asked.name == "W4")
                                 raw::run_measurements(options.dsn, measured);
                             else if (asked.name == "W5")
                                 raw::run_types(asked.connections, options.dsn, measured);
                             else if (asked.name == "W6")
                                 raw::run_copies(options.dsn, measured);
                             else if (asked.name == "W7")
                                 raw::run_inserts(options.dsn, measured);
                             else if (asked.name == "W8")
                                 raw::run_selects(options.dsn, measured);
                             else
                                 return false;
                             return true;
                         });
}

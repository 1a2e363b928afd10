// The baseline: libpq, used as well as one can without sharing connections between callers.
#include <algorithm>
#include <string>

#include "raw_batches.hpp"
#include "raw_copy.hpp"
#include "raw_libpq.hpp"
#include "raw_magicstack.hpp"
#include "raw_round_trips.hpp"
#include "raw_rows.hpp"

using namespace benchmark;

namespace {

/// With 16 connections a loop is as quick as it gets with one statement in flight on each.
constexpr int pool_size = 16;

bool run_basic(const workload& asked, const std::string& dsn, meter& measured) {
    const auto name = asked.name();
    if (name == "W1")
        raw::run_blocking(dsn, measured);
    else if (name == "W2")
        raw::run_pooled(pool_size, dsn, measured);
    else if (name == "W3")
        raw::run_pipelined(1, asked.tasks, dsn, measured);
    else if (name == "W3-batch")
        raw::run_selects(selects_per_batch, true, dsn, measured);
    else if (name == "W4")
        raw::run_measurements(dsn, measured);
    else if (name == "W5")
        raw::run_types(asked.connections, dsn, measured);
    else if (name == "W6")
        raw::run_copies(rows_to_copy(), true, dsn, measured);
    else if (name == "W7")
        raw::run_inserts(dsn, measured);
    else if (name == "W8")
        raw::run_selects(selects_per_request, true, dsn, measured);
    else
        return false;
    return true;
}

bool run_magicstack(const workload& asked, const std::string& dsn, meter& measured) {
    const auto name = asked.name();
    if (name == "M1")
        raw::run_types(asked.connections, dsn, measured);
    else if (name == "M2")
        raw::run_series(asked.connections, dsn, measured);
    else if (name == "M3")
        raw::run_blobs(asked.connections, dsn, measured);
    else if (name == "M4")
        raw::run_arrays(asked.connections, dsn, measured);
    else if (name == "M5")
        raw::run_wide_copies(asked.connections, dsn, measured);
    else if (name == "M6")
        raw::run_batches_on_all(asked.connections, dsn, measured);
    else if (name == "M7")
        raw::run_sum(asked.connections, dsn, measured);
    else
        return false;
    return true;
}

bool run_at_a_distance(const workload& asked, const std::string& dsn, meter& measured) {
    if (asked.added_round_trip.count() == 0) return false;
    if (asked.variant == "in-turn")
        raw::run_selects_in_turn(dsn, measured);
    else if (asked.variant == "batch")
        raw::run_selects(selects_at_a_distance, false, dsn, measured);
    else if (asked.variant == "copy")
        raw::run_copies(rows_to_copy(rows_at_a_distance), false, dsn, measured);
    else if (asked.variant == "inserts")
        raw::run_inserts(dsn, measured);
    else if (asked.variant == "insert")
        raw::run_single_inserts(dsn, measured);
    else
        return false;
    return true;
}

bool run_scale(const workload& asked, const std::string& dsn, meter& measured) {
    if (asked.family == "tasks-")
        raw::run_pooled(std::min(asked.tasks, pool_size), dsn, measured);
    else if (asked.family == "connections-")
        raw::run_pooled(asked.connections, dsn, measured);
    else if (asked.family == "rows-")
        raw::run_many_measurements(asked.size, dsn, measured);
    else if (asked.family == "parameters-")
        raw::run_sums(asked.size, dsn, measured);
    else
        return false;
    return true;
}

} // namespace

int main(int argc, char** argv) {
    return run_contender(
        argc, argv, "libpq", [](const run_options& options, const workload& asked, meter& measured) {
            return run_basic(asked, options.dsn, measured) || run_magicstack(asked, options.dsn, measured)
                   || run_at_a_distance(asked, options.dsn, measured)
                   || run_scale(asked, options.dsn, measured);
        });
}

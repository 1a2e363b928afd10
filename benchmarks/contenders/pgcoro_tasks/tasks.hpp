// What the contenders that use pgcoro have in common: callers, which are coroutines, and the pool that they
// ask.
#pragma once

#include <pgcoro/pool.hpp>

#include <boost/asio/awaitable.hpp>

#include <string>
#include <vector>

#include "../../meter.hpp"

namespace benchmark {

namespace asio = boost::asio;

/// What the callers of a workload share. The rows to be copied are made beforehand.
struct shared_by_tasks {
    const workload& asked;
    meter& measured;
    id_sequence ids{};
    std::vector<copied> rows_to_copy{};
    std::vector<wide_row> wide_rows{};
};

/// A caller: asks until the measurement is over.
using task = asio::awaitable<void>(const pgcoro::pool&, shared_by_tasks&);

/// The callers of each kind of workload; null if it is of another kind.
task* basic_task(const std::string& name);
task* magicstack_task(const std::string& name);
task* mixed_load_task(const workload& asked);
task* round_trip_task(const workload& asked);
task* scale_task(const workload& asked);

/// Those that several kinds have.
task ask_for_worlds, ask_for_types, insert_batches;

/// Runs a workload's callers on one thread.
void run_on_pool(const pgcoro::pool_options& options, const workload& asked, task& caller, meter& measured);

} // namespace benchmark

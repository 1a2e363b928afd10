// Runs tasks on a pool, on one thread.
#include <pgcoro/pgcoro.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>

#include "tasks.hpp"

namespace benchmark {

void run_on_pool(const pgcoro::pool_options& options, const workload& asked, task& caller, meter& measured) {
    asio::io_context context(1);
    pgcoro::pool pool(context, options);
    shared_by_tasks shared{asked, measured};
    if (asked.name() == "W6") shared.rows_to_copy = rows_to_copy();
    if (asked.variant == "copy") shared.rows_to_copy = rows_to_copy(rows_at_a_distance);
    if (asked.name() == "M5") shared.wide_rows = wide_rows_to_copy();
    int running = asked.tasks;

    const auto rethrow = [](std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure);
    };
    const auto close_after_last = [&](std::exception_ptr failure) {
        rethrow(failure);
        if (--running == 0) pool.close()(rethrow);
    };
    pool.start()([&](std::exception_ptr failure) {
        rethrow(failure);
        measured.begin();
        for (int i = 0; i < asked.tasks; ++i) asio::co_spawn(context, caller(pool, shared), close_after_last);
    });
    context.run();
}

} // namespace benchmark

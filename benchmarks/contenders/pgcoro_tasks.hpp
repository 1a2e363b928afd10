// What the contenders that use pgcoro have in common: one coroutine a task, which asks a pool.
#pragma once

#include <pgcoro/pgcoro.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>

#include "../meter.hpp"

namespace benchmark {

namespace asio = boost::asio;

inline asio::awaitable<void> ask_for_worlds(const pgcoro::pool& pool, id_sequence& ids, meter& measured) {
    while (measured.running()) measured.count(co_await pool.query_one<world>(select_world, ids.next()));
}

inline asio::awaitable<void> copy_rows(const pgcoro::pool& pool, meter& measured) {
    const auto rows = rows_to_copy();
    measured.begin();
    while (measured.running()) {
        co_await pool.execute("truncate copytest");
        measured.count_copy(co_await pool.copy_in("copytest", rows));
    }
}

/// Runs a workload on one thread.
inline void run_on_pool(const pgcoro::pool_options& options, const workload& asked, meter& measured) {
    asio::io_context context(1);
    pgcoro::pool pool(context, options);
    id_sequence ids;
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
        if (asked.name == "W6") return asio::co_spawn(context, copy_rows(pool, measured), close_after_last);
        measured.begin();
        for (int i = 0; i < asked.tasks; ++i)
            asio::co_spawn(context, ask_for_worlds(pool, ids, measured), close_after_last);
    });
    context.run();
}

} // namespace benchmark

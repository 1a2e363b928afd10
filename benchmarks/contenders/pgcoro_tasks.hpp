// What the contenders that use pgcoro have in common: one coroutine a task, which asks a pool.
#pragma once

#include <pgcoro/pgcoro.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <exception>
#include <tuple>
#include <utility>

#include "../meter.hpp"

namespace benchmark {

namespace asio = boost::asio;

inline asio::awaitable<void> ask_for_worlds(const pgcoro::pool& pool, id_sequence& ids, meter& measured) {
    while (measured.running()) measured.count(co_await pool.query_one<world>(select_world, ids.next()));
}

inline asio::awaitable<void> ask_for_measurements(const pgcoro::pool& pool, meter& measured) {
    while (measured.running()) measured.count(co_await pool.query<measurement>(select_measurements));
}

inline asio::awaitable<void> ask_for_types(const pgcoro::pool& pool, meter& measured) {
    while (measured.running()) measured.count(co_await pool.query<type_row>(select_types, types_typmod, types_defined));
}

inline asio::awaitable<void> copy_rows(const pgcoro::pool& pool, meter& measured) {
    const auto rows = rows_to_copy();
    measured.begin();
    while (measured.running()) {
        co_await pool.execute("truncate copytest");
        measured.count_copy(co_await pool.copy_in("copytest", rows));
    }
}

inline asio::awaitable<void> insert_batches(const pgcoro::pool& pool, id_sequence& ids, meter& measured) {
    while (measured.running()) measured.count_inserts(co_await pool.execute_many(insert_world, worlds_to_insert(ids)));
}

inline asio::awaitable<void> ask_for_many_worlds(const pgcoro::pool& pool, id_sequence& ids, meter& measured) {
    const auto batch = [&]<std::size_t... I>(std::index_sequence<I...>) {
        return pool.batch((static_cast<void>(I), pgcoro::query_one<world>(select_world, ids.next()))...);
    };
    while (measured.running()) {
        const auto worlds = co_await batch(std::make_index_sequence<selects_per_request>());
        std::apply([&](const auto&... each) { (measured.count(each), ...); }, worlds);
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
        if (asked.name == "W4") return asio::co_spawn(context, ask_for_measurements(pool, measured), close_after_last);
        if (asked.name == "W7") return asio::co_spawn(context, insert_batches(pool, ids, measured), close_after_last);
        if (asked.name == "W8") return asio::co_spawn(context, ask_for_many_worlds(pool, ids, measured), close_after_last);
        for (int i = 0; i < asked.tasks; ++i)
            asio::co_spawn(context,
                           asked.name == "W5" ? ask_for_types(pool, measured) : ask_for_worlds(pool, ids, measured),
                           close_after_last);
    });
    context.run();
}

} // namespace benchmark

// Runs a coroutine on a pool of its own; 01_first_query.cpp shows the same without this help.
#pragma once

#include <pgcoro/pgcoro.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include <exception>

#include "example_database.hpp"

namespace asio = boost::asio;

/// What main returns: 0, or 1 after an error, which is printed.
inline int run_example(asio::awaitable<void> (*program)(pgcoro::pool&)) try {
    const example_database database;
    asio::io_context ctx;
    pgcoro::pool pool{ctx, pgcoro::pool_options{.connect = database.url()}};

    auto work = [&]() -> asio::awaitable<void> {
        co_await program(pool);
        co_await pool.close();
    };
    asio::co_spawn(ctx, work, [](std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure);
    });
    ctx.run();
    return 0;
} catch (const std::exception& e) {
    fmt::print(stderr, "{}\n", e.what());
    return 1;
}

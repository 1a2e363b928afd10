// How a pool is set up, what it does when it has too much to do, and what it counts.
#include <pgcoro/pgcoro.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include <chrono>
#include <exception>
#include <string>

#include "example_database.hpp"

namespace asio = boost::asio;
using namespace std::chrono_literals;

// prints: connecting with .*application_name='pool_options'
// prints: search_path is pg_catalog, as session_settings said
// prints: 100 statements ran on [1-4] connections
// prints: without a free connection: .*connections?.*04_pool_options

asio::awaitable<void> program(pgcoro::pool& pool) {
    co_await pool.start(); // opens min_connections, at least one: a wrong password shows here, not at the
                           // first request

    const auto path = co_await pool.query_one<std::string>("select current_setting('search_path')");
    fmt::print("search_path is {}, as session_settings said\n", path);

    // Many callers at once share the few connections: up to pipeline_depth statements travel on each.
    int done = 0;
    for (int i = 0; i < 100; ++i)
        pool.query_one<int>("select $1 + 1",
                            i)([&done](std::exception_ptr failure, int) { done += !failure; });
    while (done < 100) co_await pool.ping();
    fmt::print("100 statements ran on {} connections\n", pool.stats().total);

    { // acquire() takes a connection out of the pool; the lease's destructor returns it.
        const auto one = co_await pool.acquire(), two = co_await pool.acquire();
        const auto three = co_await pool.acquire(), four = co_await pool.acquire();
        fmt::print("server {}, backend {}\n", one.server_version(), one.backend_pid());
        const auto five = co_await pool.acquire().as_result(); // after acquire_timeout
        fmt::print("without a free connection: {}\n", five.error().what());
    }

    const pgcoro::pool_stats s = pool.stats();
    fmt::print("opened {}, acquired {}, of those in line {}, longest wait {} ms\n", s.opened, s.acquired,
               s.empty_acquired, s.max_wait / 1ms);
    co_await pool.close(5s); // refuses new work, waits for what runs, after 5 s ends it
}

int main() try {
    const example_database database;
    auto where = pgcoro::connect_options::parse(database.url());
    where.application_name("pool_options");
    fmt::print("connecting with {}\n", where.to_string()); // passwords are not shown

    asio::io_context ctx(1);
    pgcoro::pool pool{ctx, pgcoro::pool_options{.connect = where,
                                                .max_connections = 4,
                                                .acquire_timeout = 200ms,
                                                .query_timeout = 5s,
                                                .max_waiting = 1000,
                                                .pipeline_depth = 8,
                                                .session_settings = {{"search_path", "pg_catalog"}},
                                                .concurrency = pgcoro::concurrency::single_threaded}};
    asio::co_spawn(ctx, program(pool), [](std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure);
    });
    ctx.run();
} catch (const std::exception& e) {
    fmt::print(stderr, "{}\n", e.what());
    return 1;
}

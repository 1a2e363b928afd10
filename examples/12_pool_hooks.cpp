// Coroutines that see a pool's connections: when they are new, before a lease and after it.
#include <pgcoro/pgcoro.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include <exception>
#include <string>

#include "example_database.hpp"

namespace asio = boost::asio;

// prints: new: the time zone is UTC
// prints: before the lease: granted
// prints: the lease counts 3 rows
// prints: after the lease: no temporary table is left
// prints: after the lease: closed, it has served long enough
// prints: 2 connections opened, 1 closed by a hook

asio::awaitable<void> set_up(pgcoro::lease& fresh) {
    co_await fresh.execute("set time zone 'UTC'");
    fmt::print("new: the time zone is UTC\n");
}

asio::awaitable<bool> admit(pgcoro::lease& one) {
    const bool is_primary = !co_await one.query_one<bool>("select pg_is_in_recovery()");
    fmt::print("before the lease: {}\n", is_primary ? "granted" : "refused, this is a standby");
    co_return is_primary; // false closes the connection, and another is taken
}

asio::awaitable<bool> see_off(pgcoro::lease& one) {
    static int leases = 0;
    const bool clean = co_await one.query_one<bool>("select to_regclass('pg_temp.scratch') is null");
    fmt::print("after the lease: {}\n", clean ? "no temporary table is left" : "something is left");
    const bool keep = ++leases < 2;
    if (!keep) fmt::print("after the lease: closed, it has served long enough\n");
    co_return keep && clean;
}

asio::awaitable<void> program(pgcoro::pool& pool) {
    for (int i = 0; i < 2; ++i) {
        const auto lease = co_await pool.acquire();
        co_await lease.execute("create temporary table scratch as select * from generate_series(1, 3)");
        fmt::print("the lease counts {} rows\n", co_await lease.query_one<std::int64_t>("select count(*) from scratch"));
    }
    co_await pool.ping(); // no hook is called: statements of the pool share connections
    fmt::print("{} connections opened, {} closed by a hook\n", pool.stats().opened, pool.stats().closed_by_hook);
    co_await pool.close();
}

int main() try {
    const example_database database;
    asio::io_context ctx(1);
    pgcoro::pool_options options{.connect = database.url(), .max_connections = 1};
    options.on_connect = set_up;
    options.before_acquire = admit;
    options.after_release = see_off;
    pgcoro::pool pool{ctx, options};
    asio::co_spawn(ctx, program(pool), [](std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure);
    });
    ctx.run();
} catch (const std::exception& e) {
    fmt::print(stderr, "{}\n", e.what());
    return 1;
}

// The four database tests of the TechEmpower benchmark, answered by the HTTP server of examples/http_api.
//
//     techempower [--port N]
//
// The tests are described in the TechEmpower wiki, "Project Information Framework Tests Overview". The database is the one
// that DATABASE_URL names, else a throwaway server; its tables world and fortune are made anew. SIGINT and SIGTERM end it.
#include <pgcoro/pgcoro.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>

#include "example_database.hpp"
#include "http_api/router.hpp"
#include "http_api/server.hpp"
#include "handlers.hpp"

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

std::uint16_t read_arguments(int count, char** arguments) {
    std::uint16_t port = 0;
    if (count == 1) return port;
    const std::string_view name = arguments[1], value = count > 2 ? arguments[2] : "";
    if (count != 3 || name != "--port" || value.empty()
        || std::from_chars(value.data(), value.data() + value.size(), port).ptr != value.data() + value.size())
        throw std::runtime_error("usage: techempower [--port N]");
    return port;
}

const http_api::router routes({
    {"GET", "/db", techempower::one_query},
    {"GET", "/queries", techempower::several_queries},
    {"GET", "/fortunes", techempower::fortunes},
    {"GET", "/updates", techempower::updates},
});

asio::awaitable<void> run(pgcoro::pool& pool, http_api::server& server) {
    co_await techempower::create_tables(pool);
    fmt::print("listening on http://127.0.0.1:{}\n", server.endpoint().port());
    std::fflush(stdout);
    co_await server.run();
    co_await pool.close(10s);
}

} // namespace

int main(int count, char** arguments) try {
    const auto port = read_arguments(count, arguments);
    const example_database database;
    asio::io_context ctx(1);
    pgcoro::pool pool{ctx, pgcoro::pool_options{.connect = database.url(),
                                                .max_connections = 4,
                                                .max_waiting = 100'000,
                                                .pipeline_depth = 16,
                                                .concurrency = pgcoro::concurrency::single_threaded}};
    http_api::server server(ctx, {asio::ip::address_v4::loopback(), port},
                            [&pool](http_api::request asked) { return routes.answer(pool, std::move(asked)); });

    asio::signal_set signals(ctx, SIGINT, SIGTERM);
    signals.async_wait([&](boost::system::error_code failure, int) {
        if (!failure) server.stop();
    });
    asio::co_spawn(ctx, run(pool, server), [&](std::exception_ptr failure) {
        signals.cancel();
        if (failure) std::rethrow_exception(failure);
    });
    ctx.run();
} catch (const std::exception& e) {
    fmt::print(stderr, "techempower: {}\n", e.what());
    return 1;
}

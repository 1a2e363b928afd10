// An HTTP server with a JSON API over ISO's codes of countries, subdivisions and languages.
//
//     http_api [--port N] [--data FOLDER]
//
// The database is the one that DATABASE_URL names, else a throwaway server. SIGINT and SIGTERM end it
// gracefully.
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
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

#include "example_database.hpp"
#include "handlers.hpp"
#include "loading.hpp"
#include "router.hpp"
#include "schema.hpp"
#include "server.hpp"
#include "statements.hpp"

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

struct settings {
    std::uint16_t port = 0;
    std::filesystem::path data = "/usr/share/iso-codes/json";
};

settings read_arguments(int count, char** arguments) {
    settings read;
    for (int i = 1; i < count; i += 2) {
        const std::string_view name = arguments[i], value = i + 1 < count ? arguments[i + 1] : "";
        const auto* const end = value.data() + value.size();
        if (name == "--data" && !value.empty())
            read.data = value;
        else if (name != "--port" || value.empty()
                 || std::from_chars(value.data(), end, read.port).ptr != end)
            throw std::runtime_error("usage: http_api [--port N] [--data FOLDER]");
    }
    return read;
}

const http_api::router routes({
    {"GET", "/health", http_api::health},
    {"GET", "/countries", http_api::countries::list},
    {"POST", "/countries", http_api::countries::create},
    {"GET", "/countries/{code}", http_api::countries::get},
    {"PUT", "/countries/{code}", http_api::countries::replace},
    {"GET", "/countries/{code}/overview", http_api::countries::overview},
    {"GET", "/subdivisions", http_api::subdivisions::list},
    {"GET", "/languages", http_api::languages::list},
    {"GET", "/languages/{code}", http_api::languages::get},
});

asio::awaitable<void> run(pgcoro::pool& pool, http_api::server& server, const settings& chosen) {
    co_await pool.start(); // a wrong address or password ends the program here
    co_await http_api::create_schema(pool);
    co_await http_api::verify_statements(pool); // a table that is not as the statements expect ends it here
    const auto loaded = co_await http_api::load_iso_codes(pool, chosen.data);
    fmt::print("loaded {} countries, {} subdivisions, {} languages\n", loaded.countries, loaded.subdivisions,
               loaded.languages);
    fmt::print("listening on http://127.0.0.1:{}\n", server.endpoint().port());
    std::fflush(stdout);

    co_await server.run();
    co_await pool.close(10s);
    fmt::print("stopped\n");
}

} // namespace

int main(int count, char** arguments) try {
    const auto chosen = read_arguments(count, arguments);
    const example_database database;
    asio::io_context ctx(1);

    // One thread runs all of this, so that the pool needs no strand.
    pgcoro::pool pool{ctx, pgcoro::pool_options{.connect = database.url(),
                                                .max_connections = 8,
                                                .acquire_timeout = 5s,
                                                .query_timeout = 10s,
                                                .concurrency = pgcoro::concurrency::single_threaded}};
    http_api::server server(
        ctx, {asio::ip::address_v4::loopback(), chosen.port},
        [&pool](http_api::request asked) { return routes.answer(pool, std::move(asked)); });

    asio::signal_set signals(ctx, SIGINT, SIGTERM);
    signals.async_wait([&](boost::system::error_code failure, int) {
        if (!failure) server.stop();
    });
    asio::co_spawn(ctx, run(pool, server, chosen), [&](std::exception_ptr failure) {
        signals.cancel();
        if (failure) std::rethrow_exception(failure);
    });
    ctx.run();
} catch (const std::exception& e) {
    fmt::print(stderr, "http_api: {}\n", e.what());
    return 1;
}

// A connection of one's own: scripts, notices, what the server says of itself and of a statement.
#include <pgcoro/pgcoro.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

#include <cstdint>
#include <exception>
#include <string>
#include <tuple>

#include "example_database.hpp"

namespace asio = boost::asio;

// prints: notice: .*"moons".*skipping
// prints: the moons statement has 1 parameter and the columns name and planet
// prints: 2 moons of Mars
// prints: the script failed at character 32, and none of it was kept: 4 moons
// prints: the server speaks UTF8 and is there

asio::awaitable<void> program(std::string url) {
    const auto connection = co_await pgcoro::connect(co_await asio::this_coro::executor, url);
    connection.on_notice([](const pgcoro::diagnostics& said) { fmt::print("notice: {}\n", said.message); });

    // Several statements in one text: one transaction, unless the text has transactions of its own.
    co_await connection.execute_script("drop table if exists moons;"
                                       "create temporary table moons (name text, planet text);"
                                       "insert into moons values ('Phobos', 'Mars'), ('Deimos', 'Mars');"
                                       "insert into moons values ('Io', 'Jupiter'), ('Moon', 'Earth')");

    // What a statement will need and return, before it runs; it stays prepared.
    const auto known = co_await connection.prepare("select name, planet from moons where planet = $1");
    fmt::print("the moons statement has {} parameter and the columns {} and {}\n", known.parameters().size(),
               known.columns()[0].name, known.columns()[1].name);
    const auto moons = co_await connection.query<std::tuple<std::string, std::string>>(
        "select name, planet from moons where planet = $1", "Mars");
    fmt::print("{} moons of Mars\n", moons.size());

    std::uint32_t where = 0;
    try {
        co_await connection.execute_script("delete from moons; insert into asteroids values ('Dactyl')");
    } catch (const pgcoro::error& e) {
        where = e.diagnostics().position;
    }
    const auto kept = co_await connection.query_one<std::int64_t>("select count(*) from moons");
    fmt::print("the script failed at character {}, and none of it was kept: {} moons\n", where, kept);

    co_await connection.ping();
    fmt::print("the server speaks {} and is there\n", connection.parameter_status("server_encoding"));
    co_await connection.close();
}

int main() try {
    const example_database database;
    asio::io_context ctx(1);
    asio::co_spawn(ctx, program(database.url()), [](std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure);
    });
    ctx.run();
} catch (const std::exception& e) {
    fmt::print(stderr, "{}\n", e.what());
    return 1;
}

// The first query: a pool, a statement with a parameter, rows as structs.
#include <pgcoro/pgcoro.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include <exception>
#include <optional>
#include <string>

#include "example_database.hpp"

namespace asio = boost::asio;

// prints: \[2\] Ben, whose e-mail address we do not know
// prints: 3 planets, .* in all

struct user {
    int id;
    std::string name;
    std::optional<std::string> email; // NULL is std::nullopt
};

asio::awaitable<void> program(pgcoro::pool& pool) {
    // The text is checked while compiling: with a third argument, or none, this line would not compile.
    const auto users =
        co_await pool.query<user>("select id, name, email from (values"
                                  "  (1, 'Ann', 'ann@example.com'), (2, 'Ben', null), (3, 'Cem', null)"
                                  ") as users (id, name, email) where id < $1 order by id",
                                  3);
    for (const auto& [id, name, email] : users)
        fmt::print("[{}] {}, {}\n", id, name,
                   email ? "whose e-mail address is " + *email : "whose e-mail address we do not know");

    // The other verbs: execute changes something, query_one wants exactly one row, query_optional one or
    // none.
    co_await pool.execute(
        "create table if not exists example_planets (name text primary key, moons int not null)");
    const auto tag = co_await pool.execute(
        "insert into example_planets values ('Earth', 1), ('Mars', 2), ($1, $2)", "Jupiter", 95);
    const auto moons = co_await pool.query_one<long>("select sum(moons) from example_planets");
    fmt::print("{} planets, {} moons in all\n", tag.rows_affected(), moons);

    const auto pluto =
        co_await pool.query_optional<int>("select moons from example_planets where name = $1", "Pluto");
    fmt::print("Pluto is {}\n", pluto ? "a planet" : "no planet");
    co_await pool.execute("drop table example_planets");
}

int main() try {
    const example_database database;
    asio::io_context ctx;
    pgcoro::pool pool{ctx, pgcoro::pool_options{.connect = database.url()}};

    auto work = [&]() -> asio::awaitable<void> {
        co_await program(pool);
        co_await pool.close(); // the open pool would keep run() from returning
    };
    asio::co_spawn(ctx, work, [&](std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure); // leaves run()
    });
    ctx.run();
} catch (const std::exception& e) {
    fmt::print(stderr, "{}\n", e.what());
    return 1;
}

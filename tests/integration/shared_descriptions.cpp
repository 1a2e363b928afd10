// What one connection of a pool learnt about a statement serves the others.
#include <pgcoro/pgcoro.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "run.hpp"
#include "traffic.hpp"

namespace shared_descriptions_tests {

namespace asio = boost::asio;
using namespace pgcoro::testing;

namespace {

struct item {
    int id = 0;
    std::string name;
};

using messages = std::vector<std::string>;

} // namespace

TEST_CASE("only a pool's first use of a statement asks for its description; the next connection sends all at "
          "once") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto first = co_await pool.acquire();
        const auto second = co_await pool.acquire();
        const traffic by_first(first);
        const auto one = co_await first.query_one<int>("select $1::int as described", 1);
        CHECK(one == 1);
        CHECK(by_first.sent()
              == messages{"Parse", "Describe", "Sync", "Bind", "Describe", "Execute", "Sync"});
        const traffic by_second(second);
        const auto two = co_await second.query_one<int>("select $1::int as described", 2);
        CHECK(two == 2);
        CHECK(by_second.sent() == messages{"Parse", "Bind", "Describe", "Execute", "Sync"});
        const traffic again(second);
        const auto three = co_await second.query_one<int>("select $1::int as described", 3);
        CHECK(three == 3);
        CHECK(again.sent() == messages{"Bind", "Describe", "Execute", "Sync"});
    });
}

TEST_CASE("what another connection was told before the columns changed does no harm") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await execute_all(pool, "drop table if exists described_items",
                             "create table described_items (id int, name text)",
                             "insert into described_items values (1, 'one')");
        const auto first = co_await pool.acquire();
        const auto second = co_await pool.acquire();
        const auto third = co_await pool.acquire();
        const auto before = co_await first.query_one<item>("select * from described_items");
        CHECK(before.name == "one");
        co_await execute_all(first, "alter table described_items drop column id",
                             "alter table described_items add column more int8 default 5",
                             "alter table described_items add column id int default 2");
        // Parsed with the pool's old description: the columns are other ones, in another order.
        const auto typed = co_await second.query_one<item>("select * from described_items");
        CHECK(typed.id == 2);
        CHECK(typed.name == "one");
        const auto untyped = co_await third.query("select * from described_items");
        CHECK(untyped.column_count() == 3);
        CHECK(untyped[0]["more"].as<std::int64_t>() == 5);
        // The connection that asked first is told by the server.
        const auto after = co_await first.query_one<item>("select * from described_items");
        CHECK(after.id == 2);
        co_await first.execute("alter table described_items drop column name");
        const auto fourth = co_await pool.acquire();
        const auto missing = co_await failure_of(fourth.query_one<item>("select * from described_items"));
        CHECK(missing.code() == pgcoro::errc::column_missing);
        co_await first.execute("drop table described_items");
    });
}

TEST_CASE("what another connection was told before a parameter's type changed does no harm") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await execute_all(pool, "drop table if exists described_keys",
                             "create table described_keys (id int4)",
                             "insert into described_keys values (1)");
        const auto first = co_await pool.acquire();
        const auto second = co_await pool.acquire();
        const auto before = co_await first.query<int>("select 1 from described_keys where id = $1", 1);
        CHECK(before.size() == 1);
        co_await execute_all(first, "alter table described_keys alter column id type int8",
                             "insert into described_keys values (5000000000)");
        const auto after =
            co_await second.query<int>("select 1 from described_keys where id = $1", 5000000000);
        CHECK(after.size() == 1);
        co_await first.execute("drop table described_keys");
    });
}

TEST_CASE("many first uses of a statement at once are answered by one description") {
    auto options = test_options();
    options.max_connections = 4;
    with_pool(options, [](pgcoro::pool& pool) -> asio::awaitable<void> {
        int sum = 0, done = 0;
        for (int i = 0; i < 40; ++i)
            pool.query_one<int>("select $1::int as at_once", 1)([&](std::exception_ptr e, int value) {
                CHECK_FALSE(e);
                sum += value;
                ++done;
            });
        while (done < 40) co_await asio::post(asio::use_awaitable);
        CHECK(sum == 40);
        CHECK(pool.stats().statements_prepared <= 4);
    });
}

TEST_CASE("many first uses of a wrong statement at once all fail with the server's error") {
    auto options = test_options();
    options.max_connections = 2;
    with_pool(options, [](pgcoro::pool& pool) -> asio::awaitable<void> {
        int failed = 0;
        for (int i = 0; i < 20; ++i)
            pool.query_one<int>("select wrong_column")([&](std::exception_ptr e, int) {
                try {
                    if (e) std::rethrow_exception(e);
                } catch (const pgcoro::error& thrown) {
                    failed += thrown.code() == pgcoro::sqlstate::undefined_column;
                }
            });
        while (failed < 20) co_await asio::post(asio::use_awaitable);
        const auto works = co_await pool.query_one<int>("select 1");
        CHECK(works == 1);
    });
}

} // namespace shared_descriptions_tests

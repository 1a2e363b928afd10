// In which order a connection runs what it was given.
#include <string>
#include <vector>

#include "harness.hpp"

namespace statement_order_tests {

using namespace pgcoro::testing;
using pgcoro::pool;
using pgcoro::pool_options;

TEST_CASE("new statements that one connection describes together run in the order in which they came") {
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(),
                              .max_connections = 1,
                              .pipeline_depth = 16,
                              .session_settings = {{"application_name", "statement_order"}},
                              .concurrency = pgcoro::concurrency::single_threaded});
    std::vector<int> ended;
    std::vector<std::exception_ptr> failures;
    const auto note = [&](std::exception_ptr failure, int number) {
        if (failure) failures.push_back(failure);
        ended.push_back(number);
    };
    run(loop, [&]() -> asio::awaitable<void> {
        co_await p.start();
        p.query_one<int>("select 1 as first")(note);
        p.query_one<int>("select 2 as second")(note);
        p.query_one<int>("select 3 as third")(note);
        p.query_one<int>("select 4 as fourth")(note);
        co_await asio::post(loop, asio::use_awaitable); // the turn in which they are sent

        // The loop stands still until the server has described all of them, so that it learns of all in one
        // turn.
        witness server;
        block_until([&] {
            return server.ask("select query from pg_stat_activity where application_name = 'statement_order' "
                              "and state "
                              "= 'idle'")
                   == "select 4 as fourth";
        });
        co_await until([&] { return ended.size() == 4; });
        co_await p.close();
    });
    CHECK(failures.empty());
    CHECK(ended == std::vector{1, 2, 3, 4});
}

} // namespace statement_order_tests

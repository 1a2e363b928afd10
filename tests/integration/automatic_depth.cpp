// Statements that are known to be slow, and those that are not to wait behind them.
#include "harness.hpp"

#include <string_view>
#include <vector>

namespace automatic_depth_tests {

using namespace pgcoro::testing;
using pgcoro::pool;

pgcoro::pool_options options_for(std::size_t connections, std::size_t depth) {
    return {.connect = pgcoro::connect_options(test_dsn()).application_name("automatic_depth"),
            .max_connections = connections,
            .min_connections = connections,
            .pipeline_depth = depth};
}

/// Runs short statements, and the slow one, which takes its time twice.
asio::awaitable<void> let_it_learn(const pool& p, gate& g) {
    for (int i = 0; i < 200; ++i) co_await p.query_one<int>("select 1");
    for (int i = 0; i < 2; ++i) {
        const auto slow = begin(p.query("select 1 from pg_advisory_xact_lock_shared(71)"));
        co_await until([&] { return g.waiting() == 1; });
        asio::steady_timer while_it_waits(co_await asio::this_coro::executor, 200ms * (i + 1));
        co_await while_it_waits.async_wait(asio::use_awaitable);
        g.open();
        co_await until([&] { return slow->done(); });
        g.keeper().ask("select pg_advisory_lock(71)");
    }
}

template <class Started>
std::size_t answered(const Started& started) {
    std::size_t count = 0;
    for (const auto& one : started) count += one->done();
    return count;
}

TEST_CASE("nobody waits behind a statement that is known to be slow") {
    for (const auto mode : both_modes) {
        asio::io_context loop;
        gate g(71);
        auto options = options_for(4, pgcoro::automatic_depth);
        options.concurrency = mode;
        pool p(loop, std::move(options));
        run(loop, [&]() -> asio::awaitable<void> {
            co_await p.start();
            co_await let_it_learn(p, g);
            const auto first = begin(p.query("select 1 from pg_advisory_xact_lock_shared(71)"));
            std::vector<background_ptr<int>> quick;
            for (int i = 0; i < 200; ++i) {
                quick.push_back(begin(p.query_one<int>("select 1")));
                if (i == 100) quick.push_back(begin(p.query_one<int>("select 2 from pg_sleep(0)")));
            }
            const auto second = begin(p.query("select 1 from pg_advisory_xact_lock_shared(71)"));
            co_await until([&] { return all_done(quick); });
            CHECK_FALSE(first->done());
            CHECK_FALSE(second->done());
            g.open();
            co_await until([&] { return first->done() && second->done(); });
            co_await p.close();
        });
    }
}

TEST_CASE("with a fixed depth some do") {
    asio::io_context loop;
    gate g(71);
    pool p(loop, options_for(4, 16));
    run(loop, [&]() -> asio::awaitable<void> {
        co_await p.start();
        co_await let_it_learn(p, g);
        const auto first = begin(p.query("select 1 from pg_advisory_xact_lock_shared(71)"));
        std::vector<background_ptr<int>> quick;
        for (int i = 0; i < 200; ++i) quick.push_back(begin(p.query_one<int>("select 1")));
        co_await until([&] { return answered(quick) >= 150 && p.stats().waiting == 0; });
        CHECK(co_await p.query_one<int>("select 3") == 3);
        CHECK(answered(quick) < 200);
        g.open();
        co_await until([&] { return first->done() && all_done(quick); });
        co_await p.close();
    });
}

TEST_CASE("slow statements are answered, however few connections there are") {
    asio::io_context loop;
    gate g(71);
    pool p(loop, options_for(1, pgcoro::automatic_depth));
    run(loop, [&]() -> asio::awaitable<void> {
        co_await let_it_learn(p, g);
        std::vector<background_ptr<int>> quick;
        const auto first = begin(p.query("select 1 from pg_advisory_xact_lock_shared(71)"));
        for (int i = 0; i < 50; ++i) quick.push_back(begin(p.query_one<int>("select 1")));
        const auto second = begin(p.query("select 1 from pg_advisory_xact_lock_shared(71)"));
        co_await until([&] { return g.waiting() == 1; });
        CHECK(answered(quick) == 0);
        CHECK(p.stats().waiting == 51);   // rather than behind it
        g.open();
        co_await until([&] { return first->done() && second->done() && all_done(quick); });
        CHECK(p.stats().in_flight == 0);
        co_await p.close();
    });
}

TEST_CASE("cancelled and failed statements are counted off as the others") {
    asio::io_context loop;
    gate g(71);
    witness w;
    pool p(loop, options_for(2, pgcoro::automatic_depth));
    run(loop, [&]() -> asio::awaitable<void> {
        co_await p.start();
        co_await let_it_learn(p, g);
        for (int round = 0; round < 5; ++round) {
            const auto slow = begin(p.query("select 1 from pg_advisory_xact_lock_shared(71)"));
            const auto behind = begin(p.query("select 1 from pg_advisory_xact_lock_shared(71)"));
            co_await until([&] { return g.waiting() >= 1; });
            behind->cancel();
            slow->cancel();
            co_await until([&] { return slow->done() && behind->done() && g.waiting() == 0; });
            CHECK((co_await failure_of(p.query_one<int>("select 1 / 0"))).code() == pgcoro::sqlstate::division_by_zero);
        }
        w.ask("select count(pg_terminate_backend(pid, 5000)) from pg_stat_activity where application_name = 'automatic_depth'");
        co_await until([&] { return p.stats().closed_by_error >= 2; });
        // Both connections take both kinds again.
        std::vector<background_ptr<int>> quick;
        for (int i = 0; i < 40; ++i) quick.push_back(begin(p.query_one<int>("select 1")));
        co_await until([&] { return all_done(quick); });
        for (const auto& one : quick) CHECK(one->value() == 1);
        CHECK(p.stats().in_flight == 0);
        co_await p.close();
    });
}

} // namespace automatic_depth_tests

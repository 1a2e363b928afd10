// Pools on several loops, each with a thread of its own.
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <deque>
#include <future>
#include <set>
#include <thread>

#include "harness.hpp"

namespace sharded_pool_tests {

namespace {

using namespace pgcoro::testing;
using pgcoro::errc;
using pgcoro::execution_state;
using pgcoro::pool_options;
using pgcoro::sharded_pool;

constexpr const char* sharded_name = "sharded_test";

pool_options sharded_options(std::size_t connections) {
    return {.connect = pgcoro::connect_options::parse(test_dsn()).application_name(sharded_name),
            .max_connections = connections};
}

/// The outcome of a coroutine that runs on a loop of its own.
template <class T>
T result_of(std::future<T> future) {
    if (future.wait_for(patience) != std::future_status::ready)
        throw std::runtime_error("a coroutine did not end in time");
    return future.get();
}

/// No session of ours is left on the server.
void check_all_sharded_gone() {
    witness w;
    block_until([&] {
        return w.number("select count(*) from pg_stat_activity where application_name = '"
                        + std::string(sharded_name) + "'")
               == 0;
    });
}

/// Work of several kinds on the pool of this loop. Returns the processes that served it.
asio::awaitable<std::set<int>> work_on_local(sharded_pool& db, int rounds, std::atomic<int>& wrong) {
    std::set<int> backends;
    for (int i = 0; i < rounds; ++i) {
        auto& local = db.local();
        if (co_await local.query_one<int>("select $1::int", i) != i) ++wrong;
        backends.insert(co_await local.query_one<int>("select pg_backend_pid()"));
        {
            auto lease = co_await local.acquire();
            if (co_await lease.query_one<int>("select $1::int + 1", i) != i + 1) ++wrong;
        }
        const auto failed = co_await local.query("select 1 / ($1::int - $1::int)", i).as_result();
        if (!failed.has_error() || failed.error().code() != pgcoro::sqlstate::division_by_zero) ++wrong;
        co_await local.transaction([&](pgcoro::transaction& tx) -> asio::awaitable<void> {
            if (co_await tx.query_one<int>("select $1::int", i) != i) ++wrong;
        });
        const auto late = co_await local.query("select pg_sleep(10)").timeout(1ms).as_result();
        if (!late.has_error() || late.error().code() != errc::query_timeout) ++wrong;
    }
    co_return backends;
}

} // namespace

TEST_CASE("start opens the minimum of connections on every loop") {
    auto options = sharded_options(4);
    options.min_connections = 2;
    sharded_pool db(3, options);
    db.start()(asio::use_future).get();
    CHECK(db.stats().idle == 6);
    CHECK(db.stats().max == 12);
    for (std::size_t i = 0; i < db.size(); ++i) CHECK(db.pool_of(i).stats().idle == 2);
    db.close()(asio::use_future).get();
    CHECK(db.stats().total == 0);
    check_all_sharded_gone();
}

TEST_CASE("start fails on all loops with what the server says") {
    sharded_pool db(
        2, {.connect = pgcoro::connect_options::parse(test_dsn()).set("dbname", "no_such_database")});
    const auto ask = [&]() -> asio::awaitable<pgcoro::error> { co_return co_await failure_of(db.start()); };
    const auto failure = result_of(asio::co_spawn(db.next_executor(), ask, asio::use_future));
    CHECK(contains(failure.what(), "no_such_database"));
    CHECK(failure.execution() == execution_state::not_sent);
}

TEST_CASE("handlers on several loops work at the same time, each on connections of its own loop") {
    std::atomic<int> wrong = 0;
    sharded_pool db(3, sharded_options(2));
    result_of(db.start()(asio::use_future));
    std::vector<std::future<std::set<int>>> tasks;
    for (int i = 0; i < 24; ++i)
        tasks.push_back(asio::co_spawn(db.next_executor(), work_on_local(db, 10, wrong), asio::use_future));
    std::vector<std::set<int>> backends(db.size());
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        block_until([&] {
            const auto now = db.stats(); // from this thread, meanwhile
            return now.total <= now.max && tasks[i].wait_for(0s) == std::future_status::ready;
        });
        for (const int pid : tasks[i].get()) backends[i % db.size()].insert(pid);
    }
    CHECK(wrong == 0);
    std::set<int> all;
    std::size_t number = 0;
    for (const auto& of_loop : backends) {
        CHECK(of_loop.size() >= 1);
        CHECK(of_loop.size() <= 2);
        all.insert(of_loop.begin(), of_loop.end());
        number += of_loop.size();
    }
    CHECK(all.size() == number); // no connection served two loops
    std::uint64_t acquired = 0;
    for (std::size_t i = 0; i < db.size(); ++i) acquired += db.pool_of(i).stats().acquired;
    CHECK(db.stats().acquired == acquired);
    CHECK(acquired >= 24 * 10 * 5); // who runs out of time in line is not given a connection
    result_of(db.close(10s)(asio::use_future));
    db.join();
    check_all_sharded_gone();
}

TEST_CASE("close of all pools waits for what is under way and refuses what comes after; then the loops end") {
    gate g(61);
    sharded_pool db(2, sharded_options(1));
    std::vector<std::future<int>> running;
    const auto held_up = [&]() -> asio::awaitable<int> {
        co_return co_await db.local().query_one<int>("select 5 from pg_advisory_xact_lock_shared(61)");
    };
    for (int i = 0; i < 4; ++i)
        running.push_back(asio::co_spawn(db.next_executor(), held_up, asio::use_future));
    block_until([&] { return g.waiting() == 2; });
    auto closing = db.close()(asio::use_future);
    const auto refused = [&]() -> asio::awaitable<pgcoro::error> {
        co_return co_await failure_of(db.local().query("select 1"));
    };
    for (std::size_t i = 0; i < db.size(); ++i)
        CHECK(result_of(asio::co_spawn(db.executor(i), refused, asio::use_future)).code()
              == errc::pool_closed);
    CHECK(closing.wait_for(0s) == std::future_status::timeout);
    g.open();
    for (auto& each : running) CHECK(result_of(std::move(each)) == 5);
    result_of(std::move(closing));
    db.join();
    check_all_sharded_gone();
}

TEST_CASE("close of all pools with a time limit ends what still runs then") {
    gate g(62);
    sharded_pool db(2, sharded_options(1));
    const auto held_up = [&]() -> asio::awaitable<pgcoro::error> {
        co_return co_await failure_of(db.local().query("select 5 from pg_advisory_xact_lock_shared(62)"));
    };
    auto running = asio::co_spawn(db.executor(1), held_up, asio::use_future);
    block_until([&] { return g.waiting() == 1; });
    const auto close = [&]() -> asio::awaitable<void> { co_await db.close(20ms); }; // from one of the loops
    result_of(asio::co_spawn(db.executor(0), close, asio::use_future));
    const auto failure = result_of(std::move(running));
    CHECK(failure.code() == errc::pool_closed);
    CHECK(failure.execution() == execution_state::unknown);
    db.join();
    g.open();
    check_all_sharded_gone();
}

TEST_CASE("a sharded pool destroyed while statements run on the server answers them with pool_closed") {
    gate g(63);
    std::atomic<int> closed = 0, otherwise = 0;
    {
        sharded_pool db(2, sharded_options(2));
        const auto held_up = [&]() -> asio::awaitable<void> {
            const auto failure =
                co_await failure_of(db.local().query("select 5 from pg_advisory_xact_lock_shared(63)"));
            ++(failure.code() == errc::pool_closed ? closed : otherwise);
        };
        const auto with_lease = [&]() -> asio::awaitable<void> {
            auto lease = co_await db.local().acquire();
            const auto failure =
                co_await failure_of(lease.query("select 5 from pg_advisory_xact_lock_shared(63)"));
            ++(failure.code() == errc::pool_closed ? closed : otherwise);
        };
        for (std::size_t i = 0; i < db.size(); ++i) {
            asio::co_spawn(db.executor(i), with_lease, asio::detached);
            for (int n = 0; n < 8; ++n) asio::co_spawn(db.executor(i), held_up, asio::detached);
        }
        block_until([&] { return g.waiting() == 4 && db.stats().in_flight + db.stats().waiting == 16; });
    }
    CHECK(closed == 18);
    CHECK(otherwise == 0);
    g.open();
    check_all_sharded_gone();
}

TEST_CASE("handlers of one loop's statements may be bound to another loop") {
    sharded_pool db(2, sharded_options(2));
    std::atomic<int> answered = 0, wrong = 0;
    const auto elsewhere = db.executor(1);
    const auto ask = [&]() -> asio::awaitable<void> {
        for (int i = 0; i < 500; ++i) {
            db.local()
                .query_one<int>("select $1::int", i)
                .as_result()(asio::bind_executor(
                    elsewhere, [&, i](const boost::system::result<int, pgcoro::error>& answer) {
                        if (&db.local() != &db.pool_of(1) || answer.has_error() || *answer != i) ++wrong;
                        ++answered;
                    }));
            if (i % 8 == 0) co_await db.local().ping();
        }
    };
    result_of(asio::co_spawn(db.executor(0), ask, asio::use_future));
    block_until([&] { return answered == 500; });
    CHECK(wrong == 0);
    result_of(db.close()(asio::use_future));
    db.join();
}

TEST_CASE("sharded pools come and go under load") {
    std::atomic<int> wrong = 0;
    for (int round = 0; round < 5; ++round) {
        sharded_pool db(2, sharded_options(2));
        const auto work = [](sharded_pool& on, std::atomic<int>& errors) -> asio::awaitable<void> {
            for (;;) {
                const auto answer = co_await on.local().query_one<int>("select 1").as_result();
                if (answer.has_value()) continue;
                if (answer.error().code() != errc::pool_closed) ++errors;
                co_return;
            }
        };
        for (int i = 0; i < 16; ++i) asio::co_spawn(db.next_executor(), work(db, wrong), asio::detached);
        block_until([&] { return db.stats().acquired > 100; });
    }
    CHECK(wrong == 0);
    check_all_sharded_gone();
}

TEST_CASE("a sharded pool serves loops that the user runs") {
    std::deque<asio::io_context> loops(2);
    std::atomic<int> wrong = 0;
    sharded_pool db(loops, sharded_options(2));
    std::vector<std::future<std::set<int>>> tasks;
    for (auto& loop : loops)
        for (int i = 0; i < 4; ++i)
            tasks.push_back(asio::co_spawn(loop, work_on_local(db, 5, wrong), asio::use_future));
    std::vector<std::thread> threads;
    for (auto& loop : loops) threads.emplace_back([&loop] { loop.run(); });
    for (auto& task : tasks) CHECK(result_of(std::move(task)).size() <= 2);
    CHECK(wrong == 0);
    result_of(db.close()(asio::use_future));
    for (auto& thread : threads) thread.join(); // nothing of the pools keeps the loops
    check_all_sharded_gone();
}

} // namespace sharded_pool_tests

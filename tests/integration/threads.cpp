// Pools and threads.
#include "harness.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <future>
#include <random>
#include <thread>
#include <tuple>

namespace threads_tests {

namespace {

using namespace pgcoro::testing;
using pgcoro::errc;
using pgcoro::pool;
using pgcoro::pool_options;

/// Waits for what several threads count up to.
void wait_for(const std::atomic<int>& count, int goal) {
    block_until([&] { return count.load() >= goal; });
}

/// Work of every kind, one after another.
asio::awaitable<void> work(pool& on, std::atomic<int>& errors, int seed, int rounds) {
    std::minstd_rand random(static_cast<unsigned>(seed) + 1);
    for (int i = 0; i < rounds; ++i) {
        switch (random() % 5) {
        case 0:
        case 1:
            if (co_await on.query_one<int>("select $1::int", i) != i) ++errors;
            break;
        case 2: {
            auto lease = co_await on.acquire();
            co_await lease.execute("begin");
            if (co_await lease.query_one<int>("select $1::int + 1", i) != i + 1) ++errors;
            break;
        }
        case 3: {
            const auto r = co_await on.query("select pg_sleep(0.005)").timeout(1ms).as_result();
            if (r.has_error() && r.error().code() != errc::query_timeout) ++errors;
            break;
        }
        case 4: {
            const auto r = co_await on.query_one<int>("select 1/$1::int", 0).as_result();
            if (!r.has_error() || r.error().code() != pgcoro::sqlstate::division_by_zero) ++errors;
            break;
        }
        }
    }
}

/// Many such coroutines on a context that several threads run.
template <class Context>
void work_on(Context& context, pool& p, std::atomic<int>& finished, std::atomic<int>& failed, int workers, int rounds) {
    for (int worker = 0; worker < workers; ++worker)
        asio::co_spawn(context, work(p, failed, worker, rounds), [&finished, &failed](std::exception_ptr e) {
            if (e) ++failed;
            ++finished;
        });
}

} // namespace

TEST_CASE("a thread-safe pool serves coroutines on an io_context that four threads run") {
    asio::io_context loop;
    auto busy = asio::make_work_guard(loop);
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 4});
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back([&] { loop.run(); });
    std::atomic<int> finished = 0, failed = 0;
    work_on(loop, p, finished, failed, 24, 40);
    wait_for(finished, 24);
    CHECK(failed == 0);
    p.close()(asio::use_future).get();
    const auto s = p.stats();
    CHECK(s.total == 0);
    CHECK(s.closed_by_error == 0);
    busy.reset();
    for (auto& t : threads) t.join();
}

TEST_CASE("a thread-safe pool serves coroutines on a thread_pool, with handlers on strands and on other contexts") {
    asio::thread_pool threads(4);
    asio::io_context other;
    auto busy = asio::make_work_guard(other);
    std::thread other_thread([&] { other.run(); });
    {
        pool p(threads.get_executor(), pool_options{.connect = test_dsn(), .max_connections = 3});
        std::atomic<int> finished = 0, failed = 0;
        work_on(threads, p, finished, failed, 12, 40);
        auto strand = asio::make_strand(threads);
        work_on(strand, p, finished, failed, 12, 40);
        work_on(other, p, finished, failed, 12, 40);
        wait_for(finished, 36);
        CHECK(failed == 0);
        p.close()(asio::use_future).get();
    }
    busy.reset();
    other_thread.join();
    threads.join();
}

TEST_CASE("plain threads wait for futures while they share a pool, and read its figures") {
    asio::thread_pool loop(2);
    pool p(loop.get_executor(), pool_options{.connect = test_dsn(), .max_connections = 3, .max_waiting = 100'000});
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 100; ++i) {
                auto future = p.query_one<int>("select $1::int", t * 1000 + i)(asio::use_future);
                const auto s = p.stats();
                if (s.total > s.max) ++wrong;
                if (future.get() != t * 1000 + i) ++wrong;
            }
        });
    for (auto& t : threads) t.join();
    CHECK(wrong == 0);
    CHECK(p.stats().acquired == 400);
    p.close()(asio::use_future).get();
    loop.join();
}

TEST_CASE("cancelling from the handlers' strand while a pool on four threads completes them is safe") {
    asio::thread_pool threads(4);
    pool p(threads.get_executor(), pool_options{.connect = test_dsn(), .max_connections = 3, .pipeline_depth = 4});
    std::atomic<int> finished = 0, failed = 0;
    for (int worker = 0; worker < 12; ++worker)
        asio::co_spawn(
            asio::make_strand(threads),
            [](pool& on, std::atomic<int>& errors, int seed) -> asio::awaitable<void> {
                const auto strand = co_await asio::this_coro::executor;
                std::minstd_rand random(static_cast<unsigned>(seed) + 1);
                asio::steady_timer timer(strand);
                for (int i = 0; i < 40; ++i) {
                    struct state {
                        asio::cancellation_signal signal;
                        int answers = 0;
                        bool unexpected = false;
                    };
                    const auto s = std::make_shared<state>();
                    on.query("select pg_sleep($1::float8)", double(random() % 3) / 1000)
                        .timeout(2ms)
                        .as_result()(asio::bind_cancellation_slot(
                            s->signal.slot(),
                            asio::bind_executor(strand, [s](boost::system::result<pgcoro::result, pgcoro::error> r) {
                                ++s->answers;
                                s->unexpected = r.has_error() && r.error().code() != errc::query_timeout
                                                && r.error().code() != errc::operation_cancelled;
                            })));
                    timer.expires_after(std::chrono::microseconds(random() % 3000));
                    co_await timer.async_wait(asio::use_awaitable);
                    s->signal.emit(asio::cancellation_type::terminal);
                    co_await until([&] { return s->answers > 0; });
                    if (s->answers != 1 || s->unexpected) ++errors;
                }
            }(p, failed, worker),
            [&finished](std::exception_ptr e) {
                CHECK(e == nullptr);
                ++finished;
            });
    wait_for(finished, 12);
    CHECK(failed == 0);
    p.close()(asio::use_future).get();
    threads.join();
}

TEST_CASE("pools come and go on a context while other threads use theirs") {
    asio::thread_pool threads(4);
    std::atomic<int> finished = 0, failed = 0;
    for (int worker = 0; worker < 8; ++worker)
        asio::co_spawn(
            threads,
            [](std::atomic<int>& errors) -> asio::awaitable<void> {
                const auto executor = co_await asio::this_coro::executor;
                for (int i = 0; i < 10; ++i) {
                    pool own(executor, pool_options{.connect = test_dsn(), .max_connections = 2});
                    if (co_await own.query_one<int>("select $1::int", i) != i) ++errors;
                    auto abandoned = begin(own.query("select pg_sleep(600)"));
                    if (i % 2 == 0) co_await own.close(0ms);
                }
            }(failed),
            [&finished](std::exception_ptr e) {
                CHECK(e == nullptr);
                ++finished;
            });
    wait_for(finished, 8);
    CHECK(failed == 0);
    threads.join();
}

TEST_CASE("a thread-safe pool whose four-threaded context ends under load leaves nothing behind") {
    for (int round = 0; round < 5; ++round) {
        std::atomic<int> finished = 0, failed = 0;
        std::optional<pool> p;
        {
            asio::thread_pool threads(4);
            p.emplace(threads.get_executor(), pool_options{.connect = test_dsn(), .max_connections = 3});
            work_on(threads, *p, finished, failed, 12, 100'000);
            block_until([&] { return p->stats().acquired > 50; });
            threads.stop();
            threads.join();
        }
        CHECK(finished == 0);
        CHECK(failed == 0);
    }
}

TEST_CASE("a single-threaded pool used from another thread answers wrong_thread and is unharmed") {
    asio::io_context loop;
    auto busy = asio::make_work_guard(loop);
    pool p(loop, pool_options{.connect = test_dsn(), .concurrency = pgcoro::concurrency::single_threaded});
    std::thread thread([&] { loop.run(); });
    const auto code_of = [](auto future) {
        try {
            (void)future.get();
        } catch (const pgcoro::error& e) {
            return e.code();
        }
        return boost::system::error_code();
    };
    const auto ask = [&]() -> asio::awaitable<int> { co_return co_await p.query_one<int>("select 7"); };
    CHECK(asio::co_spawn(loop, ask, asio::use_future).get() == 7);
    CHECK(code_of(p.query_one<int>("select 1")(asio::use_future)) == errc::wrong_thread);
    CHECK(code_of(p.acquire()(asio::use_future)) == errc::wrong_thread);
    CHECK(code_of(p.close()(asio::use_future)) == errc::wrong_thread);
    CHECK(asio::co_spawn(loop, ask, asio::use_future).get() == 7);
    const auto close = [&]() -> asio::awaitable<void> { co_await p.close(); };
    asio::co_spawn(loop, close, asio::use_future).get();
    busy.reset();
    thread.join();
}

TEST_CASE("answers of a single-threaded pool may be read on another thread, while its own goes on with the same statements") {
    constexpr int rounds = 100'000, most_under_way = 400;
    asio::io_context loop, other;
    auto busy = asio::make_work_guard(other);
    std::thread thread([&] { other.run(); });
    std::atomic<int> answered = 0, wrong = 0;
    {
        pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 2, .pipeline_depth = 16,
                                  .concurrency = pgcoro::concurrency::single_threaded});
        run(loop, [&]() -> asio::awaitable<void> {
            const auto one = [](int i) { return pgcoro::query_one<int>("select $1::int", i); };
            for (int i = 0; i < rounds; ++i) {
                if (i % 2 == 0) {
                    p.query_one<int>("select $1::int", i)(
                        asio::bind_executor(other, [&, i](std::exception_ptr failure, int answer) {
                            wrong += failure != nullptr || answer != i;
                            ++answered;
                        }));
                } else {
                    p.batch(one(i), one(i + 1))(
                        asio::bind_executor(other, [&, i](std::exception_ptr failure, std::tuple<int, int> answer) {
                            wrong += failure != nullptr || answer != std::tuple(i, i + 1);
                            ++answered;
                        }));
                }
                if (i % 8 == 0 && co_await p.query_one<int>("select $1::int", i) != i) ++wrong;
                co_await until([&] { return i - answered < most_under_way; });
            }
            co_await until([&] { return answered == rounds; });
            co_await p.close();
        });
    }
    busy.reset();
    thread.join();
    CHECK(wrong == 0);
}

TEST_CASE("a single-threaded pool may be used by the thread that will run its loop before it runs") {
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(), .concurrency = pgcoro::concurrency::single_threaded});
    const auto early = begin(p.query_one<int>("select 1"));
    run_until(loop, [&] { return early->done(); });
    CHECK(early->value() == 1);
    const auto between = begin(p.query_one<int>("select 2"));
    run_until(loop, [&] { return between->done(); });
    CHECK(between->value() == 2);
    run(loop, [&]() -> asio::awaitable<void> { co_await p.close(); });
}

} // namespace threads_tests

// Three ways to stop waiting: a time limit, whichever comes first, and a cancellation signal. Each stops the
// statement on the server, too, and leaves the connection to the next caller.
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>

#include "run_example.hpp"

using namespace std::chrono_literals;

// prints: timeout: statement exceeded its time limit
// prints: first come: 1
// prints: signal: operation was cancelled
// prints: statements that still sleep on the server: 0

asio::awaitable<void> program(pgcoro::pool& pool) {
    const auto started = std::chrono::steady_clock::now();
    asio::steady_timer timer(co_await asio::this_coro::executor);

    // 1. A limit for one operation, waiting for a connection included.
    try {
        co_await pool.execute("select pg_sleep(60)").timeout(100ms);
    } catch (const pgcoro::error& e) {
        if (e.code() != pgcoro::errc::query_timeout) throw;
        fmt::print("timeout: {}\n", e.code().message());
    }

    // 2. Of two operations the first to succeed counts, and the other is cancelled.
    const auto first =
        co_await (pool.query_one<int>("select 1") || pool.query_one<int>("select 2 from pg_sleep(60)"));
    fmt::print("first come: {}\n", first.index() == 0 ? std::get<0>(first) : std::get<1>(first));

    // 3. A signal, as Asio has it: from whoever knows that the answer is no longer wanted.
    asio::cancellation_signal nobody_waits;
    timer.expires_after(100ms);
    timer.async_wait(
        [&](boost::system::error_code) { nobody_waits.emit(asio::cancellation_type::terminal); });
    const auto outcome =
        co_await pool.execute("select pg_sleep(60)")
            .as_result()(asio::bind_cancellation_slot(nobody_waits.slot(), asio::use_awaitable));
    fmt::print("signal: {}\n", outcome.error().code().message());

    // The statements end on the server as well, a moment later: a cancel travels on a connection of its own.
    long sleeping = 1;
    while (sleeping > 0) {
        timer.expires_after(10ms);
        co_await timer.async_wait(asio::use_awaitable);
        sleeping = co_await pool.query_one<long>("select count(*) from pg_stat_activity"
                                                 " where state = 'active' and query like '%pg_sleep(60)'");
    }
    fmt::print("statements that still sleep on the server: {}\n", sleeping);
    const auto passed = std::chrono::steady_clock::now() - started;
    fmt::print("all of that took {} ms\n", passed / 1ms);
}

int main() { return run_example(program); }

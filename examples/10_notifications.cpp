// A worker that is told when there is work. A notification says that there is some, the table says which: nothing is
// missed when the connection is lost and replaced.
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <string>
#include <string_view>

#include "run_example.hpp"

using namespace std::chrono_literals;

// prints: at the start: write the report
// prints: told: send the report
// prints: at the start: archive the report
// prints: the connection was lost and replaced
// prints: no further work

/// Takes what is to be done out of the table.
template <class Connection>
asio::awaitable<void> take_jobs(Connection& on, std::string_view why) {
    const auto jobs = co_await on.template query<std::string>("delete from example_jobs returning name");
    for (const auto& job : jobs) fmt::print("{}: {}\n", why, job);
}

/// Until the listener is closed.
asio::awaitable<void> work(const pgcoro::listener& listener, pgcoro::pool& pool) {
    while (const auto n = co_await listener.next_or_end()) {
        if (n->is_gap()) fmt::print("the connection was lost and replaced\n"); // on_established has looked already
        else co_await take_jobs(pool, "told");
    }
    fmt::print("no further work\n");
}

asio::awaitable<void> add_job(pgcoro::pool& pool, std::string name) {
    co_await pool.transaction([&](pgcoro::transaction& tx) -> asio::awaitable<void> {
        co_await tx.execute("insert into example_jobs values ($1)", name);
        co_await tx.notify("example_jobs"); // sent if this commits
    });
}

asio::awaitable<void> all_are_done(pgcoro::pool& pool) {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    while (co_await pool.query_one<bool>("select exists (select from example_jobs)")) {
        timer.expires_after(10ms);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

asio::awaitable<void> give_work(const pgcoro::listener& listener, pgcoro::pool& pool) {
    co_await add_job(pool, "send the report");
    co_await all_are_done(pool);

    // The connection breaks while a job is being added. Whether the next one listens in time for its notification or not,
    // it finds the job: its first look at the table waits for the lock.
    co_await pool.transaction([](pgcoro::transaction& tx) -> asio::awaitable<void> {
        co_await tx.execute("lock table example_jobs");
        co_await tx.execute("select pg_terminate_backend(pid, 5000) from pg_stat_activity"
                            " where application_name = 'example worker'");
        co_await tx.execute("insert into example_jobs values ('archive the report')");
        co_await tx.notify("example_jobs");
    });
    co_await all_are_done(pool);
    co_await listener.start();
    co_await listener.close();
}

asio::awaitable<void> program(pgcoro::pool& pool) {
    co_await pool.execute("create table if not exists example_jobs (name text)");
    co_await add_job(pool, "write the report"); // nobody listens yet

    pgcoro::listener_options options;
    options.connect = pool.options().connect;
    options.connect.application_name("example worker");
    // On each new connection, when it listens and before its first notification can be read.
    options.on_established = [](pgcoro::connection& conn) { return take_jobs(conn, "at the start"); };
    pgcoro::listener listener{pool.get_executor(), options, {"example_jobs"}};
    co_await listener.start();

    using namespace asio::experimental::awaitable_operators;
    co_await (work(listener, pool) && give_work(listener, pool));
    co_await pool.execute("drop table example_jobs");
}

int main() { return run_example(program); }

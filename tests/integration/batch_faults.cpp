// Batches that are cancelled, dropped, cut off, hit by somebody else's cancel, or out of date.
#include <cstdint>
#include <memory>
#include <numeric>
#include <string>
#include <tuple>
#include <vector>

#include "run.hpp"
#include "traffic.hpp"

namespace batch_faults_tests {

namespace {

using namespace pgcoro::testing;
using pgcoro::errc;
using pgcoro::execution_state;
using pgcoro::sqlstate;

/// A table with one column, and how many rows somebody else sees in it.
class watched_table {
public:
    explicit watched_table(std::string name) : name_(std::move(name)) {
        witness_.ask("drop table if exists " + name_ + "; create table " + name_ + " (n int)");
    }

    ~watched_table() { witness_.ask("drop table if exists " + name_); }

    int rows() { return witness_.number("select count(*) from " + name_); }
    witness& eyes() noexcept { return witness_; }

private:
    std::string name_;
    witness witness_;
};

/// Numbers that come one at a time, each of which may have something done before it does.
template <class Before>
auto numbers_with(int count, Before before) {
    return std::views::iota(0, count) | std::views::transform([before](int i) {
               before(i);
               return i;
           });
}

} // namespace

TEST_CASE("a batch cancelled while it runs stores nothing, and its connection is used again") {
    watched_table table("batch_cancel");
    gate g(731);
    asio::io_context loop;
    pgcoro::pool pool(loop, one_connection());
    run(loop, [&]() -> asio::awaitable<void> {
        for (int round = 0; round < 3; ++round) {
            const auto running = begin(pool.batch(pgcoro::execute("insert into batch_cancel values ($1)", round),
                                                  pgcoro::query_one<int>("select 1 from pg_advisory_xact_lock_shared(731)"),
                                                  pgcoro::execute("insert into batch_cancel values ($1)", round)));
            co_await until([&] { return g.waiting() == 1; });
            if (round == 1) {
                co_await pool.query_one<int>("select 1").timeout(1ms).as_result();   // one that stands behind it
            }
            running->cancel();
            co_await until([&] { return running->done(); });
            CHECK(running->failure().code() == errc::operation_cancelled);
            CHECK(running->failure().execution() == execution_state::unknown);   // its Sync was sent
            const auto one = co_await pool.query_one<int>("select 1");
            CHECK(one == 1);
        }
        CHECK(pool.stats().opened == 1);
        CHECK(table.rows() == 0);
        co_await pool.close();
    });
}

TEST_CASE("a batch cancelled before its last statement was sent is undone for certain") {
    watched_table table("batch_half");
    gate g(732);
    asio::io_context loop;
    pgcoro::pool pool(loop, one_connection());
    run(loop, [&]() -> asio::awaitable<void> {
        for (int round = 0; round < 2; ++round) {
            // The last statement cannot be described before the table is made.
            const auto running = begin(pool.batch(pgcoro::execute("insert into batch_half values (1)"),
                                                  pgcoro::execute("create table batch_half_2 (n int)"),
                                                  pgcoro::query_one<int>("select 1 from pg_advisory_xact_lock_shared(732)"),
                                                  pgcoro::execute("insert into batch_half_2 values ($1)", 1)));
            co_await until([&] { return g.waiting() == 1; });
            running->cancel();
            co_await until([&] { return running->done(); });
            CHECK(running->failure().execution() == execution_state::rejected);
            const auto one = co_await pool.query_one<int>("select 1");
            CHECK(one == 1);
        }
        CHECK(table.rows() == 0);
        CHECK(pool.stats().opened == 1);
        co_await pool.close();
    });
}

TEST_CASE("rows cancelled half-way are not stored, and the range is not read any more") {
    watched_table table("many_cancel");
    asio::io_context loop;
    pgcoro::pool pool(loop, one_connection());
    run(loop, [&]() -> asio::awaitable<void> {
        background_ptr<std::uint64_t> running;
        int read = 0;
        bool cancelled = false, read_after = false;
        auto rows = std::make_unique<decltype(numbers_with(0, std::function<void(int)>()))>(
            numbers_with(1'000'000, std::function<void(int)>([&](int i) {
                             read = i;
                             read_after = read_after || cancelled;
                         })));
        running = begin(pool.execute_many("insert into many_cancel values ($1)", *rows));
        co_await until([&] { return read > 20'000; });
        running->cancel();
        co_await until([&] { return running->done(); });
        cancelled = true;
        CHECK(running->failure().code() == errc::operation_cancelled);
        CHECK(running->failure().execution() == execution_state::rejected);
        const auto one = co_await pool.query_one<int>("select 1");
        CHECK(one == 1);
        CHECK_FALSE(read_after);
        CHECK(table.rows() == 0);
        CHECK(pool.stats().opened == 1);
        co_await pool.close();
    });
}

TEST_CASE("a batch cancelled at any moment is stored whole or not at all, and never poisons its connection") {
    watched_table table("batch_moments");
    asio::io_context loop;
    pgcoro::pool pool(loop, one_connection());
    run(loop, [&]() -> asio::awaitable<void> {
        asio::steady_timer timer(loop);
        int succeeded = 0, unknown = 0;
        for (int i = 0; i < 300; ++i) {
            const auto whole = 1 + 12 * static_cast<std::size_t>(i % 100);
            std::vector<int> rows(whole, i);
            // New texts, so that describing is cut off as well.
            const auto text = "insert into batch_moments values ($1) -- " + std::to_string(i % 7 == 0 ? i : 0);
            const auto running = begin(pool.execute_many(pgcoro::runtime_sql(text), std::move(rows)));
            timer.expires_after(std::chrono::microseconds(i * 23 % 3000));
            co_await timer.async_wait(asio::use_awaitable);
            running->cancel();
            const auto alive = co_await pool.query_one<int>("select $1::int", i);
            CHECK(alive == i);
            CHECK(running->answers == 1);
            const auto stored = static_cast<std::size_t>(
                table.eyes().number("select count(*) from batch_moments where n = " + std::to_string(i)));
            table.eyes().ask("truncate batch_moments");
            if (running->succeeded()) {
                ++succeeded;
                CHECK(stored == whole);
            } else if (running->failure().execution() == execution_state::unknown) {
                ++unknown;
                CHECK((stored == 0 || stored == whole));
            } else {
                CHECK(stored == 0);
            }
        }
        MESSAGE("succeeded ", succeeded, ", unknown ", unknown);
        CHECK(pool.stats().closed_by_error == 0);
        co_await pool.close();
    });
}

TEST_CASE("a time limit stops a batch on the server") {
    watched_table table("batch_limit");
    gate g(733);
    asio::io_context loop;
    pgcoro::pool pool(loop, one_connection());
    run(loop, [&]() -> asio::awaitable<void> {
        const auto failed = co_await failure_of(
            pool.batch(pgcoro::execute("insert into batch_limit values (1)"),
                       pgcoro::query_one<int>("select 1 from pg_advisory_xact_lock_shared(733)"))
                .timeout(100ms));
        CHECK(failed.code() == errc::query_timeout);
        co_await until([&] { return g.waiting() == 0; });
        CHECK(table.rows() == 0);
        co_await pool.close();
    });
}

TEST_CASE("a cancelled batch fails the transaction that it is part of, and nothing of it is committed") {
    watched_table table("batch_cancel_tx");
    asio::io_context loop;
    pgcoro::pool pool(loop, one_connection());
    run(loop, [&]() -> asio::awaitable<void> {
        auto tx = co_await pool.begin();
        int read = 0;
        auto rows = numbers_with(1'000'000, [&](int i) { read = i; });
        const auto running = begin(tx.execute_many("insert into batch_cancel_tx values ($1)", rows));
        co_await until([&] { return read > 5000; });
        running->cancel();
        co_await until([&] { return running->done(); });
        const auto failed = co_await failure_of(tx.commit());
        CHECK(failed.code() == errc::transaction_aborted);
        CHECK(table.rows() == 0);
        co_await pool.close();
    });
}

TEST_CASE("a batch on a shared connection that a neighbour's cancel hits is run elsewhere, once") {
    watched_table table("batch_stray");
    asio::io_context loop;
    auto options = test_options();
    options.max_connections = 1;
    options.pipeline_depth = 4;
    pgcoro::pool pool(loop, options);
    run(loop, [&]() -> asio::awaitable<void> {
        co_await pool.batch(pgcoro::execute("insert into batch_stray values ($1)", -1),
                            pgcoro::query("select 'slow' from pg_sleep($1)", 0.0));
        for (int i = 0; i < 40; ++i) {
            const auto sleeping = begin(pool.query("select 'beside batches' from pg_sleep(600)"));
            const auto behind = begin(pool.batch(pgcoro::execute("insert into batch_stray values ($1)", i),
                                                 pgcoro::query("select 'slow' from pg_sleep($1)", 0.004)));
            co_await until([&] { return table.eyes().sleeping("beside batches") == 1; });
            sleeping->cancel();
            co_await until([&] { return behind->done() && sleeping->done(); });
            CHECK(behind->succeeded());
        }
        co_await pool.close();
    });
    CHECK(table.rows() == 41);
    CHECK(table.eyes().number("select count(distinct n) from batch_stray") == 41);
}

TEST_CASE("closing the pool ends a batch that is half sent, and nothing of it is stored") {
    watched_table table("batch_close");
    asio::io_context loop;
    auto pool = std::make_unique<pgcoro::pool>(loop, one_connection());
    run(loop, [&]() -> asio::awaitable<void> {
        int read = 0;
        auto rows = numbers_with(1'000'000, [&](int i) { read = i; });
        const auto running = begin(pool->execute_many("insert into batch_close values ($1)", rows));
        co_await until([&] { return read > 5000; });
        SUBCASE("with a time limit for the drain") { co_await pool->close(1ms); }
        SUBCASE("by destroying it") { pool.reset(); }
        co_await until([&] { return running->done(); });
        CHECK(running->failure().code() == errc::pool_closed);
        CHECK(running->failure().execution() == execution_state::rejected);
    });
    CHECK(table.rows() == 0);
}

TEST_CASE("a context that ends while a batch is half sent destroys it") {
    watched_table table("batch_context");
    auto witnessed = std::make_shared<int>(0);
    int read = 0;
    auto rows = numbers_with(1'000'000, [&](int i) { read = i; });
    {
        asio::io_context loop;
        pgcoro::pool pool(loop, one_connection());
        pool.execute_many("insert into batch_context values ($1)", rows)([witnessed](std::exception_ptr, std::uint64_t) {});
        run_until(loop, [&] { return read > 5000; });
    }
    CHECK(witnessed.use_count() == 1);
    CHECK(table.rows() == 0);
}

TEST_CASE("a backend that is terminated in the middle of a batch stores nothing") {
    watched_table table("batch_ended");
    gate g(734);
    asio::io_context loop;
    pgcoro::pool pool(loop, one_connection());
    run(loop, [&]() -> asio::awaitable<void> {
        const auto terminate = [&] {
            table.eyes().ask("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and "
                             "(query like '%batch_ended%' or query like '%shared(734)%') and application_name <> 'x' "
                             "and state <> 'idle'");
        };
        // Everything is sent.
        const auto sent = begin(pool.batch(pgcoro::execute("insert into batch_ended values (1)"),
                                           pgcoro::query_one<int>("select 1 from pg_advisory_xact_lock_shared(734)")));
        co_await until([&] { return g.waiting() == 1; });
        terminate();
        co_await until([&] { return sent->done(); });
        CHECK(sent->failure().execution() == execution_state::unknown);
        // Half is.
        int read = 0;
        auto rows = numbers_with(10'000'000, [&](int i) { read = i; });
        const auto half = begin(pool.execute_many("insert into batch_ended values ($1)", rows));
        co_await until([&] { return read > 5000; });
        terminate();
        co_await until([&] { return half->done(); });
        CHECK(half->failure().execution() == execution_state::rejected);
        const auto one = co_await pool.query_one<int>("select 1");
        CHECK(one == 1);
        CHECK(table.rows() == 0);
        co_await pool.close();
    });
}

TEST_CASE("a batch whose statements are out of date is prepared again, and run once") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await execute_all(pool, "drop table if exists batch_dated", "create table batch_dated (n int, m text)",
                             "insert into batch_dated values (1, 'a')");
        const auto ask = [&](const char* m) {
            return pool.batch(pgcoro::execute("insert into batch_dated(m) values ($1)", std::string(m)),
                              pgcoro::query("select * from batch_dated where n = $1", 1),
                              pgcoro::query_one<int>("select count(*)::int from batch_dated"));
        };
        {
            auto [tag, rows, count] = co_await ask("b");
            CHECK(rows.column_count() == 2);
            CHECK(count == 2);
        }
        co_await pool.execute("alter table batch_dated add column o int default 5");   // 0A000
        {
            auto [tag, rows, count] = co_await ask("c");
            CHECK(rows.column_count() == 3);
            CHECK(count == 3);
        }
        co_await pool.execute("alter table batch_dated alter column n type text");   // the argument does not fit
        const auto misfit = co_await failure_of(ask("d"));
        CHECK(misfit.execution() == execution_state::rejected);
        const auto lease = co_await pool.acquire();
        co_await lease.execute("deallocate all");   // 26000
        auto [tag, count] = co_await lease.batch(pgcoro::execute("insert into batch_dated(m) values ($1)", std::string("e")),
                                                 pgcoro::query_one<int>("select count(*)::int from batch_dated"));
        CHECK(count == 4);
        co_await lease.execute("drop table batch_dated");
    });
}

TEST_CASE("rows whose statement is out of date are prepared again, and run once") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await execute_all(pool, "drop table if exists many_dated", "create table many_dated (n int)");
        std::vector<std::int64_t> rows(3000);
        std::iota(rows.begin(), rows.end(), 0);
        const auto insert = [&] { return pool.execute_many("insert into many_dated values ($1) returning *", rows); };
        auto n = co_await insert();
        CHECK(n == 3000);
        co_await pool.execute("alter table many_dated add column o int");
        n = co_await insert();
        CHECK(n == 3000);
        co_await pool.execute("alter table many_dated alter column n type bigint");
        rows[1] = std::int64_t{1} << 40;
        n = co_await insert();
        CHECK(n == 3000);
        const auto count = co_await pool.query_one<int>("select count(*)::int from many_dated");
        CHECK(count == 9000);
        co_await pool.execute("drop table many_dated");
    });
}

} // namespace batch_faults_tests

// What connections keep prepared, seen from the server.
#include <pgcoro/pgcoro.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "run.hpp"

namespace statement_cache_tests {

namespace asio = boost::asio;
using namespace pgcoro::testing;

namespace {

/// The texts of the statements that the server holds for this connection, but for this one; the oldest first.
template <class Handle>
asio::awaitable<std::vector<std::string>> prepared_on(const Handle& on) {
    co_return co_await on.template query<std::string>(
        "select statement from pg_prepared_statements where statement not like '%pg_prepared_statements%' "
        "order by prepare_time, name");
}

template <class Handle>
asio::awaitable<void> run_numbered(const Handle& on, int first, int last) {
    for (int i = first; i <= last; ++i)
        co_await on.execute(pgcoro::runtime_sql("select " + std::to_string(i) + " as numbered"));
}

std::string numbered(int i) { return "select " + std::to_string(i) + " as numbered"; }

} // namespace

TEST_CASE("a statement is parsed on its first use and found on every further one") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await pool.ping();
        const auto before = pool.stats();
        for (int i = 0; i < 5; ++i) co_await pool.execute("select $1::int as found", i);
        const auto after = pool.stats();
        CHECK(after.statements_prepared - before.statements_prepared == 1);
        CHECK(after.statement_cache_hits - before.statement_cache_hits >= 4);
        const auto texts = co_await pool.query<std::string>(
            "select statement from pg_prepared_statements where statement like '%as found'");
        CHECK(texts == std::vector<std::string>{"select $1::int as found"});
    });
}

TEST_CASE("the least recently used statement is closed on the server when the cache is full") {
    auto options = one_connection();
    options.statement_cache_capacity = 4;
    with_pool(options, [](pgcoro::pool& pool) -> asio::awaitable<void> {
        (void)co_await prepared_on(pool);
        co_await run_numbered(pool, 1, 3);
        co_await run_numbered(pool, 1, 1); // is now used more recently than 2 and 3
        (void)co_await prepared_on(pool);
        co_await run_numbered(pool, 4, 4); // the fifth: 2 goes
        const auto kept = co_await prepared_on(pool);
        CHECK(kept == std::vector<std::string>{numbered(1), numbered(3), numbered(4)});
        CHECK(pool.stats().statement_cache_evictions == 1);
        co_await run_numbered(pool, 2, 2); // parsed again; 3 goes
        const auto later = co_await prepared_on(pool);
        CHECK(later == std::vector<std::string>{numbered(1), numbered(4), numbered(2)});
    });
}

TEST_CASE("however many statements a pool's connection has run, the server holds no more than the capacity") {
    auto options = one_connection();
    options.statement_cache_capacity = 10;
    with_pool(options, [](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await run_numbered(pool, 1, 60);
        const auto held = co_await prepared_on(pool);
        CHECK(held.size() <= 10);
        CHECK(held.back() == numbered(60));
    });
}

TEST_CASE(
    "however many statements a stand-alone connection has run, the server holds no more than the capacity") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        pgcoro::connection_options options;
        options.statement_cache_capacity = 10;
        const auto connection = co_await pgcoro::connect(context.get_executor(), test_dsn(), options);
        co_await run_numbered(connection, 1, 60);
        const auto held = co_await prepared_on(connection);
        CHECK(held.size() <= 10);
        CHECK(held.back() == numbered(60));
    });
}

TEST_CASE("evicted statements are closed once a lease's transaction has ended, never within it") {
    auto options = one_connection();
    options.statement_cache_capacity = 3;
    with_pool(options, [](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto lease = co_await pool.acquire();
        co_await lease.execute("begin");
        co_await run_numbered(lease, 1, 10);
        const auto failed = co_await failure_of(lease.execute("select 1 / $1::int", 0));
        CHECK(failed.code() == pgcoro::sqlstate::division_by_zero);
        const auto aborted = co_await failure_of(lease.execute("select 11 as numbered"));
        CHECK(aborted.code() == pgcoro::sqlstate::in_failed_sql_transaction);
        co_await lease.execute("rollback");
        co_await run_numbered(lease, 12, 13);
        const auto held = co_await prepared_on(lease);
        CHECK(held.size() <= 3);
    });
}

TEST_CASE("with a capacity of 0 nothing stays prepared, and everything works") {
    auto options = one_connection();
    options.statement_cache_capacity = 0;
    with_pool(options, [](pgcoro::pool& pool) -> asio::awaitable<void> {
        for (int i = 0; i < 3; ++i) {
            const auto same = co_await pool.query_one<int>("select $1::int as uncached", i);
            CHECK(same == i);
        }
        co_await run_numbered(pool, 1, 10);
        const auto held = co_await prepared_on(pool);
        CHECK(held.empty());
        CHECK(pool.stats().statement_cache_hits == 0);
        const auto lease = co_await pool.acquire();
        co_await lease.execute("begin");
        for (int i = 0; i < 3; ++i) {
            const auto same = co_await lease.query_one<int>("select $1::int as uncached", i);
            CHECK(same == i);
        }
        co_await lease.execute("commit");
    });
}

TEST_CASE("a statement that could not be parsed is not kept: it works once it can be") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await pool.execute("drop table if exists statement_cache_later");
        for (int i = 0; i < 2; ++i) {
            const auto missing = co_await failure_of(pool.query<int>("select id from statement_cache_later"));
            CHECK(missing.code() == pgcoro::sqlstate::undefined_table);
            CHECK(missing.execution() == pgcoro::execution_state::rejected);
        }
        co_await pool.execute("create table statement_cache_later as select 7 as id");
        const auto found = co_await pool.query_one<int>("select id from statement_cache_later");
        CHECK(found == 7);
        // The pool knows the statement; a connection that has not prepared it yet cannot parse it either.
        co_await pool.execute("drop table statement_cache_later");
        for (int i = 0; i < 2; ++i) {
            const auto hits = pool.stats().statement_cache_hits;
            const auto again = co_await failure_of(pool.query<int>("select id from statement_cache_later"));
            CHECK(again.code() == pgcoro::sqlstate::undefined_table);
            CHECK(pool.stats().statement_cache_hits == hits);
        }
    });
}

TEST_CASE("a statement that fails when it runs stays prepared") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        (void)co_await failure_of(pool.query_one<int>("select 6 / $1::int as kept", 0));
        const auto prepared = pool.stats().statements_prepared;
        const auto value = co_await pool.query_one<int>("select 6 / $1::int as kept", 2);
        CHECK(value == 3);
        CHECK(pool.stats().statements_prepared == prepared);
    });
}

TEST_CASE("texts that differ in anything are different statements") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto a = co_await pool.query_one<int>("select 1 as same_1");
        const auto b = co_await pool.query_one<int>("select 1  as same_1");
        const auto c = co_await pool.query_one<int>(pgcoro::runtime_sql("select 1 as same_1"));
        CHECK(a + b + c == 3);
        const auto texts = co_await pool.query<std::string>(
            "select statement from pg_prepared_statements where statement like '%as same_1'");
        CHECK(texts.size() == 2);
    });
}

TEST_CASE("the same statement with another row type needs no second parse") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto number = co_await pool.query_one<int>("select 5 as typed");
        const auto prepared = pool.stats().statements_prepared;
        const auto wide = co_await pool.query_one<std::int64_t>("select 5 as typed");
        const auto raw = co_await pool.query("select 5 as typed");
        CHECK(number == wide);
        CHECK(raw[0][0].as<int>() == 5);
        CHECK(pool.stats().statements_prepared == prepared);
    });
}

} // namespace statement_cache_tests

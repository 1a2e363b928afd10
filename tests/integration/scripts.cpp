// Texts of several statements.
#include "harness.hpp"

namespace scripts_tests {

namespace {

using namespace pgcoro::testing;
using pgcoro::errc;
using pgcoro::execution_state;
using pgcoro::sqlstate;

/// Runs a test with a stand-alone connection, which has to be good afterwards.
template <class Body>
void with_lasting_connection(Body&& body) {
    asio::io_context loop;
    run(loop, [&]() -> asio::awaitable<void> {
        pgcoro::connection conn = co_await pgcoro::connect(loop.get_executor(), test_dsn());
        const int pid = conn.backend_pid();
        co_await body(conn);
        CHECK(co_await conn.query_one<int>("select pg_backend_pid()") == pid);
        co_await conn.close();
    });
    loop.restart();
    loop.run_for(patience);
    CHECK(loop.stopped());
}

} // namespace

TEST_CASE("a script runs all of its statements in order, whatever they are") {
    with_lasting_connection([](pgcoro::connection& conn) -> asio::awaitable<void> {
        co_await conn.execute_script("create temp table s(n int); insert into s values (1); select * from s;"
                                     "set timezone = 'Asia/Tokyo'; /* ; */ insert into s select n + 1 from s;;");
        CHECK(co_await conn.query_one<std::int64_t>("select sum(n) from s") == 3);
        CHECK(conn.parameter_status("TimeZone") == "Asia/Tokyo");
        co_await conn.execute_script("");
        co_await conn.execute_script("-- nothing");
        const std::string made_at_run_time = "insert into s values (4)";
        co_await conn.execute_script(made_at_run_time);
        co_await conn.execute_script(pgcoro::runtime_sql("insert into s values (5); insert into s values (6)"));
        CHECK(co_await conn.query_one<std::int64_t>("select sum(n) from s") == 18);
    });
}

TEST_CASE("a script that fails is undone as a whole, and says where") {
    with_lasting_connection([](pgcoro::connection& conn) -> asio::awaitable<void> {
        co_await conn.execute("create temp table s(n int)");
        const std::string text = "insert into s values (1); insert into nowhere values (2); insert into s values (3)";
        const auto failure = co_await failure_of(conn.execute_script(text));
        CHECK(failure.code() == sqlstate::undefined_table);
        CHECK(failure.diagnostics().position == text.find("nowhere") + 1);
        CHECK(failure.diagnostics().sql == text);
        CHECK(failure.execution() == execution_state::rejected);
        CHECK(co_await conn.query_one<std::int64_t>("select count(*) from s") == 0);
        const auto later = co_await failure_of(conn.execute_script("begin; insert into s values (1); commit; select 1/0"));
        CHECK(later.code() == sqlstate::division_by_zero);
        CHECK(later.execution() == execution_state::unknown);
        CHECK(co_await conn.query_one<std::int64_t>("select count(*) from s") == 1);
        using namespace std::string_literals;
        const auto nul = co_await failure_of(conn.execute_script("select 1;\0select 2"s));
        CHECK(nul.code() == errc::invalid_sql);
    });
}

TEST_CASE("a COPY in a script fails, and does not wedge the connection") {
    with_lasting_connection([](pgcoro::connection& conn) -> asio::awaitable<void> {
        co_await conn.execute("create temp table s(n int)");
        auto failure = co_await failure_of(conn.execute_script("insert into s values (1); copy s from stdin; select 1"));
        CHECK(failure.code() == errc::not_shareable);
        CHECK(contains(failure.what(), "copy_in"));
        CHECK(co_await conn.query_one<std::int64_t>("select count(*) from s") == 0);
        failure = co_await failure_of(
            conn.execute_script("copy (select repeat('x', 1000) from generate_series(1, 20000)) to stdout; "
                                "copy (select 1) to stdout; select 1"));
        CHECK(failure.code() == errc::not_shareable);
        CHECK(contains(failure.what(), "copy_out"));
    });
}

TEST_CASE("statements around a script keep their order") {
    with_lasting_connection([](pgcoro::connection& conn) -> asio::awaitable<void> {
        co_await conn.execute("create temp table s(n int)");
        const auto first = begin(conn.execute("insert into s values (1)"));
        const auto second = begin(conn.execute_script("update s set n = n * 10; insert into s values (5)"));
        const auto third = begin(conn.query_one<std::int64_t>("select sum(n) from s"));
        const auto fourth = begin(conn.execute_script("delete from s"));
        const auto fifth = begin(conn.query_one<std::int64_t>("select count(*) from s"));
        co_await until([&] { return fifth->done(); });
        CHECK(first->succeeded());
        CHECK(second->succeeded());
        CHECK(third->value() == 15);
        CHECK(fourth->succeeded());
        CHECK(fifth->value() == 0);
    });
}

TEST_CASE("a script is cancelled, and its connection is good") {
    witness w;
    with_lasting_connection([&](pgcoro::connection& conn) -> asio::awaitable<void> {
        const auto script = begin(conn.execute_script("select 1; select 'the script sleeps' from pg_sleep(600); select 2"));
        co_await until([&] { return w.sleeping("the script sleeps") == 1; });
        script->cancel();
        co_await until([&] { return script->done(); });
        CHECK(script->failure().code() == errc::operation_cancelled);
        CHECK(script->failure().execution() == execution_state::unknown);
        CHECK(co_await conn.query_one<int>("select 1") == 1);
        CHECK(w.running("the script sleeps") == 0);
        const auto limited
            = co_await failure_of(conn.execute_script("select 'the script sleeps' from pg_sleep(600)").timeout(50ms));
        CHECK(limited.code() == errc::query_timeout);
        // One that waits behind another is withdrawn.
        const auto slow = begin(conn.execute("select pg_sleep(0.1)"));
        const auto waiting = begin(conn.execute_script("select 1"));
        waiting->cancel();
        co_await until([&] { return slow->done(); });
        CHECK(waiting->failure().execution() == execution_state::not_sent);
    });
}

TEST_CASE("a script whose backend is terminated fails with the server's last words") {
    asio::io_context loop;
    witness w;
    run(loop, [&]() -> asio::awaitable<void> {
        auto conn = co_await pgcoro::connect(loop.get_executor(), test_dsn());
        const auto script = begin(conn.execute_script("select 'to be ended' from pg_sleep(600)"));
        co_await until([&] { return w.sleeping("to be ended") == 1; });
        w.ask("select pg_terminate_backend(" + std::to_string(conn.backend_pid()) + ")");
        co_await until([&] { return script->done(); });
        CHECK(script->failure().code() == sqlstate::admin_shutdown);
        CHECK(script->failure().execution() == execution_state::unknown);
        CHECK((co_await failure_of(conn.query("select 1"))).code() == errc::not_connected);
    });
}

TEST_CASE("a script on a pool has a connection of its own, which is reset") {
    asio::io_context loop;
    pgcoro::pool p(loop, pgcoro::pool_options{.connect = test_dsn(), .max_connections = 1});
    run(loop, [&]() -> asio::awaitable<void> {
        const auto before = co_await p.query_one<std::string>("select current_setting('search_path')");
        co_await p.execute_script("set search_path = elsewhere; begin; select 1");
        CHECK(co_await p.query_one<std::string>("select current_setting('search_path')") == before);
        CHECK(p.stats().opened == 1);
        co_await p.close();
    });
}

TEST_CASE("a filter for run-time text sees scripts") {
    asio::io_context loop;
    pgcoro::pool_options options;
    options.connect = test_dsn();
    options.runtime_sql_filter = [](std::string_view text) -> std::optional<std::string> {
        if (contains(text, "drop")) return "no drop here";
        return std::nullopt;
    };
    pgcoro::pool p(loop, options);
    run(loop, [&]() -> asio::awaitable<void> {
        std::optional<pgcoro::error> failure;
        try {
            co_await p.execute_script("select 1; drop table nowhere");
        } catch (const pgcoro::error& e) {
            failure = e;
        }
        REQUIRE(failure);
        CHECK(contains(failure->what(), "no drop here"));
        co_await p.close();
    });
}

} // namespace scripts_tests

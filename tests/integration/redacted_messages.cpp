// redact_server_messages: what the server says about values stays out of texts for people.
#include "harness.hpp"

#include <functional>

namespace redacted_messages_tests {

namespace {

using namespace pgcoro::testing;
using pgcoro::errc;
using pgcoro::pool;
using pgcoro::pool_options;
using pgcoro::sqlstate;

/// Checks what an error says and keeps.
void check_withheld(const pgcoro::error& failure, std::string_view secret) {
    CHECK_FALSE(contains(failure.what(), secret));
    CHECK_FALSE(contains(to_string(failure), secret));
    CHECK_FALSE(contains(to_string(failure, pgcoro::verbosity::terse), secret));
    CHECK(contains(failure.diagnostics().message, secret));
    CHECK(contains(to_string(failure, pgcoro::verbosity::full), secret));
}

} // namespace

TEST_CASE("with redact_server_messages errors say code and statement, and keep the message in their diagnostics") {
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(), .redact_server_messages = true});
    run(loop, [&]() -> asio::awaitable<void> {
        const auto while_running = co_await failure_of(p.query("select $1::text::int", "hunter2"));
        CHECK(while_running.code() == sqlstate::invalid_text_representation);
        CHECK(std::string(while_running.what())
              == "invalid_text_representation (SQLSTATE 22P02) [select $1::text::int]");
        CHECK(while_running.execution() == pgcoro::execution_state::rejected);
        check_withheld(while_running, "hunter2");
        const auto known = co_await failure_of(p.query("select $1::text::int", "hunter3"));
        check_withheld(known, "hunter3");
        const auto while_described = co_await failure_of(p.query("select * from no_such_table"));
        CHECK(while_described.code() == sqlstate::undefined_table);
        check_withheld(while_described, "does not exist");
        auto lease = co_await p.acquire();
        check_withheld(co_await failure_of(lease.query("select $1::text::int", "hunter4")), "hunter4");
        lease.release();
        // The client's own words repeat nothing of the server's.
        const auto ours = co_await failure_of(p.query_one<int>("select 1 where false"));
        CHECK(ours.code() == errc::no_rows);
        CHECK_FALSE(ours.is_message_withheld());
        co_await p.close();
    });
}

TEST_CASE("with redact_server_messages a lost connection does not repeat the server's last words") {
    asio::io_context loop;
    gate g(71);
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1, .redact_server_messages = true});
    run(loop, [&]() -> asio::awaitable<void> {
        const int pid = co_await p.query_one<int>("select pg_backend_pid()");
        co_await p.query("select 1 from generate_series(1, 1)");
        const auto running = begin(p.query("select 1 from pg_advisory_xact_lock_shared(71)"));
        co_await until([&] { return g.waiting() == 1; });
        const auto behind = begin(p.query("select 1 from generate_series(1, 1)"));
        co_await until([&] { return p.stats().in_flight == 2; });
        g.keeper().ask("select pg_terminate_backend(" + std::to_string(pid) + ", 10000)");
        co_await until([&] { return running->done() && behind->done(); });
        for (const auto& failure : {running->failure(), behind->failure()}) {
            CHECK_FALSE(contains(failure.what(), "terminating connection"));
            CHECK_FALSE(contains(failure.what(), "administrator"));
        }
        co_await p.close();
    });
}

TEST_CASE("a stand-alone connection redacts, too, and without the option messages are shown") {
    asio::io_context loop;
    run(loop, [&]() -> asio::awaitable<void> {
        auto silent = co_await pgcoro::connect(loop.get_executor(), test_dsn(), {.redact_server_messages = true});
        check_withheld(co_await failure_of(silent.query("select $1::text::int", "hunter2")), "hunter2");
        co_await silent.close();
        auto usual = co_await pgcoro::connect(loop.get_executor(), test_dsn());
        CHECK(contains((co_await failure_of(usual.query("select $1::text::int", "hunter2"))).what(), "hunter2"));
        co_await usual.close();
    });
}

} // namespace redacted_messages_tests

// The client's own errors, each brought about for real.
#include <pgcoro/pgcoro.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "run.hpp"

namespace asio = boost::asio;
using pgcoro::errc;
using pgcoro::error;
using pgcoro::error_kind;
using pgcoro::execution_state;
using namespace pgcoro::testing;
using namespace std::chrono_literals;

namespace {

/// A number that is read as if the server's integers had six bytes.
struct misread {
    int value = 0;
};

} // namespace

template <>
struct pgcoro::codec<misread> {
    static constexpr std::string_view name = "misread";
    static bool reads(oid column) noexcept { return column == oids::int4; }
    static misread read(const field_view& field) {
        byte_reader in(field.bytes);
        misread value{in.read<std::int32_t>()};
        (void)in.read<std::int16_t>();
        return value;
    }
};

TEST_CASE("pool_overloaded: the line is as long as it may be") {
    auto options = one_connection();
    options.max_waiting = 1;
    with_pool(options, [](pgcoro::pool& pool) -> asio::awaitable<void> {
        auto lease = co_await pool.acquire();
        int answered = 0;
        pool.query_one<int>("select 1")([&](std::exception_ptr e, int) {
            CHECK_FALSE(e);
            ++answered;
        });
        const auto refused = co_await failure_of(pool.query("select 2 as two"));
        CHECK(refused.code() == errc::pool_overloaded);
        CHECK(error_kind(refused) == error_kind::pool_exhausted);
        CHECK(refused.execution() == execution_state::not_sent);
        CHECK(is_transient(refused));
        CHECK(refused.diagnostics().sql == "select 2 as two");
        CHECK(pool.stats().rejected == 1);
        lease.release();
        while (answered == 0) co_await asio::post(asio::use_awaitable);
    });
}

TEST_CASE("acquire_timeout: no connection became free in time") {
    auto options = one_connection();
    options.acquire_timeout = 30ms;
    with_pool(options, [](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await pool.start();
        const auto lease = co_await pool.acquire();
        const auto refused = co_await failure_of(pool.query("select 1"));
        CHECK(refused.code() == errc::acquire_timeout);
        CHECK(refused.code() == boost::system::errc::timed_out);
        CHECK(error_kind(refused) == error_kind::pool_exhausted);
        CHECK(refused.execution() == execution_state::not_sent);
        CHECK(contains(refused.what(), "client_errors.cpp"));
    });
}

TEST_CASE("pool_closed: the pool refuses new work") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await pool.ping();
        co_await pool.close();
        for (int i = 0; i < 2; ++i) {
            const auto refused = co_await failure_of(pool.query("select 1"));
            CHECK(refused.code() == errc::pool_closed);
            CHECK(error_kind(refused) == error_kind::pool_closed);
            CHECK(refused.execution() == execution_state::not_sent);
            CHECK_FALSE(is_transient(refused));
        }
        const auto acquire = co_await failure_of(pool.acquire());
        CHECK(acquire.code() == errc::pool_closed);
    });
}

TEST_CASE("connection_lost: the backend ends, and the statement's outcome is unknown") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        const auto victim = co_await pgcoro::connect(context.get_executor(), test_dsn());
        const auto killer = co_await pgcoro::connect(context.get_executor(), test_dsn());
        std::optional<error> lost;
        victim.execute("select pg_sleep(50)")
            .as_result()([&](boost::system::result<pgcoro::command_tag, error> r) {
                REQUIRE(r.has_error());
                lost = r.error();
            });
        const auto pid = victim.backend_pid();
        for (std::int64_t asleep = 0; asleep == 0;)
            asleep = co_await killer.query_one<std::int64_t>(
                "select count(*) from pg_stat_activity where pid = $1 and wait_event = 'PgSleep'", pid);
        co_await killer.execute("select pg_terminate_backend($1)", pid);
        while (!lost) co_await asio::post(asio::use_awaitable);
        // The server's own word where it came, else that the connection broke.
        CHECK((lost->code() == pgcoro::sqlstate::admin_shutdown || lost->code() == errc::connection_lost));
        CHECK((error_kind(*lost) == error_kind::server_shutting_down
               || error_kind(*lost) == error_kind::connection_lost));
        CHECK(lost->execution() == execution_state::unknown);
        CHECK(is_transient(*lost));
        const auto after = co_await failure_of(victim.query("select 1"));
        CHECK((after.code() == errc::not_connected || after.code() == errc::connection_lost));
        CHECK(error_kind(after) == error_kind::connection_lost);
        CHECK(after.execution() == execution_state::not_sent);
    });
}

TEST_CASE("not_connected: the handle has no connection") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        auto lease = co_await pool.acquire();
        lease.release();
        const auto refused = co_await failure_of(lease.query("select 1"));
        CHECK(refused.code() == errc::not_connected);
        CHECK(error_kind(refused) == error_kind::connection_lost);
        CHECK(refused.execution() == execution_state::not_sent);
        CHECK_FALSE(is_transient(refused));
    });
}

TEST_CASE("configuration_invalid: options that make no sense name the option") {
    asio::io_context context;
    auto options = test_options();
    options.max_connections = 0;
    try {
        const pgcoro::pool pool(context, options);
        FAIL("the pool was made");
    } catch (const error& e) {
        CHECK(e.code() == errc::configuration_invalid);
        CHECK(error_kind(e) == error_kind::configuration);
        CHECK(contains(e.what(), "max_connections"));
    }
}

TEST_CASE("protocol_error: a codec that expects other bytes than there are") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto wrong = co_await failure_of(pool.query_one<misread>("select 1 as n"));
        CHECK(wrong.code() == errc::protocol_error);
        CHECK(error_kind(wrong) == error_kind::protocol);
        CHECK(wrong.execution() == execution_state::completed);
        CHECK(contains(wrong.what(), "'n'"));
        const auto works = co_await pool.query_one<int>("select 1");
        CHECK(works == 1);
    });
}

TEST_CASE("commit_in_doubt: a commit that was cancelled while it waited for a synchronous standby") {
    ephemeral_server server({.settings = {{"synchronous_standby_names", "nobody"}}});
    run([&](asio::io_context& context) -> asio::awaitable<void> {
        pgcoro::pool_options options;
        options.connect = server.connection_string();
        options.max_connections = 1;
        pgcoro::pool pool(context, options);
        const auto other = co_await pgcoro::connect(context.get_executor(), server.connection_string());
        co_await other.execute("create table doubtful (id int)"); // the server's default does not wait
        const auto writer = co_await pool.acquire();
        co_await writer.execute("set synchronous_commit = on");
        std::optional<error> doubt;
        writer.execute("insert into doubtful values (1)")
            .as_result()([&](boost::system::result<pgcoro::command_tag, error> r) {
                REQUIRE(r.has_error());
                doubt = r.error();
            });
        const auto pid = writer.backend_pid();
        for (std::int64_t waits = 0; waits == 0;)
            waits = co_await other.query_one<std::int64_t>(
                "select count(*) from pg_stat_activity where pid = $1 and wait_event = 'SyncRep'", pid);
        co_await other.execute("select pg_cancel_backend($1)", pid);
        while (!doubt) co_await asio::post(asio::use_awaitable);
        CHECK(doubt->code() == errc::commit_in_doubt);
        CHECK(error_kind(*doubt) == error_kind::commit_in_doubt);
        CHECK_FALSE(is_transient(*doubt));
        const auto stored = co_await other.query_one<std::int64_t>("select count(*) from doubtful");
        CHECK(stored == 1);
    });
}

TEST_CASE("the errors of reading a result say that the statement was completed") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await execute_all(pool, "drop table if exists client_errors_rows",
                             "create table client_errors_rows (id int)");
        const auto null = co_await failure_of(
            pool.query_one<int>("insert into client_errors_rows values (null) returning id"));
        CHECK(null.code() == errc::unexpected_null);
        CHECK(error_kind(null) == error_kind::invalid_data);
        CHECK(null.execution() == execution_state::completed);
        const auto many = co_await failure_of(
            pool.query_one<int>("insert into client_errors_rows values (1), (2) returning id"));
        CHECK(many.code() == errc::too_many_rows);
        CHECK(error_kind(many) == error_kind::too_many_rows);
        CHECK(many.execution() == execution_state::completed);
        const auto none = co_await failure_of(
            pool.query_one<int>("delete from client_errors_rows where id = $1 returning id", 99));
        CHECK(none.code() == errc::no_rows);
        CHECK(error_kind(none) == error_kind::not_found);
        const auto range = co_await failure_of(
            pool.query_one<std::int8_t>("insert into client_errors_rows values (300) returning id"));
        CHECK(range.code() == errc::value_out_of_range);
        CHECK(error_kind(range) == error_kind::invalid_data);
        const auto stored = co_await pool.query_one<std::int64_t>("select count(*) from client_errors_rows");
        CHECK(stored == 4);
        co_await pool.execute("drop table client_errors_rows");
    });
}

TEST_CASE("the errors of a statement that goes with nothing say that it was never sent") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto mismatch = co_await failure_of(pool.query_one<int>("select 'text'"));
        CHECK(mismatch.code() == errc::type_mismatch);
        CHECK(error_kind(mismatch) == error_kind::invalid_query);
        CHECK(mismatch.execution() == execution_state::not_sent);
        const auto count = co_await failure_of(pool.query(pgcoro::runtime_sql("select $1::int")));
        CHECK(count.code() == errc::parameter_count);
        CHECK(error_kind(count) == error_kind::invalid_query);
        const auto several = co_await failure_of(pool.query(pgcoro::runtime_sql("select 1; select 2")));
        CHECK(several.code() == errc::invalid_sql);
        CHECK(error_kind(several) == error_kind::invalid_query);
        const auto begin = co_await failure_of(pool.execute(pgcoro::runtime_sql("begin")));
        CHECK(begin.code() == errc::not_shareable);
        CHECK(error_kind(begin) == error_kind::invalid_query);
    });
}

TEST_CASE("query_timeout and operation_cancelled tell a time limit from a caller's wish") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto late = co_await failure_of(pool.execute("select pg_sleep(50)").timeout(50ms));
        CHECK(late.code() == errc::query_timeout);
        CHECK(error_kind(late) == error_kind::timeout);
        asio::cancellation_signal signal;
        std::optional<error> cancelled;
        pool.execute("select pg_sleep(50)")
            .as_result()(asio::bind_cancellation_slot(
                signal.slot(), [&](boost::system::result<pgcoro::command_tag, error> r) {
                    REQUIRE(r.has_error());
                    cancelled = r.error();
                }));
        co_await asio::post(asio::use_awaitable);
        signal.emit(asio::cancellation_type::terminal);
        while (!cancelled) co_await asio::post(asio::use_awaitable);
        CHECK(cancelled->code() == errc::operation_cancelled);
        CHECK(error_kind(*cancelled) == error_kind::cancelled);
    });
}

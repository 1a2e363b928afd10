// Scripts through PgBouncer: settings hold in each of their transactions, and what would stay behind is
// refused.
#include "harness.hpp"
#include "pgbouncer.hpp"

namespace pooler_scripts_tests {

namespace {

using namespace pgcoro::testing;
using pgcoro::errc;
using pgcoro::execution_state;
using pgcoro::pool;
using pgcoro::pool_options;
using pgcoro::pooler_mode;
using pgcoro::sqlstate;

/// A server with a schema that is not searched by itself.
struct scripted_server {
    ephemeral_server server;
    witness w{server.connection_string()};

    scripted_server() { w.ask("create schema scripted; create table scripted.seen(n serial, path text)"); }

    /// What `search_path` was in the statements of scripts so far; starts anew.
    std::string seen() {
        return w.ask("with gone as (delete from scripted.seen returning *) select string_agg(path, ' | ' "
                     "order by n) from gone");
    }
};

/// A statement of a script that records what it sees.
const std::string look = "insert into scripted.seen(path) values (current_setting('search_path')); ";

/// Options of a pool that finds that schema.
pool_options searching(const pgbouncer& pooler, pooler_mode mode = pooler_mode::automatic) {
    auto options = through(pooler, mode);
    options.session_settings = {{"search_path", "scripted, public"}};
    return options;
}

} // namespace

TEST_CASE(
    "a script behind a pooler has the settings in each of its transactions, and leaves none to others") {
    if (!has_pooler()) return;
    scripted_server on;
    const pgbouncer pooler(on.server, "transaction", few);
    asio::io_context loop;
    pool p(loop, searching(pooler));
    pool other(loop, pool_options{.connect = pooler.connection_string()});
    const std::string ours = "scripted, public";
    run(loop, [&]() -> asio::awaitable<void> {
        const std::string script =
            "begin isolation level serializable; set transaction deferrable; " + look + "commit; " + look
            + "begin; set local search_path = scripted; " + look + "commit and chain; " + look
            + "rollback; begin; savepoint a; rollback to a; " + look + "commit;" + look;
        const std::string expected = ours + " | " + ours + " | scripted | " + ours + " | " + ours;
        co_await p.execute_script(script);
        CHECK(on.seen() == expected);
        auto lease = co_await p.acquire();
        for (int i = 0; i < 5; ++i) {
            const auto theirs = begin(other.query_one<std::string>("select current_setting('search_path')"));
            const auto script_of_lease = begin(lease.execute_script(script));
            co_await until([&] { return theirs->done() && script_of_lease->done(); });
            CHECK(script_of_lease->succeeded());
            CHECK(on.seen() == expected);
            CHECK_FALSE(contains(theirs->value(), "scripted"));
        }
        lease.release();
        for (int i = 0; i < 10; ++i)
            CHECK_FALSE(contains(
                co_await other.query_one<std::string>("select current_setting('search_path')"), "scripted"));
        co_await p.close();
        co_await other.close();
    });
}

TEST_CASE("a transaction that a script leaves open behind a pooler goes on with what was set in it") {
    if (!has_pooler()) return;
    scripted_server on;
    const pgbouncer pooler(on.server, "transaction", few);
    asio::io_context loop;
    pool p(loop, searching(pooler));
    run(loop, [&]() -> asio::awaitable<void> {
        auto lease = co_await p.acquire();
        const auto path = [&] {
            return lease.query_one<std::string>("select current_setting('search_path')");
        };
        co_await lease.execute_script("begin; select 1; set local search_path = scripted");
        CHECK(co_await path() == "scripted");
        co_await lease.execute_script(look + "commit; " + look);
        CHECK(on.seen() == "scripted | scripted, public");
        co_await lease.execute_script("begin"); // nothing that would need them
        CHECK(co_await path() == "scripted, public");
        co_await lease.execute_script("set local search_path = scripted; " + look);
        lease.release();
        CHECK(co_await p.query_one<std::int64_t>("select count(*) from seen") == 0); // rolled back
        lease = co_await p.acquire();
        co_await lease.execute("begin");
        co_await lease.execute("set local search_path = scripted");
        CHECK(co_await path() == "scripted");
        co_await lease.execute("commit and chain");
        CHECK(co_await path() == "scripted, public");
        co_await lease.execute("rollback");
        lease.release();
        co_await p.close();
    });
}

TEST_CASE("a script that fails behind a pooler is undone, and says where in the text that its caller wrote") {
    if (!has_pooler()) return;
    scripted_server on;
    const pgbouncer pooler(on.server, "transaction", few);
    asio::io_context loop;
    auto options = searching(pooler);
    options.session_settings.emplace_back("application_name", "caf\xc3\xa9");
    pool p(loop, options);
    run(loop, [&]() -> asio::awaitable<void> {
        auto lease = co_await p.acquire();
        for (const auto& before : {look, "begin; " + look, look + "rollback; " + look, std::string()}) {
            const auto text = before + "insert into nowhere values (1); select 1";
            CAPTURE(text);
            const auto failure = co_await failure_of(lease.execute_script(text));
            CHECK(failure.code() == sqlstate::undefined_table);
            CHECK(failure.diagnostics().position == text.find("nowhere") + 1);
            CHECK(failure.diagnostics().sql == text);
            CHECK(failure.execution() == execution_state::rejected);
            co_await lease.execute_script("rollback");
            CHECK(co_await lease.query_one<std::int64_t>("select count(*) from seen") == 0);
        }
        co_await lease.execute_script(
            "create procedure ended() language sql begin atomic select 1; end; select 1");
        // What has to stand alone does not if settings are to hold for it.
        const auto alone = co_await failure_of(lease.execute_script("vacuum scripted.seen;"));
        CHECK(alone.code() == errc::unsupported_by_pooler);
        CHECK(contains(alone.what(), "session_settings"));
        CHECK(alone.execution() == execution_state::rejected);
        lease.release();
        co_await p.close();
        options.session_settings.clear();
        options.query_timeout = 30s;
        pool without(loop, options);
        co_await without.execute_script("vacuum scripted.seen;");
        const auto several = co_await failure_of(
            (co_await without.acquire()).execute_script("vacuum scripted.seen; select 1"));
        CHECK(several.code() == sqlstate::active_sql_transaction); // as without a pooler
        co_await without.close();
    });
}

TEST_CASE("a script that would change the session of others is refused behind a pooler, before it is sent") {
    if (!has_pooler()) return;
    scripted_server on;
    const pgbouncer pooler(on.server, "transaction", few);
    asio::io_context loop;
    pool p(loop, searching(pooler));
    run(loop, [&]() -> asio::awaitable<void> {
        auto lease = co_await p.acquire();
        auto alone = co_await pgcoro::connect(loop.get_executor(), pooler.connection_string());
        for (const char* const sql : {"listen jobs", "set search_path = x", "reset all", "discard all",
                                      "prepare a as select 1", "deallocate all"}) {
            CAPTURE(sql);
            const auto text = look + "/* ; */ " + sql + "; select 1";
            const auto refused = co_await failure_of(lease.execute_script(text));
            CHECK(refused.code() == errc::unsupported_by_pooler);
            CHECK(refused.execution() == execution_state::not_sent);
            CHECK(refused.diagnostics().place == "statement 2 of the text");
            CHECK(contains(refused.what(), sql));
            CHECK((co_await failure_of(alone.execute_script(text))).code() == errc::unsupported_by_pooler);
        }
        CHECK(co_await lease.query_one<std::int64_t>("select count(*) from seen") == 0);
        lease.release();
        std::optional<pgcoro::error> by_pool;
        try {
            co_await p.execute_script("select 1; set search_path = x");
        } catch (const pgcoro::error& e) {
            by_pool = e;
        }
        REQUIRE(by_pool);
        CHECK(by_pool->code() == errc::unsupported_by_pooler);
        co_await p.close();
        co_await alone.close();
    });
}

TEST_CASE("through a pooler in statement mode a script is one transaction, and may have none of its own") {
    if (!has_pooler()) return;
    scripted_server on;
    const pgbouncer pooler(on.server, "statement", few);
    asio::io_context loop;
    pool p(loop, searching(pooler, pooler_mode::statement));
    run(loop, [&]() -> asio::awaitable<void> {
        auto lease = co_await p.acquire();
        co_await lease.execute_script(look + look);
        CHECK(on.seen() == "scripted, public | scripted, public");
        CHECK((co_await failure_of(lease.execute_script(look + "select 1/0"))).code()
              == sqlstate::division_by_zero);
        CHECK(co_await lease.query_one<std::int64_t>("select count(*) from seen") == 0);
        const auto refused = co_await failure_of(lease.execute_script(look + "begin; " + look + "commit"));
        CHECK(refused.code() == errc::unsupported_by_pooler);
        CHECK(refused.execution() == execution_state::not_sent);
        lease.release();
        co_await p.close();
    });
}

} // namespace pooler_scripts_tests

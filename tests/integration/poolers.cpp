// Through PgBouncer: no statement meets another client's, no setting stays behind, what cannot work is refused.
#include "harness.hpp"
#include "pgbouncer.hpp"

#include <tuple>

namespace poolers_tests {

namespace {

using namespace pgcoro::testing;
using pgcoro::errc;
using pgcoro::pool;
using pgcoro::pool_options;
using pgcoro::pooler_mode;
using pgcoro::runtime_sql;

/// A server that logs every statement.
ephemeral_server& pooled_server() {
    static ephemeral_server server({.settings = {{"log_statement", "all"}}});
    return server;
}

asio::awaitable<void> run_many_statements(pool& p) {
    std::vector<background_ptr<std::tuple<int, std::string>>> started;
    for (int i = 0; i < 200; ++i)
        started.push_back(begin(p.query_one<std::tuple<int, std::string>>(
            runtime_sql("select $1::int + " + std::to_string(i % 40) + ", 'statement " + std::to_string(i % 40)
                        + "' || $2"),
            1000 * i, "!")));
    co_await until([&] { return all_done(started); });
    int right = 0;
    for (int i = 0; i < 200; ++i) {
        const auto& answer = *started[static_cast<std::size_t>(i)]->answer;
        CAPTURE(i);
        if (answer.has_error()) {
            FAIL_CHECK(std::string(answer.error().what()));
            continue;
        }
        const auto [number, text] = answer.value();
        right += number == 1000 * i + i % 40 && text == "statement " + std::to_string(i % 40) + "!";
    }
    CHECK(right == 200);
}

} // namespace

TEST_CASE("a pooler is recognised, and of 200 statements at once none fails and none gets another's rows") {
    if (!has_pooler()) return;
    const pgbouncer pooler(pooled_server(), "transaction", few);
    for (const auto mode : {pooler_mode::automatic, pooler_mode::transaction}) {
        asio::io_context loop;
        pool p(loop, through(pooler, mode));
        pool other(loop, through(pooler, mode));   // another client with the same names for other statements
        run(loop, [&]() -> asio::awaitable<void> {
            const auto beside = begin(other.query<int>("select n from generate_series(1, 1000) n"));
            co_await run_many_statements(p);
            co_await run_many_statements(other);
            co_await run_many_statements(p);
            CHECK(beside->value().size() == 1000);
            CHECK(co_await p.query_one<std::int64_t>("select count(*) from pg_prepared_statements") == 0);
            CHECK(p.stats().statement_cache_hits == 0);
            CHECK(p.stats().connect_failures == 0);
            co_await p.close();
            co_await other.close();
        });
    }
}

TEST_CASE("through a pooler in statement mode single statements run, transactions are refused") {
    if (!has_pooler()) return;
    const pgbouncer pooler(pooled_server(), "statement", few);
    asio::io_context loop;
    pool p(loop, through(pooler, pooler_mode::statement));
    run(loop, [&]() -> asio::awaitable<void> {
        co_await run_many_statements(p);
        auto lease = co_await p.acquire();
        const auto refused = co_await failure_of(lease.execute("begin"));
        CHECK(refused.code() == errc::unsupported_by_pooler);
        CHECK(refused.execution() == pgcoro::execution_state::not_sent);
        CHECK(co_await lease.query_one<int>("select 1") == 1);
        lease.release();
        auto transaction = co_await p.begin();
        CHECK((co_await failure_of(transaction.query("select 1"))).code() == errc::unsupported_by_pooler);
        transaction = {};
        co_await p.close();
    });
}

TEST_CASE("statement_mode decides where the pooler's mode does not") {
    if (!has_pooler()) return;
    const pgbouncer pooler(pooled_server(), "session");
    asio::io_context loop;
    const auto held = [&](pool_options options) {
        std::int64_t count = 0;
        options.max_connections = 1;
        pool p(loop, options);
        run(loop, [&]() -> asio::awaitable<void> {
            for (int i = 0; i < 2; ++i) co_await p.query_one<int>("select 2 as held");
            count = co_await p.query_one<std::int64_t>(
                "select count(*) from pg_prepared_statements where statement = 'select 2 as held'");
            co_await p.close();
        });
        return count;
    };
    CHECK(held(through(pooler)) == 0);   // taken to be in transaction mode
    CHECK(held(through(pooler, pooler_mode::session)) == 1);
    CHECK(held(through(pooler, pooler_mode::none)) == 1);
    auto options = through(pooler);
    options.statement_mode = pgcoro::statement_mode::prepared;
    CHECK(held(options) == 1);
    const auto direct = pooled_server().connection_string();
    CHECK(held({.connect = direct}) == 1);
    CHECK(held({.connect = direct, .statement_mode = pgcoro::statement_mode::unnamed}) == 0);
    CHECK(held({.connect = direct, .pooler_mode = pooler_mode::transaction}) == 0);
}

TEST_CASE("settings hold in every statement and transaction behind a pooler, and for nobody else") {
    if (!has_pooler()) return;
    witness w(pooled_server().connection_string());
    w.ask("drop schema if exists tenant cascade; create schema tenant; create table tenant.things(n int)");
    const pgbouncer pooler(pooled_server(), "transaction", few);
    for (const auto mode : {pooler_mode::automatic, pooler_mode::transaction}) {
        asio::io_context loop;
        auto options = through(pooler, mode);
        options.session_settings = {{"search_path", "tenant, public"}, {"application_name", "it's \\ here"}};
        options.query_timeout = 30s;
        pool p(loop, options), other(loop, through(pooler, mode));
        run(loop, [&]() -> asio::awaitable<void> {
            const auto ask = [](const auto& on) {
                return on.template query_one<std::string>(
                    "select concat_ws(';', current_setting('search_path'), current_setting('application_name'), "
                    "current_setting('statement_timeout'))");
            };
            const std::string ours = "tenant, public;it's \\ here;31s";
            co_await p.execute("truncate things");
            std::vector<background_ptr<std::string>> mine, theirs;
            std::vector<background_ptr<pgcoro::command_tag>> inserts;
            for (int i = 0; i < 40; ++i) {
                mine.push_back(begin(ask(p)));
                theirs.push_back(begin(ask(other)));
                inserts.push_back(begin(p.execute("insert into things values ($1)", i)));
            }
            co_await until([&] { return all_done(mine) && all_done(theirs) && all_done(inserts); });
            for (const auto& m : mine) CHECK(m->value() == ours);
            for (const auto& t : theirs) CHECK_FALSE(contains(t->value(), "tenant"));
            for (const auto& i : inserts) CHECK(i->succeeded());
            CHECK(w.ask("select count(*) from tenant.things") == "40");

            auto lease = co_await p.acquire();
            CHECK(co_await ask(lease) == ours);
            for (const char* const begin : {"begin", "begin isolation level serializable"}) {
                co_await lease.execute(runtime_sql(begin));
                co_await lease.execute("savepoint a");
                CHECK(co_await ask(lease) == ours);
                co_await lease.execute("rollback to a");
                CHECK(co_await ask(lease) == ours);
                co_await lease.execute("set local search_path = tenant");
                CHECK(co_await lease.query_one<std::string>("select current_setting('search_path')") == "tenant");
                CHECK(co_await lease.query_one<std::int64_t>("select count(*) from things") == 40);
                co_await lease.execute("commit");
            }
            CHECK(co_await ask(lease) == ours);
            for (int i = 0; i < 2; ++i)
                co_await lease.transaction([&](pgcoro::transaction& tx) -> asio::awaitable<void> {
                    if (i == 0) CHECK(co_await ask(tx) == ours);
                    co_await tx.execute("set local search_path = tenant");
                    const auto inner = [&](pgcoro::transaction& savepoint) -> asio::awaitable<void> {
                        CHECK(co_await savepoint.query_one<std::string>("select current_setting('search_path')")
                              == "tenant");
                    };
                    co_await tx.savepoint(inner);
                    CHECK(co_await tx.query_one<std::int64_t>("select count(*) from things") == 40);
                    CHECK(co_await tx.query_one<std::string>("select current_setting('search_path')") == "tenant");
                });
            // Begun together, run in order.
            const auto first = begin(lease.execute("begin"));
            const auto second = begin(ask(lease));
            const auto third = begin(lease.execute("commit"));
            const auto fourth = begin(ask(lease));
            co_await until([&] { return fourth->done(); });
            CHECK((first->succeeded() && third->succeeded()));
            CHECK(second->value() == ours);
            CHECK(fourth->value() == ours);
            lease.release();
            const auto isolation = co_await p.transaction(
                {.isolation = pgcoro::isolation_level::serializable, .resolve_commit = true},
                [&](pgcoro::transaction& tx) -> asio::awaitable<std::string> {
                    CHECK(co_await ask(tx) == ours);
                    co_return co_await tx.query_one<std::string>("select current_setting('transaction_isolation')");
                });
            CHECK(isolation == "serializable");
            CHECK_FALSE(contains(co_await ask(other), "tenant"));
            co_await p.close();
            co_await other.close();
        });
    }
    w.ask("drop schema tenant cascade");
}

TEST_CASE("a wrong setting fails the statements behind a pooler, and says which it is") {
    if (!has_pooler()) return;
    const pgbouncer pooler(pooled_server(), "transaction", few);
    asio::io_context loop;
    auto options = through(pooler);
    options.session_settings = {{"work_mem", "much"}};
    pool p(loop, options);
    run(loop, [&]() -> asio::awaitable<void> {
        for (int i = 0; i < 3; ++i) {
            const auto failure = co_await failure_of(p.query("select 1"));
            CHECK(failure.code() == pgcoro::sqlstate::invalid_parameter_value);
            CHECK(contains(failure.what(), "work_mem"));
            CHECK(failure.execution() == pgcoro::execution_state::rejected);
        }
        co_await p.close();
    });
}

TEST_CASE("what cannot run in a transaction runs behind a pooler, unless settings would have to hold for it") {
    if (!has_pooler()) return;
    const pgbouncer pooler(pooled_server(), "transaction", few);
    asio::io_context loop;
    auto options = through(pooler);
    options.query_timeout = 30s;
    pool plain(loop, options);
    options.session_settings = {{"search_path", "pg_catalog"}};
    pool with_settings(loop, options);
    run(loop, [&]() -> asio::awaitable<void> {
        co_await plain.execute("vacuum pg_class");
        const auto refused = co_await failure_of(with_settings.execute("vacuum pg_class"));
        CHECK(refused.code() == errc::unsupported_by_pooler);
        CHECK(contains(refused.what(), "session_settings"));
        CHECK(refused.execution() == pgcoro::execution_state::rejected);
        CHECK(co_await with_settings.query_one<int>("select 1") == 1);
        co_await plain.close();
        co_await with_settings.close();
    });
}

TEST_CASE("what would stay with a session that others use is refused behind a pooler before it is sent") {
    if (!has_pooler()) return;
    const pgbouncer pooler(pooled_server(), "transaction", few);
    asio::io_context loop;
    pool p(loop, through(pooler));
    run(loop, [&]() -> asio::awaitable<void> {
        auto lease = co_await p.acquire();
        auto alone = co_await pgcoro::connect(loop.get_executor(), pooler.connection_string());
        for (const char* const sql : {"listen jobs", "unlisten *", "set search_path = x", "reset all", "discard all",
                                      "prepare a as select 1", "execute a", "set session characteristics as "
                                      "transaction read only"}) {
            CAPTURE(sql);
            const auto by_lease = co_await failure_of(lease.execute(runtime_sql(sql)));
            CHECK(by_lease.code() == errc::unsupported_by_pooler);
            CHECK(by_lease.execution() == pgcoro::execution_state::not_sent);
            CHECK(contains(by_lease.what(), sql));
            CHECK((co_await failure_of(alone.execute(runtime_sql(sql)))).code() == errc::unsupported_by_pooler);
        }
        const auto in_batch = co_await failure_of(lease.batch(pgcoro::execute("select 1"), pgcoro::execute("listen jobs")));
        CHECK(in_batch.code() == errc::unsupported_by_pooler);
        CHECK(in_batch.execution() == pgcoro::execution_state::not_sent);
        CHECK(in_batch.diagnostics().place == "statement 2 of 2");
        co_await lease.execute("begin");
        co_await lease.execute("set transaction read only");
        co_await lease.execute("set local work_mem = '19MB'");
        CHECK(co_await lease.query_one<std::string>("select current_setting('work_mem')") == "19MB");
        co_await lease.execute("commit");
        lease.release();
        co_await p.close();
        co_await alone.close();
    });
}

TEST_CASE("an on_connect that changes the session says that the pooler does not let it") {
    if (!has_pooler()) return;
    const pgbouncer pooler(pooled_server(), "transaction", few);
    asio::io_context loop;
    auto options = through(pooler);
    options.on_connect = [](pgcoro::lease& fresh) -> asio::awaitable<void> { co_await fresh.execute("listen jobs"); };
    pool p(loop, options);
    run(loop, [&]() -> asio::awaitable<void> {
        CHECK((co_await failure_of(p.start())).code() == errc::unsupported_by_pooler);
        co_await p.close();
    });
}

TEST_CASE("a lease that comes back to a pooler is rolled back, and nothing is discarded that others use") {
    if (!has_pooler()) return;
    ephemeral_server server({.settings = {{"log_statement", "all"}}});
    const pgbouncer pooler(server, "transaction", few);
    witness w(server.connection_string());
    w.ask("create table left_by_lease(n int)");
    asio::io_context loop;
    for (const auto policy : {pgcoro::reset_policy::automatic, pgcoro::reset_policy::discard_all}) {
        auto options = through(pooler);
        options.max_connections = 1;
        options.reset = policy;
        pool p(loop, options);
        run(loop, [&]() -> asio::awaitable<void> {
            {
                auto lease = co_await p.acquire();
                co_await lease.execute("begin");
                co_await lease.execute("set local work_mem = '19MB'");
                co_await lease.execute("insert into left_by_lease values (1)");
            }
            CHECK(co_await p.query_one<std::int64_t>("select count(*) from left_by_lease") == 0);
            co_await p.close();
        });
    }
    CHECK(contains(server.log(), "rollback"));
    CHECK_FALSE(contains(server.log(), "discard"));
}

TEST_CASE("a statement is stopped on the server through a pooler, too") {
    if (!has_pooler()) return;
    const pgbouncer pooler(pooled_server(), "transaction", few);
    witness w(pooled_server().connection_string());
    asio::io_context loop;
    auto options = through(pooler);
    options.max_connections = 1;
    pool p(loop, options);
    run(loop, [&]() -> asio::awaitable<void> {
        const auto stopped = begin(p.query("select pg_sleep(600)"));
        co_await until([&] { return w.sleeping("pg_sleep(600)") == 1; });
        stopped->cancel();
        co_await until([&] { return stopped->done() && w.running("pg_sleep(600)") == 0; });
        CHECK(stopped->failure().code() == errc::operation_cancelled);
        CHECK(co_await p.query_one<int>("select 1") == 1);
        CHECK(p.stats().opened == 1);
        co_await p.close();
    });
}

TEST_CASE("behind a pooler in session mode everything works as without, settings included") {
    if (!has_pooler()) return;
    const pgbouncer pooler(pooled_server(), "session");
    asio::io_context loop;
    auto options = through(pooler, pooler_mode::session);
    options.max_connections = 2;
    options.min_connections = 2;
    options.session_settings = {{"search_path", "pg_catalog"}};
    options.query_timeout = 30s;
    int set_up = 0;
    options.on_connect = [&](pgcoro::lease& fresh) -> asio::awaitable<void> {
        ++set_up;
        CHECK(co_await fresh.query_one<std::string>("select current_setting('search_path')") == "pg_catalog");
    };
    pool p(loop, options);
    run(loop, [&]() -> asio::awaitable<void> {
        co_await p.start();
        co_await run_many_statements(p);
        {
            auto lease = co_await p.acquire();
            co_await lease.execute("set search_path = public");
            co_await lease.execute("listen jobs");
            CHECK(co_await lease.query_one<std::int64_t>("select count(*) from pg_listening_channels()") == 1);
        }
        co_await until([&] { return p.stats().in_use == 0; });
        CHECK(set_up == 3);
        for (int i = 0; i < 4; ++i) {
            CHECK(co_await p.query_one<std::string>("select current_setting('search_path')") == "pg_catalog");
            CHECK(co_await p.query_one<std::string>("select current_setting('statement_timeout')") == "31s");
        }
        CHECK(p.stats().statement_cache_hits > 0);
        CHECK(p.stats().opened == 2);
        co_await p.close();
    });
}

TEST_CASE("a pooler that swallows startup options is recognised, and settings hold all the same") {
    if (!has_pooler()) return;
    const pgbouncer pooler(pooled_server(), "transaction", "ignore_startup_parameters = options\n");
    asio::io_context loop;
    auto options = through(pooler);
    options.session_settings = {{"work_mem", "19MB"}};
    pool p(loop, options);
    run(loop, [&]() -> asio::awaitable<void> {
        for (int i = 0; i < 5; ++i)
            CHECK(co_await p.query_one<std::string>("select current_setting('work_mem')") == "19MB");
        co_await p.close();
    });
}

} // namespace poolers_tests

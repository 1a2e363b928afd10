// Connections that are lost under way: exactly what they carried fails, and each caller learns what became of it.
#include "harness.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <set>
#include <string_view>

namespace lost_connections_tests {

namespace {

using namespace pgcoro::testing;
using pgcoro::errc;
using pgcoro::execution_state;
using pgcoro::pool;
using pgcoro::pool_options;
using pgcoro::sqlstate;

/// Whether an error is one that the loss of a connection may surface as: the server's own words or the client's.
bool is_loss(const pgcoro::error& e) {
    return e.code() == errc::connection_lost || e.code() == sqlstate::admin_shutdown
           || e.code() == sqlstate::crash_shutdown;
}

std::string terminate(int pid) { return "select pg_terminate_backend(" + std::to_string(pid) + ", 10000)"; }

/// On a loop that one thread runs, where nothing is read while a test waits for something else.
pool_options only_connection() {
    return {.connect = test_dsn(), .max_connections = 1, .concurrency = pgcoro::concurrency::single_threaded};
}

constexpr char insert_heard[] = "insert into heard select $1::int";

/// The table that these go into.
class heard_table {
public:
    heard_table() { server.ask("drop table if exists heard; create table heard(n int)"); }
    ~heard_table() { server.ask("drop table heard"); }

    int count(int n) { return server.number("select count(*) from heard where n = " + std::to_string(n)); }

    witness server;
};

} // namespace

TEST_CASE("a backend that is terminated fails the statement that it ran, whose outcome is unknown") {
    asio::io_context loop;
    gate g(41);
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1});
    run(loop, [&]() -> asio::awaitable<void> {
        const int pid = co_await p.query_one<int>("select pg_backend_pid()");
        const auto running = begin(p.query("select 1 from pg_advisory_xact_lock_shared(41)"));
        co_await until([&] { return g.waiting() == 1; });
        g.keeper().ask(terminate(pid));
        co_await until([&] { return running->done(); });
        CHECK(is_loss(running->failure()));
        CHECK(contains(running->failure().what(), "terminating connection"));
        CHECK(running->failure().execution() == execution_state::unknown);
        CHECK(co_await p.query_one<int>("select pg_backend_pid()") != pid);
        CHECK(p.stats().closed_by_error == 1);
        co_await p.close();
    });
}

TEST_CASE("a backend terminated in mid-pipeline fails what it carried, and no statement of another connection") {
    witness w;
    w.ask("drop table if exists effects; create table effects(n int)");
    asio::io_context loop;
    gate g(42);
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 2, .min_connections = 2, .pipeline_depth = 4});
    run(loop, [&]() -> asio::awaitable<void> {
        co_await p.start();
        // Known to both connections, so that nothing has to be described first.
        for (int i = 0; i < 2; ++i) co_await p.execute("insert into effects select $1::int", -1);
        w.ask("truncate effects");
        std::vector<background_ptr<int>> blockers;
        for (int i = 0; i < 2; ++i)
            blockers.push_back(begin(p.query_one<int>("select pg_backend_pid() from pg_advisory_xact_lock_shared(42)")));
        co_await until([&] { return g.waiting() == 2; });
        std::vector<background_ptr<pgcoro::command_tag>> inserts;
        for (int i = 0; i < 6; ++i) inserts.push_back(begin(p.execute("insert into effects select $1::int", i)));
        const auto in_line = begin(p.execute("insert into effects select $1::int", 100));
        co_await until([&] { return p.stats().in_flight == 8 && p.stats().waiting == 1; });

        const int victim = g.keeper().number("select min(pid) from pg_locks where locktype = 'advisory' and not granted "
                                             "and objid = 42");
        g.keeper().ask(terminate(victim));
        co_await until([&] { return blockers[0]->done() || blockers[1]->done(); });
        const auto& lost = blockers[0]->done() ? blockers[0] : blockers[1];
        const auto& alive = blockers[0]->done() ? blockers[1] : blockers[0];
        CHECK(is_loss(lost->failure()));
        CHECK(lost->failure().execution() == execution_state::unknown);
        CHECK_FALSE(alive->done());
        g.open();
        co_await until([&] { return alive->done() && all_done(inserts) && in_line->done(); });
        CHECK(alive->value() != victim);
        CHECK(in_line->succeeded());

        int failed = 0;
        for (int i = 0; i < 6; ++i) {
            const auto& insert = inserts[static_cast<std::size_t>(i)];
            const int stored = w.number("select count(*) from effects where n = " + std::to_string(i));
            CAPTURE(i);
            if (insert->succeeded()) {
                CHECK(stored == 1);
                continue;
            }
            ++failed;
            CHECK(is_loss(insert->failure()));
            CHECK(stored == 0);
            // The server said that it ends, and does so in order: what stood behind was never begun.
            CHECK(insert->failure().execution() == execution_state::rejected);
        }
        CHECK(failed == 3);
        CHECK(w.ask("select count(*) from effects where n = 100") == "1");
        CHECK(p.stats().closed_by_error == 1);
        co_await p.close();
    });
    w.ask("drop table effects");
}

TEST_CASE("a server that shuts down in mid-query and mid-pipeline fails what runs; the pool recovers with the server") {
    for (const auto mode : {shutdown_mode::fast, shutdown_mode::immediate}) {
        CAPTURE(mode == shutdown_mode::fast);
        ephemeral_server server;
        asio::io_context loop;
        pool p(loop, pool_options{.connect = server.connection_string(), .max_connections = 2, .min_connections = 2,
                                  .acquire_timeout = 60s, .pipeline_depth = 3,
                                  .reconnect = {.initial = 5ms, .maximum = 50ms}});
        run(loop, [&]() -> asio::awaitable<void> {
            co_await p.start();
            // Not a lock: the server might end its holder first, and its waiters would succeed.
            std::optional<witness> w(std::in_place, server.connection_string());
            std::vector<background_ptr<pgcoro::result>> sent;
            for (int i = 0; i < 6; ++i) sent.push_back(begin(p.query("select 1 from pg_sleep(600)")));
            co_await until([&] {
                return w->number("select count(*) from pg_stat_activity where wait_event = 'PgSleep'") == 2
                       && p.stats().in_flight == 6;
            });
            const auto in_line = begin(p.query_one<int>("select 7"));
            co_await until([&] { return p.stats().waiting == 1; });
            w.reset();
            server.stop(mode);
            co_await until([&] { return all_done(sent); });
            int unknown = 0;
            for (const auto& s : sent) {
                CHECK(is_loss(s->failure()));
                CHECK(s->failure().execution() != execution_state::completed);
                unknown += s->failure().execution() == execution_state::unknown ? 1 : 0;
            }
            CHECK(unknown >= 2);
            CHECK_FALSE(in_line->done());   // it was not sent: it waits for the server
            co_await until([&] { return p.stats().connect_failures > 0; });
            server.start();
            co_await until([&] { return in_line->done(); });
            CHECK(in_line->value() == 7);
            co_await p.close();
        });
    }
}

TEST_CASE("what a server answered and said before it left is heard, also where its leaving is noticed by sending") {
    heard_table heard;
    asio::io_context loop(1);
    pool p(loop, only_connection());
    run(loop, [&]() -> asio::awaitable<void> {
        co_await p.execute(insert_heard, -1);
        const int pid = co_await p.query_one<int>("select pg_backend_pid()");
        const auto answered = begin(p.execute(insert_heard, 0));
        co_await asio::post(asio::use_awaitable);   // it is sent at the end of a turn
        // Nothing is read meanwhile.
        block_until([&] { return heard.count(0) == 1; });
        heard.server.ask(terminate(pid));
        std::vector<background_ptr<pgcoro::command_tag>> late;
        for (int i = 1; i <= 5; ++i) late.push_back(begin(p.execute(insert_heard, i)));
        co_await until([&] { return answered->done() && all_done(late); });
        CHECK(answered->succeeded());
        for (int i = 1; i <= 5; ++i) {
            const auto& each = late[static_cast<std::size_t>(i - 1)];
            CAPTURE(i);
            CHECK(heard.count(i) == (each->succeeded() ? 1 : 0));
            if (each->succeeded()) continue;   // not sent to the one who had left, but to another
            CHECK(is_loss(each->failure()));
            CHECK(each->failure().execution() == (i == 1 ? execution_state::unknown : execution_state::rejected));
        }
        co_await p.execute(insert_heard, 6);
        co_await p.close();
    });
}

TEST_CASE("what a server answered before it left is heard though much is still to be sent") {
    heard_table heard;
    asio::io_context loop(1);
    pool p(loop, only_connection());
    run(loop, [&]() -> asio::awaitable<void> {
        co_await p.execute(insert_heard, -1);
        CHECK(co_await p.query_one<int>("select length($1)", "abc") == 3);
        const int pid = co_await p.query_one<int>("select pg_backend_pid()");
        const std::string large(50'000'000, 'x');
        const auto answered = begin(p.execute(insert_heard, 0));
        const auto cut_off = begin(p.query_one<int>("select length($1)", large));
        co_await asio::post(asio::use_awaitable);   // they are sent at the end of a turn
        block_until([&] { return heard.count(0) == 1; });
        heard.server.ask(terminate(pid));
        co_await until([&] { return answered->done() && cut_off->done(); });
        CHECK(answered->succeeded());
        CHECK(is_loss(cut_off->failure()));
        CHECK(cut_off->failure().execution() == execution_state::unknown);
        CHECK(co_await p.query_one<int>("select length($1)", "abc") == 3);
        co_await p.close();
    });
}

TEST_CASE("a statement is not given to a server that has said that it ends the connection") {
    witness w;
    asio::io_context loop(1);
    auto options = only_connection();
    background_ptr<int> late;
    const pool* asked = nullptr;
    options.on_notice = [&](const pgcoro::diagnostics& said) {   // there is no other way to be told in the same turn
        if (said.severity == "FATAL") late = begin(asked->query_one<int>("select 7"));
    };
    pool p(loop, std::move(options));
    asked = &p;
    run(loop, [&]() -> asio::awaitable<void> {
        CHECK(co_await p.query_one<int>("select 7") == 7);
        w.ask(terminate(co_await p.query_one<int>("select pg_backend_pid()")));
        co_await until([&] { return late != nullptr && late->done(); });
        CHECK(late->value() == 7);
        CHECK(p.stats().opened == 2);
        co_await p.close();
    });
}

TEST_CASE("statements of a lost shared connection that had not begun to run are sent again on another, unseen by their callers") {
    witness w;
    w.ask("drop table if exists not_begun; create table not_begun(n int)");
    asio::io_context loop;
    gate g(46);
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1, .pipeline_depth = 8});
    run(loop, [&]() -> asio::awaitable<void> {
        const int pid = co_await p.query_one<int>("select pg_backend_pid()");
        const auto running = begin(p.query("select 1 from pg_advisory_xact_lock_shared(46)"));
        co_await until([&] { return g.waiting() == 1; });
        // The first asks the server about the text, the others wait for its answer: none of them can have run.
        std::vector<background_ptr<pgcoro::command_tag>> inserts;
        for (int i = 0; i < 3; ++i) inserts.push_back(begin(p.execute("insert into not_begun values ($1)", i)));
        co_await until([&] { return p.stats().in_flight == 4; });
        g.keeper().ask(terminate(pid));
        co_await until([&] { return running->done() && all_done(inserts); });
        CHECK(is_loss(running->failure()));
        CHECK(running->failure().execution() == execution_state::unknown);
        for (const auto& insert : inserts) CHECK(insert->succeeded());
        CHECK(w.ask("select count(*) from not_begun") == "3");
        co_await p.close();
    });
    w.ask("drop table not_begun");
}

TEST_CASE("a statement that ends each connection as soon as it is described is sent again once, not for ever") {
    asio::io_context loop;
    asio::ip::tcp::acceptor server(loop, {asio::ip::address_v4::loopback(), 0});
    const auto port = std::to_string(server.local_endpoint().port());
    int connections = 0;
    // Greets each client as a server does, and hangs up on the first thing that it is asked.
    const auto serve = [&]() -> asio::awaitable<void> {
        for (;;) {
            auto client = co_await server.async_accept(asio::use_awaitable);
            ++connections;
            std::array<char, 1024> bytes;
            (void)co_await client.async_read_some(asio::buffer(bytes), asio::use_awaitable);
            const std::string_view welcome("R\0\0\0\x08\0\0\0\0"
                                           "K\0\0\0\x0c\0\0\0\x01\0\0\0\x02"
                                           "Z\0\0\0\x05I",
                                           28);
            co_await asio::async_write(client, asio::buffer(welcome), asio::use_awaitable);
            (void)co_await client.async_read_some(asio::buffer(bytes), asio::use_awaitable);
        }
    };
    pool p(loop, pool_options{.connect = "postgresql://u@127.0.0.1:" + port + "/d?sslmode=disable&gssencmode=disable",
                              .max_connections = 1, .pooler_mode = pgcoro::pooler_mode::none,
                              .reconnect = {.initial = 1ms, .maximum = 5ms}});
    run(loop, [&]() -> asio::awaitable<void> {
        asio::co_spawn(loop, serve, asio::detached);
        const auto failure = co_await failure_of(p.query("select 1"));
        CHECK(failure.code() == errc::connection_lost);
        CHECK(failure.execution() == execution_state::not_sent);
        CHECK(connections == 2);
        co_await p.close();
        server.close();
    });
}

TEST_CASE("a leaseholder whose connection is lost learns it, and the lease stays inert") {
    asio::io_context loop;
    witness w;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1});
    run(loop, [&]() -> asio::awaitable<void> {
        auto lease = co_await p.acquire();
        w.ask(terminate(lease.backend_pid()));
        const auto failure = co_await failure_of(lease.query("select 1"));
        CHECK((is_loss(failure) || failure.code() == errc::not_connected));
        CHECK((co_await failure_of(lease.query("select 1"))).code() == errc::not_connected);
        CHECK(co_await p.query_one<int>("select 1") == 1);   // its place is free again
        lease.release();
        CHECK(co_await p.query_one<int>("select 1") == 1);
        CHECK(p.stats().total == 1);
        co_await p.close();
    });
}

TEST_CASE("statements queued on a lease fail with it, those that were not sent as not_sent") {
    asio::io_context loop;
    gate g(44);
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1});
    run(loop, [&]() -> asio::awaitable<void> {
        auto lease = co_await p.acquire();
        const auto running = begin(lease.query("select 1 from pg_advisory_xact_lock_shared(44)"));
        co_await until([&] { return g.waiting() == 1; });
        const auto first = begin(lease.query("select 'new to the server'"));
        const auto second = begin(lease.query("select 'behind it'"));
        g.keeper().ask(terminate(lease.backend_pid()));
        co_await until([&] { return running->done() && first->done() && second->done(); });
        CHECK(running->failure().execution() == execution_state::unknown);
        CHECK(is_loss(first->failure()));
        CHECK(first->failure().execution() == execution_state::not_sent);
        CHECK(is_loss(second->failure()));
        CHECK(second->failure().execution() == execution_state::not_sent);
        lease.release();
        co_await p.close();
    });
}

TEST_CASE("a stand-alone connection that is lost fails what it carried and refuses the rest") {
    asio::io_context loop;
    gate g(45);
    run(loop, [&]() -> asio::awaitable<void> {
        auto connection = co_await pgcoro::connect(loop.get_executor(), test_dsn());
        const auto running = begin(connection.query("select 1 from pg_advisory_xact_lock_shared(45)"));
        co_await until([&] { return g.waiting() == 1; });
        g.keeper().ask(terminate(connection.backend_pid()));
        co_await until([&] { return running->done(); });
        CHECK(is_loss(running->failure()));
        CHECK(running->failure().execution() == execution_state::unknown);
        CHECK((co_await failure_of(connection.query("select 1"))).code() == errc::not_connected);
        co_await connection.close();
    });
}

TEST_CASE("backends terminated at random under load fail only what they carried, and nothing runs twice") {
    witness w;
    w.ask("drop table if exists once; create table once(n int)");
    asio::io_context loop;
    pool p(loop, pool_options{.connect = pgcoro::connect_options::parse(test_dsn()).application_name("under_load"),
                              .max_connections = 3, .max_waiting = 10'000, .pipeline_depth = 4,
                              .reconnect = {.initial = 1ms, .maximum = 5ms}});
    std::set<int> acknowledged, in_doubt, undone;
    run(loop, [&]() -> asio::awaitable<void> {
        int next = 0, running = 0;
        bool stop = false;
        const auto insert = [&]() -> asio::awaitable<void> {
            ++running;
            while (!stop) {
                const int n = next++;
                const auto r = co_await p.execute("insert into once values ($1)", n).as_result();
                if (r.has_value()) acknowledged.insert(n);
                else if (r.error().execution() == execution_state::unknown) in_doubt.insert(n);
                else undone.insert(n);
                if (r.has_error()) CHECK(is_loss(r.error()));
            }
            --running;
        };
        for (int i = 0; i < 24; ++i) asio::co_spawn(loop, insert, asio::detached);
        for (int round = 0; round < 20; ++round) {
            const auto before = acknowledged.size();
            co_await until([&] { return acknowledged.size() > before + 100; });
            w.ask("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'under_load' "
                  "order by random() limit 1");
        }
        stop = true;
        co_await until([&] { return running == 0; });
        CHECK(p.stats().closed_by_error > 0);
        co_await p.close();
    });
    CHECK(acknowledged.size() > 2000);
    CHECK(w.ask("select count(*) - count(distinct n) from once") == "0");
    const auto stored = [&](const std::set<int>& numbers) {
        std::string list;
        for (const int n : numbers) list += (list.empty() ? "" : ",") + std::to_string(n);
        return static_cast<std::size_t>(w.number("select count(*) from once where n = any('{" + list + "}')"));
    };
    CHECK(stored(acknowledged) == acknowledged.size());
    CHECK(stored(undone) == 0);
    CHECK(stored(in_doubt) <= in_doubt.size());
    w.ask("drop table once");
}

} // namespace lost_connections_tests

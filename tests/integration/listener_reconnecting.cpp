// A listener whose connection is lost in every way there is: it is never deaf, and says once that something is missing.
#include <atomic>
#include <thread>

#include "run.hpp"

#include "black_hole_proxy.hpp"

namespace listener_reconnecting_tests {

namespace asio = boost::asio;
using namespace pgcoro::testing;
using pgcoro::errc;
using pgcoro::notification_kind;

namespace {

pgcoro::listener_options listener_at(const std::string& where) {
    pgcoro::listener_options options;
    options.connect = pgcoro::connect_options::parse(where).application_name("the listener");
    options.reconnect = {.initial = 5ms, .maximum = 50ms};
    return options;
}

/// Ends the listener's server process.
void cut_listener(witness& w) {
    w.ask("select pg_terminate_backend(pid, 10000) from pg_stat_activity where application_name = 'the listener'");
}

/// Waits for a connection, however many attempts fail before.
asio::awaitable<void> until_established(const pgcoro::listener& listener) {
    for (;;) {
        const auto started = co_await listener.start().as_result();
        if (started.has_value()) co_return;
        asio::steady_timer timer(co_await asio::this_coro::executor, 2ms);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

} // namespace

TEST_CASE("a server that is restarted with 1000 notifications under way leaves one gap, and the listener hears again") {
    ephemeral_server server;
    run([&](asio::io_context& context) -> asio::awaitable<void> {
        int errors = 0;
        auto options = listener_at(server.connection_string());
        options.on_error = [&](const pgcoro::error&) { ++errors; };
        pgcoro::listener listener{context, options, {"jobs"}};
        co_await listener.start();
        std::atomic<int> sent = 0;
        std::thread sender([&] {
            try {
                for (witness w(server.connection_string()); sent < 1000; ++sent)
                    w.ask("select pg_notify('jobs', '" + std::to_string(sent) + "')");
            } catch (const std::runtime_error&) {   // the server is gone
            }
        });
        block_until([&] { return sent >= 500; });
        server.stop(shutdown_mode::immediate);
        sender.join();
        co_await until([&] { return errors >= 5; });   // the loss, and attempts that fail
        server.start();
        co_await until_established(listener);
        witness(server.connection_string()).ask("select pg_notify('jobs', 'after')");

        int before = 0, gaps = 0;
        for (;;) {
            const auto n = co_await listener.next();
            if (n.payload == "after") break;
            if (n.is_gap()) {
                CHECK(n.kind == notification_kind::reconnect);
                ++gaps;
                continue;
            }
            CHECK(gaps == 0);
            CHECK(n.payload == std::to_string(before));
            ++before;
        }
        CHECK(gaps == 1);
        CHECK(before > 0);
        co_await listener.close();
    });
}

TEST_CASE("a listener whose backend is terminated connects again, each time with one gap") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        pgcoro::listener listener{context, listener_at(test_dsn()), {"one", "two"}};
        co_await listener.start();
        witness w;
        for (int round = 0; round < 5; ++round) {
            w.ask("select pg_notify('one', 'before')");
            co_await listener.listen("one");   // answered: what was sent before has arrived
            cut_listener(w);
            CHECK((co_await listener.next()).payload == "before");
            CHECK((co_await listener.next()).kind == notification_kind::reconnect);
            w.ask("select pg_notify('one', '1')");
            w.ask("select pg_notify('two', '2')");
            CHECK((co_await listener.next()).payload == "1");
            CHECK((co_await listener.next()).payload == "2");
        }
        co_await listener.close();
    });
}

TEST_CASE("channels that are added and left without a connection count from the next one on") {
    ephemeral_server server;
    run([&](asio::io_context& context) -> asio::awaitable<void> {
        bool lost = false;
        auto options = listener_at(server.connection_string());
        options.on_error = [&](const pgcoro::error&) { lost = true; };
        pgcoro::listener listener{context, options, {"kept", "left"}};
        co_await listener.listen("early");   // before the first connection
        co_await listener.start();
        server.stop();
        co_await until([&] { return lost; });
        co_await listener.listen("added");
        co_await listener.unlisten("left");
        server.start();
        co_await until_established(listener);
        witness w(server.connection_string());
        for (const char* channel : {"left", "early", "kept", "added"})
            w.ask(std::string("select pg_notify('") + channel + "', '')");
        CHECK((co_await listener.next()).is_gap());
        CHECK((co_await listener.next()).channel == "early");
        CHECK((co_await listener.next()).channel == "kept");
        CHECK((co_await listener.next()).channel == "added");
        co_await listener.close();
    });
}

TEST_CASE("a listen that is under way when the connection is lost succeeds: the next one listens to it") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        pgcoro::listener listener{context, listener_at(test_dsn()), {}};
        co_await listener.start();
        witness w;
        for (int i = 0; i < 10; ++i) {
            const std::string channel = "during loss " + std::to_string(i);
            const auto added = begin(listener.listen(channel));
            cut_listener(w);
            co_await until([&] { return added->done(); });
            CHECK(added->succeeded());
            CHECK((co_await listener.next()).is_gap());
            w.ask("select pg_notify('" + channel + "', '')");
            CHECK((co_await listener.next()).channel == channel);
        }
        co_await listener.close();
    });
}

TEST_CASE("on_established runs on each connection after LISTEN and before what the connection brings can be read") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        witness w;
        int runs = 0;
        bool in_it = false;
        auto options = listener_at(test_dsn());
        options.on_established = [&](pgcoro::connection& conn) -> asio::awaitable<void> {
            ++runs;
            in_it = true;
            CHECK(conn.backend_pid() != 0);
            CHECK(co_await conn.query_one<int>("select count(*)::int from pg_listening_channels()") == 1);
            w.ask("select pg_notify('resync', 'during " + std::to_string(runs) + "')");
            conn.on_notification([](const pgcoro::notification&) { FAIL("taken from the listener"); });
            co_await conn.query("select pg_sleep(0.05)");   // it has arrived by then
            in_it = false;
        };
        pgcoro::listener listener{context, options, {"resync"}};
        auto first = begin(listener.next());
        co_await until([&] {
            if (in_it) CHECK_FALSE(first->done());
            return first->done();
        });
        CHECK(runs == 1);
        CHECK(first->value().payload == "during 1");

        cut_listener(w);
        auto gap = begin(listener.next()), next = begin(listener.next());
        co_await until([&] {
            if (in_it) CHECK_FALSE(gap->done());
            return next->done();
        });
        CHECK(runs == 2);
        CHECK(gap->value().kind == notification_kind::reconnect);
        CHECK(next->value().payload == "during 2");
        w.ask("select pg_notify('resync', 'later')");
        CHECK((co_await listener.next()).payload == "later");
        co_await listener.close();
    });
}

TEST_CASE("on_established that fails, leaves a transaction open or takes too long costs the connection, not the listener") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        int runs = 0;
        std::vector<std::string> reasons;
        auto options = listener_at(test_dsn());
        options.established_timeout = 500ms;
        options.on_error = [&](const pgcoro::error& e) { reasons.push_back(e.what()); };
        options.on_established = [&](pgcoro::connection& conn) -> asio::awaitable<void> {
            switch (++runs) {
            case 1: throw std::runtime_error("not today");
            case 2: co_await conn.query("select 1 / 0"); break;
            case 3: co_await conn.execute("begin"); break;
            case 4: co_await conn.query("select pg_sleep(600)"); break;
            case 5: co_await conn.close(); break;
            case 6: {   // no statement to fail: it is cancelled
                asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
                co_await timer.async_wait(asio::use_awaitable);
                break;
            }
            case 7: (void)co_await conn.query("select pg_sleep(600)").timeout(20ms).as_result(); break;   // is good
            default: break;
            }
        };
        pgcoro::listener listener{context, options, {"resync"}};
        const auto failure = co_await failure_of(listener.start());
        CHECK(failure.code() == errc::connect_failed);
        CHECK(contains(failure.what(), "not today"));
        co_await until_established(listener);
        CHECK(runs == 7);
        REQUIRE(reasons.size() == 6);
        CHECK(contains(reasons[1], "division by zero"));
        CHECK(contains(reasons[2], "left a transaction open"));
        CHECK(contains(reasons[3], "established_timeout"));
        CHECK(contains(reasons[4], "closed by on_established"));
        CHECK(contains(reasons[5], "established_timeout"));
        witness().ask("notify resync");
        CHECK((co_await listener.next()).channel == "resync");   // and no gap: none was established before
        co_await listener.close();
    });
}

TEST_CASE("a channel added while on_established has a transaction open is not lost with it") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        pgcoro::listener* self = nullptr;
        background_ptr<void> added;
        auto options = listener_at(test_dsn());
        options.on_established = [&](pgcoro::connection& conn) -> asio::awaitable<void> {
            co_await conn.execute("begin");
            added = begin(self->listen("added in a transaction"));
            co_await conn.query("select pg_sleep(0.02)");
            co_await conn.execute("rollback");
            CHECK_FALSE(added->done());
        };
        pgcoro::listener listener{context, options, {}};
        self = &listener;
        co_await listener.start();
        co_await until([&] { return added->done(); });
        CHECK(added->succeeded());
        witness().ask("select pg_notify('added in a transaction', '')");
        CHECK((co_await listener.next()).channel == "added in a transaction");
        co_await listener.close();
    });
}

TEST_CASE("a server that falls silent is noticed by the probe, and replaced") {
    black_hole_proxy proxy(test_server().port());
    run([&](asio::io_context& context) -> asio::awaitable<void> {
        std::vector<pgcoro::error> reasons;
        auto options = listener_at(proxy.connection_string());
        options.probe_interval = 50ms;
        options.probe_timeout = 200ms;
        options.on_error = [&](const pgcoro::error& e) { reasons.push_back(e); };
        pgcoro::listener listener{context, options, {"silence"}};
        co_await listener.start();
        witness w(test_server().connection_string());

        // Probes are answered: the same connection all the time.
        co_await until([&] { return w.number("select count(*) from pg_stat_activity where application_name = "
                                             "'the listener' and query like 'select pg_backend_pid()%' and "
                                             "state_change > backend_start + interval '300 ms'") == 1; });
        CHECK(reasons.empty());
        CHECK(proxy.accepted() == 1);

        proxy.swallow();
        const auto began = std::chrono::steady_clock::now();
        co_await until([&] { return !reasons.empty(); });
        const auto noticed = std::chrono::steady_clock::now() - began;
        CHECK(noticed < 10s);
        CHECK(reasons[0].code() == errc::connection_lost);
        CHECK(contains(reasons[0].what(), "no sign of life"));
        CHECK((co_await listener.next()).is_gap());
        w.ask("select pg_notify('silence', 'broken')");
        CHECK((co_await listener.next()).payload == "broken");
        CHECK(proxy.accepted() == 2);
        co_await listener.close();
    });
}

TEST_CASE("a server that falls silent while the listener connects or says LISTEN is given up as well") {
    black_hole_proxy proxy(test_server().port());
    run([&](asio::io_context& context) -> asio::awaitable<void> {
        std::vector<pgcoro::error> reasons;
        auto options = listener_at(proxy.connection_string());
        options.connect_timeout = 100ms;
        options.probe_timeout = 100ms;
        options.on_error = [&](const pgcoro::error& e) { reasons.push_back(e); };
        proxy.swallow_new(true);
        pgcoro::listener listener{context, options, {"silence"}};
        CHECK((co_await failure_of(listener.start())).code() == errc::connect_timeout);
        proxy.swallow_new(false);
        co_await until_established(listener);
        witness(test_server().connection_string()).ask("notify silence");
        CHECK((co_await listener.next()).channel == "silence");
        co_await listener.close();
    });
}

TEST_CASE("a listener that cannot connect says why and goes on trying") {
    ephemeral_server server({.password = "right"});
    run([&](asio::io_context& context) -> asio::awaitable<void> {
        auto options = listener_at(server.tcp_connection_string());
        options.connect.password("wrong");
        pgcoro::listener listener{context, options, {"jobs"}};
        const auto refused = co_await failure_of(listener.start());
        CHECK(refused.code() == errc::authentication_failed);
        CHECK((co_await failure_of(listener.start())).code() == errc::authentication_failed);
        witness w(server.connection_string());
        w.ask("alter role postgres password 'wrong'");
        co_await until_established(listener);
        w.ask("notify jobs");
        CHECK((co_await listener.next()).channel == "jobs");   // the first connection: no gap
        co_await listener.close();
    });
}

} // namespace listener_reconnecting_tests

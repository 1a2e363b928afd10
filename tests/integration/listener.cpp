// A listener on a server that stays: what is sent arrives, on the channels that are wanted.
#include <pgcoro/pgcoro.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <future>

#include "run.hpp"

namespace listener_tests {

namespace asio = boost::asio;
using namespace pgcoro::testing;
using pgcoro::errc;

namespace {

pgcoro::listener_options listener_here() {
    pgcoro::listener_options options;
    options.connect = test_dsn();
    return options;
}

asio::awaitable<std::string> next_payload(const pgcoro::listener& listener) {
    const auto n = co_await listener.next();
    co_return n.is_gap() ? "gap" : n.payload;
}

} // namespace

TEST_CASE("a listener yields what is sent on its channels, with channel, payload and sender") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        pgcoro::listener listener{context, listener_here(), {"jobs", "cache"}};
        co_await listener.start();
        witness w;
        w.ask("select pg_notify('jobs', 'one')");
        w.ask("select pg_notify('elsewhere', 'not for us')");
        w.ask("notify cache");
        pgcoro::notification first = co_await listener.next();
        CHECK(first.channel == "jobs");
        CHECK(first.payload == "one");
        CHECK(first.backend_pid == w.number("select pg_backend_pid()"));
        CHECK_FALSE(first.is_gap());
        const auto second = co_await listener.next();
        CHECK(second.channel == "cache");
        CHECK(second.payload.empty());
        co_await listener.close();
    });
}

TEST_CASE("odd names of channels are taken as they stand") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        const std::vector<std::string> odd{"we ird", "Upper", "quo\"te", "sing'le", "käse \xe2\x98\x83", "a;b--", "select",
                                           std::string(63, 'n')};
        pgcoro::listener listener{context, listener_here(), odd};
        pgcoro::pool pool(context, test_options());
        co_await listener.start();
        for (const auto& channel : odd) {
            co_await pool.notify(channel, channel);
            const auto n = co_await listener.next();
            CHECK(n.channel == channel);
            CHECK(n.payload == channel);
        }
        co_await listener.close();
    });
}

TEST_CASE("channels are listened to and left while the listener runs") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        pgcoro::listener listener{context, listener_here(), {}};
        co_await listener.start();
        witness w;
        co_await listener.listen("Later \"on\"");
        w.ask("select pg_notify('Later \"on\"', '1')");   // it is confirmed, so none is missed
        CHECK(co_await next_payload(listener) == "1");
        co_await listener.listen("Later \"on\"");          // twice is once
        w.ask("select pg_notify('Later \"on\"', '2')");
        co_await listener.unlisten("Later \"on\"");
        w.ask("select pg_notify('Later \"on\"', '3')");
        co_await listener.unlisten("never listened to");
        co_await listener.listen("other");
        w.ask("select pg_notify('other', '4')");
        CHECK(co_await next_payload(listener) == "2");   // had arrived by then
        CHECK(co_await next_payload(listener) == "4");

        CHECK((co_await failure_of(listener.listen(""))).code() == errc::invalid_sql);
        const auto too_long = co_await failure_of(listener.listen(std::string(64, 'x')));
        CHECK(too_long.code() == errc::invalid_sql);
        CHECK(contains(too_long.what(), "63 bytes"));
        CHECK((co_await failure_of(listener.unlisten(std::string(64, 'x')))).code() == errc::invalid_sql);

        // What the server refuses concerns that channel alone.
        const auto refused = co_await failure_of(listener.listen("\xff"));
        CHECK(refused.code() == pgcoro::sqlstate::character_not_in_repertoire);
        w.ask("select pg_notify('other', '5')");
        CHECK(co_await next_payload(listener) == "5");
        co_await listener.close();
    });
}

TEST_CASE("calls to listen and unlisten count in their order, though none waits for the one before") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        pgcoro::listener listener{context, listener_here(), {}};
        co_await listener.start();
        const auto one = begin(listener.listen("order")), two = begin(listener.unlisten("order")),
                   three = begin(listener.listen("order")), four = begin(listener.listen("no")),
                   five = begin(listener.unlisten("no"));
        co_await until([&] { return one->done() && two->done() && three->done() && four->done() && five->done(); });
        CHECK((one->succeeded() && two->succeeded() && three->succeeded() && four->succeeded() && five->succeeded()));
        witness w;
        w.ask("select pg_notify('no', '1')");
        w.ask("select pg_notify('order', '2')");
        CHECK(co_await next_payload(listener) == "2");
        co_await listener.close();
    });
}

TEST_CASE("payloads of every size arrive, and those that arrive together arrive in order") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        pgcoro::listener listener{context, listener_here(), {"sizes"}};
        pgcoro::pool pool(context, one_connection());
        co_await listener.start();
        for (const std::size_t size : {0u, 1u, 100u, 7999u}) co_await pool.notify("sizes", std::string(size, 'p'));
        for (const std::size_t size : {0u, 1u, 100u, 7999u}) CHECK((co_await listener.next()).payload.size() == size);
        co_await listener.close();
    });
}

TEST_CASE("20,000 notifications at once arrive, all of them and in order") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        constexpr int count = 20'000, batch = 500;
        auto options = listener_here();
        options.max_queue = count;   // they come faster than one loop sends and reads them
        pgcoro::listener listener{context, options, {"flood"}};
        pgcoro::pool pool(context, one_connection());
        co_await listener.start();
        const auto began = std::chrono::steady_clock::now();
        const auto send = [&]() -> asio::awaitable<void> {
            for (int first = 0; first < count; first += batch)
                co_await pool.execute("select pg_notify('flood', n::text) from generate_series($1::int, $2::int) n",
                                      first, first + batch - 1);
        };
        asio::co_spawn(context, send, asio::detached);
        int in_order = 0;
        for (int i = 0; i < count; ++i)
            if (co_await next_payload(listener) == std::to_string(i)) ++in_order;
        const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - began;
        CHECK(in_order == count);
        MESSAGE("notifications a second: " << static_cast<int>(count / passed.count()));
        co_await listener.close();
    });
}

TEST_CASE("10,000 notifications a second for two seconds need no more than the default queue") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        pgcoro::listener listener{context, listener_here(), {"stream"}};
        pgcoro::pool pool(context, one_connection());
        co_await listener.start();
        int in_order = 0;
        const auto began = std::chrono::steady_clock::now();
        const auto send = [&]() -> asio::awaitable<void> {
            asio::steady_timer pace(context, began);
            for (int first = 0; first < 20'000; first += 100) {
                pace.expires_at(pace.expiry() + 10ms);
                co_await pace.async_wait(asio::use_awaitable);
                co_await until([&] { return first - in_order < 5000; });   // this machine may be slower
                co_await pool.execute("select pg_notify('stream', n::text) from generate_series($1::int, $1 + 99) n",
                                      first);
            }
        };
        asio::co_spawn(context, send, asio::detached);
        for (; in_order < 20'000; ++in_order) REQUIRE(co_await next_payload(listener) == std::to_string(in_order));
        const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - began;
        MESSAGE("notifications a second: " << static_cast<int>(20'000 / passed.count()));
        co_await listener.close();
    });
}

TEST_CASE("a consumer that is too slow gets the oldest and one gap, and everything again from there") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        auto options = listener_here();
        options.max_queue = 100;
        pgcoro::listener listener{context, options, {"slow", "sync"}};
        co_await listener.start();
        witness w;
        w.ask("select pg_notify('slow', n::text) from generate_series(1, 1000) n");
        co_await listener.listen("slow");   // an answer from the server: all that was sent before has arrived
        for (int i = 1; i <= 100; ++i) CHECK(co_await next_payload(listener) == std::to_string(i));
        const auto gap = co_await listener.next();
        CHECK(gap.kind == pgcoro::notification_kind::overflow);
        CHECK(gap.is_gap());
        CHECK(gap.channel.empty());
        w.ask("select pg_notify('slow', 'again')");
        CHECK(co_await next_payload(listener) == "again");
        co_await listener.close();
    });
}

TEST_CASE("several readers are served in the order in which they came") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        pgcoro::listener listener{context, listener_here(), {"readers"}};
        co_await listener.start();
        const auto first = begin(listener.next()), second = begin(listener.next()), third = begin(listener.next());
        witness w;
        w.ask("select pg_notify('readers', n::text) from generate_series(1, 2) n");
        co_await until([&] { return first->done() && second->done(); });
        CHECK(first->value().payload == "1");
        CHECK(second->value().payload == "2");
        CHECK_FALSE(third->done());
        co_await listener.close();
        co_await until([&] { return third->done(); });
        CHECK(third->failure().code() == errc::operation_cancelled);
    });
}

TEST_CASE("cancelling a reader or running out of its time takes no notification away") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        pgcoro::listener listener{context, listener_here(), {"kept"}};
        co_await listener.start();
        witness w;
        for (int i = 0; i < 50; ++i) {
            const auto reader = begin(listener.next());
            if (i % 2 == 0) co_await asio::post(asio::use_awaitable);
            w.ask("select pg_notify('kept', '" + std::to_string(i) + "')");
            reader->cancel();
            co_await until([&] { return reader->done(); });
            if (reader->succeeded()) CHECK(reader->value().payload == std::to_string(i));
            else {
                CHECK(reader->failure().code() == errc::operation_cancelled);
                CHECK(co_await next_payload(listener) == std::to_string(i));
            }
        }
        const auto late = co_await failure_of(listener.next().timeout(20ms));
        CHECK(late.code() == errc::query_timeout);
        CHECK(late.code() == boost::system::errc::timed_out);
        CHECK(contains(late.what(), "no notification"));
        w.ask("select pg_notify('kept', 'last')");
        CHECK(co_await next_payload(listener) == "last");
        co_await listener.close();
    });
}

TEST_CASE("a reader stands beside timers and other operations in || and &&") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        pgcoro::listener listener{context, listener_here(), {"beside"}};
        pgcoro::pool pool(context, test_options());
        co_await listener.start();
        asio::steady_timer timer(context, 20ms);
        const auto none = co_await (listener.next() || timer.async_wait(asio::use_awaitable));
        CHECK(none.index() == 1);
        timer.expires_after(60s);
        witness w;
        w.ask("select pg_notify('beside', 'x')");
        const auto one = co_await (listener.next() || timer.async_wait(asio::use_awaitable));
        REQUIRE(one.index() == 0);
        CHECK(std::get<0>(one).payload == "x");
        const auto own = co_await (listener.next() && pool.notify("beside", "y"));
        CHECK(own.payload == "y");
        const auto result = co_await listener.next().timeout(1ms).as_result();
        CHECK(result.has_error());
        co_await listener.close();
    });
}

TEST_CASE("run calls back for each notification, waits for coroutines, and returns when the listener is closed") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        pgcoro::listener listener{context, listener_here(), {"run"}};
        co_await listener.start();
        witness w;
        w.ask("select pg_notify('run', n::text) from generate_series(1, 3) n");
        std::string seen;
        int running = 0;
        const auto slowly = [&](pgcoro::notification n) -> asio::awaitable<void> {
            CHECK(++running == 1);
            asio::steady_timer timer(context, 1ms);
            co_await timer.async_wait(asio::use_awaitable);
            --running;
            seen += n.payload;
            if (n.payload == "3") throw std::runtime_error("enough");
        };
        std::string thrown;
        try {
            co_await listener.run(slowly);
        } catch (const std::runtime_error& e) {
            thrown = e.what();
        }
        CHECK(thrown == "enough");
        CHECK(seen == "123");

        w.ask("select pg_notify('run', n::text) from generate_series(4, 6) n");
        co_await listener.run([&](const pgcoro::notification& n) {
            seen += n.payload;
            if (n.payload == "6") asio::co_spawn(context, [&]() -> asio::awaitable<void> { co_await listener.close(); },
                                                 asio::detached);
        });
        CHECK(seen == "123456");
    });
}

TEST_CASE("a closed listener ends every call, now and later, and says so") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        pgcoro::listener listener{context, listener_here(), {"closing"}};
        co_await listener.start();
        witness w;
        const auto throws = begin(listener.next());
        const auto ends = begin(listener.next_or_end());
        const auto started = begin(listener.start());
        co_await until([&] { return started->done(); });
        CHECK(started->succeeded());
        co_await (listener.close() && listener.close());
        co_await until([&] { return throws->done() && ends->done(); });
        CHECK(throws->failure().code() == errc::operation_cancelled);
        CHECK(throws->failure().code() == boost::system::errc::operation_canceled);
        CHECK_FALSE(ends->value().has_value());
        CHECK((co_await failure_of(listener.next())).code() == errc::operation_cancelled);
        CHECK_FALSE((co_await listener.next_or_end()).has_value());
        CHECK((co_await failure_of(listener.start())).code() == errc::operation_cancelled);
        CHECK((co_await failure_of(listener.listen("x"))).code() == errc::operation_cancelled);
        CHECK((co_await failure_of(listener.unlisten("x"))).code() == errc::operation_cancelled);
        co_await listener.run([](const pgcoro::notification&) {});
        co_await listener.close();
        co_await until([&] { return w.running("pg_backend_pid() =") == 0; });
    });
}

TEST_CASE("a single-threaded listener works alike, and many threads may use a thread-safe one") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        auto options = listener_here();
        options.concurrency = pgcoro::concurrency::single_threaded;
        pgcoro::listener listener{context, options, {"single"}};
        co_await listener.start();
        witness w;
        w.ask("select pg_notify('single', n::text) from generate_series(1, 100) n");
        for (int i = 1; i <= 100; ++i) CHECK(co_await next_payload(listener) == std::to_string(i));
        co_await listener.close();
    });

    asio::thread_pool threads(3);
    std::atomic<int> received = 0;
    {
        pgcoro::listener listener{threads.get_executor(), listener_here(), {"threads"}};
        const auto& shared = listener;
        shared.start()(asio::use_future).get();
        std::vector<std::future<void>> readers;
        for (int i = 0; i < 6; ++i)
            readers.push_back(asio::co_spawn(
                threads, [&]() -> asio::awaitable<void> { co_await shared.run([&](auto&&) { ++received; }); },
                asio::use_future));
        witness w;
        for (int i = 0; i < 20; ++i) w.ask("select pg_notify('threads', n::text) from generate_series(1, 50) n");
        block_until([&] { return received == 1000; });
        shared.close()(asio::use_future).get();
        for (auto& reader : readers) reader.get();
    }
    threads.join();
    CHECK(received == 1000);
}

} // namespace listener_tests

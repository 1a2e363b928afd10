// Listeners that are closed or destroyed, and contexts that end, at every stage of a listener's connection.
#include "run.hpp"

#include "black_hole_proxy.hpp"

namespace listener_lifetime_tests {

namespace asio = boost::asio;
using namespace pgcoro::testing;
using pgcoro::errc;

namespace {

/// Where a listener is when something happens to it.
enum class moment { connecting, pausing, resyncing, resyncing_elsewhere, established };
constexpr moment all_moments[] = {moment::connecting, moment::pausing, moment::resyncing, moment::resyncing_elsewhere,
                                  moment::established};

/// A listener brought to a moment, on a loop of its own.
struct staged {
    staged(moment at, pgcoro::concurrency mode, asio::io_context& loop, black_hole_proxy& proxy) {
        pgcoro::listener_options options;
        options.concurrency = mode;
        options.connect = test_dsn();
        options.on_error = [this](const pgcoro::error&) { ++errors; };
        switch (at) {
        case moment::connecting:
            proxy.swallow_new(true);
            options.connect = proxy.connection_string();
            break;
        case moment::pausing:
            options.connect = "postgresql://127.0.0.1:1/nobody";
            options.reconnect.initial = 30s;
            break;
        case moment::resyncing:
            options.on_established = [this](pgcoro::connection& conn) -> asio::awaitable<void> {
                const unwound_at_end end{this};
                in_hook = true;
                co_await conn.query("select pg_sleep(600)");
            };
            break;
        case moment::resyncing_elsewhere:
            options.on_established = [this](pgcoro::connection&) -> asio::awaitable<void> {
                const unwound_at_end end{this};
                asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
                in_hook = true;
                co_await timer.async_wait(asio::use_awaitable);
            };
            break;
        default: break;
        }
        const int connections = proxy.accepted();
        listener.emplace(loop, options, std::vector<std::string>{"staged"});
        run(loop, [&]() -> asio::awaitable<void> {
            if (at == moment::established) co_await listener->start();
            co_await until([&] {
                return at == moment::established || in_hook || errors > 0 || proxy.accepted() > connections;
            });
        });
    }

    struct unwound_at_end {
        staged* self;
        ~unwound_at_end() { ++self->unwound; }
    };

    std::optional<pgcoro::listener> listener;
    bool in_hook = false;
    int errors = 0, unwound = 0;
};

struct every_call {
    explicit every_call(const pgcoro::listener& on)
        : next(begin(on.next())), next_or_end(begin(on.next_or_end())), listen(begin(on.listen("more"))),
          unlisten(begin(on.unlisten("less"))) {}

    bool done() const { return next->done() && next_or_end->done() && listen->done() && unlisten->done(); }

    background_ptr<pgcoro::notification> next;
    background_ptr<std::optional<pgcoro::notification>> next_or_end;
    background_ptr<void> listen, unlisten;
};

} // namespace

TEST_CASE("a listener closed at any moment ends its calls, waits for on_established, and lets the loop end") {
    black_hole_proxy proxy(test_server().port());
    for (const auto mode : both_modes)
        for (const auto at : all_moments) {
            CAPTURE(static_cast<int>(at));
            asio::io_context loop;
            staged s(at, mode, loop, proxy);
            const every_call calls(*s.listener);
            run(loop, [&]() -> asio::awaitable<void> {
                co_await s.listener->close();
                CHECK(s.unwound == (s.in_hook ? 1 : 0));
                co_await until([&] { return calls.done(); });
            });
            CHECK(calls.next->failure().code() == errc::operation_cancelled);
            CHECK_FALSE(calls.next_or_end->value().has_value());
            loop.restart();
            loop.run_for(patience);
            CHECK(loop.stopped());
            proxy.swallow_new(false);
        }
}

TEST_CASE("a listener destroyed at any moment ends its calls and lets the loop end") {
    black_hole_proxy proxy(test_server().port());
    for (const auto mode : both_modes)
        for (const auto at : all_moments) {
            CAPTURE(static_cast<int>(at));
            asio::io_context loop;
            staged s(at, mode, loop, proxy);
            const every_call calls(*s.listener);
            s.listener.reset();
            loop.restart();
            loop.run_for(patience);
            CHECK(loop.stopped());
            CHECK(calls.done());
            CHECK(calls.next->failure().code() == errc::operation_cancelled);
            CHECK_FALSE(calls.next_or_end->value().has_value());
            CHECK(s.unwound == (s.in_hook ? 1 : 0));
            proxy.swallow_new(false);
        }
}

TEST_CASE("a context destroyed at any moment destroys the calls, and the listener is inert") {
    black_hole_proxy proxy(test_server().port());
    for (const auto mode : both_modes)
        for (const auto at : all_moments)
            for (const bool closing : {false, true}) {
                CAPTURE(static_cast<int>(at));
                std::optional<asio::io_context> loop(std::in_place);
                staged s(at, mode, *loop, proxy);
                const every_call calls(*s.listener);
                if (closing) {
                    (void)begin(s.listener->close());
                    loop->restart();
                    loop->poll_one();
                }
                loop.reset();
                CHECK(s.unwound == (s.in_hook ? 1 : 0));
                const auto late = begin(s.listener->next());
                CHECK_FALSE(late->done());
                CHECK(late.use_count() == 1);
                s.listener.reset();
                proxy.swallow_new(false);
            }
}

TEST_CASE("a context destroyed right after its listener destroys what is left") {
    black_hole_proxy proxy(test_server().port());
    for (const auto mode : both_modes)
        for (const auto at : all_moments) {
            std::optional<asio::io_context> loop(std::in_place);
            staged s(at, mode, *loop, proxy);
            const every_call calls(*s.listener);
            s.listener.reset();
            loop.reset();
            CHECK(s.unwound == (s.in_hook ? 1 : 0));
            proxy.swallow_new(false);
        }
}

TEST_CASE("whatever ends a listener may come after any step of its way to a connection") {
    for (const auto mode : both_modes)
        for (const int end : {0, 1, 2}) {
            bool at_rest = false;   // it is established, and nothing is left to do
            for (int steps = 0; !at_rest; ++steps) {
                std::optional<asio::io_context> loop(std::in_place);
                std::optional<pgcoro::listener> listener(std::in_place, *loop,
                                                         pgcoro::listener_options{.connect = test_dsn(), .concurrency = mode},
                                                         std::vector<std::string>{"x", "y"});
                const every_call calls(*listener);
                for (int i = 0; i < steps && !at_rest; ++i) {
                    loop->restart();
                    at_rest = loop->run_one_for(100ms) == 0;
                }
                background_ptr<void> closed;
                if (end == 0) closed = begin(listener->close());
                if (end == 1) listener.reset();
                if (end == 2) {
                    loop.reset();
                    CHECK_FALSE(calls.next->done());
                    continue;
                }
                loop->restart();
                loop->run_for(patience);
                CHECK(loop->stopped());
                CHECK(calls.done());
                if (closed) CHECK(closed->succeeded());
            }
        }
}

TEST_CASE("operations made before a listener was destroyed, and a run under way, end when it is gone") {
    asio::io_context loop;
    std::optional<pgcoro::listener> listener(std::in_place, loop, pgcoro::listener_options{.connect = test_dsn()},
                                             std::vector<std::string>{"x"});
    bool ended = false;
    run(loop, [&]() -> asio::awaitable<void> {
        co_await listener->start();
        auto late = listener->next();
        asio::co_spawn(loop, listener->run([](const pgcoro::notification&) {}), [&](std::exception_ptr e) {
            CHECK_FALSE(e);
            ended = true;
        });
        co_await asio::post(asio::use_awaitable);
        listener.reset();
        CHECK((co_await failure_of(std::move(late))).code() == errc::operation_cancelled);
        co_await until([&] { return ended; });
    });
}

TEST_CASE("on_established may close its own listener") {
    for (const auto mode : both_modes) {
        asio::io_context loop;
        pgcoro::listener* self = nullptr;
        pgcoro::listener_options options{.connect = test_dsn()};
        options.concurrency = mode;
        bool refused = false;
        options.on_established = [&](pgcoro::connection&) -> asio::awaitable<void> {
            const auto closed = co_await self->close().as_result();
            refused = closed.has_error();   // it cannot wait for itself
        };
        pgcoro::listener listener{loop, options, {"x"}};
        self = &listener;
        run(loop, [&]() -> asio::awaitable<void> {
            CHECK((co_await failure_of(listener.next())).code() == errc::operation_cancelled);
            co_await listener.close();
        });
        CHECK(refused);
    }
}

} // namespace listener_lifetime_tests

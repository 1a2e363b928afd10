// A listener on a server that stays: what is sent arrives, on the channels that are wanted.
#include "run.hpp"

namespace asio = boost::asio;
using namespace pgcoro::testing;
using pgcoro::errc;

namespace {

pgcoro::listener_options listener_here() {
    pgcoro::listener_options options;
    options.connect = test_dsn();
    return options;
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

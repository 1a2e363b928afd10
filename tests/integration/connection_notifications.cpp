// Notifications on a connection or lease of one's own, and how they are sent.
#include "run.hpp"

namespace connection_notifications_tests {

namespace asio = boost::asio;
using namespace pgcoro::testing;

namespace {

using received_list = std::vector<pgcoro::notification>;

auto collect_into(received_list& list) {
    return [&list](const pgcoro::notification& n) { list.push_back(n); };
}

/// Runs `body(connection)`, a coroutine, with a connection of either mode.
template <class Body>
void with_connections(Body&& body) {
    for (const auto mode : both_modes)
        run([&](asio::io_context& context) -> asio::awaitable<void> {
            const auto connection = co_await pgcoro::connect(context.get_executor(), test_dsn(), {.concurrency = mode});
            co_await body(connection);
        });
}

} // namespace

TEST_CASE("a connection's notifications go to its handler, also while nothing is in flight") {
    with_connections([](const pgcoro::connection& connection) -> asio::awaitable<void> {
        received_list received;
        connection.on_notification(collect_into(received));
        co_await connection.execute("listen \"on connection\"");
        witness w;
        w.ask("select pg_notify('on connection', 'first')");
        co_await until([&] { return received.size() == 1; });
        CHECK(received[0].channel == "on connection");
        CHECK(received[0].payload == "first");
        CHECK(received[0].backend_pid == w.number("select pg_backend_pid()"));
        CHECK(received[0].kind == pgcoro::notification_kind::message);
        CHECK_FALSE(received[0].is_gap());

        co_await connection.notify("on connection", "own");   // arrives with the answer
        REQUIRE(received.size() == 2);
        CHECK(received[1].payload == "own");
        CHECK(received[1].backend_pid == connection.backend_pid());

        connection.on_notification({});
        co_await connection.notify("on connection", "dropped");
        received_list later;
        connection.on_notification(collect_into(later));
        co_await connection.notify("on connection");
        CHECK(received.size() == 2);
        REQUIRE(later.size() == 1);
        CHECK(later[0].payload.empty());
        co_await connection.close();
    });
}

TEST_CASE("a handler of notifications may replace itself") {
    with_connections([](const pgcoro::connection& connection) -> asio::awaitable<void> {
        received_list received;
        int first = 0;
        connection.on_notification([&](const pgcoro::notification&) {
            ++first;
            connection.on_notification(collect_into(received));
        });
        co_await connection.execute("listen replacing");
        co_await connection.notify("replacing", "1");
        co_await connection.notify("replacing", "2");
        CHECK(first == 1);
        CHECK(received.size() == 1);
        co_await connection.close();
    });
}

TEST_CASE("a lease's handler is removed and its LISTEN undone when the lease is returned") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        received_list received;
        int backend = 0;
        {
            const auto lease = co_await pool.acquire();
            backend = lease.backend_pid();
            lease.on_notification(collect_into(received));
            co_await lease.execute("listen on_lease");
            co_await lease.notify("on_lease", "1");
            CHECK(received.size() == 1);
        }
        CHECK(co_await pool.query_one<int>("select count(*)::int from pg_listening_channels()") == 0);
        {
            const auto lease = co_await pool.acquire();
            CHECK(lease.backend_pid() == backend);
            co_await lease.execute("listen on_lease");
            co_await lease.notify("on_lease", "2");
        }
        CHECK(received.size() == 1);
    });
}

TEST_CASE("a pool's notify sends what it is given, and passes on what the server refuses") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        received_list received;
        const auto lease = co_await pool.acquire();
        lease.on_notification(collect_into(received));
        co_await lease.execute("listen \"Odd \"\"name\"\"\"");
        const std::string longest(7999, 'x');
        co_await pool.notify("Odd \"name\"", longest);
        co_await pool.notify("Odd \"name\"");
        co_await until([&] { return received.size() == 2; });
        CHECK(received[0].payload == longest);
        CHECK(received[1].payload.empty());
        const auto too_long = co_await failure_of(pool.notify("Odd \"name\"", longest + 'x'));
        CHECK(too_long.code() == pgcoro::sqlstate::invalid_parameter_value);
        CHECK((co_await failure_of(pool.notify(""))).code() == pgcoro::sqlstate::invalid_parameter_value);
        const auto long_name = co_await failure_of(pool.notify(std::string(64, 'c')));
        CHECK(long_name.code() == pgcoro::sqlstate::invalid_parameter_value);
        CHECK(received.size() == 2);
    });
}

} // namespace connection_notifications_tests

// Pools that begin: what start() promises, and how it fails.
#include "harness.hpp"

namespace pool_start_tests {

namespace {

using namespace pgcoro::testing;
using pgcoro::errc;
using pgcoro::pool;
using pgcoro::pool_options;

pgcoro::error failure_of_start(pool_options options) {
    asio::io_context loop;
    pool p(loop, std::move(options));
    pgcoro::error failure;
    run(loop, [&]() -> asio::awaitable<void> { failure = co_await failure_of(p.start()); });
    return failure;
}

std::string database_of(const std::string& dsn, const std::string& name) {
    return pgcoro::connect_options::parse(dsn).set("dbname", name).to_string();
}

} // namespace

TEST_CASE("start opens the minimum of connections, and one where there is no minimum") {
    asio::io_context loop;
    for (const std::size_t minimum : {0u, 1u, 3u}) {
        CAPTURE(minimum);
        pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 4, .min_connections = minimum});
        CHECK(p.stats().total == 0);
        run(loop, [&]() -> asio::awaitable<void> {
            co_await p.start();
            CHECK(p.stats().idle == std::max<std::size_t>(1, minimum));
            CHECK(p.stats().opened == std::max<std::size_t>(1, minimum));
            co_await p.start();   // a second time: nothing to do
            CHECK(p.stats().opened == std::max<std::size_t>(1, minimum));
            co_await p.close();
        });
    }
}

TEST_CASE("a pool that was not started opens connections when they are needed") {
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn()});
    run(loop, [&]() -> asio::awaitable<void> {
        CHECK(co_await p.query_one<int>("select 1") == 1);
        CHECK(p.stats().opened == 1);
        co_await p.close();
    });
}

TEST_CASE("start fails at once where nobody listens, and says where that is") {
    ephemeral_server server;
    const auto dsn = server.tcp_connection_string();
    const auto port = std::to_string(server.port());
    server.stop();
    const auto failure = failure_of_start({.connect = dsn});
    CHECK(failure.code() == errc::connect_failed);
    CHECK(contains(failure.what(), "127.0.0.1"));
    CHECK(contains(failure.what(), port));
    CHECK(contains(failure.what(), "Connection refused"));
    CHECK(failure.execution() == pgcoro::execution_state::not_sent);

    const auto no_socket = failure_of_start({.connect = server.connection_string()});
    CHECK(no_socket.code() == errc::connect_failed);
    CHECK(contains(no_socket.what(), "No such file or directory"));
}

TEST_CASE("start fails when the connect timeout is over, for a host that does not answer") {
    // The kernel takes the connection, and nobody reads it.
    asio::io_context loop;
    asio::ip::tcp::acceptor deaf(loop, {asio::ip::address_v4::loopback(), 0});
    const auto port = std::to_string(deaf.local_endpoint().port());
    const auto failure = failure_of_start({.connect = "postgresql://127.0.0.1:" + port + "/postgres",
                                           .connect_timeout = 50ms});
    CHECK(failure.code() == errc::connect_timeout);
    CHECK(failure.code() == boost::system::errc::timed_out);
    CHECK(contains(failure.what(), "127.0.0.1:" + port));
    CHECK(contains(failure.what(), "50 ms"));
}

TEST_CASE("start fails with the server's reason for a wrong password, and never shows the password") {
    const ephemeral_server server({.password = "right"});
    const auto at = "@127.0.0.1:" + std::to_string(server.port()) + "/postgres";
    const auto wrong = failure_of_start({.connect = "postgresql://postgres:s3cr3t" + at});
    CHECK(wrong.code() == errc::authentication_failed);
    CHECK(contains(wrong.what(), "password authentication failed for user \"postgres\""));
    CHECK_FALSE(contains(wrong.what(), "s3cr3t"));

    const auto none = failure_of_start({.connect = "postgresql://postgres" + at});
    CHECK(none.code() == errc::authentication_failed);
    CHECK(contains(none.what(), "no password supplied"));
}

TEST_CASE("start fails with the server's reason for a database or a role that does not exist") {
    const auto database = failure_of_start({.connect = database_of(test_dsn(), "not_there")});
    CHECK(database.code() == errc::connect_failed);
    CHECK(contains(database.what(), "database \"not_there\" does not exist"));

    const auto role = failure_of_start({.connect = pgcoro::connect_options::parse(test_dsn()).set("user", "nobody_here")});
    CHECK(role.code() == errc::authentication_failed);
    CHECK(contains(role.what(), "role \"nobody_here\" does not exist"));
}

TEST_CASE("start fails for a name that does not resolve, and says which") {
    const auto failure = failure_of_start({.connect = "postgresql://postgres@no-such-host.invalid/postgres"});
    CHECK(failure.code() == errc::connect_failed);
    CHECK(contains(failure.what(), "could not resolve host \"no-such-host.invalid\""));
}

TEST_CASE("of several hosts the one that answers is taken") {
    const ephemeral_server server;
    const auto port = std::to_string(server.port());
    asio::io_context loop;
    pool p(loop, pool_options{.connect = "postgresql://postgres@no-such-host.invalid:1,localhost:" + port
                                         + "/postgres"});
    run(loop, [&]() -> asio::awaitable<void> {
        co_await p.start();
        CHECK(co_await p.query_one<int>("select 1") == 1);
        co_await p.close();
    });
}

TEST_CASE("start fails for a setting that the server refuses") {
    pool_options options{.connect = test_dsn()};
    options.session_settings = {{"work_mem", "plenty"}};
    const auto failure = failure_of_start(std::move(options));
    CHECK(failure.code() == errc::connect_failed);
    CHECK(contains(failure.what(), "invalid value for parameter \"work_mem\": \"plenty\""));
}

TEST_CASE("a failed start leaves the pool as it was: a later one succeeds") {
    ephemeral_server server;
    server.stop();
    asio::io_context loop;
    pool p(loop, pool_options{.connect = server.connection_string()});
    run(loop, [&]() -> asio::awaitable<void> {
        CHECK((co_await failure_of(p.start())).code() == errc::connect_failed);
        CHECK(p.stats().connect_failures == 1);
        CHECK(p.stats().total == 0);
        server.start();
        co_await p.start();
        CHECK(co_await p.query_one<int>("select 1") == 1);
        co_await p.close();
    });
}

TEST_CASE("options that make no sense are refused by the pool's constructor") {
    asio::io_context loop;
    const auto refused = [&](pool_options options) -> std::string {
        try {
            pool p(loop, std::move(options));
        } catch (const pgcoro::error& e) {
            CHECK(e.code() == errc::configuration_invalid);
            return e.what();
        }
        return "accepted";
    };
    CHECK(contains(refused({.max_connections = 0}), "max_connections"));
    CHECK(contains(refused({.max_connections = 2, .min_connections = 3}), "min_connections"));
    CHECK(contains(refused({.pipeline_depth = 0}), "pipeline_depth"));
    CHECK(contains(refused({.acquire_timeout = 0ms}), "acquire_timeout"));
}

TEST_CASE("session settings reach every connection") {
    asio::io_context loop;
    pool_options options{.connect = test_dsn()};
    options.session_settings = {{"application_name", "it's a \\ test"}, {"work_mem", "7MB"}};
    pool p(loop, std::move(options));
    run(loop, [&]() -> asio::awaitable<void> {
        CHECK(co_await p.query_one<std::string>("select current_setting('application_name')") == "it's a \\ test");
        auto lease = co_await p.acquire();
        CHECK(co_await lease.query_one<std::string>("select current_setting('work_mem')") == "7MB");
        co_await lease.execute("reset all");
        CHECK(co_await lease.query_one<std::string>("select current_setting('work_mem')") == "7MB");
        lease.release();
        co_await p.close();
    });
}

} // namespace pool_start_tests

// A connection that is lost between COMMIT and its answer.
#include <atomic>
#include <doctest/doctest.h>
#include <thread>

#include "cutting_proxy.hpp"
#include "run.hpp"

namespace commit_in_doubt_tests {

using namespace pgcoro;
using namespace pgcoro::testing;

namespace {

/// Runs a transaction of one insert whose connection is cut at its COMMIT.
struct doubtful_commit {
    explicit doubtful_commit(cutting_proxy::cut how, transaction_options options = {}) {
        witness eyes(server().tcp_connection_string());
        eyes.ask("drop table if exists doubtful");
        eyes.ask("create table doubtful (id int)");
        cutting_proxy proxy(server().port(), "commit", how);
        auto settings = one_connection();
        settings.connect.set("host", "127.0.0.1");
        settings.connect = server().tcp_connection_string();
        settings.connect.set("port", std::to_string(proxy.port()));
        with_pool(settings, [&](pool& on) -> asio::awaitable<void> {
            auto tx = co_await on.begin(options);
            co_await tx.execute("insert into doubtful values (1)");
            const auto committed = co_await tx.commit().as_result();
            if (committed.has_error()) failure.emplace(committed.error());
            CHECK(proxy.has_cut());
            CHECK(co_await on.query_one<int>("select 1") == 1);   // over a new connection
        });
        block_until([&] { return eyes.number("select count(*) from pg_stat_activity where query like 'insert into doubtful%'") == 0; });
        rows = eyes.number("select count(*) from doubtful");
    }

    static ephemeral_server& server() {
        static ephemeral_server of_its_own;
        return of_its_own;
    }

    std::optional<error> failure;
    int rows = -1;
};

} // namespace

TEST_CASE("a COMMIT whose answer is lost is in doubt, whatever became of it") {
    SUBCASE("it was done") {
        const doubtful_commit tried(cutting_proxy::cut::after_the_server);
        REQUIRE(tried.failure);
        CHECK(tried.failure->code() == errc::commit_in_doubt);
        CHECK(tried.failure->execution() == execution_state::unknown);
        CHECK(tried.rows == 1);
    }
    SUBCASE("it never arrived") {
        const doubtful_commit tried(cutting_proxy::cut::before_the_server);
        REQUIRE(tried.failure);
        CHECK(tried.failure->code() == errc::commit_in_doubt);
        CHECK(tried.failure->execution() == execution_state::unknown);
        CHECK(tried.rows == 0);
    }
}

TEST_CASE("resolve_commit finds out") {
    const transaction_options resolving{.resolve_commit = true};
    SUBCASE("that it was done") {
        const doubtful_commit tried(cutting_proxy::cut::after_the_server, resolving);
        CHECK(!tried.failure);
        CHECK(tried.rows == 1);
    }
    SUBCASE("that it was not") {
        const doubtful_commit tried(cutting_proxy::cut::before_the_server, resolving);
        REQUIRE(tried.failure);
        CHECK(tried.failure->code() == errc::transaction_aborted);
        CHECK(tried.failure->execution() == execution_state::rejected);
        CHECK(tried.rows == 0);
    }
}

TEST_CASE("resolve_commit of a stand-alone connection opens another") {
    auto& server = doubtful_commit::server();
    witness eyes(server.connection_string());
    eyes.ask("drop table if exists alone_in_doubt");
    eyes.ask("create table alone_in_doubt (id int)");
    cutting_proxy proxy(server.port(), "commit", cutting_proxy::cut::after_the_server);
    run([&](asio::io_context& context) -> asio::awaitable<void> {
        connect_options where = server.tcp_connection_string();
        where.set("port", std::to_string(proxy.port()));
        auto conn = co_await connect(context.get_executor(), where);
        co_await conn.transaction({.resolve_commit = true}, [&](transaction& tx) -> asio::awaitable<void> {
            co_await tx.execute("insert into alone_in_doubt values (1)");
        });
        CHECK(proxy.has_cut());
        CHECK((co_await failure_of(conn.query("select 1"))).code() == errc::not_connected);
    });
    CHECK(eyes.number("select count(*) from alone_in_doubt") == 1);
}

TEST_CASE("where the outcome cannot be found in time, the commit stays in doubt") {
    ephemeral_server server;
    witness(server.connection_string()).ask("create table gone (id int)");
    cutting_proxy proxy(server.port(), "commit", cutting_proxy::cut::after_the_server);
    auto settings = one_connection();
    settings.connect = server.tcp_connection_string();
    settings.connect.set("port", std::to_string(proxy.port()));
    with_pool(settings, [&](pool& on) -> asio::awaitable<void> {
        auto tx = co_await on.begin({.resolve_commit = true, .resolve_within = std::chrono::milliseconds(300)});
        co_await tx.execute("insert into gone values (1)");
        const auto commit = begin(tx.commit());
        co_await until([&] { return proxy.has_cut(); });
        // Beside the loop: a server that waits for what a new client has to say does not end.
        std::atomic<bool> stopped = false;
        std::thread stopping([&] {
            server.stop(shutdown_mode::immediate);
            stopped = true;
        });
        co_await until([&] { return commit->done() && stopped; });
        stopping.join();
        CHECK(commit->failure().code() == errc::commit_in_doubt);
    });
}

TEST_CASE("a transaction with resolve_commit is as good as any other") {
    with_pool(one_connection(), [&](pool& on) -> asio::awaitable<void> {
        const transaction_options resolving{.resolve_commit = true};
        CHECK(co_await on.transaction(resolving, [](transaction& tx) -> asio::awaitable<int> {
            co_return co_await tx.query_one<int>("select 1");
        }) == 1);
        auto tx = co_await on.begin(resolving);
        (void)co_await tx.execute("select 1/0").as_result();
        CHECK((co_await failure_of(tx.commit())).code() == errc::transaction_aborted);
    });
}

TEST_CASE("a COMMIT that is cancelled while it waits for a synchronous standby is done here and in doubt there") {
    ephemeral_server server({.settings = {{"synchronous_standby_names", "nobody"}}});
    witness eyes(server.connection_string());
    eyes.ask("create table doubtful (id int)");   // the server's default does not wait
    auto settings = one_connection();
    settings.connect = server.connection_string();
    with_pool(settings, [&](pool& on) -> asio::awaitable<void> {
        transaction_options options;
        options.resolve_commit = true;   // nothing to be found out: the server said what it did
        auto tx = co_await on.begin(options);
        co_await tx.execute("set local synchronous_commit = on");
        co_await tx.execute("insert into doubtful values (1)");
        const auto committing = testing::begin(tx.commit());
        constexpr char waiting[] = "from pg_stat_activity where wait_event = 'SyncRep'";
        co_await until([&] { return eyes.number("select count(*) " + std::string(waiting)) == 1; });
        eyes.ask("select pg_cancel_backend(pid) " + std::string(waiting));
        co_await until([&] { return committing->done(); });
        CHECK(committing->failure().code() == errc::commit_in_doubt);
        CHECK(committing->failure().execution() == execution_state::completed);
        CHECK(eyes.number("select count(*) from doubtful") == 1);
        CHECK(co_await on.query_one<int>("select 1") == 1);
        CHECK(on.stats().opened == 1);
    });
}

} // namespace commit_in_doubt_tests

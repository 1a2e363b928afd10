// Connections with TLS: to a server that has it, and to one behind a proxy whose records are larger than a server's.
#include "harness.hpp"
#include "tls_proxy.hpp"

#include <boost/asio/ssl/impl/src.hpp>   // Asio is compiled separately in these tests

#include <boost/asio/detached.hpp>

#include <cstddef>
#include <iterator>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

namespace tls_tests {

namespace {

using namespace pgcoro::testing;
using pgcoro::concurrency;
using pgcoro::errc;
using pgcoro::pool;
using pgcoro::pool_options;

/// A server with TLS, for which it has made a certificate itself.
class tls_server {
public:
    tls_server() {
        witness w(server_.connection_string());
        // A server's programs run in its data folder, where it looks for these names (documentation: `ssl_cert_file`).
        w.ask("copy (select 1) to program 'openssl req -new -x509 -nodes -days 2 -subj /CN=localhost -newkey rsa:2048 "
              "-keyout server.key -out server.crt 2>/dev/null && chmod 600 server.key'");
        certificate_ = w.ask("select pg_read_file('server.crt')");
        key_ = w.ask("select pg_read_file('server.key')");
        w.ask("alter system set ssl = on");
        w.ask("select pg_reload_conf()");
        block_until([&] { return takes_tls(); });
    }

    pgcoro::connect_options by_tls() const { return with_tls(server_.port()); }

    static pgcoro::connect_options with_tls(unsigned short port) {
        return pgcoro::connect_options("postgresql://postgres@127.0.0.1:" + std::to_string(port) + "/postgres?sslmode=require");
    }

    unsigned short port() const { return server_.port(); }
    std::string socket() const { return server_.connection_string(); }
    const std::string& certificate() const { return certificate_; }
    const std::string& key() const { return key_; }

private:
    bool takes_tls() const {
        const std::unique_ptr<PGconn, decltype(&PQfinish)> tried(
            PQconnectdb((server_.tcp_connection_string() + "?sslmode=require").c_str()), &PQfinish);
        return PQstatus(tried.get()) == CONNECTION_OK;
    }

    ephemeral_server server_;
    std::string certificate_, key_;
};

const tls_server& server() {
    static const tls_server made;
    return made;
}

std::string times(int count, char of) { return std::string(static_cast<std::size_t>(count), of); }

pool_options options_for(const pgcoro::connect_options& connect, concurrency mode) {
    return {.connect = connect, .max_connections = 1, .query_timeout = 20s, .concurrency = mode};
}

} // namespace

TEST_CASE("what a pool does it does with TLS") {
    for (const auto mode : both_modes) {
        asio::io_context loop(1);
        pool p(loop, options_for(server().by_tls(), mode));
        run(loop, [&]() -> asio::awaitable<void> {
            CHECK(co_await p.query_one<bool>("select ssl from pg_stat_ssl where pid = pg_backend_pid()"));
            for (const int bytes : {1, 8'000, 8'192, 20'000, 100'000, 3'000'000})
                CHECK(co_await p.query_one<std::string>("select repeat('x', $1)", bytes) == times(bytes, 'x'));
            for (int rows = 1; rows <= 64; ++rows)
                CHECK(std::ssize(co_await p.query<std::string>("select repeat('x', 1000) from generate_series(1, $1)", rows)) == rows);
            int answered = 0;
            const auto ask = [&](int i) -> asio::awaitable<void> {
                CHECK(co_await p.query_one<std::string>("select repeat('y', $1)", 100 * i) == times(100 * i, 'y'));
                ++answered;
            };
            for (int i = 0; i < 100; ++i) asio::co_spawn(loop, ask(i), asio::detached);
            co_await until([&] { return answered == 100; });

            co_await p.execute("create table if not exists tls_rows (t text)");
            co_await p.execute("truncate tls_rows");
            std::vector<std::tuple<std::string>> texts;
            for (int i = 0; i < 1000; ++i) texts.emplace_back(times(i, 'z'));
            co_await p.copy_in("tls_rows", texts, pgcoro::column_list{"t"});
            auto rows = co_await p.copy_out<std::string>("select t from tls_rows order by length(t)");
            std::size_t next = 0;
            while (const auto row = co_await rows.next()) CHECK(row->size() == next++);
            CHECK(next == texts.size());
            CHECK(p.stats().opened == 1);
        });
    }
}

TEST_CASE("with TLS, too, a statement is stopped, and a connection's end noticed") {
    for (const auto mode : both_modes) {
        asio::io_context loop(1);
        pool p(loop, options_for(server().by_tls(), mode));
        witness w(server().socket());
        run(loop, [&]() -> asio::awaitable<void> {
            const auto stopped = co_await p.execute("select pg_sleep(60)").timeout(100ms).as_result();
            REQUIRE(stopped.has_error());
            CHECK(stopped.error().code() == errc::query_timeout);
            const int pid = co_await p.query_one<int>("select pg_backend_pid()");
            CHECK(w.running("pg_sleep(60)") == 0);
            w.ask("select pg_terminate_backend(" + std::to_string(pid) + ")");
            co_await until([&] { return p.stats().closed_by_error == 1; });
            CHECK(co_await p.query_one<int>("select 1") == 1);
        });
    }
}

TEST_CASE("a listener hears with TLS what is longer than a record") {
    asio::io_context loop(1);
    witness w(server().socket());
    run(loop, [&]() -> asio::awaitable<void> {
        pgcoro::listener_options options;
        options.connect = server().by_tls();
        pgcoro::listener listener{loop, options, {"tls"}};
        co_await listener.start();
        w.ask("select pg_notify('tls', repeat('x', 7000) || i) from generate_series(1, 20) i");
        for (int i = 1; i <= 20; ++i) CHECK((co_await listener.next()).payload == std::string(7000, 'x') + std::to_string(i));
        co_await listener.close();
    });
}

TEST_CASE("a result is read to its end whatever part of a record libpq leaves to TLS") {
    const tls_proxy proxy(server().port(), server().certificate(), server().key());
    for (const auto mode : both_modes) {
        asio::io_context loop(1);
        pool p(loop, options_for(tls_server::with_tls(proxy.port()), mode));
        run(loop, [&]() -> asio::awaitable<void> {
            CHECK_FALSE(co_await p.query_one<bool>("select ssl from pg_stat_ssl where pid = pg_backend_pid()"));   // the proxy's
            // Two records, and the second is longer than the room that is left behind the part of a row from the first.
            for (int last = 1000; last <= 3000; last += 100) {
                CAPTURE(last);
                const auto rows = "select repeat('x', case i when 7 then " + std::to_string(last)
                                  + " else 5000 end) from generate_series(1, 7) i";
                const auto all = co_await p.query<std::string>(pgcoro::runtime_sql(rows));
                REQUIRE(all.size() == 7);
                CHECK(all.back() == times(last, 'x'));
                auto copied = co_await p.copy_out<std::string>(pgcoro::runtime_sql(rows));
                int count = 0;
                while (co_await copied.next()) ++count;
                CHECK(count == 7);
            }
            int streamed = 0;
            auto stream = co_await p.stream<std::string>("select repeat('x', 1000) from generate_series(1, 700)");
            while (co_await stream.next()) ++streamed;
            CHECK(streamed == 700);
            const auto stopped = co_await p.execute("select pg_sleep(60)").timeout(100ms).as_result();
            REQUIRE(stopped.has_error());
            CHECK(stopped.error().code() == errc::query_timeout);
        });
    }
}

} // namespace tls_tests

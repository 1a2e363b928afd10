// Connecting: where the settings come from, and what happens where they are wrong.
#include <pgcoro/pgcoro.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "run.hpp"

namespace connecting_tests {

namespace asio = boost::asio;
using pgcoro::connect_options;
using pgcoro::errc;
using pgcoro::error;
using namespace pgcoro::testing;
using namespace std::chrono_literals;

namespace {

constexpr const char* password = "p@ss w/o%r'd\\ \"x\" = :?#";

ephemeral_server& server_with_password() {
    static ephemeral_server server({.password = password, .hba = {"host all rejected 127.0.0.1/32 reject"}});
    return server;
}

/// Environment variables for as long as it lives.
class environment {
public:
    environment(std::initializer_list<std::pair<const char*, std::string>> variables) {
        for (const auto& [name, value] : variables) {
            const char* const before = std::getenv(name);
            before_.emplace_back(name, before ? std::optional<std::string>(before) : std::nullopt);
            ::setenv(name, value.c_str(), 1);
        }
    }
    environment(const environment&) = delete;
    environment& operator=(const environment&) = delete;
    ~environment() {
        for (const auto& [name, value] : before_)
            value ? ::setenv(name.c_str(), value->c_str(), 1) : ::unsetenv(name.c_str());
    }

private:
    std::vector<std::pair<std::string, std::optional<std::string>>> before_;
};

/// The answer to a statement over a connection made with these options, or why there is none.
std::pair<std::string, std::optional<error>> ask(const connect_options& options, const char* sql) {
    std::pair<std::string, std::optional<error>> answer;
    run([&](asio::io_context& context) -> asio::awaitable<void> {
        auto connected = co_await pgcoro::connect(context.get_executor(), options).as_result();
        if (connected.has_error())
            answer.second = connected.error();
        else
            answer.first = co_await connected.value().query_one<std::string>(pgcoro::runtime_sql(sql));
    });
    return answer;
}

} // namespace

TEST_CASE("a password is given as it is, whatever it holds, in a URI and as a setting") {
    auto& server = server_with_password();
    const auto by_uri = ask(server.tcp_connection_string(), "select current_user::text");
    CHECK(by_uri.first == "postgres");
    connect_options options;
    options.host(server.host()).port(server.port()).user("postgres").dbname("postgres").password(password);
    const auto by_setting = ask(options, "select current_user::text");
    CHECK(by_setting.first == "postgres");
    const auto by_pairs = ask(options.connection_string(), "select current_user::text");
    CHECK(by_pairs.first == "postgres");
}

TEST_CASE("a wrong password is authentication_failed and is never shown") {
    auto& server = server_with_password();
    connect_options options;
    options.host(server.host())
        .port(server.port())
        .user("postgres")
        .dbname("postgres")
        .password("wr0ng-hunter2");
    const auto refused = ask(options, "select 'x'").second;
    REQUIRE(refused.has_value());
    CHECK(refused->code() == errc::authentication_failed);
    CHECK(error_kind(*refused) == pgcoro::error_kind::authentication_failed);
    CHECK(refused->execution() == pgcoro::execution_state::not_sent);
    CHECK(contains(refused->what(), "password authentication failed"));
    CHECK_FALSE(contains(to_string(*refused, pgcoro::verbosity::full), "hunter2"));
    CHECK_FALSE(is_transient(*refused));
}

TEST_CASE("a missing password and a rejected user are authentication_failed") {
    auto& server = server_with_password();
    connect_options options;
    options.host(server.host()).port(server.port()).user("postgres").dbname("postgres");
    options.set("passfile", "/no/such/file");
    const auto missing = ask(options, "select 'x'").second;
    REQUIRE(missing.has_value());
    CHECK(missing->code() == errc::authentication_failed);
    const auto rejected = ask(connect_options(options).user("rejected"), "select 'x'").second;
    REQUIRE(rejected.has_value());
    CHECK(rejected->code() == errc::authentication_failed);
}

TEST_CASE("a database or a role that does not exist is told apart, with the server's words") {
    const auto base = connect_options::parse(test_server().connection_string());
    const auto no_database = ask(connect_options(base).dbname("no such database"), "select 'x'").second;
    REQUIRE(no_database.has_value());
    CHECK(no_database->code() == errc::connect_failed);
    CHECK(error_kind(*no_database) == pgcoro::error_kind::connection_failed);
    CHECK(contains(no_database->what(), "database \"no such database\" does not exist"));
    const auto no_role = ask(connect_options(base).user("nobody there"), "select 'x'").second;
    REQUIRE(no_role.has_value());
    CHECK(no_role->code() == errc::authentication_failed);
    CHECK(contains(no_role->what(), "nobody there"));
}

TEST_CASE("where nobody listens, connecting fails at once and says where that is") {
    for (const char* where : {"host=127.0.0.1 port=1", "host=/no/such/directory port=1"}) {
        const auto refused = ask(where, "select 'x'").second;
        CAPTURE(where);
        REQUIRE(refused.has_value());
        CHECK(refused->code() == errc::connect_failed);
        CHECK(is_transient(*refused));
        CHECK((contains(refused->what(), "127.0.0.1") || contains(refused->what(), "/no/such/directory")));
    }
}

TEST_CASE("a host that accepts and says nothing is connect_timeout") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        asio::ip::tcp::acceptor silent(context, asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0));
        connect_options where;
        where.host("127.0.0.1").port(silent.local_endpoint().port());
        const pgcoro::connection_options options{.connect_timeout = 50ms};
        const auto refused = co_await failure_of(pgcoro::connect(context.get_executor(), where, options));
        CHECK(refused.code() == errc::connect_timeout);
        CHECK(refused.code() == boost::system::errc::timed_out);
        CHECK(error_kind(refused) == pgcoro::error_kind::timeout);
        CHECK(contains(refused.what(), "127.0.0.1"));
        CHECK(contains(refused.what(), "50 ms"));
    });
}

TEST_CASE("a name that does not resolve is connect_failed and is named") {
    const auto refused = ask("host=no-such-host.invalid connect_timeout=5", "select 'x'").second;
    REQUIRE(refused.has_value());
    CHECK(refused->code() == errc::connect_failed);
    CHECK(contains(refused->what(), "no-such-host.invalid"));
}

TEST_CASE("a name that resolves is connected to") {
    auto& server = test_server();
    connect_options options;
    options.host("localhost").port(server.port()).user("postgres").dbname("postgres");
    const auto answer = ask(options, "select host(inet_server_addr())");
    CHECK(answer.first == "127.0.0.1");
}

TEST_CASE("what is not set comes from libpq's environment variables, what is set wins") {
    auto& server = test_server();
    const environment variables({{"PGHOST", server.socket_directory().string()},
                                 {"PGPORT", std::to_string(server.port())},
                                 {"PGUSER", "postgres"},
                                 {"PGDATABASE", "postgres"},
                                 {"PGAPPNAME", "from the environment"}});
    const auto by_environment = ask(connect_options(), "select current_setting('application_name')");
    CHECK(by_environment.first == "from the environment");
    const auto by_setting = ask("application_name=set", "select current_setting('application_name')");
    CHECK(by_setting.first == "set");
}

TEST_CASE("a service's settings come from the service file") {
    auto& server = test_server();
    const auto file = server.socket_directory() / "service.conf";
    std::ofstream(file) << "[pgcoro_test]\nhost=" << server.host() << "\nport=" << server.port()
                        << "\nuser=postgres\ndbname=postgres\napplication_name=by_service\n";
    const environment variables({{"PGSERVICEFILE", file.string()}});
    const auto by_pair =
        ask("service=pgcoro_test", "select current_setting('application_name') || host(inet_server_addr())");
    CHECK(by_pair.first == "by_service127.0.0.1");
    const auto by_uri = ask("postgresql://?service=pgcoro_test&application_name=set",
                            "select current_setting('application_name')");
    CHECK(by_uri.first == "set");
    const auto unknown = ask("service=no_such_service", "select 'x'").second;
    REQUIRE(unknown.has_value());
    CHECK(contains(unknown->what(), "no_such_service"));
}

TEST_CASE("a password comes from the password file") {
    auto& server = server_with_password();
    const auto file = server.socket_directory() / "passwords";
    std::string escaped;
    for (const char* c = password; *c; ++c)
        escaped += (*c == ':' || *c == '\\' ? std::string("\\") : std::string()) + *c;
    std::ofstream(file) << server.host() << ":*:*:postgres:" << escaped << '\n';
    std::filesystem::permissions(file,
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    connect_options options;
    options.host(server.host())
        .port(server.port())
        .user("postgres")
        .dbname("postgres")
        .set("passfile", file.string());
    const auto answer = ask(options, "select current_user::text");
    CHECK(answer.first == "postgres");
}

TEST_CASE("a list of hosts is tried in order, and what is wrong with each is said") {
    auto& server = test_server();
    const auto port = std::to_string(server.port());
    const auto second = ask("host=127.0.0.1,127.0.0.1 port=1," + port + " user=postgres dbname=postgres",
                            "select current_user::text");
    CHECK(second.first == "postgres");
    const auto lengths = ask("host=127.0.0.1 port=1,2,3 user=postgres", "select 'x'").second;
    REQUIRE(lengths.has_value());
    CHECK(contains(lengths->what(), "port"));
}

TEST_CASE("TCP, Unix sockets and addresses lead to the same server") {
    auto& server = test_server();
    const auto by_socket =
        ask(server.connection_string(), "select coalesce(host(inet_server_addr()), 'socket')");
    CHECK(by_socket.first == "socket");
    const auto by_tcp = ask(server.tcp_connection_string(), "select host(inet_server_addr())");
    CHECK(by_tcp.first == "127.0.0.1");
    const auto by_address =
        ask("hostaddr=127.0.0.1 user=postgres dbname=postgres port=" + std::to_string(server.port()),
            "select host(inet_server_addr())");
    CHECK(by_address.first == "127.0.0.1");
}

TEST_CASE("a connect that is given up leaves nothing behind") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        asio::ip::tcp::acceptor silent(context, asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0));
        connect_options where;
        where.host("127.0.0.1").port(silent.local_endpoint().port());
        const auto refused =
            co_await failure_of(pgcoro::connect(context.get_executor(), where).timeout(50ms));
        CHECK(refused.code() == boost::system::errc::timed_out);
    });
}

} // namespace connecting_tests

#include <pgcoro/testing/ephemeral_server.hpp>

#include <libpq-fe.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "fixture.hpp"

namespace ephemeral_server_tests {

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using pgcoro::testing::ephemeral_server;
using pgcoro::testing::ephemeral_server_options;
using pgcoro::testing::shutdown_mode;

/// The first value of a result, or the error's text.
std::string ask(const std::string& dsn, const char* sql) {
    const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(dsn.c_str()), &PQfinish);
    if (PQstatus(connection.get()) != CONNECTION_OK) return PQerrorMessage(connection.get());
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql), &PQclear);
    if (PQresultStatus(result.get()) == PGRES_COMMAND_OK) return "done";
    if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) return PQresultErrorMessage(result.get());
    return PQgetvalue(result.get(), 0, 0);
}

bool eventually(const std::function<bool()>& condition) {
    for (const auto deadline = std::chrono::steady_clock::now() + 20s;
         std::chrono::steady_clock::now() < deadline;) {
        if (condition()) return true;
        std::this_thread::sleep_for(5ms);
    }
    return condition();
}

/// Whether any process was started with this text among its arguments.
bool is_mentioned_by_a_process(const std::string& text) {
    for (const auto& process : fs::directory_iterator("/proc")) {
        std::ifstream file(process.path() / "cmdline", std::ios::binary);
        const std::string arguments{std::istreambuf_iterator<char>(file), {}};
        if (arguments.find(text) != arguments.npos) return true;
    }
    return false;
}

bool is_gone(const fs::path& folder) { return !fs::exists(folder) && !is_mentioned_by_a_process(folder); }

/// Another INITDB_TEMPLATE for a while.
class set_template {
public:
    explicit set_template(const fs::path& path) {
        if (const char* had = std::getenv(name)) before_ = had;
        ::setenv(name, path.c_str(), 1);
    }
    set_template(const set_template&) = delete;
    set_template& operator=(const set_template&) = delete;
    ~set_template() {
        if (before_) ::setenv(name, before_->c_str(), 1);
        else ::unsetenv(name);
    }

private:
    static constexpr const char* name = "INITDB_TEMPLATE";
    std::optional<std::string> before_;
};

/// Runs one of the skipped tests below in a process of its own and returns the first line that it reports.
struct owner_process {
    explicit owner_process(const char* test) {
        std::array<int, 2> report{};
        REQUIRE(::pipe(report.data()) == 0);
        const std::string filter = std::string("--test-case=") + test;
        const std::string file = std::to_string(report[1]);
        pid = ::fork();
        if (pid == 0) {
            ::close(report[0]);
            ::setenv("PGCORO_TEST_REPORT", file.c_str(), 1);
            ::execl("/proc/self/exe", "integration_tests", filter.c_str(), "--no-skip", "--no-intro=1",
                    nullptr);
            ::_exit(127);
        }
        ::close(report[1]);
        char c = 0;
        while (::read(report[0], &c, 1) == 1 && c != '\n') line += c;
        ::close(report[0]);
    }

    static void report(const std::string& text) {
        const char* file = std::getenv("PGCORO_TEST_REPORT");
        REQUIRE(file);
        const std::string line = text + "\n";
        REQUIRE(::write(std::atoi(file), line.data(), line.size()) == static_cast<ssize_t>(line.size()));
    }

    int status() const {
        int status = 0;
        ::waitpid(pid, &status, 0);
        return status;
    }

    pid_t pid = -1;
    std::string line;
};

} // namespace

TEST_CASE("a throwaway server answers on its socket and on TCP") {
    const ephemeral_server server;
    CHECK(ask(server.connection_string(), "select 1") == "1");
    CHECK(ask(server.tcp_connection_string(), "show server_encoding") == "UTF8");
    CHECK(ask(server.tcp_connection_string(), "show timezone") == "UTC");
    CHECK(ask(server.connection_string(), "select current_user") == "postgres");
    CHECK(ask(server.connection_string(), "show data_directory") == server.data_directory().string());
    CHECK(ask(server.connection_string(), "show port") == std::to_string(server.port()));
    CHECK(server.log().find("ready to accept connections") != std::string::npos);
    CHECK(server.pid() > 0);
}

TEST_CASE("servers are copies of the cluster that INITDB_TEMPLATE names, which the first of them makes") {
    const ephemeral_server somewhere;   // a folder of the user that servers run as
    const set_template chosen(somewhere.socket_directory() / "template");
    const auto identity = [](const ephemeral_server& of) {
        return ask(of.connection_string(), "select system_identifier from pg_control_system()");
    };
    const ephemeral_server first, second, with_password({.password = "p"});
    CHECK(identity(first).find_first_not_of("0123456789") == std::string::npos);
    CHECK(identity(second) == identity(first));
    CHECK(identity(with_password) != identity(first));
    CHECK(ask(first.connection_string(), "create table only_here()") == "done");
    CHECK(ask(second.connection_string(), "select to_regclass('only_here') is null") == "t");
}

TEST_CASE("a template that cannot be made is an error that says why") {
    const set_template chosen("/proc/pgcoro-template");
    std::string said;
    try {
        const ephemeral_server server;
    } catch (const std::runtime_error& e) {
        said = e.what();
    }
    CHECK(said.find("initdb did not make a cluster") != std::string::npos);
    CHECK(said.find("/proc/pgcoro-template") != std::string::npos);
}

TEST_CASE("settings reach the server as they are written and win over the server's own defaults") {
    const ephemeral_server server({.settings = {{"max_connections", "7"},
                                                {"superuser_reserved_connections", "0"},
                                                {"application_name", "o'clock \\ half past"},
                                                {"fsync", "on"}}});
    CHECK(ask(server.connection_string(), "show max_connections") == "7");
    CHECK(ask(server.connection_string(), "show application_name") == "o'clock \\ half past");
    CHECK(ask(server.connection_string(), "show fsync") == "on");
}

TEST_CASE("a server with a password asks for it on TCP and not on the socket") {
    const ephemeral_server server(
        {.password = "p@ss/w%rd 'q'", .hba = {"host all locked_out 127.0.0.1/32 reject"}});
    CHECK(ask(server.tcp_connection_string(), "select 1") == "1");
    CHECK(ask(server.connection_string(), "select 1") == "1");

    const auto at = "@127.0.0.1:" + std::to_string(server.port()) + "/postgres";
    CHECK(ask("postgresql://postgres:wrong" + at, "select 1").find("password authentication failed")
          != std::string::npos);
    CHECK(ask("postgresql://locked_out:any" + at, "select 1").find("pg_hba.conf rejects")
          != std::string::npos);
}

TEST_CASE("a restarted server has its port and its data, whether it was shut down, cut off or killed") {
    ephemeral_server server;
    const auto port = server.port();
    REQUIRE(ask(server.connection_string(), "create table kept(n int); insert into kept values (1)")
            == "done");
    // What was not yet on disk when a server is killed may be lost with fsync off, but not to a mere crash of
    // it.
    REQUIRE(ask(server.connection_string(), "checkpoint") == "done");

    for (const auto mode : {shutdown_mode::fast, shutdown_mode::immediate}) {
        const auto before = server.pid();
        server.restart(mode);
        CHECK(server.pid() != before);
        CHECK(server.port() == port);
        CHECK(ask(server.connection_string(), "select n from kept") == "1");
    }

    const auto killed = server.pid();
    REQUIRE(::kill(killed, SIGKILL) == 0);
    REQUIRE(eventually([&] { return !server.running(); }));
    CHECK(server.pid() == 0);
    server.start();
    CHECK(server.pid() != killed);
    CHECK(ask(server.connection_string(), "select n from kept") == "1");
}

TEST_CASE("a stopped server refuses connections until it is started") {
    ephemeral_server server;
    server.stop();
    CHECK_FALSE(server.running());
    CHECK(ask(server.tcp_connection_string(), "select 1").find("Connection refused") != std::string::npos);
    server.stop();
    server.start();
    server.start();
    CHECK(ask(server.tcp_connection_string(), "select 1") == "1");
}

TEST_CASE("two servers run side by side") {
    const ephemeral_server one, other;
    CHECK(one.port() != other.port());
    CHECK(ask(one.connection_string(), "create table only_here()") == "done");
    CHECK(ask(other.connection_string(), "select to_regclass('only_here') is null") == "t");
}

TEST_CASE("a destroyed server leaves no folder and no process, even with a session open and its postmaster "
          "stopped") {
    std::optional<ephemeral_server> server(std::in_place);
    const auto folder = server->socket_directory();
    const std::unique_ptr<PGconn, decltype(&PQfinish)> open(PQconnectdb(server->connection_string().c_str()),
                                                            &PQfinish);
    REQUIRE(PQstatus(open.get()) == CONNECTION_OK);
    REQUIRE(is_mentioned_by_a_process(folder));
    ::kill(server->pid(), SIGSTOP);
    server.reset();
    CHECK(is_gone(folder));
}

TEST_CASE("a server that cannot start throws the server's own words and leaves nothing behind") {
    std::string said;
    try {
        ephemeral_server({.settings = {{"max_connections", "many"}}});
    } catch (const std::runtime_error& e) {
        said = e.what();
    }
    CHECK(said.find("invalid value for parameter \"max_connections\": \"many\"") != std::string::npos);

    ephemeral_server server;
    try {
        ephemeral_server({.port = server.port()});
        said = "started";
    } catch (const std::runtime_error& e) {
        said = e.what();
    }
    CHECK(said.find("Address already in use") != std::string::npos);
}

TEST_CASE("the copy of a server in a forked process does not end it") {
    const auto server = std::make_unique<ephemeral_server>();
    const auto child = ::fork();
    if (child == 0) {
        const_cast<std::unique_ptr<ephemeral_server>&>(server).reset();
        ::_exit(0);
    }
    ::waitpid(child, nullptr, 0);
    CHECK(ask(server->connection_string(), "select 1") == "1");
}

TEST_CASE("[helper] makes a server and is killed" * doctest::skip()) {
    const ephemeral_server server;
    owner_process::report(server.socket_directory());
    ::raise(SIGKILL);
}

TEST_CASE("[helper] makes a server and exits without cleaning up" * doctest::skip()) {
    const ephemeral_server server;
    owner_process::report(server.socket_directory());
    ::_exit(3);
}

TEST_CASE("[helper] is killed while a server is being made" * doctest::skip()) {
    pgcoro::testing::guardian guardian(pgcoro::testing::find_server_binaries(), "/tmp");
    guardian.send("create");
    while (!fs::exists(guardian.folder() / "data" / "PG_VERSION")) std::this_thread::yield();
    owner_process::report(guardian.folder());
    ::raise(SIGKILL);
}

TEST_CASE("a server whose owner dies is ended and its folder removed") {
    for (const char* test :
         {"[helper] makes a server and is killed", "[helper] makes a server and exits without cleaning up",
          "[helper] is killed while a server is being made"}) {
        CAPTURE(test);
        const owner_process owner(test);
        REQUIRE(fs::path(owner.line).filename().string().starts_with("pgcoro-"));
        const int status = owner.status();
        CHECK((WIFSIGNALED(status) || WEXITSTATUS(status) == 3));
        CHECK(eventually([&] { return is_gone(owner.line); }));
    }
}

TEST_CASE("PGCORO_TEST_DSN takes the place of the tests' own server") {
    const char* before = std::getenv("PGCORO_TEST_DSN");
    const std::string kept = before ? before : "";
    ::setenv("PGCORO_TEST_DSN", "postgresql://elsewhere/x", 1);
    CHECK(pgcoro::testing::test_dsn() == "postgresql://elsewhere/x");
    if (before)
        ::setenv("PGCORO_TEST_DSN", kept.c_str(), 1);
    else
        ::unsetenv("PGCORO_TEST_DSN");
}

} // namespace ephemeral_server_tests

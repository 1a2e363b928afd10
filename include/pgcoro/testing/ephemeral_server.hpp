// A throwaway PostgreSQL server for tests: made in a temporary folder, gone afterwards, whatever happens.
#pragma once

#include <pgcoro/testing/guardian.hpp>
#include <pgcoro/testing/server_binaries.hpp>

#include <arpa/inet.h>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <netinet/in.h>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace pgcoro::testing {

/// What a throwaway server is started with.
struct ephemeral_server_options {
    /// Further lines of postgresql.conf, such as `{"max_connections", "200"}`; they win over ours.
    std::vector<std::pair<std::string, std::string>> settings = {};
    /// The password of the user postgres. With one, TCP connections need it (scram-sha-256); the socket never
    /// does.
    std::string password = {};
    /// Lines of pg_hba.conf that come before ours, such as "host all alice 127.0.0.1/32 reject".
    std::vector<std::string> hba = {};
    /// 0: one that is free. It is also the number in the socket's name.
    std::uint16_t port = 0;
    /// How long starting may take before it is given up.
    std::chrono::milliseconds start_timeout = std::chrono::seconds(30);
};

/// How to end a server (documentation: "Shutting Down the Server").
enum class shutdown_mode {
    fast,     ///< sessions are terminated, transactions rolled back, data written
    immediate ///< as in a crash: sessions are cut, the next start recovers
};

/// A PostgreSQL server of its own: a cluster in a temporary folder, with fsync off, that listens on 127.0.0.1
/// and on a Unix socket in that folder. The superuser is `postgres`, the database too, the encoding UTF8, the
/// locale C, the time zone UTC. It needs the server's programs (Debian: package postgresql) and works as root
/// as well: the server is run by another user then. It is ready about a second after the constructor is
/// called.
///
/// Where a suite makes many servers, the environment's INITDB_TEMPLATE spares each of them initdb: a folder that holds a
/// cluster made with these settings, which is copied. If there is none yet, the first server makes it; its parent has to be
/// writable by the user that the server runs as, and whoever set it removes it. Servers with a password do not use it.
///
/// The destructor ends the server and removes the folder. A child process does the same if this process ends
/// in any other way, SIGKILL included.
///
/// Every member function blocks. Errors are `std::runtime_error`s that hold the server's own words.
/// Thread safety: one thread at a time; creating servers in several threads at once is fine. A copy of the
/// object in a forked process does nothing.
class ephemeral_server {
public:
    /// Makes the cluster and starts it.
    explicit ephemeral_server(ephemeral_server_options options = {})
        : options_(std::move(options)), guardian_(find_server_binaries(), temporary_folder()) {
        create();
        start();
    }

    /// Starts the server, on the port that it had before; does nothing if it runs. Also after a crash.
    void start() {
        if (running()) return;
        send_stop(shutdown_mode::immediate);
        const auto deadline = std::chrono::steady_clock::now() + options_.start_timeout;
        for (;;) {
            const bool choosable = options_.port == 0 && !was_ready_;
            if (choosable) port_ = free_port();
            const auto said_before = log().size();
            guardian_.send("start " + std::to_string(port_));
            await_answer("starting");
            if (wait_until_ready(deadline)) break;

            const auto said = log().substr(said_before);
            const bool port_taken = said.find("Address already in use") != said.npos;
            const bool crash_still_dying = said.find("shared memory block") != said.npos;
            if (!(port_taken && choosable) && !crash_still_dying)
                fail("the temporary server did not start", said);
            if (std::chrono::steady_clock::now() > deadline)
                fail("the temporary server did not start in time", said);
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        was_ready_ = true;
    }

    /// Ends the server and returns when it is gone; the data stays. Does nothing if it is not running.
    void stop(shutdown_mode mode = shutdown_mode::fast) { send_stop(mode); }

    void restart(shutdown_mode mode = shutdown_mode::fast) {
        stop(mode);
        start();
    }

    /// Whether the server is up (a server that was killed from outside is not).
    bool running() const {
        const auto status = read_status();
        return status.ready && !std::filesystem::exists(folder() / "ended") && ::kill(status.pid, 0) == 0;
    }

    /// The URI of database postgres over the Unix socket.
    std::string connection_string() const {
        return "postgresql://postgres@/postgres?host=" + percent_encoded(socket_directory().string(), "/")
               + "&port=" + std::to_string(port_);
    }

    /// The URI of database postgres over TCP, with the password if there is one.
    std::string tcp_connection_string() const {
        const auto password = options_.password.empty() ? "" : ":" + percent_encoded(options_.password);
        return "postgresql://postgres" + password + "@" + host() + ":" + std::to_string(port_) + "/postgres";
    }

    /// The address for TCP connections.
    std::string host() const { return "127.0.0.1"; }

    std::uint16_t port() const noexcept { return port_; }

    /// The folder of the Unix socket, as libpq takes it for `host`.
    std::filesystem::path socket_directory() const { return folder(); }

    std::filesystem::path data_directory() const { return folder() / "data"; }

    /// Everything that the server wrote to its log so far.
    std::string log() const { return contents(folder() / "log"); }

    /// The process number of the postmaster, for tests that send it signals; 0 if there is none.
    pid_t pid() const { return running() ? read_status().pid : 0; }

private:
    struct postmaster_status {
        pid_t pid = 0;
        bool ready = false;
    };

    const std::filesystem::path& folder() const noexcept { return guardian_.folder(); }

    /// A socket's path has to fit into 107 bytes, so that a deep TMPDIR cannot be used.
    static std::filesystem::path temporary_folder() {
        const char* chosen = std::getenv("TMPDIR");
        return chosen && *chosen == '/' && std::string_view(chosen).size() < 64 ? chosen : "/tmp";
    }

    void create() {
        if (!options_.password.empty())
            write(folder() / "password", options_.password + "\n", std::ios::trunc);
        if (::geteuid() == 0 && !options_.password.empty()) give_to_owner_of_folder(folder() / "password");
        guardian_.send("create");
        if (const auto answer = guardian_.reply(options_.start_timeout); answer != "created 0")
            fail("initdb did not make a cluster", contents(folder() / "initdb.log"));
        write(data_directory() / "postgresql.conf", configuration(), std::ios::app);
        write(data_directory() / "pg_hba.conf", access_rules(), std::ios::trunc);
        port_ = options_.port;
    }

    std::string configuration() const {
        std::string text = "\nlisten_addresses = '" + host()
                           + "'\nunix_socket_directories = " + quoted(socket_directory().string())
                           + "\nfsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"
                             "logging_collector = off\nlog_destination = stderr\n";
        for (const auto& [name, value] : options_.settings) text += name + " = " + quoted(value) + "\n";
        return text;
    }

    std::string access_rules() const {
        std::string text;
        for (const auto& line : options_.hba) text += line + "\n";
        const std::string method = options_.password.empty() ? "trust" : "scram-sha-256";
        for (const std::string database : {"all", "replication"}) {
            text += "local " + database + " all trust\n";
            text += "host " + database + " all 127.0.0.1/32 " + method + "\n";
        }
        return text;
    }

    /// False if the server ended instead.
    bool wait_until_ready(std::chrono::steady_clock::time_point deadline) {
        while (!read_status().ready) {
            if (guardian_.reply(std::chrono::milliseconds(5))) return false;
            if (std::chrono::steady_clock::now() > deadline) {
                send_stop(shutdown_mode::immediate);
                fail("the temporary server did not start in time", log());
            }
        }
        return true;
    }

    void send_stop(shutdown_mode mode) {
        guardian_.send(mode == shutdown_mode::fast ? "stop INT" : "stop QUIT");
        await_answer("stopped");
    }

    void await_answer(std::string_view wanted) {
        while (const auto answer = guardian_.reply(std::chrono::minutes(1)))
            if (answer == wanted) return;
        fail("the process that keeps the temporary server does not answer", log());
    }

    /// The first line of postmaster.pid is the process number, the eighth the status.
    postmaster_status read_status() const {
        std::ifstream file(data_directory() / "postmaster.pid");
        postmaster_status found;
        std::string line;
        for (int number = 1; std::getline(file, line); ++number) {
            if (number == 1) std::from_chars(line.data(), line.data() + line.size(), found.pid);
            if (number == 8) found.ready = line.starts_with("ready");
        }
        return found;
    }

    /// A port that nobody listens on now. Another program can take it before the server does, which start()
    /// notices.
    static std::uint16_t free_port() {
        const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        const bool bound =
            socket >= 0 && ::bind(socket, generic, size) == 0 && ::getsockname(socket, generic, &size) == 0;
        if (socket >= 0) ::close(socket);
        if (!bound) throw std::runtime_error("no free port on 127.0.0.1 for a temporary server");
        return ntohs(address.sin_port);
    }

    static std::string contents(const std::filesystem::path& path) {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    static void write(const std::filesystem::path& path, const std::string& text, std::ios::openmode mode) {
        std::ofstream file(path, std::ios::binary | mode);
        if (!(file << text << std::flush)) throw std::runtime_error("could not write " + path.string());
    }

    void give_to_owner_of_folder(const std::filesystem::path& path) const {
        struct stat about{};
        if (::stat(folder().c_str(), &about) != 0 || ::chown(path.c_str(), about.st_uid, about.st_gid) != 0)
            throw std::runtime_error("could not hand " + path.string()
                                     + " to the user that the server runs as");
    }

    /// A value of postgresql.conf.
    static std::string quoted(std::string_view value) {
        std::string text = "'";
        for (const char c : value)
            text += c == '\'' ? std::string("''") : c == '\\' ? std::string("\\\\") : std::string(1, c);
        return text + "'";
    }

    /// A part of a URI; `allowed` are further characters that stand for themselves there.
    static std::string percent_encoded(std::string_view text, std::string_view allowed = "") {
        static constexpr std::string_view digits = "0123456789ABCDEF";
        static constexpr std::string_view plain =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
        std::string encoded;
        for (const char c : text) {
            const auto byte = static_cast<unsigned char>(c);
            if (plain.find(c) != plain.npos || allowed.find(c) != allowed.npos)
                encoded += c;
            else
                encoded += {'%', digits[byte >> 4], digits[byte & 15]};
        }
        return encoded;
    }

    [[noreturn]] static void fail(const std::string& what, const std::string& said) {
        throw std::runtime_error(what + (said.empty() ? "" : "; it says:\n" + said));
    }

    ephemeral_server_options options_;
    guardian guardian_;
    std::uint16_t port_ = 0;
    bool was_ready_ = false;
};

} // namespace pgcoro::testing

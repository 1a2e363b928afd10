// A throwaway PgBouncer before a throwaway server.
#pragma once

#include <pgcoro/pool_options.hpp>
#include <pgcoro/testing/ephemeral_server.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <grp.h>
#include <libpq-fe.h>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace pgcoro::testing {

/// Where PgBouncer is installed (Debian: package pgbouncer); nothing if it is not.
inline std::optional<std::string> find_pgbouncer() {
    for (const char* place : {"/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer"})
        if (::access(place, X_OK) == 0) return place;
    return std::nullopt;
}

/// A PgBouncer that listens on a Unix socket in the server's folder, as the user that the server runs as, and ends with
/// this object or this process.
class pgbouncer {
public:
    /// @param mode "session", "transaction" or "statement"
    /// @param further lines of its configuration
    pgbouncer(const ephemeral_server& server, const std::string& mode, const std::string& further = {})
        : folder_(server.socket_directory()), port_(next_port()) {
        const auto configuration = folder_ / ("pgbouncer." + std::to_string(port_) + ".ini");
        std::ofstream(configuration) << "[databases]\npostgres = host=" << folder_.string() << " port=" << server.port()
                                     << " user=postgres dbname=postgres\n[pgbouncer]\nlisten_addr =\nlisten_port = "
                                     << port_ << "\nunix_socket_dir = " << folder_.string()
                                     << "\nauth_type = any\npool_mode = " << mode
                                     << "\ndefault_pool_size = 8\nmax_client_conn = 200\nlogfile = "
                                     << log_file().string() << '\n'
                                     << further;
        start(configuration);
        wait_until_ready();
    }

    pgbouncer(const pgbouncer&) = delete;
    pgbouncer& operator=(const pgbouncer&) = delete;

    ~pgbouncer() { end(); }

    std::string connection_string() const {
        return "postgresql://postgres@/postgres?host=" + folder_.string() + "&port=" + std::to_string(port_);
    }

private:
    /// Only a part of the socket's name.
    static int next_port() {
        static int last = 6431;
        return ++last;
    }

    std::filesystem::path log_file() const { return folder_ / ("pgbouncer." + std::to_string(port_) + ".log"); }

    void start(const std::filesystem::path& configuration) {
        const auto program = find_pgbouncer();
        if (!program) throw std::runtime_error("pgbouncer is not installed");
        struct stat owner{};
        if (::stat(folder_.c_str(), &owner) != 0) throw std::runtime_error("the server's folder is gone");
        ::chmod(configuration.c_str(), 0644);
        const std::array<const char*, 4> arguments{program->c_str(), "-q", configuration.c_str(), nullptr};
        const auto parent = ::getpid();
        process_ = ::fork();
        if (process_ == 0) {
            // It refuses to run as root.
            const bool dropped = ::geteuid() != 0
                                 || (::setgroups(1, &owner.st_gid) == 0 && ::setgid(owner.st_gid) == 0
                                     && ::setuid(owner.st_uid) == 0);
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (!dropped || ::getppid() != parent) ::_exit(1);
            ::execv(program->c_str(), const_cast<char**>(arguments.data()));
            ::_exit(1);
        }
        if (process_ < 0) throw std::runtime_error("fork failed");
    }

    void wait_until_ready() {
        for (const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);;) {
            const std::unique_ptr<PGconn, decltype(&PQfinish)> probe(PQconnectdb(connection_string().c_str()), &PQfinish);
            if (PQstatus(probe.get()) == CONNECTION_OK) return;
            if (::waitpid(process_, nullptr, WNOHANG) == process_) process_ = -1;
            if (process_ < 0 || std::chrono::steady_clock::now() > deadline) {
                const std::string reason = PQerrorMessage(probe.get());
                end();
                throw std::runtime_error("pgbouncer did not start: " + reason);
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
    }

    void end() noexcept {
        if (process_ < 0) return;
        ::kill(process_, SIGKILL);
        while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {}
    }

    std::filesystem::path folder_;
    int port_;
    pid_t process_ = -1;
};

/// Whether there is a PgBouncer to test with; else the test says that it was skipped, which ctest counts.
inline bool has_pooler() {
    if (find_pgbouncer()) return true;
    MESSAGE("skipped: pgbouncer is not installed (tools/install_dependencies.sh installs it)");
    return false;
}

/// Options of a pool with more connections than the pooler has.
inline pool_options through(const pgbouncer& pooler, pooler_mode mode = pooler_mode::automatic) {
    pool_options options;
    options.connect = pooler.connection_string();
    options.max_connections = 8;
    options.pooler_mode = mode;
    return options;
}

/// Two connections to the server for all clients, so that theirs change hands all the time.
inline constexpr const char* few = "default_pool_size = 2\n";

} // namespace pgcoro::testing

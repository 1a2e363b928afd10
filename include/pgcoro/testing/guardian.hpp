// A child process that keeps a throwaway server and its folder, and removes both when its owner is gone.
#pragma once

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <grp.h>
#include <optional>
#include <poll.h>
#include <pwd.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace pgcoro::testing {

/// A shell that runs a server as its child and takes commands, one a line, from a socket; its answers come
/// back the same way. When the socket closes, because the owner closed it or because its process ended,
/// however it did, the guardian ends the server and removes the folder. It is in a session of its own, so
/// that the terminal's signals do not reach the server before the owner decides.
///
/// The folder is made at once; its name is `folder()`.
///
///     create            initdb, or a copy       answers "created <exit status>"
///     start <port>      the server              answers "starting", and "ended <exit status>" when it ends
///     stop <signal>     ends it and waits       answers "stopped"
///
/// Not thread-safe. A process that the owner forks while it has a guardian holds the socket, too.
class guardian {
public:
    /// Makes a folder under `parent` (or under /tmp if that is not possible there) and waits for commands.
    /// A server refuses to run as root, so that of a root user is run as postgres or, without such a user,
    /// nobody. Throws `std::runtime_error`.
    guardian(const std::filesystem::path& binaries, const std::filesystem::path& parent)
        : owner_(::getpid()) {
        spawn(binaries.string(), parent.string());
        const auto answer = reply(std::chrono::seconds(10));
        if (!answer || !answer->starts_with("folder ")) {
            end();
            throw std::runtime_error("could not make a folder for a temporary server under " + parent.string()
                                     + ": " + answer.value_or("no answer from the child process"));
        }
        folder_ = answer->substr(std::string_view("folder ").size());
    }

    guardian(const guardian&) = delete;
    guardian& operator=(const guardian&) = delete;

    /// Returns once the server is gone and the folder removed. In a process that was forked from the owner's
    /// it leaves both alone.
    ~guardian() { end(); }

    const std::filesystem::path& folder() const noexcept { return folder_; }

    void send(const std::string& command) {
        const std::string line = command + "\n";
        if (::send(socket_, line.data(), line.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(line.size()))
            throw std::runtime_error("the process that keeps the temporary server is gone");
    }

    /// The next answer, or nothing if there was none within `limit` or the guardian is gone.
    std::optional<std::string> reply(std::chrono::milliseconds limit) {
        const auto deadline = std::chrono::steady_clock::now() + limit;
        for (;;) {
            if (const auto end = received_.find('\n'); end != received_.npos) {
                std::string line = received_.substr(0, end);
                received_.erase(0, end + 1);
                return line;
            }
            const auto left =
                std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
            if (!receive(left)) return std::nullopt;
        }
    }

private:
    static constexpr const char* script = R"(
unset PGCORO_GUARDIAN
binaries=$1 template=$3
folder=$(mktemp -d "$2/pgcoro-XXXXXX" 2>/dev/null || mktemp -d /tmp/pgcoro-XXXXXX 2>&1) ||
    { echo "$folder"; exit 1; }
data=$folder/data server=

# Sends the server a signal until it has ended. The file with its number may be late, or one of a crashed server.
end_server() {
    [ -n "$server" ] || return 0
    until [ -e "$folder/ended" ]; do
        read -r pid <"$data/postmaster.pid" && kill -s CONT "$pid" && kill -s "$1" "$pid"
        sleep 0.02
    done 2>/dev/null
    wait "$server"
    server=
}

finish() {
    trap '' HUP INT TERM
    end_server QUIT
    tries=100
    until rm -rf "$folder" 2>/dev/null || [ $((tries -= 1)) -eq 0 ]; do sleep 0.05; done
    exit
}
trap '' PIPE
trap finish HUP INT TERM
echo "folder $folder"

initialise() {
    cluster=$1
    shift
    "$binaries/initdb" -D "$cluster" --username=postgres --auth=trust --encoding=UTF8 --locale=C --no-sync "$@"
}

# Whoever is first makes the template; others see all of it or nothing.
copy_template() {
    if [ ! -d "$template" ]; then
        initialise "$template.$$" && { mv -T "$template.$$" "$template" || [ -d "$template" ]; }
        made=$?
        rm -rf "$template.$$"
        [ $made -eq 0 ] || return $made
    fi
    cp -R "$template" "$data"
}

while read -r command argument; do
    case $command in
    create)
        {
            if [ -e "$folder/password" ]; then initialise "$data" --pwfile="$folder/password"
            elif [ -n "$template" ]; then copy_template
            else initialise "$data"
            fi
        } >"$folder/initdb.log" 2>&1 </dev/null
        status=$?
        rm -f "$folder/password"
        echo "created $status" ;;
    start)
        rm -f "$folder/ended"
        sed -i 8d "$data/postmaster.pid" 2>/dev/null # the status line of a server that crashed
        echo starting
        {
            "$binaries/postgres" -D "$data" -p "$argument" >>"$folder/log" 2>&1 </dev/null
            status=$?
            : >"$folder/ended"
            echo "ended $status"
        } &
        server=$! ;;
    stop)
        end_server "$argument"
        echo stopped ;;
    esac
done
finish
)";

    struct account {
        uid_t user;
        gid_t group;
    };

    /// The environment's INITDB_TEMPLATE, as in PostgreSQL's own tests: a cluster to copy, which takes a tenth of the time
    /// that initdb takes. Made there if there is none yet.
    static const char* cluster_template() noexcept {
        const char* chosen = std::getenv("INITDB_TEMPLATE");
        return chosen ? chosen : "";
    }

    /// Whom to run the server as; nothing: as who we are.
    static std::optional<account> unprivileged_account() {
        if (::geteuid() != 0) return std::nullopt;
        std::array<char, 16384> buffer;
        for (const char* name : {"postgres", "nobody"}) {
            passwd entry{};
            passwd* found = nullptr;
            if (::getpwnam_r(name, &entry, buffer.data(), buffer.size(), &found) == 0 && found)
                return account{found->pw_uid, found->pw_gid};
        }
        throw std::runtime_error(
            "PostgreSQL does not run as root, and there is neither a user postgres nor nobody");
    }

    /// Everything that allocates happens before the fork: in a process with several threads the child may
    /// only make async-signal-safe calls until it is another program.
    void spawn(const std::string& binaries, const std::string& parent) {
        const auto runs_as = unprivileged_account();
        // Through the environment, so that a list of processes does not show all of it.
        const std::string program = std::string("PGCORO_GUARDIAN=") + script;
        const char* library_path = std::getenv("LD_LIBRARY_PATH");
        const std::string libraries = std::string("LD_LIBRARY_PATH=") + (library_path ? library_path : "");
        const std::array<const char*, 8> arguments{
            "sh",           "-c",         "eval \"$PGCORO_GUARDIAN\"", "pgcoro-guardian", binaries.c_str(),
            parent.c_str(), cluster_template(), nullptr};
        // Not the caller's environment: PGPORT and its like would reach the server. TZ spares initdb a
        // search.
        const std::array<const char*, 6> environment{
            "PATH=/usr/local/bin:/usr/bin:/bin",        "LC_ALL=C", "TZ=UTC", program.c_str(),
            library_path ? libraries.c_str() : nullptr, nullptr};

        std::array<int, 2> ends{};
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
            throw std::runtime_error("socketpair: " + std::string(std::strerror(errno)));

        sigset_t all, before;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        process_ = ::fork();
        if (process_ == 0) become_shell(ends[1], runs_as, arguments.data(), environment.data());
        const int failed = errno;
        pthread_sigmask(SIG_SETMASK, &before, nullptr);

        ::close(ends[1]);
        socket_ = ends[0];
        if (process_ < 0) {
            ::close(socket_);
            throw std::runtime_error("fork: " + std::string(std::strerror(failed)));
        }
    }

    /// The child's part. The handlers of the owner must not run here, nor its files stay open.
    [[noreturn]] static void become_shell(int socket, const std::optional<account>& runs_as,
                                          const char* const* arguments,
                                          const char* const* environment) noexcept {
        struct sigaction standard{};
        standard.sa_handler = SIG_DFL;
        for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &standard, nullptr);
        sigset_t none;
        sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);

        ::setsid();
        ::umask(077);
        ::dup2(socket, STDIN_FILENO);
        ::dup2(socket, STDOUT_FILENO);
        const int null = ::open("/dev/null", O_WRONLY);
        ::dup2(null, STDERR_FILENO);
        const long files = ::sysconf(_SC_OPEN_MAX);
        close_from(3, files > 0 ? static_cast<int>(files) : 1024);

        if (runs_as
            && (::setgroups(1, &runs_as->group) != 0 || ::setgid(runs_as->group) != 0
                || ::setuid(runs_as->user) != 0))
            give_up("the system does not let root become the user that the server is to run as\n");
        if (::chdir("/") != 0) give_up("could not enter the root folder\n");
        ::execve("/bin/sh", const_cast<char**>(arguments), const_cast<char**>(environment));
        give_up("could not run /bin/sh\n");
    }

    static void close_from(int first, [[maybe_unused]] int limit) noexcept {
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 34)
        ::closefrom(first);
#else
        for (int file = first; file < limit; ++file) ::close(file);
#endif
    }

    [[noreturn]] static void give_up(const char* reason) noexcept {
        [[maybe_unused]] const auto ignored = ::write(STDOUT_FILENO, reason, std::strlen(reason));
        ::_exit(1);
    }

    /// Reads what is there, waiting up to `limit`. False: nothing came, or the other end is closed.
    bool receive(std::chrono::milliseconds limit) {
        pollfd waiting{socket_, POLLIN, 0};
        const int ready = ::poll(&waiting, 1, limit.count() > 0 ? static_cast<int>(limit.count()) : 0);
        if (ready < 0) return errno == EINTR;
        if (ready == 0) return false;
        std::array<char, 512> bytes;
        const auto size = ::recv(socket_, bytes.data(), bytes.size(), 0);
        if (size < 0) return errno == EINTR;
        received_.append(bytes.data(), static_cast<std::size_t>(size));
        return size > 0;
    }

    void end() noexcept {
        if (socket_ < 0) return;
        if (::getpid() == owner_) {
            ::shutdown(socket_, SHUT_WR);
            std::array<char, 512> rest;
            ssize_t size;
            while ((size = ::recv(socket_, rest.data(), rest.size(), 0)) > 0
                   || (size < 0 && errno == EINTR)) {
            }
            while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
            }
        }
        ::close(socket_);
        socket_ = -1;
    }

    pid_t owner_;
    pid_t process_ = -1;
    int socket_ = -1;
    std::string received_;
    std::filesystem::path folder_;
};

} // namespace pgcoro::testing

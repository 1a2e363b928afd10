// A process that answers like a PostgreSQL server, at once and always the same, so that clients alone are
// measured.
#pragma once

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <sched.h>
#include <string>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

#include "stub_session.hpp"

namespace benchmark {

/// Puts the calling thread on one core.
inline void pin_thread(int core) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0)
        throw std::system_error(errno, std::generic_category(), "sched_setaffinity");
}

/// Listens on a Unix socket in a folder of its own, without authentication, and has one thread for each of
/// some cores. A client is served by the first of them until it asks for another (`stub_set_thread`).
class stub_server {
public:
    /// Accepts connections from now on. To be called while the process has one thread, since it is forked.
    /// @param cores one for each thread, which is pinned to it
    explicit stub_server(const std::vector<int>& cores) {
        std::string folder = std::filesystem::temp_directory_path() / "pgcoro-stub-XXXXXX";
        if (mkdtemp(folder.data()) == nullptr) fail("mkdtemp");
        folder_ = folder;
        const int listening = listen_in(folder);
        child_ = fork();
        if (child_ == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            try {
                serve(listening, cores);
            } catch (...) {
                _exit(1);
            }
        }
        close(listening);
        if (child_ == -1) fail("fork");
    }

    stub_server(const stub_server&) = delete;
    stub_server& operator=(const stub_server&) = delete;

    ~stub_server() {
        kill(child_, SIGKILL);
        waitpid(child_, nullptr, 0);
        std::error_code ignored; // the folder is in a temporary place anyway
        std::filesystem::remove_all(folder_, ignored);
    }

    /// As `pool_options::connect` takes it.
    std::string connection_string() const {
        return "host=" + folder_.string() + " port=5432 user=stub dbname=stub";
    }

private:
    struct client {
        int socket;
        stub_session session{};
        std::string input{}, output{};
    };

    [[noreturn]] static void fail(const char* what) {
        throw std::system_error(errno, std::generic_category(), what);
    }

    static int listen_in(const std::string& folder) {
        const int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un name{};
        name.sun_family = AF_UNIX;
        (folder + "/.s.PGSQL.5432").copy(name.sun_path, sizeof name.sun_path - 1);
        if (listening == -1 || bind(listening, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0
            || listen(listening, SOMAXCONN) != 0)
            fail("the stub's socket");
        return listening;
    }

    static void watch(int epoll, int descriptor, client* who) {
        epoll_event readable{};
        readable.events = EPOLLIN;
        readable.data.ptr = who;
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &readable) != 0) fail("epoll_ctl");
    }

    [[noreturn]] static void serve(int listening, const std::vector<int>& cores) {
        std::vector<int> epolls;
        for (std::size_t i = 0; i < cores.size(); ++i) epolls.push_back(epoll_create1(EPOLL_CLOEXEC));
        watch(epolls[0], listening, nullptr);
        std::vector<std::thread> threads;
        for (std::size_t i = 1; i < cores.size(); ++i)
            threads.emplace_back([&, i] {
                pin_thread(cores[i]);
                serve_thread(epolls, i, listening);
            });
        pin_thread(cores[0]);
        serve_thread(epolls, 0, listening);
    }

    [[noreturn]] static void serve_thread(const std::vector<int>& epolls, std::size_t self, int listening) {
        std::array<epoll_event, 64> events;
        for (;;) {
            const int ready = epoll_wait(epolls[self], events.data(), static_cast<int>(events.size()), -1);
            for (int i = 0; i < ready; ++i) {
                auto* const who = static_cast<client*>(events[static_cast<std::size_t>(i)].data.ptr);
                if (who == nullptr) {
                    const int accepted = accept4(listening, nullptr, nullptr, SOCK_CLOEXEC);
                    if (accepted != -1) watch(epolls[self], accepted, new client{accepted});
                } else if (!serve_client(*who)) {
                    close(who->socket);
                    delete who;
                } else if (const int wanted = who->session.wanted_thread();
                           wanted >= 0 && static_cast<std::size_t>(wanted) != self
                           && static_cast<std::size_t>(wanted) < epolls.size()) {
                    epoll_ctl(epolls[self], EPOLL_CTL_DEL, who->socket, nullptr);
                    watch(epolls[static_cast<std::size_t>(wanted)], who->socket, who);
                }
            }
        }
    }

    /// Returns false when the client is gone.
    static bool serve_client(client& who) {
        std::array<char, 65536> bytes;
        const auto got = recv(who.socket, bytes.data(), bytes.size(), 0);
        if (got <= 0) return got < 0 && errno == EINTR;
        who.input.append(bytes.data(), static_cast<std::size_t>(got));
        who.input.erase(0, who.session.answer(who.input, who.output));
        for (std::size_t sent = 0; sent < who.output.size();) {
            const auto n = send(who.socket, who.output.data() + sent, who.output.size() - sent, MSG_NOSIGNAL);
            if (n <= 0) return false;
            sent += static_cast<std::size_t>(n);
        }
        who.output.clear();
        return !who.session.is_closed();
    }

    std::filesystem::path folder_;
    pid_t child_ = -1;
};

} // namespace benchmark

// A server that hangs up on a cancel request must not end the program.
#include "harness.hpp"

#include <pgcoro/testing/ephemeral_server.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <unistd.h>

namespace cancel_signals {

using namespace pgcoro::testing;
using namespace std::chrono_literals;

/// The threads of this program, and the signals that each has blocked, as proc(5) tells them.
std::map<std::string, std::uint64_t> blocked_signals() {
    std::map<std::string, std::uint64_t> masks;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
        std::ifstream status(task.path() / "status");
        for (std::string line; std::getline(status, line);)
            if (line.starts_with("SigBlk:")) masks[task.path().filename()] = std::stoull(line.substr(7), nullptr, 16);
    }
    return masks;
}

constexpr std::uint64_t bit_of(int signal) { return std::uint64_t{1} << (signal - 1); }

TEST_CASE("while a cancel request waits for the server, its thread cannot get SIGPIPE") {
    ephemeral_server server;
    const auto postmaster = server.pid();
    asio::io_context loop;
    pgcoro::pool pool(loop, {.connect = server.connection_string(), .max_connections = 1});
    run(loop, [&]() -> asio::awaitable<void> {
        co_await pool.execute("select 1");
        const auto before = blocked_signals();
        [[maybe_unused]] const auto own = before.at(std::to_string(::gettid()));
        ::kill(postmaster, SIGSTOP);   // it takes the request when it goes on
        const auto late = co_await pool.execute("select pg_sleep(60)").timeout(20ms).as_result();
        REQUIRE(late.has_error());
#if defined(LIBPQ_HAS_ASYNC_CANCEL)
        CHECK(blocked_signals().size() == before.size());   // and libpq itself sends without the signal
#else
        co_await until([&] {
            // A thread that is being made has all signals blocked for a moment.
            return std::ranges::any_of(blocked_signals(), [&](const auto& thread) {
                return !before.contains(thread.first) && thread.second == (own | bit_of(SIGPIPE));
            });
        });
#endif
        ::kill(postmaster, SIGCONT);
        CHECK(co_await pool.query_one<int>("select 2") == 2);
        co_await pool.close();
    });
}

} // namespace cancel_signals

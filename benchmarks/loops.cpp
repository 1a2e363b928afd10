// Whether loops get in each other's way: what two and more of a sharded_pool carry, on a core each, as
// against one.
//
//     loops [--loops 1,2,4] [--rounds N] [--seconds S] [--check]
//
// The server is a stub that answers without working. Each loop shares its core with the stub's thread that
// serves it, so that n loops on n cores have exactly n times of what one has. One and n are measured in turn;
// the ratio is taken within a round.
// --check: the exit status tells whether n loops carry at least 0.9 n times the work of one: 0 yes, 1 no, 3
// undecided, because the target is missed by less than the rounds differ.
#include <pgcoro/pgcoro.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <new>
#include <sched.h>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <thread>
#include <vector>

#include "command_line.hpp"
#include "stub_server.hpp"

namespace {

namespace asio = boost::asio;
using namespace benchmark;

constexpr int tasks_per_loop = 64;
constexpr std::size_t connections_per_loop = 4;
constexpr double share_of_ideal = 0.9;

struct options {
    std::vector<std::size_t> loops{1, 2};
    int rounds = 9;
    double seconds = 1;
    bool check = false;
};

options parse(int count, char** words) {
    options asked;
    asked.check = read_options(count, words, [&](std::string_view name, std::istringstream& value) {
        if (name == "--loops") {
            asked.loops = {1};
            for (std::string each; std::getline(value, each, ',');)
                if (const auto n = std::stoul(each); n > 1) asked.loops.push_back(n);
        } else if (name == "--rounds") {
            value >> asked.rounds;
        } else if (name == "--seconds") {
            value >> asked.seconds;
        } else {
            return false;
        }
        return true;
    });
    return asked;
}

std::vector<int> usable_cores() {
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) fmt::print(stderr, "sched_getaffinity failed\n");
    std::vector<int> cores;
    for (int i = 0; i < CPU_SETSIZE; ++i)
        if (CPU_ISSET(i, &allowed)) cores.push_back(i);
    return cores;
}

struct world {
    int id;
    int randomnumber;
};

/// A loop's operations; on a cache line of its own.
struct alignas(128) count {
    std::atomic<std::uint64_t> done = 0;
};

asio::awaitable<void> ask(const pgcoro::pool& pool, count& noted) {
    for (;;) {
        const auto row = co_await pool.query_one<world>(stub_select, 1).as_result();
        if (row.has_error()) co_return; // the measurement is over
        if (row->id != stub_id || row->randomnumber != stub_randomnumber) std::terminate();
        noted.done.store(noted.done.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }
}

struct sample {
    double operations = 0, time = 0, client_cpu = 0;
};

sample take_sample(const std::vector<count>& counts) {
    rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
    };
    sample now{0, std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(),
               seconds(usage.ru_utime) + seconds(usage.ru_stime)};
    for (const auto& each : counts)
        now.operations += static_cast<double>(each.done.load(std::memory_order_relaxed));
    return now;
}

struct figures {
    double operations_per_second, cpu_microseconds;
};

/// A loop on each of some cores.
figures measure(const std::vector<int>& cores, double seconds) {
    const stub_server server(cores);
    pgcoro::pool_options settings;
    settings.connect = server.connection_string();
    settings.max_connections = settings.min_connections = connections_per_loop;
    settings.pipeline_depth = tasks_per_loop / connections_per_loop;
    settings.pooler_mode = pgcoro::pooler_mode::none;
    settings.on_connect = [&](pgcoro::lease& fresh) -> asio::awaitable<void> { // on the loop's thread
        const auto thread = std::find(cores.begin(), cores.end(), sched_getcpu()) - cores.begin();
        co_await fresh.execute(pgcoro::runtime_sql(std::string(stub_set_thread) + std::to_string(thread)));
    };
    std::vector<count> counts(cores.size());
    pgcoro::sharded_pool db(cores.size(), settings);
    for (std::size_t i = 0; i < cores.size(); ++i)
        asio::post(db.executor(i), asio::use_future([core = cores[i]] { pin_thread(core); })).get();
    db.start()(asio::use_future).get();
    for (std::size_t i = 0; i < cores.size(); ++i)
        for (int n = 0; n < tasks_per_loop; ++n)
            asio::co_spawn(db.executor(i), ask(db.pool_of(i), counts[i]), asio::detached);
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds / 4));
    const auto from = take_sample(counts);
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
    const auto to = take_sample(counts);
    const auto done = to.operations - from.operations;
    return {done / (to.time - from.time), 1e6 * (to.client_cpu - from.client_cpu) / done};
}

/// A quantile of some values.
double quantile(std::vector<double> values, double q) {
    std::sort(values.begin(), values.end());
    return values[static_cast<std::size_t>(q * static_cast<double>(values.size() - 1) + 0.5)];
}

int run(const options& asked) {
    const auto cores = usable_cores();
    std::map<std::size_t, std::vector<double>> rates, costs, ratios;
    for (int round = 0; round < asked.rounds; ++round)
        for (const auto loops : asked.loops) {
            if (loops > cores.size()) continue;
            // Each core in turn, so that the one on which other things happen does not decide.
            std::vector<int> used;
            for (std::size_t i = 0; i < loops; ++i)
                used.push_back(cores[(static_cast<std::size_t>(round) + i) % cores.size()]);
            const auto got = measure(used, asked.seconds);
            rates[loops].push_back(got.operations_per_second);
            costs[loops].push_back(got.cpu_microseconds);
            ratios[loops].push_back(got.operations_per_second / rates[1].back());
        }
    fmt::print("{:>5} {:>12} {:>14} {:>14}   (quartiles)\n", "loops", "operations/s", "client CPU, µs",
               "to one loop");
    int status = 0;
    for (const auto& [loops, ratio] : ratios) {
        const double low = quantile(ratio, 0.25), middle = quantile(ratio, 0.5), high = quantile(ratio, 0.75);
        fmt::print("{:>5} {:>12.0f} {:>14.3f} {:>14.3f}   ({:.3f} to {:.3f})\n", loops,
                   quantile(rates[loops], 0.5), quantile(costs[loops], 0.5), middle, low, high);
        const double target = share_of_ideal * static_cast<double>(loops);
        if (loops == 1 || middle >= target) continue;
        if (high >= target)
            status = status == 1 ? 1 : 3;
        else
            status = 1;
    }
    for (const auto loops : asked.loops)
        if (loops > cores.size())
            fmt::print("{:>5} left out: there are only {} cores for us\n", loops, cores.size());
    return asked.check ? status : 0;
}

} // namespace

int main(int argc, char** argv) try { return run(parse(argc, argv)); } catch (const std::exception& failed) {
    fmt::print(stderr, "loops: {}\n", failed.what());
    return 2;
}

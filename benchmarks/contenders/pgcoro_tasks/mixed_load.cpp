// Slow statements among short ones with pgcoro.
#include <pgcoro/pgcoro.hpp>

#include <chrono>
#include <string>

#include "tasks.hpp"

namespace benchmark {

asio::awaitable<void> ask_for_worlds_beside_slow_ones(const pgcoro::pool& pool, shared_by_tasks& shared) {
    using clock = std::chrono::steady_clock;
    auto& [asked, measured, ids, rows, wide] = shared;
    for (int n = ids.next(); measured.running(); ++n) { // tasks begin at different places
        if (n % statements_per_slow_one == 0) {
            const auto slept = co_await pool.query_one<std::string>(select_slowly);
            measured.count_answer(slept.empty());
            continue;
        }
        const auto asked_at = clock::now();
        measured.count(co_await pool.query_one<world>(select_world, ids.next()));
        measured.note_latency(clock::now() - asked_at);
    }
}

task* mixed_load_task(const workload& asked) {
    return asked.family == "mixed-" ? ask_for_worlds_beside_slow_ones : nullptr;
}

} // namespace benchmark

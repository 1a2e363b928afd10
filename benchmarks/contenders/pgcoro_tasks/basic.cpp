// W1 to W8 with pgcoro.
#include <pgcoro/pgcoro.hpp>

#include <tuple>
#include <utility>

#include "batch_of_worlds.hpp"
#include "tasks.hpp"

namespace benchmark {

asio::awaitable<void> ask_for_worlds(const pgcoro::pool& pool, shared_by_tasks& shared) {
    auto& [asked, measured, ids, rows, wide] = shared;
    while (measured.running()) measured.count(co_await pool.query_one<world>(select_world, ids.next()));
}

asio::awaitable<void> ask_for_measurements(const pgcoro::pool& pool, shared_by_tasks& shared) {
    while (shared.measured.running())
        shared.measured.count(co_await pool.query<measurement>(select_measurements));
}

asio::awaitable<void> ask_for_types(const pgcoro::pool& pool, shared_by_tasks& shared) {
    while (shared.measured.running())
        shared.measured.count(co_await pool.query<type_row>(select_types, types_typmod, types_defined));
}

asio::awaitable<void> copy_rows(const pgcoro::pool& pool, shared_by_tasks& shared) {
    while (shared.measured.running()) {
        co_await pool.execute("truncate copytest");
        shared.measured.count_copy(co_await pool.copy_in("copytest", shared.rows_to_copy));
    }
}

asio::awaitable<void> insert_batches(const pgcoro::pool& pool, shared_by_tasks& shared) {
    while (shared.measured.running())
        shared.measured.count_inserts(co_await pool.execute_many(insert_world, worlds_to_insert(shared.ids)));
}

template <int Together>
asio::awaitable<void> ask_for_many_worlds(const pgcoro::pool& pool, shared_by_tasks& shared) {
    while (shared.measured.running()) {
        auto batch = worlds_in_a_batch(pool, shared.ids, std::make_index_sequence<Together>());
        const auto worlds = co_await std::move(batch);
        std::apply([&](const auto&... each) { (shared.measured.count(each), ...); }, worlds);
    }
}

task* basic_task(const std::string& name) {
    if (name == "W1" || name == "W2" || name == "W3") return ask_for_worlds;
    if (name == "W3-batch") return ask_for_many_worlds<selects_per_batch>;
    if (name == "W4") return ask_for_measurements;
    if (name == "W5") return ask_for_types;
    if (name == "W6") return copy_rows;
    if (name == "W7") return insert_batches;
    if (name == "W8") return ask_for_many_worlds<selects_per_request>;
    return nullptr;
}

} // namespace benchmark

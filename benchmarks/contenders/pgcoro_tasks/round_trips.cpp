// What distance costs with pgcoro.
#include <pgcoro/pgcoro.hpp>

#include <tuple>
#include <utility>

#include "batch_of_worlds.hpp"
#include "tasks.hpp"

namespace benchmark {

namespace {

bool right(const world& row) { return row.id >= 1 && row.id <= world_rows; }

asio::awaitable<void> in_turn(const pgcoro::pool& pool, shared_by_tasks& shared) {
    while (shared.measured.running()) {
        bool all = true;
        for (int i = 0; i < selects_at_a_distance; ++i) {
            const auto row = co_await pool.query_one<world>(select_world, shared.ids.next());
            all = all && right(row);
        }
        shared.measured.count_long_answer(all);
    }
}

asio::awaitable<void> batch(const pgcoro::pool& pool, shared_by_tasks& shared) {
    while (shared.measured.running()) {
        auto asked = worlds_in_a_batch(pool, shared.ids, std::make_index_sequence<selects_at_a_distance>());
        const auto worlds = co_await std::move(asked);
        shared.measured.count_long_answer(
            std::apply([](const auto&... each) { return (right(each) && ...); }, worlds));
    }
}

asio::awaitable<void> copy(const pgcoro::pool& pool, shared_by_tasks& shared) {
    while (shared.measured.running())
        shared.measured.count_long_answer(co_await pool.copy_in("copytest", shared.rows_to_copy)
                                          == rows_at_a_distance);
}

asio::awaitable<void> inserts(const pgcoro::pool& pool, shared_by_tasks& shared) {
    static_assert(rows_at_a_distance == inserts_per_batch);
    while (shared.measured.running())
        shared.measured.count_long_answer(
            co_await pool.execute_many(insert_world, worlds_to_insert(shared.ids)) == rows_at_a_distance);
}

asio::awaitable<void> insert(const pgcoro::pool& pool, shared_by_tasks& shared) {
    while (shared.measured.running()) {
        const auto tag = co_await pool.execute(insert_world, shared.ids.next(), shared.ids.next());
        shared.measured.count_long_answer(tag.rows_affected() == 1);
    }
}

} // namespace

task* round_trip_task(const workload& asked) {
    if (asked.added_round_trip.count() == 0) return nullptr;
    if (asked.variant == "in-turn") return in_turn;
    if (asked.variant == "batch") return batch;
    if (asked.variant == "copy") return copy;
    if (asked.variant == "inserts") return inserts;
    if (asked.variant == "insert") return insert;
    return nullptr;
}

} // namespace benchmark

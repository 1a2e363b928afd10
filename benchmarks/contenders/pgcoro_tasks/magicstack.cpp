// MagicStack's seven queries with pgcoro.
#include <pgcoro/pgcoro.hpp>

#include <cstddef>
#include <span>
#include <vector>

#include "tasks.hpp"

namespace benchmark {

asio::awaitable<void> ask_for_series(const pgcoro::pool& pool, shared_by_tasks& shared) {
    while (shared.measured.running()) {
        const auto numbers = co_await pool.query<int>(select_series, series_length);
        shared.measured.count_answer(numbers.size() == series_length && numbers.back() == series_length);
    }
}

/// The bytes are looked at where libpq put them.
asio::awaitable<void> ask_for_blobs(const pgcoro::pool& pool, shared_by_tasks& shared) {
    while (shared.measured.running()) {
        const auto blobs = co_await pool.query<std::span<const std::byte>>(select_blobs);
        std::size_t bytes = 0;
        for (const auto blob : blobs) bytes += blob.size();
        shared.measured.count_answer(bytes == blob_rows * blob_size);
    }
}

asio::awaitable<void> ask_for_arrays(const pgcoro::pool& pool, shared_by_tasks& shared) {
    while (shared.measured.running()) {
        const auto arrays = co_await pool.query<std::vector<int>>(select_arrays);
        shared.measured.count_answer(arrays.size() == array_rows && arrays.back().size() == array_length
                                     && arrays.back().back() == static_cast<int>(array_length));
    }
}

asio::awaitable<void> copy_wide_rows(const pgcoro::pool& pool, shared_by_tasks& shared) {
    while (shared.measured.running())
        shared.measured.count_long_answer(co_await pool.copy_in("copied_wide", shared.wide_rows)
                                          == wide_rows);
}

asio::awaitable<void> ask_for_sum(const pgcoro::pool& pool, shared_by_tasks& shared) {
    while (shared.measured.running())
        shared.measured.count_answer(co_await pool.query_one<int>(select_sum) == 2);
}

task* magicstack_task(const std::string& name) {
    if (name == "M1") return ask_for_types;
    if (name == "M2") return ask_for_series;
    if (name == "M3") return ask_for_blobs;
    if (name == "M4") return ask_for_arrays;
    if (name == "M5") return copy_wide_rows;
    if (name == "M6") return insert_batches;
    if (name == "M7") return ask_for_sum;
    return nullptr;
}

} // namespace benchmark

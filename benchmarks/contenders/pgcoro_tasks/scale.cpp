// More and more of everything with pgcoro.
#include <pgcoro/pgcoro.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

#include "tasks.hpp"

namespace benchmark {

asio::awaitable<void> ask_for_many_measurements(const pgcoro::pool& pool, shared_by_tasks& shared) {
    const auto count = static_cast<std::size_t>(shared.asked.size);
    while (shared.measured.running()) {
        const auto rows = co_await pool.query<measurement>(select_many_measurements, shared.asked.size);
        shared.measured.count_rows(rows.size() == count && rows.back().id == shared.asked.size, count);
    }
}

/// What `select_sum_of_parameters` gives, as a text that is known when this is compiled.
template <int Count>
struct sum_text {
    static constexpr std::size_t size_of_term = sizeof(" + $100::int4") - 1;
    static constexpr auto characters = [] {
        std::array<char, sizeof("select ") + Count * size_of_term> text{};
        auto* end = std::ranges::copy(std::string_view("select $1::int4"), text.begin()).out;
        for (int i = 2; i <= Count; ++i) {
            end = std::ranges::copy(std::string_view(" + $"), end).out;
            if (i >= 100) *end++ = static_cast<char>('0' + i / 100);
            if (i >= 10) *end++ = static_cast<char>('0' + i / 10 % 10);
            *end++ = static_cast<char>('0' + i % 10);
            end = std::ranges::copy(std::string_view("::int4"), end).out;
        }
        return text;
    }();
    static constexpr const char* sql = characters.data(); // ends at the first null
};

template <int... I>
asio::awaitable<void> ask_for_sum_of(const pgcoro::pool& pool, shared_by_tasks& shared,
                                     std::integer_sequence<int, I...>) {
    constexpr int count = sizeof...(I);
    while (shared.measured.running())
        shared.measured.count_answer(co_await pool.query_one<int>(sum_text<count>::sql, (I + 1)...)
                                     == sum_of_parameters(count));
}

template <int Count>
asio::awaitable<void> ask_for_sum_of_parameters(const pgcoro::pool& pool, shared_by_tasks& shared) {
    return ask_for_sum_of(pool, shared, std::make_integer_sequence<int, Count>());
}

task* scale_task(const workload& asked) {
    if (asked.family == "tasks-" || asked.family == "connections-") return ask_for_worlds;
    if (asked.family == "rows-") return ask_for_many_measurements;
    if (asked.family != "parameters-") return nullptr;
    switch (asked.size) {
    case 1:
        return ask_for_sum_of_parameters<1>;
    case 3:
        return ask_for_sum_of_parameters<3>;
    case 10:
        return ask_for_sum_of_parameters<10>;
    case 30:
        return ask_for_sum_of_parameters<30>;
    case 100:
        return ask_for_sum_of_parameters<100>;
    }
    return nullptr;
}

} // namespace benchmark

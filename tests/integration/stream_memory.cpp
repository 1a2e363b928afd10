// What a stream without a cursor holds: neither the result's size nor the rows' number decides it.
#include <cstddef>
#include <doctest/doctest.h>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <tuple>

#include "memory.hpp"
#include "run.hpp"

namespace stream_memory_tests {

using namespace pgcoro;
using namespace pgcoro::testing;

namespace {

template <class Value>
asio::awaitable<std::size_t> sum_of_sizes(row_stream<Value> stream) {
    std::size_t sum = 0;
    while (const auto value = co_await stream.next()) sum += value->size();
    co_return sum;
}


template <class Value>
void check_memory_of(std::string_view type, std::initializer_list<std::tuple<int, int, int>> results) {
    with_pool(one_connection(), [&](pool& on) -> asio::awaitable<void> {
        lease held = co_await on.acquire();
        co_await held.execute("create temporary table streamed (id int, value text)");
        const auto insert = runtime_sql("insert into streamed select i, repeat(md5(i::text), $2 / 32) "
                                        "from generate_series(1, $1::int) i returning value::"
                                        + std::string(type));
        CHECK(co_await sum_of_sizes(co_await held.stream<Value>(insert, 10, 64)) == 640);
        for (const auto& [rows, size, megabytes] : results) {
            CAPTURE(rows);
            CAPTURE(size);
            const peak_memory peak;
            CHECK(co_await sum_of_sizes(co_await held.stream<Value>(insert, rows, size))
                  == static_cast<std::size_t>(rows) * static_cast<std::size_t>(size));
            peak.must_stay_below(megabytes);
            co_await held.execute("truncate streamed");
        }
    });
}

} // namespace

TEST_CASE("rows of text that come straight from a statement take no more memory than a few of them") {
    check_memory_of<std::string_view>("text", {{200'000, 64, 2}, {1000, 65'536, 3}, {50, 1 << 20, 24}});
}

TEST_CASE("rows of bytes that come straight from a statement take no more memory than two of them") {
    check_memory_of<std::span<const std::byte>>("bytea", {{1000, 65'536, 2}, {50, 1 << 20, 6}, {8, 1 << 24, 64}});
}

TEST_CASE(
    "a reader that pauses holds the server up, whatever the rows come from, and keeps but little meanwhile") {
    witness w;
    with_pool(one_connection(), [&](pool& on) -> asio::awaitable<void> {
        auto held = co_await on.acquire();
        co_await held.execute("create temporary table streamed (text text)");
        const auto pid = std::to_string(held.backend_pid());
        const auto read_slowly = [&](row_stream<std::string_view> stream) -> asio::awaitable<void> {
            const peak_memory peak;
            CHECK((co_await stream.next()).has_value());
            co_await until([&] {
                return w.number(
                           "select count(*) from pg_stat_activity where wait_event = 'ClientWrite' and pid = "
                           + pid)
                       == 1;
            });
            peak.must_stay_below(2);
            std::size_t rows = 1;
            while (co_await stream.next()) ++rows;
            CHECK(rows == 100'000);
        };
        co_await read_slowly(co_await held.stream<std::string_view>(
            "insert into streamed select repeat('x', 1000) from generate_series(1, 100000) returning text"));
        co_await read_slowly(co_await held.stream<std::string_view>("select text from streamed"));
    });
}

} // namespace stream_memory_tests

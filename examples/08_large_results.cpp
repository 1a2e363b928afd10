// A result of a million rows, read with a few hundred kilobytes of memory.
#include <string_view>

#include "run_example.hpp"

// prints: 1000000 rows, 3000001 digits odd
// prints: left after row 3

struct numbered {
    int number;
    std::string_view digits;   // borrows: valid until the next row
};

asio::awaitable<void> program(pgcoro::pool& pool) {
    {
        auto rows = co_await pool.stream<numbered>(
            "select n as number, n::text as digits from generate_series(1, $1::int) n", 1'000'000);
        long count = 0, odd = 0;
        while (auto row = co_await rows.next()) {
            ++count;
            for (const char digit : row->digits) odd += (digit - '0') % 2;
        }
        fmt::print("{} rows, {} digits odd\n", count, odd);
    }

    // A stream that is left early has its statement stopped on the server.
    int last = 0;
    {
        auto rows = co_await pool.stream<int>("select generate_series(1, 1000000000)");
        while (last < 3) last = (co_await rows.next()).value();
    }
    fmt::print("left after row {}\n", last);
}

int main() { return run_example(program); }

// Many rows at once: from a range of structs, from lines of csv, and out again one by one.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "run_example.hpp"

struct measurement {
    std::int64_t sensor;
    double value;
    std::string unit;
};

// prints: stored 100000 rows
// prints: stored 2 lines of csv
// prints: read 100002 rows, the warmest 99.9 °C
// prints: nothing is left of the writer that was given up: 100002 rows
// prints: sensor 1: COPY measurements, line 2, column sensor: "one"

asio::awaitable<void> program(pgcoro::pool& pool) {
    co_await pool.execute_script("create table if not exists measurements(sensor int8, value float8, unit text);"
                                 "truncate measurements;");

    // The columns are those with the names of the fields.
    std::vector<measurement> measured;
    for (int i = 0; i < 100'000; ++i) measured.push_back({i % 10, (i % 1000) / 10.0, "°C"});
    fmt::print("stored {} rows\n", co_await pool.copy_in("measurements", measured));

    // Text in a format that the server knows.
    auto csv = co_await pool.copy_in_raw("copy measurements from stdin (format csv)");
    co_await csv.write("11,20.5,°C\n");
    co_await csv.write("12,21,°C\n");
    fmt::print("stored {} lines of csv\n", co_await csv.finish());

    // Out again. Memory stays bounded, however many there are.
    auto reader = co_await pool.copy_out<measurement>("measurements");
    std::size_t count = 0;
    double warmest = 0;
    while (const auto m = co_await reader.next()) {
        ++count;
        warmest = std::max(warmest, m->value);
    }
    fmt::print("read {} rows, the warmest {} °C\n", count, warmest);

    // All or nothing: a writer that is destroyed before finish() stores nothing.
    {
        auto given_up = co_await pool.copy_in<measurement>("measurements");
        co_await given_up.write(measured.front());
    }
    count = co_await pool.query_one<std::size_t>("select count(*) from measurements");
    fmt::print("nothing is left of the writer that was given up: {} rows\n", count);

    // What the server does not take is reported with its line.
    try {
        auto wrong = co_await pool.copy_in_raw("copy measurements from stdin (format csv)");
        co_await wrong.write("1,1,°C\none,1,°C\n");
        co_await wrong.finish();
    } catch (const pgcoro::error& e) {
        fmt::print("sensor 1: {}\n", e.diagnostics().context);
    }
}

int main() { return run_example(program); }

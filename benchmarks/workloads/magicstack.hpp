// M1 to M7: the seven queries of MagicStack's pgbench, which most clients are compared by, on ten
// connections.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "workload.hpp"

namespace benchmark {

/// M1 is what W5 is, M6 what W7 is, but on ten connections.

/// M2: integers.
inline constexpr char select_series[] = "select i from generate_series(1, $1) as i";
inline constexpr int series_length = 1000;

/// M3: a hundred rows of a kilobyte. Table blobs (b bytea); a contender that can looks at the bytes in place.
inline constexpr char select_blobs[] = "select b from blobs";
inline constexpr std::size_t blob_rows = 100, blob_size = 1024;

/// M4: a hundred arrays of the integers 1 to 100. Table int_arrays (a int[]).
inline constexpr char select_arrays[] = "select a from int_arrays";
inline constexpr std::size_t array_rows = 100, array_length = 100;

/// M5: a row of table copied_wide, which is emptied before each run.
struct wide_row {
    std::int32_t a;
    std::int64_t b;
    double c;
    bool d;
    std::string e, f;
    std::chrono::sys_time<std::chrono::microseconds> g;
};

inline constexpr char create_copied_wide[] =
    "create unlogged table copied_wide (a int4, b int8, c float8, d bool, e text, f text, g timestamptz)";
inline constexpr std::size_t wide_rows = 10'000;

inline std::vector<wide_row> wide_rows_to_copy() {
    std::vector<wide_row> rows(wide_rows);
    const std::chrono::sys_time<std::chrono::microseconds> start(std::chrono::seconds(1'700'000'000));
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto number = static_cast<std::int32_t>(i);
        rows[i] = {number,
                   number * std::int64_t{1'000'003},
                   number / 7.0,
                   number % 2 == 0,
                   "name " + std::to_string(i),
                   "a longer text, such as a description, of row " + std::to_string(i),
                   start + std::chrono::milliseconds(i)};
    }
    return rows;
}

/// M7.
inline constexpr char select_sum[] = "select 1 + 1";

inline constexpr std::array magicstack_workloads{
    workload{.family = "M",
             .variant = "1",
             .title = "MagicStack: pg_type, some 600 rows of twelve columns",
             .tasks = 10,
             .connections = 10},
    workload{.family = "M",
             .variant = "2",
             .title = "MagicStack: generate_series, 1000 rows",
             .tasks = 10,
             .connections = 10},
    workload{.family = "M",
             .variant = "3",
             .title = "MagicStack: 100 rows of 1 kB of bytea",
             .tasks = 10,
             .connections = 10},
    workload{.family = "M",
             .variant = "4",
             .title = "MagicStack: int[100], 100 rows",
             .tasks = 10,
             .connections = 10},
    workload{.family = "M",
             .variant = "5",
             .title = "MagicStack: COPY in of 10,000 rows of seven columns",
             .tasks = 10,
             .connections = 10},
    workload{.family = "M",
             .variant = "6",
             .title = "MagicStack: a batch of 1000 inserts",
             .tasks = 10,
             .connections = 10},
    workload{
        .family = "M", .variant = "7", .title = "MagicStack: select 1 + 1", .tasks = 10, .connections = 10},
};

} // namespace benchmark

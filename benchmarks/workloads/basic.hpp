// W1 to W8: what most programs ask of a database.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "workload.hpp"

namespace benchmark {

/// A row of table world (id int primary key, randomnumber int); ids run from 1 to `world_rows`.
struct world {
    int id;
    int randomnumber;
};

inline constexpr int world_rows = 10'000;

/// W1 to W3: a point select.
inline constexpr char select_world[] = "select id, randomnumber from world where id = $1";

/// W4: a thousand rows.
struct measurement {
    int id;
    std::string name;
    double value;
    std::chrono::sys_time<std::chrono::microseconds> at;
};

inline constexpr char select_measurements[] = "select i as id, 'name-' || i as name, i * 1.5::float8 as "
                                              "value, now() as at from generate_series(1, 1000) i";
inline constexpr std::size_t measurement_rows = 1000;

/// W5: rows of pg_type, of which there are some 600.
struct type_row {
    std::string typname;
    std::uint32_t typnamespace, typowner;
    std::int16_t typlen;
    bool typbyval;
    char typcategory;
    bool typispreferred, typisdefined;
    char typdelim;
    std::uint32_t typrelid, typelem, typarray;
};

inline constexpr char select_types[] =
    "select typname, typnamespace, typowner, typlen, typbyval, typcategory, typispreferred, typisdefined, "
    "typdelim, "
    "typrelid, typelem, typarray from pg_type where typtypmod = $1 and typisdefined = $2";
inline constexpr int types_typmod = -1;
inline constexpr bool types_defined = true;
inline constexpr std::size_t least_type_rows = 100;

/// W6: a row of table copytest (id int8, a text, b float8, ts timestamptz), which is emptied before each
/// COPY.
struct copied {
    std::int64_t id;
    std::string a;
    double b;
    std::chrono::sys_time<std::chrono::microseconds> ts;
};

inline constexpr std::size_t copied_rows = 200'000;

inline std::vector<copied> rows_to_copy(std::size_t count = copied_rows) {
    std::vector<copied> rows(count);
    const std::chrono::sys_time<std::chrono::microseconds> start(std::chrono::seconds(1'700'000'000));
    for (std::size_t i = 0; i < rows.size(); ++i)
        rows[i] = {static_cast<std::int64_t>(i), "row number " + std::to_string(i),
                   static_cast<double>(i) / 7, start + std::chrono::milliseconds(i)};
    return rows;
}

/// W7: into table inserted (id int, randomnumber int), which may grow.
inline constexpr char insert_world[] = "insert into inserted (id, randomnumber) values ($1, $2)";
inline constexpr std::size_t inserts_per_batch = 1000;

/// W3-batch and W8.
inline constexpr int selects_per_batch = 64, selects_per_request = 20;

inline constexpr std::array basic_workloads{
    workload{.family = "W", .variant = "1", .title = "point select by id, one connection, one at a time"},
    workload{.family = "W",
             .variant = "2",
             .title = "point select by id, 64 tasks over a pool",
             .tasks = 64,
             .connections = 0},
    workload{.family = "W",
             .variant = "3",
             .title = "point select by id, 64 tasks on one connection, a Sync each",
             .tasks = 64},
    workload{.family = "W",
             .variant = "3-batch",
             .title = "64 point selects as one batch on one connection, one Sync; figures for each select"},
    workload{.family = "W", .variant = "4", .title = "1000 rows of four columns into structs"},
    workload{.family = "W",
             .variant = "5",
             .title = "pg_type, some 600 rows of twelve columns, into structs, 10 connections",
             .tasks = 10,
             .connections = 10},
    workload{.family = "W", .variant = "6", .title = "COPY in of 200,000 rows, binary"},
    workload{.family = "W", .variant = "7", .title = "1000 parameterised inserts as one batch, one Sync"},
    workload{.family = "W",
             .variant = "8",
             .title = "20 point selects for one request, one Sync; figures for each select"},
};

/// Ids to ask for: the same for every contender, all over the table (Marsaglia's xorshift).
class id_sequence {
public:
    int next() noexcept {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 17;
        state_ ^= state_ << 5;
        return 1 + static_cast<int>(state_ % world_rows);
    }

private:
    std::uint32_t state_ = 88'172'645;
};

/// W7: the rows of one batch.
inline std::vector<world> worlds_to_insert(id_sequence& ids) {
    std::vector<world> rows(inserts_per_batch);
    for (auto& row : rows) row = {ids.next(), ids.next()};
    return rows;
}

} // namespace benchmark

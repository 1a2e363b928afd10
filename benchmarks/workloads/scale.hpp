// How costs grow: families of workloads of which one thing gets larger and larger. In the report each is a
// curve.
#pragma once

#include <array>
#include <string>

#include "workload.hpp"

namespace benchmark {

/// rows-N: as in W4, but N rows.
inline constexpr char select_many_measurements[] = "select i as id, 'name-' || i as name, i * 1.5::float8 as "
                                                   "value, now() as at from generate_series(1, $1) i";

/// parameters-N: the sum of N integers, which are 1 to N.
inline std::string select_sum_of_parameters(int count) {
    std::string sql = "select $1::int4";
    for (int i = 2; i <= count; ++i) sql += " + $" + std::to_string(i) + "::int4";
    return sql;
}

inline constexpr int sum_of_parameters(int count) { return count * (count + 1) / 2; }

namespace scale {

/// Callers of connections-N.
inline constexpr int tasks = 256;

constexpr workload tasks_of(std::string_view variant, int count) {
    return {.family = "tasks-",
            .variant = variant,
            .title = "point selects by more and more tasks over a pool",
            .tasks = count,
            .connections = 0,
            .size = count};
}
constexpr workload connections_of(std::string_view variant, int count) {
    return {.family = "connections-",
            .variant = variant,
            .title = "point selects by 256 tasks over more and more connections",
            .tasks = tasks,
            .connections = count,
            .size = count};
}
constexpr workload rows_of(std::string_view variant, int count) {
    return {.family = "rows-",
            .variant = variant,
            .title = "results of more and more rows of four columns",
            .size = count};
}
constexpr workload parameters_of(std::string_view variant, int count) {
    return {.family = "parameters-",
            .variant = variant,
            .title = "statements of more and more parameters",
            .size = count};
}

} // namespace scale

inline constexpr std::array scale_workloads{
    scale::tasks_of("1", 1),
    scale::tasks_of("4", 4),
    scale::tasks_of("16", 16),
    scale::tasks_of("64", 64),
    scale::tasks_of("256", 256),
    scale::tasks_of("1024", 1024),
    scale::tasks_of("4096", 4096),
    scale::connections_of("1", 1),
    scale::connections_of("4", 4),
    scale::connections_of("16", 16),
    scale::connections_of("64", 64),
    scale::connections_of("256", 256),
    scale::rows_of("1", 1),
    scale::rows_of("10", 10),
    scale::rows_of("100", 100),
    scale::rows_of("1000", 1000),
    scale::rows_of("10000", 10'000),
    scale::rows_of("100000", 100'000),
    scale::rows_of("1000000", 1'000'000),
    scale::parameters_of("1", 1),
    scale::parameters_of("3", 3),
    scale::parameters_of("10", 10),
    scale::parameters_of("30", 30),
    scale::parameters_of("100", 100),
};

} // namespace benchmark

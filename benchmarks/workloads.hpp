// The workloads that every contender runs, so that all of them answer the same question.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace benchmark {

/// A row of table world (id int primary key, randomnumber int); ids run from 1 to `world_rows`.
struct world {
    int id;
    int randomnumber;
};

inline constexpr int world_rows = 10'000;

/// W1 to W3: a point select.
inline constexpr char select_world[] = "select id, randomnumber from world where id = $1";

/// W6: a row of table copytest (id int8, a text, b float8, ts timestamptz), which is emptied before each COPY.
struct copied {
    std::int64_t id;
    std::string a;
    double b;
    std::chrono::sys_time<std::chrono::microseconds> ts;
};

inline constexpr std::size_t copied_rows = 200'000;

inline std::vector<copied> rows_to_copy() {
    std::vector<copied> rows(copied_rows);
    const std::chrono::sys_time<std::chrono::microseconds> start(std::chrono::seconds(1'700'000'000));
    for (std::size_t i = 0; i < rows.size(); ++i)
        rows[i] = {static_cast<std::int64_t>(i), "row number " + std::to_string(i), static_cast<double>(i) / 7,
                   start + std::chrono::milliseconds(i)};
    return rows;
}

/// What is to be done.
struct workload {
    std::string_view name;
    std::string_view title;
    int tasks;       ///< callers at once, each of whom asks again as soon as it has its answer
    int connections; ///< that may be used; 0: as many as suit the contender best
};

inline constexpr std::array workloads{
    workload{"W1", "point select by id, one connection, one at a time", 1, 1},
    workload{"W2", "point select by id, 64 tasks over a pool", 64, 0},
    workload{"W3", "point select by id, 64 tasks on one connection, a Sync each", 64, 1},
    workload{"W6", "COPY in of 200,000 rows, binary", 1, 1},
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

} // namespace benchmark

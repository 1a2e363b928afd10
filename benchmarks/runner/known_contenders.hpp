// Who may compete.
#pragma once

#include <array>
#include <string_view>

namespace benchmark {

/// What a contender is there for.
enum class role {
    baseline,  ///< libpq by itself, which ratios refer to
    reference, ///< shows what is possible, or what pgcoro does with other settings
    judged,    ///< pgcoro
    peer       ///< another client, which pgcoro is to be ahead of
};

struct known_contender {
    std::string_view name;
    role is;
    bool counts_calls = true; ///< it counts its allocations and system calls, and runs under valgrind
};

/// All there are, in the order in which they run.
inline constexpr std::array known_contenders{
    known_contender{"libpq", role::baseline},
    known_contender{"libpq-pipelined", role::reference},
    known_contender{"asio", role::reference},
    known_contender{"pgcoro", role::judged},
    known_contender{"pgcoro-defaults", role::reference},
    known_contender{"libpqxx", role::peer},
    known_contender{"drogon", role::peer},
    known_contender{"tokio-postgres", role::peer, false},
    known_contender{"pgx", role::peer, false},
    known_contender{"asyncpg", role::peer, false},
    known_contender{"psycopg", role::peer, false},
    known_contender{"node-pg", role::peer, false},
    known_contender{"postgres.js", role::peer, false},
    known_contender{"pgbench", role::reference, false},
};

constexpr bool is_peer(std::string_view name) {
    for (const auto& each : known_contenders)
        if (each.name == name) return each.is == role::peer;
    return false;
}

/// Who the others are compared to.
inline constexpr std::string_view baseline = "libpq";

/// Whom the targets are for.
inline constexpr std::string_view judged = "pgcoro";

} // namespace benchmark

// What a pool counts.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace pgcoro {

/// A pool's figures at one moment. Counts run from the pool's beginning.
struct pool_stats {
    std::size_t total = 0;        ///< connections, those being opened included
    std::size_t idle = 0;
    std::size_t in_use = 0;       ///< shared, leased, or being put in order
    std::size_t connecting = 0;
    std::size_t waiting = 0;      ///< requests in line
    std::size_t max = 0;
    std::size_t in_flight = 0;    ///< statements on shared connections

    std::uint64_t acquired = 0;          ///< requests that were given a connection
    std::uint64_t empty_acquired = 0;    ///< of those, how many had to wait in line
    std::chrono::nanoseconds total_wait{};
    std::chrono::nanoseconds max_wait{};
    std::uint64_t cancelled = 0;         ///< requests that gave up in line
    std::uint64_t timeouts = 0;          ///< requests whose time ran out in line
    std::uint64_t rejected = 0;          ///< requests turned away because the line was full

    std::uint64_t opened = 0;
    std::uint64_t connect_failures = 0;
    std::uint64_t reconnects = 0;        ///< connections opened after one was lost or could not be opened
    std::uint64_t closed_by_idle_time = 0;
    std::uint64_t closed_by_lifetime = 0;
    std::uint64_t closed_by_health_check = 0;
    std::uint64_t closed_by_error = 0;
    std::uint64_t closed_by_hook = 0;    ///< `before_acquire` or `after_release` returned false or threw

    std::uint64_t statements_prepared = 0;
    std::uint64_t statement_cache_hits = 0;
    std::uint64_t statement_cache_evictions = 0;

    /// Adds another pool's figures; of `max_wait` the longer counts.
    pool_stats& operator+=(const pool_stats& other) noexcept;
};

#if PGCORO_HAS_DEFINITIONS

PGCORO_DECL pool_stats& pool_stats::operator+=(const pool_stats& other) noexcept {
    total += other.total;
    idle += other.idle;
    in_use += other.in_use;
    connecting += other.connecting;
    waiting += other.waiting;
    max += other.max;
    in_flight += other.in_flight;
    acquired += other.acquired;
    empty_acquired += other.empty_acquired;
    total_wait += other.total_wait;
    max_wait = std::max(max_wait, other.max_wait);
    cancelled += other.cancelled;
    timeouts += other.timeouts;
    rejected += other.rejected;
    opened += other.opened;
    connect_failures += other.connect_failures;
    reconnects += other.reconnects;
    closed_by_idle_time += other.closed_by_idle_time;
    closed_by_lifetime += other.closed_by_lifetime;
    closed_by_health_check += other.closed_by_health_check;
    closed_by_error += other.closed_by_error;
    closed_by_hook += other.closed_by_hook;
    statements_prepared += other.statements_prepared;
    statement_cache_hits += other.statement_cache_hits;
    statement_cache_evictions += other.statement_cache_evictions;
    return *this;
}

#endif

} // namespace pgcoro

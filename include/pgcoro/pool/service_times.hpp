// Which statements take long.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace pgcoro::pooling {

/// Learns how long the server works on each statement, and tells which are slow: those that nobody should have to wait
/// behind. Statements are known by the hash of their text; one that is new, or was crowded out by another with the same
/// remainder, counts as short until it has shown otherwise. Bounded; no clock of its own; not thread-safe.
class service_times {
public:
    using duration = std::chrono::steady_clock::duration;

    /// What is slow, if it is also `slow_factor` times as long as the usual statement.
    static constexpr duration slow = std::chrono::milliseconds(1);
    static constexpr int slow_factor = 8;

    /// A statement has taken so long.
    void note(std::uint64_t hash, duration taken) noexcept {
        approach(usual_, taken, 64);
        auto& known = entry_of(hash);
        if (known.hash != hash) known = {hash, taken};
        else approach(known.typical, taken, 4);
    }

    bool is_slow(std::uint64_t hash) const noexcept {
        const auto& known = entries_[hash % size];
        return known.hash == hash && known.typical >= slow && known.typical / slow_factor >= usual_;
    }

private:
    static constexpr std::size_t size = 512;

    struct entry {
        std::uint64_t hash = 0;
        duration typical{};
    };

    /// A moving average, in which the latest value counts as much as `weight` says.
    static void approach(duration& average, duration latest, int weight) noexcept { average += (latest - average) / weight; }

    entry& entry_of(std::uint64_t hash) noexcept { return entries_[hash % size]; }

    std::array<entry, size> entries_{};
    duration usual_{};
};

} // namespace pgcoro::pooling

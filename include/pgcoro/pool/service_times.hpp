// Which statements take long.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace pgcoro::pooling {

/// Learns how long the server works on each statement, and tells which are slow: those that nobody should have to wait
/// behind. Answers arrive in bundles, of which the first seems to have taken all the time; so what counts is how often a
/// statement was slow, not how long it took on average. Statements are known by the hash of their text; one that is new, or
/// was crowded out by another with the same remainder, counts as short until it has been slow twice. Bounded; no clock of its
/// own; not thread-safe.
class service_times {
public:
    using duration = std::chrono::steady_clock::duration;

    /// What is slow, if it is also `slow_factor` times as long as the average.
    static constexpr duration slow = std::chrono::milliseconds(1);
    static constexpr int slow_factor = 8;

    /// A statement has taken so long.
    void note(std::uint64_t hash, duration taken) noexcept {
        auto& known = entries_[hash % size];
        if (known.hash != hash) known = {hash, 0};
        if (taken >= slow && taken / slow_factor >= average_) known.score = std::min(known.score + 1, most);
        else known.score = std::max(known.score - 1, 0);
        average_ += (taken - average_) / 64;
    }

    bool is_slow(std::uint64_t hash) const noexcept {
        const auto& known = entries_[hash % size];
        return known.hash == hash && known.score >= enough;
    }

private:
    static constexpr std::size_t size = 512;
    static constexpr int enough = 2, most = 4;

    struct entry {
        std::uint64_t hash = 0;
        int score = 0;   // slow executions of late, less the others
    };

    std::array<entry, size> entries_{};
    duration average_{};
};

} // namespace pgcoro::pooling

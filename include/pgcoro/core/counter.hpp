// A number for statistics.
#pragma once

#include <atomic>

namespace pgcoro::core {

/// A number that one thread at a time changes and anybody may read.
template <class T>
class counter {
public:
    void operator=(T n) noexcept { value_.store(n, std::memory_order_relaxed); }
    void operator+=(T n) noexcept { *this = *this + n; }
    void operator-=(T n) noexcept { *this = *this - n; }
    void operator++() noexcept { *this += T{1}; }
    operator T() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<T> value_{};
};

} // namespace pgcoro::core

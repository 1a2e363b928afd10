// Durations of std::chrono as microseconds, with every overflow noticed.
#pragma once

#include <pgcoro/types/calendar.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <ratio>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro::types {

/// A duration that microseconds convert to and from by one multiplication or division, up to weeks. The
/// months and years of `std::chrono` are averages, which no month or year of the server is.
template <class Duration>
concept fixed_duration = std::signed_integral<typename Duration::rep>
                         && std::ratio_less_equal_v<typename Duration::period, std::chrono::weeks::period>
                         && (std::ratio_divide<typename Duration::period, std::micro>::num == 1
                             || std::ratio_divide<typename Duration::period, std::micro>::den == 1);

template <fixed_duration Duration>
struct duration_conversion {
    using rep = typename Duration::rep;
    using per_microsecond = std::ratio_divide<std::micro, typename Duration::period>;
    static constexpr std::int64_t finer = per_microsecond::num, coarser = per_microsecond::den;

    /// Calls `refuse(why)`, which throws, if the duration would not be exact.
    template <class Refuse>
    static Duration from_microseconds(std::int64_t microseconds, Refuse&& refuse) {
        if (microseconds % coarser != 0) refuse(std::string_view("is more precise than"));
        const auto count = checked_multiply(microseconds / coarser, finer);
        if (!count || !std::in_range<rep>(*count)) refuse(std::string_view("is outside the range of"));
        return Duration(static_cast<rep>(*count));
    }

    /// What is more precise than a microsecond is dropped; nothing if the number is too large.
    static std::optional<std::int64_t> to_microseconds(Duration value) noexcept {
        return checked_multiply(static_cast<std::int64_t>(value.count()) / finer, coarser);
    }
};

} // namespace pgcoro::types

// A span of months, days and microseconds, as the server's interval.
#pragma once

#include <pgcoro/core/conversion_error.hpp>
#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/types/calendar.hpp>

#include <boost/container_hash/hash.hpp>
#include <fmt/format.h>

#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro {

/// Months, days and microseconds, each with a sign of its own (documentation: "Interval Input"). They are
/// kept apart because a month has no fixed number of days, nor a day of hours where clocks are changed. A
/// year is twelve months; hours, minutes and seconds are microseconds.
///
/// Overflow in arithmetic is `conversion_error` with `errc::value_out_of_range`; nothing wraps around.
struct interval {
    std::int32_t months = 0;
    std::int32_t days = 0;
    std::int64_t microseconds = 0;

    /// Longer than any other one; `-interval::infinity()` is its opposite. Servers from 17 on have them. To
    /// an older server they are finite: all fields at their greatest or least.
    static constexpr interval infinity() noexcept {
        return {std::numeric_limits<std::int32_t>::max(), std::numeric_limits<std::int32_t>::max(),
                std::numeric_limits<std::int64_t>::max()};
    }

    constexpr bool is_finite() const noexcept {
        return !has_fields_of(infinity()) && !has_fields_of(minus_infinity());
    }

    /// Field by field. Throws on overflow and for the sum of opposite infinities.
    friend constexpr interval operator+(const interval& left, const interval& right) {
        if (!left.is_finite() || !right.is_finite()) {
            if (left.is_finite()) return right;
            if (right.is_finite() || left.has_fields_of(right)) return left;
            refuse();
        }
        return finite(std::int64_t{left.months} + right.months, std::int64_t{left.days} + right.days,
                      types::checked_add(left.microseconds, right.microseconds));
    }

    constexpr interval operator-() const {
        if (!is_finite()) return has_fields_of(infinity()) ? minus_infinity() : infinity();
        return finite(-std::int64_t{months}, -std::int64_t{days}, types::checked_subtract(0, microseconds));
    }

    /// Field by field, as `operator+`.
    friend constexpr interval operator-(const interval& left, const interval& right) {
        if (!left.is_finite() || !right.is_finite()) return left + -right;
        return finite(std::int64_t{left.months} - right.months, std::int64_t{left.days} - right.days,
                      types::checked_subtract(left.microseconds, right.microseconds));
    }

    /// Field by field; infinity times 0 is refused. For fractions the server has rules of its own: let it
    /// multiply by them.
    template <std::integral Integer>
    friend constexpr interval operator*(const interval& value, Integer factor) {
        if (!std::in_range<std::int64_t>(factor)) refuse();
        return value.times(static_cast<std::int64_t>(factor));
    }

    template <std::integral Integer>
    friend constexpr interval operator*(Integer factor, const interval& value) {
        return value * factor;
    }

    constexpr interval& operator+=(const interval& other) { return *this = *this + other; }
    constexpr interval& operator-=(const interval& other) { return *this = *this - other; }

    /// As the server compares: by length, a month taken as 30 days and a day as 24 hours. Equal ones may
    /// have different fields, as `1 mon` and `30 days`.
    friend constexpr std::weak_ordering operator<=>(const interval& left, const interval& right) noexcept {
        const auto one = left.normalised(), other = right.normalised();
        if (one.days != other.days) return one.days <=> other.days;
        return one.microseconds <=> other.microseconds;
    }

    friend constexpr bool operator==(const interval& left, const interval& right) noexcept {
        return (left <=> right) == 0;
    }

    /// The length in days of 24 hours, a month taken as 30 of them, and the microseconds beyond, less than a
    /// day and never negative.
    struct length {
        std::int64_t days;
        std::int64_t microseconds;
    };
    constexpr length normalised() const noexcept {
        length result{std::int64_t{months} * 30 + days + microseconds / types::microseconds_per_day,
                      microseconds % types::microseconds_per_day};
        if (result.microseconds < 0) {
            --result.days;
            result.microseconds += types::microseconds_per_day;
        }
        return result;
    }

    /// Reads the output of the server's styles (documentation: "Interval Output"), which are "1 year 2 mons
    /// -3 days +04:05:06.7", "@ 1 year 2 mons -3 days 4 hours 5 mins 6.7 secs ago", "+1-2 -3 +4:05:06.7" and
    /// "P1Y2M-3DT4H5M6.7S", and the units, abbreviations and fractions of "Interval Input" with its
    /// "infinity". Each field has a sign of its own: "-1 2:03:04" is a day back and two hours forth, as the
    /// server reads it in all styles but `sql_standard`. Throws `conversion_error`
    /// (`errc::value_out_of_range`) for other texts and beyond the fields' range.
    static interval parse(std::string_view text);

private:
    static constexpr interval minus_infinity() noexcept {
        return {std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::min(),
                std::numeric_limits<std::int64_t>::min()};
    }

    constexpr bool has_fields_of(const interval& other) const noexcept {
        return months == other.months && days == other.days && microseconds == other.microseconds;
    }

    [[noreturn]] static void refuse() {
        throw conversion_error(errc::value_out_of_range, "interval out of range");
    }

    /// Throws unless the fields hold the values, and do not happen to be those of an infinity.
    static constexpr interval finite(std::optional<std::int64_t> months, std::optional<std::int64_t> days,
                                     std::optional<std::int64_t> microseconds) {
        if (!months || !days || !microseconds || !std::in_range<std::int32_t>(*months)
            || !std::in_range<std::int32_t>(*days))
            refuse();
        const interval result{static_cast<std::int32_t>(*months), static_cast<std::int32_t>(*days),
                              *microseconds};
        if (!result.is_finite()) refuse();
        return result;
    }

    constexpr interval times(std::int64_t factor) const {
        if (!is_finite() && factor == 0) refuse();
        if (!is_finite()) return factor > 0 ? *this : -*this;
        return finite(types::checked_multiply(months, factor), types::checked_multiply(days, factor),
                      types::checked_multiply(microseconds, factor));
    }

    friend interval justify_hours(const interval& value);
    friend interval justify_days(const interval& value);
    friend interval justify_interval(const interval& value);
};

/// The server's functions of these names (documentation: "Date/Time Functions and Operators"): 24 hours
/// become a day; 30 days become a month; both, with one sign for all fields. Each throws
/// `conversion_error` (`errc::value_out_of_range`) on overflow; infinities stay as they are.
interval justify_hours(const interval& value);
interval justify_days(const interval& value);
interval justify_interval(const interval& value);

/// The server's text form in its style `postgres`: "1 year 2 mons -3 days +04:05:06.7"; "00:00:00" for zero.
std::string to_string(const interval& value);

#if PGCORO_HAS_DEFINITIONS

namespace interval_fields {

/// Moves whole multiples of `unit` from a smaller field to the next greater one.
inline void carry(std::int64_t& greater, std::int64_t& smaller, std::int64_t unit) {
    greater += smaller / unit;
    smaller %= unit;
}

/// Moves one `unit` between two fields whose signs differ.
inline void agree_on_sign(std::int64_t& greater, std::int64_t& smaller, std::int64_t unit) {
    const std::int64_t one = greater > 0 && smaller < 0 ? 1 : greater < 0 && smaller > 0 ? -1 : 0;
    greater -= one;
    smaller += one * unit;
}

} // namespace interval_fields

PGCORO_DECL interval justify_hours(const interval& value) {
    if (!value.is_finite()) return value;
    std::int64_t days = value.days, microseconds = value.microseconds;
    interval_fields::carry(days, microseconds, types::microseconds_per_day);
    interval_fields::agree_on_sign(days, microseconds, types::microseconds_per_day);
    return interval::finite(value.months, days, microseconds);
}

PGCORO_DECL interval justify_days(const interval& value) {
    if (!value.is_finite()) return value;
    std::int64_t months = value.months, days = value.days;
    interval_fields::carry(months, days, 30);
    interval_fields::agree_on_sign(months, days, 30);
    return interval::finite(months, days, value.microseconds);
}

PGCORO_DECL interval justify_interval(const interval& value) {
    if (!value.is_finite()) return value;
    std::int64_t months = value.months, days = value.days, microseconds = value.microseconds;
    interval_fields::carry(days, microseconds, types::microseconds_per_day);
    interval_fields::carry(months, days, 30);
    auto rest = days * types::microseconds_per_day + microseconds; // of less than a month
    interval_fields::agree_on_sign(months, rest, 30 * types::microseconds_per_day);
    return interval::finite(months, rest / types::microseconds_per_day, rest % types::microseconds_per_day);
}

#endif

} // namespace pgcoro

template <>
struct std::hash<pgcoro::interval> {
    std::size_t operator()(const pgcoro::interval& value) const noexcept {
        const auto length = value.normalised();
        std::size_t seed = 0;
        boost::hash_combine(seed, length.days);
        boost::hash_combine(seed, length.microseconds);
        return seed;
    }
};

/// Writes the server's text form; takes the format specifications of strings.
template <>
struct fmt::formatter<pgcoro::interval> : fmt::formatter<fmt::string_view> {
    template <class Context>
    auto format(const pgcoro::interval& value, Context& context) const {
        return fmt::formatter<fmt::string_view>::format(pgcoro::to_string(value), context);
    }
};

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/types/interval_text.hpp>
#endif

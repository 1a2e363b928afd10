// A time of day without a date and a zone, as the server's time has it.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/types/time_text.hpp>

#include <fmt/format.h>

#include <chrono>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <ratio>
#include <string>
#include <string_view>

namespace pgcoro {

/// A time of day in whole microseconds, from 00:00 to 24:00 inclusive (documentation: "Date/Time Types").
/// 24:00 is the end of a day: it comes after 00:00 and is not equal to it.
class time_of_day {
public:
    /// Midnight, at the start of the day.
    constexpr time_of_day() noexcept = default;

    /// Throws `conversion_error` (`errc::value_out_of_range`) below 00:00 and beyond 24:00.
    explicit constexpr time_of_day(std::chrono::microseconds since_midnight)
        : since_midnight_(since_midnight) {
        if (!is_valid(since_midnight.count())) refuse();
    }

    /// The same; what is more precise than a microsecond is dropped.
    template <class Duration>
    explicit constexpr time_of_day(const std::chrono::hh_mm_ss<Duration>& time)
        : time_of_day(microseconds_of(time)) {}

    constexpr std::chrono::microseconds since_midnight() const noexcept { return since_midnight_; }

    /// Hour, minute, second and microsecond; 24:00 has the hour 24.
    constexpr std::chrono::hh_mm_ss<std::chrono::microseconds> hh_mm_ss() const noexcept {
        return std::chrono::hh_mm_ss<std::chrono::microseconds>(since_midnight_);
    }

    explicit constexpr operator std::chrono::microseconds() const noexcept { return since_midnight_; }

    explicit constexpr operator std::chrono::hh_mm_ss<std::chrono::microseconds>() const noexcept {
        return hh_mm_ss();
    }

    friend constexpr auto operator<=>(const time_of_day&, const time_of_day&) noexcept = default;

    /// Reads the forms of the documentation's "Times" that name no zone: "04:05:06.789", "04:05", "4:5",
    /// "040506", "04:05 PM"; a second of 60 is the next minute's first, and what is more precise than a
    /// microsecond is rounded to the nearest, as the server does both. Throws `conversion_error`
    /// (`errc::value_out_of_range`) for other texts.
    static time_of_day parse(std::string_view text);

    /// Whether so many microseconds since midnight are within a day.
    static constexpr bool is_valid(std::int64_t microseconds) noexcept {
        return microseconds >= 0 && microseconds <= types::microseconds_per_day;
    }

private:
    template <class Duration>
    static constexpr std::chrono::microseconds microseconds_of(const std::chrono::hh_mm_ss<Duration>& time) {
        using precision = typename std::chrono::hh_mm_ss<Duration>::precision;
        // Hours beyond a day first: their number in units of the precision might overflow.
        if (time.is_negative() || time.hours() > std::chrono::hours(24)) refuse();
        return std::chrono::duration_cast<std::chrono::microseconds>(precision(time.to_duration()));
    }

    [[noreturn]] static void refuse() {
        throw conversion_error(errc::value_out_of_range, "a time of day is from 00:00 to 24:00");
    }

    std::chrono::microseconds since_midnight_{0};
};

/// The server's text form: "04:05:06.789".
std::string to_string(time_of_day time);

#if PGCORO_HAS_DEFINITIONS

PGCORO_DECL std::string to_string(time_of_day time) {
    std::string text;
    types::append_clock(text, static_cast<std::uint64_t>(time.since_midnight().count()));
    return text;
}

PGCORO_DECL time_of_day time_of_day::parse(std::string_view text) {
    types::text_scanner in(text);
    in.skip_blanks();
    const auto microseconds = types::scan_time_of_day(in);
    in.skip_blanks();
    if (!microseconds || !in.at_end())
        throw conversion_error(errc::value_out_of_range,
                               "\"" + std::string(text)
                                   + "\" is no time of day: HH:MM[:SS[.ffffff]] from 00:00 to 24:00 is");
    return time_of_day(std::chrono::microseconds(*microseconds));
}

#endif

} // namespace pgcoro

template <>
struct std::hash<pgcoro::time_of_day> {
    std::size_t operator()(pgcoro::time_of_day time) const noexcept {
        return std::hash<std::int64_t>()(time.since_midnight().count());
    }
};

/// Writes the server's text form; takes the format specifications of strings.
template <>
struct fmt::formatter<pgcoro::time_of_day> : fmt::formatter<fmt::string_view> {
    template <class Context>
    auto format(pgcoro::time_of_day time, Context& context) const {
        return fmt::formatter<fmt::string_view>::format(pgcoro::to_string(time), context);
    }
};

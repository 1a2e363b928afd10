// Dates and timestamps from the text in which the server prints them.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/types/time_text.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro::types {

/// What a date in the style ISO ("2024-02-29", "0044-03-15 BC", "-infinity") is in the server's binary form:
/// days since its epoch. Throws `conversion_error` (`errc::value_out_of_range`) for any other text.
std::int32_t server_date_of(std::string_view text);

/// The same for a timestamp ("2024-02-29 12:34:56.789", "0044-03-15 12:00:00 BC"), in microseconds.
std::int64_t server_timestamp_of(std::string_view text);

/// The same for a timestamp with time zone, with its offset from UTC ("2024-02-29 12:34:56+02"): without one,
/// or with the name of a zone, only the server knows which instant it is.
std::int64_t server_timestamptz_of(std::string_view text);

#if PGCORO_HAS_DEFINITIONS

namespace time_points {

constexpr std::string_view date_form = "\"2024-02-29\", \"0044-03-15 BC\" or \"infinity\"",
                           timestamp_form = "\"2024-02-29 12:34:56.789\"",
                           timestamptz_form = "\"2024-02-29 12:34:56.789+00\"";

[[noreturn]] inline void refuse(std::string_view text, std::string_view sql_type, std::string_view form) {
    throw conversion_error(errc::value_out_of_range, "\"" + std::string(text) + "\" is no "
                                                         + std::string(sql_type) + " in range, such as "
                                                         + std::string(form));
}

/// A date as it was written, before it is known whether it is BC.
struct date_fields {
    std::int64_t year = 0;
    unsigned month = 0, day = 0;
};

inline std::optional<date_fields> scan_date(text_scanner& in) {
    constexpr std::int64_t last_year = 5'900'000; // more than 32 bits of days reach
    const auto digits = in.digits();
    const auto year = number_up_to(digits, last_year);
    // With fewer digits than four it would be the day or month of another style.
    if (!year || *year == 0 || digits.size() < 4 || !in.accept('-')) return std::nullopt;
    const auto month = number_up_to(in.digits(), 12);
    if (!month || !in.accept('-')) return std::nullopt;
    const auto day = number_up_to(in.digits(), 31);
    if (!day) return std::nullopt;
    return date_fields{*year, static_cast<unsigned>(*month), static_cast<unsigned>(*day)};
}

/// Whether the text is over, behind the era if there is one; years BC become those of the calendar with a
/// year 0.
inline bool scan_end(text_scanner& in, date_fields& date) {
    in.skip_blanks();
    const auto era = in.letters();
    const bool before_christ = same_word(era, "bc");
    if (before_christ) date.year = 1 - date.year;
    in.skip_blanks();
    return in.at_end() && (before_christ || era.empty() || same_word(era, "ad"));
}

/// Days since 1970-01-01; nothing for what is no date, as 30 February.
inline std::optional<std::int64_t> days_of(const date_fields& date) {
    constexpr std::int64_t cycle_days = 146'097, cycle_years = 400; // the Gregorian calendar repeats itself
    const auto cycles = date.year / cycle_years;
    const std::chrono::year_month_day within{std::chrono::year(static_cast<int>(date.year % cycle_years)),
                                             std::chrono::month(date.month), std::chrono::day(date.day)};
    if (!within.ok()) return std::nullopt;
    return std::chrono::sys_days(within).time_since_epoch().count() + cycles * cycle_days;
}

/// The server's number for an infinity; nothing for any other text.
template <class Wire>
std::optional<Wire> infinite(text_scanner in) {
    in.skip_blanks();
    const bool negative = in.accept_sign() < 0;
    if (!same_word(in.letters(), infinity_text)) return std::nullopt;
    in.skip_blanks();
    if (!in.at_end()) return std::nullopt;
    return negative ? server_minus_infinity<Wire> : server_infinity<Wire>;
}

inline std::optional<std::int32_t> parse_date(std::string_view text) {
    text_scanner in(text);
    if (const auto found = infinite<std::int32_t>(in)) return found;
    in.skip_blanks();
    auto date = scan_date(in);
    if (!date || !scan_end(in, *date)) return std::nullopt;
    const auto days = days_of(*date);
    const auto raw = days ? *days - epoch_days : server_infinity<std::int64_t>;
    if (!std::in_range<std::int32_t>(raw) || raw == server_infinity<std::int32_t>) return std::nullopt;
    return static_cast<std::int32_t>(raw);
}

/// An offset from UTC, unless an era or the end of the text is next.
inline std::optional<std::int32_t> scan_zone(text_scanner& in) {
    auto ahead = in;
    ahead.skip_blanks();
    const auto offset = scan_utc_offset(ahead);
    if (offset) in = ahead;
    return offset;
}

inline std::optional<std::int64_t> parse_timestamp(std::string_view text, bool zoned) {
    text_scanner in(text);
    if (const auto found = infinite<std::int64_t>(in)) return found;
    in.skip_blanks();
    auto date = scan_date(in);
    if (!date) return std::nullopt;
    in.skip_blanks();
    const auto clock = scan_time_of_day(in);
    const auto offset = zoned ? scan_zone(in) : std::optional<std::int32_t>(0);
    if (!clock || !offset || !scan_end(in, *date)) return std::nullopt;
    const auto days = days_of(*date);
    if (!days) return std::nullopt;
    // A negative day from its end: its beginning may be out of reach.
    const auto day = *days - epoch_days;
    const auto within = *clock - *offset * microseconds_per_second;
    auto raw = checked_multiply(day < 0 ? day + 1 : day, microseconds_per_day);
    if (raw) raw = checked_add(*raw, day < 0 ? within - microseconds_per_day : within);
    if (!raw || *raw == server_infinity<std::int64_t> || *raw == server_minus_infinity<std::int64_t>)
        return std::nullopt;
    return raw;
}

} // namespace time_points

PGCORO_DECL std::int32_t server_date_of(std::string_view text) {
    if (const auto raw = time_points::parse_date(text)) return *raw;
    time_points::refuse(text, "date", time_points::date_form);
}

PGCORO_DECL std::int64_t server_timestamp_of(std::string_view text) {
    if (const auto raw = time_points::parse_timestamp(text, false)) return *raw;
    time_points::refuse(text, "timestamp", time_points::timestamp_form);
}

PGCORO_DECL std::int64_t server_timestamptz_of(std::string_view text) {
    if (const auto raw = time_points::parse_timestamp(text, true)) return *raw;
    time_points::refuse(text, "timestamp with time zone", time_points::timestamptz_form);
}

#endif

} // namespace pgcoro::types

// Clock times and offsets in text: what time, timetz and interval have in common.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/types/calendar.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro::types {

inline constexpr std::int64_t microseconds_per_second = 1'000'000, microseconds_per_minute = 60'000'000,
                              microseconds_per_hour = 3'600'000'000;

/// Takes a text apart from left to right. What is accepted is consumed, anything else stays.
class text_scanner {
public:
    explicit text_scanner(std::string_view text) noexcept : rest_(text) {}

    bool at_end() const noexcept { return rest_.empty(); }

    /// The next character; NUL at the end.
    char peek() const noexcept { return rest_.empty() ? '\0' : rest_.front(); }

    bool accept(char wanted) noexcept {
        if (peek() != wanted || rest_.empty()) return false;
        rest_.remove_prefix(1);
        return true;
    }

    /// -1 for a minus, 1 for a plus, 0 where there is no sign.
    int accept_sign() noexcept { return accept('-') ? -1 : accept('+') ? 1 : 0; }

    void skip_blanks() noexcept {
        while (accept(' ') || accept('\t') || accept('\n')) continue;
    }

    /// As many decimal digits as there are.
    std::string_view digits() noexcept {
        return take_while([](char c) { return c >= '0' && c <= '9'; });
    }

    /// As many ASCII letters as there are.
    std::string_view letters() noexcept {
        return take_while([](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
    }

private:
    template <class Predicate>
    std::string_view take_while(Predicate wanted) noexcept {
        const auto end = std::find_if_not(rest_.begin(), rest_.end(), wanted);
        const auto taken = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
        rest_.remove_prefix(taken.size());
        return taken;
    }

    std::string_view rest_;
};

/// A text of decimal digits as a number; nothing if it is empty or the number too large.
inline std::optional<std::int64_t> number_of(std::string_view digits) noexcept {
    std::int64_t number = 0;
    const auto outcome = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (outcome.ec != std::errc{} || outcome.ptr != digits.data() + digits.size()) return std::nullopt;
    return number;
}

/// The same for a number of at most `limit`.
inline std::optional<std::int64_t> number_up_to(std::string_view digits, std::int64_t limit) noexcept {
    const auto number = number_of(digits);
    return number && *number <= limit ? number : std::nullopt;
}

/// Whether two texts are the same but for the case of ASCII letters; `lower` has none in upper case.
inline bool same_word(std::string_view text, std::string_view lower) noexcept {
    return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
    });
}

/// Appends "HH:MM:SS" and, where there are any, microseconds without trailing zeros. Hours may have more
/// than two digits.
void append_clock(std::string& text, std::uint64_t microseconds);

/// The digits behind the point of a number of seconds in microseconds; what is left is rounded to the
/// nearest, halves to the even one.
std::int64_t fraction_in_microseconds(std::string_view digits) noexcept;

/// A time of day in one of the forms of "Times" (documentation, "Date/Time Input") without a zone, as
/// microseconds since midnight; nothing for any other text and beyond 24:00.
std::optional<std::int64_t> scan_time_of_day(text_scanner& in);

/// An offset from UTC ("+05:30", "-8", "+073015", "Z", "UTC"), in seconds to the east; nothing for any other
/// text. Names of zones are none: only the server knows their rules.
std::optional<std::int32_t> scan_utc_offset(text_scanner& in);

#if PGCORO_HAS_DEFINITIONS

PGCORO_DECL void append_clock(std::string& text, std::uint64_t microseconds) {
    // In unsigned arithmetic: the magnitude of the least 64-bit number is no 64-bit number.
    constexpr auto per_second = static_cast<std::uint64_t>(microseconds_per_second);
    const auto seconds = static_cast<std::int64_t>(microseconds / per_second);
    auto fraction = static_cast<std::int64_t>(microseconds % per_second);
    append_padded(text, seconds / 3600, 2);
    text += ':';
    append_padded(text, seconds / 60 % 60, 2);
    text += ':';
    append_padded(text, seconds % 60, 2);
    if (fraction == 0) return;
    std::size_t digits = 6;
    for (; fraction % 10 == 0; fraction /= 10) --digits;
    text += '.';
    append_padded(text, fraction, digits);
}

PGCORO_DECL std::int64_t fraction_in_microseconds(std::string_view digits) noexcept {
    std::int64_t fraction = 0;
    for (std::size_t place = 0; place < 6; ++place)
        fraction = fraction * 10 + (place < digits.size() ? digits[place] - '0' : 0);
    if (digits.size() <= 6) return fraction;
    const auto rest = digits.substr(6);
    const bool beyond_half = rest.find_first_not_of('0', 1) != rest.npos;
    const bool up = rest[0] > '5' || (rest[0] == '5' && (beyond_half || fraction % 2 != 0));
    return fraction + (up ? 1 : 0);
}

namespace time_text {

/// Hours, minutes and seconds as they were written.
struct clock_fields {
    std::optional<std::int64_t> hour, minute, second{0};
};

/// "4:5", "04:05:06", "0405" or "040506".
inline clock_fields scan_fields(text_scanner& in) {
    clock_fields fields;
    const auto first = in.digits();
    if (in.accept(':')) {
        fields.hour = number_up_to(first, 24);
        fields.minute = number_up_to(in.digits(), 59);
        if (in.accept(':')) fields.second = number_up_to(in.digits(), 60);
    } else if (first.size() == 4 || first.size() == 6) {
        fields.hour = number_up_to(first.substr(0, 2), 24);
        fields.minute = number_up_to(first.substr(2, 2), 59);
        if (first.size() == 6) fields.second = number_up_to(first.substr(4), 60);
    }
    return fields;
}

/// Turns an hour of a clock with twelve hours into one of the day, if AM or PM follows; nothing if the hour
/// does not go with it.
inline std::optional<std::int64_t> scan_half_of_day(text_scanner& in, std::int64_t hour) {
    auto ahead = in;
    ahead.skip_blanks();
    const auto word = ahead.letters();
    const bool morning = same_word(word, "am"), afternoon = same_word(word, "pm");
    if (!morning && !afternoon) return hour;
    in = ahead;
    if (hour > 12) return std::nullopt;
    return hour % 12 + (afternoon ? 12 : 0);
}

} // namespace time_text

PGCORO_DECL std::optional<std::int64_t> scan_time_of_day(text_scanner& in) {
    if (!in.accept('T')) in.accept('t');
    auto fields = time_text::scan_fields(in);
    if (!fields.hour || !fields.minute || !fields.second) return std::nullopt;
    const auto fraction = in.accept('.') ? fraction_in_microseconds(in.digits()) : 0;
    fields.hour = time_text::scan_half_of_day(in, *fields.hour);
    if (!fields.hour) return std::nullopt;
    const auto microseconds = *fields.hour * microseconds_per_hour + *fields.minute * microseconds_per_minute
                              + *fields.second * microseconds_per_second + fraction;
    if (microseconds > microseconds_per_day) return std::nullopt;
    return microseconds;
}

PGCORO_DECL std::optional<std::int32_t> scan_utc_offset(text_scanner& in) {
    const int sign = in.accept_sign();
    if (sign == 0) {
        const auto word = in.letters();
        constexpr std::array<std::string_view, 4> names{"z", "utc", "gmt", "zulu"};
        const bool known =
            std::any_of(names.begin(), names.end(), [&](auto name) { return same_word(word, name); });
        return known ? std::optional<std::int32_t>(0) : std::nullopt;
    }
    auto hours = in.digits();
    std::string_view minutes = "0", seconds = "0";
    if (in.accept(':')) {
        minutes = in.digits();
        if (in.accept(':')) seconds = in.digits();
    } else if (hours.size() == 3 || hours.size() == 4) {
        minutes = hours.substr(hours.size() - 2);
        hours.remove_suffix(2);
    }
    const auto hour = number_up_to(hours, 15), minute = number_up_to(minutes, 59),
               second = number_up_to(seconds, 59);
    if (!hour || !minute || !second) return std::nullopt;
    return static_cast<std::int32_t>(sign * (*hour * 3600 + *minute * 60 + *second));
}

#endif

} // namespace pgcoro::types

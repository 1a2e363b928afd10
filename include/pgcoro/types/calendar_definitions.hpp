// Dates as text.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/types/calendar.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace pgcoro::types {

[[noreturn]] PGCORO_DECL void refuse_time_column(oid column, std::string_view value, std::string_view why,
                                            std::string_view cpp_type) {
    throw conversion_error(errc::value_out_of_range, type_name(column) + " value " + std::string(value) + " "
                                                         + std::string(why) + " " + std::string(cpp_type));
}

[[noreturn]] PGCORO_DECL void refuse_time_argument(std::string_view cpp_type, std::string_view sql_type) {
    throw conversion_error(errc::value_out_of_range, "the " + std::string(cpp_type)
                                                         + " value is outside the range of "
                                                         + std::string(sql_type));
}

PGCORO_DECL void append_padded(std::string& text, std::int64_t number, std::size_t width) {
    const auto digits = std::to_string(number);
    if (digits.size() < width) text.append(width - digits.size(), '0');
    text += digits;
}

PGCORO_DECL iso_date iso_date_of(std::int64_t days) {
    constexpr std::int64_t cycle_days = 146'097, cycle_years = 400; // the Gregorian calendar repeats itself
    const auto cycles = days / cycle_days;
    const auto within = std::chrono::days(days % cycle_days);
    const std::chrono::year_month_day date{std::chrono::sys_days(within)};
    const auto year = static_cast<int>(date.year()) + cycles * cycle_years;
    iso_date result{{}, year <= 0};
    append_padded(result.text, year <= 0 ? 1 - year : year, 4);
    result.text += '-';
    append_padded(result.text, static_cast<unsigned>(date.month()), 2);
    result.text += '-';
    append_padded(result.text, static_cast<unsigned>(date.day()), 2);
    return result;
}

PGCORO_DECL std::string iso_timestamp(std::int64_t server_microseconds, std::string_view zone) {
    auto days = server_microseconds / microseconds_per_day;
    auto rest = server_microseconds % microseconds_per_day;
    if (rest < 0) {
        rest += microseconds_per_day;
        --days;
    }
    auto [text, before_christ] = iso_date_of(days + epoch_days);
    const auto seconds = rest / 1'000'000;
    text += ' ';
    append_padded(text, seconds / 3600, 2);
    text += ':';
    append_padded(text, seconds / 60 % 60, 2);
    text += ':';
    append_padded(text, seconds % 60, 2);
    text += '.';
    append_padded(text, rest % 1'000'000, 6);
    text += zone;
    if (before_christ) text += " BC";
    return text;
}

} // namespace pgcoro::types

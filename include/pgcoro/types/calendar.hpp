// The server's calendar: its epoch, its infinities and ISO 8601 text.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/types/wire.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace pgcoro::types {

/// From 1970-01-01 to the server's epoch, 2000-01-01.
inline constexpr std::int64_t epoch_days = 10957;
inline constexpr std::int64_t microseconds_per_day = 86'400'000'000;
inline constexpr std::int64_t epoch_microseconds = epoch_days * microseconds_per_day;

/// What the server sends for `infinity` and `-infinity` (its `date.h` and `timestamp.h`).
template <class Wire>
inline constexpr Wire server_infinity = std::numeric_limits<Wire>::max();
template <class Wire>
inline constexpr Wire server_minus_infinity = std::numeric_limits<Wire>::min();

/// Throws that a C++ type cannot hold a column's value, which the message names.
[[noreturn]] void refuse_time_column(oid column, std::string_view value, std::string_view why,
                                            std::string_view cpp_type);

[[noreturn]] void refuse_time_argument(std::string_view cpp_type, std::string_view sql_type);

constexpr std::optional<std::int64_t> checked_add(std::int64_t left, std::int64_t right) noexcept {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(left, right, &sum)) return std::nullopt;
    return sum;
}

constexpr std::optional<std::int64_t> checked_subtract(std::int64_t left, std::int64_t right) noexcept {
    std::int64_t difference = 0;
    if (__builtin_sub_overflow(left, right, &difference)) return std::nullopt;
    return difference;
}

constexpr std::optional<std::int64_t> checked_multiply(std::int64_t left, std::int64_t right) noexcept {
    std::int64_t product = 0;
    if (__builtin_mul_overflow(left, right, &product)) return std::nullopt;
    return product;
}

/// Appends a number with leading zeros up to a width.
void append_padded(std::string& text, std::int64_t number, std::size_t width);

struct iso_date {
    std::string text;   ///< year, month and day
    bool before_christ; ///< whether " BC" has to follow (year 0 is 1 BC)

    std::string with_era() const { return before_christ ? text + " BC" : text; }
};

/// The date so many days after 1970-01-01, in years beyond those of `std::chrono::year` too.
iso_date iso_date_of(std::int64_t days);

/// ISO text of a timestamp in microseconds since the server's epoch; `zone` is what follows the time of day
/// ("+00" or nothing).
std::string iso_timestamp(std::int64_t server_microseconds, std::string_view zone);

inline constexpr std::string_view infinity_text = "infinity", minus_infinity_text = "-infinity";

} // namespace pgcoro::types

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/types/calendar_definitions.hpp>
#endif

// Texts of values as they stand in the text forms of ranges and arrays.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/types/date.hpp>
#include <pgcoro/types/integers.hpp>
#include <pgcoro/types/intervals.hpp>
#include <pgcoro/types/real_text.hpp>
#include <pgcoro/types/time_point_text.hpp>
#include <pgcoro/types/timestamp.hpp>

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace pgcoro::types {

template <class T>
inline constexpr bool is_sys_time = false;
template <class Duration>
inline constexpr bool is_sys_time<std::chrono::sys_time<Duration>> = clock_duration<Duration>;

template <class T>
inline constexpr bool is_local_time = false;
template <class Duration>
inline constexpr bool is_local_time<std::chrono::local_time<Duration>> = clock_duration<Duration>;

template <class T>
inline constexpr bool is_date =
    std::same_as<T, std::chrono::sys_days> || std::same_as<T, std::chrono::local_days> || std::same_as<T, std::chrono::year_month_day>;

template <class T>
inline constexpr bool is_duration = false;
template <class Rep, class Period>
inline constexpr bool is_duration<std::chrono::duration<Rep, Period>> = fixed_duration<std::chrono::duration<Rep, Period>>;

/// Types whose text the server prints otherwise than fmt does, or that fmt prints only with further headers.
template <class T>
concept printed_here = std::same_as<T, bool> || integer<T> || std::floating_point<T>
                       || std::convertible_to<const T&, std::string_view> || is_sys_time<T> || is_local_time<T>
                       || is_date<T>;

/// Types whose codecs give text to types that users made.
template <class T>
concept written_as_text = writable<T> && requires(oid parameter) { codec<T>::format(parameter); };

/// Value types of the library, whose `fmt::formatter` prints the server's text. Of other types fmt prints what it likes,
/// and only with the right header.
template <class T>
concept prints_itself =
    fmt::is_formattable<T>::value && requires(std::string_view text) { T::parse(text); };

/// A type whose values can be printed within a range or an array.
template <class T>
concept printable_element = printed_here<T> || fmt::is_formattable<T>::value || written_as_text<T>;

/// A timestamp as the server prints it under `set datestyle to iso`: no more decimal places than needed.
std::string timestamp_text(std::int64_t server_microseconds, std::string_view zone);

/// A date since 1970-01-01 in the same style.
std::string date_text(std::int64_t days);

template <class T>
std::string time_point_text(T value, std::string_view zone) {
    if (value == T::max()) return std::string(infinity_text);
    if (value == T::min()) return std::string(minus_infinity_text);
    return timestamp_text(
        timestamp_conversion<T>::to_server(value, codec<T>::name, type_name(codec<T>::type)), zone);
}

/// The server's text of a value, without the quotes that a range or an array may need. Timestamps with time zone are
/// printed in UTC.
template <printable_element T>
std::string element_text(const T& value) {
    if constexpr (std::same_as<T, bool>)
        return value ? "t" : "f";
    else if constexpr (integer<T>)
        return std::to_string(value);
    else if constexpr (std::floating_point<T>)
        return real_text(value);
    else if constexpr (std::convertible_to<const T&, std::string_view>)
        return std::string(std::string_view(value));
    else if constexpr (is_sys_time<T>)
        return time_point_text(value, "+00");
    else if constexpr (is_local_time<T>)
        return time_point_text(value, "");
    else if constexpr (std::same_as<T, std::chrono::year_month_day>)
        return date_text(std::chrono::sys_days(value).time_since_epoch().count());
    else if constexpr (std::same_as<T, std::chrono::sys_days> || std::same_as<T, std::chrono::local_days>) {
        if (value == T::max()) return std::string(infinity_text);
        if (value == T::min()) return std::string(minus_infinity_text);
        return date_text(value.time_since_epoch().count());
    } else if constexpr (!written_as_text<T> || prints_itself<T>)
        return fmt::format("{}", value);
    else {
        std::vector<std::byte> bytes;
        byte_writer out(bytes);
        codec<T>::write(out, value, oids::first_user_defined);
        return std::string(as_chars(bytes));
    }
}

/// A type that can be read from its text within a range or an array.
template <class T>
concept parsable_element = std::same_as<T, bool> || integer<T> || std::floating_point<T> || std::same_as<T, std::string>
                           || is_sys_time<T> || is_local_time<T> || is_date<T> || is_duration<T>
                           || requires(std::string_view text) {
                                  { T::parse(text) } -> std::convertible_to<T>;
                              };

[[noreturn]] void refuse_element_text(std::string_view text, std::string_view cpp_type);

/// Without the white space that the server's numbers may have around them, and without a plus sign.
std::string_view trimmed_number(std::string_view text) noexcept;

template <class Number>
Number parse_number(std::string_view text) {
    const auto digits = trimmed_number(text);
    Number value{};
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (failure != std::errc() || end != digits.data() + digits.size()) refuse_element_text(text, codec<Number>::name);
    return value;
}

/// What the text of an element says. Throws `errc::value_out_of_range` for text that is no `T`.
template <parsable_element T>
T parse_element(std::string_view text) {
    if constexpr (std::same_as<T, bool>) {
        if (text == "t" || text == "true") return true;
        if (text == "f" || text == "false") return false;
        refuse_element_text(text, "bool");
    } else if constexpr (integer<T> || std::floating_point<T>)
        return parse_number<T>(text);
    else if constexpr (std::same_as<T, std::string>)
        return std::string(text);
    else if constexpr (is_sys_time<T>)
        return timestamp_conversion<T>::from_server(server_timestamptz_of(text), codec<T>::type, codec<T>::name);
    else if constexpr (is_local_time<T>)
        return timestamp_conversion<T>::from_server(server_timestamp_of(text), codec<T>::type, codec<T>::name);
    else if constexpr (is_date<T>)
        return codec<T>::from_server(server_date_of(text));
    else if constexpr (is_duration<T>)
        return codec<T>::from_interval(interval::parse(text));
    else
        return T::parse(text);
}

/// White space as the server's input functions skip it.
constexpr bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

#if PGCORO_HAS_DEFINITIONS

PGCORO_DECL std::string timestamp_text(std::int64_t server_microseconds, std::string_view zone) {
    constexpr std::string_view era = " BC";
    auto text = iso_timestamp(server_microseconds, "");
    const bool before_christ = text.ends_with(era);
    if (before_christ) text.resize(text.size() - era.size());
    while (text.back() == '0') text.pop_back();
    if (text.back() == '.') text.pop_back();
    text += zone;
    if (before_christ) text += era;
    return text;
}

PGCORO_DECL std::string date_text(std::int64_t days) {
    auto [text, before_christ] = iso_date_of(days);
    if (before_christ) text += " BC";
    return text;
}

PGCORO_DECL void refuse_element_text(std::string_view text, std::string_view cpp_type) {
    throw conversion_error(errc::value_out_of_range,
                           "'" + std::string(text) + "' is no value of " + std::string(cpp_type));
}

PGCORO_DECL std::string_view trimmed_number(std::string_view text) noexcept {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
    return text;
}

#endif

} // namespace pgcoro::types

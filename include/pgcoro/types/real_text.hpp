// Floating point numbers as the server prints them.
#pragma once

#include <pgcoro/types/floats.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro::types {

/// A number in the form 1.25e+10.
struct scientific_text {
    std::string text;
    std::uint64_t digits = 0; ///< as an integer
    int places = 0;           ///< behind the point
    int exponent = 0;
};

template <std::floating_point Real>
std::string chars_of(Real value, auto... form) {
    std::array<char, 64> text;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value, form...).ptr;
    return {text.data(), end};
}

inline scientific_text parse_scientific(std::string text) {
    scientific_text parts;
    const auto mark = text.find('e');
    bool behind_point = false;
    for (const char c : std::string_view(text).substr(0, mark)) {
        if (c == '.') behind_point = true;
        if (c < '0' || c > '9') continue;
        parts.digits = parts.digits * 10 + static_cast<std::uint64_t>(c - '0');
        parts.places += behind_point;
    }
    const auto exponent = std::string_view(text).substr(mark + (text[mark + 1] == '+' ? 2 : 1));
    std::from_chars(exponent.data(), exponent.data() + exponent.size(), parts.exponent);
    parts.text = std::move(text);
    return parts;
}

/// Whether digits that read back as a number lie exactly half-way to its neighbour, so that it takes the rule of
/// rounding to even to read them.
template <std::floating_point Real>
bool is_half_way(const scientific_text& text, Real value) noexcept {
    __extension__ using wide = unsigned __int128;
    const int power = text.exponent - text.places; // the number is digits * 10^power
    if (power > 23 || power < -23) return false;   // 5^24 exceeds the digits of a number and one bit more
    wide odd = text.digits;
    for (int i = 0; i < power; ++i) odd *= 5;
    for (int i = 0; i > power; --i) {
        if (odd % 5 != 0) return false;
        odd /= 5;
    }
    while (odd != 0 && odd % 2 == 0) odd /= 2;
    int ignored = 0;
    const auto mantissa = static_cast<std::uint64_t>(
        std::ldexp(std::frexp(std::abs(value), &ignored), std::numeric_limits<Real>::digits));
    if (odd == 2 * mantissa + 1) return true;
    // Below a power of two numbers are twice as close.
    const bool power_of_two = mantissa == std::uint64_t{1} << (std::numeric_limits<Real>::digits - 1);
    return odd == (power_of_two ? 4 : 2) * mantissa - 1;
}

/// Digits as the server prints them since version 12: the fewest that lie closer to the number than to any other, with
/// an exponent below -4 and from the number of digits that the type always keeps.
template <std::floating_point Real>
std::string real_text(Real value) {
    constexpr int first_scientific = std::numeric_limits<Real>::digits10;
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
    auto shortest = parse_scientific(chars_of(value, std::chars_format::scientific));
    if (value == 0 || (shortest.exponent >= -4 && shortest.exponent < first_scientific))
        return chars_of(value, std::chars_format::fixed);
    for (auto places = shortest.places + 1;
         is_half_way(shortest, value) && places < std::numeric_limits<Real>::max_digits10; ++places)
        shortest = parse_scientific(chars_of(value, std::chars_format::scientific, places));
    return std::move(shortest.text);
}

inline void append_real(std::string& text, double value) { text += real_text(value); }

} // namespace pgcoro::types

// Floating point numbers in the server's text form.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace pgcoro::types {

/// Appends the shortest digits that read back as the same number and do not lie midway between two numbers
/// (documentation: "Floating-Point Types", `extra_float_digits` at its default), laid out as the server does:
/// with an exponent below 1e-04 and from 1e+15.
void append_real(std::string& text, double value);

#if PGCORO_HAS_DEFINITIONS

namespace real_text {

/// The decimal digits of a positive number: the first one stands before the point.
struct decimal {
    std::string digits;
    int exponent = 0;
};

/// Takes apart what `std::to_chars` printed in scientific form.
inline decimal decimal_of(std::string_view scientific) {
    const auto mark = scientific.find('e');
    decimal result{std::string(1, scientific[0]), 0};
    if (mark > 1) result.digits += scientific.substr(2, mark - 2);
    const auto exponent = scientific.substr(mark + (scientific[mark + 1] == '+' ? 2 : 1));
    std::from_chars(exponent.data(), exponent.data() + exponent.size(), result.exponent);
    return result;
}

/// Whether two odd numbers are the same if one is multiplied by 5 to a power: left for one of at least 0.
inline bool same_with_fives(std::uint64_t left, std::uint64_t right, int power) noexcept {
    constexpr std::uint64_t limit = std::uint64_t{1} << 60;
    auto& smaller = power >= 0 ? left : right;
    for (int i = std::abs(power); i != 0; --i) {
        if (smaller > limit / 5) return false;
        smaller *= 5;
    }
    return left == right;
}

/// Whether the digits lie exactly between a number and one of its neighbours. What lies between has a binary
/// digit more than they have, so that few enough decimal digits are left only from 2^52 on.
inline bool midway(const decimal& of, double number) noexcept {
    if (number < 0x1p52 || of.digits.size() > 17) return false;
    int exponent = 0;
    const auto mantissa = static_cast<std::uint64_t>(std::ldexp(std::frexp(number, &exponent), 53));
    exponent -= 53;
    std::uint64_t odd = 0;
    std::from_chars(of.digits.data(), of.digits.data() + of.digits.size(), odd);
    const int power_of_ten = of.exponent - static_cast<int>(of.digits.size()) + 1;
    const int twos = std::countr_zero(odd);
    odd >>= twos;
    const auto lies_at = [&](std::uint64_t middle, int middle_exponent) {
        return twos + power_of_ten == middle_exponent && same_with_fives(odd, middle, power_of_ten);
    };
    const bool least_mantissa = mantissa == std::uint64_t{1} << 52;
    return lies_at(2 * mantissa + 1, exponent - 1)
           || (least_mantissa ? lies_at(4 * mantissa - 1, exponent - 2)
                              : lies_at(2 * mantissa - 1, exponent - 1));
}

inline decimal shortest(double number) {
    std::array<char, 32> buffer;
    const auto text_to = [&](const char* end) {
        return std::string_view(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
    };
    const auto end = buffer.data() + buffer.size();
    auto result =
        decimal_of(text_to(std::to_chars(buffer.data(), end, number, std::chars_format::scientific).ptr));
    while (midway(result, number))
        result = decimal_of(text_to(std::to_chars(buffer.data(), end, number, std::chars_format::scientific,
                                                  static_cast<int>(result.digits.size()))
                                        .ptr));
    return result;
}

inline void append_scientific(std::string& text, const decimal& number) {
    text += number.digits[0];
    if (number.digits.size() > 1) text += '.' + number.digits.substr(1);
    text += number.exponent < 0 ? "e-" : "e+";
    const auto exponent = std::to_string(std::abs(number.exponent));
    if (exponent.size() < 2) text += '0';
    text += exponent;
}

} // namespace real_text

PGCORO_DECL void append_real(std::string& text, double value) {
    if (std::isnan(value)) {
        text += "NaN";
        return;
    }
    if (std::signbit(value)) text += '-';
    if (std::isinf(value)) {
        text += "Infinity";
        return;
    }
    const auto number = real_text::shortest(std::abs(value));
    if (number.exponent < -4 || number.exponent >= 15) return real_text::append_scientific(text, number);
    const auto& digits = number.digits;
    if (number.exponent < 0) {
        text += "0.";
        text.append(static_cast<std::size_t>(-number.exponent - 1), '0');
        text += digits;
        return;
    }
    const auto whole = static_cast<std::size_t>(number.exponent) + 1;
    text += digits.substr(0, whole);
    if (digits.size() < whole) text.append(whole - digits.size(), '0');
    if (digits.size() > whole) text += '.' + digits.substr(whole);
}

#endif

} // namespace pgcoro::types

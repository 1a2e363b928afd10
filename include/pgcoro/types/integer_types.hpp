// Which C++ types are integers here, what they are called, and which SQL type suits them.
#pragma once

#include <pgcoro/core/oid.hpp>

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace pgcoro::types {

/// The standard integer types: not `bool` and not the character types, but `signed char` and `unsigned char`.
template <class T>
concept integer = std::same_as<T, signed char> || std::same_as<T, unsigned char> || std::same_as<T, short>
                  || std::same_as<T, unsigned short> || std::same_as<T, int> || std::same_as<T, unsigned>
                  || std::same_as<T, long> || std::same_as<T, unsigned long> || std::same_as<T, long long>
                  || std::same_as<T, unsigned long long>;

template <integer T>
constexpr std::string_view integer_name() noexcept {
    constexpr std::array<std::string_view, 4> of_signed{"std::int8_t", "std::int16_t", "std::int32_t",
                                                        "std::int64_t"};
    constexpr std::array<std::string_view, 4> of_unsigned{"std::uint8_t", "std::uint16_t", "std::uint32_t",
                                                          "std::uint64_t"};
    constexpr auto place = static_cast<std::size_t>(std::countr_zero(sizeof(T)));
    return std::signed_integral<T> ? of_signed[place] : of_unsigned[place];
}

/// The smallest SQL type that holds every value of an integer type.
template <integer T>
constexpr oid integer_type() noexcept {
    if constexpr (sizeof(T) == 1 || std::same_as<T, std::int16_t>)
        return oids::int2;
    else if constexpr (sizeof(T) == 2 || std::same_as<T, std::int32_t>)
        return oids::int4;
    else if constexpr (sizeof(T) == 4 || std::signed_integral<T>)
        return oids::int8;
    else
        return oids::numeric;
}

template <integer T>
constexpr std::uint64_t magnitude_of(T value) noexcept {
    const auto bits = static_cast<std::uint64_t>(value);
    return std::cmp_less(value, 0) ? std::uint64_t{0} - bits : bits;
}

} // namespace pgcoro::types

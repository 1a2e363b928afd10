// Values whose binary form in the type that suits them best is one number.
#pragma once

#include <pgcoro/core/byte_order.hpp>
#include <pgcoro/mapping/row_shape.hpp>
#include <pgcoro/types/integer_types.hpp>

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace pgcoro::row_mapping {

/// Numbers whose binary form in their own type (`codec<T>::type`) is their bytes in network order.
template <class T>
concept plain_number = (types::integer<T> && std::is_signed_v<T> && sizeof(T) >= 2) || std::same_as<T, float>
                       || std::same_as<T, double>;

template <class T>
concept has_wire_number = requires(const T& value) {
    { codec<T>::wire(value) } -> std::integral;
};

template <class T>
concept wire_numeric = plain_number<T> || has_wire_number<T>;

/// Whether values of a C++ type are written to, or read from, this SQL type as one number.
template <class T>
constexpr bool is_number_of_type(oid type) noexcept {
    if constexpr (wire_numeric<T>) return type == codec<T>::type;
    else return false;
}

/// The number that a value is on the wire. May throw what its codec throws.
template <wire_numeric T>
constexpr auto wire_number(const T& value) {
    if constexpr (has_wire_number<T>) return codec<T>::wire(value);
    else if constexpr (std::same_as<T, double>) return std::bit_cast<std::uint64_t>(value);
    else if constexpr (std::same_as<T, float>) return std::bit_cast<std::uint32_t>(value);
    else return value;
}

/// Writes a number at a pointer, which compilers keep in a register, and returns where it ends.
template <std::integral T>
std::byte* store(std::byte* at, T value) noexcept {
    const T ordered = core::network_order(value);
    std::memcpy(at, &ordered, sizeof ordered);
    return at + sizeof ordered;
}

/// Reads a plain number. Precondition: `at` points to so many bytes.
template <plain_number T>
T load(const std::byte* at) noexcept {
    using bits = decltype(wire_number(T()));
    bits ordered;
    std::memcpy(&ordered, at, sizeof ordered);
    return std::bit_cast<T>(core::network_order(ordered));
}

} // namespace pgcoro::row_mapping

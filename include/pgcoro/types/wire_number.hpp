// Values whose binary form in the type that suits them best is one number.
#pragma once

#include <pgcoro/core/byte_order.hpp>
#include <pgcoro/types/codec.hpp>
#include <pgcoro/types/integer_types.hpp>

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace pgcoro::types {

/// Numbers whose binary form in their own type (`codec<T>::type`) is their bytes in network order.
template <class T>
concept plain_number = (integer<T> && std::is_signed_v<T> && sizeof(T) >= 2) || std::same_as<T, float>
                       || std::same_as<T, double>;

template <class T>
concept has_wire_number = requires(const T& value) {
    { codec<T>::wire(value) } -> std::integral;
};

template <class T>
concept wire_numeric = plain_number<T> || has_wire_number<T>;

/// Whether values of a C++ type are written to this SQL type as one number.
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

/// Values that are read from a column of one type, `plain_type<T>()`, by a load, whatever their bytes are.
template <class T>
concept plain_value = plain_number<T> || std::same_as<T, bool> || std::same_as<T, char> || std::same_as<T, std::uint32_t>;

template <plain_value T>
constexpr oid plain_type() noexcept {
    if constexpr (std::same_as<T, std::uint32_t>) return oids::oid_;
    else return codec<T>::type;
}

/// Precondition: `at` points to as many bytes as the value has.
template <plain_value T>
T load(const std::byte* at) noexcept {
    if constexpr (std::same_as<T, bool>) return *at != std::byte{0};
    else if constexpr (std::same_as<T, char>) return static_cast<char>(*at);
    else if constexpr (std::same_as<T, std::uint32_t>) return static_cast<T>(load<std::int32_t>(at));
    else {
        decltype(wire_number(T())) ordered;
        std::memcpy(&ordered, at, sizeof ordered);
        return std::bit_cast<T>(core::network_order(ordered));
    }
}

} // namespace pgcoro::types

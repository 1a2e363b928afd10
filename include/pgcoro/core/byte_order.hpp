// Integers to and from network byte order.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>

namespace pgcoro::core {

/// An integer of this machine in network byte order, and the other way round.
template <std::integral T>
constexpr T network_order(T value) noexcept {
    if constexpr (sizeof(T) == 1 || std::endian::native == std::endian::big) return value;
    else if constexpr (sizeof(T) == 2) return static_cast<T>(__builtin_bswap16(static_cast<std::uint16_t>(value)));
    else if constexpr (sizeof(T) == 4) return static_cast<T>(__builtin_bswap32(static_cast<std::uint32_t>(value)));
    else return static_cast<T>(__builtin_bswap64(static_cast<std::uint64_t>(value)));
}

} // namespace pgcoro::core

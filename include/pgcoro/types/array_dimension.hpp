// A dimension of an array.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

namespace pgcoro {

/// How many elements an array has in one of its dimensions, and the subscript of the first of them (documentation:
/// "Arrays").
struct array_dimension {
    std::int32_t lower_bound = 1;
    std::int32_t length = 0;

    friend bool operator==(const array_dimension&, const array_dimension&) = default;

    /// Whether the subscript behind the last element is a number for the server.
    constexpr bool bounded() const noexcept {
        return length >= 0 && lower_bound <= std::numeric_limits<std::int32_t>::max() - length;
    }
};

/// The server's `MAXDIM`.
inline constexpr std::size_t most_array_dimensions = 6;

} // namespace pgcoro

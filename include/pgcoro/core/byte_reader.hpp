// Reads big-endian fields from bytes that came over the wire.
#pragma once

#include <pgcoro/core/byte_order.hpp>
#include <pgcoro/core/conversion_error.hpp>
#include <pgcoro/core/separate_compilation.hpp>

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace pgcoro {

/// A cursor over received bytes. Every access checks the bounds: reading past the end throws a
/// `conversion_error` with `errc::protocol_error` and leaves the cursor where it was.
/// Lifetime: borrows the bytes; the views that it returns live as long as they do.
class byte_reader {
public:
    explicit byte_reader(std::span<const std::byte> bytes) noexcept : rest_(bytes) {}

    std::size_t remaining() const noexcept { return rest_.size(); }

    /// Where the remaining bytes are.
    const std::byte* data() const noexcept { return rest_.data(); }

    /// Reads an integer in network byte order.
    template <std::integral T>
    T read() {
        T value;
        std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
        return core::network_order(value);
    }

    /// Reads an IEEE 754 number in network byte order.
    template <std::floating_point T>
    T read() {
        if constexpr (sizeof(T) == sizeof(std::uint32_t)) return std::bit_cast<T>(read<std::uint32_t>());
        else return std::bit_cast<T>(read<std::uint64_t>());
    }

    /// The next `size` bytes.
    std::span<const std::byte> take(std::size_t size) {
        if (size > rest_.size()) too_short(size);
        auto taken = rest_.first(size);
        rest_ = rest_.subspan(size);
        return taken;
    }

    /// All that is left.
    std::span<const std::byte> take_rest() noexcept {
        auto taken = rest_;
        rest_ = {};
        return taken;
    }

    /// Throws unless everything was read.
    void expect_end() const {
        if (!rest_.empty())
            throw conversion_error(errc::protocol_error, std::to_string(rest_.size()) + " surplus bytes in the value");
    }

private:
    [[noreturn]] void too_short(std::size_t wanted) const;

    std::span<const std::byte> rest_;
};

/// The bytes as characters.
inline std::string_view as_chars(std::span<const std::byte> bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace pgcoro

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/core/byte_reader_definitions.hpp>
#endif

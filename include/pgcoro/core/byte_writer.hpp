// Writes big-endian fields into a growing buffer.
#pragma once

#include <pgcoro/core/byte_order.hpp>
#include <pgcoro/core/conversion_error.hpp>

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

namespace pgcoro {

/// Appends to a buffer that its owner keeps and reuses. Pointers into the buffer are valid until the next write.
class byte_writer {
public:
    explicit byte_writer(std::vector<std::byte>& buffer) noexcept : buffer_(&buffer) {}

    std::size_t size() const noexcept { return buffer_->size(); }

    /// Appends an integer in network byte order.
    template <std::integral T>
    void write(T value) {
        put(core::network_order(value));
    }

    /// Appends an IEEE 754 number in network byte order.
    template <std::floating_point T>
    void write(T value) {
        if constexpr (sizeof(T) == sizeof(std::uint32_t)) write(std::bit_cast<std::uint32_t>(value));
        else write(std::bit_cast<std::uint64_t>(value));
    }

    void write(std::span<const std::byte> bytes) { buffer_->insert(buffer_->end(), bytes.begin(), bytes.end()); }

    void write(std::string_view text) { write(std::as_bytes(std::span(text.data(), text.size()))); }

    /// Leaves room for a 32-bit length and returns its place for `end_length`.
    std::size_t begin_length() {
        write(std::int32_t{0});
        return size();
    }

    /// Fills in the number of bytes that were written since `begin_length` returned `start`. Throws a
    /// `conversion_error` (`errc::value_out_of_range`) if it exceeds what the protocol's field holds.
    void end_length(std::size_t start) {
        const auto length = core::network_order(narrow(size() - start));
        std::memcpy(buffer_->data() + start - sizeof length, &length, sizeof length);
    }

    /// A length or count as the protocol's signed 32-bit field; throws if it does not fit.
    static std::int32_t narrow(std::size_t length) {
        if (length > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
            throw conversion_error(errc::value_out_of_range, "value of " + std::to_string(length)
                                                                 + " bytes exceeds the protocol's limit of 2147483647");
        return static_cast<std::int32_t>(length);
    }

private:
    template <std::integral T>
    void put(T value) {
        const auto at = buffer_->size();
        buffer_->resize(at + sizeof value);
        std::memcpy(buffer_->data() + at, &value, sizeof value);
    }

    std::vector<std::byte>* buffer_;
};

} // namespace pgcoro

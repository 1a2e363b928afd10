// pgcoro::bit_string: a string of bits of any length.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/types/text_form.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pgcoro {

/// Any value of `bit` or `bit varying` (documentation: "Bit String Types"). Bits are counted from 0 in the
/// order in which the server prints them; the first is the most significant one of the first byte. Ordered as
/// the server orders: byte by byte, then by length.
class bit_string {
public:
    /// No bits.
    bit_string() = default;

    /// So many equal bits.
    explicit bit_string(std::size_t size, bool value = false)
        : bytes_((size + 7) / 8, value ? std::byte{0xff} : std::byte{0}), size_(size) {
        clear_padding();
    }

    /// The first `size` bits of the bytes, which are at least as many.
    bit_string(std::span<const std::byte> bytes, std::size_t size);

    /// Reads "0101", and with a letter before the digits "b0101" or, in hexadecimal digits, "x5f". Throws
    /// `conversion_error` (`errc::value_out_of_range`) for anything else.
    static bit_string parse(std::string_view text);

    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }

    /// The bit at a place below `size()`.
    bool operator[](std::size_t place) const noexcept {
        return (bytes_[place / 8] & mask(place)) != std::byte{0};
    }

    /// Sets the bit at a place below `size()`.
    void set(std::size_t place, bool value = true) noexcept {
        if (value)
            bytes_[place / 8] |= mask(place);
        else
            bytes_[place / 8] &= ~mask(place);
    }

    void push_back(bool value) {
        if (size_ % 8 == 0) bytes_.push_back(std::byte{0});
        ++size_;
        set(size_ - 1, value);
    }

    /// The bits, eight in a byte; those behind the last one are 0.
    std::span<const std::byte> bytes() const noexcept { return bytes_; }

    std::string to_string() const;

    friend bool operator==(const bit_string&, const bit_string&) noexcept = default;
    friend std::strong_ordering operator<=>(const bit_string&, const bit_string&) noexcept = default;

private:
    static constexpr std::byte mask(std::size_t place) noexcept {
        return static_cast<std::byte>(0x80u >> place % 8);
    }

    void clear_padding() noexcept {
        if (size_ % 8 != 0) bytes_.back() &= static_cast<std::byte>(0xff00u >> size_ % 8 & 0xffu);
    }

    // Their order is the order of the values.
    std::vector<std::byte> bytes_;
    std::size_t size_ = 0;
};

#if PGCORO_HAS_DEFINITIONS

PGCORO_DECL bit_string::bit_string(std::span<const std::byte> bytes, std::size_t size) : size_(size) {
    if (bytes.size() < (size + 7) / 8)
        throw conversion_error(errc::value_out_of_range,
                               std::to_string(size) + " bits in " + std::to_string(bytes.size()) + " bytes");
    bytes_.assign(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>((size + 7) / 8));
    clear_padding();
}

PGCORO_DECL bit_string bit_string::parse(std::string_view text) {
    constexpr std::string_view binary_digits = "01", hexadecimal_digits = "0123456789abcdefABCDEF";
    const bool hexadecimal = text.starts_with('x') || text.starts_with('X');
    auto digits = text;
    if (hexadecimal || text.starts_with('b') || text.starts_with('B')) digits.remove_prefix(1);
    if (digits.find_first_not_of(hexadecimal ? hexadecimal_digits : binary_digits) != digits.npos)
        types::refuse_text_form(text, "bit string", "a string of 0 and 1, such as 0101,");
    bit_string value(digits.size() * (hexadecimal ? 4 : 1));
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (!hexadecimal) {
            value.set(i, digits[i] == '1');
            continue;
        }
        const auto at = hexadecimal_digits.find(digits[i]);
        const auto nibble = at > 15 ? at - 6 : at;
        for (std::size_t bit = 0; bit < 4; ++bit) value.set(i * 4 + bit, (nibble >> (3 - bit) & 1) != 0);
    }
    return value;
}

PGCORO_DECL std::string bit_string::to_string() const {
    std::string text(size_, '0');
    for (std::size_t i = 0; i < size_; ++i)
        if ((*this)[i]) text[i] = '1';
    return text;
}

#endif

} // namespace pgcoro

template <>
struct fmt::formatter<pgcoro::bit_string> : pgcoro::types::text_formatter<pgcoro::bit_string> {};

template <>
struct std::hash<pgcoro::bit_string> {
    std::size_t operator()(const pgcoro::bit_string& value) const noexcept {
        const auto text = pgcoro::as_chars(value.bytes());
        return pgcoro::types::hash_of(text, value.size());
    }
};

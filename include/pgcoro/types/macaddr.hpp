// pgcoro::macaddr and pgcoro::macaddr8: hardware addresses to and from the types of the same names.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/types/text_form.hpp>

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace pgcoro {
namespace types {

/// Prints "08:00:2b:01:02:03".
std::string mac_text(std::span<const std::uint8_t> bytes);

/// Reads pairs of hexadecimal digits into all the bytes; the same one of ':', '-' and '.' may stand between
/// any two pairs. False if the text is something else.
bool parse_mac(std::string_view text, std::span<std::uint8_t> bytes) noexcept;

} // namespace types

/// A hardware address of `Size` bytes (documentation: "macaddr" and "macaddr8"). Printed as the server prints
/// it; ordered byte by byte, as there.
template <std::size_t Size>
struct mac_address {
    std::array<std::uint8_t, Size> bytes{};

    /// Reads "08:00:2b:01:02:03", "08-00-2b-01-02-03", "0800.2b01.0203", "08002b:010203", "08002b010203" and
    /// the like, in lower and upper case; eight bytes from six as well, with ff and fe in the middle. Throws
    /// `conversion_error` (`errc::value_out_of_range`) for anything else.
    static mac_address parse(std::string_view text) {
        mac_address value;
        if (types::parse_mac(text, value.bytes)) return value;
        if constexpr (Size == 8)
            if (std::array<std::uint8_t, 6> six; types::parse_mac(text, six))
                return {{six[0], six[1], six[2], 0xff, 0xfe, six[3], six[4], six[5]}};
        types::refuse_text_form(text, Size == 6 ? "macaddr" : "macaddr8",
                                Size == 6 ? "an address such as 08:00:2b:01:02:03"
                                          : "an address such as 08:00:2b:01:02:03:04:05");
    }

    std::string to_string() const { return types::mac_text(bytes); }

    friend auto operator<=>(const mac_address&, const mac_address&) = default;
};

using macaddr = mac_address<6>;  ///< EUI-48
using macaddr8 = mac_address<8>; ///< EUI-64

namespace types {

template <std::size_t Size, oid Type>
struct mac_codec : single_type_codec<Type> {
    static constexpr std::string_view name = Size == 6 ? "pgcoro::macaddr" : "pgcoro::macaddr8";

    static mac_address<Size> read(const field_view& field) {
        expect_binary(field, name);
        if (field.bytes.size() != Size) refuse_size(field, Size);
        mac_address<Size> value;
        std::transform(field.bytes.begin(), field.bytes.end(), value.bytes.begin(),
                       [](std::byte byte) { return std::to_integer<std::uint8_t>(byte); });
        return value;
    }

    static void write(byte_writer& out, const mac_address<Size>& value, oid parameter) {
        if (user_defined(parameter)) return out.write(std::string_view(value.to_string()));
        out.write(std::as_bytes(std::span(value.bytes)));
    }
};

#if PGCORO_HAS_DEFINITIONS

PGCORO_DECL std::string mac_text(std::span<const std::uint8_t> bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 3);
    for (const auto byte : bytes) {
        if (!text.empty()) text += ':';
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

PGCORO_DECL bool parse_mac(std::string_view text, std::span<std::uint8_t> bytes) noexcept {
    const auto digit = [](char c) -> unsigned {
        if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
        if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
        if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
        return 16;
    };
    char separator = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i != 0 && !text.empty() && (text[0] == ':' || text[0] == '-' || text[0] == '.')) {
            if (separator != 0 && text[0] != separator) return false;
            separator = text[0];
            text.remove_prefix(1);
        }
        if (text.size() < 2) return false;
        const auto high = digit(text[0]), low = digit(text[1]);
        if (high > 15 || low > 15) return false;
        bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
        text.remove_prefix(2);
    }
    return text.empty();
}

#endif
} // namespace types

template <>
struct codec<macaddr> : types::mac_codec<6, oids::macaddr> {};

template <>
struct codec<macaddr8> : types::mac_codec<8, oids::macaddr8> {};

} // namespace pgcoro

template <std::size_t Size>
struct fmt::formatter<pgcoro::mac_address<Size>> : pgcoro::types::text_formatter<pgcoro::mac_address<Size>> {
};

template <std::size_t Size>
struct std::hash<pgcoro::mac_address<Size>> {
    std::size_t operator()(const pgcoro::mac_address<Size>& value) const noexcept {
        return std::hash<std::string_view>()(
            {reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size()});
    }
};

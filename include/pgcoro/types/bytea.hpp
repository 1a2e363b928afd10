// Bytes to and from bytea.
#pragma once

#include <pgcoro/types/wire.hpp>

#include <concepts>
#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace pgcoro {
namespace types {

/// bytea's hex format (documentation: "bytea Hex Format").
inline void write_hex(byte_writer& out, std::span<const std::byte> bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    out.write(std::string_view("\\x"));
    for (const auto byte : bytes) {
        out.write(digits[std::to_integer<std::size_t>(byte >> 4)]);
        out.write(digits[std::to_integer<std::size_t>(byte & std::byte{15})]);
    }
}

struct bytea_codec {
    static constexpr oid type = oids::bytea;

    static bool reads(oid column) noexcept { return column == oids::bytea; }
    static bool writes(oid parameter) noexcept { return parameter == oids::bytea || user_defined(parameter); }
    static wire_format format(oid parameter) noexcept { return text_if_user_defined(parameter); }

    static void write(byte_writer& out, std::span<const std::byte> value, oid parameter) {
        if (user_defined(parameter))
            write_hex(out, value);
        else
            out.write(value);
    }

    static std::span<const std::byte> borrow(std::span<const std::byte> value, oid parameter) noexcept {
        return user_defined(parameter) ? std::span<const std::byte>{} : value;
    }
};

} // namespace types

/// Reads `bytea`; writes it and, as hexadecimal text, types that users made (domains). A vector of another
/// type than `std::byte` is an array.
template <>
struct codec<std::vector<std::byte>> : types::bytea_codec {
    static constexpr std::string_view name = "std::vector<std::byte>";

    static std::vector<std::byte> read(const field_view& field) {
        types::expect_binary(field, name);
        return {field.bytes.begin(), field.bytes.end()};
    }
};

/// The same as `std::vector<std::byte>`. Lifetime: what is read points into the result.
template <>
struct codec<std::span<const std::byte>> : types::bytea_codec {
    static constexpr std::string_view name = "std::span<const std::byte>";
    static constexpr bool borrows = true;

    static std::span<const std::byte> read(const field_view& field) {
        types::expect_binary(field, name);
        return field.bytes;
    }
};

/// Other spans of bytes, of fixed size or to bytes that may be changed, are parameters only.
template <class Byte, std::size_t Extent>
    requires std::same_as<std::remove_const_t<Byte>, std::byte>
struct codec<std::span<Byte, Extent>> : types::bytea_codec {
    static constexpr std::string_view name = "std::span<std::byte>";
};

} // namespace pgcoro

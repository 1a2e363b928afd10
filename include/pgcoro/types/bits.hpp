// Strings of bits to and from bit and bit varying.
#pragma once

#include <pgcoro/types/bit_string.hpp>
#include <pgcoro/types/names.hpp>

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace pgcoro {
namespace types {

/// Received bits, eight in a byte, the first in the most significant place.
struct bits_view {
    std::span<const std::byte> bytes;
    std::size_t size;

    bool operator[](std::size_t place) const noexcept {
        return (std::to_integer<unsigned>(bytes[place / 8]) >> (7 - place % 8) & 1) != 0;
    }
};

/// The binary form of `bit` and `bit varying` (`varbit_send` in the server's `varbit.c`): the number of bits,
/// then the bits.
inline bits_view read_bits(const field_view& field) {
    byte_reader in(field.bytes);
    const auto size = in.read<std::int32_t>();
    if (size < 0) refuse_bytes(field, std::to_string(size) + " bits");
    const auto bits = static_cast<std::size_t>(size);
    const auto bytes = in.take((bits + 7) / 8);
    in.expect_end();
    if (bits % 8 != 0 && (std::to_integer<unsigned>(bytes.back()) & 0xffu >> bits % 8) != 0)
        refuse_bytes(field, "bits set behind the last of its " + std::to_string(bits));
    return {bytes, bits};
}

/// Writes bits of any container that tells the one at a place, counted as the server counts; as digits for
/// types that users made.
template <class BitAt>
void write_bits(byte_writer& out, std::size_t size, oid parameter, BitAt&& bit_at) {
    if (user_defined(parameter)) {
        for (std::size_t i = 0; i < size; ++i) out.write(bit_at(i) ? '1' : '0');
        return;
    }
    out.write(byte_writer::narrow(size));
    for (std::size_t i = 0; i < size; i += 8) {
        unsigned byte = 0;
        for (std::size_t bit = i; bit < i + 8; ++bit)
            byte = byte << 1 | (bit < size && bit_at(bit) ? 1u : 0u);
        out.write(static_cast<std::uint8_t>(byte));
    }
}

/// Throws that a container of fixed size holds another number of bits.
[[noreturn]] inline void refuse_bits(const field_view& field, std::size_t size, std::string_view cpp_type) {
    throw conversion_error(errc::value_out_of_range, type_name(field.type) + " value of "
                                                         + std::to_string(size) + " bits cannot be held by "
                                                         + std::string(cpp_type));
}

struct bits_codec {
    static bool reads(oid column) noexcept { return column == oids::bit || column == oids::varbit; }
    static bool writes(oid parameter) noexcept { return reads(parameter) || user_defined(parameter); }
    static wire_format format(oid parameter) noexcept { return text_if_user_defined(parameter); }

    /// Of bits as text, whichever C++ type they will be read into.
    static bool make_scalar(byte_writer& out, std::string_view text, oid type) {
        if (!reads(type)) return false;
        const auto bits = bit_string::parse(text);
        out.write(byte_writer::narrow(bits.size()));
        out.write(bits.bytes());
        return true;
    }
};

} // namespace types

/// Reads and writes `bit` and `bit varying`. The server checks or fits the length to that of the column.
template <>
struct codec<bit_string> : types::bits_codec {
    static constexpr std::string_view name = "pgcoro::bit_string";
    static constexpr oid type = oids::varbit;

    static bit_string read(const field_view& field) {
        types::expect_binary(field, name);
        const auto bits = types::read_bits(field);
        return {bits.bytes, bits.size};
    }

    static void write(byte_writer& out, const bit_string& value, oid parameter) {
        if (types::user_defined(parameter)) return out.write(std::string_view(value.to_string()));
        out.write(byte_writer::narrow(value.size()));
        out.write(value.bytes());
    }
};

/// The same types, of exactly `N` bits; any other number is `errc::value_out_of_range`. The bitset's
/// `to_string()` is the server's text, so the bit that the server prints first is the highest: `N - 1`.
template <std::size_t N>
struct codec<std::bitset<N>> : types::bits_codec {
    static constexpr std::string_view name = types::cpp_type_name<std::bitset<N>>();
    static constexpr oid type = oids::bit;

    static std::bitset<N> read(const field_view& field) {
        types::expect_binary(field, name);
        const auto bits = types::read_bits(field);
        if (bits.size != N) types::refuse_bits(field, bits.size, name);
        std::bitset<N> value;
        for (std::size_t i = 0; i < N; ++i) value[N - 1 - i] = bits[i];
        return value;
    }

    static void write(byte_writer& out, const std::bitset<N>& value, oid parameter) {
        types::write_bits(out, N, parameter, [&](std::size_t i) { return value[N - 1 - i]; });
    }
};

} // namespace pgcoro

// The binary form of ranges and multiranges and, for types that users made, their literals.
#pragma once

#include <pgcoro/types/multirange.hpp>
#include <pgcoro/types/wire.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro::types {

/// What the first byte of a range says (`range_send` in the server's `rangetypes.c`).
struct range_flags {
    static constexpr std::uint8_t empty = 0x01, lower_inclusive = 0x02, upper_inclusive = 0x04, lower_infinite = 0x08,
                                  upper_infinite = 0x10;

    /// Whether a server would send these.
    static constexpr bool possible(std::uint8_t flags) noexcept {
        if ((flags & empty) != 0) return flags == empty;
        const auto both = [flags](std::uint8_t mask) { return (flags & mask) == mask; };
        return flags < 0x20 && !both(lower_inclusive | lower_infinite) && !both(upper_inclusive | upper_infinite);
    }
};

[[noreturn]] inline void rethrow_for_bound(const conversion_error& cause, std::string_view which) {
    throw conversion_error(cause.code(), std::string(which) + " bound: " + cause.what());
}

/// The bytes that a length precedes, which is not that of NULL.
inline std::span<const std::byte> take_counted(byte_reader& in) {
    const auto length = in.read<std::int32_t>();
    if (length < 0) throw conversion_error(errc::protocol_error, "length " + std::to_string(length));
    return in.take(static_cast<std::size_t>(length));
}

template <class T>
std::optional<T> read_bound(byte_reader& in, const type_ref& element, std::string_view which) {
    try {
        return codec<T>::read({take_counted(in), element, wire_format::binary});
    } catch (const conversion_error& cause) {
        rethrow_for_bound(cause, which);
    }
}

/// Reads a range that takes up all the bytes.
template <class T>
range<T> read_range(std::span<const std::byte> bytes, const type_ref& element) {
    byte_reader in(bytes);
    const auto flags = in.read<std::uint8_t>();
    if (!range_flags::possible(flags))
        throw conversion_error(errc::protocol_error, "range with flags " + std::to_string(flags));
    if (flags == range_flags::empty) {
        in.expect_end();
        return {};
    }
    std::optional<T> lower, upper;
    if ((flags & range_flags::lower_infinite) == 0) lower = read_bound<T>(in, element, "lower");
    if ((flags & range_flags::upper_infinite) == 0) upper = read_bound<T>(in, element, "upper");
    in.expect_end();
    if (lower && upper && *upper < *lower)
        throw conversion_error(errc::protocol_error, "range with a lower bound above the upper one");
    return range<T>::bounded(std::move(lower), (flags & range_flags::lower_inclusive) != 0, std::move(upper),
                             (flags & range_flags::upper_inclusive) != 0);
}

/// Reads the ranges of a multirange (`multirange_send`), which come in order.
template <class T>
multirange<T> read_multirange(std::span<const std::byte> bytes, const type_ref& element) {
    constexpr std::size_t least = sizeof(std::int32_t) + 1; // a length and flags
    byte_reader in(bytes);
    const auto count = in.read<std::int32_t>();
    if (count < 0 || static_cast<std::size_t>(count) > in.remaining() / least)
        throw conversion_error(errc::protocol_error, "multirange of " + std::to_string(count) + " ranges in "
                                                         + std::to_string(in.remaining()) + " bytes");
    std::vector<range<T>> ranges;
    ranges.reserve(static_cast<std::size_t>(count));
    for (std::int32_t i = 0; i < count; ++i) {
        try {
            auto part = read_range<T>(take_counted(in), element);
            if (part.is_empty() || (!ranges.empty() && (!(ranges.back() < part) || ranges.back().reaches(part))))
                throw conversion_error(errc::protocol_error, "empty or not behind the one before it");
            ranges.push_back(std::move(part));
        } catch (const conversion_error& cause) {
            throw conversion_error(cause.code(), "range [" + std::to_string(i) + "]: " + cause.what());
        }
    }
    in.expect_end();
    return multirange<T>(std::move(ranges));
}

template <class T>
void write_bound(byte_writer& out, const T& value, const type_ref& element, std::string_view which) {
    try {
        const auto start = out.begin_length();
        codec<T>::write(out, value, element);
        out.end_length(start);
    } catch (const conversion_error& cause) {
        rethrow_for_bound(cause, which);
    }
}

/// Writes a range in its binary form.
template <class T>
void write_range(byte_writer& out, const range<T>& value, const type_ref& element) {
    if (value.is_empty()) return out.write(range_flags::empty);
    unsigned flags = 0;
    if (value.lower_inclusive()) flags |= range_flags::lower_inclusive;
    if (value.upper_inclusive()) flags |= range_flags::upper_inclusive;
    if (value.lower_infinite()) flags |= range_flags::lower_infinite;
    if (value.upper_infinite()) flags |= range_flags::upper_infinite;
    out.write(static_cast<std::uint8_t>(flags));
    if (value.lower()) write_bound(out, *value.lower(), element, "lower");
    if (value.upper()) write_bound(out, *value.upper(), element, "upper");
}

/// Writes a multirange in its binary form.
template <class T>
void write_multirange(byte_writer& out, const multirange<T>& value, const type_ref& element) {
    out.write(byte_writer::narrow(value.ranges().size()));
    for (const auto& part : value.ranges()) {
        const auto start = out.begin_length();
        write_range(out, part, element);
        out.end_length(start);
    }
}

/// Writes the text of a range for a type whose bounds' type the client does not know.
template <class T>
void write_range_text(byte_writer& out, const range<T>& value, const type_ref& parameter) {
    const auto text_of = [parameter](const std::optional<T>& bound, std::string_view which) -> std::optional<std::string> {
        if (!bound) return std::nullopt;
        std::vector<std::byte> bytes;
        byte_writer text(bytes);
        try {
            codec<T>::write(text, *bound, parameter);
        } catch (const conversion_error& cause) {
            rethrow_for_bound(cause, which);
        }
        return std::string(as_chars(bytes));
    };
    std::string text;
    append_range(text, {value.is_empty(), value.lower_inclusive(), value.upper_inclusive(),
                        text_of(value.lower(), "lower"), text_of(value.upper(), "upper")});
    out.write(std::string_view(text));
}

template <class T>
void write_multirange_text(byte_writer& out, const multirange<T>& value, const type_ref& parameter) {
    out.write('{');
    for (std::size_t i = 0; i < value.ranges().size(); ++i) {
        if (i != 0) out.write(',');
        write_range_text(out, value.ranges()[i], parameter);
    }
    out.write('}');
}

} // namespace pgcoro::types

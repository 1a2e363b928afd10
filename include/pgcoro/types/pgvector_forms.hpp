// The text and binary forms of pgvector's types.
#pragma once

#include <pgcoro/types/pgvector.hpp>
#include <pgcoro/types/real_text.hpp>
#include <pgcoro/types/text_cursor.hpp>

#include <fmt/format.h>

#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pgcoro {
namespace pgvector {

/// The end of a text, white space before it or not.
inline bool ends(types::text_cursor& in) noexcept {
    in.skip_blanks();
    return in.at_end();
}

inline std::optional<float> take_number(types::text_cursor& in) noexcept {
    in.skip_blanks();
    return in.real<float>();
}

inline std::optional<std::vector<float>> take_numbers(types::text_cursor in) {
    std::vector<float> values;
    if (!in.accept_token('[')) return std::nullopt;
    if (in.accept_token(']')) return ends(in) ? std::optional(values) : std::nullopt;
    do {
        const auto value = take_number(in);
        if (!value) return std::nullopt;
        values.push_back(*value);
    } while (in.accept_token(','));
    return in.accept_token(']') && ends(in) ? std::optional(values) : std::nullopt;
}

PGCORO_DECL std::vector<float> parse_dense(std::string_view text) {
    auto values = take_numbers(types::text_cursor(text));
    if (!values) types::refuse_text_form(text, "vector", "numbers such as [1,2.5,3]");
    return std::move(*values);
}

PGCORO_DECL std::string print_dense(const std::vector<float>& values) {
    std::string text = "[";
    for (const float value : values) {
        if (text.size() != 1) text += ',';
        text += types::real_text(value);
    }
    return text + ']';
}

// Half precision: 1 bit of sign, 5 of the exponent, 10 of the mantissa (IEEE 754, binary16).

PGCORO_DECL float from_half(std::uint16_t bits) noexcept {
    const int exponent = bits >> 10 & 31, mantissa = bits & 1023;
    const float size = exponent == 31  ? (mantissa == 0 ? std::numeric_limits<float>::infinity() : std::numeric_limits<float>::quiet_NaN())
                       : exponent == 0 ? std::ldexp(static_cast<float>(mantissa), -24)
                                       : std::ldexp(static_cast<float>(mantissa + 1024), exponent - 25);
    return (bits & 0x8000) != 0 ? -size : size;
}

PGCORO_DECL std::uint16_t to_half(float value) {
    const unsigned sign = std::signbit(value) ? 0x8000 : 0;
    const float size = std::fabs(value);
    if (!(size < 65520))   // what is nearer to 65536 than to 65504, infinity and NaN
        throw conversion_error(errc::value_out_of_range, fmt::format("{} is no number of halfvec, up to 65504", value));
    if (size < 6.103515625e-05F)   // below 2^-14 the exponent stays as it is
        return static_cast<std::uint16_t>(sign | static_cast<unsigned>(std::nearbyint(std::ldexp(size, 24))));
    const int exponent = std::ilogb(size);
    const auto mantissa = static_cast<unsigned>(std::nearbyint(std::ldexp(size, 10 - exponent)));   // 1024 to 2048
    return static_cast<std::uint16_t>(sign | ((static_cast<unsigned>(exponent + 14) << 10) + mantissa));
}

PGCORO_DECL sparsevec::sparsevec(std::int32_t dimensions, std::vector<element> elements)
    : dimensions_(dimensions), elements_(std::move(elements)) {
    std::int32_t next = 0;
    for (const auto& [index, value] : elements_) {
        if (index < next || index >= dimensions || value == 0)
            throw conversion_error(errc::value_out_of_range,
                                   "sparsevec of " + std::to_string(dimensions) + " dimensions with an element "
                                       + std::to_string(index)
                                       + " that is 0, out of order or beyond them");
        next = index + 1;
    }
}

/// An element as in "3:1.5", with its index from 1.
inline std::optional<sparsevec::element> take_element(types::text_cursor& in) {
    in.skip_blanks();
    const auto index = in.integer<std::int32_t>();
    if (!index || *index < 1 || !in.accept_token(':')) return std::nullopt;
    const auto value = take_number(in);
    if (!value) return std::nullopt;
    return sparsevec::element{*index - 1, *value};
}

inline std::optional<sparsevec> take_sparse(types::text_cursor in) {
    std::vector<sparsevec::element> elements;
    if (!in.accept_token('{')) return std::nullopt;
    if (!in.accept_token('}')) {
        do {
            const auto one = take_element(in);
            if (!one) return std::nullopt;
            if (one->value != 0) elements.push_back(*one);   // as the server does
        } while (in.accept_token(','));
        if (!in.accept_token('}')) return std::nullopt;
    }
    if (!in.accept_token('/')) return std::nullopt;
    in.skip_blanks();
    const auto dimensions = in.integer<std::int32_t>();
    if (!dimensions || !ends(in)) return std::nullopt;
    return sparsevec(*dimensions, std::move(elements));
}

PGCORO_DECL sparsevec sparsevec::parse(std::string_view text) {
    auto value = take_sparse(types::text_cursor(text));
    if (!value) types::refuse_text_form(text, "sparsevec", "elements and dimensions such as {1:1.5,3:2}/5");
    return std::move(*value);
}

PGCORO_DECL std::string sparsevec::to_string() const {
    std::string text = "{";
    for (bool first = true; const auto& [index, number] : elements_)
        fmt::format_to(std::back_inserter(text), "{}{}:{}", std::exchange(first, false) ? "" : ",", index + 1, types::real_text(number));
    fmt::format_to(std::back_inserter(text), "}}/{}", dimensions_);
    return text;
}

} // namespace pgvector

/// `sparsevec_send`: the numbers of dimensions and of elements, 32 bits that are 0, the indices from 0, the numbers.
PGCORO_DECL pgvector::sparsevec codec<pgvector::sparsevec>::read(const field_view& field) {
    types::expect_binary(field, name);
    byte_reader in(field.bytes);
    const auto dimensions = in.read<std::int32_t>(), count = in.read<std::int32_t>();
    if (in.read<std::int32_t>() != 0 || dimensions < 0 || count < 0
        || in.remaining() / (sizeof(std::int32_t) + sizeof(float)) != static_cast<std::size_t>(count)
        || in.remaining() % (sizeof(std::int32_t) + sizeof(float)) != 0)
        throw conversion_error(errc::protocol_error, "sparsevec of " + std::to_string(count) + " elements in "
                                                         + std::to_string(in.remaining()) + " bytes");
    std::vector<pgvector::sparsevec::element> elements(static_cast<std::size_t>(count));
    for (auto& one : elements) one.index = in.read<std::int32_t>();
    for (auto& one : elements) one.value = in.read<float>();
    try {
        return {dimensions, std::move(elements)};
    } catch (const conversion_error& reason) {
        throw conversion_error(errc::protocol_error, reason.what());
    }
}

PGCORO_DECL void codec<pgvector::sparsevec>::write(byte_writer& out, const pgvector::sparsevec& value, const type_ref& parameter) {
    if (format(parameter) == wire_format::text) return out.write(std::string_view(value.to_string()));
    out.write(value.dimensions());
    out.write(byte_writer::narrow(value.elements().size()));
    out.write(std::int32_t{0});
    for (const auto& one : value.elements()) out.write(one.index);
    for (const auto& one : value.elements()) out.write(one.value);
}

} // namespace pgcoro

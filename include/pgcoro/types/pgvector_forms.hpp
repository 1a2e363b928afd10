// The text and binary forms of pgvector's types.
#pragma once

#include <pgcoro/types/pgvector.hpp>

#include <charconv>
#include <system_error>

namespace pgcoro {
namespace pgvector {

/// Takes numbers and punctuation off the beginning of a text.
class scanner {
public:
    scanner(std::string_view text, std::string_view expected) noexcept : all_(text), rest_(text), expected_(expected) {}

    bool take(char c) noexcept {
        skip_blanks();
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }

    void want(char c) {
        if (!take(c)) refuse(all_, expected_);
    }

    template <class Number>
    Number number() {
        skip_blanks();
        Number value{};
        const auto [end, failed] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
        if (failed != std::errc()) refuse(all_, expected_);
        rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
        return value;
    }

    void end() {
        skip_blanks();
        if (!rest_.empty()) refuse(all_, expected_);
    }

private:
    void skip_blanks() noexcept {
        while (!rest_.empty() && (rest_.front() == ' ' || (rest_.front() >= '\t' && rest_.front() <= '\r'))) rest_.remove_prefix(1);
    }

    std::string_view all_, rest_, expected_;
};

PGCORO_DECL std::vector<float> parse_dense(std::string_view text) {
    scanner in(text, "vector as in [1,2.5,3]");
    std::vector<float> values;
    in.want('[');
    if (!in.take(']')) {
        do values.push_back(in.number<float>());
        while (in.take(','));
        in.want(']');
    }
    in.end();
    return values;
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

PGCORO_DECL sparsevec sparsevec::parse(std::string_view text) {
    constexpr std::string_view expected = "sparsevec as in {1:1.5,3:2}/5";
    scanner in(text, expected);
    std::vector<element> elements;
    in.want('{');
    if (!in.take('}')) {
        do {
            const auto index = in.number<std::int32_t>();
            if (index < 1) refuse(text, expected);
            in.want(':');
            elements.push_back({index - 1, in.number<float>()});
        } while (in.take(','));
        in.want('}');
    }
    in.want('/');
    const auto dimensions = in.number<std::int32_t>();
    in.end();
    std::erase_if(elements, [](const element& one) { return one.value == 0; });   // as the server does
    return {dimensions, std::move(elements)};
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
    if (format(parameter) == wire_format::text) return out.write(std::string_view(fmt::format("{}", value)));
    out.write(value.dimensions());
    out.write(byte_writer::narrow(value.elements().size()));
    out.write(std::int32_t{0});
    for (const auto& one : value.elements()) out.write(one.index);
    for (const auto& one : value.elements()) out.write(one.value);
}

} // namespace pgcoro

// The types of the extension pgvector.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/types/text_form.hpp>

#include <fmt/format.h>

#include <cmath>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {
namespace pgvector {

/// A `vector` or `halfvec` of pgvector: numbers, at most 16,000 of them, none infinite or NaN (the server refuses those).
/// Printed and parsed as the server does: `[1,2.5,3]`.
/// @tparam Tag which of the two it is
template <class Tag>
class dense_vector {
public:
    dense_vector() = default;
    explicit dense_vector(std::vector<float> values) noexcept : values_(std::move(values)) {}
    dense_vector(std::initializer_list<float> values) : values_(values) {}

    std::size_t dimensions() const noexcept { return values_.size(); }
    const std::vector<float>& values() const noexcept { return values_; }
    float operator[](std::size_t at) const noexcept { return values_[at]; }
    auto begin() const noexcept { return values_.begin(); }
    auto end() const noexcept { return values_.end(); }

    /// Throws `conversion_error` (`errc::value_out_of_range`) for text of another form.
    static dense_vector parse(std::string_view text);
    std::string to_string() const;

    bool operator==(const dense_vector&) const = default;
    std::partial_ordering operator<=>(const dense_vector&) const = default;

private:
    std::vector<float> values_;
};

struct single_precision;
struct half_precision;

/// pgvector's `vector`.
using vector = dense_vector<single_precision>;

/// pgvector's `halfvec`, of numbers of half precision (10 bits of mantissa, up to 65504). Written numbers are rounded to the
/// nearest of those.
using halfvec = dense_vector<half_precision>;

/// pgvector's `sparsevec`: the elements that are not 0 of a vector of up to a thousand million dimensions. Printed and
/// parsed as the server does, with indices from 1: `{1:1.5,3:2}/5`.
class sparsevec {
public:
    struct element {
        std::int32_t index = 0;   ///< from 0
        float value = 0;
        bool operator==(const element&) const = default;
    };

    sparsevec() = default;

    /// @param elements by ascending indices, which are below `dimensions`; none is 0. Else `conversion_error`
    ///                 (`errc::value_out_of_range`) is thrown.
    sparsevec(std::int32_t dimensions, std::vector<element> elements);

    std::int32_t dimensions() const noexcept { return dimensions_; }
    const std::vector<element>& elements() const noexcept { return elements_; }

    /// Throws `conversion_error` (`errc::value_out_of_range`) for text of another form.
    static sparsevec parse(std::string_view text);
    std::string to_string() const;

    bool operator==(const sparsevec&) const = default;

private:
    std::int32_t dimensions_ = 0;
    std::vector<element> elements_;
};

std::vector<float> parse_dense(std::string_view text);
std::string print_dense(const std::vector<float>& values);

/// The number that has these bits as an IEEE 754 number of half precision.
float from_half(std::uint16_t bits) noexcept;

/// The nearest number of half precision. Throws `errc::value_out_of_range` for one beyond them.
std::uint16_t to_half(float value);

/// `vector_send`, `halfvec_send`: the number of dimensions, 16 bits that are 0, the numbers.
template <class Number, class Decode>
std::vector<float> read_dense(const field_view& field, std::string_view cpp_type, Decode&& decode) {
    types::expect_binary(field, cpp_type);
    byte_reader in(field.bytes);
    const auto count = in.read<std::uint16_t>();
    if (in.read<std::uint16_t>() != 0 || in.remaining() != count * sizeof(Number))
        throw conversion_error(errc::protocol_error, "vector of " + std::to_string(count) + " numbers in "
                                                         + std::to_string(in.remaining()) + " bytes");
    std::vector<float> values(count);
    for (auto& value : values) value = decode(in.read<Number>());
    return values;
}

template <class Values, class Encode>
void write_dense(byte_writer& out, const Values& value, Encode&& encode) {
    if (value.dimensions() > std::numeric_limits<std::int16_t>::max())
        throw conversion_error(errc::value_out_of_range,
                               "vector of " + std::to_string(value.dimensions()) + " dimensions, more than pgvector has");
    out.write(static_cast<std::uint16_t>(value.dimensions()));
    out.write(std::uint16_t{0});
    for (const float number : value) encode(number);
}

inline constexpr std::string_view vector_name = "vector", halfvec_name = "halfvec", sparsevec_name = "sparsevec";

} // namespace pgvector
} // namespace pgcoro

// Each by itself: they are ranges, and a specialisation for both would compete with that of <fmt/ranges.h>.
template <>
struct fmt::formatter<pgcoro::pgvector::vector> : pgcoro::types::text_formatter<pgcoro::pgvector::vector> {};

template <>
struct fmt::formatter<pgcoro::pgvector::halfvec> : pgcoro::types::text_formatter<pgcoro::pgvector::halfvec> {};

template <>
struct fmt::formatter<pgcoro::pgvector::sparsevec> : pgcoro::types::text_formatter<pgcoro::pgvector::sparsevec> {};

namespace pgcoro {

template <class Tag>
pgvector::dense_vector<Tag> pgvector::dense_vector<Tag>::parse(std::string_view text) {
    return dense_vector(parse_dense(text));
}

template <class Tag>
std::string pgvector::dense_vector<Tag>::to_string() const {
    return print_dense(values_);
}

/// Reads and writes `vector`.
template <>
struct codec<pgvector::vector> : types::named_type_codec<pgvector::vector_name> {
    static constexpr std::string_view name = "pgcoro::pgvector::vector";

    static pgvector::vector read(const field_view& field) {
        return pgvector::vector(pgvector::read_dense<float>(field, name, [](float number) { return number; }));
    }

    static void write(byte_writer& out, const pgvector::vector& value, const type_ref& parameter) {
        if (format(parameter) == wire_format::text) return out.write(std::string_view(value.to_string()));
        pgvector::write_dense(out, value, [&](float number) { out.write(number); });
    }
};

/// Reads and writes `halfvec`.
template <>
struct codec<pgvector::halfvec> : types::named_type_codec<pgvector::halfvec_name> {
    static constexpr std::string_view name = "pgcoro::pgvector::halfvec";

    static pgvector::halfvec read(const field_view& field) {
        return pgvector::halfvec(pgvector::read_dense<std::uint16_t>(field, name, [](std::uint16_t bits) { return pgvector::from_half(bits); }));
    }

    static void write(byte_writer& out, const pgvector::halfvec& value, const type_ref& parameter) {
        if (format(parameter) == wire_format::text) return out.write(std::string_view(value.to_string()));
        pgvector::write_dense(out, value, [&](float number) { out.write(pgvector::to_half(number)); });
    }
};

/// Reads and writes `sparsevec`.
template <>
struct codec<pgvector::sparsevec> : types::named_type_codec<pgvector::sparsevec_name> {
    static constexpr std::string_view name = "pgcoro::pgvector::sparsevec";

    static pgvector::sparsevec read(const field_view& field);
    static void write(byte_writer& out, const pgvector::sparsevec& value, const type_ref& parameter);
};

} // namespace pgcoro

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/types/pgvector_forms.hpp>
#endif

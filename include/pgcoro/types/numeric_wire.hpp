// The binary form of numeric.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/types/numeric.hpp>
#include <pgcoro/types/wire.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro::types {

// What numeric_send in the server's `numeric.c` makes: a count of groups of four digits, the weight of the
// first one (its power of 10000), the sign or what else the value is, the decimal places shown, the groups
// without the zero ones at both ends.

/// Reads a `numeric` in binary form; the bytes are checked.
numeric read_numeric(const field_view& field);

/// Writes a `numeric` in binary form.
void write_numeric(byte_writer& out, const numeric& value);

[[noreturn]] void refuse_numeric(const numeric& value, oid column, std::string_view cpp_type);

/// Reads a `numeric` into an integer or floating point type that holds it. Out of line, so that columns of
/// integers do not pay for it.
template <class T>
[[gnu::noinline]] T read_numeric_as(const field_view& field) {
    const auto value = read_numeric(field);
    const auto converted = value.template try_to<T>();
    if (!converted) refuse_numeric(value, field.type, number_name<T>());
    return *converted;
}

/// Writes an integer as a `numeric`, without making one.
template <integer T>
void write_numeric(byte_writer& out, T value) {
    std::array<std::uint16_t, 5> digits{};
    std::size_t used = 0;
    for (auto rest = magnitude_of(value); rest != 0; rest /= 10000)
        digits[used++] = static_cast<std::uint16_t>(rest % 10000);
    std::size_t last = 0;
    while (last < used && digits[last] == 0) ++last;
    out.write(static_cast<std::uint16_t>(used - last));
    out.write(static_cast<std::int16_t>(used == 0 ? 0 : used - 1));
    out.write(static_cast<std::uint16_t>(std::cmp_less(value, 0) ? 0x4000 : 0));
    out.write(std::uint16_t{0});
    for (auto place = used; place > last; --place) out.write(digits[place - 1]);
}

#if PGCORO_HAS_DEFINITIONS

[[noreturn]] PGCORO_DECL void refuse_numeric(const numeric& value, oid column, std::string_view cpp_type) {
    throw conversion_error(errc::value_out_of_range, "value " + value.brief() + " of type "
                                                         + type_name(column) + " does not fit "
                                                         + std::string(cpp_type));
}

[[noreturn]] PGCORO_DECL void refuse_numeric_bytes(std::string_view what) {
    throw conversion_error(errc::protocol_error, "numeric with " + std::string(what));
}

PGCORO_DECL numeric read_numeric(const field_view& field) {
    byte_reader in(field.bytes);
    const std::size_t count = in.read<std::uint16_t>();
    const auto weight = in.read<std::int16_t>();
    const auto sign = static_cast<numeric::form>(in.read<std::uint16_t>());
    const auto scale = in.read<std::uint16_t>();
    if (in.remaining() != count * sizeof(std::int16_t))
        refuse_numeric_bytes(std::to_string(count) + " groups of digits in " + std::to_string(in.remaining())
                             + " bytes");

    numeric value(sign);
    switch (sign) {
    case numeric::form::positive:
    case numeric::form::negative:
        break;
    case numeric::form::nan:
    case numeric::form::infinity:
    case numeric::form::minus_infinity:
        if (count != 0) refuse_numeric_bytes("digits that is not finite");
        return value;
    default:
        refuse_numeric_bytes("sign " + std::to_string(static_cast<unsigned>(sign)));
    }
    if (scale > numeric::most_decimal_places) refuse_numeric_bytes(std::to_string(scale) + " decimal places");
    value.scale_ = scale;
    value.weight_ = weight;
    value.groups_.resize(count, boost::container::default_init);
    for (auto& group : value.groups_) {
        group = in.read<std::int16_t>();
        if (group < 0 || group > 9999) refuse_numeric_bytes("a group of digits " + std::to_string(group));
    }
    value.strip_zero_groups();
    if (value.decimal_places() > scale) refuse_numeric_bytes("more decimal places than are shown");
    return value;
}

PGCORO_DECL void write_numeric(byte_writer& out, const numeric& value) {
    // For the infinities the server sends 32 decimal places, which have no meaning.
    const std::uint16_t scale = value.is_infinite() ? 32 : value.scale_;
    out.write(static_cast<std::uint16_t>(value.groups_.size()));
    out.write(static_cast<std::int16_t>(value.weight_));
    out.write(static_cast<std::uint16_t>(value.form_));
    out.write(scale);
    for (const auto group : value.groups_) out.write(group);
}

#endif

} // namespace pgcoro::types

// Integers of every width to and from smallint, integer, bigint and object identifiers.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/types/integer_types.hpp>
#include <pgcoro/types/numeric_wire.hpp>
#include <pgcoro/types/wire.hpp>

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>

namespace pgcoro {
namespace types {

/// The binary form of an SQL integer type; `none` for other types.
enum class integer_form { none, int16, int32, int64, uint32, uint64 };

constexpr integer_form integer_form_of(oid type) noexcept {
    switch (type) {
    case oids::int2:
        return integer_form::int16;
    case oids::int4:
        return integer_form::int32;
    case oids::int8:
        return integer_form::int64;
    case oids::oid_:
    case oids::xid:
    case oids::cid:
    case oids::regproc:
    case 2202: // regprocedure
    case 2203: // regoper
    case 2204: // regoperator
    case 2205: // regclass
    case 2206: // regtype
    case 3734: // regconfig
    case 3769: // regdictionary
    case 4089: // regnamespace
    case 4096: // regrole
    case 4191:
        return integer_form::uint32; // regcollation
    case oids::xid8:
        return integer_form::uint64;
    default:
        return integer_form::none;
    }
}

/// Throws that a column's value does not fit; it names the value.
[[noreturn]] void refuse_integer(std::int64_t value, oid column, std::string_view cpp_type);
[[noreturn]] void refuse_integer(std::uint64_t value, oid column, std::string_view cpp_type);

template <integer T, class Wire>
T narrow_column(Wire value, oid column) {
    using widest = std::conditional_t<std::is_signed_v<Wire>, std::int64_t, std::uint64_t>;
    if (!std::in_range<T>(value)) [[unlikely]]
        refuse_integer(widest{value}, column, integer_name<T>());
    return static_cast<T>(value);
}

template <class Wire, integer T>
void write_narrowed(byte_writer& out, T value, oid parameter) {
    if (!std::in_range<Wire>(value)) [[unlikely]]
        refuse_argument(integer_name<T>(), parameter);
    out.write(static_cast<Wire>(value));
}

template <std::floating_point Real, integer T>
void write_exact_real(byte_writer& out, T value, oid parameter) {
    const auto magnitude = magnitude_of(value);
    const auto trailing_zeros = magnitude == 0 ? 0 : std::countr_zero(magnitude);
    if (static_cast<int>(std::bit_width(magnitude)) - trailing_zeros > std::numeric_limits<Real>::digits)
        refuse_argument(integer_name<T>(), parameter);
    out.write(static_cast<Real>(value));
}

} // namespace types

/// Reads `smallint`, `integer`, `bigint`, `oid` and its aliases, `xid`, `cid`, `xid8` and `numeric`; a value
/// that the C++ type cannot hold, such as 1.5, is `errc::value_out_of_range`. Writes the same types within
/// their ranges, the floating point types if they hold the value exactly, and, as text, types that users made
/// (domains).
template <types::integer T>
struct codec<T> {
    static constexpr std::string_view name = types::integer_name<T>();
    static constexpr oid type = types::integer_type<T>();

    static bool reads(oid column) noexcept {
        return types::integer_form_of(column) != types::integer_form::none || column == oids::numeric;
    }

    static T read(const field_view& field) {
        types::expect_binary(field, name);
        if constexpr (std::signed_integral<T> && sizeof(T) >= 2)
            if (field.type == type) [[likely]]
                return types::read_exactly<T>(field);
        switch (types::integer_form_of(field.type)) {
        case types::integer_form::int16:
            return narrow<std::int16_t>(field);
        case types::integer_form::int32:
            return narrow<std::int32_t>(field);
        case types::integer_form::int64:
            return narrow<std::int64_t>(field);
        case types::integer_form::uint32:
            return narrow<std::uint32_t>(field);
        case types::integer_form::uint64:
            return narrow<std::uint64_t>(field);
        case types::integer_form::none:
            break;
        }
        if (field.type == oids::numeric) return types::read_numeric_as<T>(field);
        types::refuse_column(field, name);
    }

    static bool writes(oid parameter) noexcept {
        return reads(parameter) || parameter == oids::float4 || parameter == oids::float8
               || types::user_defined(parameter);
    }

    static wire_format format(oid parameter) noexcept { return types::text_if_user_defined(parameter); }

    static void write(byte_writer& out, T value, oid parameter) {
        switch (types::integer_form_of(parameter)) {
        case types::integer_form::int16:
            return types::write_narrowed<std::int16_t>(out, value, parameter);
        case types::integer_form::int32:
            return types::write_narrowed<std::int32_t>(out, value, parameter);
        case types::integer_form::int64:
            return types::write_narrowed<std::int64_t>(out, value, parameter);
        case types::integer_form::uint32:
            return types::write_narrowed<std::uint32_t>(out, value, parameter);
        case types::integer_form::uint64:
            return types::write_narrowed<std::uint64_t>(out, value, parameter);
        case types::integer_form::none:
            break;
        }
        if (parameter == oids::numeric)
            types::write_numeric(out, value);
        else if (parameter == oids::float8)
            types::write_exact_real<double>(out, value, parameter);
        else if (parameter == oids::float4)
            types::write_exact_real<float>(out, value, parameter);
        else if (types::user_defined(parameter))
            types::write_digits(out, value);
        else
            types::refuse_parameter(parameter, name);
    }

private:
    template <class Wire>
    static T narrow(const field_view& field) {
        return types::narrow_column<T>(types::read_exactly<Wire>(field), field.type);
    }
};

} // namespace pgcoro

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/types/integers_definitions.hpp>
#endif

// float and double to and from real and double precision.
#pragma once

#include <pgcoro/types/numeric_wire.hpp>
#include <pgcoro/types/wire.hpp>

#include <cmath>
#include <cstdint>
#include <string_view>

namespace pgcoro {
namespace types {

static_assert(sizeof(float) == 4 && sizeof(double) == 8, "pgcoro needs IEEE 754 single and double precision");

/// Text as the server's `float8in` takes it.
template <class Real>
void write_real_text(byte_writer& out, Real value) {
    if (std::isnan(value))
        out.write(std::string_view("NaN"));
    else if (std::isinf(value))
        out.write(std::string_view(value > 0 ? "Infinity" : "-Infinity"));
    else
        write_digits(out, value);
}

} // namespace types

/// Reads `real` and `smallint`, which it holds exactly (`double precision` wants `double`), and `numeric` if
/// nothing is lost (`numeric::to`; else `errc::value_out_of_range`). Writes `real`, `double precision`,
/// `numeric`, which gets the shortest decimal number that reads back as the same `float` (0.1 for 0.1F), and,
/// as text, types that users made (domains). NaN and the infinities travel both ways; numeric has no -0.
template <>
struct codec<float> {
    static constexpr std::string_view name = "float";
    static constexpr oid type = oids::float4;

    static bool reads(oid column) noexcept {
        return column == oids::float4 || column == oids::int2 || column == oids::numeric;
    }

    static float read(const field_view& field) {
        types::expect_binary(field, name);
        switch (field.type) {
        case oids::float4:
            return types::read_exactly<float>(field);
        case oids::int2:
            return static_cast<float>(types::read_exactly<std::int16_t>(field));
        case oids::numeric:
            return types::read_numeric_as<float>(field);
        default:
            types::refuse_column(field, name);
        }
    }

    static bool writes(oid parameter) noexcept {
        return parameter == oids::float4 || parameter == oids::float8 || parameter == oids::numeric
               || types::user_defined(parameter);
    }

    static wire_format format(oid parameter) noexcept { return types::text_if_user_defined(parameter); }

    static void write(byte_writer& out, float value, oid parameter) {
        if (parameter == oids::float4)
            out.write(value);
        else if (parameter == oids::float8)
            out.write(static_cast<double>(value));
        else if (parameter == oids::numeric)
            types::write_numeric(out, numeric::shortest(value));
        else if (types::user_defined(parameter))
            types::write_real_text(out, value);
        else
            types::refuse_parameter(parameter, name);
    }
};

/// Reads `double precision`, `real`, `smallint` and `integer`, and `numeric` if nothing is lost
/// (`numeric::to`; else `errc::value_out_of_range`). Writes `double precision`; `real`, rounded to the
/// nearest as the server's own assignment cast does, with `errc::value_out_of_range` for what would become
/// infinite; `numeric`, which gets the shortest decimal number that reads back as the same `double` (0.1 for
/// 0.1, where the server's own cast keeps 15 digits only); and, as text, types that users made (domains). NaN
/// and the infinities travel both ways; numeric has no -0.
template <>
struct codec<double> {
    static constexpr std::string_view name = "double";
    static constexpr oid type = oids::float8;

    static bool reads(oid column) noexcept {
        return column == oids::float8 || column == oids::float4 || column == oids::int4
               || column == oids::int2 || column == oids::numeric;
    }

    static double read(const field_view& field) {
        types::expect_binary(field, name);
        switch (field.type) {
        case oids::float8:
            return types::read_exactly<double>(field);
        case oids::float4:
            return static_cast<double>(types::read_exactly<float>(field));
        case oids::int4:
            return types::read_exactly<std::int32_t>(field);
        case oids::int2:
            return types::read_exactly<std::int16_t>(field);
        case oids::numeric:
            return types::read_numeric_as<double>(field);
        default:
            types::refuse_column(field, name);
        }
    }

    static bool writes(oid parameter) noexcept {
        return parameter == oids::float8 || parameter == oids::float4 || parameter == oids::numeric
               || types::user_defined(parameter);
    }

    static wire_format format(oid parameter) noexcept { return types::text_if_user_defined(parameter); }

    static void write(byte_writer& out, double value, oid parameter) {
        if (parameter == oids::float8)
            out.write(value);
        else if (parameter == oids::float4)
            write_real(out, value);
        else if (parameter == oids::numeric)
            types::write_numeric(out, numeric::shortest(value));
        else if (types::user_defined(parameter))
            types::write_real_text(out, value);
        else
            types::refuse_parameter(parameter, name);
    }

private:
    static void write_real(byte_writer& out, double value) {
        const auto rounded = static_cast<float>(value);
        if (std::isinf(rounded) && !std::isinf(value))
            throw conversion_error(errc::value_out_of_range, "the double value does not fit real");
        out.write(rounded);
    }
};

} // namespace pgcoro

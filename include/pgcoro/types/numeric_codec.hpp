// numeric to and from numeric, and the other numbers that it holds.
#pragma once

#include <pgcoro/types/numeric.hpp>
#include <pgcoro/types/numeric_wire.hpp>

#include <cstdint>
#include <string_view>

namespace pgcoro {

/// Reads `numeric`, and exactly what `smallint`, `integer`, `bigint`, `real` and `double precision` hold (0.1
/// of the latter has 55 decimal places). Writes `numeric`; the others if nothing is lost (`numeric::to`; else
/// `errc::value_out_of_range`); and, as text, types that users made (domains).
template <>
struct codec<numeric> {
    static constexpr std::string_view name = "pgcoro::numeric";
    static constexpr oid type = oids::numeric;

    static bool reads(oid column) noexcept {
        return column == oids::numeric || column == oids::int2 || column == oids::int4 || column == oids::int8
               || column == oids::float4 || column == oids::float8;
    }

    static numeric read(const field_view& field) {
        types::expect_binary(field, name);
        switch (field.type) {
        case oids::numeric:
            return types::read_numeric(field);
        case oids::int2:
            return types::read_exactly<std::int16_t>(field);
        case oids::int4:
            return types::read_exactly<std::int32_t>(field);
        case oids::int8:
            return types::read_exactly<std::int64_t>(field);
        case oids::float4:
            return numeric(static_cast<double>(types::read_exactly<float>(field)));
        case oids::float8:
            return numeric(types::read_exactly<double>(field));
        default:
            types::refuse_column(field, name);
        }
    }

    static bool writes(oid parameter) noexcept { return reads(parameter) || types::user_defined(parameter); }

    static wire_format format(oid parameter) noexcept { return types::text_if_user_defined(parameter); }

    static void write(byte_writer& out, const numeric& value, oid parameter) {
        switch (parameter) {
        case oids::numeric:
            return types::write_numeric(out, value);
        case oids::int2:
            return write_as<std::int16_t>(out, value, parameter);
        case oids::int4:
            return write_as<std::int32_t>(out, value, parameter);
        case oids::int8:
            return write_as<std::int64_t>(out, value, parameter);
        case oids::float4:
            return write_as<float>(out, value, parameter);
        case oids::float8:
            return write_as<double>(out, value, parameter);
        default:
            if (!types::user_defined(parameter)) types::refuse_parameter(parameter, name);
            out.write(std::string_view(value.to_string()));
        }
    }

private:
    template <class Wire>
    static void write_as(byte_writer& out, const numeric& value, oid parameter) {
        const auto converted = value.try_to<Wire>();
        if (!converted) types::refuse_argument(name, parameter);
        out.write(*converted);
    }
};

} // namespace pgcoro

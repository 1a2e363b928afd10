// bool to and from boolean.
#pragma once

#include <pgcoro/types/wire.hpp>

#include <cstdint>
#include <string_view>

namespace pgcoro {

/// Reads `boolean`; writes `boolean` and, as text, types that users made (domains).
template <>
struct codec<bool> {
    static constexpr std::string_view name = "bool";
    static constexpr oid type = oids::boolean;

    static bool reads(oid column) noexcept { return column == oids::boolean; }

    static bool read(const field_view& field) {
        types::expect_binary(field, name);
        return types::read_exactly<std::uint8_t>(field) != 0;
    }

    static bool writes(oid parameter) noexcept {
        return parameter == oids::boolean || types::user_defined(parameter);
    }

    static wire_format format(oid parameter) noexcept { return types::text_if_user_defined(parameter); }

    static void write(byte_writer& out, bool value, oid parameter) {
        if (types::user_defined(parameter))
            out.write(std::string_view(value ? "true" : "false"));
        else
            out.write(wire(value));
    }

    static constexpr std::uint8_t wire(bool value) noexcept { return value; }
};

} // namespace pgcoro

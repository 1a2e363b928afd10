// pgcoro::tid: the place of a row version in its table, to and from tid.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/types/text_cursor.hpp>
#include <pgcoro/types/text_form.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace pgcoro {

/// A tuple identifier, the type of the system column `ctid` (documentation: "Object Identifier Types").
/// Printed as "(0,1)"; ordered as the server orders, by block and offset.
struct tid {
    std::uint32_t block = 0;  ///< of the table, from 0
    std::uint16_t offset = 0; ///< of the row version in its block, from 1

    /// Reads "(0,1)". Throws `conversion_error` (`errc::value_out_of_range`) for anything else.
    static tid parse(std::string_view text);

    std::string to_string() const { return '(' + std::to_string(block) + ',' + std::to_string(offset) + ')'; }

    friend auto operator<=>(const tid&, const tid&) = default;
};

#if PGCORO_HAS_DEFINITIONS

PGCORO_DECL tid tid::parse(std::string_view text) {
    types::text_cursor in(text);
    const auto block = in.accept('(') ? in.integer<std::uint32_t>() : std::nullopt;
    const auto offset = block && in.accept(',') ? in.integer<std::uint16_t>() : std::nullopt;
    if (!offset || !in.accept(')') || !in.at_end())
        types::refuse_text_form(text, "tid", "a block and an offset such as (0,1)");
    return {*block, *offset};
}

#endif

/// Reads and writes `tid`.
template <>
struct codec<tid> : types::single_type_codec<oids::tid> {
    static constexpr std::string_view name = "pgcoro::tid";

    static tid read(const field_view& field) {
        types::expect_binary(field, name);
        byte_reader in(field.bytes);
        tid value;
        value.block = in.read<std::uint32_t>();
        value.offset = in.read<std::uint16_t>();
        in.expect_end();
        return value;
    }

    static void write(byte_writer& out, const tid& value, oid parameter) {
        if (types::user_defined(parameter)) return out.write(std::string_view(value.to_string()));
        out.write(value.block);
        out.write(value.offset);
    }
};

} // namespace pgcoro

template <>
struct fmt::formatter<pgcoro::tid> : pgcoro::types::text_formatter<pgcoro::tid> {};

template <>
struct std::hash<pgcoro::tid> {
    std::size_t operator()(const pgcoro::tid& value) const noexcept {
        return std::hash<std::uint64_t>()(std::uint64_t{value.block} << 16 | value.offset);
    }
};

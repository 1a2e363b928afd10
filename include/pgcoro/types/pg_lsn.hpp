// pgcoro::pg_lsn: a place in the write-ahead log, to and from pg_lsn.
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

/// A log sequence number (documentation: "pg_lsn Type"), printed as "16/B374D848". Later places are greater;
/// the difference of two values is a number of bytes.
struct pg_lsn {
    std::uint64_t value = 0;

    /// Reads two hexadecimal numbers of up to eight digits, such as "16/B374D848". Throws `conversion_error`
    /// (`errc::value_out_of_range`) for anything else.
    static pg_lsn parse(std::string_view text);

    std::string to_string() const;

    friend auto operator<=>(const pg_lsn&, const pg_lsn&) = default;
};

#if PGCORO_HAS_DEFINITIONS

PGCORO_DECL pg_lsn pg_lsn::parse(std::string_view text) {
    types::text_cursor in(text);
    const auto high = in.integer<std::uint32_t>(16);
    const auto low = high && in.accept('/') ? in.integer<std::uint32_t>(16) : std::nullopt;
    const auto slash = text.find('/');
    if (!low || !in.at_end() || slash > 8 || text.size() - slash > 9)
        types::refuse_text_form(text, "pg_lsn", "a place such as 16/B374D848");
    return {std::uint64_t{*high} << 32 | *low};
}

PGCORO_DECL std::string pg_lsn::to_string() const { return fmt::format("{:X}/{:X}", value >> 32, value & 0xffffffffu); }

#endif

/// Reads and writes `pg_lsn`.
template <>
struct codec<pg_lsn> : types::single_type_codec<oids::pg_lsn> {
    static constexpr std::string_view name = "pgcoro::pg_lsn";

    static pg_lsn read(const field_view& field) {
        types::expect_binary(field, name);
        return {types::read_exactly<std::uint64_t>(field)};
    }

    static void write(byte_writer& out, const pg_lsn& value, oid parameter) {
        if (types::user_defined(parameter)) return out.write(std::string_view(value.to_string()));
        out.write(value.value);
    }
};

} // namespace pgcoro

template <>
struct fmt::formatter<pgcoro::pg_lsn> : pgcoro::types::text_formatter<pgcoro::pg_lsn> {};

template <>
struct std::hash<pgcoro::pg_lsn> {
    std::size_t operator()(const pgcoro::pg_lsn& value) const noexcept {
        return std::hash<std::uint64_t>()(value.value);
    }
};

// Values of any type as text.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/types/element_text.hpp>
#include <pgcoro/types/range_literal.hpp>
#include <pgcoro/types/text.hpp>
#include <pgcoro/types/types.hpp>

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace pgcoro {

/// A value of whatever type, as text: what the server prints under `datestyle` iso, `intervalstyle` postgres,
/// `bytea_output` hex and `timezone` UTC.
///
///     const auto cells = co_await pool.query<std::tuple<pgcoro::as_text>>("select tags from articles");
///
/// As a parameter it is text that the server reads as the parameter's type. Beside the built-in types it reads enums,
/// composites, domains, ranges and arrays of users, `hstore`, `ltree`, `citext` and pgvector's types.
struct as_text {
    std::string text;

    auto operator<=>(const as_text&) const = default;
};

namespace types {

/// Whether a value of a type can be printed.
bool is_printable(const type_ref& type) noexcept;

/// The text of a value. Throws what the codecs of the value's type throw.
std::string text_of(const field_view& field);

} // namespace types

/// Reads every type but `money`, whose text only the server knows (it depends on `lc_monetary`). `regclass` and its like
/// are printed as numbers, which the server accepts for them.
template <>
struct codec<as_text> {
    static constexpr std::string_view name = "pgcoro::as_text";
    static constexpr oid type = oids::text;
    static constexpr bool reads_text = true;

    /// What it may have to be printed from, within others.
    using parts = types::part_list<std::int64_t, std::vector<std::byte>, boost::uuids::uuid, std::chrono::sys_days, time_of_day,
                                   timetz, interval, inet, macaddr, macaddr8, bit_string, geometry::point, geometry::line,
                                   geometry::lseg, geometry::box, geometry::path, geometry::polygon, geometry::circle, tsvector,
                                   tsquery, tid, pg_lsn, pg_snapshot, std::monostate,
                                   std::map<std::string, std::optional<std::string>>, pgvector::vector, pgvector::halfvec,
                                   pgvector::sparsevec>;

    static bool reads(const type_ref& column) noexcept { return types::is_printable(column); }
    static as_text read(const field_view& field) { return {types::text_of(field)}; }
    static bool writes(const type_ref&) noexcept { return true; }
    static wire_format format(const type_ref&) noexcept { return wire_format::text; }

    static void write(byte_writer& out, const as_text& value, const type_ref& parameter) {
        if (value.text.find('\0') != value.text.npos)
            throw conversion_error(errc::value_out_of_range, "text for " + type_name(parameter) + " contains a NUL byte");
        out.write(std::string_view(value.text));
    }
};

#if PGCORO_HAS_DEFINITIONS

namespace types {
namespace printing {

/// How deep arrays, records and ranges may lie within each other. Each level may double the quotes within: without an end, a
/// few hundred bytes would become more text than there is memory.
inline constexpr int most_levels = 16;

using printer = std::string (*)(const field_view&);

template <class T>
std::string print(const field_view& field) {
    return element_text(codec<T>::read(field));
}

inline std::string print_text(const field_view& field) { return std::string(read_text(field)); }
inline std::string print_nothing(const field_view&) { return {}; }

/// The server's timestamps reach further than a C++ type that counts from 1970.
inline std::string print_timestamp(const field_view& field) {
    expect_binary(field, "text");
    const auto raw = read_exactly<std::int64_t>(field);
    if (raw == server_infinity<std::int64_t>) return std::string(infinity_text);
    if (raw == server_minus_infinity<std::int64_t>) return std::string(minus_infinity_text);
    return timestamp_text(raw, field.type == oids::timestamptz ? "+00" : "");
}

/// The printer of a type that is not made of others; null if there is none.
PGCORO_DECL printer printer_of(const type_ref& type) noexcept {
    switch (type) {
    case oids::boolean: return print<bool>;
    case oids::bytea: return print<std::vector<std::byte>>;
    case oids::int2:
    case oids::int4:
    case oids::int8: return print<std::int64_t>;
    case oids::xid8: return print<std::uint64_t>;
    case oids::oid_:
    case oids::xid:
    case oids::cid:
    case oids::regproc:
    case oids::regprocedure:
    case oids::regoper:
    case oids::regoperator:
    case oids::regclass:
    case oids::regtype:
    case oids::regconfig:
    case oids::regdictionary:
    case oids::regnamespace:
    case oids::regrole:
    case oids::regcollation: return print<std::uint32_t>;
    case oids::float4: return print<float>;
    case oids::float8: return print<double>;
    case oids::numeric: return print<numeric>;
    case oids::uuid: return print<boost::uuids::uuid>;
    case oids::date: return print<std::chrono::sys_days>;
    case oids::time: return print<time_of_day>;
    case oids::timetz: return print<timetz>;
    case oids::timestamp:
    case oids::timestamptz: return print_timestamp;
    case oids::interval: return print<interval>;
    case oids::inet: return print<inet>;
    case oids::cidr: return print<cidr>;
    case oids::macaddr: return print<macaddr>;
    case oids::macaddr8: return print<macaddr8>;
    case oids::bit:
    case oids::varbit: return print<bit_string>;
    case oids::point: return print<geometry::point>;
    case oids::line: return print<geometry::line>;
    case oids::lseg: return print<geometry::lseg>;
    case oids::box: return print<geometry::box>;
    case oids::path: return print<geometry::path>;
    case oids::polygon: return print<geometry::polygon>;
    case oids::circle: return print<geometry::circle>;
    case oids::tsvector: return print<tsvector>;
    case oids::tsquery: return print<tsquery>;
    case oids::tid: return print<tid>;
    case oids::pg_lsn: return print<pg_lsn>;
    case oids::pg_snapshot:
    case oids::txid_snapshot: return print<pg_snapshot>;
    case oids::void_: return print_nothing;
    default: break;
    }
    if (type.is_named("vector")) return print<pgvector::vector>;
    if (type.is_named("halfvec")) return print<pgvector::halfvec>;
    if (type.is_named("sparsevec")) return print<pgvector::sparsevec>;
    return text_like(type) && may_be_text(type) ? print_text : nullptr;
}

inline bool is_composite(const type_ref& type) noexcept {
    return type == oids::record || (type.info() != nullptr && type.info()->kind == type_kind::composite);
}

std::string print_at(const field_view& field, int level);

PGCORO_DECL std::string print_array(const field_view& field, int level) {
    byte_reader in(field.bytes);
    const auto header = read_array_header(in, field, "text");
    const bool is_vector = is_system_vector(field.type);   // printed without braces
    const char delimiter = is_vector ? ' ' : header.element == oids::box ? ';' : ',';
    const auto dimensions = header.dimensions();
    std::string text = is_vector ? std::string() : array_bounds_text(dimensions);
    for (std::size_t i = 0; i < header.count; ++i) {
        if (is_vector) text += i == 0 ? "" : " ";
        else append_opening(text, dimensions, i, delimiter);
        if (const auto length = read_length(in))
            append_element(text, print_at({in.take(*length), header.element, wire_format::binary}, level), delimiter);
        else
            text += "NULL";
        if (!is_vector) append_closing(text, dimensions, i + 1);
    }
    in.expect_end();
    return header.count == 0 && !is_vector ? "{}" : text;
}

PGCORO_DECL std::string print_record(const field_view& field, int level) {
    byte_reader in(field.bytes);
    const auto count = in.read<std::int32_t>();
    const auto* const info = field.type.info();
    std::string text = "(";
    for (std::int32_t i = 0; i < count; ++i) {
        const auto at = static_cast<std::size_t>(i);
        const bool is_known = info != nullptr && at < info->attributes.size();
        const auto part = take_record_field(in, is_known ? info->attributes[at].type : type_ref());
        if (i != 0) text += ',';
        if (part.bytes)
            append_part(text, print_at({*part.bytes, part.type, wire_format::binary}, level), "\"\\(), \t\n\r\v\f");
    }
    in.expect_end();
    return text += ')';
}

PGCORO_DECL std::string print_range(std::span<const std::byte> bytes, const type_ref& bound, int level) {
    byte_reader in(bytes);
    const auto flags = in.read<std::uint8_t>();
    if (!range_flags::possible(flags))
        throw conversion_error(errc::protocol_error, "range with flags " + std::to_string(flags));
    range_literal range{.empty = flags == range_flags::empty,
                        .lower_inclusive = (flags & range_flags::lower_inclusive) != 0,
                        .upper_inclusive = (flags & range_flags::upper_inclusive) != 0};
    const auto take = [&] { return print_at({take_counted(in), bound.without_domains(), wire_format::binary}, level); };
    if (!range.empty && (flags & range_flags::lower_infinite) == 0) range.lower = take();
    if (!range.empty && (flags & range_flags::upper_infinite) == 0) range.upper = take();
    in.expect_end();
    std::string text;
    append_range(text, range);
    return text;
}

PGCORO_DECL std::string print_multirange(const field_view& field, const type_ref& bound, int level) {
    byte_reader in(field.bytes);
    const auto count = in.read<std::int32_t>();
    std::string text = "{";
    for (std::int32_t i = 0; i < count; ++i) {
        if (i != 0) text += ',';
        text += print_range(take_counted(in), bound, level);
    }
    in.expect_end();
    return text += '}';
}

/// The order of pairs in an hstore.
struct shorter_first {
    bool operator()(std::string_view a, std::string_view b) const noexcept {
        return a.size() != b.size() ? a.size() < b.size() : a < b;
    }
};

PGCORO_DECL std::string print_hstore(const field_view& field) {
    std::string text;
    for (const auto& [key, value] : codec<std::map<std::string, std::optional<std::string>, shorter_first>>::read(field)) {
        if (!text.empty()) text += ", ";
        append_quoted(text, key);
        text += "=>";
        if (value) append_quoted(text, *value);
        else text += "NULL";
    }
    return text;
}

/// @param level how many values this one lies within
PGCORO_DECL std::string print_at(const field_view& field, int level) {
    if (level > most_levels)
        throw conversion_error(errc::protocol_error,
                               "values within values, more than " + std::to_string(most_levels) + " deep");
    const auto& type = field.type;
    if (element_type_of(type) != 0) return print_array(field, level + 1);
    if (is_composite(type)) return print_record(field, level + 1);
    if (const auto bound = range_bound_of(type); bound != 0) return print_range(field.bytes, bound, level + 1);
    if (const auto bound = multirange_bound_of(type); bound != 0) return print_multirange(field, bound, level + 1);
    if (type.is_named("hstore")) return print_hstore(field);
    if (const auto print = printer_of(type)) return print(field);
    refuse_column(field, "pgcoro::as_text");
}

} // namespace printing

PGCORO_DECL bool is_printable(const type_ref& type) noexcept {
    if (const auto element = element_type_of(type); element != 0) return is_printable(element);
    if (const auto bound = range_bound_of(type); bound != 0) return is_printable(bound.without_domains());
    if (const auto bound = multirange_bound_of(type); bound != 0) return is_printable(bound.without_domains());
    return printing::is_composite(type) || type.is_named("hstore") || printing::printer_of(type) != nullptr;
}

PGCORO_DECL std::string text_of(const field_view& field) {
    if (field.format == wire_format::text) return std::string(as_chars(field.bytes));
    return printing::print_at(field, 0);
}

} // namespace types

#endif

} // namespace pgcoro

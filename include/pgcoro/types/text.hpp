// Strings and characters to and from the text-like types.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/types/text_only_types.hpp>
#include <pgcoro/types/wire.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace pgcoro {
namespace types {

/// The version that stands before the text of a jsonb or jsonpath value (`jsonb_send` in the server's
/// `jsonb.c`, `jsonpath_send` in its `jsonpath.c`).
inline constexpr std::uint8_t jsonb_version = 1;

/// Types whose text has that version before it.
constexpr bool has_version(oid type) noexcept { return type == oids::jsonb || type == oids::jsonpath; }

/// Types whose binary form is text (that of some with a version before it). User-defined types are among
/// them: the binary form of an enum is its label, a domain comes as its base type.
constexpr bool text_like(oid type) noexcept {
    switch (type) {
    case oids::text:
    case oids::varchar:
    case oids::bpchar:
    case oids::name:
    case oids::unknown:
    case oids::json:
    case oids::jsonb:
    case oids::jsonpath:
    case oids::xml:
    case oids::char_:
    case oids::refcursor:
        return true;
    default:
        return user_defined(type) || is_text_only(type);
    }
}

/// The types of the extension ltree, whose binary form is text with a version before it (its `ltree_io.c`).
inline bool is_ltree(const type_ref& type) noexcept {
    return type.is_named("ltree") || type.is_named("lquery") || type.is_named("ltxtquery");
}

/// The text of a value that has a version, which is 1 in all of them, before it. Throws `errc::protocol_error` for one
/// that is not known.
std::string_view strip_version(const field_view& field);

/// Refuses what cannot be text, of a type that a user or an extension made and of which nothing else is known.
void expect_text(const field_view& field);

/// The text of a value, where it lies in the result.
inline std::string_view read_text(const field_view& field) {
    if (field.type == oids::text || field.format == wire_format::text) return as_chars(field.bytes);
    if (has_version(field.type) || is_ltree(field.type)) return strip_version(field);
    if (user_defined(field.type) && field.type.info() == nullptr) expect_text(field);
    if (field.type == oids::char_ && field.bytes.size() == 1 && field.bytes[0] == std::byte{0}) return {};
    return as_chars(field.bytes);
}

/// Writes text into a text-like parameter.
inline void write_text(byte_writer& out, std::string_view text, oid parameter) {
    if (has_version(parameter)) out.write(jsonb_version);
    if (parameter == oids::char_) {
        if (text.size() > 1)
            throw conversion_error(errc::value_out_of_range, "text does not fit \"char\", a single byte");
        if (text.empty()) return out.write(std::uint8_t{0});
    }
    if (user_defined(parameter) && text.find('\0') != text.npos)
        throw conversion_error(errc::value_out_of_range,
                               "text contains a NUL byte, which the server cannot store");
    out.write(text);
}

/// The bytes of text that is sent as it is; none where something has to be added or checked.
inline std::span<const std::byte> borrow_text(std::string_view text, oid parameter) noexcept {
    if (has_version(parameter) || parameter == oids::char_ || user_defined(parameter)) return {};
    return std::as_bytes(std::span(text.data(), text.size()));
}

/// Of a type that a user or an extension made: whether its binary form may be text.
inline bool may_be_text(const type_ref& type) noexcept {
    const auto* const info = type.info();
    if (info == nullptr) return true;
    if (info->kind != type_kind::base) return info->kind == type_kind::enumeration || info->kind == type_kind::domain;
    for (const std::string_view binary : {"hstore", "vector", "halfvec", "sparsevec"})
        if (info->name == binary) return false;
    return true;
}

struct text_reads {
    static bool reads(const type_ref& column) noexcept { return text_like(column) && may_be_text(column); }
};

struct text_writes {
    static bool writes(oid parameter) noexcept { return text_like(parameter); }
    static wire_format format(oid parameter) noexcept {
        return is_text_only(parameter) ? wire_format::text : text_if_user_defined(parameter);
    }
};

/// A C string; a null pointer is refused, since NULL is `nullptr` or `std::nullopt`.
struct c_string_codec : text_writes {
    static constexpr std::string_view name = "const char*";
    static constexpr oid type = oids::text;

    static void write(byte_writer& out, const char* value, oid parameter) {
        if (value == nullptr)
            throw conversion_error(errc::unexpected_null,
                                   "null const char*; give nullptr or std::nullopt for NULL");
        write_text(out, value, parameter);
    }

    static std::span<const std::byte> borrow(const char* value, oid parameter) noexcept {
        return value == nullptr ? std::span<const std::byte>{} : borrow_text(value, parameter);
    }
};

} // namespace types

/// Reads and writes `text`, `varchar`, `character`, `name`, `xml`, `json`, `jsonb`, `jsonpath`, `"char"`,
/// `refcursor`, values of unknown type, those without a binary form (`aclitem`) and types that users made (enums by their
/// labels, domains). Other types want a cast in the SQL.
template <>
struct codec<std::string> : types::text_reads, types::text_writes {
    static constexpr std::string_view name = "std::string";
    static constexpr oid type = oids::text;

    static std::string read(const field_view& field) { return std::string(types::read_text(field)); }

    static void write(byte_writer& out, const std::string& value, oid parameter) {
        types::write_text(out, value, parameter);
    }

    static std::span<const std::byte> borrow(const std::string& value, oid parameter) noexcept {
        return types::borrow_text(value, parameter);
    }
};

/// The same types as `std::string`. Lifetime: what is read points into the result.
template <>
struct codec<std::string_view> : types::text_reads, types::text_writes {
    static constexpr std::string_view name = "std::string_view";
    static constexpr oid type = oids::text;
    static constexpr bool borrows = true;

    static std::string_view read(const field_view& field) { return types::read_text(field); }

    static void write(byte_writer& out, std::string_view value, oid parameter) {
        types::write_text(out, value, parameter);
    }

    static std::span<const std::byte> borrow(std::string_view value, oid parameter) noexcept {
        return types::borrow_text(value, parameter);
    }
};

/// C strings are parameters only.
template <>
struct codec<const char*> : types::c_string_codec {};

template <>
struct codec<char*> : types::c_string_codec {};

/// Character arrays are parameters only; they end at their first NUL, if they have one.
template <std::size_t N>
struct codec<char[N]> : types::text_writes {
    static constexpr std::string_view name = "char[]";
    static constexpr oid type = oids::text;

    static void write(byte_writer& out, const char (&value)[N], oid parameter) {
        types::write_text(out, text_of(value), parameter);
    }

    static std::span<const std::byte> borrow(const char (&value)[N], oid parameter) noexcept {
        return types::borrow_text(text_of(value), parameter);
    }

private:
    static std::string_view text_of(const char (&value)[N]) noexcept {
        return {value, static_cast<std::size_t>(std::find(value, value + N, '\0') - value)};
    }
};

/// A single byte, which is what `"char"` holds (`character(1)` is text of one character and wants
/// `std::string`).
template <>
struct codec<char> {
    static constexpr std::string_view name = "char";
    static constexpr oid type = oids::char_;

    static bool reads(oid column) noexcept { return column == oids::char_; }

    static char read(const field_view& field) {
        const auto text = types::read_text(field);
        if (text.empty() && field.format == wire_format::text) return '\0';
        // Later servers print bytes beyond ASCII as three octal digits.
        const bool octal = field.format == wire_format::text && text.size() == 4 && text[0] == '\\';
        if (octal) return static_cast<char>((text[1] - '0') * 64 + (text[2] - '0') * 8 + (text[3] - '0'));
        return types::read_exactly<char>(field);
    }

    static bool writes(oid parameter) noexcept { return parameter == oids::char_; }

    static void write(byte_writer& out, char value, oid) { out.write(value); }
};

} // namespace pgcoro

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/types/text_definitions.hpp>
#endif

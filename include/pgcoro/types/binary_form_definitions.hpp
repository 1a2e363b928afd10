// The definitions of what makes the binary form of values from their text.
#pragma once

#include <pgcoro/types/array_literal.hpp>
#include <pgcoro/types/binary_form.hpp>
#include <pgcoro/types/boolean.hpp>
#include <pgcoro/types/element_text.hpp>
#include <pgcoro/types/floats.hpp>
#include <pgcoro/types/integers.hpp>
#include <pgcoro/types/intervals.hpp>
#include <pgcoro/types/numeric.hpp>
#include <pgcoro/types/numeric_codec.hpp>
#include <pgcoro/types/range_format.hpp>
#include <pgcoro/types/range_literal.hpp>
#include <pgcoro/types/range_types.hpp>
#include <pgcoro/types/text_cursor.hpp>
#include <pgcoro/types/text_only_types.hpp>
#include <pgcoro/types/time_point_text.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pgcoro::types {
namespace binary_forms {

/// Names of tables and functions are known to the server alone.
inline void make_identifier(byte_writer& out, std::string_view text, const type_ref& type) {
    if (text == "-") return out.write(oid(0));
    std::uint32_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc() || end != text.data() + text.size())
        throw conversion_error(errc::type_mismatch,
                               "a value of " + type_name(type)
                                   + " came as a name, not as a number; cast it to oid in the SQL");
    out.write(number);
}

PGCORO_DECL bool make_number(byte_writer& out, std::string_view text, const type_ref& type) {
    switch (type) {
    case oids::boolean:
        codec<bool>::write(out, parse_element<bool>(text), type);
        return true;
    case oids::int2:
    case oids::int4:
    case oids::int8:
        codec<std::int64_t>::write(out, parse_number<std::int64_t>(text), type);
        return true;
    case oids::xid8:
        codec<std::uint64_t>::write(out, parse_number<std::uint64_t>(text), type);
        return true;
    case oids::float4:
        codec<float>::write(out, parse_number<float>(text), type);
        return true;
    case oids::float8:
        codec<double>::write(out, parse_number<double>(text), type);
        return true;
    case oids::numeric:
        codec<numeric>::write(out, numeric::parse(text), type);
        return true;
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
    case oids::regcollation:
        make_identifier(out, text, type);
        return true;
    default:
        return false;
    }
}

inline void make_hexadecimal(byte_writer& out, std::string_view digits, std::string_view of_type) {
    const auto refuse = [&] {
        throw conversion_error(errc::value_out_of_range,
                               std::string(of_type) + " that is not in hexadecimal digits");
    };
    if (digits.size() % 2 != 0) refuse();
    for (std::size_t at = 0; at < digits.size(); at += 2) {
        std::uint8_t byte = 0;
        const auto* const first = digits.data() + at;
        if (std::from_chars(first, first + 2, byte, 16).ptr != first + 2) refuse();
        out.write(byte);
    }
}

PGCORO_DECL bool make_bytea(byte_writer& out, std::string_view text, const type_ref& type) {
    if (type != oids::bytea) return false;
    if (!text.starts_with("\\x"))
        throw conversion_error(errc::value_out_of_range, "bytea that is not in the format hex");
    make_hexadecimal(out, text.substr(2), "bytea");
    return true;
}

PGCORO_DECL bool make_uuid(byte_writer& out, std::string_view text, const type_ref& type) {
    if (type != oids::uuid) return false;
    std::string digits(text);
    std::erase(digits, '-');
    if (digits.size() != 32) refuse_element_text(text, "uuid");
    make_hexadecimal(out, digits, "uuid");
    return true;
}

PGCORO_DECL bool make_day(byte_writer& out, std::string_view text, const type_ref& type) {
    switch (type) {
    case oids::date:
        out.write(server_date_of(text));
        return true;
    case oids::timestamp:
        out.write(server_timestamp_of(text));
        return true;
    case oids::timestamptz:
        out.write(server_timestamptz_of(text));
        return true;
    default:
        return false;
    }
}

/// In the style `sql_standard` the sign of the first field may be that of all: days before a clock have no
/// unit there.
PGCORO_DECL bool make_interval(byte_writer& out, std::string_view text, const type_ref& type) {
    if (type != oids::interval) return false;
    const auto behind = text.find_first_not_of("0123456789", 1);
    const bool ambiguous = text.starts_with('-') && behind != text.npos && behind + 1 < text.size()
                           && text[behind] == ' ' && text[behind + 1] >= '0' && text[behind + 1] <= '9';
    if (ambiguous)
        throw conversion_error(errc::value_out_of_range,
                               "interval in the style sql_standard, which is not unambiguous");
    codec<interval>::write(out, interval::parse(text), type);
    return true;
}

inline void make_text(byte_writer& out, std::string_view text, const type_ref& type) {
    if (is_ltree(type)) out.write(jsonb_version);
    if (user_defined(type)) return out.write(text);
    write_text(out, text, type);
}

void make_value(byte_writer& out, std::string_view text, const type_ref& type, scalar_maker make);

/// With the length before it; -1 for NULL.
inline void make_counted(byte_writer& out, const std::optional<std::string>& text, const type_ref& type,
                         scalar_maker make) {
    if (!text) return out.write(std::int32_t{-1});
    const auto start = out.begin_length();
    make_value(out, *text, type.without_domains(), make);
    out.end_length(start);
}

/// The literal of `int2vector` and `oidvector`: numbers and blanks, counted from 0.
inline array_literal parse_system_vector(std::string_view text) {
    array_literal literal;
    for (text_cursor in(text); in.skip_blanks(), !in.at_end();) {
        const auto end = std::min(in.rest().find(' '), in.rest().size());
        literal.elements.emplace_back(in.rest().substr(0, end));
        in.advance(end);
    }
    if (!literal.elements.empty())
        literal.dimensions.push_back({0, byte_writer::narrow(literal.elements.size())});
    return literal;
}

PGCORO_DECL void make_array(byte_writer& out, std::string_view text, const type_ref& type,
                            scalar_maker make) {
    const auto element = element_type_of(type);
    const auto literal = is_system_vector(type) ? parse_system_vector(text)
                                                : parse_array_literal(text, element == oids::box ? ';' : ',');
    const bool has_null = std::ranges::any_of(literal.elements, [](const auto& one) { return !one; });
    out.write(byte_writer::narrow(literal.dimensions.size()));
    out.write(std::int32_t{has_null});
    out.write(static_cast<oid>(type.info() != nullptr ? type.info()->referred : element));
    for (const auto& [lower_bound, length] : literal.dimensions) {
        out.write(length);
        out.write(lower_bound);
    }
    for (const auto& one : literal.elements) make_counted(out, one, element, make);
}

/// The fields of a row literal (documentation: "Composite Type Input and Output Syntax").
inline std::vector<std::optional<std::string>> parse_record(std::string_view text) {
    text_cursor in(text);
    std::vector<std::optional<std::string>> fields;
    const auto refuse = [&] { refuse_element_text(text, "a composite type"); };
    if (!in.accept('(')) refuse();
    do {
        auto& field = fields.emplace_back();
        for (bool quoted = false; quoted || (in.peek() != ',' && in.peek() != ')'); in.advance()) {
            if (in.at_end()) refuse();
            if (!field) field.emplace();
            const char c = in.peek();
            if (c == '\\' || (c == '"' && quoted && in.rest().substr(1).starts_with('"'))) {
                in.advance();
                *field += in.peek();
            } else if (c == '"') {
                quoted = !quoted;
            } else {
                *field += c;
            }
        }
    } while (in.accept(','));
    if (!in.accept(')') || !in.at_end()) refuse();
    return fields;
}

PGCORO_DECL void make_record(byte_writer& out, std::string_view text, const type_info& type,
                             scalar_maker make) {
    const auto fields = parse_record(text);
    const bool empty = type.attributes.empty() && fields.size() == 1 && !fields[0]; // "()"
    if (!empty && fields.size() != type.attributes.size())
        refuse_element_text(text, type_name(type_ref(type.id, &type)));
    out.write(byte_writer::narrow(type.attributes.size()));
    for (std::size_t i = 0; i < type.attributes.size(); ++i) {
        out.write(static_cast<oid>(type.attributes[i].type));
        make_counted(out, fields[i], type.attributes[i].type, make);
    }
}

PGCORO_DECL void make_range(byte_writer& out, const range_literal& range, const type_ref& bound,
                            scalar_maker make) {
    if (range.empty) return out.write(range_flags::empty);
    const auto flag = [](bool set, std::uint8_t bit) { return set ? unsigned{bit} : 0U; };
    out.write(static_cast<std::uint8_t>(
        flag(range.lower && range.lower_inclusive, range_flags::lower_inclusive)
        | flag(range.upper && range.upper_inclusive, range_flags::upper_inclusive)
        | flag(!range.lower, range_flags::lower_infinite) | flag(!range.upper, range_flags::upper_infinite)));
    if (range.lower) make_counted(out, range.lower, bound, make);
    if (range.upper) make_counted(out, range.upper, bound, make);
}

PGCORO_DECL void make_multirange(byte_writer& out, std::string_view text, const type_ref& bound,
                                 scalar_maker make) {
    const auto ranges = parse_multirange_literal(text);
    out.write(byte_writer::narrow(ranges.size()));
    for (const auto& one : ranges) {
        const auto start = out.begin_length();
        make_range(out, one, bound, make);
        out.end_length(start);
    }
}

/// Types are made of others to a finite depth, and the recursion follows the type.
PGCORO_DECL void make_value(byte_writer& out, std::string_view text, const type_ref& type,
                            scalar_maker make) {
    if (element_type_of(type) != 0) return make_array(out, text, type, make);
    if (type.info() != nullptr && type.info()->kind == type_kind::composite)
        return make_record(out, text, *type.info(), make);
    if (const auto bound = range_bound_of(type); bound != 0)
        return make_range(out, parse_range_literal(text), bound, make);
    if (const auto bound = multirange_bound_of(type); bound != 0)
        return make_multirange(out, text, bound, make);
    if (is_read_as_text(type)) return make_text(out, text, type);
    if (!make(out, text, type))
        throw conversion_error(
            errc::type_mismatch,
            type_name(type) + " came as text, which cannot be read as such; cast it to text in the SQL");
}

} // namespace binary_forms

PGCORO_DECL std::vector<std::byte> binary_form_of(const field_view& text, scalar_maker make) {
    std::vector<std::byte> bytes;
    byte_writer out(bytes);
    binary_forms::make_value(out, as_chars(text.bytes), text.type, make);
    return bytes;
}

} // namespace pgcoro::types

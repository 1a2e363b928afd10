// Rows to the formats of COPY.
#pragma once

#include <pgcoro/mapping/copy_buffer.hpp>
#include <pgcoro/mapping/copy_direct.hpp>
#include <pgcoro/mapping/copy_plan.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace pgcoro {
namespace copy_mapping {

[[noreturn, gnu::cold, gnu::noinline]] inline void throw_unwritable(errc code, std::string_view reason,
                                                                    const row_description& row, std::size_t field,
                                                                    std::uint64_t number, const copy_plan& plan) {
    const auto& column = plan.columns[field];
    throw error(code,
                "row " + std::to_string(number) + ", column '" + column.name + "' (" + type_name(column.type) + "), "
                    + field_text(row, field) + " (" + std::string(row.fields[field].type) + "): " + std::string(reason),
                plan.sql);
}

inline void put_value(copy_buffer& out, std::span<const std::byte> bytes) {
    const auto length = byte_writer::narrow(bytes.size());
    out.reserve(sizeof length + bytes.size());
    out.put(length);
    out.put(bytes);
}

/// Writes the value of a field with its length before it (documentation: COPY, "Binary Format").
template <class Written, class Value>
void put_binary(copy_buffer& out, const Value& value, const type_ref& type) {
    if constexpr (types::wire_numeric<Written> && std::same_as<Written, Value>)
        if (types::is_number_of_type<Written>(type)) {
            const auto number = types::wire_number(value);
            out.reserve(sizeof(std::int32_t) + sizeof number);
            out.put(static_cast<std::int32_t>(sizeof number));
            return out.put(number);
        }
    if constexpr (requires { codec<Written>::borrow(value, type); })
        if (const std::span<const std::byte> bytes = codec<Written>::borrow(value, type); bytes.data() != nullptr)
            return put_value(out, bytes);
    out.scratch().clear();
    byte_writer writer(out.scratch());
    codec<Written>::write(writer, value, type);
    put_value(out, out.scratch());
}

/// Writes text, in which what has a meaning in COPY is escaped (documentation: COPY, "Text Format").
inline void put_escaped(copy_buffer& out, std::string_view text) {
    out.reserve(2 * text.size());
    for (const char c : text) {
        switch (c) {
        case '\\': out.put(std::string_view("\\\\")); break;
        case '\t': out.put(std::string_view("\\t")); break;
        case '\n': out.put(std::string_view("\\n")); break;
        case '\r': out.put(std::string_view("\\r")); break;
        case '\0': throw conversion_error(errc::value_out_of_range, "text cannot hold a zero byte");
        default: out.put(c);
        }
    }
}

template <class Written, class Value>
void put_text(copy_buffer& out, const Value& value, const type_ref& type) {
    out.scratch().clear();
    byte_writer writer(out.scratch());
    codec<Written>::write(writer, value, type.as_text());
    put_escaped(out, as_chars(out.scratch()));
}

inline void put_null(copy_buffer& out, wire_format format) {
    out.reserve(sizeof(std::int32_t));
    if (format == wire_format::binary) out.put(std::int32_t{-1});
    else out.put(std::string_view("\\N"));
}

template <class Field>
void put_field(copy_buffer& out, const Field& field, const type_ref& type, wire_format format) {
    using written = written_type<Field>;
    if constexpr (row_mapping::is_optional<Field>) {
        if (!field) return put_null(out, format);
        return put_field(out, *field, type, format);
    } else if constexpr (row_mapping::is_c_string<Field>) {
        if (field == nullptr) return put_null(out, format);
        return put_field(out, std::string_view(field), type, format);
    } else {
        if (format == wire_format::binary) put_binary<written>(out, field, type);
        else put_text<written>(out, field, type);
    }
}

template <class T, std::size_t I>
void encode_field(copy_buffer& out, const T& row, const copy_plan& plan, std::uint64_t number) {
    const auto type = plan.columns[I].type;
    try {
        if constexpr (I != 0)
            if (plan.format == wire_format::text) {
                out.reserve(1);
                out.put('\t');
            }
        put_field(out, field_of<I>(row), type, plan.format);
    } catch (const conversion_error& reason) {
        throw_unwritable(reason.code(), reason.what(), description_of<T>, I, number, plan);
    }
}

} // namespace copy_mapping

/// What stands before the first row.
inline void begin_copy_rows(copy_buffer& out, wire_format format) {
    if (format == wire_format::text) return;
    constexpr std::string_view signature("PGCOPY\n\377\r\n\0", 11);
    out.reserve(signature.size() + 2 * sizeof(std::int32_t));
    out.put(signature);
    out.put(std::int32_t{0});   // flags
    out.put(std::int32_t{0});   // length of what extends the header
}

/// What stands after the last row.
inline void end_copy_rows(copy_buffer& out, wire_format format) {
    if (format == wire_format::text) return;
    out.reserve(sizeof(std::int16_t));
    out.put(std::int16_t{-1});
}

/// Writes one row. If it cannot be written, nothing of it is left in the buffer.
///
/// @param number of the row, from 1, for messages
///
/// Errors (`pgcoro::error`, `execution_state::not_sent`), naming row, column and field: `errc::value_out_of_range` for a
/// value that does not fit its column, and what codecs report.
template <copy_row T>
void encode_copy_row(copy_buffer& out, const T& row, const copy_plan& plan, std::uint64_t number) {
    if constexpr (copy_mapping::has_direct_form<T>())
        if (plan.direct && copy_mapping::put_direct(out, row, plan)) [[likely]] return;
    const auto start = out.size();
    try {
        if (plan.format == wire_format::binary) {
            out.reserve(sizeof(std::int16_t));
            out.put(static_cast<std::int16_t>(copy_mapping::fields<T>::count));
        }
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (copy_mapping::encode_field<T, I>(out, row, plan, number), ...);
        }(copy_mapping::field_indexes<T>{});
        if (plan.format == wire_format::text) {
            out.reserve(1);
            out.put('\n');
        }
    } catch (...) {
        out.truncate(start);
        throw;
    }
}

} // namespace pgcoro

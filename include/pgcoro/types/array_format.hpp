// The binary form of arrays and, for types that users made, array literals.
#pragma once

#include <pgcoro/types/array_types.hpp>
#include <pgcoro/types/wire.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pgcoro::types {

/// What an array may hold: values and, as `std::optional`, NULL.
template <class T>
struct array_element {
    using value_type = T;
    static constexpr bool nullable = false;
};

template <class T>
struct array_element<std::optional<T>> {
    using value_type = T;
    static constexpr bool nullable = true;
};

template <class T>
using element_value = typename array_element<T>::value_type;

/// C++ types that are arrays in SQL. They are no elements: an array of two dimensions is no array of arrays.
template <class T>
inline constexpr bool is_array = false;

template <class T>
concept readable_element = !is_array<element_value<T>> && readable<element_value<T>>;

template <class T>
concept writable_element = !is_array<element_value<T>> && writable<element_value<T>>;

/// What precedes the elements (`array_send` in the server's `arrayfuncs.c`): the number of dimensions, a flag
/// for NULLs, the element type; for each dimension its size and lower bound.
struct array_header {
    std::size_t count;
    type_ref element;
};

/// What is known of the elements that an array says it has.
inline type_ref element_of(const type_ref& array, oid element) noexcept {
    const auto* const info = array.info();
    return info != nullptr && info->referred == element ? info->referred.without_domains() : type_ref(element);
}

/// Reads the header of an array of at most one dimension; the elements follow in `in`. Their number is at
/// most what the bytes can hold, so that it may be reserved.
inline array_header read_array_header(byte_reader& in, const field_view& field, std::string_view cpp_type) {
    constexpr std::int32_t most_dimensions = 6; // the server's MAXDIM
    const auto dimensions = in.read<std::int32_t>();
    if (dimensions < 0 || dimensions > most_dimensions) {
        if (user_defined(field.type)) refuse_column(field, cpp_type);
        throw conversion_error(errc::protocol_error,
                               "array of " + std::to_string(dimensions) + " dimensions");
    }
    in.take(sizeof(std::int32_t));
    const auto element = element_of(field.type, in.read<oid>());
    if (dimensions == 0) return {0, element};
    if (dimensions > 1)
        throw conversion_error(errc::type_mismatch, "array of " + std::to_string(dimensions)
                                                        + " dimensions cannot be read into "
                                                        + std::string(cpp_type));
    const auto count = in.read<std::int32_t>();
    in.take(sizeof(std::int32_t));
    if (count < 0 || static_cast<std::size_t>(count) > in.remaining() / sizeof(std::int32_t))
        throw conversion_error(errc::protocol_error, "array of " + std::to_string(count) + " elements in "
                                                         + std::to_string(in.remaining()) + " bytes");
    return {static_cast<std::size_t>(count), element};
}

[[noreturn]] inline void refuse_null_element(std::size_t index, std::string_view cpp_type) {
    throw conversion_error(errc::unexpected_null, "element [" + std::to_string(index) + "] is NULL, which "
                                                      + std::string(cpp_type)
                                                      + " cannot hold; use std::optional for its elements");
}

[[noreturn]] inline void rethrow_for_element(const conversion_error& cause, std::size_t index) {
    throw conversion_error(cause.code(), "element [" + std::to_string(index) + "]: " + cause.what());
}

/// Reads the length that precedes an element; nothing for NULL.
inline std::optional<std::size_t> read_length(byte_reader& in) {
    const auto length = in.read<std::int32_t>();
    if (length == -1) return std::nullopt;
    if (length < 0) throw conversion_error(errc::protocol_error, "length " + std::to_string(length));
    return static_cast<std::size_t>(length);
}

/// Reads an array: `prepare` learns the number of elements, `place` takes each one.
template <class T, class Prepare, class Place>
void read_array(const field_view& field, std::string_view cpp_type, Prepare&& prepare, Place&& place) {
    using element_codec = codec<element_value<T>>;
    expect_binary(field, cpp_type);
    byte_reader in(field.bytes);
    const auto header = read_array_header(in, field, cpp_type);
    if (!element_codec::reads(header.element))
        throw conversion_error(errc::type_mismatch, "elements of type " + type_name(header.element)
                                                        + " cannot be read into "
                                                        + std::string(element_codec::name));
    prepare(header.count);
    std::size_t index = 0;
    try {
        for (; index < header.count; ++index) {
            if (const auto length = read_length(in))
                place(index, T(element_codec::read({in.take(*length), header.element, wire_format::binary})));
            else if constexpr (array_element<T>::nullable)
                place(index, T(std::nullopt));
            else
                break;
        }
    } catch (const conversion_error& cause) {
        rethrow_for_element(cause, index);
    }
    if (index != header.count) refuse_null_element(index, cpp_type);
    in.expect_end();
}

/// Calls `visit` with a pointer to the value of an element, null for NULL.
template <class T, class Visitor>
void visit_element(const T& element, Visitor&& visit) {
    if constexpr (array_element<T>::nullable)
        visit(element ? &*element : nullptr);
    else
        visit(&element);
}

/// Writes an array in its binary form.
template <class T, class Range>
void write_array(byte_writer& out, const Range& values, const type_ref& element) {
    const auto count = byte_writer::narrow(values.size());
    out.write(std::int32_t{count == 0 ? 0 : 1});
    std::int32_t has_null = 0;
    if constexpr (array_element<T>::nullable)
        for (const auto& value : values)
            if (!value) has_null = 1;
    out.write(has_null);
    out.write(static_cast<oid>(element));
    if (count == 0) return;
    out.write(count);
    out.write(std::int32_t{1});
    std::size_t index = 0;
    try {
        for (const T& value : values) {
            visit_element(value, [&](const element_value<T>* present) {
                if (present == nullptr) return out.write(std::int32_t{-1});
                const auto start = out.begin_length();
                codec<element_value<T>>::write(out, *present, element);
                out.end_length(start);
            });
            ++index;
        }
    } catch (const conversion_error& cause) {
        rethrow_for_element(cause, index);
    }
}

/// Writes the text of an element of an array literal (documentation: "Array Input and Output Syntax").
inline void write_quoted(byte_writer& out, std::string_view text) {
    out.write('"');
    for (auto special = text.find_first_of("\"\\"); special != text.npos;
         special = text.find_first_of("\"\\")) {
        out.write(text.substr(0, special));
        out.write('\\');
        out.write(text[special]);
        text.remove_prefix(special + 1);
    }
    out.write(text);
    out.write('"');
}

/// Writes an array literal with every element quoted, for an array type whose element type the client does
/// not know.
template <class T, class Range>
void write_array_literal(byte_writer& out, const Range& values, const type_ref& parameter) {
    std::vector<std::byte> scratch;
    std::size_t index = 0;
    out.write('{');
    try {
        for (const T& value : values) {
            if (index != 0) out.write(',');
            visit_element(value, [&](const element_value<T>* present) {
                if (present == nullptr) return out.write(std::string_view("NULL"));
                scratch.clear();
                byte_writer text(scratch);
                codec<element_value<T>>::write(text, *present, parameter);
                write_quoted(out, as_text(scratch));
            });
            ++index;
        }
    } catch (const conversion_error& cause) {
        rethrow_for_element(cause, index);
    }
    out.write('}');
}

} // namespace pgcoro::types

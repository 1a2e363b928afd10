// The binary form of arrays and, for types that users made, array literals.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/types/array_dimension.hpp>
#include <pgcoro/types/array_literal.hpp>
#include <pgcoro/types/array_types.hpp>
#include <pgcoro/types/wire.hpp>
#include <pgcoro/types/wire_number.hpp>

#include <algorithm>
#include <array>
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

/// C++ types that are arrays in SQL. They are no elements: arrays within arrays are further dimensions.
template <class T>
inline constexpr bool is_array = false;

template <class T>
concept readable_element = !is_array<element_value<T>> && readable<element_value<T>>;

template <class T>
concept writable_element = !is_array<element_value<T>> && writable<element_value<T>>;

/// What precedes the elements (`array_send` in the server's `arrayfuncs.c`): the number of dimensions, a flag
/// for NULLs, the element type; for each dimension its size and lower bound.
struct array_header {
    std::array<array_dimension, most_array_dimensions> bounds{};
    std::size_t dimension_count = 0;
    std::size_t count = 0; ///< of elements
    type_ref element;

    std::span<const array_dimension> dimensions() const noexcept { return {bounds.data(), dimension_count}; }
};

/// What is known of the elements that an array says it has.
inline type_ref element_of(const type_ref& array, oid element) noexcept {
    const auto* const info = array.info();
    return info != nullptr && info->referred == element ? info->referred.without_domains() : type_ref(element);
}

/// What is no array in a column of a user's type was read into the wrong C++ type.
[[noreturn]] void refuse_array(const field_view& field, std::string_view cpp_type, std::string what);

void read_array_dimensions(byte_reader& in, array_header& header);

/// Reads the header of an array; the elements follow in `in`. Their number is at most what the bytes can hold,
/// so that it may be reserved.
array_header read_array_header(byte_reader& in, const field_view& field, std::string_view cpp_type);

[[noreturn]] void refuse_dimensions(std::size_t dimensions, std::string_view cpp_type);

/// Subscripts in C++'s way, from 0: "[2]", "[0][1]".
std::string element_place(std::size_t index, std::span<const array_dimension> dimensions);

[[noreturn]] void refuse_null_element(const std::string& place, std::string_view cpp_type);

[[noreturn]] void rethrow_for_element(const conversion_error& cause, const std::string& place);

/// Reads the length that precedes an element; nothing for NULL.
inline std::optional<std::size_t> read_length(byte_reader& in) {
    const auto length = in.read<std::int32_t>();
    if (length == -1) return std::nullopt;
    if (length < 0) throw conversion_error(errc::protocol_error, "length " + std::to_string(length));
    return static_cast<std::size_t>(length);
}

/// Reads the elements from `index` on that are plain numbers of the size that their type has, up to the first that is
/// anything else, and returns that one's index.
template <class T, class Place>
std::size_t read_plain_elements(byte_reader& in, const array_header& header, std::size_t index, Place& place) {
    if constexpr (plain_value<element_value<T>>) {
        using value = element_value<T>;
        constexpr std::int32_t size = sizeof(value);
        constexpr std::size_t size_of_length = sizeof(size), step = size_of_length + sizeof(value);
        if (header.element != plain_type<value>()) return index;
        const auto end = index + std::min(header.count - index, in.remaining() / step);
        const auto first = index;
        for (const std::byte* at = in.data(); index != end && load<std::int32_t>(at) == size; at += step)
            place(index++, T(load<value>(at + size_of_length)));
        in.take((index - first) * step);
    }
    return index;
}

/// Reads an array: `prepare` learns of the header, `place` takes each element in row-major order.
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
    prepare(header);
    std::size_t index = 0;
    try {
        for (;; ++index) {
            index = read_plain_elements<T>(in, header, index, place);
            if (index == header.count) break;
            if (const auto length = read_length(in))
                place(index, T(element_codec::read({in.take(*length), header.element, wire_format::binary})));
            else if constexpr (array_element<T>::nullable)
                place(index, T(std::nullopt));
            else
                break;
        }
    } catch (const conversion_error& cause) {
        rethrow_for_element(cause, element_place(index, header.dimensions()));
    }
    if (index != header.count) refuse_null_element(element_place(index, header.dimensions()), cpp_type);
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

/// Between the elements of a literal; that of boxes is another, since there are commas within them.
template <class T>
constexpr char literal_delimiter() noexcept {
    if constexpr (requires { codec<element_value<T>>::type; })
        return codec<element_value<T>>::type == oids::box ? ';' : ',';
    else
        return ',';
}

/// The same for elements of a type; what their codec says if nothing is known of it. A domain has that of its base.
template <class T>
char literal_delimiter(const type_ref& element) noexcept {
    if (element.info() == nullptr) return literal_delimiter<T>();
    return element.without_domains() == oids::box ? ';' : ',';
}

/// Elements in row-major order, and how they are arranged. `for_each` calls a function for each element.
template <class T, class ForEach>
struct array_source {
    std::span<const array_dimension> dimensions; ///< none for an empty array
    ForEach for_each;
};

/// Writes an array in its binary form.
template <class T, class ForEach>
void write_array(byte_writer& out, const array_source<T, ForEach>& source, const type_ref& element) {
    out.write(byte_writer::narrow(source.dimensions.size()));
    std::int32_t has_null = 0;
    if constexpr (array_element<T>::nullable)
        source.for_each([&](const T& value) {
            if (!value) has_null = 1;
        });
    out.write(has_null);
    out.write(static_cast<oid>(element));
    for (const auto& dimension : source.dimensions) {
        out.write(dimension.length);
        out.write(dimension.lower_bound);
    }
    std::size_t index = 0;
    try {
        source.for_each([&](const T& value) {
            visit_element(value, [&](const element_value<T>* present) {
                if (present == nullptr) return out.write(std::int32_t{-1});
                const auto start = out.begin_length();
                codec<element_value<T>>::write(out, *present, element);
                out.end_length(start);
            });
            ++index;
        });
    } catch (const conversion_error& cause) {
        rethrow_for_element(cause, element_place(index, source.dimensions));
    }
}

/// Writes an array literal with every element quoted, for an array type whose element type the client does
/// not know.
template <class T, class ForEach>
void write_array_literal(byte_writer& out, const array_source<T, ForEach>& source, const type_ref& parameter) {
    std::vector<std::byte> scratch;
    std::string text = array_bounds_text(source.dimensions);
    if (source.dimensions.empty()) text += "{}";
    const char delimiter = literal_delimiter<T>(parameter);
    std::size_t index = 0;
    try {
        source.for_each([&](const T& value) {
            append_opening(text, source.dimensions, index, delimiter);
            visit_element(value, [&](const element_value<T>* present) {
                if (present == nullptr) {
                    text += "NULL";
                    return;
                }
                scratch.clear();
                byte_writer written(scratch);
                codec<element_value<T>>::write(written, *present, parameter);
                append_quoted(text, as_chars(scratch));
            });
            append_closing(text, source.dimensions, ++index);
        });
    } catch (const conversion_error& cause) {
        rethrow_for_element(cause, element_place(index, source.dimensions));
    }
    out.write(std::string_view(text));
}

} // namespace pgcoro::types

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/types/array_format_definitions.hpp>
#endif

// What the codecs of every family share: exact sizes and worded refusals.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/types/codec.hpp>

#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <string_view>

namespace pgcoro::types {

/// Whether a type was made by a user or an extension, so that only the server knows its binary form.
/// Parameters of such types (a domain has an identifier of its own there) are given as text.
constexpr bool user_defined(oid type) noexcept { return type >= oids::first_user_defined; }

/// The format for a parameter whose built-in types all have a binary codec.
constexpr wire_format text_if_user_defined(oid parameter) noexcept {
    return user_defined(parameter) ? wire_format::text : wire_format::binary;
}

[[noreturn]] void refuse_column(const field_view& field, std::string_view cpp_type);

[[noreturn]] void refuse_parameter(oid parameter, std::string_view cpp_type);

/// Throws that a parameter's value does not fit; values of parameters do not go into messages.
[[noreturn]] void refuse_argument(std::string_view cpp_type, oid parameter);

[[noreturn]] void refuse_text(const field_view& field, std::string_view cpp_type);

[[noreturn]] void refuse_size(const field_view& field, std::size_t expected);

/// Throws if a column came as text (a script's results do) and the codec reads the binary form alone.
inline void expect_binary(const field_view& field, std::string_view cpp_type) {
    if (field.format != wire_format::binary) [[unlikely]]
        refuse_text(field, cpp_type);
}

/// Reads a number that takes up the whole value.
template <class Number>
Number read_exactly(const field_view& field) {
    if (field.bytes.size() != sizeof(Number)) [[unlikely]]
        refuse_size(field, sizeof(Number));
    return byte_reader(field.bytes).read<Number>();
}

/// Writes a number as the shortest text that reads back as the same number.
template <class Number>
void write_digits(byte_writer& out, Number value) {
    std::array<char, 64> text;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    out.write(std::string_view(text.data(), static_cast<std::size_t>(end - text.data())));
}

} // namespace pgcoro::types

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/types/wire_definitions.hpp>
#endif

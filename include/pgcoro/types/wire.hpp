// What the codecs of every family share: exact sizes and worded refusals.
#pragma once

#include <pgcoro/types/codec.hpp>

#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>

namespace pgcoro::types {

/// Whether a type was made by a user or an extension, so that only the server knows its binary form.
/// Parameters of such types (a domain has an identifier of its own there) are given as text.
constexpr bool user_defined(oid type) noexcept { return type >= oids::first_user_defined; }

/// The format for a parameter whose built-in types all have a binary codec.
constexpr wire_format text_if_user_defined(oid parameter) noexcept {
    return user_defined(parameter) ? wire_format::text : wire_format::binary;
}

[[noreturn]] inline void refuse_column(const field_view& field, std::string_view cpp_type) {
    throw conversion_error(errc::type_mismatch,
                           type_name(field.type) + " cannot be read into " + std::string(cpp_type));
}

[[noreturn]] inline void refuse_parameter(oid parameter, std::string_view cpp_type) {
    throw conversion_error(errc::type_mismatch,
                           std::string(cpp_type) + " cannot be given for " + type_name(parameter));
}

/// Throws that a parameter's value does not fit; values of parameters do not go into messages.
[[noreturn]] inline void refuse_argument(std::string_view cpp_type, oid parameter) {
    throw conversion_error(errc::value_out_of_range,
                           "the " + std::string(cpp_type) + " value does not fit " + type_name(parameter));
}

[[noreturn]] inline void refuse_text(const field_view& field, std::string_view cpp_type) {
    throw conversion_error(errc::type_mismatch, type_name(field.type) + " came in text format, which "
                                                    + std::string(cpp_type) + " cannot be read from");
}

[[noreturn]] inline void refuse_size(const field_view& field, std::size_t expected) {
    throw conversion_error(errc::protocol_error, "value of " + std::to_string(field.bytes.size())
                                                     + " bytes where " + type_name(field.type) + " takes "
                                                     + std::to_string(expected));
}

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

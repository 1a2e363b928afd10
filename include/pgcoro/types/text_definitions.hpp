// What is said of values that are no text.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/types/text.hpp>

#include <string>
#include <string_view>

namespace pgcoro::types {

PGCORO_DECL std::string_view strip_version(const field_view& field) {
    byte_reader in(field.bytes);
    const auto version = in.read<std::uint8_t>();
    if (version != jsonb_version)
        throw conversion_error(errc::protocol_error, type_name(field.type) + " of version " + std::to_string(version)
                                                         + " where 1 was expected");
    return as_chars(in.take_rest());
}

PGCORO_DECL void expect_text(const field_view& field) {
    const auto text = as_chars(field.bytes);
    if (text.find('\0') == text.npos && !text.starts_with('\1')) return;
    throw conversion_error(errc::type_mismatch, "a value of " + type_name(field.type)
                                                    + ", which the server does not send as text; cast it to text in the SQL");
}

} // namespace pgcoro::types

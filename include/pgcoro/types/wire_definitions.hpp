// What codecs say when they refuse.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/types/wire.hpp>

#include <string>
#include <string_view>

namespace pgcoro::types {

[[noreturn]] PGCORO_DECL void refuse_column(const field_view& field, std::string_view cpp_type) {
    throw conversion_error(errc::type_mismatch,
                           type_name(field.type) + " cannot be read into " + std::string(cpp_type));
}

[[noreturn]] PGCORO_DECL void refuse_parameter(oid parameter, std::string_view cpp_type) {
    throw conversion_error(errc::type_mismatch,
                           std::string(cpp_type) + " cannot be given for " + type_name(parameter));
}

[[noreturn]] PGCORO_DECL void refuse_argument(std::string_view cpp_type, oid parameter) {
    throw conversion_error(errc::value_out_of_range,
                           "the " + std::string(cpp_type) + " value does not fit " + type_name(parameter));
}

[[noreturn]] PGCORO_DECL void refuse_text(const field_view& field, std::string_view cpp_type) {
    throw conversion_error(errc::type_mismatch, type_name(field.type) + " came in text format, which "
                                                    + std::string(cpp_type) + " cannot be read from");
}

[[noreturn]] PGCORO_DECL void refuse_size(const field_view& field, std::size_t expected) {
    throw conversion_error(errc::protocol_error, "value of " + std::to_string(field.bytes.size())
                                                     + " bytes where " + type_name(field.type) + " takes "
                                                     + std::to_string(expected));
}

} // namespace pgcoro::types

// What is said of integers that do not fit.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/types/integers.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace pgcoro::types {

[[noreturn]] inline void refuse_digits(const std::string& value, oid column, std::string_view cpp_type) {
    throw conversion_error(errc::value_out_of_range, "value " + value + " of type " + type_name(column) + " does not fit "
                                                         + std::string(cpp_type));
}

[[noreturn]] PGCORO_DECL void refuse_integer(std::int64_t value, oid column, std::string_view cpp_type) {
    refuse_digits(std::to_string(value), column, cpp_type);
}

[[noreturn]] PGCORO_DECL void refuse_integer(std::uint64_t value, oid column, std::string_view cpp_type) {
    refuse_digits(std::to_string(value), column, cpp_type);
}

} // namespace pgcoro::types

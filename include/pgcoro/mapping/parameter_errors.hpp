// What is said about arguments that do not go with a statement's parameters.
#pragma once

#include <pgcoro/core/conversion_error.hpp>
#include <pgcoro/core/error.hpp>
#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/core/type_info.hpp>

#include <cstddef>
#include <string_view>

namespace pgcoro::row_mapping {

/// The type of an argument, for messages.
struct argument_type {
    std::string_view name;
    oid sql_type; ///< that suits it best; 0 if there is none
};

[[noreturn, gnu::cold]] void throw_argument_count(std::size_t arguments, std::size_t parameters, std::string_view sql);

/// @param at index of the parameter, from 0
[[noreturn, gnu::cold]] void throw_argument_type(std::size_t at, argument_type argument, const type_ref& type,
                                                 std::string_view sql);

[[noreturn, gnu::cold]] void throw_unwritable(const conversion_error& reason, std::size_t at,
                                              const type_ref& type, std::string_view sql);

[[noreturn, gnu::cold]] void throw_value_size(std::size_t size, std::size_t limit);

[[noreturn, gnu::cold]] void throw_message_size(std::size_t size, std::size_t limit, std::string_view sql);

} // namespace pgcoro::row_mapping

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/mapping/parameter_errors_definitions.hpp>
#endif

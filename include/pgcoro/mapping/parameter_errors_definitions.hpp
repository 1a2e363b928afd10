// What is said about arguments that do not go with a statement's parameters.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/mapping/parameter_errors.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace pgcoro::row_mapping {

[[noreturn, gnu::cold]] PGCORO_DECL void throw_argument_count(std::size_t arguments, std::size_t parameters, std::string_view sql) {
    const auto counted = [](std::size_t count, const char* what) {
        return std::to_string(count) + ' ' + what + (count == 1 ? "" : "s");
    };
    throw error(errc::parameter_count,
                "the statement has " + counted(parameters, "parameter") + ", the call "
                    + counted(arguments, "argument"),
                sql);
}

[[noreturn, gnu::cold]] PGCORO_DECL void throw_argument_type(std::size_t at, argument_type argument,
                                                                       const type_ref& type, std::string_view sql) {
    const auto number = "$" + std::to_string(at + 1);
    auto message =
        "parameter " + number + " is " + type_name(type) + ", the argument " + std::string(argument.name);
    if (argument.sql_type != 0 && argument.sql_type != type)
        message +=
            ": write a cast (" + number + "::" + type_name(argument.sql_type) + ") or pass another type";
    throw error(errc::type_mismatch, std::move(message), sql);
}

[[noreturn, gnu::cold]] PGCORO_DECL void throw_unwritable(const conversion_error& reason, std::size_t at, const type_ref& type, std::string_view sql) {
    throw error(reason.code(),
                "parameter $" + std::to_string(at + 1) + " (" + type_name(type) + "): " + reason.what(), sql);
}

[[noreturn, gnu::cold]] PGCORO_DECL void throw_value_size(std::size_t size, std::size_t limit) {
    throw conversion_error(errc::value_out_of_range, "value of " + std::to_string(size)
                                                         + " bytes exceeds the server's limit of "
                                                         + std::to_string(limit));
}

[[noreturn, gnu::cold]] PGCORO_DECL void throw_message_size(std::size_t size, std::size_t limit,
                                                                      std::string_view sql) {
    throw error(errc::value_out_of_range,
                "the parameters' " + std::to_string(size) + " bytes together exceed the server's limit of "
                    + std::to_string(limit) + " for one statement",
                sql);
}

} // namespace pgcoro::row_mapping

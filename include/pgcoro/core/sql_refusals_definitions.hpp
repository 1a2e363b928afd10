// What is said of SQL text that cannot be sent.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/core/sql_refusals.hpp>

#include <optional>
#include <string>

namespace pgcoro::core {

PGCORO_DECL error fault_error(const statement_text& statement) {
    switch (statement.fault) {
    case sql_fault::empty: return error(errc::invalid_sql, "the text is empty", statement.text);
    case sql_fault::contains_nul:
        return error(errc::invalid_sql, "the text contains a NUL byte", statement.text);
    case sql_fault::unterminated:
        return error(errc::invalid_sql, "a string, quoted identifier or comment is not terminated",
                     statement.text);
    case sql_fault::several_statements:
        return error(errc::invalid_sql, "only one statement is allowed here; see execute_script and batch",
                     statement.text);
    case sql_fault::invalid_placeholder:
        return error(errc::parameter_count, "placeholders go from $1 to $65535", statement.text);
    case sql_fault::missing_parameter:
        return error(errc::parameter_count,
                     "placeholder $"
                         + std::to_string(find_missing_parameter(statement.text, statement.parameter_count))
                         + " is missing below $" + std::to_string(statement.parameter_count),
                     statement.text);
    case sql_fault::none: break;
    }
    return error(errc::invalid_sql, {}, statement.text);
}

PGCORO_DECL std::optional<error> check_sql(const statement_text& statement, std::size_t argument_count,
                                           sql_scope scope) {
    if (!statement.at_run_time) return std::nullopt;
    if (statement.fault != sql_fault::none) return fault_error(statement);
    if (scope == sql_scope::copy && is_refused(statement.cls, scope))
        return error(errc::invalid_sql, "copy_in_raw and copy_out_raw take COPY FROM STDIN or TO STDOUT",
                     statement.text);
    if (is_refused(statement.cls, scope))
        return error(errc::not_shareable, std::string(right_verb(statement.cls)), statement.text);
    if (argument_count != any_argument_count && argument_count != statement.parameter_count)
        return error(errc::parameter_count,
                     "the statement has " + std::to_string(statement.parameter_count) + " parameters, "
                         + std::to_string(argument_count) + " arguments were given",
                     statement.text);
    return std::nullopt;
}

} // namespace pgcoro::core

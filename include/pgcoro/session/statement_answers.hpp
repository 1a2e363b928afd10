// Descriptions of statements from what the server answers.
#pragma once

#include <pgcoro/core/statement_text.hpp>
#include <pgcoro/libpq/result.hpp>
#include <pgcoro/session/statement_description.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace pgcoro::session {

inline std::vector<column_info> columns_of(const libpq::result_view& rows) {
    std::vector<column_info> columns;
    columns.reserve(rows.column_count());
    for (std::size_t i = 0; i < rows.column_count(); ++i)
        columns.push_back({std::string(rows.column_name(i)), rows.column_type(i), rows.column_table(i),
                           rows.column_attribute(i)});
    return columns;
}

/// From the answer to a Describe.
inline description_ptr description_of(const statement_text& text, const libpq::result_view& answer,
                                      type_catalog_ptr types, bool single_threaded) {
    std::vector<oid> parameters(answer.parameter_count());
    for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i] = answer.parameter_type(i);
    return description_ptr(new statement_description(std::string(text.text), std::move(parameters), columns_of(answer),
                                                     std::move(types), single_threaded));
}

/// Whether rows are as a description says.
inline bool has_columns(const libpq::result_view& rows, const statement_description& description) {
    const auto& known = description.columns();
    if (rows.column_count() != known.size()) return false;
    for (std::size_t i = 0; i < known.size(); ++i)
        if (rows.column_type(i) != known[i].type || rows.column_name(i) != known[i].name) return false;
    return true;
}

} // namespace pgcoro::session

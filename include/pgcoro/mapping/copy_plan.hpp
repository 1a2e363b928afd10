// How the rows of a COPY FROM STDIN are written: to which columns, and in which format.
#pragma once

#include <pgcoro/core/error.hpp>
#include <pgcoro/mapping/column_plan.hpp>
#include <pgcoro/mapping/copy_shape.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {

/// The columns of a COPY in the order of a row's fields, and the format of all of them (documentation: COPY).
struct copy_plan {
    std::vector<column_info> columns;
    std::shared_ptr<const void> types{}; ///< what the columns' types refer to
    wire_format format = wire_format::binary;
    std::string sql;     ///< the COPY, for messages
    bool direct = false; ///< every column has the very type that suits the row's field best
};

namespace copy_mapping {

[[noreturn, gnu::cold, gnu::noinline]] inline void throw_column_count(const row_description& row,
                                                                      std::span<const column_info> columns,
                                                                      std::string_view sql) {
    const auto fields = row.fields.size();
    throw error(errc::column_missing,
                "a row has " + std::to_string(fields) + (fields == 1 ? " field" : " fields") + ", the COPY "
                    + std::to_string(columns.size()) + (columns.size() == 1 ? " column: " : " columns: ")
                    + row_mapping::column_list(columns),
                sql);
}

[[noreturn, gnu::cold, gnu::noinline]] inline void throw_column_type(const row_description& row, std::size_t field,
                                                                     const column_info& column, std::string_view sql) {
    throw error(errc::type_mismatch,
                "column '" + column.name + "' is " + type_name(column.type) + ", which " + field_text(row, field) + " ("
                    + std::string(row.fields[field].type) + ") cannot be written to",
                sql);
}

/// Binary, unless the form of a type is not known to the client; then all columns travel as text.
inline wire_format choose_format(const row_description& row, std::span<const column_info> columns, std::string_view sql) {
    if (columns.size() != row.fields.size()) throw_column_count(row, columns, sql);
    auto format = wire_format::binary;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (!row.fields[i].writes(columns[i].type)) throw_column_type(row, i, columns[i], sql);
        if (row.fields[i].format(columns[i].type) == wire_format::text) format = wire_format::text;
    }
    if (format == wire_format::binary) return format;
    for (std::size_t i = 0; i < columns.size(); ++i)
        if (const auto type = columns[i].type.as_text();
            !row.fields[i].writes(type) || row.fields[i].format(type) != wire_format::text)
            throw error(errc::type_mismatch,
                        "column '" + columns[i].name + "': another column wants the COPY to be in text format, in which "
                            + field_text(row, i) + " (" + std::string(row.fields[i].type) + ") cannot be written",
                        sql);
    return format;
}

/// Whether the rows of a binary COPY go to columns of the types that suit their fields best.
inline bool suits(const row_description& row, std::span<const column_info> columns) {
    for (std::size_t i = 0; i < columns.size(); ++i)
        if (row.fields[i].best != columns[i].type) return false;
    return true;
}

} // namespace copy_mapping

/// The names of the columns that the fields of a struct go to; none for rows that go by position.
template <class T>
std::vector<std::string_view> copy_column_names() {
    std::vector<std::string_view> names;
    const auto& row = copy_mapping::description_of<T>;
    if (!row.by_position)
        for (const auto& field : row.fields) names.push_back(field.column);
    return names;
}

/// The format in which rows of `T` go to these columns, which are in the order of its fields.
/// Errors (`execution_state::not_sent`): `errc::column_missing` for another number of columns; `errc::type_mismatch`.
template <class T>
wire_format choose_copy_format(std::span<const column_info> columns, std::string_view sql) {
    return copy_mapping::choose_format(copy_mapping::description_of<T>, columns, sql);
}

} // namespace pgcoro

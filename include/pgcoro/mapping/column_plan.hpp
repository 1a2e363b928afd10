// Which column each field of a row type is read from, and whether it can be.
#pragma once

#include <pgcoro/core/error.hpp>
#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/mapping/row_description.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {

/// A column of a result as the server describes it before the first row.
struct column_info {
    std::string name;
    type_ref type;
    oid table = 0;                ///< that it is a column of; 0 for an expression
    std::int16_t attribute = 0;   ///< its number in that table (`pg_attribute.attnum`)
};

/// For each field of a row type, in their order, the column that it is read from. Made once for a prepared
/// statement and a row type; valid for every result of that statement.
class column_plan {
public:
    /// The column of a field.
    struct source {
        std::uint32_t column; ///< index in the result, from 0
        type_ref type;        ///< of the column
    };

    column_plan() = default;
    explicit column_plan(std::vector<source> sources) noexcept : sources_(std::move(sources)) {}

    /// The number of fields.
    std::size_t size() const noexcept { return sources_.size(); }

    /// Precondition: `field < size()`.
    const source& operator[](std::size_t field) const noexcept { return sources_[field]; }

    /// Keeps what the columns' types refer to, with this plan and its copies.
    void keep(std::shared_ptr<const void> types) noexcept { types_ = std::move(types); }

private:
    std::vector<source> sources_;
    std::shared_ptr<const void> types_;
};

namespace row_mapping {

std::string column_list(std::span<const column_info> columns);

std::string column_count_text(const row_description& row, std::span<const column_info> columns);

std::string column_ambiguous_text(const row_description& row, std::size_t field);

/// @param type the SQL name of the column's type
std::string column_type_text(const row_description& row, std::size_t field, const column_info& column,
                             std::string_view type);

/// The only column of a struct's field.
std::size_t find_column(const row_description& row, std::size_t field,
                        std::span<const column_info> columns, std::string_view sql);

column_plan plan_columns(const row_description& row, std::span<const column_info> columns,
                         std::string_view sql);

#if PGCORO_HAS_DEFINITIONS

PGCORO_DECL std::string column_list(std::span<const column_info> columns) {
    std::string list;
    for (const auto& column : columns) {
        if (!list.empty()) list += ", ";
        list += column.name;
    }
    return list;
}

PGCORO_DECL std::string column_count_text(const row_description& row, std::span<const column_info> columns) {
    const auto fields = row.fields.size();
    return row_text(row) + " takes " + std::to_string(fields) + (fields == 1 ? " column" : " columns")
           + "; the result has "
           + (columns.empty() ? "none" : std::to_string(columns.size()) + ": " + column_list(columns));
}

PGCORO_DECL std::string column_ambiguous_text(const row_description& row, std::size_t field) {
    return field_text(row, field) + " has more than one column: give all but one '"
           + std::string(row.fields[field].column) + "' another name with AS";
}

PGCORO_DECL std::string column_type_text(const row_description& row, std::size_t field, const column_info& column,
                                         std::string_view type) {
    const auto start = ("column '" + column.name + "' is ").append(type) + ", which ";
    if (row.shape == row_shape::scalar) return start + row_text(row) + " cannot be read from";
    return start + field_text(row, field) + " (" + type_text(row.fields[field]) + ") cannot be read from";
}

[[noreturn, gnu::cold]] PGCORO_DECL void
throw_column_count(const row_description& row, std::span<const column_info> columns, std::string_view sql) {
    throw error(columns.size() < row.fields.size() ? errc::column_missing : errc::type_mismatch,
                column_count_text(row, columns), sql);
}

[[noreturn, gnu::cold]] PGCORO_DECL void
throw_columns_missing(const row_description& row, std::span<const column_info> columns, std::string_view sql) {
    std::string missing;
    std::size_t count = 0;
    for (const auto& field : row.fields) {
        if (std::ranges::find(columns, field.column, &column_info::name) != columns.end()) continue;
        missing += count++ == 0 ? " '" : ", '";
        missing += field.name;
        missing += '\'';
        if (field.column != field.name) (missing += " (column '").append(field.column) += "')";
    }
    throw error(errc::column_missing,
                (count == 1 ? "field" : "fields") + missing + " of " + row_text(row)
                    + (count == 1 ? " has no column; the result has" : " have no columns; the result has")
                    + (columns.empty() ? " none" : ": " + column_list(columns)),
                sql);
}

[[noreturn, gnu::cold]] PGCORO_DECL void
throw_column_ambiguous(const row_description& row, std::size_t field, std::string_view sql) {
    throw error(errc::column_missing, column_ambiguous_text(row, field), sql);
}

[[noreturn, gnu::cold]] PGCORO_DECL void
throw_column_type(const row_description& row, std::size_t field, const column_info& column, std::string_view sql) {
    throw error(errc::type_mismatch, column_type_text(row, field, column, type_name(column.type)), sql);
}

PGCORO_DECL std::size_t find_column(const row_description& row, std::size_t field,
                                    std::span<const column_info> columns, std::string_view sql) {
    const auto name = row.fields[field].column;
    const auto found = std::ranges::find(columns, name, &column_info::name);
    if (found == columns.end()) throw_columns_missing(row, columns, sql);
    if (std::ranges::find(found + 1, columns.end(), name, &column_info::name) != columns.end())
        throw_column_ambiguous(row, field, sql);
    return static_cast<std::size_t>(found - columns.begin());
}

PGCORO_DECL column_plan plan_columns(const row_description& row, std::span<const column_info> columns,
                                     std::string_view sql) {
    if (row.by_position && columns.size() != row.fields.size()) throw_column_count(row, columns, sql);
    std::vector<column_plan::source> sources;
    sources.reserve(row.fields.size());
    for (std::size_t field = 0; field < row.fields.size(); ++field) {
        const auto at = row.by_position ? field : find_column(row, field, columns, sql);
        if (!row.fields[field].reads(columns[at].type)) throw_column_type(row, field, columns[at], sql);
        sources.push_back({static_cast<std::uint32_t>(at), columns[at].type});
    }
    return column_plan(std::move(sources));
}

#endif

} // namespace row_mapping

/// Finds the column of every field of `T` and checks that its type can be read.
///
/// A struct takes its columns by name, whatever their order, and ignores the others; a name that a field
/// needs must occur once. Tuples, scalars and structs whose `mapping` says `by_position` take exactly as many
/// columns as they have fields.
///
/// @param columns the description of the result
/// @param sql     the statement, for messages
///
/// Errors (`pgcoro::error`, `execution_state::not_sent`): `errc::column_missing` for a field without a
/// column, for one whose column's name occurs several times, and for too few columns by position;
/// `errc::type_mismatch` for a column that cannot be read into its field, and for too many columns by
/// position.
template <class T>
column_plan make_column_plan(std::span<const column_info> columns, std::string_view sql) {
    if constexpr (require_row_type<T>())
        return row_mapping::plan_columns(row_mapping::description_of<T>, columns, sql);
}

} // namespace pgcoro

// Holds a declared statement against what the server says of it.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/mapping/declared_statement.hpp>
#include <pgcoro/mapping/described_statement.hpp>
#include <pgcoro/mapping/nearest_name.hpp>
#include <pgcoro/mapping/statement_difference.hpp>
#include <pgcoro/types/array_types.hpp>
#include <pgcoro/types/enums.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {
namespace row_mapping {

/// What the catalog knows beside a statement's description.
struct catalog_facts {
    /// Of types that `type_name` does not know.
    std::map<oid, std::string> type_names;

    /// Columns without NOT NULL, by their table's OID and their number in it, and their names.
    std::map<std::pair<oid, std::int16_t>, std::string> nullable;

    std::string name_of(const type_ref& type) const {
        const auto known = type_names.find(type);
        return known == type_names.end() ? type_name(type) : known->second;
    }
};

/// Compares one statement; adds what it finds to a list.
class statement_comparison {
public:
    statement_comparison(const declared_statement& declared, const described_statement& described,
                         const catalog_facts& catalog, std::vector<statement_difference>& found)
        : declared_(declared), described_(described), catalog_(catalog), found_(found) {}

    void run();

private:
    void add(difference_kind kind, std::string message);
    void compare_parameters();
    void add_parameter_type(std::size_t at, const type_ref& type);

    /// Of the labels of a C++ enum, those that cannot be sent.
    void compare_labels(std::size_t at, const type_ref& type);

    /// Of the labels of an SQL enum, those that cannot be read.
    void compare_labels(const row_description& row, std::size_t field, const column_info& column);
    void compare_columns(const row_description& row);
    void compare_by_name(const row_description& row, std::size_t field);
    void add_missing(const row_description& row, std::size_t field);

    /// The names that a renamed column may have now.
    std::vector<std::string_view> columns_without_field(const row_description& row) const;
    void compare_column(const row_description& row, std::size_t field, const column_info& column);

    const declared_statement& declared_;
    const described_statement& described_;
    const catalog_facts& catalog_;
    std::vector<statement_difference>& found_;
};

#if PGCORO_HAS_DEFINITIONS

PGCORO_DECL void statement_comparison::run() {
    compare_parameters();
    if (declared_.row != nullptr) compare_columns(*declared_.row);
}

PGCORO_DECL void statement_comparison::add(difference_kind kind, std::string message) {
    found_.emplace_back(kind, std::string(declared_.text.text), std::move(message));
}

PGCORO_DECL void statement_comparison::compare_parameters() {
    const auto& types = described_.parameters();
    const auto count = declared_.parameters.size();
    if (types.size() != count)
        return add(difference_kind::parameter_count, "the server sees " + std::to_string(types.size())
                                                         + " parameters, the statement declares "
                                                         + std::to_string(count));
    for (std::size_t i = 0; i < count; ++i) {
        if (!declared_.parameters[i].writes(types[i])) add_parameter_type(i, types[i]);
        else compare_labels(i, types[i]);
    }
}

PGCORO_DECL void statement_comparison::add_parameter_type(std::size_t at, const type_ref& type) {
    const auto& parameter = declared_.parameters[at];
    const auto number = "$" + std::to_string(at + 1);
    auto message = "parameter " + number + " is " + catalog_.name_of(type) + ", declared as "
                   + std::string(parameter.type);
    if (parameter.sql_type != 0 && parameter.sql_type != type)
        message += ": write a cast (" + number + "::" + type_name(parameter.sql_type) + ") or declare another type";
    add(difference_kind::parameter_type, std::move(message));
}

/// The SQL enum that a type is, or is an array of; null for other types.
inline const type_info* compared_enum(const type_ref& type) {
    const auto element = types::element_type_of(type.without_domains());
    return types::sql_enum(element != 0 ? element : type);
}

PGCORO_DECL void statement_comparison::compare_labels(std::size_t at, const type_ref& type) {
    const auto& parameter = declared_.parameters[at];
    const auto* const in = compared_enum(type);
    if (in == nullptr || parameter.labels.empty()) return;
    const auto lacking = types::labels_beyond(parameter.labels, in->labels);
    if (lacking.empty()) return;
    add(difference_kind::enum_labels, "parameter $" + std::to_string(at + 1) + " is " + catalog_.name_of(type)
                                          + " with the labels " + types::list_of(in->labels) + "; " + std::string(parameter.type)
                                          + " also has " + types::list_of(lacking));
}

PGCORO_DECL void statement_comparison::compare_labels(const row_description& row, std::size_t field, const column_info& column) {
    const auto& target = row.fields[field];
    const auto* const in = compared_enum(column.type);
    if (in == nullptr || target.labels.empty()) return;
    const auto lacking = types::labels_beyond(in->labels, target.labels);
    if (lacking.empty()) return;
    add(difference_kind::enum_labels, "column '" + column.name + "' is " + catalog_.name_of(column.type)
                                          + ", of whose labels " + field_text(row, field) + " (" + type_text(target)
                                          + ") lacks " + types::list_of(lacking));
}

PGCORO_DECL void statement_comparison::compare_columns(const row_description& row) {
    const auto& columns = described_.columns();
    if (row.by_position && columns.size() != row.fields.size())
        return add(difference_kind::column_count, column_count_text(row, columns));
    for (std::size_t field = 0; field < row.fields.size(); ++field) {
        if (row.by_position) compare_column(row, field, columns[field]);
        else compare_by_name(row, field);
    }
}

PGCORO_DECL void statement_comparison::compare_by_name(const row_description& row, std::size_t field) {
    const auto& columns = described_.columns();
    const auto name = row.fields[field].column;
    const auto first = std::ranges::find(columns, name, &column_info::name);
    if (first == columns.end()) return add_missing(row, field);
    if (std::ranges::find(first + 1, columns.end(), name, &column_info::name) != columns.end())
        return add(difference_kind::column_ambiguous, column_ambiguous_text(row, field));
    compare_column(row, field, *first);
}

PGCORO_DECL void statement_comparison::add_missing(const row_description& row, std::size_t field) {
    auto message = field_text(row, field) + " has no column";
    const auto& wanted = row.fields[field];
    if (wanted.column != wanted.name) (message += " '").append(wanted.column) += '\'';
    const auto near = nearest_name(wanted.column, columns_without_field(row));
    if (!near.empty()) (message += "; did you mean '").append(near) += "'?";
    message += described_.columns().empty() ? " (the statement returns none)"
                                            : " (the result has " + column_list(described_.columns()) + ")";
    add(difference_kind::column_missing, std::move(message));
}

PGCORO_DECL std::vector<std::string_view> statement_comparison::columns_without_field(const row_description& row) const {
    std::vector<std::string_view> names;
    for (const auto& column : described_.columns())
        if (std::ranges::find(row.fields, column.name, &field_description::column) == row.fields.end())
            names.push_back(column.name);
    return names;
}

PGCORO_DECL void statement_comparison::compare_column(const row_description& row, std::size_t field, const column_info& column) {
    const auto& target = row.fields[field];
    if (!target.reads(column.type))
        add(difference_kind::column_type, column_type_text(row, field, column, catalog_.name_of(column.type)));
    else
        compare_labels(row, field, column);
    if (target.nullable || column.table == 0) return;
    const auto origin = catalog_.nullable.find({column.table, column.attribute});
    if (origin == catalog_.nullable.end()) return;
    add(difference_kind::column_nullable,
        "column '" + column.name + "' may be NULL (" + origin->second + " is not declared NOT NULL), which "
            + field_text(row, field) + " cannot hold: make it std::optional<" + std::string(target.type) + ">");
}

#endif

} // namespace row_mapping

/// Adds to `found` what a statement declares and the server sees otherwise, by the checks that decide at run time
/// whether an argument can be given and a column be read.
inline void compare_statement(const declared_statement& declared, const described_statement& described,
                              const row_mapping::catalog_facts& catalog, std::vector<statement_difference>& found) {
    row_mapping::statement_comparison(declared, described, catalog, found).run();
}

} // namespace pgcoro

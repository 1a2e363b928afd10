// What messages say of row types and their fields.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/mapping/row_description.hpp>

#include <string>

namespace pgcoro::row_mapping {

PGCORO_DECL std::string type_text(const field_description& field) {
    return field.nullable ? std::string(field.type) + " or NULL" : std::string(field.type);
}

PGCORO_DECL std::string row_text(const row_description& row) {
    if (row.shape == row_shape::structure) return std::string(row.label);
    if (row.shape == row_shape::scalar) return type_text(row.fields[0]);
    std::string text(row.label);
    for (std::size_t i = 0; i < row.fields.size(); ++i) {
        text += i == 0 ? "<" : ", ";
        text += type_text(row.fields[i]);
    }
    return text += '>';
}

PGCORO_DECL std::string field_text(const row_description& row, std::size_t field) {
    switch (row.shape) {
    case row_shape::structure:
        return "field '" + std::string(row.fields[field].name) + "' of " + row_text(row);
    case row_shape::tuple:
        return "element " + std::to_string(field + 1) + " of " + row_text(row);
    case row_shape::scalar:
        break;
    }
    return "the row type";
}

} // namespace pgcoro::row_mapping

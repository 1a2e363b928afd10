// What is said of values that cannot be decoded.
#pragma once

#include <pgcoro/mapping/decode.hpp>

#include <string>
#include <string_view>

namespace pgcoro::row_mapping {

[[noreturn, gnu::cold]] PGCORO_DECL void throw_null_value() { throw null_value{}; }

[[noreturn, gnu::cold]] PGCORO_DECL void
throw_unexpected_null(const value_place& place, std::string_view sql) {
    const auto& field = place.description.fields[place.field];
    throw error(errc::unexpected_null,
                "row " + std::to_string(place.row + 1) + ": column '" + std::string(place.column_name)
                    + "' is NULL, which " + field_text(place.description, place.field)
                    + " cannot hold: make it std::optional<" + std::string(field.type) + ">",
                sql, execution_state::completed);
}

[[noreturn, gnu::cold]] PGCORO_DECL void
throw_unreadable(const conversion_error& reason, const value_place& place, std::string_view sql) {
    const auto& field = place.description.fields[place.field];
    throw error(reason.code(),
                "row " + std::to_string(place.row + 1) + ", column '" + std::string(place.column_name) + "' ("
                    + type_name(place.column_type) + "), " + field_text(place.description, place.field) + " ("
                    + std::string(field.type) + "): " + reason.what(),
                sql, execution_state::completed);
}

} // namespace pgcoro::row_mapping

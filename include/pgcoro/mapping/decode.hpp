// Rows of a result as structs, tuples and scalars.
#pragma once

#include <pgcoro/mapping/column_plan.hpp>
#include <pgcoro/types/binary_form.hpp>
#include <pgcoro/types/wire_number.hpp>

#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {

/// What rows are decoded from: a cheap handle on a result. Rows and columns count from 0. `value` yields the bytes of a
/// value, from a null pointer if the value is NULL, and never from one otherwise.
template <class R>
concept result_view = requires(const R& result, std::size_t row, std::size_t column) {
    { result.row_count() } -> std::convertible_to<std::size_t>;
    { result.column_count() } -> std::convertible_to<std::size_t>;
    { result.value(row, column) } -> std::convertible_to<std::span<const std::byte>>;
    { result.column_type(column) } -> std::convertible_to<oid>;
    { result.column_format(column) } -> std::convertible_to<wire_format>;
    { result.column_name(column) } -> std::convertible_to<std::string_view>;
};

namespace row_mapping {

/// Where a value that cannot be decoded stands.
struct value_place {
    const row_description& description;
    std::size_t field;
    std::size_t row;
    std::string_view column_name;
    type_ref column_type;
};

[[noreturn, gnu::cold, gnu::noinline]] inline void throw_unexpected_null(const value_place& place,
                                                                         std::string_view sql) {
    const auto& field = place.description.fields[place.field];
    throw error(errc::unexpected_null,
                "row " + std::to_string(place.row + 1) + ": column '" + std::string(place.column_name)
                    + "' is NULL, which " + field_text(place.description, place.field)
                    + " cannot hold: make it std::optional<" + std::string(field.type) + ">",
                sql, execution_state::completed);
}

[[noreturn, gnu::cold, gnu::noinline]] inline void
throw_unreadable(const conversion_error& reason, const value_place& place, std::string_view sql) {
    const auto& field = place.description.fields[place.field];
    throw error(reason.code(),
                "row " + std::to_string(place.row + 1) + ", column '" + std::string(place.column_name) + "' ("
                    + type_name(place.column_type) + "), " + field_text(place.description, place.field) + " ("
                    + std::string(field.type) + "): " + reason.what(),
                sql, execution_state::completed);
}

/// @param bytes the field's value in that row
template <class T, std::size_t I, class Result>
field_type<T, I> decode_value(std::span<const std::byte> bytes, const Result& result, std::size_t row,
                              const column_plan& plan, std::string_view sql) {
    using field = field_type<T, I>;
    const std::size_t column = plan[I].column;
    const auto place = [&] {
        return value_place{description_of<T>, I, row, result.column_name(column), plan[I].type};
    };
    if (bytes.data() == nullptr) {
        if constexpr (is_optional<field>)
            return std::nullopt;
        else
            throw_unexpected_null(place(), sql);
    }
    try {
        return types::read_value<value_type<field>>(
            field_view{bytes, plan[I].type, result.column_format(column)});
    } catch (const conversion_error& reason) {
        throw_unreadable(reason, place(), sql);
    }
}

/// The same, out of the way of those who read many fields.
template <class T, std::size_t I, class Result>
[[gnu::noinline]] field_type<T, I> decode_unusual_value(std::span<const std::byte> bytes, const Result& result,
                                                        std::size_t row, const column_plan& plan,
                                                        std::string_view sql) {
    return decode_value<T, I>(bytes, result, row, plan, sql);
}

template <class T, std::size_t I, class Result>
field_type<T, I> decode_field(const Result& result, std::size_t row, const column_plan& plan,
                              std::string_view sql) {
    using value = value_type<field_type<T, I>>;
    const auto& [column, type] = plan[I];
    const std::span<const std::byte> bytes = result.value(row, column);
    if constexpr (types::plain_value<value>) {
        const bool usual = type == types::plain_type<value>() && bytes.size() == sizeof(value)
                           && result.column_format(column) == wire_format::binary;
        if (usual) [[likely]] return types::load<value>(bytes.data());
        return decode_unusual_value<T, I>(bytes, result, row, plan, sql);
    } else {
        return decode_value<T, I>(bytes, result, row, plan, sql);
    }
}

} // namespace row_mapping

/// Reads one row.
///
/// @param row  index of the row; precondition: `row < result.row_count()`
/// @param plan from `make_column_plan<T>` for this result's statement
/// @param sql  the statement, for messages
///
/// Errors (`pgcoro::error`, `execution_state::completed`), naming row (from 1), column and field:
/// `errc::unexpected_null` for NULL where there is no `std::optional`; what the codec reports for a value
/// that it cannot read. Lifetime: a type with `row_borrows` points into the result.
template <class T, result_view Result>
T decode_row(const Result& result, std::size_t row, const column_plan& plan, std::string_view sql) {
    if constexpr (require_row_type<T>()) {
        if constexpr (row_mapping::shape_of<T>() == row_mapping::row_shape::scalar)
            return row_mapping::decode_field<T, 0>(result, row, plan, sql);
        else
            return [&]<std::size_t... I>(std::index_sequence<I...>) {
                return T{row_mapping::decode_field<T, I>(result, row, plan, sql)...};
            }(row_mapping::field_indexes<T>{});
    }
}

/// Reads all rows. Parameters and errors as for `decode_row`.
template <class T, result_view Result>
std::vector<T> decode_rows(const Result& result, const column_plan& plan, std::string_view sql) {
    if constexpr (require_row_type<T>()) {
        static_assert(!row_borrows<T>,
                      "this row type points into the result, which a vector does not keep: ask for "
                      "pgcoro::rows<T> (query_rows<T>), or use std::string for std::string_view");
        const std::size_t count = result.row_count();
        std::vector<T> rows;
        rows.reserve(count);
        for (std::size_t row = 0; row < count; ++row) rows.push_back(decode_row<T>(result, row, plan, sql));
        return rows;
    }
}

} // namespace pgcoro

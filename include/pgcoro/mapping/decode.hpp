// Rows of a result as structs, tuples and scalars.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/mapping/column_plan.hpp>
#include <pgcoro/types/binary_form.hpp>
#include <pgcoro/types/wire_number.hpp>

#include <concepts>
#include <cstddef>
#include <iterator>
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

[[noreturn, gnu::cold]] void
throw_unexpected_null(const value_place& place, std::string_view sql);

[[noreturn, gnu::cold]] void
throw_unreadable(const conversion_error& reason, const value_place& place, std::string_view sql);

/// A row that is being decoded, and what messages say of it. What reads a field knows the field's type and not the row's,
/// so that rows with the same types of fields share it.
template <class Result>
struct row_source {
    const Result& result;
    std::size_t row;
    const column_plan& plan;
    const row_description& description;
    std::string_view sql;

    value_place place_of(std::size_t field) const {
        const auto& [column, type] = plan[field];
        return {description, field, row, result.column_name(column), type};
    }
};

/// @param bytes the field's value in that row
template <class Field, class Result>
Field decode_value(std::span<const std::byte> bytes, const row_source<Result>& from, std::size_t field) {
    if (bytes.data() == nullptr) {
        if constexpr (is_optional<Field>)
            return std::nullopt;
        else
            throw_unexpected_null(from.place_of(field), from.sql);
    }
    try {
        const auto& [column, type] = from.plan[field];
        return types::read_value<value_type<Field>>(field_view{bytes, type, from.result.column_format(column)});
    } catch (const conversion_error& reason) {
        throw_unreadable(reason, from.place_of(field), from.sql);
    }
}

/// The same, out of the way of those who read many fields.
template <class Field, class Result>
[[gnu::noinline]] Field decode_unusual_value(std::span<const std::byte> bytes, const row_source<Result>& from,
                                             std::size_t field) {
    return decode_value<Field>(bytes, from, field);
}

template <class Field, class Result>
Field decode_field(const row_source<Result>& from, std::size_t field) {
    using value = value_type<Field>;
    const auto& [column, type] = from.plan[field];
    const std::span<const std::byte> bytes = from.result.value(from.row, column);
    if constexpr (types::plain_value<value>) {
        const bool usual = type == types::plain_type<value>() && bytes.size() == sizeof(value)
                           && from.result.column_format(column) == wire_format::binary;
        if (usual) [[likely]] return types::load<value>(bytes.data());
        return decode_unusual_value<Field>(bytes, from, field);
    } else {
        return decode_value<Field>(bytes, from, field);
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
        const row_mapping::row_source<Result> from{result, row, plan, row_mapping::description_of<T>, sql};
        if constexpr (row_mapping::shape_of<T>() == row_mapping::row_shape::scalar)
            return row_mapping::decode_field<T>(from, 0);
        else
            return [&]<std::size_t... I>(std::index_sequence<I...>) {
                return T{row_mapping::decode_field<row_mapping::field_type<T, I>>(from, I)...};
            }(row_mapping::field_indexes<T>{});
    }
}

namespace row_mapping {

/// Rows for the constructor of `std::vector`, which allocates once for all of them, so that nothing that could grow it is
/// compiled for each row type. It takes a forward iterator's word for how many there are; that this one yields values and
/// no references is of no account to it.
template <class T, class Result>
class decoding_iterator {
public:
    using value_type = T;
    using reference = T;
    using pointer = const T*;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::forward_iterator_tag;

    decoding_iterator(const Result& result, std::size_t row, const column_plan& plan, std::string_view sql) noexcept
        : result_(&result), row_(row), plan_(&plan), sql_(sql) {}

    T operator*() const { return decode_row<T>(*result_, row_, *plan_, sql_); }

    decoding_iterator& operator++() noexcept {
        ++row_;
        return *this;
    }
    decoding_iterator operator++(int) noexcept {
        auto before = *this;
        ++row_;
        return before;
    }

    bool operator==(const decoding_iterator& other) const noexcept { return row_ == other.row_; }

private:
    const Result* result_;
    std::size_t row_;
    const column_plan* plan_;
    std::string_view sql_;
};

} // namespace row_mapping

/// Reads all rows. Parameters and errors as for `decode_row`.
template <class T, result_view Result>
std::vector<T> decode_rows(const Result& result, const column_plan& plan, std::string_view sql) {
    if constexpr (require_row_type<T>()) {
        static_assert(!row_borrows<T>,
                      "this row type points into the result, which a vector does not keep: ask for "
                      "pgcoro::rows<T> (query_rows<T>), or use std::string for std::string_view");
        using row_at = row_mapping::decoding_iterator<T, Result>;
        return std::vector<T>(row_at(result, 0, plan, sql), row_at(result, result.row_count(), plan, sql));
    }
}

} // namespace pgcoro

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/mapping/decode_definitions.hpp>
#endif

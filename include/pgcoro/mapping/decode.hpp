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
#include <type_traits>
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

/// A NULL in a field that cannot hold it.
struct null_value {};
[[noreturn, gnu::cold]] void throw_null_value();

/// What is said of a field that could not be decoded, where the exception is being handled that says why. Others than ours
/// go on.
template <class Result>
[[noreturn, gnu::cold]] void refuse_field(const row_description& description, std::size_t field, const Result& result,
                                          std::size_t row, const column_plan& plan, std::string_view sql) {
    const auto& [column, type] = plan[field];
    const value_place place{description, field, row, result.column_name(column), type};
    try {
        throw;
    } catch (const conversion_error& reason) {
        throw_unreadable(reason, place, sql);
    } catch (const null_value&) {
        throw_unexpected_null(place, sql);
    }
}

// What reads a field knows the field's type and not the row's, so that rows with the same types of fields share it.

/// @param bytes the field's value
template <class Field>
Field decode_value(std::span<const std::byte> bytes, const type_ref& type, wire_format format) {
    if (bytes.data() == nullptr) {
        if constexpr (is_optional<Field>)
            return std::nullopt;
        else
            throw_null_value();
    }
    return types::read_value<value_type<Field>>(field_view{bytes, type, format});
}

/// The same, out of the way of those who read many fields.
template <class Field>
[[gnu::noinline]] Field decode_unusual_value(std::span<const std::byte> bytes, const type_ref& type, wire_format format) {
    return decode_value<Field>(bytes, type, format);
}

/// Always inline, since a plain value takes less than a call.
template <class Field, class Result>
[[gnu::always_inline]] inline Field decode_field(const Result& result, std::size_t row, const column_plan::source& from) {
    using value = value_type<Field>;
    const auto& [column, type] = from;
    const std::span<const std::byte> bytes = result.value(row, column);
    if constexpr (types::plain_value<value>) {
        const bool usual = type == types::plain_type<value>() && bytes.size() == sizeof(value)
                           && result.column_format(column) == wire_format::binary;
        if (usual) [[likely]] return types::load<value>(bytes.data());
        return decode_unusual_value<Field>(bytes, type, result.column_format(column));
    } else {
        return decode_value<Field>(bytes, type, result.column_format(column));
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
        std::size_t at = 0;   // for messages
        try {
            return [&]<std::size_t... I>(std::index_sequence<I...>) {
                if constexpr (row_mapping::shape_of<T>() == row_mapping::row_shape::scalar)
                    return row_mapping::decode_field<T>(result, row, plan[0]);
                else
                    return T{(at = I, row_mapping::decode_field<row_mapping::field_type<T, I>>(result, row, plan[I]))...};
            }(row_mapping::field_indexes<T>{});
        } catch (...) {
            row_mapping::refuse_field(row_mapping::description_of<T>, at, result, row, plan, sql);
        }
    }
}

namespace row_mapping {

/// A row of a struct that is decoded where it is to be. Aggregates alone have no constructor that would take this for
/// something else.
template <class T, class Result>
struct row_to_come {
    operator T() const { return decode_row<T>(*result, row, *plan, sql); }

    const Result* result;
    std::size_t row;
    const column_plan* plan;
    std::string_view sql;
};

/// Rows for the constructor of `std::vector`, which allocates once for all of them, so that nothing that could grow it is
/// compiled for each row type. It takes a forward iterator's word for how many there are; that this one yields values and
/// no references is of no account to it.
template <class T, class Result>
class decoding_iterator {
public:
    using value_type = T;
    using reference = std::conditional_t<shape_of<T>() == row_shape::structure, row_to_come<T, Result>, T>;
    using pointer = const T*;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::forward_iterator_tag;

    decoding_iterator(const Result& result, std::size_t row, const column_plan& plan, std::string_view sql) noexcept
        : at_{&result, row, &plan, sql} {}

    reference operator*() const { return at_; }

    decoding_iterator& operator++() noexcept {
        ++at_.row;
        return *this;
    }
    decoding_iterator operator++(int) noexcept {
        auto before = *this;
        ++at_.row;
        return before;
    }

    bool operator==(const decoding_iterator& other) const noexcept { return at_.row == other.at_.row; }

private:
    row_to_come<T, Result> at_;
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

// How a struct goes with columns where the names of its fields do not say it.
#pragma once

#include <string_view>

namespace pgcoro {

/// A field that takes its value from a column of another name.
struct renamed_field {
    std::string_view field;
    std::string_view column;
};

/// For `mapping<T>::renamed`: the field `field` is read from the column `column`.
constexpr renamed_field rename(std::string_view field, std::string_view column) noexcept {
    return {field, column};
}

/// Specialise it for a row struct to rename columns,
///
///     template <>
///     struct pgcoro::mapping<user> {
///         static constexpr std::array renamed{pgcoro::rename("email", "email_address")};
///     };
///
/// (fields that are not listed keep their names), or to take columns in the order of the fields:
///
///     template <>
///     struct pgcoro::mapping<point> {
///         static constexpr bool by_position = true;
///     };
///
/// Errors: a field in `renamed` that the struct does not have is a compile-time error.
template <class T>
struct mapping {};

} // namespace pgcoro

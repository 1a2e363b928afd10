// What rows for a COPY can be made of.
#pragma once

#include <pgcoro/mapping/argument.hpp>
#include <pgcoro/mapping/row_description.hpp>
#include <pgcoro/mapping/row_shape.hpp>

#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace pgcoro {
namespace copy_mapping {

using row_mapping::row_shape;
using row_mapping::value_type;
using row_mapping::written_type;

/// A type with a codec that writes is a row of one column.
template <class T>
constexpr row_shape shape_of() {
    if (writable<written_type<T>>) return row_shape::scalar;
    return row_mapping::is_tuple<T> ? row_shape::tuple : row_shape::structure;
}

template <class T>
using fields = row_mapping::row_fields<T, shape_of<T>()>;

template <class T, std::size_t I>
using field_type = std::remove_cvref_t<typename fields<T>::template type<I>>;

template <class T>
using field_indexes = std::make_index_sequence<fields<T>::count>;

/// The field at `I` of a row.
template <std::size_t I, class T>
constexpr const auto& field_of(const T& row) noexcept {
    if constexpr (shape_of<T>() == row_shape::scalar) return row;
    else if constexpr (shape_of<T>() == row_shape::tuple) return std::get<I>(row);
    else return boost::pfr::get<I>(row);
}

/// One field of a row, without its type being a template argument.
struct field_description {
    std::string_view name;     ///< of a struct's field
    std::string_view column;   ///< where a struct's field goes
    std::string_view type;     ///< the C++ type, without its `std::optional`
    bool (*writes)(const type_ref& column);
    wire_format (*format)(const type_ref& column);
    oid best;                  ///< the SQL type that suits best; 0 if there is none
};

struct row_description {
    std::string_view label;    ///< of a struct; "std::tuple" or "std::pair"
    row_shape shape;
    bool by_position;
    std::span<const field_description> fields;
};

template <class T, std::size_t I>
constexpr field_description describe_field() {
    using written = written_type<field_type<T, I>>;
    field_description description{{}, {}, row_mapping::cpp_name<written>(),
                                  [](const type_ref& column) -> bool { return codec<written>::writes(column); },
                                  [](const type_ref& column) { return types::format_of<written>(column); }, 0};
    if constexpr (requires { codec<written>::type; }) description.best = codec<written>::type;
    if constexpr (shape_of<T>() == row_shape::structure) {
        description.name = row_mapping::field_name<T, I>();
        description.column = row_mapping::column_of_field<T, I>();
    }
    return description;
}

template <class T>
constexpr bool maps_by_position() {
    if constexpr (shape_of<T>() != row_shape::structure) return true;
    else if constexpr (requires { mapping<T>::by_position; }) return mapping<T>::by_position;
    else return false;
}

template <class T>
constexpr std::string_view label_of() {
    if constexpr (shape_of<T>() == row_shape::structure) return type_label<T>();
    else if constexpr (shape_of<T>() == row_shape::tuple) return requires(T pair) { pair.first; } ? "std::pair" : "std::tuple";
    else return {};
}

template <class T>
inline constexpr auto field_descriptions = []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array{describe_field<T, I>()...};
}(field_indexes<T>{});

template <class T>
inline constexpr row_description description_of{label_of<T>(), shape_of<T>(), maps_by_position<T>(), field_descriptions<T>};

template <class T>
constexpr bool all_fields_writable() {
    return []<std::size_t... I>(std::index_sequence<I...>) {
        return (writable<written_type<field_type<T, I>>> && ...);
    }(field_indexes<T>{});
}

template <class T>
constexpr bool is_copy_row() {
    if constexpr (shape_of<T>() == row_shape::scalar) return true;
    else if constexpr (shape_of<T>() == row_shape::tuple) return std::tuple_size_v<T> > 0 && all_fields_writable<T>();
    else if constexpr (row_mapping::nameable<T>) return all_fields_writable<T>() && row_mapping::renames_only_fields<T>();
    else return false;
}

/// For messages: "field 'id' of user", "element 1 of std::tuple", "the row".
inline std::string field_text(const row_description& row, std::size_t field) {
    switch (row.shape) {
    case row_shape::structure: return "field '" + std::string(row.fields[field].name) + "' of " + std::string(row.label);
    case row_shape::tuple: return "element " + std::to_string(field + 1) + " of " + std::string(row.label);
    case row_shape::scalar: break;
    }
    return "the row";
}

} // namespace copy_mapping

/// A type that rows can be made of: an aggregate (its fields go to the columns of their names, or as `mapping<T>` says),
/// `std::tuple` and `std::pair` (by position), a type with a `codec` (the only column). Fields are what query arguments
/// may be, but for `nullptr` and `std::nullopt`; `std::optional` is NULL if it is empty.
template <class T>
concept copy_row = copy_mapping::is_copy_row<T>();

/// True for a `copy_row`; for anything else it does not compile, and says what to change.
template <class T>
constexpr bool require_copy_row() {
    using namespace copy_mapping;
    static_assert(std::is_same_v<T, std::remove_cvref_t<T>>, "a row type is no reference, and neither const nor volatile");
    if constexpr (shape_of<T>() == row_shape::structure) {
        if constexpr (row_mapping::require_nameable<T>()) {
            static_assert(row_mapping::renames_only_fields<T>(),
                          "pgcoro::mapping<T>::renamed names a field that the struct does not have");
            static_assert(all_fields_writable<T>(),
                          "a field of this row type cannot be written: give pgcoro::codec<Field> a writes() and a write(), "
                          "include the header of its codec, or use another type");
        }
    } else {
        static_assert(is_copy_row<T>(),
                      "an element of this row type cannot be written: give pgcoro::codec<Element> a writes() and a write(), "
                      "include the header of its codec, or use another type");
    }
    return is_copy_row<T>();
}

} // namespace pgcoro

// What column plans and messages need to know about a row type, without its being a template argument.
#pragma once

#include <pgcoro/mapping/row_shape.hpp>
#include <pgcoro/mapping/type_label.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro {
namespace row_mapping {

/// One field of a struct, one element of a tuple, or the scalar.
struct field_description {
    std::string_view name;   ///< of a struct's field
    std::string_view column; ///< where a struct's field is read from
    std::string_view type;   ///< the C++ type, without its `std::optional`
    bool nullable;
    bool (*reads)(const type_ref& column);
    std::span<const std::string_view> labels; ///< of an enum
};

/// A row type.
struct row_description {
    std::string_view label; ///< of a struct; "std::tuple" or "std::pair"
    row_shape shape;
    bool by_position;
    std::span<const field_description> fields;
};

/// The name of a C++ type as its codec says it.
template <class T>
constexpr std::string_view cpp_name() {
    if constexpr (requires { std::string_view(codec<T>::name); })
        return codec<T>::name;
    else
        return type_label<T>();
}

template <class T, std::size_t I>
constexpr field_description describe_field() {
    using field = field_type<T, I>;
    using value = value_type<field>;
    field_description description{{}, {}, cpp_name<value>(), is_optional<field>,
                                  [](const type_ref& column) -> bool { return codec<value>::reads(column); },
                                  types::labels_of<value>()};
    if constexpr (shape_of<T>() == row_shape::structure) {
        description.name = field_name<T, I>();
        description.column = column_of_field<T, I>();
    }
    return description;
}

template <class T>
constexpr std::string_view row_label() {
    if constexpr (shape_of<T>() == row_shape::structure)
        return type_label<T>();
    else if constexpr (shape_of<T>() == row_shape::tuple)
        return requires(T pair) { pair.first; } ? "std::pair" : "std::tuple";
    else
        return {};
}

template <class T>
inline constexpr auto field_descriptions = []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array{describe_field<T, I>()...};
}(field_indexes<T>{});

template <class T>
inline constexpr row_description description_of{row_label<T>(), shape_of<T>(), maps_by_position<T>(),
                                                field_descriptions<T>};

/// The C++ type of a field, for messages.
inline std::string type_text(const field_description& field) {
    return field.nullable ? std::string(field.type) + " or NULL" : std::string(field.type);
}

/// The row type, for messages: "user", "std::tuple<int, std::string>", "int".
inline std::string row_text(const row_description& row) {
    if (row.shape == row_shape::structure) return std::string(row.label);
    if (row.shape == row_shape::scalar) return type_text(row.fields[0]);
    std::string text(row.label);
    for (std::size_t i = 0; i < row.fields.size(); ++i) {
        text += i == 0 ? "<" : ", ";
        text += type_text(row.fields[i]);
    }
    return text += '>';
}

/// A field of a row type, for messages: "field 'id' of user", "element 1 of std::tuple<int>", "the row type".
inline std::string field_text(const row_description& row, std::size_t field) {
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

} // namespace row_mapping

/// A key for caches of what depends on a row type, like its column plans: the same for no two row types that
/// are read differently.
template <row_type T>
inline constexpr const void* row_key = &row_mapping::description_of<T>;

} // namespace pgcoro

// What column plans and messages need to know about a row type, without its being a template argument.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
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

/// Whether a codec reads values of a type.
template <class Value>
bool is_readable_from(const type_ref& column) {
    return codec<Value>::reads(column);
}

template <class T, std::size_t I>
constexpr field_description describe_field() {
    using field = field_type<T, I>;
    using value = value_type<field>;
    field_description description{{}, {}, cpp_name<value>(), is_optional<field>,
                                  is_readable_from<value>, types::labels_of<value>()};
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
std::string type_text(const field_description& field);

/// The row type, for messages: "user", "std::tuple<int, std::string>", "int".
std::string row_text(const row_description& row);

/// A field of a row type, for messages: "field 'id' of user", "element 1 of std::tuple<int>", "the row type".
std::string field_text(const row_description& row, std::size_t field);

} // namespace row_mapping

} // namespace pgcoro

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/mapping/row_description_definitions.hpp>
#endif

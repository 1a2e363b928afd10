// What a row can be read into: a scalar, a tuple, or a struct.
#pragma once

#include <pgcoro/mapping/field_names.hpp>
#include <pgcoro/mapping/mapping.hpp>
#include <pgcoro/types/codec.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace pgcoro {
namespace row_mapping {

template <class T>
struct without_optional {
    using type = T;
};

template <class T>
struct without_optional<std::optional<T>> {
    using type = T;
};

/// The type whose codec serves a field: that of the value inside an optional.
template <class T>
using value_type = typename without_optional<T>::type;

template <class T>
inline constexpr bool is_optional = !std::same_as<T, value_type<T>>;

template <class T>
inline constexpr bool is_tuple = false;
template <class... Elements>
inline constexpr bool is_tuple<std::tuple<Elements...>> = true;
template <class First, class Second>
inline constexpr bool is_tuple<std::pair<First, Second>> = true;

/// How a row goes into a type.
enum class row_shape : unsigned char {
    scalar,   ///< from the only column
    tuple,    ///< element by element, by position
    structure ///< field by field, by name, or by position where `mapping<T>` says so
};

/// Whether the codec of a struct says that it is the value of a composite type.
template <class T>
inline constexpr bool is_composite = requires { requires codec<T>::is_composite; };

/// Whether a type is a tuple whose codec reads records. As a field of a row it is one; as the row it is not.
template <class T>
inline constexpr bool is_record = is_tuple<T> && requires { requires codec<T>::is_record; };

/// A type with a codec is a scalar, even if it is a struct or a tuple. Only the value of a composite type and a record are,
/// as a whole row, what its columns are.
template <class T>
constexpr row_shape shape_of() {
    if (readable<value_type<T>> && !is_composite<T> && !is_record<value_type<T>>) return row_shape::scalar;
    return is_tuple<T> ? row_shape::tuple : row_shape::structure;
}

template <class T, row_shape Shape = shape_of<T>()>
struct row_fields {
    static constexpr std::size_t count = 1;
    template <std::size_t>
    using type = T;
};

template <class T>
struct row_fields<T, row_shape::tuple> {
    static constexpr std::size_t count = std::tuple_size_v<T>;
    template <std::size_t I>
    using type = std::remove_cv_t<std::tuple_element_t<I, T>>;
};

template <class T>
struct row_fields<T, row_shape::structure> {
    static constexpr std::size_t count = field_count<T>;
    template <std::size_t I>
    using type = std::remove_cv_t<boost::pfr::tuple_element_t<I, T>>;
};

/// The type of a row's field, element or scalar.
template <class T, std::size_t I>
using field_type = typename row_fields<T>::template type<I>;

template <class T>
using field_indexes = std::make_index_sequence<row_fields<T>::count>;

/// Whether `mapping<T>` chooses order over names.
template <class T>
constexpr bool maps_by_position() {
    if constexpr (shape_of<T>() != row_shape::structure)
        return true;
    else if constexpr (requires { mapping<T>::by_position; })
        return mapping<T>::by_position;
    else
        return false;
}

template <class T>
concept renames_columns = requires { std::begin(mapping<T>::renamed); };

/// Whether `name` is one of the fields of a struct.
template <class T>
constexpr bool has_field(std::string_view name) {
    return [name]<std::size_t... I>(std::index_sequence<I...>) {
        return ((field_name<T, I>() == name) || ...);
    }(field_indexes<T>{});
}

/// Whether every field in `mapping<T>::renamed` is one of the struct's.
template <class T>
constexpr bool renames_only_fields() {
    if constexpr (renames_columns<T>)
        return std::ranges::all_of(mapping<T>::renamed,
                                   [](const renamed_field& renamed) { return has_field<T>(renamed.field); });
    else
        return true;
}

/// The column that the field at `I` is read from.
template <class T, std::size_t I>
constexpr std::string_view column_of_field() {
    if constexpr (renames_columns<T>)
        for (const renamed_field& renamed : mapping<T>::renamed)
            if (renamed.field == field_name<T, I>()) return renamed.column;
    return field_name<T, I>();
}

template <class T>
constexpr bool all_fields_readable() {
    return []<std::size_t... I>(std::index_sequence<I...>) {
        return (readable<value_type<field_type<T, I>>> && ...);
    }(field_indexes<T>{});
}

template <class T>
constexpr bool is_row_type() {
    if constexpr (!std::same_as<T, std::remove_cvref_t<T>>)
        return false;
    else if constexpr (shape_of<T>() == row_shape::scalar)
        return true;
    else if constexpr (shape_of<T>() == row_shape::tuple)
        return row_fields<T>::count > 0 && all_fields_readable<T>();
    else if constexpr (nameable<T>)
        return all_fields_readable<T>() && renames_only_fields<T>();
    else
        return false;
}

/// A name as a template argument, so that compilers print it in what they say about an instantiation.
template <std::size_t Size>
struct printed_name {
    char text[Size];
};

template <class T, std::size_t I>
constexpr auto printed_field_name() {
    if constexpr (shape_of<T>() == row_shape::structure) {
        printed_name<field_name<T, I>().size() + 1> name{};
        std::ranges::copy(field_name<T, I>(), name.text);
        return name;
    } else {
        return I + 1;
    }
}

template <class Row, auto Name, class Field>
constexpr bool require_readable_field() {
    static_assert(
        readable<value_type<Field>>,
        "this field of the row type cannot be read from a column: give pgcoro::codec<Field> a reads() and "
        "a read(), include the header of its codec, or use another type (Row, Name and Field stand beside "
        "this message)");
    return readable<value_type<Field>>;
}

template <class T>
constexpr bool require_readable_fields() {
    if constexpr (all_fields_readable<T>()) return true;   // names are for messages
    else return []<std::size_t... I>(std::index_sequence<I...>) {
        return (require_readable_field<T, printed_field_name<T, I>(), field_type<T, I>>() && ...);
    }(field_indexes<T>{});
}

} // namespace row_mapping

/// A type that rows can be read into: one with a `codec` (from a single column), `std::tuple` and `std::pair`
/// (by position), an aggregate (by the names of its fields, or as `mapping<T>` says); `std::optional` where a
/// column may be NULL.
template <class T>
concept row_type = row_mapping::is_row_type<T>();

/// True for a `row_type`; for anything else it does not compile, and says what to change.
template <class T>
constexpr bool require_row_type() {
    using namespace row_mapping;
    static_assert(std::same_as<T, std::remove_cvref_t<T>>,
                  "a row type is no reference, and neither const nor volatile");
    if constexpr (!std::same_as<T, std::remove_cvref_t<T>>)
        return false;
    else if constexpr (is_optional<T> && shape_of<T>() != row_shape::scalar) {
        static_assert(shape_of<T>() == row_shape::scalar,
                      "an optional row is one nullable column: what is optional here has no "
                      "pgcoro::codec (for none or one row, use query_optional)");
        return false;
    } else if constexpr (shape_of<T>() == row_shape::tuple) {
        static_assert(row_fields<T>::count > 0, "a row tuple needs at least one element");
        return require_readable_fields<T>();
    } else if constexpr (shape_of<T>() == row_shape::structure) {
        if constexpr (require_nameable<T>()) {
            static_assert(renames_only_fields<T>(),
                          "pgcoro::mapping<T>::renamed names a field that the struct does "
                          "not have");
            return require_readable_fields<T>();
        } else
            return false;
    } else
        return true;
}

/// Whether what is read into a row type points into the result (`std::string_view`, `std::span`, codecs that
/// say `borrows`), so that the result has to outlive the row.
template <row_type T>
inline constexpr bool row_borrows = []<std::size_t... I>(std::index_sequence<I...>) {
    return (borrows<row_mapping::value_type<row_mapping::field_type<T, I>>> || ...);
}(row_mapping::field_indexes<T>{});

} // namespace pgcoro

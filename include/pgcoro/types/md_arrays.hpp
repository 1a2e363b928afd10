// md_array<T> to and from SQL arrays.
#pragma once

#include <pgcoro/types/arrays.hpp>
#include <pgcoro/types/md_array.hpp>

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {
namespace types {

template <class T>
inline constexpr bool is_array<md_array<T>> = true;

struct md_array_names {
    static constexpr std::string_view open = "pgcoro::md_array<";
};

} // namespace types

/// Reads and writes arrays of any dimensions with their lower bounds, `int2vector` and `oidvector` for reading among
/// them. NULL elements and user-defined array types are as for `std::vector`.
template <class T>
    requires(types::readable_element<T> || types::writable_element<T>)
struct codec<md_array<T>> : types::array_codec<T> {
    static constexpr std::string_view name = types::array_name<T, types::md_array_names::open>();
    static constexpr bool borrows = pgcoro::borrows<types::element_value<T>>;

    static md_array<T> read(const field_view& field)
        requires types::readable_element<T>
    {
        std::vector<array_dimension> dimensions;
        std::vector<T> elements;
        types::read_array<T>(
            field, name,
            [&](const types::array_header& header) {
                dimensions.assign(header.dimensions().begin(), header.dimensions().end());
                elements.reserve(header.count);
            },
            [&](std::size_t, T&& value) { elements.push_back(std::move(value)); });
        return md_array<T>(std::move(dimensions), std::move(elements));
    }

    static void write(byte_writer& out, const md_array<T>& value, const type_ref& parameter)
        requires types::writable_element<T>
    {
        const auto for_each = [&value](auto&& visit) {
            for (const T& element : value.elements()) visit(element);
        };
        codec::write_elements(out, value.dimensions(), for_each, parameter);
    }
};

} // namespace pgcoro

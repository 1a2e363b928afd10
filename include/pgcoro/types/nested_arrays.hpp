// Vectors of vectors to and from SQL arrays of several dimensions.
#pragma once

#include <pgcoro/types/arrays.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {
namespace types {

/// The elements and the number of dimensions of vectors and arrays within one another.
template <class T>
struct nested_array {
    using element = T;
    static constexpr std::size_t dimensions = 0;
};

template <class T>
    requires is_array<std::vector<T>>
struct nested_array<std::vector<T>> {
    using element = typename nested_array<T>::element;
    static constexpr std::size_t dimensions = nested_array<T>::dimensions + 1;
};

template <class T, std::size_t N>
struct nested_array<std::array<T, N>> {
    using element = typename nested_array<T>::element;
    static constexpr std::size_t dimensions = nested_array<T>::dimensions + 1;
};

template <class T>
using innermost = typename nested_array<T>::element;

/// What a vector of several dimensions is a vector of.
template <class T>
concept inner_array =
    nested_array<T>::dimensions >= 1 && nested_array<T>::dimensions < most_array_dimensions
    && (readable_element<innermost<T>> || writable_element<innermost<T>>);

template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;

/// Reads and writes arrays within one another, of which `Outer` is the outermost.
template <class Outer>
struct nested_array_codec : array_codec<innermost<Outer>> {
    using element = innermost<Outer>;
    static constexpr std::size_t depth = nested_array<Outer>::dimensions;
    static constexpr bool borrows = pgcoro::borrows<element_value<element>>;

    static Outer read(const field_view& field)
        requires readable_element<element>
    {
        Outer values{};
        std::array<std::size_t, depth> strides{};
        read_array<element>(
            field, codec<Outer>::name,
            [&](const array_header& header) {
                if (header.dimension_count != 0 && header.dimension_count != depth)
                    refuse_dimensions(header.dimension_count, codec<Outer>::name);
                std::size_t stride = 1;
                for (auto level = depth; level-- != 0; stride *= static_cast<std::size_t>(header.bounds[level].length))
                    strides[level] = stride;
                make_room(values, header.bounds);
            },
            [&](std::size_t index, element&& value) { place(values, index, std::move(value), strides.data()); });
        return values;
    }

    static void write(byte_writer& out, const Outer& value, const type_ref& parameter)
        requires writable_element<element>
    {
        std::array<array_dimension, depth> dimensions{};
        measure(value, dimensions.data());
        expect_rectangle(value, dimensions.data());
        const bool empty = std::ranges::any_of(dimensions, [](const auto& each) { return each.length == 0; });
        const auto for_each = [&value](auto&& visit) { visit_all(value, visit); };
        nested_array_codec::write_elements(out, std::span(dimensions).first(empty ? 0 : depth), for_each, parameter);
    }

private:
    /// Gives vectors their size, or room for their elements.
    template <class Values>
    static void make_room(Values& values, std::span<const array_dimension> dimensions) {
        const auto length = static_cast<std::size_t>(dimensions[0].length);
        if constexpr (is_vector<Values>) {
            if constexpr (nested_array<Values>::dimensions == 1)
                values.reserve(length);
            else
                values.resize(length);
        } else if (values.size() != length)
            throw conversion_error(errc::value_out_of_range, "dimension of " + std::to_string(length) + " elements where "
                                                                 + std::string(codec<Outer>::name) + " holds "
                                                                 + std::to_string(values.size()));
        if constexpr (nested_array<Values>::dimensions > 1)
            for (auto& inner : values) make_room(inner, dimensions.subspan(1));
    }

    /// @param index   among the elements of `values`
    /// @param strides elements in each of the values of this and the inner dimensions
    template <class Values>
    static void place(Values& values, std::size_t index, element&& value, const std::size_t* strides) {
        if constexpr (nested_array<Values>::dimensions > 1)
            place(values[index / *strides], index % *strides, std::move(value), strides + 1);
        else if constexpr (is_vector<Values>)
            values.push_back(std::move(value));
        else
            values[index] = std::move(value);
    }

    /// Fills in the dimensions by the first values.
    template <class Values>
    static void measure(const Values& values, array_dimension* dimension) {
        *dimension = {1, byte_writer::narrow(values.size())};
        if constexpr (nested_array<Values>::dimensions > 1)
            if (!values.empty()) measure(values.front(), dimension + 1);
    }

    template <class Values>
    static void expect_rectangle(const Values& values, const array_dimension* dimension) {
        if (values.size() != static_cast<std::size_t>(dimension->length))
            throw conversion_error(errc::value_out_of_range,
                                   std::string(codec<Outer>::name) + " of parts that differ in size, "
                                       + std::to_string(dimension->length) + " and " + std::to_string(values.size())
                                       + ": an array is rectangular");
        if constexpr (nested_array<Values>::dimensions > 1)
            for (const auto& inner : values) expect_rectangle(inner, dimension + 1);
    }

    template <class Values, class Visit>
    static void visit_all(const Values& values, Visit& visit) {
        if constexpr (nested_array<Values>::dimensions > 1)
            for (const auto& inner : values) visit_all(inner, visit);
        else
            for (const element& value : values) visit(value);
    }
};

} // namespace types

/// Vectors and arrays within one another, up to six deep, read and write SQL arrays of as many dimensions; an array of
/// no dimension, which is empty, makes an empty vector, and vectors without elements make one. What has another number
/// of dimensions is `errc::type_mismatch` when read; what is not rectangular is `errc::value_out_of_range` when written,
/// and so is a dimension that a `std::array` cannot hold. Lower bounds are neither kept nor given (`md_array` has them).
/// NULL elements and user-defined array types are as for `std::vector`.
template <types::inner_array T>
struct codec<std::vector<T>> : types::nested_array_codec<std::vector<T>> {
    static constexpr std::string_view name =
        types::joined<types::array_names::vector, codec<T>::name, types::array_names::close>::text;
};

template <types::inner_array T, std::size_t N>
struct codec<std::array<T, N>> : types::nested_array_codec<std::array<T, N>> {
    static constexpr std::string_view name =
        types::joined<types::array_names::array, codec<T>::name, types::array_names::close>::text;
};

} // namespace pgcoro

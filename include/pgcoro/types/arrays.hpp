// Vectors, arrays and spans to and from one-dimensional SQL arrays.
#pragma once

#include <pgcoro/types/array_format.hpp>
#include <pgcoro/types/bytea.hpp>
#include <pgcoro/types/names.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace pgcoro {
namespace types {

template <class T>
inline constexpr bool is_array<std::vector<T>> = !std::same_as<T, std::byte>;
template <class T, std::size_t N>
inline constexpr bool is_array<std::array<T, N>> = true;
template <class T, std::size_t Extent>
inline constexpr bool is_array<std::span<T, Extent>> = !std::same_as<std::remove_const_t<T>, std::byte>;

/// Pieces of the names of array types.
struct array_names {
    static constexpr std::string_view vector = "std::vector<", array = "std::array<",
                                      span = "std::span<const ", optional = "std::optional<", close = ">",
                                      close_both = ">>";
};

template <class T, const std::string_view& Open>
constexpr std::string_view array_name() noexcept {
    using value = codec<element_value<T>>;
    if constexpr (array_element<T>::nullable)
        return joined<Open, array_names::optional, value::name, array_names::close_both>::text;
    else
        return joined<Open, value::name, array_names::close>::text;
}

/// What the codecs of arrays of `T` have in common.
template <class T>
struct array_codec {
    using value_codec = codec<element_value<T>>;
    using parts = part_list<element_value<T>>;

    static constexpr oid type = array_type_of(value_codec::type);

    static constexpr std::span<const std::string_view> labels = labels_of<element_value<T>>();

    static bool reads(const type_ref& column) noexcept
        requires readable_element<T>
    {
        if (const auto element = element_type_of(column)) return value_codec::reads(element);
        if (column.info() != nullptr) return false;
        return user_defined(column) && value_codec::reads(column);
    }

    static bool writes(const type_ref& parameter) noexcept
        requires writable_element<T>
    {
        if (user_defined(parameter) && parameter.info() != nullptr) {
            const auto element = parameter.info()->referred;
            return parameter.info()->kind == type_kind::array && value_codec::writes(element);
        }
        if (const auto element = element_type_of(parameter))
            return !is_system_vector(parameter) && value_codec::writes(element)
                   && format_of<element_value<T>>(element) == wire_format::binary;
        return user_defined(parameter) && value_codec::writes(parameter)
               && format_of<element_value<T>>(parameter) == wire_format::text;
    }

    static wire_format format(const type_ref& parameter) noexcept {
        if (!user_defined(parameter)) return wire_format::binary;
        return is_binary(parameter) ? wire_format::binary : wire_format::text;
    }

    /// @param dimensions none for an empty array
    /// @param for_each   calls a function for each element, in row-major order
    template <class ForEach>
    static void write_elements(byte_writer& out, std::span<const array_dimension> dimensions, ForEach for_each,
                               const type_ref& parameter) {
        const array_source<T, ForEach> source{dimensions, for_each};
        const auto* const info = parameter.info();
        if (!user_defined(parameter))
            write_array(out, source, element_type_of(parameter));
        else if (is_binary(parameter))
            write_array(out, source, info->referred);
        else
            write_array_literal(out, source, info != nullptr ? info->referred.as_text() : parameter);
    }

    template <class Range>
    static void write_range(byte_writer& out, const Range& values, const type_ref& parameter) {
        const std::array<array_dimension, 1> dimension{{{1, byte_writer::narrow(values.size())}}};
        const auto for_each = [&values](auto&& visit) {
            for (const T& value : values) visit(value);
        };
        write_elements(out, std::span(dimension).first(values.empty() ? 0 : 1), for_each, parameter);
    }

    /// The number of elements of an array of one dimension or none.
    static std::size_t count_of(const array_header& header, std::string_view cpp_type) {
        if (header.dimension_count > 1) refuse_dimensions(header.dimension_count, cpp_type);
        return header.count;
    }

private:
    /// Of an array type that a user made: whether its elements are written in binary form.
    static bool is_binary(const type_ref& parameter) noexcept {
        return parameter.info() != nullptr && parameter.info()->kind == type_kind::array && !parameter.is_as_text()
               && format_of<element_value<T>>(parameter.info()->referred) == wire_format::binary;
    }
};

} // namespace types

/// Reads and writes arrays of one dimension (an empty array has none) whose elements the codec of `T` reads
/// and writes; NULL elements want `std::optional<T>`. For more dimensions there are vectors of vectors
/// (`<pgcoro/types/nested_arrays.hpp>`) and `md_array`. Lower bounds are neither kept nor given: they are 1. A
/// parameter of an array type that users made (an array of enums or domains) is given as an array literal.
/// What is read borrows if `T` does.
template <class T>
    requires(types::readable_element<T> || types::writable_element<T>)
struct codec<std::vector<T>> : types::array_codec<T> {
    static constexpr std::string_view name = types::array_name<T, types::array_names::vector>();
    static constexpr bool borrows = pgcoro::borrows<types::element_value<T>>;

    static std::vector<T> read(const field_view& field)
        requires types::readable_element<T>
    {
        std::vector<T> values;
        types::read_array<T>(
            field, name, [&](const types::array_header& header) { values.reserve(codec::count_of(header, name)); },
            [&](std::size_t, T&& value) { values.push_back(std::move(value)); });
        return values;
    }

    static void write(byte_writer& out, const std::vector<T>& value, const type_ref& parameter)
        requires types::writable_element<T>
    {
        codec::write_range(out, value, parameter);
    }
};

/// The same as `std::vector<T>`; an array with another number of elements is `errc::value_out_of_range`.
template <class T, std::size_t N>
    requires(types::readable_element<T> || types::writable_element<T>)
struct codec<std::array<T, N>> : types::array_codec<T> {
    static constexpr std::string_view name = types::array_name<T, types::array_names::array>();
    static constexpr bool borrows = pgcoro::borrows<types::element_value<T>>;

    static std::array<T, N> read(const field_view& field)
        requires types::readable_element<T> && std::default_initializable<T>
    {
        std::array<T, N> values{};
        types::read_array<T>(
            field, name, [](const types::array_header& header) { expect_count(codec::count_of(header, name)); },
            [&](std::size_t index, T&& value) { values[index] = std::move(value); });
        return values;
    }

    static void write(byte_writer& out, const std::array<T, N>& value, const type_ref& parameter)
        requires types::writable_element<T>
    {
        codec::write_range(out, value, parameter);
    }

private:
    static void expect_count(std::size_t count) {
        if (count != N)
            throw conversion_error(errc::value_out_of_range, "array of " + std::to_string(count)
                                                                 + " elements where " + std::string(name)
                                                                 + " holds " + std::to_string(N));
    }
};

/// Spans are parameters only.
template <class T, std::size_t Extent>
    requires types::writable_element<std::remove_const_t<T>>
struct codec<std::span<T, Extent>> : types::array_codec<std::remove_const_t<T>> {
    static constexpr std::string_view name =
        types::array_name<std::remove_const_t<T>, types::array_names::span>();

    static void write(byte_writer& out, std::span<T, Extent> value, const type_ref& parameter) {
        codec::write_range(out, value, parameter);
    }
};

} // namespace pgcoro

// An array of any dimensions and lower bounds.
#pragma once

#include <pgcoro/types/array_dimension.hpp>
#include <pgcoro/types/array_format.hpp>
#include <pgcoro/types/array_literal.hpp>
#include <pgcoro/types/element_text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {

/// Elements in as many dimensions as an SQL array may have, six, with any lower bounds (documentation: "Arrays").
/// Elements that may be NULL are `std::optional<T>`.
///
///     pgcoro::md_array<int> matrix({{1, 2}, {1, 3}}, {1, 2, 3, 4, 5, 6});   // two rows of three
///     matrix.at(2, 1);                                                      // 4, by SQL's subscripts
///
/// `std::vector<std::vector<T>>` is shorter where lower bounds do not matter.
template <class T>
class md_array {
public:
    using value_type = T;

    /// The empty array, which has no dimensions.
    md_array() = default;

    /// @param dimensions from the outermost to the innermost; a length of 0 makes the array empty, without dimensions
    /// @param elements   in row-major order
    ///
    /// Throws `conversion_error` (`errc::value_out_of_range`) for more than six dimensions, a negative length, subscripts
    /// that do not fit 32 bits, and a number of elements that is not the product of the lengths.
    md_array(std::vector<array_dimension> dimensions, std::vector<T> elements);

    /// An array of one dimension, from subscript 1. Throws for more elements than a dimension can have.
    explicit md_array(std::vector<T> elements) : elements_(std::move(elements)) {
        if (!elements_.empty()) dimensions_ = {{1, byte_writer::narrow(elements_.size())}};
    }

    /// None for an empty array. Lifetime: as the array's.
    const std::vector<array_dimension>& dimensions() const noexcept { return dimensions_; }

    /// All elements in row-major order. Lifetime: as the array's.
    const std::vector<T>& elements() const noexcept { return elements_; }

    std::size_t size() const noexcept { return elements_.size(); }
    bool is_empty() const noexcept { return elements_.empty(); }

    /// The element at SQL's subscripts, one for each dimension. Throws `conversion_error` (`errc::value_out_of_range`)
    /// for another number of them and for one out of its bounds.
    template <std::convertible_to<std::int64_t>... Subscripts>
    typename std::vector<T>::const_reference at(Subscripts... subscripts) const {
        return elements_[index_of({static_cast<std::int64_t>(subscripts)...})];
    }

    template <std::convertible_to<std::int64_t>... Subscripts>
    typename std::vector<T>::reference at(Subscripts... subscripts) {
        return elements_[index_of({static_cast<std::int64_t>(subscripts)...})];
    }

    friend bool operator==(const md_array&, const md_array&) = default;

    /// An array in the server's text form (documentation: "Array Input and Output Syntax"). Throws `conversion_error`
    /// (`errc::value_out_of_range`) for text that is no array, or whose elements are no `T`.
    static md_array parse(std::string_view text)
        requires types::parsable_element<types::element_value<T>>;

    /// The server's text form.
    std::string to_string() const
        requires types::printable_element<types::element_value<T>>;

private:
    static constexpr char delimiter = types::literal_delimiter<T>();

    std::size_t index_of(std::initializer_list<std::int64_t> subscripts) const {
        if (subscripts.size() != dimensions_.size())
            throw conversion_error(errc::value_out_of_range,
                                   std::to_string(subscripts.size()) + " subscripts of an array of "
                                       + std::to_string(dimensions_.size()) + " dimensions");
        std::size_t index = 0;
        auto dimension = dimensions_.begin();
        for (const auto subscript : subscripts) {
            const std::int64_t lower = dimension->lower_bound, length = dimension->length;
            if (subscript < lower || subscript >= lower + length)
                throw conversion_error(errc::value_out_of_range,
                                       "subscript " + std::to_string(subscript) + " is not in "
                                           + std::to_string(lower) + " to " + std::to_string(lower + length - 1));
            index = index * static_cast<std::size_t>(length) + static_cast<std::size_t>(subscript - lower);
            ++dimension;
        }
        return index;
    }

    std::vector<array_dimension> dimensions_;
    std::vector<T> elements_;
};

template <class T>
md_array<T>::md_array(std::vector<array_dimension> dimensions, std::vector<T> elements)
    : dimensions_(std::move(dimensions)), elements_(std::move(elements)) {
    if (dimensions_.size() > most_array_dimensions)
        throw conversion_error(errc::value_out_of_range,
                               "array of " + std::to_string(dimensions_.size()) + " dimensions, of which it has at most 6");
    std::uint64_t count = dimensions_.empty() ? 0 : 1;
    for (const auto& dimension : dimensions_) {
        if (!dimension.bounded())
            throw conversion_error(errc::value_out_of_range, "array dimension of " + std::to_string(dimension.length)
                                                                 + " elements from "
                                                                 + std::to_string(dimension.lower_bound));
        // No number of elements that a vector can have times a length wraps around.
        count = std::min(count, std::uint64_t{1} << 32) * static_cast<std::uint32_t>(dimension.length);
    }
    if (count != elements_.size())
        throw conversion_error(errc::value_out_of_range, std::to_string(elements_.size()) + " elements for an array of "
                                                             + std::to_string(count));
    if (count == 0) dimensions_.clear();
}

template <class T>
md_array<T> md_array<T>::parse(std::string_view text)
    requires types::parsable_element<types::element_value<T>>
{
    auto literal = types::parse_array_literal(text, delimiter);
    std::vector<T> elements;
    elements.reserve(literal.elements.size());
    for (const auto& element : literal.elements) {
        if (element)
            elements.push_back(types::parse_element<types::element_value<T>>(*element));
        else if constexpr (types::array_element<T>::nullable)
            elements.emplace_back(std::nullopt);
        else
            throw conversion_error(errc::unexpected_null,
                                   "an element is NULL; use std::optional for the elements of the md_array");
    }
    return md_array(std::move(literal.dimensions), std::move(elements));
}

template <class T>
std::string md_array<T>::to_string() const
    requires types::printable_element<types::element_value<T>>
{
    if (elements_.empty()) return "{}";
    auto text = types::array_bounds_text(dimensions_);
    std::size_t index = 0;
    for (const T& element : elements_) {
        types::append_opening(text, dimensions_, index, delimiter);
        types::visit_element(element, [&](const types::element_value<T>* present) {
            if (present == nullptr)
                text += "NULL";
            else
                types::append_element(text, types::element_text(*present), delimiter);
        });
        types::append_closing(text, dimensions_, ++index);
    }
    return text;
}

} // namespace pgcoro

template <class T>
    requires requires(const T& value) { std::hash<T>()(value); }
struct std::hash<pgcoro::md_array<T>> {
    std::size_t operator()(const pgcoro::md_array<T>& value) const {
        std::size_t seed = value.dimensions().size();
        for (const auto& [lower, length] : value.dimensions())
            seed = (seed * 1'000'003u + static_cast<std::size_t>(lower)) * 1'000'003u + static_cast<std::size_t>(length);
        for (const T& element : value.elements()) seed = seed * 1'000'003u + std::hash<T>()(element);
        return seed;
    }
};

/// Prints the server's text form: `{{1,2},{NULL,4}}`, `[0:1]={1,2}`.
template <class T>
    requires pgcoro::types::printable_element<pgcoro::types::element_value<T>>
struct fmt::formatter<pgcoro::md_array<T>> : fmt::formatter<std::string_view> {
    template <class Context>
    auto format(const pgcoro::md_array<T>& value, Context& context) const {
        return fmt::formatter<std::string_view>::format(value.to_string(), context);
    }
};

// std::variant to and from any of several types.
#pragma once

#include <pgcoro/types/records.hpp>

#include <optional>
#include <string_view>
#include <utility>
#include <variant>

namespace pgcoro {
namespace types {

struct variant_names {
    static constexpr std::string_view open = "std::variant<";
};

} // namespace types

/// Reads a column into the first alternative whose codec reads its type, so that the order of alternatives is the order
/// of preference. Writes the alternative that it holds; one that cannot be given for the parameter is
/// `errc::type_mismatch`. NULL is `std::optional` of the variant.
template <readable... Alternatives>
    requires(sizeof...(Alternatives) > 0)
struct codec<std::variant<Alternatives...>> {
    using value_type = std::variant<Alternatives...>;
    using parts = types::part_list<Alternatives...>;

    static constexpr std::string_view name = types::listed_names<types::variant_names::open, Alternatives...>::text;
    static constexpr oid type = 0;
    static constexpr bool borrows = (pgcoro::borrows<Alternatives> || ...);

    static bool reads(const type_ref& column) noexcept { return (codec<Alternatives>::reads(column) || ...); }

    static value_type read(const field_view& field) { return read_first<0>(field); }

    static bool writes(oid parameter) noexcept
        requires(writable<Alternatives> && ...)
    {
        return (writes_one<Alternatives>(parameter) || ...);
    }

    static wire_format format(oid parameter) noexcept { return types::text_if_user_defined(parameter); }

    static void write(byte_writer& out, const value_type& value, oid parameter)
        requires(writable<Alternatives> && ...)
    {
        std::visit(
            [&]<class Held>(const Held& held) {
                if (!writes_one<Held>(parameter)) types::refuse_parameter(parameter, codec<Held>::name);
                codec<Held>::write(out, held, parameter);
            },
            value);
    }

private:
    template <std::size_t I>
    static value_type read_first(const field_view& field) {
        using alternative = codec<std::variant_alternative_t<I, value_type>>;
        if constexpr (I + 1 < sizeof...(Alternatives))
            if (!alternative::reads(field.type)) return read_first<I + 1>(field);
        return value_type(std::in_place_index<I>, alternative::read(field));
    }

    template <class T>
    static bool writes_one(oid parameter) noexcept {
        return codec<T>::writes(parameter) && types::format_of<T>(parameter) == format(parameter);
    }
};

} // namespace pgcoro

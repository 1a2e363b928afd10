// range<T> and multirange<T> to and from the server's range and multirange types.
#pragma once

#include <pgcoro/types/names.hpp>
#include <pgcoro/types/range_format.hpp>
#include <pgcoro/types/range_types.hpp>

#include <string_view>

namespace pgcoro {
namespace types {

struct range_names {
    static constexpr std::string_view range = "pgcoro::range<", multirange = "pgcoro::multirange<", close = ">";
};

/// What the codecs of ranges and multiranges have in common; `BoundOf` yields the type of the bounds.
template <class T, type_ref (*BoundOf)(const type_ref&) noexcept>
struct range_codec {
    using parts = part_list<T>;

    static constexpr bool borrows = pgcoro::borrows<T>;

    static bool reads(const type_ref& column) noexcept
        requires readable<T>
    {
        const auto bound = BoundOf(column).without_domains();
        return bound != 0 && codec<T>::reads(bound);
    }

    static bool writes(const type_ref& parameter) noexcept
        requires writable<T>
    {
        if (const auto bound = BoundOf(parameter); bound != 0)
            return codec<T>::writes(bound)
                   && (user_defined(parameter) || format_of<T>(bound) == wire_format::binary);
        return user_defined(parameter) && parameter.info() == nullptr && codec<T>::writes(parameter)
               && format_of<T>(parameter) == wire_format::text;
    }

    /// Text for a type that users made, unless the bounds are known to have a binary form.
    static wire_format format(const type_ref& parameter) noexcept {
        if (!user_defined(parameter)) return wire_format::binary;
        const auto bound = BoundOf(parameter);
        return bound == 0 || parameter.is_as_text() ? wire_format::text : format_of<T>(bound);
    }

    static type_ref bound_to_read(const field_view& field, std::string_view cpp_type) {
        expect_binary(field, cpp_type);
        const auto bound = BoundOf(field.type).without_domains();
        if (bound == 0) refuse_column(field, cpp_type);
        return bound;
    }

    /// The type that the texts of bounds are written for.
    static type_ref bound_as_text(const type_ref& parameter) noexcept {
        const auto bound = BoundOf(parameter);
        return bound == 0 ? parameter : bound.as_text();
    }
};

} // namespace types

/// Reads `int4range`, `int8range`, `numrange`, `tsrange`, `tstzrange` and `daterange` if the codec of `T` reads the type
/// of their bounds, and range types that users made; writes them likewise.
template <class T>
    requires(readable<T> || writable<T>)
struct codec<range<T>> : types::range_codec<T, &types::range_bound_of> {
    static constexpr std::string_view name =
        types::joined<types::range_names::range, codec<T>::name, types::range_names::close>::text;
    static constexpr oid type = types::range_type_of(codec<T>::type);

    static range<T> read(const field_view& field)
        requires readable<T>
    {
        return types::read_range<T>(field.bytes, codec::bound_to_read(field, name));
    }

    static void write(byte_writer& out, const range<T>& value, const type_ref& parameter)
        requires writable<T>
    {
        if (codec::format(parameter) == wire_format::text)
            types::write_range_text(out, value, codec::bound_as_text(parameter));
        else
            types::write_range(out, value, types::range_bound_of(parameter));
    }
};

/// The same for the multirange types.
template <class T>
    requires(readable<T> || writable<T>)
struct codec<multirange<T>> : types::range_codec<T, &types::multirange_bound_of> {
    static constexpr std::string_view name =
        types::joined<types::range_names::multirange, codec<T>::name, types::range_names::close>::text;
    static constexpr oid type = types::multirange_type_of(codec<T>::type);

    static multirange<T> read(const field_view& field)
        requires readable<T>
    {
        return types::read_multirange<T>(field.bytes, codec::bound_to_read(field, name));
    }

    static void write(byte_writer& out, const multirange<T>& value, const type_ref& parameter)
        requires writable<T>
    {
        if (codec::format(parameter) == wire_format::text)
            types::write_multirange_text(out, value, codec::bound_as_text(parameter));
        else
            types::write_multirange(out, value, types::multirange_bound_of(parameter));
    }
};

} // namespace pgcoro

// A codec for a type that travels as another one.
#pragma once

#include <pgcoro/types/codec.hpp>
#include <pgcoro/types/names.hpp>

#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>

namespace pgcoro {

/// The base of a codec for a type `T` that is read and written as `Underlying`:
///
///     template <>
///     struct pgcoro::codec<user_id> : pgcoro::codec_as<user_id, std::int64_t> {
///         static user_id from(std::int64_t value) { return user_id{value}; }
///         static std::int64_t to(const user_id& id) noexcept { return id.value; }
///     };
///
/// Leave out `from` or `to` for a type that travels one way. `from` may throw `conversion_error` for a value
/// that makes no `T`. A `to` that is `noexcept` and returns a reference or a view into its argument lets
/// strings and bytes be sent without a copy. If `Underlying` borrows (`std::string_view`), so does `T`; where
/// `from` makes a copy, set `static constexpr bool borrows = false;`.
template <class T, class Underlying>
struct codec_as {
    using parts = types::part_list<Underlying>;

    static constexpr std::string_view name = types::cpp_type_name<T>();
    static constexpr oid type = codec<Underlying>::type;
    static constexpr bool borrows = pgcoro::borrows<Underlying>;

    static bool reads(oid column) noexcept
        requires readable<Underlying>
    {
        return codec<Underlying>::reads(column);
    }

    static T read(const field_view& field)
        requires readable<Underlying> && requires(Underlying (*value)()) { codec<T>::from(value()); }
    {
        return codec<T>::from(codec<Underlying>::read(field));
    }

    static bool writes(oid parameter) noexcept
        requires writable<Underlying>
    {
        return codec<Underlying>::writes(parameter);
    }

    static wire_format format(oid parameter) noexcept
        requires writable<Underlying>
    {
        return types::format_of<Underlying>(parameter);
    }

    static void write(byte_writer& out, const T& value, oid parameter)
        requires writable<Underlying> && requires { codec<T>::to(value); }
    {
        codec<Underlying>::write(out, codec<T>::to(value), parameter);
    }

    static std::span<const std::byte> borrow(const T& value, oid parameter) noexcept
        requires writable<Underlying> && requires { codec<T>::to(value); }
    {
        using outcome = decltype(codec<T>::to(value));
        constexpr bool refers = std::is_lvalue_reference_v<outcome>
                                    ? std::is_same_v<std::remove_cvref_t<outcome>, Underlying>
                                    : pgcoro::borrows<outcome>;
        if constexpr (refers && noexcept(codec<T>::to(value)))
            return types::borrow_of<Underlying>(codec<T>::to(value), parameter);
        else
            return {};
    }
};

} // namespace pgcoro

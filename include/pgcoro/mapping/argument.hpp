// What may be given as an argument of a query, and how a lazy operation keeps it.
#pragma once

#include <pgcoro/mapping/row_shape.hpp>
#include <pgcoro/mapping/type_label.hpp>
#include <pgcoro/types/codec.hpp>

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace pgcoro {
namespace row_mapping {

template <class A>
struct storage {
    using type = std::decay_t<A>;
};

// A literal lives for ever; an array that can be written to may change before the operation starts.
template <std::size_t Size>
struct storage<const char (&)[Size]> {
    using type = std::string_view;
};
template <std::size_t Size>
struct storage<char (&)[Size]> {
    using type = std::string;
};
template <std::size_t Size>
struct storage<char (&&)[Size]> {
    using type = std::string;
};
template <std::size_t Size>
struct storage<const char (&&)[Size]> {
    using type = std::string;
};

/// The characters of an array up to the first NUL, or all of them.
template <std::size_t Size>
constexpr std::string_view text_of_array(const char (&array)[Size]) noexcept {
    const std::string_view all(array, Size);
    return all.substr(0, all.find('\0'));
}

template <class T>
inline constexpr bool is_null_type = std::same_as<T, std::nullopt_t> || std::same_as<T, std::nullptr_t>;

template <class T>
inline constexpr bool is_c_string = std::same_as<T, const char*> || std::same_as<T, char*>;

template <class T>
inline constexpr bool is_initializer_list = false;
template <class T>
inline constexpr bool is_initializer_list<std::initializer_list<T>> = true;

/// The type whose codec writes an argument: that of the value inside an optional; a view for a C string.
template <class T>
using written_type =
    std::conditional_t<is_c_string<value_type<T>>, std::string_view, std::remove_cv_t<value_type<T>>>;

template <class T>
concept stored_query_argument = is_null_type<T> || (!is_initializer_list<T> && writable<written_type<T>>);

/// Whether a type is that of a lambda, which GCC spells "…::<lambda(…)>".
template <class T>
constexpr bool is_closure() {
    constexpr auto name = full_type_name<T>();
    const auto at = name.rfind("<lambda");
    return at != std::string_view::npos && name.ends_with('>') && brackets_balance(name.substr(0, at));
}

} // namespace row_mapping

/// How an argument given as `A` (the deduced type of a forwarding reference `A&&`) is kept until the
/// operation runs: by value, so that lvalues are copied. What pointers, `std::string_view` and `std::span`
/// refer to must live until completion; a string literal is kept as a view, a `char` array that is not const
/// as a copy.
template <class A>
using stored_argument_t = typename row_mapping::storage<A&&>::type;

/// The argument as it is kept.
template <class A>
constexpr stored_argument_t<A> store_argument(A&& argument) {
    if constexpr (std::is_array_v<std::remove_reference_t<A>> && !std::is_pointer_v<stored_argument_t<A>>)
        return stored_argument_t<A>(row_mapping::text_of_array(argument));
    else
        return std::forward<A>(argument);
}

/// A type that may be given as an argument: one whose `codec` has a `write`, `std::optional` of one,
/// `std::nullopt` and `nullptr` (NULL), C strings (a null pointer is NULL).
template <class A>
concept query_argument = row_mapping::stored_query_argument<stored_argument_t<A>>;

/// Whether GCC 12 would destroy this argument twice: it mishandles temporaries of aggregates and lambdas with
/// non-trivial members in an expression with `co_await` (`co_await f(point{…})`). Lvalues are safe, and so
/// are types with a constructor. False for other compilers.
/// @tparam A the deduced type of a forwarding reference `A&&`
template <class A>
inline constexpr bool unsafe_in_await_v = [] {
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
    if constexpr (std::is_class_v<A> && !std::is_trivially_destructible_v<A>)
        return std::is_aggregate_v<A> || row_mapping::is_closure<A>();
    else
        return false;
#else
    return false;
#endif
}();

/// True for a `query_argument`; for anything else it does not compile, and says what to change.
template <class A>
constexpr bool require_query_argument() {
    using namespace row_mapping;
    using stored = stored_argument_t<A>;
    static_assert(!is_initializer_list<stored>, "a std::initializer_list does not outlive the call: pass a "
                                                "std::vector or a std::array");
    static_assert(
        is_initializer_list<stored> || stored_query_argument<stored>,
        "this type cannot be given as a parameter: give pgcoro::codec<A> a writes() and a write(), include "
        "the header of its codec, or pass another type");
    static_assert(
        !unsafe_in_await_v<A>,
        "GCC 12 destroys temporaries of this aggregate twice in an expression with co_await: pass a named "
        "object without std::move, or give the type a constructor");
    return query_argument<A> && !unsafe_in_await_v<A>;
}

} // namespace pgcoro

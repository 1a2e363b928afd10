// Arguments for parameters whose types were declared beforehand.
#pragma once

#include <pgcoro/mapping/argument.hpp>
#include <pgcoro/types/integers.hpp>

#include <concepts>
#include <cstddef>
#include <limits>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace pgcoro {

/// Why an argument cannot be given for its declared parameter, as far as only its value tells.
enum class argument_refusal : unsigned char {
    none,
    out_of_range, ///< an integer that the declared type cannot hold
    null          ///< a null pointer for text that is not declared as optional
};

namespace row_mapping {

template <class Declared, class Given>
inline constexpr bool same_after_decay = std::same_as<std::decay_t<Given>, Declared>;

template <class Declared, class Given>
inline constexpr bool both_integers = types::integer<Declared> && types::integer<std::decay_t<Given>>;

/// Whether a floating point type holds every value of another type of numbers.
template <std::floating_point Declared, class Given>
constexpr bool holds_every() {
    using limits = std::numeric_limits<Given>;
    return (types::integer<Given> || std::floating_point<Given>)
           && limits::digits <= std::numeric_limits<Declared>::digits;
}

/// Integers become other integers if their value allows it; other numbers only where every value does.
template <class Declared, class Given>
constexpr bool converts_number() {
    using given = std::decay_t<Given>;
    if constexpr (both_integers<Declared, Given>)
        return true;
    else if constexpr (std::floating_point<Declared> && std::is_arithmetic_v<given>)
        return holds_every<Declared, given>();
    else if constexpr (std::is_class_v<given>)
        return requires(Given&& value) { Declared{std::forward<Given>(value)}; };
    else
        return false;
}

template <class Declared, class Given>
constexpr bool converts_value() {
    using given = std::decay_t<Given>;
    if constexpr (same_after_decay<Declared, Given>)
        return true;
    else if constexpr (is_null_type<given>)
        return false;
    else if constexpr (std::is_arithmetic_v<Declared>)
        return converts_number<Declared, Given>();
    else
        return std::convertible_to<Given, Declared>
               || (std::same_as<Declared, std::string> && std::convertible_to<Given, std::string_view>);
}

template <class Given>
using content_of = decltype(*std::declval<Given>());

/// Whether an argument goes with a declared type, optional or not.
template <class Declared, class Given>
constexpr bool converts_argument() {
    using given = std::decay_t<Given>;
    if constexpr (same_after_decay<Declared, Given>)
        return true;
    else if constexpr (!is_optional<Declared>)
        return converts_value<Declared, Given>();
    else if constexpr (is_null_type<given>)
        return true;
    else if constexpr (is_optional<given>)
        return converts_value<value_type<Declared>, content_of<Given&&>>();
    else
        return converts_value<value_type<Declared>, Given>();
}

template <class Given>
inline constexpr bool is_char_array =
    std::is_array_v<std::remove_reference_t<Given>> && is_c_string<std::decay_t<Given>>;

template <class Given>
inline constexpr bool is_char_pointer =
    !std::is_array_v<std::remove_reference_t<Given>> && is_c_string<std::remove_cvref_t<Given>>;

/// Made from text of known length: not by looking for a NUL.
template <class Declared>
concept made_from_text = !std::is_pointer_v<Declared> && std::constructible_from<Declared, std::string_view>;

template <class Declared, class Given>
Declared convert_value(Given&& given, argument_refusal& refusal) {
    if constexpr (same_after_decay<Declared, Given>) {
        return std::forward<Given>(given);
    } else if constexpr (both_integers<Declared, Given>) {
        if (std::in_range<Declared>(given)) return static_cast<Declared>(given);
        refusal = argument_refusal::out_of_range;
        return Declared{};
    } else if constexpr (std::is_arithmetic_v<Declared>) {
        return static_cast<Declared>(std::forward<Given>(given));
    } else if constexpr (is_char_array<Given> && made_from_text<Declared>) {
        return Declared(text_of_array(given));
    } else if constexpr (is_char_pointer<Given> && made_from_text<Declared>) {
        if (given == nullptr) refusal = argument_refusal::null;
        return Declared(given == nullptr ? std::string_view{} : std::string_view(given));
    } else if constexpr (std::convertible_to<Given, Declared>) {
        return std::forward<Given>(given);
    } else {
        return Declared(static_cast<std::string_view>(std::forward<Given>(given)));
    }
}

template <class Declared, class Given>
Declared convert_argument(Given&& given, argument_refusal& refusal) {
    if constexpr (same_after_decay<Declared, Given>) {
        return std::forward<Given>(given);
    } else if constexpr (!is_optional<Declared>) {
        return convert_value<Declared>(std::forward<Given>(given), refusal);
    } else if constexpr (is_null_type<std::decay_t<Given>>) {
        return Declared();
    } else if constexpr (is_optional<std::decay_t<Given>>) {
        if (!given) return Declared();
        return Declared(convert_value<value_type<Declared>>(*std::forward<Given>(given), refusal));
    } else {
        if constexpr (is_char_pointer<Given>)
            if (given == nullptr) return Declared();
        return Declared(convert_value<value_type<Declared>>(std::forward<Given>(given), refusal));
    }
}

template <class T>
inline constexpr bool is_view = borrows<T> || std::ranges::enable_borrowed_range<T>;

/// A temporary that a view would be left without: it is kept itself, since it can be written as well as the view.
template <class Declared, class Given>
inline constexpr bool keeps_owner = is_view<value_type<Declared>> && !std::is_lvalue_reference_v<Given>
                                    && !std::is_array_v<Given> && !std::is_trivially_destructible_v<Given>
                                    && stored_query_argument<std::remove_cv_t<Given>>;

template <class Declared, class Given>
struct kept_declared {
    using type = Declared;
};
template <class Declared, class Given>
    requires keeps_owner<Declared, Given>
struct kept_declared<Declared, Given> {
    using type = std::remove_cv_t<Given>;
};

} // namespace row_mapping

/// The type that a parameter declared as `P` has: parameters in a signature may be references to const.
template <class P>
using declared_parameter_t = std::remove_cvref_t<P>;

/// How an argument given as `A` (the deduced type of a forwarding reference) for a parameter declared as `Declared` is
/// kept until the operation runs: converted. A temporary that owns what a declared view would refer to is kept itself.
template <class Declared, class A>
using kept_argument_t = typename row_mapping::kept_declared<Declared, A>::type;

/// Converts an argument to its declared type, and says in `refusal` if its value does not allow that.
template <class Declared, class A>
kept_argument_t<Declared, A> keep_argument(A&& argument, argument_refusal& refusal) {
    if constexpr (row_mapping::keeps_owner<Declared, A>)
        return std::forward<A>(argument);
    else
        return row_mapping::convert_argument<Declared>(std::forward<A>(argument), refusal);
}

/// True if an argument given as `A` goes with the parameter `$Number`, declared as `Declared`; else it does not
/// compile, and says what to change.
template <std::size_t Number, class Declared, class A>
constexpr bool require_declared_argument() {
    static_assert(row_mapping::converts_argument<Declared, A>(),
                  "this argument does not go with the parameter that the statement declares: pass the declared type, or "
                  "what becomes it without loss (Number, Declared and A stand beside this message)");
    static_assert(!unsafe_in_await_v<A>,
                  "GCC 12 destroys temporaries of this aggregate twice in an expression with co_await: pass a named "
                  "object without std::move, or give the type a constructor");
    return row_mapping::converts_argument<Declared, A>() && !unsafe_in_await_v<A>;
}

} // namespace pgcoro

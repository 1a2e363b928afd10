// Number, types and names of the members of an aggregate.
#pragma once

#include <boost/pfr/core.hpp>
#include <boost/version.hpp>
// Boost 1.84 has names as well, but not those of local classes.
#if BOOST_VERSION >= 108500 && __has_include(<boost/pfr/core_name.hpp>)
#include <boost/pfr/core_name.hpp>
#endif

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace pgcoro::row_mapping {

// What an aggregate must not have, because its members could then not be counted or named. Each is found
// without counting, so that the answer is a readable message and not an error inside Boost.PFR.

/// Converts to proper bases of T alone.
template <class T>
struct any_base_of {
    template <class Base>
        requires(std::is_base_of_v<Base, T> && !std::is_same_v<Base, T>)
    operator Base() const {
        __builtin_unreachable();
    }
};

/// Whether an aggregate has a base class: only that can be initialised from a base.
template <class T>
concept inherits = requires { T{any_base_of<T>{}}; };

// None of these conversions is ever run; their bodies are there for compilers that want one.

struct any_lvalue {
    template <class T>
    operator T&() const&& noexcept {
        __builtin_unreachable();
    }
    template <class T>
    operator T&() const& noexcept {
        __builtin_unreachable();
    }
};

struct any_value {
    template <class T>
    operator T() const&& noexcept {
        __builtin_unreachable();
    }
};

template <class T, std::size_t>
using initialiser_of = std::conditional_t<std::is_copy_constructible_v<T>, any_lvalue, any_value>;

/// Whether T can be made from as many initialisers as `Before`, then `{}`, then as many as `After`.
template <class T, std::size_t... Before, std::size_t... After>
constexpr bool takes_empty_braces(std::index_sequence<Before...>, std::index_sequence<After...>) {
    return requires { T{initialiser_of<T, Before>{}..., {}, initialiser_of<T, After>{}...}; };
}

/// Whether the initialiser at `At`, of `Count` for the flattened members, is the first element of an array:
/// braces in its place stand for all elements at once, so that the others are too many. (Other members are
/// not flattened, since they are initialised by conversion.)
template <class T, std::size_t Count, std::size_t At>
constexpr bool array_starts_at() {
    using before = std::make_index_sequence<At>;
    if constexpr (At + 1 >= Count)
        return false;
    else if constexpr (takes_empty_braces<T>(before{}, std::make_index_sequence<Count - At - 1>{}))
        return false;
    else
        return []<std::size_t... Fewer>(std::index_sequence<Fewer...>) {
            return (takes_empty_braces<T>(before{}, std::make_index_sequence<Fewer>{}) || ...);
        }(std::make_index_sequence<Count - At - 1>{});
}

template <class T>
inline constexpr std::size_t field_count = boost::pfr::tuple_size_v<T>;

template <class T>
constexpr bool has_flattened_array() {
    return []<std::size_t... At>(std::index_sequence<At...>) {
        return (array_starts_at<T, field_count<T>, At>() || ...);
    }(std::make_index_sequence<field_count<T>>{});
}

/// Whether an aggregate without bases has a member that is a C array.
template <class T>
constexpr bool has_array_member() {
    if constexpr (has_flattened_array<T>())
        return true;
    else
        return []<std::size_t... I>(std::index_sequence<I...>) {
            return (std::is_array_v<boost::pfr::tuple_element_t<I, T>> || ...);
        }(std::make_index_sequence<field_count<T>>{});
}

// An object that is declared and never defined: the addresses of its members are constants, whatever their
// types need to be constructed. (The class around it lets local classes pass, whose objects would need a
// definition.)

#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template"
#pragma clang diagnostic ignored "-Wundefined-internal"
#endif

template <class T>
struct undefined_object {
    T value;
};

template <class T>
extern const undefined_object<T> undefined_instance;

template <class T>
struct address {
    T* pointer;
};

template <class T, std::size_t I>
constexpr auto address_of_field() {
    const auto fields = boost::pfr::structure_tie(undefined_instance<T>.value);
    return address{std::addressof(std::get<I>(fields))};
}

#ifdef __clang__
#pragma clang diagnostic pop
#endif

template <auto>
struct constant;

/// Whether an aggregate without bases and arrays has a member that is a reference: reading what it refers to
/// is no constant expression.
template <class T>
concept has_reference_member = !requires { typename constant<address_of_field<T, 0>()>; };

template <auto FieldAddress>
constexpr std::string_view signature_with_field() {
    return __PRETTY_FUNCTION__;
}

/// The last identifier before the closing brackets of the template argument:
/// "…{&undefined_instance.value.id}]" (Clang), "…::value.user::id))}; …" (GCC).
constexpr std::string_view last_identifier(std::string_view signature) {
    const auto is_part = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'
               || c == '$' || static_cast<unsigned char>(c) >= 0x80;
    };
    auto end = signature.rfind('}');
    while (!is_part(signature[end - 1])) --end;
    auto start = end;
    while (is_part(signature[start - 1])) --start;
    return signature.substr(start, end - start);
}

/// The name of the member at `I`.
template <class T, std::size_t I>
constexpr std::string_view field_name() {
#if BOOST_VERSION >= 108500 && BOOST_PFR_CORE_NAME_ENABLED
    return boost::pfr::get_name<I, T>();
#else
    return last_identifier(signature_with_field<address_of_field<T, I>()>());
#endif
}

template <class T>
concept plain_class = std::is_class_v<T> && std::is_aggregate_v<T>;

/// An aggregate whose members can be counted and named.
template <class T>
concept nameable = plain_class<T> && !std::is_empty_v<T> && !inherits<T> && !has_array_member<T>()
                   && !has_reference_member<T>;

/// Says what keeps an aggregate from being `nameable`.
template <class T>
constexpr bool require_nameable() {
    static_assert(plain_class<T>,
                  "a row type is a type with a pgcoro::codec, std::optional of one, std::tuple, "
                  "std::pair or an aggregate (a struct without constructors, private members and "
                  "virtual functions)");
    if constexpr (plain_class<T>) {
        static_assert(!std::is_empty_v<T>, "a row struct needs at least one field");
        static_assert(!inherits<T>,
                      "a row struct cannot have a base class: put the base's fields into the struct");
        if constexpr (!std::is_empty_v<T> && !inherits<T>) {
            static_assert(!has_array_member<T>(),
                          "a row struct cannot have a C array as a field: use std::string, "
                          "std::vector or std::array");
            if constexpr (!has_array_member<T>())
                static_assert(!has_reference_member<T>,
                              "a row struct cannot have a reference as a field: use a "
                              "value, or std::string_view to borrow from the result");
        }
    }
    return nameable<T>;
}

} // namespace pgcoro::row_mapping

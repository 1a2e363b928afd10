// The one trait through which values enter and leave the server's binary form.
#pragma once

#include <pgcoro/core/byte_reader.hpp>
#include <pgcoro/core/byte_writer.hpp>
#include <pgcoro/core/conversion_error.hpp>
#include <pgcoro/core/oid.hpp>
#include <pgcoro/core/wire_format.hpp>

#include <concepts>
#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>

namespace pgcoro {

/// A value that is not NULL, as the server sent it. Lifetime: borrows the bytes from the result.
struct field_view {
    std::span<const std::byte> bytes;
    oid type = 0;
    wire_format format = wire_format::binary;
};

/// How a C++ type is read from columns and written to parameters. Specialise it for a type of your own; the
/// members are
///
///     static constexpr std::string_view name;        // the C++ type, for messages
///     static constexpr oid type;                     // the SQL type that suits best; 0 if only the server knows
///     static bool reads(oid column) noexcept;        // can a column of this type be read?
///     static T read(const field_view& field);        // throws conversion_error
///     static bool writes(oid parameter) noexcept;    // can a parameter of this type be given?
///     static void write(byte_writer& out, const T& value, oid parameter);   // throws conversion_error
///
/// and, where they apply,
///
///     static constexpr bool borrows = true;          // what read returns points into the result
///     static wire_format format(oid parameter) noexcept;                     // of what write makes; else binary
///     static std::span<const std::byte> borrow(const T& value, oid parameter) noexcept;
///         // the bytes to send where they lie in the value already; an empty data() pointer means: use write
///
/// `read` is called for a type that `reads` accepted, `write` for one that `writes` accepted, both never for NULL:
/// `std::optional` is the library's business. A type that only travels one way leaves the other half out.
template <class T>
struct codec;

/// A type that can be read from a column.
template <class T>
concept readable = requires(const field_view& field, oid column) {
    { codec<T>::reads(column) } -> std::convertible_to<bool>;
    { codec<T>::read(field) } -> std::convertible_to<T>;
};

/// A type that can be given as a parameter.
template <class T>
concept writable = requires(byte_writer& out, const T& value, oid parameter) {
    { codec<T>::writes(parameter) } -> std::convertible_to<bool>;
    codec<T>::write(out, value, parameter);
};

/// Whether what `codec<T>::read` returns points into the result.
template <class T>
inline constexpr bool borrows = [] {
    if constexpr (requires { codec<T>::borrows; }) return static_cast<bool>(codec<T>::borrows);
    else return false;
}();

} // namespace pgcoro

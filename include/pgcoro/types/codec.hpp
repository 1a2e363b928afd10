// The one trait through which values enter and leave the server's binary form.
#pragma once

#include <pgcoro/core/byte_reader.hpp>
#include <pgcoro/core/byte_writer.hpp>
#include <pgcoro/core/conversion_error.hpp>
#include <pgcoro/core/type_info.hpp>
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
    type_ref type;
    wire_format format = wire_format::binary;
};

/// How a C++ type is read from columns and written to parameters. Specialise it for a type of your own; the
/// members are
///
///     static constexpr std::string_view name;      // the C++ type, for messages
///     static constexpr oid type;                   // the SQL type that suits best; 0: only the server knows
///     static bool reads(oid column) noexcept;      // can a column of this type be read?
///     static T read(const field_view& field);      // throws conversion_error
///     static bool writes(oid parameter) noexcept;  // can a parameter of this type be given?
///     static void write(byte_writer& out, const T& value, oid parameter);  // throws conversion_error
///
/// and, where they apply,
///
///     static constexpr bool borrows = true;        // what read returns points into the result
///     static constexpr bool reads_text = true;     // read takes the text form of whatever it reads as well
///     static wire_format format(oid parameter) noexcept;  // of what write makes; binary without it
///     static std::span<const std::byte> borrow(const T& value, oid parameter) noexcept;
///         // the bytes to send where they lie in the value already; an empty data() pointer means: use write
///     static std::int64_t wire(const T& value);    // throws conversion_error
///         // what write makes for `type` itself, if that is one number: spares parameters and COPY the writer
///
/// `read` is called for a type that `reads` accepted, `write` for one that `writes` accepted, both never for
/// NULL: `std::optional` is the library's business. A type that only travels one way leaves the other half
/// out. What is written as text holds no NUL byte, and is never borrowed: libpq wants text to end with a NUL,
/// which the caller of `write` appends.
///
/// `reads`, `writes`, `format`, `write` and `borrow` may take a `const type_ref&` in place of an `oid`: it also says what
/// the system catalogs know of a type that a user or an extension made, such as its name.
///
/// A type that is a thin coat around another one has less to write with `codec_as`
/// (`<pgcoro/types/codec_as.hpp>`). One with a binary form of its own reads and writes it here:
///
///     template <>
///     struct pgcoro::codec<color_rgb> {                        // kept in an integer column as 0xRRGGBB
///         static constexpr std::string_view name = "color_rgb";
///         static constexpr oid type = oids::int4;
///         static bool reads(oid column) noexcept { return column == oids::int4; }
///         static color_rgb read(const field_view& field) {
///             byte_reader in(field.bytes);
///             const auto packed = in.read<std::int32_t>();
///             in.expect_end();
///             return color_rgb::unpack(packed);
///         }
///         static bool writes(oid parameter) noexcept { return parameter == oids::int4; }
///         static void write(byte_writer& out, const color_rgb& value, oid) { out.write(value.packed()); }
///     };
///
/// Such a type goes into arrays and `std::optional` like the built-in ones. A specialisation stands before
/// the type's first use in a query. Thread safety: the members are called from any thread, so they keep no
/// state.
template <class T>
struct codec;

/// A type that can be read from a column.
template <class T>
concept readable = requires(const field_view& field, const type_ref& column) {
    { codec<T>::reads(column) } -> std::convertible_to<bool>;
    { codec<T>::read(field) } -> std::convertible_to<T>;
};

/// A type that can be given as a parameter.
template <class T>
concept writable = requires(byte_writer& out, const T& value, const type_ref& parameter) {
    { codec<T>::writes(parameter) } -> std::convertible_to<bool>;
    codec<T>::write(out, value, parameter);
};

/// Whether what `codec<T>::read` returns points into the result.
template <class T>
inline constexpr bool borrows = [] {
    if constexpr (requires { codec<T>::borrows; })
        return static_cast<bool>(codec<T>::borrows);
    else
        return false;
}();

namespace types {

/// The C++ types that values of a type are made of: `codec<T>::parts`, so that those who take values apart by their SQL type
/// know which C++ types may turn up.
template <class...>
struct part_list {};

/// The format that `codec<T>::write` makes for a parameter.
template <class T>
wire_format format_of(const type_ref& parameter) noexcept {
    if constexpr (requires { codec<T>::format(parameter); })
        return codec<T>::format(parameter);
    else
        return wire_format::binary;
}

/// The labels of a C++ enum, or of those that an array is of; none for other types.
template <class T>
constexpr std::span<const std::string_view> labels_of() {
    if constexpr (requires { std::span<const std::string_view>(codec<T>::labels); })
        return codec<T>::labels;
    else
        return {};
}

/// The bytes to send where they lie in the value; an empty `data()` pointer means that they have to be
/// written.
template <class T>
std::span<const std::byte> borrow_of(const T& value, const type_ref& parameter) noexcept {
    if constexpr (requires { codec<T>::borrow(value, parameter); })
        return codec<T>::borrow(value, parameter);
    else
        return {};
}

} // namespace types
} // namespace pgcoro

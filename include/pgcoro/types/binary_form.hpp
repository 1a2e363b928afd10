// Values that the server sent as text, for codecs that read the binary form.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/types/codec.hpp>
#include <pgcoro/types/text.hpp>

#include <cstddef>
#include <string_view>
#include <vector>

namespace pgcoro::types {

/// Whether codecs take the text of a type's values as it is: strings, and what users made of strings.
inline bool is_read_as_text(const type_ref& type) noexcept { return text_like(type) && may_be_text(type); }

/// Writes the binary form of a value that is not made of others; false for a type that it does not know.
using scalar_maker = bool (*)(byte_writer& out, std::string_view text, const type_ref& type);

/// The binary form of a value that came as text, as rows do that have a column without a binary form. The
/// text is that of the server's own settings but for the time zone: `datestyle` iso, `bytea_output` hex.
/// Throws `conversion_error`: `errc::value_out_of_range` for any other text, `errc::type_mismatch` for types
/// that `make` does not know.
std::vector<std::byte> binary_form_of(const field_view& text, scalar_maker make);

namespace binary_forms {

bool make_number(byte_writer& out, std::string_view text, const type_ref& type);
bool make_bytea(byte_writer& out, std::string_view text, const type_ref& type);
bool make_uuid(byte_writer& out, std::string_view text, const type_ref& type);
bool make_day(byte_writer& out, std::string_view text, const type_ref& type);
bool make_interval(byte_writer& out, std::string_view text, const type_ref& type);

template <class T>
constexpr oid own_type() noexcept {
    if constexpr (requires { codec<T>::type; })
        return codec<T>::type;
    else
        return 0;
}

/// Whether there is something to be asked for the text of a `T`.
template <class T>
inline constexpr bool has_maker = requires { typename codec<T>::parts; } || own_type<T>() != 0
                                  || requires(std::string_view text) { T::parse(text); }
                                  || requires(byte_writer& out, std::string_view text, const type_ref& type) {
                                         codec<T>::make_scalar(out, text, type);
                                     };

/// By a codec that may be declared only later on.
template <class T>
bool make_parsed(byte_writer& out, std::string_view text, const type_ref& type) {
    if (!codec<T>::reads(type)) return false;
    codec<T>::write(out, T::parse(text), type);
    return true;
}

template <class T>
bool make_scalar(byte_writer& out, std::string_view text, const type_ref& type);

template <class... Parts>
bool make_one_of(part_list<Parts...>, byte_writer& out, std::string_view text, const type_ref& type) {
    return (make_scalar<Parts>(out, text, type) || ...);
}

/// Only what values of `T` may be read from is looked at, so that a program pays for the types that it has.
template <class T>
bool make_scalar(byte_writer& out, std::string_view text, const type_ref& type) {
    constexpr oid own = own_type<T>();
    if constexpr (requires { codec<T>::make_scalar(out, text, type); })
        return codec<T>::make_scalar(out, text, type);
    else if constexpr (requires { typename codec<T>::parts; })
        return make_one_of(typename codec<T>::parts(), out, text, type);
    else if constexpr (own == oids::boolean || own == oids::int2 || own == oids::int4 || own == oids::int8
                       || own == oids::oid_ || own == oids::xid8 || own == oids::float4 || own == oids::float8
                       || own == oids::numeric)
        return make_number(out, text, type);
    else if constexpr (own == oids::bytea)
        return make_bytea(out, text, type);
    else if constexpr (own == oids::uuid)
        return make_uuid(out, text, type);
    else if constexpr (own == oids::date || own == oids::timestamp || own == oids::timestamptz)
        return make_day(out, text, type);
    else if constexpr (own == oids::interval)
        return make_interval(out, text, type);
    else if constexpr (own == oids::void_)
        return type == oids::void_;
    else if constexpr (requires { T::parse(text); } && writable<T>)
        return make_parsed<T>(out, text, type);
    else
        return false;
}

} // namespace binary_forms

/// Reads a value that came in either form.
template <class T>
T read_value(const field_view& field) {
    constexpr bool takes_text =
        borrows<T> || !binary_forms::has_maker<T> || requires { requires codec<T>::reads_text; };
    if constexpr (!takes_text) {
        if (field.format == wire_format::text && !is_read_as_text(field.type)) [[unlikely]] {
            const auto bytes = binary_form_of(field, &binary_forms::make_scalar<T>);
            return codec<T>::read({bytes, field.type, wire_format::binary});
        }
    }
    return codec<T>::read(field);
}

} // namespace pgcoro::types

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/types/binary_form_definitions.hpp>
#endif

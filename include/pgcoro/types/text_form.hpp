// What the library's own value types share: printing, refusing text, and codecs of a single SQL type.
#pragma once

#include <pgcoro/types/wire.hpp>

#include <fmt/format.h>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace pgcoro::types {

/// Throws that a text is no value of a type; `expected` names the form that is.
[[noreturn]] inline void refuse_text_form(std::string_view text, std::string_view sql_type,
                                          std::string_view expected) {
    constexpr std::size_t most_shown = 200;
    const bool shortened = text.size() > most_shown;
    throw conversion_error(errc::value_out_of_range, "\"" + std::string(text.substr(0, most_shown))
                                                         + (shortened ? "…" : "") + "\" is no "
                                                         + std::string(sql_type) + ": "
                                                         + std::string(expected) + " was expected");
}

/// Throws that bytes are nothing that a server sends.
[[noreturn]] inline void refuse_bytes(const field_view& field, const std::string& what) {
    throw conversion_error(errc::protocol_error, type_name(field.type) + " value with " + what);
}

/// A `fmt::formatter` that prints what `to_string` gives; it takes width, fill and alignment as strings do.
template <class T>
struct text_formatter : fmt::formatter<std::string_view> {
    template <class Context>
    auto format(const T& value, Context& context) const {
        return fmt::formatter<std::string_view>::format(value.to_string(), context);
    }
};

/// Hashes several values into one.
template <class... Values>
std::size_t hash_of(const Values&... values) noexcept {
    std::size_t seed = 0;
    ((seed ^= std::hash<Values>()(values) + std::size_t{0x9e3779b9} + (seed << 6) + (seed >> 2)), ...);
    return seed;
}

/// What the codecs of a C++ type for a single SQL type have in common: parameters of types that users made
/// (domains) are given as text.
template <oid Type>
struct single_type_codec {
    static constexpr oid type = Type;

    static bool reads(oid column) noexcept { return column == Type; }
    static bool writes(oid parameter) noexcept { return parameter == Type || user_defined(parameter); }
    static wire_format format(oid parameter) noexcept { return text_if_user_defined(parameter); }
};

/// What the codecs of a C++ type for a type of an extension have in common: they go by its name, whatever schema it is in.
/// Where the system catalogs were not asked, any type that users made will do, and parameters are given as text.
template <const std::string_view& Name>
struct named_type_codec {
    static constexpr oid type = 0;

    static bool reads(const type_ref& column) noexcept { return is_it(column); }
    static bool writes(const type_ref& parameter) noexcept { return is_it(parameter); }
    static wire_format format(const type_ref& parameter) noexcept {
        return parameter.info() != nullptr && !parameter.is_as_text() ? wire_format::binary : wire_format::text;
    }

private:
    static bool is_it(const type_ref& what) noexcept {
        return what.info() != nullptr ? what.is_named(Name) : user_defined(what);
    }
};

} // namespace pgcoro::types

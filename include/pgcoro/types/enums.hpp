// C++ enums to and from the labels of SQL enums and text.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/types/enum_table.hpp>
#include <pgcoro/types/text.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace pgcoro {
namespace types {

/// Types that labels travel in. Of those that users made, enums and what may be text.
inline bool label_like(const type_ref& type) noexcept {
    switch (type) {
    case oids::text:
    case oids::varchar:
    case oids::bpchar:
    case oids::name:
    case oids::unknown:
        return true;
    default:
        return user_defined(type) && may_be_text(type);
    }
}

/// What the system catalogs know of an SQL enum; null for other types, and where they were not asked.
inline const type_info* sql_enum(const type_ref& type) noexcept {
    const auto* const info = type.without_domains().info();
    return info != nullptr && info->kind == type_kind::enumeration ? info : nullptr;
}

/// `character(n)` pads with blanks, which are no part of its value (documentation: "Character Types").
inline std::string_view read_label(const field_view& field) {
    auto label = as_chars(field.bytes);
    if (field.type == oids::bpchar) label = label.substr(0, label.find_last_not_of(' ') + 1);
    return label;
}

[[noreturn]] void refuse_label(std::string_view label, std::string_view cpp_type,
                                      const std::string& labels);

[[noreturn]] void refuse_unnamed(std::string_view cpp_type, const std::string& labels);

/// Throws unless an SQL enum has a label; values of parameters do not go into messages, but all that it lacks do.
void expect_label(const type_ref& parameter, std::string_view label, std::string_view cpp_type,
                  std::span<const std::string_view> labels);

} // namespace types

/// A C++ enum travels by its enumerators' names, or by `enum_labels`. Reads and writes types that users made
/// (SQL enums, domains), `text`, `varchar`, `character` and `name`. A label or a value that the enum does not
/// have is `errc::value_out_of_range`, as is a label that the SQL enum does not have; the message lists those that it has,
/// and nothing is sent. To keep an enum in an integer column, specialise its codec with
/// `codec_as`.
template <class Enum>
    requires(std::is_enum_v<Enum> && !std::is_same_v<Enum, std::byte>)
struct codec<Enum> {
    static constexpr std::string_view name = types::cpp_type_name<Enum>();
    static constexpr oid type = 0;

    /// For those who compare them with a server's.
    static constexpr std::span<const std::string_view> labels{types::enum_table<Enum>::labels};

    static bool reads(const type_ref& column) noexcept { return types::label_like(column); }

    static Enum read(const field_view& field) {
        const auto label = types::read_label(field);
        const auto* row = types::enum_table<Enum>::find(label);
        if (row == nullptr) types::refuse_label(label, name, types::enum_table<Enum>::list());
        return row->value;
    }

    static bool writes(const type_ref& parameter) noexcept { return types::label_like(parameter.without_domains()); }

    static wire_format format(oid parameter) noexcept { return types::text_if_user_defined(parameter); }

    static void write(byte_writer& out, Enum value, const type_ref& parameter) {
        const auto* row = types::enum_table<Enum>::find(value);
        if (row == nullptr) types::refuse_unnamed(name, types::enum_table<Enum>::list());
        types::expect_label(parameter, row->label, name, labels);
        types::write_text(out, row->label, parameter);
    }

    static std::span<const std::byte> borrow(Enum value, oid parameter) noexcept {
        const auto* row = types::enum_table<Enum>::find(value);
        return row == nullptr ? std::span<const std::byte>{} : types::borrow_text(row->label, parameter);
    }
};

} // namespace pgcoro

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/types/enums_definitions.hpp>
#endif

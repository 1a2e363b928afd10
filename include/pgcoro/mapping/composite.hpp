// Structs to and from composite types.
#pragma once

#include <pgcoro/mapping/row_description.hpp>
#include <pgcoro/types/record_format.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace pgcoro {
namespace composites {

/// Quotes a text as a field of a row literal (documentation: "Composite Type Input and Output Syntax").
inline void write_field(byte_writer& out, std::string_view text) {
    out.write('"');
    for (const char c : text) {
        if (c == '"' || c == '\\') out.write(c);
        out.write(c);
    }
    out.write('"');
}

[[noreturn]] inline void refuse_count(std::size_t attributes, std::size_t fields, std::string_view cpp_type) {
    throw conversion_error(errc::type_mismatch, "composite of " + std::to_string(attributes) + " attributes where "
                                                    + std::string(cpp_type) + " has " + std::to_string(fields)
                                                    + (fields == 1 ? " field" : " fields"));
}

[[noreturn]] inline void rethrow_for_attribute(const conversion_error& cause, std::string_view field) {
    throw conversion_error(cause.code(), "attribute '" + std::string(field) + "': " + cause.what());
}

} // namespace composites

/// The codec of a struct that is the value of a composite type (documentation: "Composite Types"). It says so once, at
/// namespace scope and before the first use:
///
///     struct address { std::string street, city; std::optional<int> zip; };
///     template <> struct pgcoro::codec<address> : pgcoro::composite<address> {};
///
/// Fields and attributes meet by name, with the names that `mapping<address>` gives them, in whatever order the type has
/// them; where the statement's types are not known beforehand (in COPY and in batches), by position. An attribute that is
/// NULL wants a `std::optional` field. The struct goes into other structs, tuples, arrays, ranges of them and composites;
/// as the row of a query it is still read column by column.
///
/// Errors: `errc::type_mismatch` for an attribute or field without a counterpart, or of another type;
/// `errc::unexpected_null`; what the fields' codecs report.
template <class T>
struct composite {
    static constexpr std::string_view name = type_label<T>();
    static constexpr oid type = 0;
    static constexpr bool is_composite = true;
    static constexpr std::size_t field_count = row_mapping::field_count<T>;

    static bool reads(const type_ref& column) noexcept { return fits<true>(column); }
    static bool writes(const type_ref& parameter) noexcept { return fits<false>(parameter); }

    static T read(const field_view& field) {
        types::expect_binary(field, name);
        byte_reader in(field.bytes);
        const auto count = in.read<std::int32_t>();
        if (count < 0 || static_cast<std::size_t>(count) != field_count)
            composites::refuse_count(static_cast<std::size_t>(std::max(count, 0)), field_count, name);
        std::array<types::record_field, field_count> values;
        const auto* const info = field.type.info();
        const bool by_name = info != nullptr && info->attributes.size() == field_count;
        for (std::size_t i = 0; i < field_count; ++i) {
            const auto at = by_name ? place_of(info->attributes[i].name) : i;
            if (at >= field_count) composites::refuse_count(field_count, field_count, name);
            values[at] = types::take_record_field(in, by_name ? info->attributes[i].type : type_ref());
        }
        in.expect_end();
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            return T{read_field<I>(values[I])...};
        }(indexes{});
    }

    /// Binary where the types of all attributes are known and their values have a binary form.
    static wire_format format(const type_ref& parameter) noexcept {
        const auto* const info = parameter.info();
        if (info == nullptr || parameter.is_as_text()) return wire_format::text;
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            return (is_binary<I>(*info) && ...) ? wire_format::binary : wire_format::text;
        }(indexes{});
    }

    static void write(byte_writer& out, const T& value, const type_ref& parameter) {
        format(parameter) == wire_format::binary ? write_binary(out, value, *parameter.info())
                                                 : write_text(out, value, parameter.info());
    }

private:
    using indexes = std::make_index_sequence<field_count>;

    template <std::size_t I>
    using field_type = std::remove_cv_t<boost::pfr::tuple_element_t<I, T>>;
    template <std::size_t I>
    using field_codec = codec<row_mapping::value_type<field_type<I>>>;

    template <std::size_t... I>
    static types::part_list<row_mapping::value_type<field_type<I>>...> list_parts(std::index_sequence<I...>);

    template <std::size_t I>
    static constexpr std::string_view attribute_of() {
        return row_mapping::column_of_field<T, I>();
    }

    /// The field of this name; `field_count` if there is none.
    static std::size_t place_of(std::string_view attribute) noexcept {
        static constexpr auto names = []<std::size_t... I>(std::index_sequence<I...>) {
            return std::array<std::string_view, field_count>{attribute_of<I>()...};
        }(indexes{});
        return static_cast<std::size_t>(std::find(names.begin(), names.end(), attribute) - names.begin());
    }

    static const type_info::attribute* find(const type_info& in, std::string_view attribute) noexcept {
        const auto found = std::find_if(in.attributes.begin(), in.attributes.end(),
                                        [&](const type_info::attribute& one) { return one.name == attribute; });
        return found == in.attributes.end() ? nullptr : &*found;
    }

    template <std::size_t I, bool ForReading>
    static bool field_fits(const type_info& in) noexcept {
        const auto* const attribute = find(in, attribute_of<I>());
        if (attribute == nullptr) return false;
        if constexpr (ForReading) return field_codec<I>::reads(attribute->type.without_domains());
        else return field_codec<I>::writes(attribute->type);
    }

    template <bool ForReading>
    static bool fits(const type_ref& column) noexcept {
        const auto* const info = column.info();
        if (info == nullptr) return types::user_defined(column) || (ForReading && column == oids::record);
        return info->kind == type_kind::composite && info->attributes.size() == field_count
               && [&]<std::size_t... I>(std::index_sequence<I...>) {
                      return (field_fits<I, ForReading>(*info) && ...);
                  }(indexes{});
    }

    template <std::size_t I>
    static bool is_binary(const type_info& in) noexcept {
        const auto* const attribute = find(in, attribute_of<I>());
        return attribute != nullptr
               && types::format_of<row_mapping::value_type<field_type<I>>>(attribute->type) == wire_format::binary;
    }

    template <std::size_t I>
    static field_type<I> read_field(const types::record_field& value) {
        try {
            if (!value.bytes) {
                if constexpr (row_mapping::is_optional<field_type<I>>) return std::nullopt;
                else
                    throw conversion_error(errc::unexpected_null, "is NULL, which " + std::string(field_codec<I>::name)
                                                                      + " cannot hold; use std::optional");
            }
            const field_view field{*value.bytes, value.type, wire_format::binary};
            if (!field_codec<I>::reads(field.type)) types::refuse_column(field, field_codec<I>::name);
            return field_codec<I>::read(field);
        } catch (const conversion_error& cause) {
            composites::rethrow_for_attribute(cause, attribute_of<I>());
        }
    }

    /// Calls `visit` with a pointer to the field's value, null for NULL.
    template <std::size_t I, class Visitor>
    static void visit_field(const T& value, Visitor&& visit) {
        try {
            const auto& field = boost::pfr::get<I>(value);
            if constexpr (row_mapping::is_optional<field_type<I>>) visit(field ? &*field : nullptr);
            else visit(&field);
        } catch (const conversion_error& cause) {
            composites::rethrow_for_attribute(cause, attribute_of<I>());
        }
    }

    template <std::size_t I>
    static void write_binary_field(byte_writer& out, const T& value, const type_ref& attribute) {
        visit_field<I>(value, [&](const auto* present) {
            if (present == nullptr) return out.write(std::int32_t{-1});
            const auto start = out.begin_length();
            field_codec<I>::write(out, *present, attribute);
            out.end_length(start);
        });
    }

    static void write_binary(byte_writer& out, const T& value, const type_info& as) {
        out.write(byte_writer::narrow(as.attributes.size()));
        for (const auto& attribute : as.attributes) {
            out.write(static_cast<oid>(attribute.type));
            const auto at = place_of(attribute.name);
            [&]<std::size_t... I>(std::index_sequence<I...>) {
                ((I == at ? write_binary_field<I>(out, value, attribute.type) : void()), ...);
            }(indexes{});
        }
    }

    template <std::size_t I>
    static void write_text_field(byte_writer& out, const T& value, const type_ref& attribute) {
        visit_field<I>(value, [&](const auto* present) {
            if (present == nullptr) return;   // nothing between two commas is NULL
            std::vector<std::byte> scratch;
            byte_writer text(scratch);
            field_codec<I>::write(text, *present, attribute);
            composites::write_field(out, as_chars(scratch));
        });
    }

    /// @param as the type if it is known; else the fields are in its order
    static void write_text(byte_writer& out, const T& value, const type_info* as) {
        out.write('(');
        for (std::size_t i = 0; i < field_count; ++i) {
            if (i != 0) out.write(',');
            const auto at = as != nullptr ? place_of(as->attributes[i].name) : i;
            const auto attribute = (as != nullptr ? as->attributes[i].type : type_ref()).as_text();
            [&]<std::size_t... I>(std::index_sequence<I...>) {
                ((I == at ? write_text_field<I>(out, value, attribute) : void()), ...);
            }(indexes{});
        }
        out.write(')');
    }

public:
    using parts = decltype(list_parts(indexes{}));
};

} // namespace pgcoro

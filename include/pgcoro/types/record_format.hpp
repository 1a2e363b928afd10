// The binary form of records and composites.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/types/array_format.hpp>
#include <pgcoro/types/wire.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro::types {

/// A field of a record or composite.
struct record_field {
    type_ref type;
    std::optional<std::span<const std::byte>> bytes; ///< nothing for NULL

    /// NULL as a literal has no type.
    bool is_untyped_null() const noexcept { return !bytes && type == oids::unknown; }
};

/// Takes a field's type, length and bytes. A domain's value is one of the type that the domain is over.
/// @param expected the type that it has as far as the system catalogs tell
inline record_field take_record_field(byte_reader& in, const type_ref& expected) {
    const auto type = in.read<oid>();
    record_field field{expected == type ? expected.without_domains() : type_ref(type), {}};
    if (const auto length = read_length(in)) field.bytes = in.take(*length);
    return field;
}

/// Reads the fields of a record or composite, one after the other (`record_send` in the server's `rowtypes.c`): their
/// number, and for each the OID of its type, its length and its bytes.
class record_reader {
public:
    /// @param fields   how many the C++ type has
    /// @param cpp_type for messages; lives as long as the reader
    ///
    /// Throws `errc::type_mismatch` for another number of fields.
    record_reader(const field_view& record, std::size_t fields, std::string_view cpp_type);

    /// Reads the next field. NULL wants `std::optional`. Throws what its codec throws, naming the field by its number,
    /// from 1.
    template <class Field>
    Field next();

    /// Throws unless all the bytes were read.
    void finish() const { in_.expect_end(); }

private:
    record_field take_field();
    [[noreturn]] void refuse_type(const type_ref& type, std::string_view field_type) const;
    [[noreturn]] void refuse_null() const;
    [[noreturn]] void rethrow(const conversion_error& cause) const;

    byte_reader in_;
    type_ref record_;
    std::string_view cpp_type_;
    std::size_t number_ = 0; ///< of the field that is being read
};

template <class Field>
Field record_reader::next() {
    using field_codec = codec<element_value<Field>>;
    const auto field = take_field();
    if (!field.is_untyped_null() && !field_codec::reads(field.type)) refuse_type(field.type, field_codec::name);
    if (!field.bytes) {
        if constexpr (array_element<Field>::nullable)
            return std::nullopt;
        else
            refuse_null();
    }
    try {
        return field_codec::read({*field.bytes, field.type, wire_format::binary});
    } catch (const conversion_error& cause) {
        rethrow(cause);
    }
}

#if PGCORO_HAS_DEFINITIONS

PGCORO_DECL record_reader::record_reader(const field_view& record, std::size_t fields, std::string_view cpp_type)
    : in_(record.bytes), record_(record.type), cpp_type_(cpp_type) {
    constexpr std::size_t least = sizeof(oid) + sizeof(std::int32_t); // of a field
    expect_binary(record, cpp_type);
    const auto count = in_.read<std::int32_t>();
    if (count < 0 || static_cast<std::size_t>(count) > in_.remaining() / least) {
        if (user_defined(record.type)) refuse_column(record, cpp_type); // it need not be a composite
        throw conversion_error(errc::protocol_error, "record of " + std::to_string(count) + " fields in "
                                                         + std::to_string(in_.remaining()) + " bytes");
    }
    if (static_cast<std::size_t>(count) != fields)
        throw conversion_error(errc::type_mismatch, "record of " + std::to_string(count)
                                                        + (count == 1 ? " field" : " fields") + " cannot be read into "
                                                        + std::string(cpp_type) + ", which has "
                                                        + std::to_string(fields));
}

PGCORO_DECL record_field record_reader::take_field() {
    const auto* const info = record_.info();
    const bool is_known = info != nullptr && number_ < info->attributes.size();
    const auto expected = is_known ? info->attributes[number_].type : type_ref();
    ++number_;
    try {
        return take_record_field(in_, expected);
    } catch (const conversion_error& cause) {
        rethrow(cause);
    }
}

PGCORO_DECL void record_reader::refuse_type(const type_ref& type, std::string_view field_type) const {
    throw conversion_error(errc::type_mismatch, "field " + std::to_string(number_) + " is " + type_name(type)
                                                    + ", which cannot be read into " + std::string(field_type));
}

PGCORO_DECL void record_reader::refuse_null() const {
    throw conversion_error(errc::unexpected_null, "field " + std::to_string(number_) + " is NULL, which "
                                                      + std::string(cpp_type_)
                                                      + " cannot hold; use std::optional for it");
}

PGCORO_DECL void record_reader::rethrow(const conversion_error& cause) const {
    throw conversion_error(cause.code(), "field " + std::to_string(number_) + ": " + cause.what());
}

#endif

} // namespace pgcoro::types

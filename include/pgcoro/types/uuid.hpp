// boost::uuids::uuid to and from uuid.
#pragma once

#include <pgcoro/types/wire.hpp>

#include <boost/uuid/uuid.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace pgcoro {

/// Reads `uuid`; writes it and, as text, types that users made (domains).
template <>
struct codec<boost::uuids::uuid> {
    static constexpr std::string_view name = "boost::uuids::uuid";
    static constexpr oid type = oids::uuid;

    static bool reads(oid column) noexcept { return column == oids::uuid; }

    static boost::uuids::uuid read(const field_view& field) {
        types::expect_binary(field, name);
        if (field.bytes.size() != size) types::refuse_size(field, size);
        boost::uuids::uuid value;
        std::transform(field.bytes.begin(), field.bytes.end(), value.begin(),
                       [](std::byte byte) { return std::to_integer<std::uint8_t>(byte); });
        return value;
    }

    static bool writes(oid parameter) noexcept {
        return parameter == oids::uuid || types::user_defined(parameter);
    }

    static wire_format format(oid parameter) noexcept { return types::text_if_user_defined(parameter); }

    static void write(byte_writer& out, const boost::uuids::uuid& value, oid parameter) {
        if (types::user_defined(parameter)) return write_digits(out, value);
        out.write(borrow(value, parameter));
    }

    static std::span<const std::byte> borrow(const boost::uuids::uuid& value, oid parameter) noexcept {
        if (types::user_defined(parameter)) return {};
        return {reinterpret_cast<const std::byte*>(&*value.begin()), size};
    }

private:
    static constexpr std::size_t size = 16;

    static void write_digits(byte_writer& out, const boost::uuids::uuid& value) {
        constexpr std::string_view digits = "0123456789abcdef";
        std::array<char, 36> text;
        auto at = text.begin();
        for (std::size_t i = 0; const std::uint8_t byte : value) {
            if (i == 4 || i == 6 || i == 8 || i == 10) *at++ = '-';
            *at++ = digits[byte >> 4];
            *at++ = digits[byte & 15];
            ++i;
        }
        out.write(std::string_view(text.data(), text.size()));
    }
};

} // namespace pgcoro

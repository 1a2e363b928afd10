// Maps to and from hstore.
#pragma once

#include <pgcoro/types/wire.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace pgcoro {
namespace types {

/// The binary form of the extension hstore (`hstore_send` in its `hstore_io.c`): the number of pairs; for each, key and
/// value with their lengths, -1 for a value that is NULL.
template <class Map>
struct hstore_codec {
    static constexpr oid type = 0;

    static bool reads(const type_ref& column) noexcept { return is_hstore(column); }
    static bool writes(const type_ref& parameter) noexcept { return is_hstore(parameter); }

    /// Without the catalogs' word that it is one, the text form goes into an hstore alone.
    static wire_format format(const type_ref& parameter) noexcept {
        return parameter.info() != nullptr && !parameter.is_as_text() ? wire_format::binary : wire_format::text;
    }

    static Map read_map(const field_view& field, std::string_view cpp_type) {
        expect_binary(field, cpp_type);
        byte_reader in(field.bytes);
        const auto count = in.read<std::int32_t>();
        constexpr std::size_t least = 2 * sizeof(std::int32_t);   // bytes of a pair
        if (count < 0 || static_cast<std::size_t>(count) > in.remaining() / least)
            throw conversion_error(errc::protocol_error, "hstore of " + std::to_string(count) + " pairs in "
                                                             + std::to_string(in.remaining()) + " bytes");
        Map map;
        for (std::int32_t i = 0; i < count; ++i) {
            auto key = read_piece(in);
            if (!key) throw conversion_error(errc::protocol_error, "hstore with a key that is NULL");
            map.emplace(std::move(*key), read_piece(in));
        }
        in.expect_end();
        return map;
    }

    static void write(byte_writer& out, const Map& value, const type_ref& parameter) {
        if (format(parameter) == wire_format::text) return write_text(out, value);
        out.write(byte_writer::narrow(value.size()));
        for (const auto& [key, mapped] : value) {
            write_piece(out, key);
            if (mapped) write_piece(out, *mapped);
            else out.write(std::int32_t{-1});
        }
    }

private:
    static bool is_hstore(const type_ref& what) noexcept {
        return what.info() != nullptr ? what.is_named("hstore") : user_defined(what);
    }

    static std::optional<std::string> read_piece(byte_reader& in) {
        const auto length = in.read<std::int32_t>();
        if (length == -1) return std::nullopt;
        if (length < 0) throw conversion_error(errc::protocol_error, "length " + std::to_string(length));
        return std::string(as_text(in.take(static_cast<std::size_t>(length))));
    }

    static void write_piece(byte_writer& out, std::string_view text) {
        out.write(byte_writer::narrow(text.size()));
        out.write(text);
    }

    static void write_quoted_piece(byte_writer& out, std::string_view text) {
        if (text.find('\0') != text.npos)
            throw conversion_error(errc::value_out_of_range, "text contains a NUL byte, which the server cannot store");
        out.write('"');
        for (const char c : text) {
            if (c == '"' || c == '\\') out.write('\\');
            out.write(c);
        }
        out.write('"');
    }

    static void write_text(byte_writer& out, const Map& value) {
        bool first = true;
        for (const auto& [key, mapped] : value) {
            if (!std::exchange(first, false)) out.write(',');
            write_quoted_piece(out, key);
            out.write(std::string_view("=>"));
            if (mapped) write_quoted_piece(out, *mapped);
            else out.write(std::string_view("NULL"));
        }
    }
};

} // namespace types

/// Reads and writes `hstore` (documentation: "hstore"), whatever schema the extension is in.
template <class Compare>
struct codec<std::map<std::string, std::optional<std::string>, Compare>>
    : types::hstore_codec<std::map<std::string, std::optional<std::string>, Compare>> {
    static constexpr std::string_view name = "std::map<std::string, std::optional<std::string>>";

    static auto read(const field_view& field) { return codec::read_map(field, name); }
};

/// The same as `std::map`.
template <class Hash, class Equal>
struct codec<std::unordered_map<std::string, std::optional<std::string>, Hash, Equal>>
    : types::hstore_codec<std::unordered_map<std::string, std::optional<std::string>, Hash, Equal>> {
    static constexpr std::string_view name = "std::unordered_map<std::string, std::optional<std::string>>";

    static auto read(const field_view& field) { return codec::read_map(field, name); }
};

} // namespace pgcoro

// Maps to and from hstore.
#pragma once

#include <pgcoro/types/array_format.hpp>
#include <pgcoro/types/array_literal.hpp>
#include <pgcoro/types/text_cursor.hpp>
#include <pgcoro/types/text_form.hpp>

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

inline constexpr std::string_view hstore_name = "hstore";

/// The binary form of the extension hstore (`hstore_send` in its `hstore_io.c`): the number of pairs; for each, key and
/// value with their lengths, -1 for a value that is NULL.
template <class Map>
struct hstore_codec : named_type_codec<hstore_name> {
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
        if (hstore_codec::format(parameter) == wire_format::text) return write_text(out, value);
        out.write(byte_writer::narrow(value.size()));
        for (const auto& [key, mapped] : value) {
            write_piece(out, key);
            if (mapped) write_piece(out, *mapped);
            else out.write(std::int32_t{-1});
        }
    }

    /// Of the text that the server prints, which quotes all keys and values.
    static bool make_scalar(byte_writer& out, std::string_view text, const type_ref& type_of_text) {
        if (!type_of_text.is_named(hstore_name)) return false;
        Map map;
        for (text_cursor in(text); !in.at_end();) {
            if (!map.empty()) expect(in, ", ", text);
            auto key = take_quoted(in, text);
            expect(in, "=>", text);
            const bool is_null = in.rest().starts_with("NULL");
            if (is_null) in.advance(4);
            map.emplace(std::move(key), is_null ? std::nullopt : std::optional(take_quoted(in, text)));
        }
        write(out, map, type_of_text);
        return true;
    }

private:
    static void expect(text_cursor& in, std::string_view wanted, std::string_view text) {
        for (const char c : wanted)
            if (!in.accept(c)) refuse_text_form(text, hstore_name, "\"key\"=>\"value\", …");
    }

    static std::string take_quoted(text_cursor& in, std::string_view text) {
        std::string piece;
        expect(in, "\"", text);
        while (!in.accept('"')) {
            in.accept('\\');
            if (in.at_end()) expect(in, "\"", text);
            piece += in.peek();
            in.advance();
        }
        return piece;
    }

    static std::optional<std::string> read_piece(byte_reader& in) {
        const auto length = read_length(in);
        if (!length) return std::nullopt;
        return std::string(as_chars(in.take(*length)));
    }

    static void write_piece(byte_writer& out, std::string_view text) {
        out.write(byte_writer::narrow(text.size()));
        out.write(text);
    }

    static void append_piece(std::string& text, std::string_view piece) {
        if (piece.find('\0') != piece.npos)
            throw conversion_error(errc::value_out_of_range, "text contains a NUL byte, which the server cannot store");
        append_quoted(text, piece);
    }

    static void write_text(byte_writer& out, const Map& value) {
        std::string text;
        for (const auto& [key, mapped] : value) {
            if (!text.empty()) text += ',';
            append_piece(text, key);
            text += "=>";
            if (mapped) append_piece(text, *mapped);
            else text += "NULL";
        }
        out.write(std::string_view(text));
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

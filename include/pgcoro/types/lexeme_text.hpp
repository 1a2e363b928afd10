// Lexemes of text search, in text and in bytes.
#pragma once

#include <pgcoro/types/text_cursor.hpp>
#include <pgcoro/types/text_form.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro::types {

/// The most bytes that the server takes for a lexeme (its `MAXSTRLEN` in `ts_type.h`).
inline constexpr std::size_t longest_lexeme = 2047;

/// Reads a lexeme, which ends with a NUL byte.
inline std::string_view read_lexeme(byte_reader& in, const field_view& field) {
    auto ahead = in;
    const auto rest = as_chars(ahead.take_rest());
    const auto end = rest.find('\0');
    if (end == rest.npos) refuse_bytes(field, "a lexeme without an end");
    if (end > longest_lexeme) refuse_bytes(field, "a lexeme of " + std::to_string(end) + " bytes");
    return as_chars(in.take(end + 1)).substr(0, end);
}

/// Throws for a lexeme that cannot be sent.
inline void check_lexeme(std::string_view lexeme, std::string_view cpp_type) {
    if (lexeme.size() > longest_lexeme || lexeme.find('\0') != lexeme.npos)
        throw conversion_error(
            errc::value_out_of_range,
            "the " + std::string(cpp_type) + " value has a lexeme "
                + (lexeme.size() > longest_lexeme ? "of more than 2047 bytes" : "that contains a NUL byte"));
}

inline void write_c_string(byte_writer& out, std::string_view text) {
    out.write(text);
    out.write('\0');
}

/// Appends a lexeme as the server prints it (documentation: "tsvector").
inline void append_quoted_lexeme(std::string& text, std::string_view lexeme) {
    text += '\'';
    for (const char c : lexeme) {
        if (c == '\'' || c == '\\') text += c;
        text += c;
    }
    text += '\'';
}

/// Reads a lexeme, quoted or not; one that is not quoted ends before a blank and each of `stops`, but not at
/// its first character. Nothing if there is none, or no closing quote.
inline std::optional<std::string> read_lexeme(text_cursor& in, std::string_view stops) {
    constexpr std::string_view blanks = " \t\n\r\v\f";
    std::string lexeme;
    const bool quoted = in.accept('\'');
    for (bool first = true; !in.at_end(); first = false) {
        const char c = in.peek();
        if (quoted && c == '\'') {
            in.advance();
            if (in.peek() == '\'') {
                lexeme += c;
                in.advance();
                continue;
            }
            return lexeme.empty() ? std::nullopt : std::optional(std::move(lexeme));
        }
        if (!quoted && (blanks.find(c) != blanks.npos || (!first && stops.find(c) != stops.npos))) break;
        in.advance();
        if (c != '\\') {
            lexeme += c;
            continue;
        }
        if (in.at_end()) return std::nullopt;
        lexeme += in.peek();
        in.advance();
    }
    if (quoted || lexeme.empty()) return std::nullopt;
    return lexeme;
}

/// The place of a weight's letter, in either case, among "DCBA"; nothing for other characters.
inline std::optional<unsigned> weight_of_letter(char letter) noexcept {
    constexpr std::string_view lower = "dcba", upper = "DCBA";
    auto place = lower.find(letter);
    if (place == lower.npos) place = upper.find(letter);
    if (letter == '\0' || place == upper.npos) return std::nullopt;
    return static_cast<unsigned>(place);
}

} // namespace pgcoro::types

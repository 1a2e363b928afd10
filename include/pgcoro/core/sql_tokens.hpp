// Splits SQL text into tokens the way the server's scanner does.
#pragma once

#include <cstddef>
#include <string_view>

namespace pgcoro::core {

enum class sql_token_kind : unsigned char {
    end,               ///< the text is used up
    word,              ///< keyword or identifier without quotes
    quoted_identifier, ///< "…"
    string,            ///< '…', E'…', $tag$…$tag$; of B'…', X'…', N'…' and U&'…' the part in quotes
    number,
    placeholder, ///< $1
    symbol,      ///< one character of an operator or punctuation
    unterminated ///< a string, quoted identifier or comment that the text does not end
};

struct sql_token {
    sql_token_kind kind = sql_token_kind::end;
    std::string_view text;
};

constexpr bool is_sql_space(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }
constexpr bool is_sql_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// Letters, underscore and every byte of a character that is not ASCII.
constexpr bool starts_sql_word(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

constexpr bool continues_sql_word(char c) noexcept { return starts_sql_word(c) || is_sql_digit(c) || c == '$'; }

/// Yields the tokens of a text one after the other, without blanks and comments (documentation: "Lexical
/// Structure"). Backslashes are escapes in E'…' strings alone: `standard_conforming_strings` is taken to be on.
/// Lifetime: borrows the text, and so do the tokens.
class sql_tokenizer {
public:
    constexpr explicit sql_tokenizer(std::string_view text) noexcept : text_(text) {}

    /// The next token; `end` for ever once the text is used up.
    constexpr sql_token next() noexcept {
        if (!skip_blanks()) return rest_unterminated();
        if (at_ == text_.size()) return {};
        const char c = text_[at_];
        if (starts_sql_word(c)) {
            if ((c == 'e' || c == 'E') && peek(1) == '\'') return escape_string();
            return word();
        }
        if (c == '\'') return quoted('\'', sql_token_kind::string);
        if (c == '"') return quoted('"', sql_token_kind::quoted_identifier);
        if (c == '$') return dollar();
        if (is_sql_digit(c) || (c == '.' && is_sql_digit(peek(1)))) return number();
        return take(sql_token_kind::symbol, at_ + 1);
    }

private:
    constexpr char peek(std::size_t distance) const noexcept {
        return at_ + distance < text_.size() ? text_[at_ + distance] : '\0';
    }

    /// The token from the current position up to `end`.
    constexpr sql_token take(sql_token_kind kind, std::size_t end) noexcept {
        const std::size_t begin = at_;
        at_ = end;
        return {kind, text_.substr(begin, end - begin)};
    }

    constexpr sql_token rest_unterminated() noexcept { return take(sql_token_kind::unterminated, text_.size()); }

    /// @return false at a comment that does not end
    constexpr bool skip_blanks() noexcept {
        for (;;) {
            while (at_ < text_.size() && is_sql_space(text_[at_])) ++at_;
            if (peek(0) == '-' && peek(1) == '-') at_ = end_of_line(at_);
            else if (peek(0) != '/' || peek(1) != '*') return true;
            else if (!skip_block_comment()) return false;
        }
    }

    constexpr std::size_t end_of_line(std::size_t from) const noexcept {
        while (from < text_.size() && text_[from] != '\n' && text_[from] != '\r') ++from;
        return from;
    }

    constexpr bool skip_block_comment() noexcept {
        std::size_t depth = 0;
        for (std::size_t i = at_; i + 1 < text_.size(); ++i) {
            if (text_[i] == '/' && text_[i + 1] == '*') {
                ++depth;
                ++i;
            } else if (text_[i] == '*' && text_[i + 1] == '/') {
                ++i;
                if (--depth == 0) {
                    at_ = i + 1;
                    return true;
                }
            }
        }
        return false;
    }

    constexpr sql_token word() noexcept {
        std::size_t end = at_ + 1;
        while (end < text_.size() && continues_sql_word(text_[end])) ++end;
        return take(sql_token_kind::word, end);
    }

    /// Letters are taken along (1e5, 0xff), `$` is not: `1$1` is a number and a placeholder.
    constexpr sql_token number() noexcept {
        std::size_t end = at_ + 1;
        while (end < text_.size()) {
            const char c = text_[end];
            const bool exponent_sign = (c == '+' || c == '-') && (text_[end - 1] | ' ') == 'e'
                                    && end + 1 < text_.size() && is_sql_digit(text_[end + 1]);
            if (!exponent_sign && c != '.' && (c == '$' || !continues_sql_word(c))) break;
            ++end;
        }
        return take(sql_token_kind::number, end);
    }

    /// A doubled quote stands for one, so that what follows the closing quote decides.
    constexpr sql_token quoted(char quote, sql_token_kind kind) noexcept {
        for (std::size_t i = at_ + 1; i < text_.size(); ++i) {
            if (text_[i] != quote) continue;
            if (i + 1 == text_.size() || text_[i + 1] != quote) return take(kind, i + 1);
            ++i;
        }
        return rest_unterminated();
    }

    constexpr sql_token escape_string() noexcept {
        for (std::size_t i = at_ + 2; i < text_.size(); ++i) {
            if (text_[i] == '\\' || (text_[i] == '\'' && i + 1 < text_.size() && text_[i + 1] == '\'')) {
                ++i;
            } else if (text_[i] == '\'') {
                const std::size_t continued = continuation(i + 1);
                if (continued == 0) return take(sql_token_kind::string, i + 1);
                i = continued;
            }
        }
        return rest_unterminated();
    }

    /// A string goes on in the next one if blanks with a newline are all that is between them, and backslashes
    /// stay escapes then. @return where its quote is, or 0
    constexpr std::size_t continuation(std::size_t from) const noexcept {
        bool newline = false;
        for (; from < text_.size(); ++from) {
            const char c = text_[from];
            if (c == '\n' || c == '\r') newline = true;
            else if (c == '-' && from + 1 < text_.size() && text_[from + 1] == '-') from = end_of_line(from) - 1;
            else if (c == '\'' && newline) return from;
            else if (!is_sql_space(c)) return 0;
        }
        return 0;
    }

    constexpr sql_token dollar() noexcept {
        std::size_t end = at_ + 1;
        if (is_sql_digit(peek(1))) {
            while (end < text_.size() && is_sql_digit(text_[end])) ++end;
            return take(sql_token_kind::placeholder, end);
        }
        while (end < text_.size() && text_[end] != '$' && continues_sql_word(text_[end])) ++end;
        if (end == text_.size() || text_[end] != '$') return take(sql_token_kind::symbol, at_ + 1);
        const std::string_view tag = text_.substr(at_, end + 1 - at_);
        const std::size_t closing = text_.find(tag, end + 1);
        if (closing == std::string_view::npos) return rest_unterminated();
        return take(sql_token_kind::string, closing + tag.size());
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

} // namespace pgcoro::core

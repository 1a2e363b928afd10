// The text form of arrays (documentation: "Array Input and Output Syntax").
#pragma once

#include <pgcoro/core/conversion_error.hpp>
#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/types/array_dimension.hpp>

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace pgcoro::types {

/// An array whose elements are still text.
struct array_literal {
    std::vector<array_dimension> dimensions{};
    std::vector<std::optional<std::string>> elements{};
};

/// "[2:3][0:1]=" where a lower bound is not 1, else nothing.
std::string array_bounds_text(std::span<const array_dimension> dimensions);

/// What stands before an element, and behind the one before `next`: delimiter and braces.
void append_opening(std::string& text, std::span<const array_dimension> dimensions, std::size_t index, char delimiter);
void append_closing(std::string& text, std::span<const array_dimension> dimensions, std::size_t next);

/// An element in quotes.
void append_quoted(std::string& text, std::string_view element);

/// An element in quotes if the server would quote it.
void append_element(std::string& text, std::string_view element, char delimiter);

/// Throws `errc::value_out_of_range` for text that is no array.
array_literal parse_array_literal(std::string_view text, char delimiter);

/// Reads an array literal.
class array_literal_parser {
public:
    array_literal_parser(std::string_view text, char delimiter) noexcept : text_(text), delimiter_(delimiter) {}

    array_literal parse();

private:
    static constexpr std::int64_t unknown = -1;

    void parse_bounds();
    std::int32_t parse_subscript();
    void parse_level(std::size_t level);
    void parse_element(std::size_t level);
    std::string parse_quoted();
    std::optional<std::string> parse_unquoted();
    void settle_dimensions();
    void skip_blanks() noexcept;
    bool skip(char c) noexcept;
    char next();
    [[noreturn]] void refuse(std::string_view why) const;

    std::string_view text_;
    char delimiter_;
    std::size_t at_ = 0;
    array_literal found_{};
    std::array<std::int64_t, most_array_dimensions> lengths_{unknown, unknown, unknown, unknown, unknown, unknown};
    std::size_t depth_ = 0;         ///< of the braces
    std::size_t element_depth_ = 0; ///< of the braces around elements; 0 as long as there are none
};

#if PGCORO_HAS_DEFINITIONS

namespace array_text {

constexpr std::string_view blanks = " \t\n\r\v\f";

/// How many levels of braces start or end before the element at an index.
inline std::size_t braces_at(std::span<const array_dimension> dimensions, std::size_t index) noexcept {
    std::size_t braces = 0, elements = 1;
    for (auto level = dimensions.size(); level != 0; --level) {
        elements *= static_cast<std::size_t>(dimensions[level - 1].length);
        if (index % elements != 0) break;
        ++braces;
    }
    return braces;
}

inline bool is_null_word(std::string_view text) noexcept {
    constexpr std::string_view word = "null";
    if (text.size() != word.size()) return false;
    for (std::size_t i = 0; i < word.size(); ++i)
        if ((text[i] | 0x20) != word[i]) return false;
    return true;
}

} // namespace array_text

PGCORO_DECL std::string array_bounds_text(std::span<const array_dimension> dimensions) {
    bool ordinary = true;
    std::string text;
    for (const auto& [lower_bound, length] : dimensions) {
        ordinary = ordinary && lower_bound == 1;
        text += '[' + std::to_string(lower_bound) + ':' + std::to_string(std::int64_t{lower_bound} + length - 1) + ']';
    }
    return ordinary ? std::string() : text + '=';
}

PGCORO_DECL void append_opening(std::string& text, std::span<const array_dimension> dimensions, std::size_t index,
                                char delimiter) {
    if (index != 0) text += delimiter;
    text.append(array_text::braces_at(dimensions, index), '{');
}

PGCORO_DECL void append_closing(std::string& text, std::span<const array_dimension> dimensions, std::size_t next) {
    text.append(array_text::braces_at(dimensions, next), '}');
}

PGCORO_DECL void append_quoted(std::string& text, std::string_view element) {
    text += '"';
    for (const char c : element) {
        if (c == '"' || c == '\\') text += '\\';
        text += c;
    }
    text += '"';
}

PGCORO_DECL void append_element(std::string& text, std::string_view element, char delimiter) {
    if (element.empty() || array_text::is_null_word(element) || element.find_first_of("\"\\{}") != element.npos
        || element.find(delimiter) != element.npos || element.find_first_of(array_text::blanks) != element.npos)
        append_quoted(text, element);
    else
        text += element;
}

PGCORO_DECL array_literal parse_array_literal(std::string_view text, char delimiter) {
    return array_literal_parser(text, delimiter).parse();
}

PGCORO_DECL array_literal array_literal_parser::parse() {
    skip_blanks();
    parse_bounds();
    if (!skip('{')) refuse("expected '{'");
    parse_level(0);
    skip_blanks();
    if (at_ != text_.size()) refuse("text follows the last '}'");
    settle_dimensions();
    return std::move(found_);
}

PGCORO_DECL void array_literal_parser::parse_bounds() {
    if (at_ == text_.size() || text_[at_] != '[') return;
    while (skip('[')) {
        if (found_.dimensions.size() == most_array_dimensions) refuse("more than 6 dimensions");
        std::int64_t lower = 1, upper = parse_subscript();
        if (skip(':')) {
            lower = upper;
            upper = parse_subscript();
        }
        const auto length = upper - lower + 1;
        if (!skip(']') || length < 1 || upper == std::numeric_limits<std::int32_t>::max()
            || length > std::numeric_limits<std::int32_t>::max())
            refuse("its bounds are none, as [1:2]= are");
        found_.dimensions.push_back({static_cast<std::int32_t>(lower), static_cast<std::int32_t>(length)});
        skip_blanks();
    }
    if (!skip('=')) refuse("expected '=' behind its bounds");
    skip_blanks();
}

PGCORO_DECL std::int32_t array_literal_parser::parse_subscript() {
    if (at_ + 1 < text_.size() && text_[at_] == '+' && text_[at_ + 1] != '-') ++at_;
    std::int32_t subscript = 0;
    const auto rest = text_.substr(at_);
    const auto [end, failure] = std::from_chars(rest.data(), rest.data() + rest.size(), subscript);
    if (failure != std::errc()) refuse("its bounds are no numbers");
    at_ += static_cast<std::size_t>(end - rest.data());
    return subscript;
}

// The recursion is as deep as the braces, which are no deeper than the server's dimensions.
PGCORO_DECL void array_literal_parser::parse_level(std::size_t level) {
    if (level == most_array_dimensions) refuse("more than 6 dimensions");
    depth_ = level >= depth_ ? level + 1 : depth_;
    std::int64_t length = 0;
    skip_blanks();
    if (!skip('}')) {
        do {
            skip_blanks();
            if (skip('{'))
                parse_level(level + 1);
            else
                parse_element(level);
            ++length;
            skip_blanks();
        } while (skip(delimiter_));
        if (!skip('}')) refuse("expected '}'");
    }
    if (lengths_[level] == unknown) lengths_[level] = length;
    if (lengths_[level] != length) refuse("its parts differ in size");
}

PGCORO_DECL void array_literal_parser::parse_element(std::size_t level) {
    if (element_depth_ == 0) element_depth_ = level + 1;
    if (element_depth_ != level + 1) refuse("its parts differ in depth");
    if (skip('"'))
        found_.elements.emplace_back(parse_quoted());
    else
        found_.elements.push_back(parse_unquoted());
}

PGCORO_DECL std::string array_literal_parser::parse_quoted() {
    std::string element;
    for (char c = next(); c != '"'; c = next()) element += c == '\\' ? next() : c;
    return element;
}

PGCORO_DECL std::optional<std::string> array_literal_parser::parse_unquoted() {
    std::string element;
    std::size_t kept = 0; // without blanks at its end
    bool escaped = false;
    while (at_ < text_.size() && text_[at_] != delimiter_ && text_[at_] != '}') {
        char c = next();
        if (c == '"' || c == '{') refuse("'\"' or '{' within an element");
        const bool escape = c == '\\';
        if (escape) c = next();
        escaped = escaped || escape;
        element += c;
        if (escape || array_text::blanks.find(c) == std::string_view::npos) kept = element.size();
    }
    element.resize(kept);
    if (element.empty()) refuse("an element is missing");
    if (!escaped && array_text::is_null_word(element)) return std::nullopt;
    return element;
}

PGCORO_DECL void array_literal_parser::settle_dimensions() {
    const auto given = std::move(found_.dimensions);
    found_.dimensions.clear();
    if (!found_.elements.empty()) {
        if (element_depth_ != depth_) refuse("its parts differ in depth");
        for (std::size_t level = 0; level < depth_; ++level) {
            if (lengths_[level] > std::numeric_limits<std::int32_t>::max() - 1) refuse("too many elements");
            found_.dimensions.push_back({1, static_cast<std::int32_t>(lengths_[level])});
        }
    }
    if (given.empty()) return;
    if (given.size() != found_.dimensions.size()) refuse("its bounds are not those of its elements");
    for (std::size_t level = 0; level < given.size(); ++level)
        if (given[level].length != found_.dimensions[level].length) refuse("its bounds are not those of its elements");
    found_.dimensions = given;
}

PGCORO_DECL void array_literal_parser::skip_blanks() noexcept {
    while (at_ < text_.size() && array_text::blanks.find(text_[at_]) != std::string_view::npos) ++at_;
}

PGCORO_DECL bool array_literal_parser::skip(char c) noexcept {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
}

PGCORO_DECL char array_literal_parser::next() {
    if (at_ == text_.size()) refuse("it ends within an element");
    return text_[at_++];
}

PGCORO_DECL void array_literal_parser::refuse(std::string_view why) const {
    throw conversion_error(errc::value_out_of_range,
                           "'" + std::string(text_) + "' is no array, such as {1,2} or {{a},{NULL}}: "
                               + std::string(why));
}

#endif

} // namespace pgcoro::types

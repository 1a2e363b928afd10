// The text form of ranges and multiranges (documentation: "Range Types", "Input/Output").
#pragma once

#include <pgcoro/core/conversion_error.hpp>
#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/types/element_text.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pgcoro::types {

/// A range whose bounds are still text; a bound that is not there is infinite.
struct range_literal {
    bool empty = false;
    bool lower_inclusive = false, upper_inclusive = false;
    std::optional<std::string> lower{}, upper{};
};

/// Appends a part of a range or record: with quotes and backslashes doubled and in quotes, if it is empty or has one of the
/// `special` characters.
void append_part(std::string& text, std::string_view part, std::string_view special);

/// Appends the text of a bound, in quotes if the server would quote it.
void append_bound(std::string& text, std::string_view bound);

/// Appends a range as the server prints it.
void append_range(std::string& text, const range_literal& range);

/// Throws `errc::value_out_of_range` for text that is no range.
range_literal parse_range_literal(std::string_view text);

/// Throws `errc::value_out_of_range` for text that is no multirange.
std::vector<range_literal> parse_multirange_literal(std::string_view text);

/// Reads ranges from text, one after the other.
class range_literal_reader {
public:
    explicit range_literal_reader(std::string_view text) noexcept : text_(text) {}

    range_literal read_range();
    void skip_blanks() noexcept;
    bool skip(char c) noexcept;
    void expect_end(std::string_view what);
    [[noreturn]] void refuse(std::string_view what) const;

private:
    char next();
    bool skip_empty() noexcept;
    std::optional<std::string> read_bound();

    std::string_view text_;
    std::size_t at_ = 0;
};

#if PGCORO_HAS_DEFINITIONS

PGCORO_DECL void append_part(std::string& text, std::string_view part, std::string_view special) {
    if (!part.empty() && part.find_first_of(special) == part.npos) {
        text += part;
        return;
    }
    text += '"';
    for (const char c : part) {
        if (c == '"' || c == '\\') text += c;
        text += c;
    }
    text += '"';
}

PGCORO_DECL void append_bound(std::string& text, std::string_view bound) {
    append_part(text, bound, "\"\\()[], \t\n\r\v\f");
}

PGCORO_DECL void append_range(std::string& text, const range_literal& range) {
    if (range.empty) {
        text += "empty";
        return;
    }
    text += range.lower_inclusive ? '[' : '(';
    if (range.lower) append_bound(text, *range.lower);
    text += ',';
    if (range.upper) append_bound(text, *range.upper);
    text += range.upper_inclusive ? ']' : ')';
}

PGCORO_DECL range_literal parse_range_literal(std::string_view text) {
    range_literal_reader in(text);
    in.skip_blanks();
    auto range = in.read_range();
    in.expect_end("range");
    return range;
}

PGCORO_DECL std::vector<range_literal> parse_multirange_literal(std::string_view text) {
    range_literal_reader in(text);
    std::vector<range_literal> ranges;
    in.skip_blanks();
    if (!in.skip('{')) in.refuse("multirange");
    in.skip_blanks();
    if (!in.skip('}')) {
        do {
            in.skip_blanks();
            ranges.push_back(in.read_range());
            in.skip_blanks();
        } while (in.skip(','));
        if (!in.skip('}')) in.refuse("multirange");
    }
    in.expect_end("multirange");
    return ranges;
}

PGCORO_DECL range_literal range_literal_reader::read_range() {
    range_literal range;
    if (skip_empty()) {
        range.empty = true;
        return range;
    }
    range.lower_inclusive = skip('[');
    if (!range.lower_inclusive && !skip('(')) refuse("range");
    range.lower = read_bound();
    if (!skip(',')) refuse("range");
    range.upper = read_bound();
    range.upper_inclusive = skip(']');
    if (!range.upper_inclusive && !skip(')')) refuse("range");
    return range;
}

PGCORO_DECL void range_literal_reader::skip_blanks() noexcept {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
}

PGCORO_DECL bool range_literal_reader::skip(char c) noexcept {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
}

PGCORO_DECL void range_literal_reader::expect_end(std::string_view what) {
    skip_blanks();
    if (at_ != text_.size()) refuse(what);
}

PGCORO_DECL void range_literal_reader::refuse(std::string_view what) const {
    throw conversion_error(errc::value_out_of_range,
                           "'" + std::string(text_) + "' is no " + std::string(what) + ": expected "
                               + (what == "range" ? "[lower,upper), with ( or [ and ) or ], or empty"
                                                  : "{range,...}, such as {[1,3),[5,8)}"));
}

PGCORO_DECL char range_literal_reader::next() {
    if (at_ == text_.size()) refuse("range");
    return text_[at_++];
}

PGCORO_DECL bool range_literal_reader::skip_empty() noexcept {
    constexpr std::string_view word = "empty";
    if (text_.size() - at_ < word.size()) return false;
    for (std::size_t i = 0; i < word.size(); ++i)
        if ((text_[at_ + i] | 0x20) != word[i]) return false;
    at_ += word.size();
    return true;
}

PGCORO_DECL std::optional<std::string> range_literal_reader::read_bound() {
    std::string bound;
    bool there = false, quoted = false;
    for (;;) {
        if (!quoted && at_ < text_.size() && (text_[at_] == ',' || text_[at_] == ')' || text_[at_] == ']')) break;
        const char c = next();
        there = true;
        if (c == '\\')
            bound += next();
        else if (c != '"')
            bound += c;
        else if (quoted && skip('"'))
            bound += '"';
        else
            quoted = !quoted;
    }
    if (!there) return std::nullopt;
    return bound;
}

#endif

} // namespace pgcoro::types

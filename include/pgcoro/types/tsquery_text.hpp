// The expression that a tsquery is, and its text.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/types/lexeme_text.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {

/// Sets of the weights that a lexeme may have in a document, for `tsquery::lexeme`; none means any.
namespace lexeme_weights {
inline constexpr std::uint8_t d = 1, c = 2, b = 4, a = 8;
}

enum class tsquery_kind : std::uint8_t { lexeme, not_, and_, or_, phrase };

/// A lexeme or an operator of a `tsquery`.
struct tsquery_node {
    tsquery_kind what = tsquery_kind::lexeme;
    std::uint16_t distance = 0; ///< of a phrase's operands: 1 for `<->`
    std::uint8_t weights = 0;   ///< of a lexeme: a set of `lexeme_weights`
    bool prefix = false;        ///< whether a lexeme stands for all that begin with it
    std::string lexeme{};

    friend bool operator==(const tsquery_node&, const tsquery_node&) = default;
};

namespace types {

/// The greatest distance between the operands of a phrase (the server's `MAXENTRYPOS`).
inline constexpr std::uint16_t greatest_distance = 16384;

/// The nodes of an expression, each operator before its operands, the right one before the left one; nothing
/// if the text is no expression.
std::optional<std::vector<tsquery_node>> parse_tsquery(std::string_view text);

/// The text of an expression whose nodes are complete and in that order.
std::string tsquery_text(const std::vector<tsquery_node>& nodes);

#if PGCORO_HAS_DEFINITIONS

namespace tsquery_form {

using kind = tsquery_kind;
using node = tsquery_node;

/// Operators of a greater number bind more tightly; lexemes need no brackets.
inline int priority(kind what) noexcept {
    switch (what) {
    case kind::or_:
        return 1;
    case kind::and_:
        return 2;
    case kind::phrase:
        return 3;
    case kind::not_:
        return 4;
    case kind::lexeme:
        break;
    }
    return 5;
}

inline void append_lexeme(std::string& text, const node& value) {
    append_quoted_lexeme(text, value.lexeme);
    if (value.prefix || value.weights != 0) text += ':';
    if (value.prefix) text += '*';
    for (unsigned i = 0; i < 4; ++i)
        if ((value.weights & 8u >> i) != 0) text += "ABCD"[i];
}

inline std::string operator_text(const node& value) {
    if (value.what == kind::and_) return " & ";
    if (value.what == kind::or_) return " | ";
    return value.distance == 1 ? " <-> " : " <" + std::to_string(value.distance) + "> ";
}

/// Reads an expression by the precedence of its operators, without recursion. Its output is the reverse of
/// the order that the server keeps.
class reader {
public:
    explicit reader(std::string_view text) noexcept : in_(text) {}

    /// The nodes in the server's order; nothing if the text is no expression.
    std::optional<std::vector<node>> read() {
        in_.skip_blanks();
        if (in_.at_end()) return std::vector<node>();
        do {
            if (!operand()) return std::nullopt;
        } while (binary_operator());
        while (!pending_.empty() && !pending_.back().bracket) emit();
        in_.skip_blanks();
        if (!pending_.empty() || !in_.at_end()) return std::nullopt;
        std::reverse(output_.begin(), output_.end());
        return std::move(output_);
    }

private:
    struct pending {
        bool bracket;
        node what;
    };

    /// A lexeme with the negations and brackets before it and the brackets behind it.
    bool operand() {
        for (;;) {
            in_.skip_blanks();
            if (in_.accept('!'))
                pending_.push_back({false, {kind::not_}});
            else if (in_.accept('('))
                pending_.push_back({true, {}});
            else
                break;
        }
        if (in_.at_end() || std::string_view(":&|)<").find(in_.peek()) != std::string_view::npos)
            return false;
        auto text = read_lexeme(in_, ":!&|()<");
        if (!text) return false;
        auto& added = output_.emplace_back();
        added.lexeme = std::move(*text);
        if (in_.accept(':') && !flags(added)) return false;
        for (in_.skip_blanks(); in_.peek() == ')'; in_.skip_blanks()) {
            while (!pending_.empty() && !pending_.back().bracket) emit();
            if (pending_.empty()) return false;
            pending_.pop_back();
            in_.advance();
        }
        return true;
    }

    bool flags(node& lexeme) {
        bool any = false;
        for (;; in_.advance(), any = true) {
            if (in_.peek() == '*')
                lexeme.prefix = true;
            else if (const auto weight = weight_of_letter(in_.peek()))
                lexeme.weights = static_cast<std::uint8_t>(lexeme.weights | 1u << *weight);
            else
                return any;
        }
    }

    bool binary_operator() {
        node found;
        auto ahead = in_;
        if (ahead.accept('&'))
            found.what = kind::and_;
        else if (ahead.accept('|'))
            found.what = kind::or_;
        else if (const auto distance = phrase_distance(ahead)) {
            found.what = kind::phrase;
            found.distance = *distance;
        } else
            return false;
        in_ = ahead;
        while (!pending_.empty() && !pending_.back().bracket
               && priority(pending_.back().what.what) >= priority(found.what))
            emit();
        pending_.push_back({false, std::move(found)});
        return true;
    }

    static std::optional<std::uint16_t> phrase_distance(text_cursor& in) {
        if (!in.accept('<')) return std::nullopt;
        const auto distance = in.accept('-') ? std::optional<std::uint16_t>(1) : in.integer<std::uint16_t>();
        if (!distance || *distance > greatest_distance || !in.accept('>')) return std::nullopt;
        return distance;
    }

    void emit() {
        output_.push_back(std::move(pending_.back().what));
        pending_.pop_back();
    }

    text_cursor in_;
    std::vector<pending> pending_;
    std::vector<node> output_;
};

/// Prints an expression without recursion.
class printer {
public:
    explicit printer(const std::vector<node>& nodes) : nodes_(&nodes), ends_(nodes.size()) {
        std::vector<std::size_t> operands; // where the expressions end that begin behind the current node
        for (auto i = nodes.size(); i-- != 0;) {
            ends_[i] = i + 1;
            if (nodes[i].what == kind::lexeme) {
                operands.push_back(ends_[i]);
                continue;
            }
            if (nodes[i].what != kind::not_) operands.pop_back();
            ends_[i] = operands.back();
        }
    }

    std::string print() {
        if (!nodes_->empty()) todo_.push_back({0, 0, false, {}});
        while (!todo_.empty()) {
            const auto next = std::move(todo_.back());
            todo_.pop_back();
            if (next.text.empty())
                expression(next);
            else
                text_ += next.text;
        }
        return std::move(text_);
    }

private:
    /// A text or, without one, an expression in its surroundings.
    struct part {
        std::size_t at;
        int priority_around;
        bool right_of_phrase;
        std::string text;
    };

    void expression(const part& of) {
        const auto& value = (*nodes_)[of.at];
        if (value.what == kind::lexeme) return append_lexeme(text_, value);
        const auto own = priority(value.what);
        if (own < of.priority_around || (value.what == kind::phrase && of.right_of_phrase)) {
            text_ += "( ";
            todo_.push_back({0, 0, false, " )"});
        }
        // The last part that is put on the stack is printed first.
        if (value.what == kind::not_) {
            text_ += '!';
            todo_.push_back({of.at + 1, own, false, {}});
            return;
        }
        const auto right = of.at + 1, left = ends_[right];
        todo_.push_back({right, own, value.what == kind::phrase, {}});
        todo_.push_back({0, 0, false, operator_text(value)});
        todo_.push_back({left, own, false, {}});
    }

    const std::vector<node>* nodes_;
    std::vector<std::size_t> ends_; ///< of the expressions that begin at the nodes
    std::vector<part> todo_;
    std::string text_;
};

} // namespace tsquery_form

PGCORO_DECL std::optional<std::vector<tsquery_node>> parse_tsquery(std::string_view text) {
    return tsquery_form::reader(text).read();
}

PGCORO_DECL std::string tsquery_text(const std::vector<tsquery_node>& nodes) {
    return tsquery_form::printer(nodes).print();
}

#endif

} // namespace types
} // namespace pgcoro

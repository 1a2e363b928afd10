// Finds out, at compile time or run time, what a text of SQL is: its class, its placeholders, its faults.
#pragma once

#include <pgcoro/core/sql_tokens.hpp>
#include <pgcoro/core/statement_class.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pgcoro::core {

/// The protocol counts a statement's parameters in 16 bits (documentation: "Message Formats", Bind).
inline constexpr unsigned max_parameters = 65535;

struct sql_summary {
    statement_class cls = statement_class::empty; ///< of the first statement
    unsigned parameter_count = 0;                 ///< the highest n of all `$n`
    unsigned missing_parameter = 0;   ///< the lowest n below `parameter_count` without a `$n`, or 0
    bool invalid_placeholder = false; ///< there is a `$0` or one above `max_parameters`
    bool several_statements = false;
    bool unterminated = false; ///< a string, quoted identifier or comment does not end
    bool contains_nul = false; ///< the server would see the text end there

    friend constexpr bool operator==(const sql_summary&, const sql_summary&) = default;
};

/// The n of a placeholder; 0 for one that cannot be.
constexpr unsigned placeholder_number(const sql_token& token) noexcept {
    unsigned n = 0;
    for (const char digit : token.text.substr(1)) {
        n = n * 10 + static_cast<unsigned>(digit - '0');
        if (n > max_parameters) return 0;
    }
    return n;
}

/// The lowest n below `count` that no placeholder of the text has; 0 if there is none.
constexpr unsigned find_missing_parameter(std::string_view text, unsigned count) noexcept {
    std::array<std::uint64_t, (max_parameters + 1) / 64> seen{};
    sql_tokenizer tokens(text);
    for (sql_token token = tokens.next(); token.kind != sql_token_kind::end; token = tokens.next()) {
        if (token.kind != sql_token_kind::placeholder) continue;
        const unsigned n = placeholder_number(token);
        seen[n / 64] |= std::uint64_t{1} << (n % 64);
    }
    for (unsigned n = 1; n < count; ++n)
        if ((seen[n / 64] >> (n % 64) & 1) == 0) return n;
    return 0;
}

/// Reads a text once, token by token.
class sql_summarizer {
public:
    constexpr sql_summary operator()(std::string_view text) noexcept {
        sql_tokenizer tokens(text);
        for (sql_token token = tokens.next(); token.kind != sql_token_kind::end; token = tokens.next())
            see(token);
        // A count of up to 64 is the common one and needs no second look at the text.
        if (summary_.parameter_count > 64)
            summary_.missing_parameter = find_missing_parameter(text, summary_.parameter_count);
        else if (const auto first = static_cast<unsigned>(std::countr_one(seen_));
                 first < summary_.parameter_count)
            summary_.missing_parameter = first + 1;
        summary_.contains_nul = text.find('\0') != std::string_view::npos;
        return summary_;
    }

    struct first_statement {
        std::string_view text;   ///< from its first token to its semicolon; empty if there is no statement
        statement_class cls;
        std::size_t end;         ///< where the rest of the whole text begins
    };

    /// Reads a text up to the end of its first statement.
    constexpr first_statement first(std::string_view text) noexcept {
        sql_tokenizer tokens(text);
        std::size_t begin = text.size(), end = text.size();
        for (sql_token token = tokens.next(); token.kind != sql_token_kind::end && !ended_; token = tokens.next()) {
            const bool started = started_;
            see(token);
            const auto at = static_cast<std::size_t>(token.text.data() - text.data());
            if (!started && started_) begin = at;
            if (ended_) end = at + token.text.size();
        }
        return {text.substr(begin, end - begin), summary_.cls, end};
    }

private:
    constexpr void see(const sql_token& token) noexcept {
        const char symbol = token.kind == sql_token_kind::symbol ? token.text[0] : '\0';
        if (symbol == ';' && depth_ == 0 && !in_body_) {
            ended_ = started_;
            return;
        }
        summary_.several_statements |= ended_;
        started_ = true;
        if (symbol == '(') ++depth_;
        if (symbol == ')' && depth_ > 0) --depth_;
        if (token.kind == sql_token_kind::unterminated) summary_.unterminated = true;
        if (token.kind == sql_token_kind::placeholder) see_placeholder(token);
        if (!ended_) classify(token, symbol);
    }

    constexpr void see_placeholder(const sql_token& token) noexcept {
        const unsigned n = placeholder_number(token);
        if (n == 0) summary_.invalid_placeholder = true;
        else if (n <= 64) seen_ |= std::uint64_t{1} << (n - 1);
        if (n > summary_.parameter_count) summary_.parameter_count = n;
    }

    constexpr void classify(const sql_token& token, char symbol) noexcept {
        if (token.kind == sql_token_kind::word) {
            see_word(token.text);
        } else {
            // SELECT and VALUES may stand in parentheses.
            if (words_ == 0 && symbol != '(') ++words_;
            previous_ = {};
        }
        if (summary_.cls == statement_class::empty) summary_.cls = statement_class::exclusive;
    }

    constexpr void see_word(std::string_view word) noexcept {
        if (++words_ == 1) {
            summary_.cls = class_of_keyword(word);
            copies_ = is_keyword(word, "copy");
            prepares_ = is_keyword(word, "prepare");
            creates_ = is_keyword(word, "create");
        } else if (copies_) {
            if (depth_ == 0 && (is_keyword(word, "stdin") || is_keyword(word, "stdout"))
                && (is_keyword(previous_, "from") || is_keyword(previous_, "to")))
                summary_.cls = statement_class::copy;
        } else if (prepares_) {
            if (words_ == 2 && is_keyword(word, "transaction"))
                summary_.cls = statement_class::transaction_control;
        } else if (creates_) {
            see_word_of_create(word);
        }
        previous_ = word;
    }

    /// Semicolons also end the statements in the body of an SQL function: BEGIN ATOMIC …; …; END.
    constexpr void see_word_of_create(std::string_view word) noexcept {
        if (words_ <= 4 && (is_keyword(word, "function") || is_keyword(word, "procedure")))
            creates_routine_ = true;
        if (!creates_routine_ || depth_ != 0) return;
        if (!in_body_) {
            in_body_ = is_keyword(word, "atomic") && is_keyword(previous_, "begin");
        } else if (is_keyword(word, "case")) {
            ++cases_;
        } else if (is_keyword(word, "end")) {
            if (cases_ > 0) --cases_;
            else in_body_ = false;
        }
    }

    sql_summary summary_;
    std::uint64_t seen_ = 0; ///< bit n - 1: there is a `$n`
    std::size_t depth_ = 0;  ///< of parentheses; a rule's actions have semicolons inside them
    std::size_t words_ = 0;
    std::size_t cases_ = 0;
    std::string_view previous_; ///< the token before, if it is a word
    bool started_ = false;
    bool ended_ = false;
    bool copies_ = false;
    bool prepares_ = false;
    bool creates_ = false;
    bool creates_routine_ = false;
    bool in_body_ = false;
};

/// What the text is. Never fails: what is wrong with the text is part of the answer, and what only the
/// server's parser can know (spelling, syntax) is not looked at.
constexpr sql_summary summarize_sql(std::string_view text) noexcept { return sql_summarizer()(text); }

} // namespace pgcoro::core

// A text of several statements, statement by statement.
#pragma once

#include <pgcoro/core/sql_lexer.hpp>
#include <pgcoro/core/statement_class.hpp>

#include <string_view>

namespace pgcoro::core {

/// Yields the statements of a text one after the other, each from its first word to its semicolon. Lifetime:
/// borrows the text, and so do the statements.
class sql_script {
public:
    struct statement {
        std::string_view text; ///< empty if there is none left
        statement_class cls = statement_class::empty;
    };

    constexpr explicit sql_script(std::string_view text) noexcept : rest_(text) {}

    constexpr statement next() noexcept {
        const auto found = sql_summarizer().first(rest_);
        rest_.remove_prefix(found.end);
        return {found.text, found.cls};
    }

private:
    std::string_view rest_;
};

/// Whether there is not more than one statement in a text.
constexpr bool is_single_statement(std::string_view text) noexcept {
    sql_script statements(text);
    statements.next();
    return statements.next().text.empty();
}

} // namespace pgcoro::core

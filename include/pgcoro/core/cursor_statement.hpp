// Which statements a cursor can be declared for.
#pragma once

#include <pgcoro/core/sql_tokens.hpp>
#include <pgcoro/core/statement_class.hpp>

#include <string_view>

namespace pgcoro::core {

/// Whether DECLARE CURSOR takes the statement: SELECT, VALUES and TABLE (documentation: DECLARE). WITH may hold a change,
/// for which there is no cursor.
constexpr bool may_have_cursor(std::string_view sql) noexcept {
    sql_tokenizer tokens(sql);
    auto token = tokens.next();
    while (token.kind == sql_token_kind::symbol && token.text == "(") token = tokens.next();
    if (token.kind != sql_token_kind::word) return false;
    return is_keyword(token.text, "select") || is_keyword(token.text, "values") || is_keyword(token.text, "table");
}

/// The text without what may end it: DECLARE and COPY take a statement without its semicolon.
constexpr std::string_view without_semicolon(std::string_view sql) noexcept {
    const auto* const begin = sql.data();
    std::size_t end = 0;
    sql_tokenizer tokens(sql);
    for (auto token = tokens.next(); token.kind != sql_token_kind::end; token = tokens.next())
        if (token.kind != sql_token_kind::symbol || token.text != ";")
            end = static_cast<std::size_t>(token.text.data() + token.text.size() - begin);
    return sql.substr(0, end);
}

} // namespace pgcoro::core

// Which statements may commit by themselves, whatever transaction they stand in.
#pragma once

#include <pgcoro/core/sql_tokens.hpp>
#include <pgcoro/core/statement_class.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace pgcoro::core {

/// Whether a statement may commit its own work, and that of statements before it in an implicit transaction, before
/// that transaction ends: procedures and blocks with COMMIT in them, and what cannot run inside a transaction block but
/// the server takes as an implicit transaction's first statement (documentation: "Pipelining", "CALL", "VACUUM",
/// "CREATE DATABASE"). Errs on the side of yes.
constexpr bool may_commit_by_itself(std::string_view text, statement_class cls) noexcept {
    if (cls != statement_class::exclusive) return false;
    constexpr std::array<std::string_view, 14> transactional{
        "create", "alter",  "drop",   "truncate", "comment",  "grant",   "revoke",
        "reassign", "refresh", "import", "security", "analyze", "explain", "show"};
    constexpr std::array<std::string_view, 4> not_transactional{"database", "tablespace", "subscription", "system"};
    const auto is_one_of = [](std::string_view word, const auto& words) {
        return std::ranges::any_of(words, [&](std::string_view keyword) { return is_keyword(word, keyword); });
    };
    sql_tokenizer tokens(text);
    auto token = tokens.next();
    if (token.kind != sql_token_kind::word || !is_one_of(token.text, transactional)) return true;
    token = tokens.next();
    if (token.kind == sql_token_kind::word && is_one_of(token.text, not_transactional)) return true;
    for (; token.kind != sql_token_kind::end && token.kind != sql_token_kind::unterminated; token = tokens.next())
        if (token.kind == sql_token_kind::word && is_keyword(token.text, "concurrently")) return true;
    return false;
}

} // namespace pgcoro::core

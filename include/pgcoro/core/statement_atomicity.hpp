// Which statements may commit by themselves, whatever transaction they stand in.
#pragma once

#include <pgcoro/core/sql_tokens.hpp>
#include <pgcoro/core/statement_class.hpp>

#include <array>
#include <cstddef>
#include <string_view>

namespace pgcoro::core {

/// Whether a token is one of these keywords.
template <std::size_t N>
constexpr bool is_one_of(const sql_token& token, const std::array<std::string_view, N>& keywords) noexcept {
    if (token.kind != sql_token_kind::word) return false;
    for (const auto keyword : keywords)
        if (is_keyword(token.text, keyword)) return true;
    return false;
}

/// Whether one of the tokens from here on is CONCURRENTLY.
constexpr bool says_concurrently(sql_tokenizer tokens) noexcept {
    for (auto token = tokens.next(); token.kind != sql_token_kind::end && token.kind != sql_token_kind::unterminated;
         token = tokens.next())
        if (token.kind == sql_token_kind::word && is_keyword(token.text, "concurrently")) return true;
    return false;
}

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
    sql_tokenizer tokens(text);
    auto token = tokens.next();
    if (!is_one_of(token, transactional)) return true;
    token = tokens.next();
    return is_one_of(token, not_transactional) || says_concurrently(sql_tokenizer(text));
}

/// Whether a statement that fails may have committed part of its work: procedures and blocks with COMMIT in them, and
/// maintenance that takes one table or index after the other (documentation: "CALL", "DO", "VACUUM", "ANALYZE", "CLUSTER",
/// "REINDEX", and CONCURRENTLY of several).
constexpr bool commits_on_its_way(std::string_view text, statement_class cls) noexcept {
    if (cls != statement_class::exclusive) return false;
    constexpr std::array<std::string_view, 7> ones{"call", "do", "vacuum", "analyze", "analyse", "cluster", "reindex"};
    sql_tokenizer tokens(text);
    return is_one_of(tokens.next(), ones) || says_concurrently(sql_tokenizer(text));
}

} // namespace pgcoro::core

// What a statement does to the transaction that it stands in.
#pragma once

#include <pgcoro/core/sql_tokens.hpp>
#include <pgcoro/core/statement_class.hpp>

#include <string_view>

namespace pgcoro::core {

enum class transaction_effect : unsigned char {
    none,
    begins, ///< BEGIN, START TRANSACTION
    ends,   ///< COMMIT, END, ROLLBACK, ABORT, PREPARE TRANSACTION; with AND CHAIN another one begins
    governs ///< SET TRANSACTION, which has to come before the first query of its transaction
};

/// @param cls the statement's class
constexpr transaction_effect transaction_effect_of(std::string_view text, statement_class cls) noexcept {
    sql_tokenizer tokens(text);
    const auto first = tokens.next().text;
    if (cls == statement_class::session_setting && is_keyword(first, "set"))
        return is_keyword(tokens.next().text, "transaction") ? transaction_effect::governs
                                                             : transaction_effect::none;
    if (cls != statement_class::transaction_control) return transaction_effect::none;
    if (is_keyword(first, "begin") || is_keyword(first, "start")) return transaction_effect::begins;
    if (is_keyword(first, "savepoint") || is_keyword(first, "release")) return transaction_effect::none;
    // ROLLBACK TO, ROLLBACK WORK TO, ROLLBACK TRANSACTION TO go back to a savepoint.
    const auto second = tokens.next().text, third = tokens.next().text;
    const bool to_savepoint =
        is_keyword(first, "rollback") && (is_keyword(second, "to") || is_keyword(third, "to"));
    return to_savepoint ? transaction_effect::none : transaction_effect::ends;
}

} // namespace pgcoro::core

// What kinds of statements there are, as far as sharing a connection is concerned.
#pragma once

#include <cstddef>
#include <string_view>

namespace pgcoro {

/// What a statement may do to the connection that it runs on, by its first keyword
/// (documentation: "SQL Commands"). Effects of functions (`set_config`, `pg_advisory_lock`) cannot be seen.
enum class statement_class : unsigned char {
    empty,               ///< no statement at all: blanks, comments, semicolons
    shareable,           ///< may travel on a connection with other callers' statements
    exclusive,           ///< runs alone on a connection; pools accept it
    transaction_control, ///< BEGIN, START, COMMIT, END, ROLLBACK, ABORT, SAVEPOINT, RELEASE, PREPARE TRANSACTION
    session_setting,     ///< SET, RESET, DISCARD
    notification,        ///< LISTEN, UNLISTEN
    prepared,            ///< PREPARE, EXECUTE, DEALLOCATE
    cursor,              ///< DECLARE, FETCH, MOVE, CLOSE
    lock,                ///< LOCK
    copy                 ///< COPY FROM STDIN, COPY TO STDOUT
};

namespace core {

/// Whether `word` is `keyword`, which is written in lower case. Only ASCII letters fold, as in the server.
constexpr bool is_keyword(std::string_view word, std::string_view keyword) noexcept {
    if (word.size() != keyword.size()) return false;
    for (std::size_t i = 0; i < word.size(); ++i)
        if ((word[i] >= 'A' && word[i] <= 'Z' ? word[i] - 'A' + 'a' : word[i]) != keyword[i]) return false;
    return true;
}

/// The class that the first keyword of a statement stands for. Two words belong to two classes: PREPARE, which
/// is transaction control before TRANSACTION, and COPY, which is exclusive with a file or a program.
constexpr statement_class class_of_keyword(std::string_view word) noexcept {
    struct entry {
        std::string_view keyword;
        statement_class cls;
    };
    constexpr entry entries[] = {
        {"select", statement_class::shareable},
        {"insert", statement_class::shareable},
        {"update", statement_class::shareable},
        {"delete", statement_class::shareable},
        {"with", statement_class::shareable},
        {"values", statement_class::shareable},
        {"table", statement_class::shareable},
        {"merge", statement_class::shareable},
        {"begin", statement_class::transaction_control},
        {"start", statement_class::transaction_control},
        {"commit", statement_class::transaction_control},
        {"end", statement_class::transaction_control},
        {"rollback", statement_class::transaction_control},
        {"abort", statement_class::transaction_control},
        {"savepoint", statement_class::transaction_control},
        {"release", statement_class::transaction_control},
        {"set", statement_class::session_setting},
        {"reset", statement_class::session_setting},
        {"discard", statement_class::session_setting},
        {"listen", statement_class::notification},
        {"unlisten", statement_class::notification},
        {"prepare", statement_class::prepared},
        {"execute", statement_class::prepared},
        {"deallocate", statement_class::prepared},
        {"declare", statement_class::cursor},
        {"fetch", statement_class::cursor},
        {"move", statement_class::cursor},
        {"close", statement_class::cursor},
        {"lock", statement_class::lock},
    };
    for (const entry& entry : entries)
        if (is_keyword(word, entry.keyword)) return entry.cls;
    return statement_class::exclusive;
}

} // namespace core
} // namespace pgcoro

// What a transaction wants sent before its next statement.
#pragma once

#include <pgcoro/core/error.hpp>

#include <optional>
#include <string>
#include <vector>

namespace pgcoro::session {

/// BEGIN and SAVEPOINT cost no round trip of their own: they travel before the next statement of their transaction,
/// under the same Sync, so that a failing BEGIN takes the statement with it. Until they are answered, nothing else of
/// the transaction is sent: it would run in autocommit if BEGIN failed.
///
/// Belongs to a transaction; the requests of that transaction point to it. On the home executor only.
struct preamble {
    std::vector<std::string> commands;     ///< not sent yet
    std::size_t unanswered = 0;            ///< sent with the request that carries them
    bool begun = false;                    ///< the server is in the transaction
    std::optional<error> failure;          ///< of BEGIN: what came after it would run in autocommit
    std::vector<std::string> answer;       ///< the row of the last command that yielded one

    bool is_due() const noexcept { return !commands.empty(); }
    bool is_under_way() const noexcept { return unanswered != 0; }
};

} // namespace pgcoro::session

// Run-time parameters that have to be set for each transaction anew, since the next one may run on another server
// connection.
#pragma once

#include <pgcoro/core/error.hpp>
#include <pgcoro/core/statement_class.hpp>
#include <pgcoro/core/statement_text.hpp>
#include <pgcoro/libpq/connection.hpp>

#include <string>
#include <utility>

namespace pgcoro::session {

/// Decides which statements are preceded by the statement that sets a session's parameters. Both stand before one Sync,
/// so that they are one transaction, whatever stands between client and server.
class local_settings {
public:
    local_settings() = default;

    /// @param binding whether it matters so much that a statement which cannot run in a transaction has to fail
    local_settings(std::string sql, bool binding) : sql_(std::move(sql)), binding_(binding) {}

    /// Whether there is a transaction of the caller's, which has them.
    bool held() const noexcept { return held_; }

    bool empty() const noexcept { return sql_.empty(); }
    const char* sql() const noexcept { return sql_.c_str(); }

    /// For a statement between others whose transaction is its own.
    bool precede(const statement_text& text) const noexcept {
        return text.cls == statement_class::shareable
               || (binding_ && text.cls != statement_class::transaction_control
                   && text.cls != statement_class::session_setting);
    }

    /// For a statement of a caller who may have begun a transaction; nothing else is in flight.
    bool precede(const statement_text& text, libpq::transaction_status status) noexcept {
        if (status == libpq::transaction_status::in_transaction) {
            // SET TRANSACTION has to come first; SET LOCAL may as well.
            if (held_ || text.cls == statement_class::session_setting) return false;
            return held_ = true;
        }
        held_ = false;
        return status == libpq::transaction_status::idle && precede(text);
    }

    /// For a BEGIN of the library's own, which it follows at once.
    const std::string& behind_begin() noexcept {
        held_ = true;
        return sql_;
    }

private:
    std::string sql_;
    bool binding_ = false;
    bool held_ = false;   // by the caller's transaction
};

/// Whether the server refused a statement because it was not alone in its transaction (VACUUM, CREATE DATABASE).
inline bool has_to_stand_alone(const error& failure) {
    return failure.code() == sqlstate::active_sql_transaction
           && failure.diagnostics().routine == "PreventInTransactionBlock";
}

/// What its caller is told then, instead of the server's words about a transaction that the caller did not begin.
inline error refused_for_settings(const error& failure) {
    return error(make_error_code(errc::unsupported_by_pooler),
                 "session_settings are set in each transaction behind a pooler, and this statement cannot run in one",
                 failure.diagnostics().sql, failure.execution());
}

} // namespace pgcoro::session

// Run-time parameters that have to be set for each transaction anew, since the next one may run on another server
// connection.
#pragma once

#include <pgcoro/core/error.hpp>
#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/core/sql_script.hpp>
#include <pgcoro/core/statement_class.hpp>
#include <pgcoro/core/statement_text.hpp>
#include <pgcoro/core/transaction_effect.hpp>
#include <pgcoro/libpq/connection.hpp>
#include <pgcoro/session/spliced_text.hpp>

#include <string>
#include <string_view>
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
    bool precede(const statement_text& text) const noexcept { return precede(text.cls); }

    /// For a statement of a caller who may have begun a transaction; nothing else is in flight. SET TRANSACTION has to come
    /// before the first query of its transaction, which the statement that sets parameters is.
    bool precede(const statement_text& text, libpq::transaction_status status) noexcept {
        if (status == libpq::transaction_status::in_transaction) {
            const auto effect = core::transaction_effect_of(text.text, text.cls);
            if (effect == core::transaction_effect::ends) held_ = false;   // AND CHAIN begins another one
            if (held_ || effect != core::transaction_effect::none) return false;
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

    /// For a text of several statements, which may begin and end transactions: copies it with the statement that sets the
    /// parameters before the first of each transaction.
    /// @param status of the connection before
    void spread(std::string_view script, libpq::transaction_status status, spliced_text& into);

private:
    bool precede(statement_class cls) const noexcept {
        return cls == statement_class::shareable
               || (binding_ && cls != statement_class::transaction_control && cls != statement_class::session_setting);
    }

    std::string sql_;
    bool binding_ = false;
    bool held_ = false;   // by the caller's transaction
};

#if PGCORO_HAS_DEFINITIONS

PGCORO_DECL void local_settings::spread(std::string_view script, libpq::transaction_status status, spliced_text& into) {
    using core::transaction_effect;
    if (status == libpq::transaction_status::idle) held_ = false;
    bool due = !held_ && status != libpq::transaction_status::failed;
    const bool alone = status == libpq::transaction_status::idle && core::is_single_statement(script);
    std::size_t copied = 0;
    core::sql_script statements(script);
    for (auto next = statements.next(); !next.text.empty(); next = statements.next()) {
        const auto effect = core::transaction_effect_of(next.text, next.cls);
        const bool wanted = alone ? precede(next.cls) : effect == transaction_effect::none;
        const auto at = static_cast<std::size_t>(next.text.data() - script.data());
        if (due && wanted) {
            into.append(script.substr(copied, at - copied));
            into.insert(sql_);
            copied = at;
            due = false;
        }
        if (effect == transaction_effect::ends) due = true;
    }
    into.append(script.substr(copied));
    held_ = !due;
}

#endif

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

// Which failures the session mends by itself, and what they mean for the statement.
#pragma once

#include <pgcoro/core/error.hpp>
#include <pgcoro/core/error_kind.hpp>
#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/core/statement_atomicity.hpp>
#include <pgcoro/core/statement_text.hpp>

namespace pgcoro::session {

/// What decides whether a failed statement may be prepared and run again.
struct failed_attempt {
    bool from_cache;       ///< its name or its description was known from before
    bool parsed;           ///< the server got as far as running it
    bool shareable;        ///< of the class that cannot have committed part of its work
    bool in_transaction;   ///< the connection is inside a transaction
    bool second;           ///< it was tried again before
};

/// Whether the failure shows that what was cached about a statement is out of date: its name is unknown to the server
/// (26000), its result type changed (0A000 from RevalidateCachedQuery; messages are localised, routines are not),
/// one of its parameter types was dropped and made again (XX000 from getTypeInputInfo) or a column's type was
/// altered (42804, or 42883 where an operator for the old type is missing). A Parse with parameter types that are gone
/// fails with XX000, from a routine that depends on the statement.
bool says_outdated(const error& failure, bool parsed);

/// Whether to prepare the statement anew and send it once more, unseen by its caller.
bool should_prepare_again(const error& failure, const failed_attempt& attempt);

/// Whether a statement that could not be described may be right all the same once the statements before it have run,
/// which may make what it names: tables, columns, types, functions, schemas.
bool may_depend_on_earlier(const error& failure);

/// What the server's error means for the statement's effects. A statement of the shareable class fails as a whole.
/// Others are left unknown by being cancelled (57014) and by what would be a reason to repeat them (40001, 40P01, 55P03,
/// class 53); and those that commit on their way, such as CALL or VACUUM, by every error once they ran. An error at a place
/// in their text was found before that, and so was that they cannot run inside a transaction block (25001, also where it has
/// become an error of the client's), or that nothing can in one that has failed (25P02).
execution_state execution_after(const error& failure, const statement_text& of, bool parsed);

/// Whether the error is a cancel that we caused ourselves: 57014 while our own cancel was under way.
bool is_stray_cancel(const error& failure, bool own_cancel_outstanding);

#if PGCORO_HAS_DEFINITIONS

PGCORO_DECL bool says_outdated(const error& failure, bool parsed) {
    const auto& code = failure.code();
    const auto& routine = failure.diagnostics().routine;
    return code == sqlstate::invalid_sql_statement_name
           || (code == sqlstate::feature_not_supported && routine == "RevalidateCachedQuery")
           || (code == sqlstate::internal_error && (!parsed || routine == "getTypeInputInfo"))
           || code == sqlstate::datatype_mismatch || code == sqlstate::undefined_function;
}

PGCORO_DECL bool should_prepare_again(const error& failure, const failed_attempt& attempt) {
    return attempt.from_cache && !attempt.second && !attempt.in_transaction
           && (attempt.shareable || !attempt.parsed) && says_outdated(failure, attempt.parsed);
}

PGCORO_DECL bool may_depend_on_earlier(const error& failure) {
    const auto& code = failure.code();
    return code == sqlstate::undefined_table || code == sqlstate::undefined_column
           || code == sqlstate::undefined_object || code == sqlstate::undefined_function
           || code == sqlstate::invalid_schema_name;
}

PGCORO_DECL execution_state execution_after(const error& failure, const statement_text& of, bool parsed) {
    if (of.cls == statement_class::shareable) return execution_state::rejected;
    const bool interrupted = failure.code() == sqlstate::query_canceled || is_transient(failure);
    const bool refused =
        failure.code() == sqlstate::active_sql_transaction || failure.code() == sqlstate::in_failed_sql_transaction
        || failure.code().category() == client_category();
    const bool ran = parsed && !refused && failure.diagnostics().position == 0;
    return interrupted || (ran && core::commits_on_its_way(of.text, of.cls)) ? execution_state::unknown
                                                                            : execution_state::rejected;
}

PGCORO_DECL bool is_stray_cancel(const error& failure, bool own_cancel_outstanding) {
    return own_cancel_outstanding && failure.code() == sqlstate::query_canceled;
}

#endif

} // namespace pgcoro::session

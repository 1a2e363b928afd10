// What compilers and run-time errors say about a statement that is refused.
#pragma once

#include <pgcoro/core/error.hpp>
#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/core/statement_text.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace pgcoro::core {

/// Which statements a verb takes.
enum class sql_scope : unsigned char {
    pool,   ///< on a connection that the pool chooses: nothing that changes the state of a session
    batch,  ///< in a batch, whoever it will be given to: no transaction control
    session,///< on a connection or lease of the caller's own: everything but COPY from and to the client
    copy    ///< COPY from and to the client alone
};

/// Stands for a number of arguments where none are given yet.
inline constexpr std::size_t any_argument_count = static_cast<std::size_t>(-1);

/// The class is one that the verbs of this scope refuse.
constexpr bool is_refused(statement_class cls, sql_scope scope) noexcept {
    if (scope == sql_scope::copy) return cls != statement_class::copy;
    if (cls == statement_class::copy) return true;
    if (scope == sql_scope::batch) return cls == statement_class::transaction_control;
    return scope == sql_scope::pool && cls != statement_class::empty && cls != statement_class::shareable
           && cls != statement_class::exclusive;
}

/// Functions that a constant expression must not call: a compiler that meets one shows its name.
namespace sql_error {
inline void this_text_is_empty() {}
inline void this_text_contains_a_nul_byte() {}
inline void a_string_quoted_identifier_or_comment_is_not_terminated() {}
inline void only_one_statement_is_allowed_here__see_execute_script_or_batch() {}
inline void placeholders_go_from_1_to_65535() {}
inline void a_placeholder_is_missing_below_the_highest_one() {}
inline void fewer_arguments_than_placeholders() {}
inline void more_arguments_than_placeholders() {}
inline void transaction_control_needs_pool_transaction_or_begin() {}
inline void set_reset_discard_need_a_lease_from_acquire_or_session_settings() {}
inline void listen_unlisten_need_a_pgcoro_listener() {}
inline void prepare_execute_deallocate_need_a_lease_from_acquire__statements_are_prepared_anyway() {}
inline void declare_fetch_move_close_need_stream_or_a_transaction() {}
inline void lock_needs_a_transaction() {}
inline void copy_from_stdin_to_stdout_needs_copy_in_or_copy_out() {}
inline void copy_in_raw_and_copy_out_raw_take_copy_from_stdin_or_to_stdout() {}
} // namespace sql_error

consteval void refuse_fault(sql_fault fault) {
    switch (fault) {
    case sql_fault::none: return;
    case sql_fault::empty: return sql_error::this_text_is_empty();
    case sql_fault::contains_nul: return sql_error::this_text_contains_a_nul_byte();
    case sql_fault::unterminated: return sql_error::a_string_quoted_identifier_or_comment_is_not_terminated();
    case sql_fault::several_statements:
        return sql_error::only_one_statement_is_allowed_here__see_execute_script_or_batch();
    case sql_fault::invalid_placeholder: return sql_error::placeholders_go_from_1_to_65535();
    case sql_fault::missing_parameter: return sql_error::a_placeholder_is_missing_below_the_highest_one();
    }
}

consteval void refuse_class(statement_class cls, sql_scope scope) {
    if (!is_refused(cls, scope)) return;
    if (scope == sql_scope::copy)
        return sql_error::copy_in_raw_and_copy_out_raw_take_copy_from_stdin_or_to_stdout();
    switch (cls) {
    case statement_class::transaction_control:
        return sql_error::transaction_control_needs_pool_transaction_or_begin();
    case statement_class::session_setting:
        return sql_error::set_reset_discard_need_a_lease_from_acquire_or_session_settings();
    case statement_class::notification: return sql_error::listen_unlisten_need_a_pgcoro_listener();
    case statement_class::prepared:
        return sql_error::
            prepare_execute_deallocate_need_a_lease_from_acquire__statements_are_prepared_anyway();
    case statement_class::cursor: return sql_error::declare_fetch_move_close_need_stream_or_a_transaction();
    case statement_class::lock: return sql_error::lock_needs_a_transaction();
    case statement_class::copy: return sql_error::copy_from_stdin_to_stdout_needs_copy_in_or_copy_out();
    case statement_class::empty:
    case statement_class::shareable:
    case statement_class::exclusive: return;
    }
}

/// Refuses at compile time what `check_sql` refuses at run time.
consteval void refuse_sql(const statement_text& statement, std::size_t argument_count, sql_scope scope) {
    refuse_fault(statement.fault);
    refuse_class(statement.cls, scope);
    if (argument_count == any_argument_count) return;
    if (argument_count < statement.parameter_count) sql_error::fewer_arguments_than_placeholders();
    if (argument_count > statement.parameter_count) sql_error::more_arguments_than_placeholders();
}

/// What to do instead of giving a statement of a refused class to a verb that refuses it.
constexpr std::string_view right_verb(statement_class cls) noexcept {
    switch (cls) {
    case statement_class::transaction_control: return "transaction control needs transaction() or begin()";
    case statement_class::session_setting:
        return "SET, RESET and DISCARD need a lease from acquire(), or pool_options::session_settings";
    case statement_class::notification: return "LISTEN and UNLISTEN need a pgcoro::listener";
    case statement_class::prepared:
        return "PREPARE, EXECUTE and DEALLOCATE need a lease from acquire(); statements are prepared anyway";
    case statement_class::cursor: return "DECLARE, FETCH, MOVE and CLOSE need stream() or a transaction";
    case statement_class::lock: return "LOCK needs a transaction";
    case statement_class::copy: return "COPY FROM STDIN and TO STDOUT need copy_in or copy_out";
    case statement_class::empty:
    case statement_class::shareable:
    case statement_class::exclusive: break;
    }
    return {};
}

error fault_error(const statement_text& statement);

/// Checks a statement before it is sent; nothing to do for one that was checked at compile time.
/// @return nothing if it may be sent; else an error with `execution_state::not_sent` and
/// - `errc::invalid_sql`: the text is empty, has a NUL byte, an unterminated part or several statements;
/// - `errc::not_shareable`: its class is refused in this scope; the message names the right verb;
/// - `errc::parameter_count`: the number of arguments differs from the highest placeholder, or there is a
/// gap.
std::optional<error> check_sql(const statement_text& statement, std::size_t argument_count,
                               sql_scope scope);

} // namespace pgcoro::core

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/core/sql_refusals_definitions.hpp>
#endif

// Coarse answers about an error: of what kind it is, and whether waiting helps.
#pragma once

#include <pgcoro/core/errc.hpp>
#include <pgcoro/core/error.hpp>
#include <pgcoro/core/sqlstate.hpp>

#include <boost/system/error_code.hpp>

#include <string_view>

namespace pgcoro {

/// What an error means to a program, be it of the client or the server: the rows of a switch in an
/// application. The function `error_kind` tells it. (Beside that function the type alone is spelled
/// `error_kind_t`; its enumerators are `error_kind::timeout` and so on.)
enum class error_kind : unsigned char {
    connection_failed,      ///< no connection could be opened
    authentication_failed,  ///< the server refused user, password or method
    connection_lost,        ///< an open connection broke, or was closed already
    query_failed,           ///< the server failed a statement for a reason without a kind of its own
    pool_exhausted,         ///< no connection became free, or too many wait for one
    pool_closed,            ///< the pool is closed
    timeout,                ///< a time limit of client or server passed
    cancelled,              ///< the caller, or somebody at the server, cancelled it
    invalid_query,          ///< wrong SQL, or SQL and C++ do not go together: a bug in the program
    permission_denied,      ///< the user may not do this
    table_not_found,        ///< the relation does not exist
    constraint_violation,   ///< a unique, foreign key, check, exclusion or not-null constraint
    serialization_failure,  ///< a conflict with another transaction or a deadlock: run the transaction again
    lock_not_available,     ///< somebody else holds the lock
    transaction_aborted,    ///< the state of the transaction does not allow this
    commit_in_doubt,        ///< the transaction may or may not have been committed
    invalid_data,           ///< a value that SQL or C++ cannot take
    not_found,              ///< no row where one was asked for
    too_many_rows,          ///< more rows than were asked for
    configuration,          ///< options or settings that make no sense
    unsupported,            ///< not possible with this server or pooler
    server_shutting_down,   ///< the server stops, starts or crashed
    insufficient_resources, ///< the server is out of memory, disk, connections or another limit
    server_failure,         ///< the server's own failure: I/O, corruption, internal errors
    protocol,               ///< client and server do not understand each other
    other                   ///< a code that is neither `errc` nor `sqlstate`
};

using error_kind_t = error_kind;

/// The enumerator's name.
constexpr std::string_view to_string(error_kind_t kind) noexcept {
    switch (kind) {
    case error_kind_t::connection_failed: return "connection_failed";
    case error_kind_t::authentication_failed: return "authentication_failed";
    case error_kind_t::connection_lost: return "connection_lost";
    case error_kind_t::query_failed: return "query_failed";
    case error_kind_t::pool_exhausted: return "pool_exhausted";
    case error_kind_t::pool_closed: return "pool_closed";
    case error_kind_t::timeout: return "timeout";
    case error_kind_t::cancelled: return "cancelled";
    case error_kind_t::invalid_query: return "invalid_query";
    case error_kind_t::permission_denied: return "permission_denied";
    case error_kind_t::table_not_found: return "table_not_found";
    case error_kind_t::constraint_violation: return "constraint_violation";
    case error_kind_t::serialization_failure: return "serialization_failure";
    case error_kind_t::lock_not_available: return "lock_not_available";
    case error_kind_t::transaction_aborted: return "transaction_aborted";
    case error_kind_t::commit_in_doubt: return "commit_in_doubt";
    case error_kind_t::invalid_data: return "invalid_data";
    case error_kind_t::not_found: return "not_found";
    case error_kind_t::too_many_rows: return "too_many_rows";
    case error_kind_t::configuration: return "configuration";
    case error_kind_t::unsupported: return "unsupported";
    case error_kind_t::server_shutting_down: return "server_shutting_down";
    case error_kind_t::insufficient_resources: return "insufficient_resources";
    case error_kind_t::server_failure: return "server_failure";
    case error_kind_t::protocol: return "protocol";
    case error_kind_t::other: return "other";
    }
    return "other";
}

namespace core {

constexpr error_kind_t kind_of(errc code) noexcept {
    switch (code) {
    case errc::connect_failed: return error_kind_t::connection_failed;
    case errc::connect_timeout:
    case errc::query_timeout: return error_kind_t::timeout;
    case errc::authentication_failed: return error_kind_t::authentication_failed;
    case errc::connection_lost:
    case errc::not_connected:
    case errc::listener_gap: return error_kind_t::connection_lost;
    case errc::operation_cancelled: return error_kind_t::cancelled;
    case errc::acquire_timeout:
    case errc::pool_overloaded: return error_kind_t::pool_exhausted;
    case errc::pool_closed: return error_kind_t::pool_closed;
    case errc::no_rows: return error_kind_t::not_found;
    case errc::too_many_rows: return error_kind_t::too_many_rows;
    case errc::column_missing:
    case errc::type_mismatch:
    case errc::parameter_count:
    case errc::not_shareable:
    case errc::invalid_sql:
    case errc::schema_mismatch: return error_kind_t::invalid_query;
    case errc::unexpected_null:
    case errc::value_out_of_range: return error_kind_t::invalid_data;
    case errc::protocol_error: return error_kind_t::protocol;
    case errc::transaction_aborted: return error_kind_t::transaction_aborted;
    case errc::commit_in_doubt: return error_kind_t::commit_in_doubt;
    case errc::copy_failed: return error_kind_t::query_failed;
    case errc::unsupported_by_pooler: return error_kind_t::unsupported;
    case errc::wrong_thread:
    case errc::configuration_invalid: return error_kind_t::configuration;
    }
    return error_kind_t::other;
}

constexpr error_kind_t kind_of(sqlstate_class code) noexcept {
    switch (code) {
    case sqlstate_class::no_data: return error_kind_t::not_found;
    case sqlstate_class::connection_exception: return error_kind_t::connection_lost;
    case sqlstate_class::feature_not_supported: return error_kind_t::unsupported;
    case sqlstate_class::data_exception: return error_kind_t::invalid_data;
    case sqlstate_class::integrity_constraint_violation:
    case sqlstate_class::with_check_option_violation: return error_kind_t::constraint_violation;
    case sqlstate_class::invalid_transaction_initiation:
    case sqlstate_class::invalid_transaction_state:
    case sqlstate_class::invalid_transaction_termination:
    case sqlstate_class::savepoint_exception: return error_kind_t::transaction_aborted;
    case sqlstate_class::invalid_authorization_specification: return error_kind_t::authentication_failed;
    case sqlstate_class::invalid_sql_statement_name:
    case sqlstate_class::invalid_cursor_name:
    case sqlstate_class::invalid_schema_name:
    case sqlstate_class::syntax_error_or_access_rule_violation: return error_kind_t::invalid_query;
    case sqlstate_class::invalid_catalog_name: return error_kind_t::connection_failed;
    case sqlstate_class::transaction_rollback:
    case sqlstate_class::snapshot_failure: return error_kind_t::serialization_failure;
    case sqlstate_class::insufficient_resources:
    case sqlstate_class::program_limit_exceeded: return error_kind_t::insufficient_resources;
    case sqlstate_class::configuration_file_error: return error_kind_t::configuration;
    case sqlstate_class::system_error:
    case sqlstate_class::internal_error: return error_kind_t::server_failure;
    default: return error_kind_t::query_failed;
    }
}

/// Where a code differs from the rest of its class.
constexpr error_kind_t kind_of(sqlstate code) noexcept {
    switch (code) {
    case sqlstate::sqlclient_unable_to_establish_sqlconnection:
    case sqlstate::sqlserver_rejected_establishment_of_sqlconnection: return error_kind_t::connection_failed;
    case sqlstate::transaction_resolution_unknown:
    case sqlstate::statement_completion_unknown: return error_kind_t::commit_in_doubt;
    case sqlstate::protocol_violation: return error_kind_t::protocol;
    case sqlstate::idle_in_transaction_session_timeout:
    case sqlstate::transaction_timeout: return error_kind_t::timeout;
    case sqlstate::idle_session_timeout: return error_kind_t::connection_lost;
    case sqlstate::insufficient_privilege: return error_kind_t::permission_denied;
    case sqlstate::transaction_integrity_constraint_violation: return error_kind_t::constraint_violation;
    case sqlstate::undefined_table: return error_kind_t::table_not_found;
    case sqlstate::lock_not_available: return error_kind_t::lock_not_available;
    case sqlstate::query_canceled: return error_kind_t::cancelled;
    case sqlstate::admin_shutdown:
    case sqlstate::crash_shutdown:
    case sqlstate::cannot_connect_now: return error_kind_t::server_shutting_down;
    case sqlstate::no_data_found: return error_kind_t::not_found;
    case sqlstate::too_many_rows: return error_kind_t::too_many_rows;
    default: return kind_of(class_of(code));
    }
}

constexpr bool is_transient(errc code) noexcept {
    switch (code) {
    case errc::connect_failed:
    case errc::connect_timeout:
    case errc::connection_lost:
    case errc::acquire_timeout:
    case errc::pool_overloaded: return true;
    default: return false;
    }
}

constexpr bool is_transient(sqlstate code) noexcept {
    switch (code) {
    case sqlstate::serialization_failure:
    case sqlstate::deadlock_detected:
    case sqlstate::snapshot_too_old:
    case sqlstate::lock_not_available:
    case sqlstate::admin_shutdown:
    case sqlstate::crash_shutdown:
    case sqlstate::cannot_connect_now:
    case sqlstate::idle_session_timeout: return true;
    case sqlstate::transaction_resolution_unknown:
    case sqlstate::protocol_violation: return false;
    default:
        return class_of(code) == sqlstate_class::connection_exception
               || class_of(code) == sqlstate_class::insufficient_resources;
    }
}

} // namespace core

/// The kind of an error code.
inline error_kind_t error_kind(const boost::system::error_code& code) noexcept {
    if (code.category() == client_category()) return core::kind_of(static_cast<errc>(code.value()));
    if (code.category() == server_category()) return core::kind_of(static_cast<sqlstate>(code.value()));
    return error_kind_t::other;
}

/// The kind of an error.
inline error_kind_t error_kind(const error& e) noexcept { return error_kind(e.code()); }

/// Whether the cause of an error may be gone in a moment, so that the same may succeed then:
/// - a connection that cannot be opened or was lost (`connect_failed`, `connect_timeout`,
///   `connection_lost`, the server's class 08), a server that stops, starts or crashed (57P01 to 57P03),
///   a session that was closed for being idle (57P05);
/// - a pool without a free connection (`acquire_timeout`, `pool_overloaded`), a server short of resources
///   (class 53);
/// - conflicts with others: 40001, 40P01, 55P03, 72000.
///
/// It is a statement about the cause alone. Whether it is *safe* to repeat what failed,
/// `error::execution()` says. A commit in doubt (`commit_in_doubt`, 08007, 40003) is never transient, nor is
/// a time limit that a statement exceeded, nor a violation of the protocol (08P01).
inline bool is_transient(const boost::system::error_code& code) noexcept {
    if (code.category() == client_category()) return core::is_transient(static_cast<errc>(code.value()));
    if (code.category() == server_category()) return core::is_transient(static_cast<sqlstate>(code.value()));
    return false;
}

/// Whether the cause of an error may be gone in a moment.
inline bool is_transient(const error& e) noexcept { return is_transient(e.code()); }

} // namespace pgcoro

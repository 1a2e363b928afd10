// The client's own error codes.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/error_condition.hpp>
#include <boost/system/errc.hpp>

#include <type_traits>

namespace pgcoro {

/// What can go wrong on the client's side of a connection. What the server reports is a `sqlstate`.
///
/// `operation_cancelled` equals `boost::system::errc::operation_canceled`; the time limits
/// (`connect_timeout`, `query_timeout`, `acquire_timeout`) equal `boost::system::errc::timed_out`.
enum class errc {
    connect_failed = 1,      ///< no connection could be opened; the message says why
    connect_timeout,         ///< `connect_timeout` passed before the connection stood
    authentication_failed,   ///< the server refused the user, the password or the method
    connection_lost,         ///< an open connection broke while a statement was on it
    not_connected,           ///< the connection is closed
    query_timeout,           ///< a statement's time limit passed; it is being stopped on the server
    operation_cancelled,     ///< the caller cancelled
    acquire_timeout,         ///< no connection became free within `acquire_timeout`
    pool_overloaded,         ///< `max_waiting` requests wait already
    pool_closed,             ///< the pool is closed, closing or destroyed
    wrong_thread,            ///< a single-threaded pool was used from another thread than its loop's
    no_rows,                 ///< exactly one row was asked for, none came
    too_many_rows,           ///< at most one row was asked for, more came
    column_missing,          ///< a field of the row type has no column in the result
    type_mismatch,           ///< a C++ type does not go with the type of its column or parameter
    unexpected_null,         ///< NULL for a field that is not `std::optional`
    value_out_of_range,      ///< a value that its C++ or SQL type cannot hold
    parameter_count,         ///< the number of arguments differs from the number of parameters
    protocol_error,          ///< the server's answer was not what the protocol allows here
    transaction_aborted,     ///< a commit was asked of a transaction that had failed
    commit_in_doubt,         ///< the connection broke during COMMIT; whether it happened is unknown
    copy_failed,             ///< a COPY did not go through
    listener_gap,            ///< notifications may have been missed
    unsupported_by_pooler,   ///< not possible through the connection pooler in between
    not_shareable,           ///< a statement that may not travel on a shared connection
    configuration_invalid,   ///< a connection string or an option that makes no sense
    invalid_sql,             ///< text that cannot be one statement, or a name that cannot be an identifier
    schema_mismatch          ///< declared statements do not go with the database; the message lists all differences
};

/// The category of `errc`.
const boost::system::error_category& client_category() noexcept;

inline boost::system::error_code make_error_code(errc value) noexcept {
    return {static_cast<int>(value), client_category()};
}

} // namespace pgcoro

template <>
struct boost::system::is_error_code_enum<pgcoro::errc> : std::true_type {};

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/core/errc_definitions.hpp>
#endif

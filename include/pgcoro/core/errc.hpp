// The client's own error codes.
#pragma once

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/error_condition.hpp>
#include <boost/system/errc.hpp>

#include <string>
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

namespace core {

class client_error_category final : public boost::system::error_category {
public:
    const char* name() const noexcept override { return "pgcoro"; }

    std::string message(int value) const override { return text(static_cast<errc>(value)); }

    boost::system::error_condition default_error_condition(int value) const noexcept override {
        namespace generic = boost::system::errc;
        switch (static_cast<errc>(value)) {
        case errc::operation_cancelled: return generic::make_error_condition(generic::operation_canceled);
        case errc::connect_timeout:
        case errc::query_timeout:
        case errc::acquire_timeout: return generic::make_error_condition(generic::timed_out);
        default: return {value, *this};
        }
    }

    static const char* text(errc value) noexcept {
        switch (value) {
        case errc::connect_failed: return "connection could not be opened";
        case errc::connect_timeout: return "connection was not established in time";
        case errc::authentication_failed: return "server refused the authentication";
        case errc::connection_lost: return "connection to the server was lost";
        case errc::not_connected: return "connection is closed";
        case errc::query_timeout: return "statement exceeded its time limit";
        case errc::operation_cancelled: return "operation was cancelled";
        case errc::acquire_timeout: return "no connection became free in time";
        case errc::pool_overloaded: return "too many requests wait for a connection";
        case errc::pool_closed: return "pool is closed";
        case errc::wrong_thread: return "single-threaded pool used from another thread";
        case errc::no_rows: return "no rows";
        case errc::too_many_rows: return "more than one row";
        case errc::column_missing: return "column is missing from the result";
        case errc::type_mismatch: return "types do not match";
        case errc::unexpected_null: return "unexpected NULL";
        case errc::value_out_of_range: return "value out of range";
        case errc::parameter_count: return "wrong number of arguments";
        case errc::protocol_error: return "protocol violation";
        case errc::transaction_aborted: return "transaction is aborted";
        case errc::commit_in_doubt: return "outcome of the commit is unknown";
        case errc::copy_failed: return "COPY failed";
        case errc::listener_gap: return "notifications may have been missed";
        case errc::unsupported_by_pooler: return "not supported by the connection pooler";
        case errc::not_shareable: return "statement cannot run on a shared connection";
        case errc::configuration_invalid: return "invalid configuration";
        case errc::invalid_sql: return "invalid SQL text";
        case errc::schema_mismatch: return "statements do not go with the schema";
        }
        return "unknown pgcoro error";
    }
};

} // namespace core

inline const boost::system::error_category& client_category() noexcept {
    static const core::client_error_category instance;
    return instance;
}

inline boost::system::error_code make_error_code(errc value) noexcept {
    return {static_cast<int>(value), client_category()};
}

} // namespace pgcoro

template <>
struct boost::system::is_error_code_enum<pgcoro::errc> : std::true_type {};

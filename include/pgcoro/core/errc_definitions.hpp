// What the category of the client says.
#pragma once

#include <pgcoro/core/errc.hpp>
#include <pgcoro/core/separate_compilation.hpp>

#include <string>

namespace pgcoro {

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

PGCORO_DECL const boost::system::error_category& client_category() noexcept {
    static const core::client_error_category instance;
    return instance;
}

} // namespace pgcoro

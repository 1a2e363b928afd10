// A connection that stands alone.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/exclusive_handle.hpp>
#include <pgcoro/operation.hpp>
#include <pgcoro/session/control_job.hpp>
#include <pgcoro/session/connect_options.hpp>
#include <pgcoro/session/pooler.hpp>

#include <utility>

namespace pgcoro {

/// A connection without a pool, made by `connect`. Statements run in the order in which they were begun. The
/// destructor closes it.
///
/// Empty if default-constructed or moved from; empty or closed, operations fail with `errc::not_connected`.
/// Thread safety: as `connection_options::concurrency` says.
class [[nodiscard]] connection : public exclusive_handle<connection> {
public:
    connection() = default;
    explicit connection(session::exclusive_connection_ptr held) noexcept : exclusive_handle(std::move(held)) {}

    /// Waits for what is under way and closes.
    auto close() const {
        using job = session::control_job<void>;
        return operation<void, job>(held(), job(session::request_kind::close));
    }
};

/// Settings of a stand-alone connection.
struct connection_options {
    std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);
    /// Prepared statements that are kept; 0: each execution has a Parse of the unnamed statement of its own.
    std::size_t statement_cache_capacity = 100;
    pgcoro::statement_mode statement_mode = pgcoro::statement_mode::automatic;
    /// Behind a pooler that shares sessions, what would stay with one, such as LISTEN or SET, is refused with
    /// `errc::unsupported_by_pooler`.
    pgcoro::pooler_mode pooler_mode = pgcoro::pooler_mode::automatic;
    /// Leaves the server's messages out of `error::what()`, since they may repeat values; see `pool_options`.
    bool redact_server_messages = false;
    pgcoro::concurrency concurrency = pgcoro::concurrency::thread_safe;
};

namespace connecting {

/// A connection that is to be opened.
session::target_ptr make(const boost::asio::any_io_executor& executor, connect_options where,
                         const connection_options& options);

} // namespace connecting

/// Opens a connection. Errors: `errc::connect_failed`, `errc::connect_timeout`, `errc::authentication_failed`.
inline auto connect(const boost::asio::any_io_executor& executor, connect_options where,
                    connection_options options = {}) {
    using job = session::control_job<connection>;
    return operation<connection, job>(connecting::make(executor, std::move(where), options),
                                      job(session::request_kind::start));
}

} // namespace pgcoro

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/impl/connection.hpp>
#endif

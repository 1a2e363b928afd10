// The connection pool.
#pragma once

#include <pgcoro/batch.hpp>
#include <pgcoro/copy_verbs.hpp>
#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/lease.hpp>
#include <pgcoro/operation.hpp>
#include <pgcoro/pool/pool_options.hpp>
#include <pgcoro/pool/pool_stats.hpp>
#include <pgcoro/query.hpp>
#include <pgcoro/script_verbs.hpp>
#include <pgcoro/session/control_job.hpp>
#include <pgcoro/stream.hpp>
#include <pgcoro/transaction.hpp>

#include <chrono>
#include <concepts>
#include <memory>
#include <source_location>
#include <utility>

namespace pgcoro {

namespace pooling {
class core;
}
class sharded_pool;

/// Connections to one database, opened as needed and shared by many callers. Statements of the shareable kind (SELECT,
/// VALUES, TABLE, WITH, INSERT, UPDATE, DELETE, MERGE) may travel together on pipelined connections, each committing
/// and failing by itself; everything else has a connection to itself while it runs.
///
///     pgcoro::pool pool{ctx, pgcoro::pool_options{.connect = "postgresql://…", .max_connections = 16}};
///     co_await pool.start();
///     auto users = co_await pool.query<user>("select id, name from users where id > $1", 10);
///
/// Thread safety: from any thread, or from the loop's alone, as `pool_options::concurrency` says; `stats` from any.
/// Lifetime: destroying the pool closes its connections and ends what is under way with `errc::pool_closed`. While it
/// is open, it keeps its execution context's `run` from returning.
class pool : public query_verbs<pool, pool_sql>,
             public batch_verbs<pool, pool_sql>,
             public transaction_verbs<pool>,
             public stream_verbs<pool, pool_sql, streams::place::pool>,
             public copy_verbs<pool, true>,
             public script_verbs<pool, true> {
public:
    using executor_type = boost::asio::any_io_executor;

private:
    template <class T>
    auto control(session::request_kind kind, std::source_location where = {}) const {
        using job = session::control_job<T>;
        return operation<T, job>(core_, job(kind, where));
    }

public:
    /// Opens nothing yet. Throws `errc::configuration_invalid` for options that make no sense.
    pool(const executor_type& executor, pool_options options);

    /// The same for an execution context, such as `boost::asio::io_context`.
    template <class Context>
        requires std::convertible_to<Context&, boost::asio::execution_context&>
    pool(Context& context, pool_options options) : pool(context.get_executor(), std::move(options)) {}

    pool(pool&&) noexcept = default;
    pool& operator=(pool&&) = delete;

    ~pool();

    /// Opens `min_connections` connections, at least one, and completes when they stand; fails with the reason of the
    /// first that could not be opened: `errc::connect_failed`, `errc::connect_timeout`,
    /// `errc::authentication_failed`. Not required: a pool that was not started opens connections when it needs them.
    auto start() const { return control<void>(session::request_kind::start); }

    /// Takes a connection out of the pool for one's own use.
    /// Errors: `errc::acquire_timeout`, which says who holds the oldest lease; `errc::pool_overloaded`.
    /// @param where named in that error
    auto acquire(std::source_location where = std::source_location::current()) const {
        return control<lease>(session::request_kind::connection, where);
    }

    /// Refuses new work with `errc::pool_closed`, waits for what is under way, leases included, and closes all
    /// connections.
    auto close() const { return control<void>(session::request_kind::close); }

    /// The same, but after `drain` what still runs is ended, too.
    auto close(std::chrono::milliseconds drain) const {
        return control<void>(session::request_kind::close).timeout(drain);
    }

    /// The pool's figures. Thread-safe.
    pool_stats stats() const noexcept;

    const pool_options& options() const noexcept;

    executor_type get_executor() const noexcept { return core_->runtime_of().inner_executor(); }

private:
    friend class sharded_pool;
    friend class query_verbs<pool, pool_sql>;
    friend class batch_verbs<pool, pool_sql>;
    friend class transaction_verbs<pool>;
    friend class stream_verbs<pool, pool_sql, streams::place::pool>;
    friend class copy_verbs<pool, true>;
    friend class script_verbs<pool, true>;

    session::target_ptr target() const noexcept { return core_; }
    session::exclusive_connection_ptr own() const noexcept { return nullptr; }

    /// Ends what is under way with `errc::pool_closed`, soon and on the pool's executor, and refuses what comes after.
    void end() const;

    pooling::core& core() const noexcept;

    session::target_ptr core_;
};

} // namespace pgcoro

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/impl/pool.hpp>
#endif

// Transactions and savepoints.
#pragma once

#include <pgcoro/batch.hpp>
#include <pgcoro/commit_resolution.hpp>
#include <pgcoro/copy_verbs.hpp>
#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/operation.hpp>
#include <pgcoro/prepare.hpp>
#include <pgcoro/query.hpp>
#include <pgcoro/session/transaction_scope.hpp>
#include <pgcoro/stream.hpp>
#include <pgcoro/transaction_options.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>

#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

namespace pgcoro {

class transaction;

namespace transactions {

template <class T>
struct awaited;
template <class T, class Executor>
struct awaited<boost::asio::awaitable<T, Executor>> {
    using type = T;
};

/// A coroutine that gets a transaction.
template <class Callback>
concept callback = std::invocable<Callback&, transaction&>
                   && requires { typename awaited<std::invoke_result_t<Callback&, transaction&>>::type; };

template <class Callback>
using value_of = typename awaited<std::invoke_result_t<Callback&, transaction&>>::type;

/// True for what `transaction` and `savepoint` can call; anything else does not compile, and says what to change.
/// @tparam Callback the deduced type of a forwarding reference
template <class Callback>
constexpr bool require_callback() {
    static_assert(callback<std::remove_reference_t<Callback>>,
                  "the callback of a transaction is a coroutine: [&](pgcoro::transaction& tx) -> "
                  "boost::asio::awaitable<void> { ... }");
    static_assert(!unsafe_in_await_v<Callback>,
                  "GCC 12 destroys temporaries of this lambda twice in an expression with co_await: capture by "
                  "reference, or pass a named lambda without std::move");
    return callback<std::remove_reference_t<Callback>> && !unsafe_in_await_v<Callback>;
}

/// COMMIT, ROLLBACK and their kin for savepoints.
class end_job {
public:
    /// @param resolve_within how long may be spent on finding out what became of a COMMIT; 0: no time
    explicit end_job(session::request_kind kind, std::chrono::milliseconds resolve_within = {}) noexcept
        : kind_(kind), resolve_within_(resolve_within) {}

    template <class T, bool AsResult, class Settings, class Handler>
    void begin(session::target_ptr on, const Settings& settings, Handler&& handler) {
        if (resolve_within_ != std::chrono::milliseconds::zero() && on != nullptr)
            return begin_with_resolution<T, AsResult>(on, settings, std::forward<Handler>(handler));
        using typed_request = session::caller_request<T, AsResult, end_job, std::decay_t<Handler>>;
        typed_request::begin(std::move(on), settings.time_limit, false, std::move(*this), std::forward<Handler>(handler));
    }

    void describe(session::request& r) const {
        r.kind = kind_;
        r.text.text = kind_ == session::request_kind::commit ? "commit" : "rollback";
    }

    void encode(parameter_buffer&, const session::statement_description&) const {}
    const column_plan* make_plan(session::statement_description&) const { return nullptr; }

    void settle(session::request& r, session::target& of) const {
        static_cast<session::transaction_scope&>(of).ended(r, kind_ == session::request_kind::commit);
    }

private:
    template <class T, bool AsResult, class Settings, class Handler>
    void begin_with_resolution(const session::target_ptr& on, const Settings& settings, Handler&& handler);

    session::request_kind kind_;
    std::chrono::milliseconds resolve_within_;
};

/// COMMIT; and if its answer is lost, the truth from another connection.
boost::asio::awaitable<void> commit_and_resolve(session::target_ptr of, session::clock::duration time_limit,
                                                std::chrono::milliseconds within);

template <class T, bool AsResult, class Settings, class Handler>
void end_job::begin_with_resolution(const session::target_ptr& on, const Settings& settings, Handler&& handler) {
    namespace asio = boost::asio;
    const auto executor = asio::get_associated_executor(handler, on->runtime_of().inner_executor());
    const auto slot = asio::get_associated_cancellation_slot(handler);
    auto answer = [handler = std::decay_t<Handler>(std::forward<Handler>(handler))](std::exception_ptr thrown) mutable {
        if (!thrown) {
            if constexpr (AsResult) return std::move(handler)(boost::system::result<void, error>());
            else return std::move(handler)(std::exception_ptr());
        }
        try {
            std::rethrow_exception(thrown);
        } catch (const error& reason) {
            session::complete_with_error<T, AsResult>(handler, reason);
        } catch (const std::exception&) {   // of Asio's, when the coroutine is cancelled between two steps
            session::complete_with_error<T, AsResult>(
                handler, error(make_error_code(errc::operation_cancelled), "cancelled by the caller", "commit",
                               execution_state::unknown));
        }
    };
    asio::co_spawn(executor, commit_and_resolve(on, settings.time_limit, resolve_within_),
                   asio::bind_cancellation_slot(slot, asio::bind_executor(executor, std::move(answer))));
}

} // namespace transactions

/// A transaction under way, made by `begin` or `transaction`; or a savepoint in one, made by `savepoint`.
///
/// BEGIN travels with the first statement; a transaction without statements costs nothing. Destroyed without `commit`,
/// it is rolled back before its connection is used again. Statements run in the order in which they were begun. After
/// one has failed the server refuses all others until a rollback, to a savepoint if there is one.
///
/// Empty if default-constructed or moved from: then operations fail with `errc::not_connected`; after it has ended with
/// `errc::transaction_aborted`. Lifetime: one begun on a lease or connection must not be used after that is gone.
/// Thread safety: as the pool's; one statement after another is the holder's business.
class [[nodiscard]] transaction : public query_verbs<transaction, session_sql>,
                                  public batch_verbs<transaction, session_sql>,
                                  public prepare_verbs<transaction>,
                                  public stream_verbs<transaction, session_sql, streams::place::transaction>,
                                  public copy_verbs<transaction> {
public:
    transaction() = default;
    explicit transaction(session::transaction_scope_ptr scope, std::chrono::milliseconds resolve_within = {}) noexcept
        : scope_(std::move(scope)), resolve_within_(resolve_within) {}
    transaction(transaction&&) noexcept = default;

    transaction& operator=(transaction&& other) noexcept {
        if (this != &other) {
            abandon();
            scope_ = std::move(other.scope_);
            resolve_within_ = other.resolve_within_;
        }
        return *this;
    }

    ~transaction() { abandon(); }

    explicit operator bool() const noexcept { return scope_ != nullptr; }

    /// Commits. Errors: `errc::transaction_aborted` if a statement had failed, the server having rolled everything back;
    /// `errc::commit_in_doubt` (`execution_state::unknown`) if the connection was lost before the answer, never sent
    /// again unless the transaction's `resolve_commit` finds the outcome; what the server reports, such as 40001 or a deferred constraint: then nothing was committed.
    /// The connection of a transaction from a pool is returned.
    auto commit() const { return end(session::request_kind::commit); }

    /// Undoes everything. The connection of a transaction from a pool is returned.
    auto rollback() const { return end(session::request_kind::rollback); }

    /// Runs `callback(pgcoro::transaction&)`, a coroutine, within a savepoint: released when it returns, rolled back alone
    /// when it throws. Yields what the callback yields. Errors: what the callback throws;
    /// `errc::transaction_aborted` if it swallowed a failure.
    template <class Callback>
    auto savepoint(Callback&& callback) const {
        static_assert(transactions::require_callback<Callback>());
        return run_in_savepoint(scope_, std::decay_t<Callback>(std::forward<Callback>(callback)));
    }

    /// The process ID of the server's backend; 0 for an empty handle.
    int backend_pid() const noexcept { return scope_ ? scope_->connection()->backend_pid() : 0; }

private:
    friend class query_verbs<transaction, session_sql>;
    friend class prepare_verbs<transaction>;
    friend class batch_verbs<transaction, session_sql>;
    friend class stream_verbs<transaction, session_sql, streams::place::transaction>;
    friend class copy_verbs<transaction>;

    session::target_ptr target() const noexcept { return scope_; }

    operation<void, transactions::end_job> end(session::request_kind how) const {
        return {scope_, transactions::end_job(how, how == session::request_kind::commit
                                                       ? resolve_within_
                                                       : std::chrono::milliseconds::zero())};
    }

    void abandon() noexcept {
        if (const auto scope = std::move(scope_)) scope->abandon_later();
    }

    template <class Callback>
    static boost::asio::awaitable<transactions::value_of<Callback>> run_in_savepoint(session::transaction_scope_ptr outer,
                                                                                     Callback callback) {
        if (outer == nullptr) throw error(make_error_code(errc::not_connected), "the transaction is empty");
        transaction inner(session::transaction_scope_ptr(new session::transaction_scope(std::move(outer))));
        if constexpr (std::is_void_v<transactions::value_of<Callback>>) {
            co_await callback(inner);
            co_await inner.commit();
        } else {
            auto value = co_await callback(inner);
            co_await inner.commit();
            co_return value;
        }
    }

    session::transaction_scope_ptr scope_;
    std::chrono::milliseconds resolve_within_{};
};

namespace transactions {

/// A connection for a transaction: leased, or the one that the caller has.
class begin_job {
public:
    begin_job(session::exclusive_connection_ptr own, const transaction_options& options, std::source_location where)
        : own_(std::move(own)), options_(options), where_(where) {}

    template <class T, bool AsResult, class Settings, class Handler>
    void begin(session::target_ptr on, const Settings& settings, Handler&& handler) {
        using typed_request = session::caller_request<T, AsResult, begin_job, std::decay_t<Handler>>;
        typed_request::begin(std::move(on), settings.time_limit, own_ == nullptr, std::move(*this),
                             std::forward<Handler>(handler));
    }

    void describe(session::request& r) const {
        r.kind = own_ ? session::request_kind::begin : session::request_kind::connection;
        r.where = where_;
        r.text.text = "begin";
    }

    void encode(parameter_buffer&, const session::statement_description&) const {}
    const column_plan* make_plan(session::statement_description&) const { return nullptr; }

    transaction read(session::request& r) const {
        const auto held = own_ ? own_ : boost::static_pointer_cast<session::exclusive_connection>(std::move(r.granted));
        const auto within = options_.resolve_commit ? options_.resolve_within : std::chrono::milliseconds::zero();
        return transaction(session::transaction_scope_ptr(new session::transaction_scope(
                               held, begin_statement(options_), own_ == nullptr,
                               options_.resolve_commit ? identify_transaction : std::string())),
                           within);
    }

private:
    session::exclusive_connection_ptr own_;
    transaction_options options_;
    std::source_location where_;
};

/// Pauses between two attempts.
boost::asio::awaitable<void> pause(std::chrono::milliseconds length);

/// At random in [0, 1).
double chance();

/// Begins, calls back, commits; and all of that again as long as the options say so.
template <class Begin, class Callback>
boost::asio::awaitable<value_of<Callback>> run(Begin begin, transaction_options options, Callback callback) {
    for (unsigned attempt = 1;; ++attempt) {
        try {
            transaction tx = co_await begin(options);
            if constexpr (std::is_void_v<value_of<Callback>>) {
                co_await callback(tx);
                co_await tx.commit();
                co_return;
            } else {
                auto value = co_await callback(tx);
                co_await tx.commit();
                co_return value;
            }
        } catch (const error& failure) {
            if (!options.retry.retries(failure, attempt)) throw;
        }
        co_await pause(options.retry.pause(attempt, chance()));
    }
}

} // namespace transactions

/// Transactions on pools, leases and connections.
/// @tparam Derived has `session::target_ptr target() const`, and `session::exclusive_connection_ptr own() const`, null
///                 for a pool
template <class Derived>
class transaction_verbs {
public:
    /// A transaction to be ended by `commit`; see `pgcoro::transaction`. On a pool it takes a connection, with the errors of
    /// `pool::acquire`.
    auto begin(const transaction_options& options = {},
               std::source_location where = std::source_location::current()) const {
        const auto& self = static_cast<const Derived&>(*this);
        return operation<pgcoro::transaction, transactions::begin_job>(
            self.target(), transactions::begin_job(self.own(), options, where));
    }

    /// Runs `callback(pgcoro::transaction&)`, a coroutine, within a transaction: commits when it returns, rolls back when it
    /// throws, and yields what the callback yields. Begun again as `options.retry` says.
    ///
    ///     auto id = co_await pool.transaction([&](pgcoro::transaction& tx) -> boost::asio::awaitable<int> {
    ///         co_await tx.execute("update …");
    ///         co_return co_await tx.query_one<int>("insert … returning id");
    ///     });
    ///
    /// A second transaction of the same pool within the callback needs a second connection: with `max_connections` of 1
    /// that ends in `errc::acquire_timeout`. Use `savepoint`. Errors: those of `begin` and `commit`, and what the
    /// callback throws.
    template <class Callback>
    auto transaction(const transaction_options& options, Callback&& callback,
                     std::source_location where = std::source_location::current()) const {
        static_assert(transactions::require_callback<Callback>());
        const auto& self = static_cast<const Derived&>(*this);
        auto begin = [target = self.target(), own = self.own(), where](const transaction_options& how) {
            return operation<pgcoro::transaction, transactions::begin_job>(target,
                                                                           transactions::begin_job(own, how, where));
        };
        return transactions::run(std::move(begin), options, std::decay_t<Callback>(std::forward<Callback>(callback)));
    }

    template <class Callback>
        requires(!std::convertible_to<Callback, transaction_options>)
    auto transaction(Callback&& callback, std::source_location where = std::source_location::current()) const {
        return transaction(transaction_options{}, std::forward<Callback>(callback), where);
    }

protected:
    transaction_verbs() = default;
};

} // namespace pgcoro

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/impl/transaction.hpp>
#endif

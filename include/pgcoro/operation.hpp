// Lazy operations: what every verb returns.
#pragma once

#include <pgcoro/core/error.hpp>
#include <pgcoro/session/awaitable_support.hpp>
#include <pgcoro/session/target.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <exception>
#include <type_traits>
#include <utility>

namespace pgcoro {

/// What can be set on an operation before it begins.
struct operation_settings {
    session::clock::duration time_limit = session::clock::duration::max();
    bool exclusive = false;
};

/// How an operation reports failure: by an exception, or in its value.
enum class reporting { throws, as_result };

/// Something that has been asked for and not yet begun. Nothing happens until it is awaited or called with a
/// completion token; then exactly once.
///
///     user u = co_await pool.query_one<user>("select …", 42);                 // throws pgcoro::error
///     auto r = co_await pool.query_one<user>("select …", 42).as_result();     // result<user, error>
///     pool.query<user>("select …").timeout(2s)([](std::exception_ptr e, std::vector<user> users) { … });
///
/// Completion signature: `void(std::exception_ptr, T)`, `void(std::exception_ptr)` if `T` is void; after
/// `as_result()` `void(boost::system::result<T, pgcoro::error>)`. Nothing completes inside its initiation.
///
/// Cancellation: `terminal` and `partial` at any time, `total` only before the statement is sent
/// (`errc::operation_cancelled`). Errors that every operation may have: `errc::pool_closed`, `errc::wrong_thread`.
/// Lifetime: may outlive the handle it was made from. Movable. Thread safety: as a value.
template <class T, class Start, reporting Reporting = reporting::throws>
class [[nodiscard("an operation does nothing until it is awaited")]] operation {
public:
    using value_type = T;
    using signature = session::signature_of<T, Reporting == reporting::as_result>;
    using executor_type = boost::asio::any_io_executor;

    operation(session::target_ptr on, Start start, operation_settings settings = {})
        : target_(std::move(on)), start_(std::move(start)), settings_(settings) {}

    operation(operation&&) = default;
    operation& operator=(operation&&) = default;
    ~operation() = default;

    /// The same operation, which yields `boost::system::result<T, pgcoro::error>` and throws nothing.
    auto as_result() && {
        return operation<T, Start, reporting::as_result>(std::move(target_), std::move(start_), settings_);
    }

    /// Limits the time from now to the answer, waiting for a connection included; then `errc::query_timeout`, and the
    /// statement is stopped on the server. The shorter of this and the pool's `query_timeout` counts.
    template <class Rep, class Period>
    operation&& timeout(std::chrono::duration<Rep, Period> limit) && {
        settings_.time_limit = std::chrono::duration_cast<session::clock::duration>(limit);
        return std::move(*this);
    }

    /// Never shares the connection with other callers' statements: for functions with effects on the session, such as
    /// `set_config` or `pg_advisory_lock`, which the text does not show.
    operation&& exclusive() && {
        settings_.exclusive = true;
        return std::move(*this);
    }

    /// Where handlers without an executor of their own are called. (`boost::asio::experimental::make_parallel_group` over a
    /// range of operations asks for it; over a range of `op(boost::asio::deferred)` it takes the system executor instead.)
    executor_type get_executor() const { return session::executor_of(target_.get()); }

    /// Begins, and reports to a completion token.
    template <class Token>
        requires boost::asio::completion_token_for<Token, signature>
    auto operator()(Token&& token) && {
        return boost::asio::async_initiate<Token, signature>(initiation{target_.get()}, token, std::move(*this));
    }

    /// The same, to be written behind the operation: `op | token`.
    template <class Token>
        requires boost::asio::completion_token_for<Token, signature>
    friend auto operator|(operation&& op, Token&& token) {
        return std::move(op)(std::forward<Token>(token));
    }

private:
    struct initiation {
        session::target* target;

        using executor_type = operation::executor_type;
        executor_type get_executor() const noexcept { return session::executor_of(target); }

        template <class Handler>
        void operator()(Handler&& handler, operation op) const {
            // A callback that has a name comes as an lvalue and is copied.
            op.start_.template begin<T, Reporting == reporting::as_result>(
                std::move(op.target_), op.settings_,
                static_cast<std::conditional_t<std::is_lvalue_reference_v<Handler>, std::decay_t<Handler>, Handler&&>>(
                    handler));
        }
    };

    template <class, class, reporting>
    friend class operation;

    session::target_ptr target_;
    Start start_;
    operation_settings settings_;
};

template <class T>
inline constexpr bool is_operation = false;
template <class T, class Start, reporting Reporting>
inline constexpr bool is_operation<operation<T, Start, Reporting>> = true;

} // namespace pgcoro

#include <pgcoro/parallel.hpp>

// Notifications from the server, whatever happens to the connection.
#pragma once

#include <pgcoro/connection.hpp>
#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/listener/listener_job.hpp>
#include <pgcoro/listener/listener_options.hpp>
#include <pgcoro/mapping/argument.hpp>
#include <pgcoro/operation.hpp>
#include <pgcoro/session/control_job.hpp>

#include <boost/asio/awaitable.hpp>

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace pgcoro {

/// Listens to channels on a connection of its own, which is opened again, with LISTEN, whenever it is lost
/// (documentation: LISTEN, NOTIFY).
///
///     pgcoro::listener listener{ctx, pgcoro::listener_options{.connect = "postgresql://…"}, {"jobs", "cache"}};
///     for (;;) {
///         pgcoro::notification n = co_await listener.next();
///         if (n.is_gap()) …                        // look at what the notifications tell about
///     }
///
/// Notifications that are sent while there is no connection are lost, as PostgreSQL keeps none. Then, and when more come
/// than `listener_options::max_queue`, a *gap* stands in their place: one `reconnect` gap for a lost connection, however
/// many attempts it took to replace it, between what the old and what the new one brought; the first connection begins
/// without one. Whoever looks, at a gap or in `listener_options::on_established`, at what the notifications tell about
/// (the table of jobs) misses nothing.
///
/// It begins to connect at once and goes on trying until it is closed. Behind a pooler LISTEN works in session mode only.
/// Thread safety: as `listener_options::concurrency` says. Lifetime: destroying it closes it without waiting; pending
/// operations end with `errc::operation_cancelled`. While it is open, it keeps its context's `run` from returning.
class listener {
public:
    using executor_type = boost::asio::any_io_executor;

private:
    template <class T>
    auto ask(session::listener_verb verb, std::string channel = {}) const {
        using job = listening::listener_job<T>;
        return operation<T, job>(core_, job(verb, std::move(channel)));
    }

    auto control(session::request_kind kind) const {
        using job = session::control_job<void>;
        return operation<void, job>(core_, job(kind));
    }

public:
    /// @param channels names as they stand, not folded to lower case: `"Jobs"` is not `"jobs"`. Up to 63 bytes each.
    /// Errors: throws `errc::invalid_sql` for a name that is empty, too long or has a NUL byte, and
    /// `errc::configuration_invalid` for options that make no sense.
    listener(const executor_type& executor, listener_options options, std::vector<std::string> channels);

    /// The same for an execution context, such as `boost::asio::io_context`.
    template <class Context>
        requires std::convertible_to<Context&, boost::asio::execution_context&>
    listener(Context& context, listener_options options, std::vector<std::string> channels)
        : listener(context.get_executor(), std::move(options), std::move(channels)) {}

    listener(listener&&) noexcept = default;
    listener& operator=(listener&&) = delete;

    ~listener();

    /// Completes when the listener is established: it listens, and `on_established` is through. Fails with the reason of
    /// the attempt under way, or of the last one during a pause: `errc::connect_failed`, `errc::connect_timeout`,
    /// `errc::authentication_failed`, `errc::connection_lost`, what LISTEN or `on_established` failed with. The listener
    /// goes on trying nevertheless. Not required.
    auto start() const { return control(session::request_kind::start); }

    /// The next notification or gap, in the order of their arrival; several calls are served in their order.
    /// Errors: `errc::operation_cancelled` once the listener is closed. Cancelled, or ended by its `timeout`
    /// (`errc::query_timeout`), it takes no notification with it. Beside a timer in `||` let it stand first: should both
    /// succeed at the same moment, the value of the first counts.
    auto next() const { return ask<notification>(session::listener_verb::next); }

    /// The same, but nothing instead of a failure once the listener is closed:
    ///
    ///     while (auto n = co_await listener.next_or_end()) …
    auto next_or_end() const { return ask<std::optional<notification>>(session::listener_verb::next); }

    /// Calls `callback(notification)` for each notification and gap, one after the other, until the listener is closed;
    /// then it returns. The callback may return `awaitable<void>`, which is awaited before the next one; what it throws
    /// ends `run`.
    /// Lifetime: the callback is copied or moved into the coroutine, which may outlive this handle.
    template <class Callback>
        requires std::invocable<std::decay_t<Callback>&, notification>
    boost::asio::awaitable<void> run(Callback&& callback) const {
        static_assert(!unsafe_in_await_v<Callback>,
                      "GCC 12 destroys temporaries of this type twice in an expression with co_await: give the "
                      "callback a name and pass it without std::move, or capture by reference");
        return run_until_closed<std::decay_t<Callback>>(core_, std::forward<Callback>(callback));
    }

    /// Listens to one more channel, now and on all later connections. Completes when the server has confirmed it; at once
    /// without a connection, since the next one listens to it. A name that is listened to already is no error.
    /// Errors: `errc::invalid_sql` as from the constructor; what the server refuses LISTEN with, then the channel is not
    /// listened to. Cancelled, it is carried out nevertheless.
    auto listen(std::string channel) const { return ask<void>(session::listener_verb::listen, std::move(channel)); }

    /// Listens to a channel no longer; completes as `listen` does. What has arrived by then can still be read. A name
    /// that is not listened to is no error.
    auto unlisten(std::string channel) const { return ask<void>(session::listener_verb::unlisten, std::move(channel)); }

    /// Closes the connection and ends all other operations, those to come as well; what has not been read is dropped.
    /// Cancels `on_established` if it runs, and completes when it has ended.
    auto close() const { return control(session::request_kind::close); }

    executor_type get_executor() const noexcept { return core_->runtime_of().inner_executor(); }

private:
    template <class Callback>
    static boost::asio::awaitable<void> run_until_closed(session::target_ptr on, Callback callback) {
        using job = listening::listener_job<std::optional<notification>>;
        for (;;) {
            auto arrived = co_await operation<std::optional<notification>, job>(on, job(session::listener_verb::next));
            if (!arrived) co_return;
            if constexpr (std::is_void_v<std::invoke_result_t<Callback&, notification>>) callback(std::move(*arrived));
            else co_await callback(std::move(*arrived));
        }
    }

    session::target_ptr core_;
};

} // namespace pgcoro

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/impl/listener.hpp>
#endif

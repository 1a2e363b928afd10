// The listener's core: carries out what its lifecycle decides.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/listener/channel_set.hpp>
#include <pgcoro/listener/lifecycle.hpp>
#include <pgcoro/listener/listener_options.hpp>
#include <pgcoro/session/connector.hpp>
#include <pgcoro/session/exclusive_connection.hpp>
#include <pgcoro/session/listener_call.hpp>
#include <pgcoro/session/session.hpp>
#include <pgcoro/session/standalone.hpp>
#include <pgcoro/session/target.hpp>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <utility>

namespace pgcoro::listening {

class core;
using core_ptr = boost::intrusive_ptr<core>;

/// Nobody but `on_established` runs statements, and not often.
inline constexpr std::size_t few_statements = 10;

/// The connection as `on_established` gets it; inert afterwards. Its notifications are the listener's.
class resync_connection final : public session::exclusive_connection {
public:
    resync_connection(session::session& of, connect_options where, session::clock::duration connect_timeout)
        : exclusive_connection(of.runtime_handle()), where_(std::move(where)), connect_timeout_(connect_timeout) {
        attach(&of);
    }

    std::pair<session::target_ptr, session::request_kind> another_connection() const override {
        const auto mode = runtime_of().is_single_threaded() ? concurrency::single_threaded : concurrency::thread_safe;
        const session::runtime_ptr on(new session::runtime(runtime_of().inner_executor(), mode));
        return {session::target_ptr(new session::standalone(on, where_, connect_timeout_, few_statements, {})),
                session::request_kind::start};
    }

    void detach() noexcept { attach(nullptr); }
    void release() noexcept override {}
    void on_notification(session::notification_handler) override {}

private:
    void accept_close(session::request& closing) override {
        if (auto* const s = attached())
            s->close(error(make_error_code(errc::not_connected), "the connection was closed by on_established"));
        runtime_of().finish_later(closing);
    }

    const connect_options where_;
    const session::clock::duration connect_timeout_;
};

/// One connection at a time, and who waits for what it brings. Lives as long as the handle, its operations or its
/// connection need it. On the home executor only.
class core final : public session::target, private session::session_observer, private session::runtime::owner {
public:
    using signal_ptr = std::shared_ptr<boost::asio::cancellation_signal>;
    /// Runs the user's `on_established` until it ends or the signal cancels it, and reports how it ended, on the home
    /// executor.
    using resync = std::function<void(session::exclusive_connection_ptr, signal_ptr,
                                      std::function<void(std::exception_ptr)>)>;

    /// Throws `errc::configuration_invalid` and `errc::invalid_sql`.
    core(session::runtime_ptr on, const listener_options& options, channel_set channels, resync run_resync);
    ~core();

    void begin();
    void close_now();

    void accept(session::request& added) override;
    void interrupt(session::request& r, const error& reason) override;
    void expire(session::request& r) override;

private:
    using clock = session::clock;

    // What callers ask
    void accept_start(session::request& added);
    void accept_close(session::request& added);
    void accept_next(session::request& added);
    void accept_listen(session::request& added);
    session::request_list& line_of(const session::request& r) noexcept;
    void serve();
    void send_change(session::request& r);
    void send_changes();
    void change_answered(std::uint64_t place, const session::request& answer);
    void answer(session::request_list& line);
    void fail(session::request_list& line, const error& reason);

    // The connection's life
    void connect();
    void connected(libpq::connection opened);
    void subscribe();
    void subscribed();
    void begin_resync();
    void resync_ended(std::exception_ptr thrown);
    void cancel_resync();
    void look_whether_settled();
    void established();
    void failed(const error& reason);
    void drop(const error& reason);
    void arrived(notification&& n);
    void ask_for_sign_of_life(void (*then)(core&));
    void probe();
    void tick();
    void arm();
    void finish_close();
    bool is_current(const session::session_ptr& s) const noexcept { return s != nullptr && s == session_; }
    error silence() const;
    static bool says_true(const session::request& answer);
    static error behind_a_pooler();
    static error closed_error();

    void on_request_done(session::session&, const session::request&) override { look_whether_settled(); }
    void on_cancel_started(session::session&) override {}
    void on_settled(session::session&) override { look_whether_settled(); }
    bool take_back(session::session&, session::request&) override { return false; }
    void on_lost(session::session& of, const error& reason, session::request_list& unsent) override;
    void on_shutdown() noexcept override;

    const connect_options where_;
    const session::clock::duration connect_timeout_, probe_timeout_;
    const bool session_pooler_;
    const std::function<void(const error&)> on_error_;
    const resync resync_;
    channel_set channels_;
    lifecycle<clock> life_;
    std::minstd_rand random_{std::random_device{}()};

    session::connector_ptr attempt_;
    session::session_ptr session_;
    boost::intrusive_ptr<resync_connection> resyncing_;
    signal_ptr cancel_resync_;
    std::optional<error> lost_while_resyncing_;
    bool resync_runs_ = false;
    bool waits_until_settled_ = false;   // the user's coroutine has ended, a statement of its has not

    std::optional<boost::asio::steady_timer> timer_;
    clock::time_point armed_for_ = clock::time_point::max();
    std::optional<error> last_failure_;
    session::request_list starters_, closers_, readers_, changes_;
    std::uint64_t next_place_ = 0;
};

} // namespace pgcoro::listening

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/listener/core_connection.hpp>
#include <pgcoro/listener/core_requests.hpp>
#endif

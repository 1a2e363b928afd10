// What a listener's connection goes through, and what is to be done when.
#pragma once

#include <pgcoro/listener/notification_queue.hpp>
#include <pgcoro/pool/backoff.hpp>

#include <chrono>
#include <cstdint>
#include <utility>

namespace pgcoro::listening {

/// Where a listener is with its connection.
enum class phase : std::uint8_t {
    idle,         ///< not begun
    connecting,
    subscribing,  ///< LISTEN is on its way
    resyncing,    ///< the user looks at what the notifications tell about
    established,
    pausing,      ///< before another attempt
    closed
};

/// What the passing of time asks for.
enum class due : std::uint8_t {
    nothing,
    connect,
    probe,            ///< ask the server for a sign of life
    give_up_server,   ///< it has not answered in time
    give_up_resync    ///< the user's coroutine took too long
};

/// The limits of time; see `listener_options`.
struct time_limits {
    std::chrono::milliseconds probe_interval{30'000};
    std::chrono::milliseconds probe_timeout{10'000};
    std::chrono::milliseconds resync{60'000};
};

/// Decides when to connect, probe and give up, and where gaps stand in the queue. Makes no I/O; time and chance are
/// given by the caller. A gap is due once a connection had been established before this one, however many attempts lie
/// between.
/// @tparam Clock whose time points are given
template <class Clock>
class lifecycle {
public:
    using time_point = typename Clock::time_point;

    lifecycle(time_limits limits, reconnect_backoff pauses, std::size_t max_queue)
        : limits_(limits), backoff_(pauses), queue_(max_queue) {}

    phase at() const noexcept { return at_; }
    bool is_closed() const noexcept { return at_ == phase::closed; }
    notification_queue& queue() noexcept { return queue_; }

    /// When `tick` has something to say next.
    time_point deadline() const noexcept { return deadline_; }

    void begin() noexcept { enter(phase::connecting, time_point::max()); }

    /// The connection stands; LISTEN is sent.
    void connected(time_point now) {
        queue_.begin_connection(was_established_);
        enter(phase::subscribing, now + limits_.probe_timeout);
    }

    /// The server listens; the user is asked to look around.
    void subscribed(time_point now) noexcept { enter(phase::resyncing, now + limits_.resync); }

    void established(time_point now) noexcept {
        queue_.release();
        backoff_.reset();
        was_established_ = true;
        enter(phase::established, now + limits_.probe_interval);
        heard_ = now;
    }

    /// An attempt has failed or the connection is lost.
    /// @param chance in [0, 1)
    void failed(time_point now, double chance) noexcept {
        queue_.end_connection();
        enter(phase::pausing, now + backoff_.next(chance));
    }

    /// Something came from the server.
    void heard(time_point now) noexcept {
        heard_ = now;
        if (!probing_) return;
        probing_ = false;
        deadline_ = now + limits_.probe_interval;
    }

    /// Time has passed. Called again at `deadline()`.
    due tick(time_point now) noexcept {
        if (at_ == phase::established) return look_for_silence(now);
        if (now < deadline_) return due::nothing;
        switch (at_) {
        case phase::pausing: enter(phase::connecting, time_point::max()); return due::connect;
        case phase::subscribing: return wait_for_answers(now);
        case phase::resyncing: deadline_ = time_point::max(); return due::give_up_resync;
        default: return due::nothing;
        }
    }

    void close() noexcept {
        queue_.clear();
        enter(phase::closed, time_point::max());
    }

private:
    void enter(phase next, time_point deadline) noexcept {
        at_ = next;
        deadline_ = deadline;
        heard_ = time_point::min();
        probing_ = false;
    }

    due wait_for_answers(time_point now) noexcept {
        if (heard_ != time_point::min() && heard_ + limits_.probe_timeout > now) {
            deadline_ = heard_ + limits_.probe_timeout;
            return due::nothing;
        }
        deadline_ = time_point::max();
        return due::give_up_server;
    }

    due look_for_silence(time_point now) noexcept {
        if (probing_) {
            if (now < deadline_) return due::nothing;
            deadline_ = time_point::max();
            return due::give_up_server;
        }
        deadline_ = heard_ + limits_.probe_interval;
        if (now < deadline_) return due::nothing;
        probing_ = true;
        deadline_ = now + limits_.probe_timeout;
        return due::probe;
    }

    time_limits limits_;
    pooling::backoff backoff_;
    notification_queue queue_;
    phase at_ = phase::idle;
    time_point deadline_ = time_point::max();
    time_point heard_ = time_point::min();
    bool probing_ = false;
    bool was_established_ = false;
};

} // namespace pgcoro::listening

// What has a connection to itself outside of pipeline mode.
#pragma once

#include <pgcoro/libpq/copy_direction.hpp>
#include <pgcoro/libpq/result.hpp>
#include <pgcoro/session/target.hpp>

#include <boost/smart_ptr/intrusive_ptr.hpp>

namespace pgcoro::session {

class session;

/// A script or a COPY. It travels in `request::granted` of the request that begins it. That request is in flight until
/// everything has run, or until a COPY has begun; the task then goes on by itself. The session calls all of this on
/// the home executor.
class plain_task : public target {
public:
    using target::target;

    /// A COPY began. False: this is not what was asked for.
    virtual bool on_copy(session& on, libpq::copy_direction which) = 0;

    /// Whether data of a COPY are on their way, so that libpq has no results.
    virtual bool is_copying() const noexcept { return false; }

    /// Whether to take what the server sends; else it waits in the socket.
    virtual bool wants_input() const noexcept { return true; }

    /// Whether the server is to be asked to stop.
    virtual bool is_unwanted() const noexcept { return false; }

    /// While `is_copying()`: input has been taken from the socket.
    virtual void on_input() {}

    /// All that was to be sent has left libpq's buffer.
    virtual void on_flushed() {}

    /// A statement of the text is complete.
    virtual void on_complete(const libpq::result_view&) {}

    /// What an error means for the effects of the text.
    virtual execution_state after(const error& failure) const = 0;

    /// What the loss of the connection means for the effects of the text, before a COPY has begun.
    virtual execution_state after_loss() const noexcept { return execution_state::unknown; }

    /// The server's error, after a COPY has begun.
    virtual void on_failed(const error&) {}

    /// The server is idle again; the connection may be in pipeline mode by now, and in other hands soon.
    virtual void on_ended() {}

    /// The connection is gone.
    virtual void on_lost(const error&) {}

    /// Whoever held the connection gives it back: what is not complete is not wanted any more.
    virtual void withdraw() {}

    /// The execution context is going away: end what waits without calling it.
    virtual void abandon() noexcept {}

    /// The request that waits at this moment, after a COPY has begun.
    virtual request* awaiting() const noexcept { return nullptr; }
};

using plain_task_ptr = boost::intrusive_ptr<plain_task>;

} // namespace pgcoro::session

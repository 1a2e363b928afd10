// A connection that belongs to one user: leased from a pool, or standing alone.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/session/handlers.hpp>
#include <pgcoro/session/target.hpp>

#include <string>
#include <utility>

namespace pgcoro::session {

class session;

/// What the user's handle and its operations hold on to. Once the connection is given back or lost it is inert:
/// requests fail with `errc::not_connected`.
class exclusive_connection : public target {
public:
    using target::target;

    void accept(request& added) override;
    void interrupt(request& r, const error& reason) override;

    /// Of the server and its process, as long as this object lives. Thread-safe.
    int server_version() const noexcept { return server_version_; }
    int backend_pid() const noexcept { return backend_pid_; }

    /// The session, null once it is given back. On the home executor only.
    session* attached() const noexcept { return session_; }

    /// Has notifications given to `handler`. On the home executor only.
    virtual void on_notification(notification_handler handler);

    /// Has notices given to `handler`; soon, from any thread.
    void on_notice(notice_handler handler);

    /// What the server reported by itself; empty for nothing of that name. On the home executor only.
    std::string parameter_status(const std::string& name) const;

    /// libpq's connection, null once it is given back; from now on its state is not known. On the home executor only.
    PGconn* native_handle() noexcept;

    /// Where a request of which kind yields another connection to the same database, when this one is lost. Thread-safe.
    virtual std::pair<target_ptr, request_kind> another_connection() const = 0;

    /// The user's handle is gone. Called on the home executor.
    virtual void release() noexcept = 0;

    void release_later() noexcept override;

protected:
    void attach(session* to) noexcept;

    virtual void accept_close(request& closing) = 0;

private:
    void refuse_parts_unfit_for_pooler(request& added) const;
    void refuse_script_unfit_for_pooler(request& added) const;

    session* session_ = nullptr;
    int server_version_ = 0;
    int backend_pid_ = 0;
};

using exclusive_connection_ptr = boost::intrusive_ptr<exclusive_connection>;

} // namespace pgcoro::session

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/session/exclusive_connection_definitions.hpp>
#endif

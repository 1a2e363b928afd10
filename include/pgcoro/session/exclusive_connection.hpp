// A connection that belongs to one user: leased from a pool, or standing alone.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/core/sql_script.hpp>
#include <pgcoro/session/batch.hpp>
#include <pgcoro/session/session.hpp>
#include <pgcoro/session/target.hpp>

#include <cstddef>
#include <string>
#include <utility>

namespace pgcoro::session {

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
    virtual void on_notification(session::notification_handler handler);

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

#if PGCORO_HAS_DEFINITIONS

PGCORO_DECL void exclusive_connection::accept(request& added) {
    added.sink = this;
    if (added.kind == request_kind::close) return accept_close(added);
    if (added.failure) return runtime_of().finish_later(added);
    if (session_ == nullptr || session_->is_closed()) {
        added.fail(error(make_error_code(errc::not_connected), "the connection is closed", added.text.text));
        return runtime_of().finish_later(added);
    }
    if (added.statements != nullptr) refuse_parts_unfit_for_pooler(added);
    if (added.kind == request_kind::plain) refuse_script_unfit_for_pooler(added);
    if (auto refused = refused_by_pooler(session_->pooler(), added.text)) added.fail(*refused);
    else if (added.before != nullptr && session_->pooler() == pooler_mode::statement)
        added.fail(error(make_error_code(errc::unsupported_by_pooler), std::string(no_transactions), added.text.text));
    if (added.failure) return runtime_of().finish_later(added);
    if (added.statements != nullptr && added.statements->is_empty()) return runtime_of().finish_later(added);
    if (added.kind == request_kind::begin) return runtime_of().finish_later(added);
    start_time_limit(added);
    session_->accept(added);
}

PGCORO_DECL void exclusive_connection::interrupt(request& r, const error& reason) {
    if (r.carrier != nullptr) r.carrier->interrupt(r, reason);
}

PGCORO_DECL void exclusive_connection::on_notification(session::notification_handler handler) {
    if (session_ != nullptr) session_->on_notification(std::move(handler));
}

PGCORO_DECL void exclusive_connection::release_later() noexcept {
    if (runtime_of().is_shut_down()) return;
    runtime_of().post([self = boost::intrusive_ptr<exclusive_connection>(this)](runtime&) { self->release(); });
}

PGCORO_DECL void exclusive_connection::attach(session* to) noexcept {
    session_ = to;
    if (to == nullptr) return;
    server_version_ = to->connection().server_version();
    backend_pid_ = to->connection().backend_pid();
}

PGCORO_DECL void exclusive_connection::refuse_parts_unfit_for_pooler(request& added) const {
    const auto& statements = *added.statements;
    const auto parts = statements.parts();
    for (std::size_t i = 0; i < parts.size() && !added.failure; ++i)
        if (auto refused = refused_by_pooler(session_->pooler(), parts[i]->text))
            added.fail(refused->with_place(statements.place_of(i)));
}

/// One statement after the other, since a pooler would let each of them do what it refuses to a single one.
PGCORO_DECL void exclusive_connection::refuse_script_unfit_for_pooler(request& added) const {
    if (!shares_sessions(session_->pooler())) return;
    core::sql_script statements(added.text.text);
    std::size_t number = 1;
    for (auto next = statements.next(); !next.text.empty() && !added.failure; next = statements.next(), ++number) {
        statement_text text{};
        text.text = next.text;
        text.cls = next.cls;
        if (const auto refused = refused_by_pooler(session_->pooler(), text))
            added.fail(refused->with_place("statement " + std::to_string(number) + " of the text"));
    }
}

#endif

} // namespace pgcoro::session

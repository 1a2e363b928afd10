// How a connection of one's own takes requests.
#pragma once

#include <pgcoro/core/sql_script.hpp>
#include <pgcoro/session/batch.hpp>
#include <pgcoro/session/exclusive_connection.hpp>
#include <pgcoro/session/pooler.hpp>
#include <pgcoro/session/session.hpp>

#include <cstddef>
#include <string>
#include <utility>

namespace pgcoro::session {

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

PGCORO_DECL void exclusive_connection::on_notification(notification_handler handler) {
    if (session_ != nullptr) session_->on_notification(std::move(handler));
}

PGCORO_DECL void exclusive_connection::on_notice(notice_handler handler) {
    if (runtime_of().is_shut_down()) return;
    runtime_of().post([self = boost::intrusive_ptr<exclusive_connection>(this), handler = std::move(handler)](runtime&) {
        if (auto* const s = self->attached()) s->on_notice(handler);
    });
}

PGCORO_DECL std::string exclusive_connection::parameter_status(const std::string& name) const {
    const char* const value = session_ == nullptr ? nullptr : session_->connection().parameter_status(name.c_str());
    return value == nullptr ? std::string() : std::string(value);
}

PGCORO_DECL PGconn* exclusive_connection::native_handle() noexcept {
    if (session_ == nullptr) return nullptr;
    session_->mark_effects();
    return session_->connection().native();
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

} // namespace pgcoro::session

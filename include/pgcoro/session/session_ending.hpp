// A session's end, and what becomes of its requests.
#pragma once

#include <pgcoro/session/batch.hpp>
#include <pgcoro/session/session.hpp>

namespace pgcoro::session {

PGCORO_DECL void request::leave_home() const noexcept {
    if (description != nullptr) description->leave_home();
    if (statements == nullptr) return;
    for (const auto* const each : statements->parts())
        if (each->description != nullptr) each->description->leave_home();
    for (const auto& known : statements->learned) known.second->leave_home();
}

/// Whether a statement of a connection that is being lost may be sent on another: only its description had been asked
/// for. Once, since it may be what ends the connection.
PGCORO_DECL bool session::may_go_elsewhere(const request& r) const noexcept {
    return r.at == stage::describing && r.statements == nullptr && !r.tombstone && !r.resent && !leased_ && observer_ != nullptr;
}

/// Ends the session. Statements that were sent fail: what the server was working on is unknown; what stood behind it
/// was never begun if the server itself announced the end, since it does so in order.
PGCORO_DECL void session::lose(const error& reason, bool in_order) {
    if (closed_) return;
    const session_ptr keep(this);
    closed_ = true;
    sending_ = nullptr;
    release_socket();
    request_list sent, unsent, nothing_ran;
    sent.swap(in_flight_);
    unsent.swap(queue_);
    names_being_described_.clear();
    cancel_again_.reset();
    const bool behind_was_not_begun = in_order && server_ended_;
    bool head = true;
    while (!sent.empty()) {
        auto& r = sent.front();
        sent.pop_front();
        if (may_go_elsewhere(r)) {
            r.resent = true;
            r.described_here = false;
            r.carries_preamble = false;
            r.failure.reset();
            r.result.reset();
            nothing_ran.push_back(r);
            head = false;
            continue;
        }
        auto execution = execution_state::unknown;
        if (r.at == stage::describing || r.kind == request_kind::description || r.kind == request_kind::columns) execution = execution_state::not_sent;
        else if (r.kind == request_kind::plain) execution = plain_->after_loss();
        else if (behind_was_not_begun && !head) execution = execution_state::rejected;
        if (r.statements != nullptr) lose_batch(r, reason, execution, behind_was_not_begun);
        else if (r.failure) r.failure = r.failure->with_execution(execution);
        else r.fail(loss(reason, r, execution));
        head = false;
        r.carrier = nullptr;
        if (r.tombstone) r.abandon();
        else runtime_->finish_later(r);
    }
    if (const auto ended = std::move(plain_)) ended->on_lost(reason);
    auto waiting = descriptions_->end_all(*this);
    unsent.splice(unsent.begin(), waiting);
    unsent.splice(unsent.begin(), nothing_ran);
    parked_ = 0;
    for (auto& r : unsent) {
        r.at = stage::queued;
        r.carrier = nullptr;
    }
    conn_.close();
    if (observer_ != nullptr) observer_->on_lost(*this, reason, unsent);
    while (!unsent.empty()) {
        auto& r = unsent.front();
        unsent.pop_front();
        r.fail(loss(reason, r, execution_state::not_sent));
        runtime_->finish_later(r);
    }
}

/// What a request's caller is told of the connection's end. libpq's message may repeat the server's last one.
PGCORO_DECL error session::loss(const error& reason, const request& r, execution_state execution) const {
    error told(reason.code(), reason.diagnostics().message, r.text.text, execution);
    const bool by_libpq = withholds_messages_ && reason.code() == errc::connection_lost;
    return by_libpq ? told.with_message_withheld() : told;
}

/// Nothing can be sent any more. What the server said before it left is read first: it may have answered some statements,
/// and tells which ones it has not begun. In a turn of its own, since callers are answered, whose handlers may throw.
PGCORO_DECL void session::cut_off() {
    if (closed_ || cut_off_) return;
    if (plain_) return lose_plain(conn_.error_message());
    cut_off_ = unheard_ = true;
    if (conn_.is_bad()) release_socket();
    hear_out();
}

PGCORO_DECL void session::hear_out() {
    runtime_->post([self = session_ptr(this)](runtime&) {
        if (!self->closed_) self->take_what_has_arrived();
    });
}

PGCORO_DECL void session::take_what_has_arrived() {
    const auto reason = conn_.error_message();
    try {
        drain();
    } catch (...) {
        if (!closed_) hear_out();
        throw;
    }
    if (closed_) return;
    unheard_ = false;
    if (conn_.is_bad() || !conn_.peer_has_left()) return lose(error(make_error_code(errc::connection_lost), reason), true);
    if (!read_armed_ && !waits_for_sink()) arm_read();   // up to the end
}

PGCORO_DECL void session::close(const error& reason) { lose(reason, false); }

PGCORO_DECL void session::abandon() noexcept {
    closed_ = true;
    sending_ = nullptr;
    cancel_again_.reset();
    release_socket();
    conn_.close();
    observer_ = nullptr;
    const auto end = [](request_list list) {
        while (!list.empty()) {
            auto& r = list.front();
            list.pop_front();
            r.abandon();
        }
    };
    if (const auto ended = std::move(plain_)) ended->abandon();
    end(std::move(in_flight_));
    end(descriptions_->end_all(*this));
    end(std::move(queue_));
}

PGCORO_DECL void session::release_socket() noexcept { socket_.close(); }   // libpq closes the descriptor itself

} // namespace pgcoro::session

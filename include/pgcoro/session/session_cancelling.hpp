// How a session gives up requests, and has the server stop what nobody waits for any more.
#pragma once

#include <pgcoro/session/batch.hpp>
#include <pgcoro/session/session.hpp>

namespace pgcoro::session {

PGCORO_DECL void session::interrupt(request& r, const error& reason) {
    const session_ptr keep(this);
    if (r.is_sent()) {
        auto execution = r.at == stage::describing ? execution_state::not_sent : execution_state::unknown;
        if (r.statements != nullptr) execution = r.statements->execution_if_stopped();
        r.tombstone = true;
        runtime_->remove_deadline(r);
        r.finish_early(reason.with_execution(execution));
        if (r.statements != nullptr) abandon_batch(*r.statements);
        if (r.rows != nullptr) resume_rows();   // to be swallowed
        if (!closed_) consider_cancel();
        return;
    }
    if (r.at == stage::awaiting_description) {
        descriptions_->forget(r);
        --parked_;
        describing_ = false;
    } else {
        queue_.erase(queue_.iterator_to(r));
    }
    r.fail(reason.with_execution(execution_state::not_sent));
    r.carrier = nullptr;
    if (observer_ != nullptr) observer_->on_request_done(*this, r);
    runtime_->finish_later(r);
    if (!queue_.empty()) runtime_->at_end_of_turn(*this);
    settle();
}

/// Whether nobody wants the result of what the server is working on any more.
PGCORO_DECL bool session::wants_cancel() const noexcept {
    if (!in_flight_.empty()) {
        const auto& head = in_flight_.front();
        return head.tombstone && (head.statements == nullptr || head.statements->expects_answers());
    }
    return plain_ && plain_->is_unwanted();
}

/// Stops what the server is working on if nobody wants its result any more.
PGCORO_DECL void session::consider_cancel() {
    if (cut_off_ || cancel_outstanding_ || !wants_cancel()) return;
    if (!unsettled_) {
        unsettled_ = true;
        if (observer_ != nullptr) observer_->on_cancel_started(*this);
    }
    if (!runtime_->cancels().admit(*this)) return;
    cancel_outstanding_ = true;
    canceller::start(*runtime_, conn_, [self = session_ptr(this)] {
        self->runtime_->cancels().done();
        self->on_cancel_closed();
    });
}

PGCORO_DECL void session::cancel_now() {
    const session_ptr keep(this);
    if (!closed_) consider_cancel();
}

/// The request may have come between two statements and hit none; then the head still runs and is asked again.
PGCORO_DECL void session::on_cancel_closed() {
    cancel_outstanding_ = false;
    if (closed_) return;
    runtime_->at_end_of_turn(*this);
    if (wants_cancel()) {
        cancel_again_.emplace(runtime_->home(), std::chrono::milliseconds(20));
        cancel_again_->async_wait([self = session_ptr(this)](const boost::system::error_code& failed) {
            if (failed || self->closed_) return;
            const runtime::turn guard(*self->runtime_);
            self->consider_cancel();
        });
    }
    settle();
}

PGCORO_DECL void session::settle() {
    if (!unsettled_ || cancel_outstanding_ || !is_idle()) return;
    unsettled_ = false;
    if (observer_ != nullptr) observer_->on_settled(*this);
}

} // namespace pgcoro::session

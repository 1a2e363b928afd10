// The listener's core: what callers ask of it.
#pragma once

#include <pgcoro/listener/core.hpp>

namespace pgcoro::listening {

PGCORO_DECL error core::closed_error() {
    return error(make_error_code(errc::operation_cancelled), "the listener is closed");
}

PGCORO_DECL void core::accept(session::request& added) {
    added.sink = this;
    if (added.failure) return runtime_of().finish_later(added);
    added.at = session::stage::waiting;
    start_time_limit(added);
    switch (added.kind) {
    case session::request_kind::start: return accept_start(added);
    case session::request_kind::close: return accept_close(added);
    default:
        return added.call->verb == session::listener_verb::next ? accept_next(added) : accept_listen(added);
    }
}

PGCORO_DECL void core::accept_start(session::request& added) {
    starters_.push_back(added);
    switch (life_.at()) {
    case phase::established: return answer(starters_);
    case phase::pausing: return fail(starters_, *last_failure_);
    case phase::closed: return fail(starters_, closed_error());
    default: return;
    }
}

PGCORO_DECL void core::accept_close(session::request& added) {
    closers_.push_back(added);
    close_now();
    finish_close();
}

PGCORO_DECL void core::accept_next(session::request& added) {
    readers_.push_back(added);
    serve();
}

/// Gives what may be read to those who wait for it.
PGCORO_DECL void core::serve() {
    while (!readers_.empty() && (life_.is_closed() || life_.queue().has_readable())) {
        auto& r = readers_.front();
        readers_.pop_front();
        if (!life_.is_closed()) r.call->delivered = life_.queue().pop();
        else if (!r.call->end_is_no_failure) r.fail(closed_error());
        runtime_of().finish_later(r);
    }
}

/// Without a connection nothing has to be sent: the next one listens to what is wanted then.
PGCORO_DECL void core::accept_listen(session::request& added) {
    changes_.push_back(added);
    added.place = ++next_place_;
    if (life_.is_closed()) return fail(changes_, closed_error());
    const auto& channel = added.call->channel;
    if (added.call->verb == session::listener_verb::listen) added.described_here = channels_.add(channel);
    else channels_.remove(channel);
    if (!session_) return answer(changes_);
    if (life_.at() != phase::resyncing) send_change(added);   // it might become part of the user's transaction
}

PGCORO_DECL void core::send_change(session::request& r) {
    r.at = session::stage::executing;
    const auto sql = r.call->verb == session::listener_verb::listen ? listen_command(r.call->channel)
                                                                    : unlisten_command(r.call->channel);
    session_->run_command(sql, [self = core_ptr(this), place = r.place](const session::request& answer) {
        self->change_answered(place, answer);
    });
}

PGCORO_DECL void core::send_changes() {
    for (auto& r : changes_)
        if (!r.is_sent()) send_change(r);
}

PGCORO_DECL void core::change_answered(std::uint64_t place, const session::request& answer) {
    for (auto& r : changes_) {
        if (r.place != place) continue;
        changes_.erase(changes_.iterator_to(r));
        life_.heard(clock::now());
        if (answer.failure) {
            if (r.described_here) channels_.remove(r.call->channel);
            r.fail(*answer.failure);
        }
        return runtime_of().finish_later(r);
    }
}

PGCORO_DECL session::request_list& core::line_of(const session::request& r) noexcept {
    switch (r.kind) {
    case session::request_kind::start: return starters_;
    case session::request_kind::close: return closers_;
    default: return r.call->verb == session::listener_verb::next ? readers_ : changes_;
    }
}

PGCORO_DECL void core::interrupt(session::request& r, const error& reason) {
    auto& line = line_of(r);
    line.erase(line.iterator_to(r));
    r.fail(reason.with_execution(r.is_sent() ? execution_state::unknown : execution_state::not_sent));
    runtime_of().finish_later(r);
}

PGCORO_DECL void core::expire(session::request& r) {
    const bool reads = r.kind == session::request_kind::listener && r.call->verb == session::listener_verb::next;
    interrupt(r, error(make_error_code(errc::query_timeout),
                       reads ? "no notification within the time limit" : "not done within the time limit"));
}

PGCORO_DECL void core::answer(session::request_list& line) {
    session::request_list done;
    done.swap(line);
    while (!done.empty()) {
        auto& r = done.front();
        done.pop_front();
        runtime_of().finish_later(r);
    }
}

PGCORO_DECL void core::fail(session::request_list& line, const error& reason) {
    for (auto& r : line) r.fail(reason);
    answer(line);
}

} // namespace pgcoro::listening

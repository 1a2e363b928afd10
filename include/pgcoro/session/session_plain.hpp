// The session outside of pipeline mode, where scripts and COPY run (documentation: "Pipeline Mode" forbids both there).
#pragma once

#include <pgcoro/libpq/plain_calls.hpp>
#include <pgcoro/session/session.hpp>

namespace pgcoro::session {

/// Whether a request has to wait for a script or COPY that has the connection, or is one and has to wait for what is in
/// flight.
PGCORO_DECL bool session::must_wait_for_plain(const request& r) const noexcept {
    return plain_ || (r.kind == request_kind::plain && !(in_flight_.empty() && parked_ == 0));
}

/// A statement now would wait for the end of the COPY, and its caller, who is the one to end it, for the statement.
PGCORO_DECL void session::refuse_during_copy(request& r) {
    r.fail(error(make_error_code(errc::copy_failed), "a COPY has this connection: finish it, or destroy its handle",
                 r.text.text));
    runtime_->finish_later(r);
}

/// The text of a request with what is to travel before it, BEGIN and SAVEPOINT, and the settings that each of its
/// transactions has to have.
PGCORO_DECL spliced_text session::plain_text_of(request& r) {
    spliced_text spliced;
    if (r.before != nullptr) {
        auto& before = *r.before;
        if (before.failure) throw before.failure->with_execution(execution_state::not_sent);
        auto commands = std::exchange(before.commands, {});
        if (!commands.empty() && !before.begun && !local_settings_.empty())
            commands.insert(commands.begin() + 1, local_settings_.behind_begin());
        before.unanswered = commands.size();
        for (const auto& command : commands) spliced.insert(command);
    }
    const auto status = r.before != nullptr ? libpq::transaction_status::in_transaction : transaction();
    if (local_settings_.empty()) spliced.append(r.text.text);
    else local_settings_.spread(r.text.text, status, spliced);
    r.carries_preamble = spliced.begins_with_insertion();
    stands_alone_ = status == libpq::transaction_status::idle && r.carries_preamble
                    && core::is_single_statement(r.text.text);
    return spliced;
}

/// Precondition: nothing is in flight.
PGCORO_DECL void session::begin_plain(request& r) {
    plain_text_ = plain_text_of(r);
    r.at = stage::executing;
    plain_ = boost::static_pointer_cast<plain_task>(r.granted);
    require(libpq::leave_pipeline(conn_));
    require(libpq::send_script(conn_, plain_text_.text().c_str()));
    in_flight_.push_back(r);
}

PGCORO_DECL void session::on_plain_readable() {
    if (plain_->wants_input()) take_plain_input();
}

/// Takes what the server has sent and has the socket watched for more, if more is wanted.
PGCORO_DECL void session::take_plain_input() {
    const session_ptr keep(this);
    const auto task = plain_;
    const bool alive = conn_.consume_input() != libpq::input_state::failed;
    const auto reason = alive ? std::string() : conn_.error_message();
    task->is_copying() ? task->on_input() : take_plain_results();
    if (closed_ || plain_ != task) return;
    if (!alive || conn_.is_bad()) return lose_plain(reason);
    watch_plain();
}

PGCORO_DECL void session::watch_plain() {
    if (plain_ && !read_armed_ && !closed_ && plain_->wants_input()) arm_read();
}

/// Takes the results that have arrived. Ends with the task, at its COPY's beginning, or to wait for more.
PGCORO_DECL void session::take_plain_results() {
    const session_ptr keep(this);
    const auto task = plain_;
    for (int made_up = 0; !closed_ && plain_ == task && !task->is_copying() && made_up < 3 && !conn_.is_busy();) {
        if (skipping_copy_ && !skip_copy()) break;
        const auto result = conn_.next_result();
        if (!result && !conn_.is_bad()) return end_plain();
        if (!result) break;
        switch (libpq::status_of(result.get())) {
        case libpq::result_status::fatal_error:
            if (conn_.is_bad()) ++made_up;   // after a lost server libpq may make them up for ever
            take_plain_error(result.get());
            break;
        case libpq::result_status::copy: begin_copy(libpq::direction_of(result.get())); break;
        default: take_plain_success(result.get());
        }
    }
    if (!closed_ && plain_ == task && conn_.is_bad()) return lose_plain({});
    watch_plain();
}

PGCORO_DECL void session::take_plain_success(const PGresult* result) {
    if (!in_flight_.empty() && in_flight_.front().carries_preamble)
        return take_preamble_answer(in_flight_.front(), result);
    plain_->on_complete(libpq::result_view(result));
}

PGCORO_DECL void session::take_plain_error(const PGresult* result) {
    auto* const head = in_flight_.empty() ? nullptr : &in_flight_.front();
    const auto* const waiting = head != nullptr ? head : plain_->awaiting();
    auto failure = libpq::error_of(result, waiting == nullptr ? std::string_view() : waiting->text.text,
                                   execution_state::rejected);
    if (failure.code() == errc::connection_lost) return;   // libpq's own: lose() says it better
    if (head != nullptr && head->carries_preamble) take_preamble_answer(*head, result);
    if (auto said = failure.diagnostics(); plain_text_.has_insertions() && said.position != 0) {
        said.position = plain_text_.own_position(said.position);
        failure = error(failure.code(), std::move(said), failure.execution());
    }
    if (stands_alone_ && has_to_stand_alone(failure)) failure = refused_for_settings(failure);
    if (withholds_messages_) failure = failure.with_message_withheld();
    failure = failure.with_execution(plain_->after(failure));
    if (head == nullptr) plain_->on_failed(failure);
    else if (!head->failure) head->fail(failure);
}

/// The text turned out to be a COPY. Its request is answered; or it fails, if no COPY was asked for, or one in the
/// other direction: then the COPY has to be ended before anything else can happen on the connection.
PGCORO_DECL void session::begin_copy(libpq::copy_direction which) {
    if (which == libpq::copy_direction::none)
        return lose(error(make_error_code(errc::protocol_error), "a COPY in both directions began"), false);
    if (!in_flight_.empty() && plain_->on_copy(*this, which)) {
        auto& r = in_flight_.front();
        in_flight_.pop_front();
        return finish(r);
    }
    if (!in_flight_.empty() && !in_flight_.front().failure) {
        auto& r = in_flight_.front();
        r.fail(error(make_error_code(errc::not_shareable),
                     which == libpq::copy_direction::in ? "COPY FROM STDIN needs copy_in" : "COPY TO STDOUT needs copy_out",
                     r.text.text, execution_state::rejected));
    }
    if (which == libpq::copy_direction::in) {
        libpq::end_copy_in(conn_, "no data were offered");
        return flush();
    }
    skipping_copy_ = true;
}

/// Drops what a COPY TO STDOUT sends that nobody asked for. False: more is to come.
PGCORO_DECL bool session::skip_copy() {
    std::vector<std::byte> dropped;
    libpq::copy_row state;
    while ((state = libpq::take_copy_row(conn_, dropped)) == libpq::copy_row::taken) dropped.clear();
    skipping_copy_ = state != libpq::copy_row::ended;
    return !skipping_copy_;
}

/// The server is idle again.
PGCORO_DECL void session::end_plain() {
    const session_ptr keep(this);
    const plain_task_ptr ended = std::move(plain_);
    plain_text_ = {};
    if (!conn_.enter_pipeline()) {
        plain_ = ended;
        return lose_plain(conn_.error_message());
    }
    if (!read_armed_) arm_read();
    conn_.discard_notifications();
    cancel_again_.reset();
    if (!queue_.empty()) runtime_->at_end_of_turn(*this);
    ended->on_ended();
    if (!in_flight_.empty()) {
        auto& r = in_flight_.front();
        in_flight_.pop_front();
        finish(r);
    }
    if (closed_) return;
    settle();
    own_statement_done();
}

/// The connection broke. While data go to the server, libpq keeps back what it said last; it is asked for that.
PGCORO_DECL void session::lose_plain(const std::string& reason) {
    if (closed_) return;
    const auto message = reason.empty() ? conn_.error_message() : reason;
    if (plain_ && plain_->is_copying()) {
        skip_copy();
        libpq::end_copy_in(conn_, "the connection broke");
    }
    for (int i = 0; plain_ && i < 3 && !conn_.is_busy(); ++i) {
        const auto result = conn_.next_result();
        if (!result) break;
        if (libpq::status_of(result.get()) == libpq::result_status::fatal_error) take_plain_error(result.get());
    }
    lose(error(make_error_code(errc::connection_lost), message), true);
}

/// Has the server asked to stop: now, or if it has not done so by itself after a while.
PGCORO_DECL void session::stop_plain(clock::duration after) {
    if (after == clock::duration::zero()) return consider_cancel();
    cancel_again_.emplace(runtime_->home(), after);
    cancel_again_->async_wait([self = session_ptr(this)](const boost::system::error_code& failed) {
        if (failed || self->closed_) return;
        const runtime::turn guard(*self->runtime_);
        self->consider_cancel();
    });
}

} // namespace pgcoro::session

// The session's way in: results, errors, notifications, notices.
#pragma once

#include <pgcoro/session/batch.hpp>
#include <pgcoro/session/rows_per_part.hpp>
#include <pgcoro/session/session.hpp>
#include <pgcoro/session/statement_answers.hpp>

namespace pgcoro::session {

PGCORO_DECL void session::arm_read() {
    read_armed_ = true;
    socket_.wait_readable();
}

/// After what was sent at the end of a turn before which nothing had been under way: its answer arrives from now on, or the
/// connection's end, unless that has arrived already.
PGCORO_DECL void session::arm_read_behind_send() {
    const bool peer_may_have_left = conn_.take_send_doubt();
    arms_behind_send_ = false;
    if (closed_ || unheard_ || read_armed_) return;
    if (plain_ || in_flight_.empty() || write_armed_ || peer_may_have_left) return arm_read();
    read_armed_ = true;
    socket_.wait_for_arrival();
}

PGCORO_DECL void session::on_socket_readable(const boost::system::error_code& failed) {
    read_armed_ = false;
    if (!failed && !closed_ && !unheard_) on_readable();
}

/// Whether the rows at the head have to stay where they are.
PGCORO_DECL bool session::waits_for_sink() const noexcept {
    if (in_flight_.empty()) return false;
    const auto& head = in_flight_.front();
    return head.rows != nullptr && !head.tombstone && head.rows->is_full();
}

/// Rows that come in parts are asked for when nothing but they can come next.
PGCORO_DECL void session::receive_in_parts() {
    if (in_flight_.empty()) return;
    const auto& head = in_flight_.front();
    if (head.rows == nullptr || head.carries_preamble || head.at == stage::describing) return;
    if (head.at == stage::preparing && !head.parse_answered) return;
    conn_.receive_in_parts(head.description ? rows_per_part(head.description->columns()) : 1);
}

PGCORO_DECL void session::resume_rows() {
    if (closed_ || unheard_ || read_armed_ || draining_) return;
    const session_ptr keep(this);   // whoever is answered may let go of it
    const runtime::turn guard(*runtime_);
    drain_and_come_back();
    if (!closed_ && !read_armed_ && !waits_for_sink()) arm_read();
}

PGCORO_DECL void session::arm_write() {
    if (write_armed_) return;
    write_armed_ = true;
    socket_.wait_writable();
}

PGCORO_DECL void session::on_socket_writable(const boost::system::error_code& failed) {
    write_armed_ = false;
    if (failed || closed_ || cut_off_) return;
    const runtime::turn guard(*runtime_);
    flush();
    if (const auto task = plain_; task && !write_armed_) task->on_flushed();
    if (sending_ != nullptr) runtime_->at_end_of_turn(*this);
}

/// Reads until a result can be taken, or all that has arrived is read: what is large comes in many pieces. A connection
/// where more arrives all the time lets others have their turn.
PGCORO_DECL libpq::input_state session::read() noexcept {
    constexpr int most_pieces = 16;
    auto input = conn_.consume_input();
    for (int pieces = 1; input == libpq::input_state::taken && pieces < most_pieces; ++pieces) {
        if (in_flight_.empty() || !conn_.is_busy() || conn_.uses_tls()) break;
        input = conn_.consume_input();
    }
    return input;
}

/// Before anybody else may have run the loop: the rest of the result that has begun arrives from now on.
PGCORO_DECL void session::arm_read_behind_drained() {
    if (in_flight_.empty() || on_notification_ || !socket_.prefers_arrivals() || !conn_.is_busy()) return;
    read_armed_ = true;
    socket_.wait_for_arrival();
}

PGCORO_DECL void session::on_readable() {
    const runtime::turn guard(*runtime_);
    if (plain_) [[unlikely]] return on_plain_readable();
    const auto input = read();
    const bool alive = input != libpq::input_state::failed;
    const auto reason = alive ? std::string() : conn_.error_message();
    if (input == libpq::input_state::drained) arm_read_behind_drained();
    try {
        drain_and_come_back();
    } catch (...) {
        if (!closed_ && !read_armed_) arm_read();
        throw;
    }
    if (closed_) return;
    if (!alive || conn_.is_bad())
        return lose(error(make_error_code(errc::connection_lost), reason.empty() ? conn_.error_message() : reason),
                    true);
    if (waits_for_sink() || read_armed_) return;
    arms_behind_send_ = socket_.prefers_arrivals() && in_flight_.empty() && !queue_.empty() && !plain_ && !server_ended_
                        && !on_notification_;
    if (arms_behind_send_) runtime_->at_end_of_turn(*this);
    else arm_read();
}

/// A caller's handler may throw: that is between it and whoever runs the loop. What it kept us from is done later.
PGCORO_DECL void session::drain_and_come_back() {
    try {
        drain();
    } catch (...) {
        runtime_->post([self = session_ptr(this)](runtime&) {
            if (self->closed_) return;
            self->consider_cancel();
            self->settle();
            if (!self->plain_) self->drain_and_come_back();
        });
        throw;
    }
}

/// Takes all results that have arrived. Between two statements libpq shows a NULL; two in a row while something is
/// in flight mean that it and we disagree, as after a lost server.
PGCORO_DECL void session::drain() {
    int empty = 0;
    const draining_scope scope(*this);
    while (!closed_ && !in_flight_.empty() && empty < 3 && !conn_.is_busy() && !waits_for_sink()) {
        auto result = conn_.next_result();
        empty = result ? 0 : empty + 1;
        if (result) take_result(in_flight_.front(), std::move(result));
        else receive_in_parts();
    }
    if (closed_) return;
    take_notifications();
    if (closed_) return;   // by the handler
    consider_cancel();   // only now: a statement whose answer has arrived needs none
    // What is queued may have waited for this.
    if (!queue_.empty() && (in_flight_.empty() || unsettled_)) runtime_->at_end_of_turn(*this);
    settle();
}

/// Each is given to the handler of this moment, which may replace itself or close the session.
PGCORO_DECL void session::take_notifications() {
    if (!on_notification_) return conn_.discard_notifications();
    while (!closed_) {
        const auto arrived = conn_.next_notification();
        if (!arrived) return;
        if (const auto handler = on_notification_) (*handler)({std::string(arrived.channel()), std::string(arrived.payload()), arrived.backend_pid()});
    }
}

PGCORO_DECL void session::take_result(request& head, libpq::result_ptr result) {
    if (head.statements != nullptr) return take_batch_result(head, std::move(result));
    switch (libpq::status_of(result.get())) {
    case libpq::result_status::pipeline_sync:
        if (on_notification_) [[unlikely]] take_notifications();   // those of what is to be answered came before
        if (!closed_) complete_head();
        return;
    case libpq::result_status::pipeline_aborted: return;
    case libpq::result_status::fatal_error: {
        if (libpq::is_fatal(result.get())) server_ended_ = true;
        if (head.carries_preamble) take_preamble_answer(head, result.get());
        if (head.failure && head.failure->code().category() != client_category()) return;
        auto failure = libpq::error_of(result.get(), head.text.text, execution_state::rejected);
        if (failure.code() == errc::connection_lost) return;   // libpq's own: lose() says it better
        if (!local_settings_.empty() && !local_settings_.held() && has_to_stand_alone(failure))
            failure = refused_for_settings(failure);
        if (withholds_messages_) failure = failure.with_message_withheld();
        const bool parsed = head.at == stage::executing || head.parse_answered;
        head.fail(failure.with_execution(head.at == stage::describing ? execution_state::rejected
                                                                      : execution_after(failure, head.text, parsed)));
        return;
    }
    case libpq::result_status::command_ok:
    case libpq::result_status::tuples:
    case libpq::result_status::empty_query: return take_success(head, std::move(result));
    case libpq::result_status::some_tuples:
        if (head.rows != nullptr && !head.tombstone) head.rows->take_rows(std::move(result));
        return;
    case libpq::result_status::copy:
        head.fail(error(make_error_code(errc::not_shareable),
                        "COPY to or from the client needs copy_in or copy_out", head.text.text,
                        execution_state::rejected));
        return lose(error(make_error_code(errc::protocol_error), "a COPY began in pipeline mode"), false);
    case libpq::result_status::other:
        return lose(error(make_error_code(errc::protocol_error), "unexpected kind of result"), false);
    }
}

PGCORO_DECL void session::take_success(request& head, libpq::result_ptr result) {
    if (head.carries_preamble) return take_preamble_answer(head, result.get());
    const bool answers_parse = head.at != stage::executing && !head.parse_answered;
    if (answers_parse) {
        head.parse_answered = true;
        return;
    }
    if (head.failure) return;
    head.result = std::move(result);
    if (head.at == stage::preparing && head.description) adopt_columns(head);
}

/// The answer of a BEGIN or SAVEPOINT that travelled before a statement; an error ends what it belonged to.
PGCORO_DECL void session::take_preamble_answer(request& head, const PGresult* result) {
    if (head.before == nullptr) {   // parameters that were set for this statement alone
        head.carries_preamble = false;
        return;
    }
    auto& before = *head.before;
    if (libpq::status_of(result) == libpq::result_status::fatal_error) {
        if (!before.begun) before.failure = libpq::error_of(result, head.text.text, execution_state::rejected);
        if (before.failure && withholds_messages_) before.failure = before.failure->with_message_withheld();
        before.unanswered = 0;
    } else {
        const libpq::result_view answer(result);
        if (answer.row_count() != 0) {
            before.answer.clear();
            for (std::size_t i = 0; i < answer.column_count(); ++i) {
                const auto value = answer.value(0, i);
                before.answer.emplace_back(reinterpret_cast<const char*>(value.data()), value.size());
            }
        }
        before.begun = true;
        --before.unanswered;
    }
    head.carries_preamble = before.unanswered != 0;
    if (!queue_.empty()) runtime_->at_end_of_turn(*this);
}

/// The first result after a Parse shows whether the pool's description is still true: a table may have changed since
/// another connection asked. Later ones are the server's promise (0A000 otherwise).
PGCORO_DECL void session::adopt_columns(request& r) {
    auto fresh = refreshed(r.text, r.description, r.result.get());
    if (!fresh) return;
    r.description = std::move(fresh);
    try {
        r.plan = r.make_plan(*r.description);
    } catch (const error& mismatch) {
        r.fail(mismatch.with_execution(execution_state::completed));
    }
}

/// The description with the columns of a result; null if it had them already.
PGCORO_DECL description_ptr session::refreshed(const statement_text& text, const description_ptr& known,
                                               const PGresult* result) {
    const libpq::result_view rows(result);
    if (has_columns(rows, *known)) return nullptr;
    description_ptr fresh(new statement_description(known->sql(), known->parameters(), columns_of(rows),
                                                    descriptions_->types(), runtime_->is_single_threaded()));
    descriptions_->store(text, fresh);
    if (auto* const statement = statements_.find(text)) statement->description = fresh;
    return fresh;
}

PGCORO_DECL void session::complete_head() {
    auto& r = in_flight_.front();
    in_flight_.pop_front();
    if (r.at == stage::describing) complete_description(r);
    else if (r.kind == request_kind::columns && !r.failure && !r.tombstone) complete_columns(r);
    else if (!r.failure || !try_again(r)) {
        if (r.failure && r.at == stage::preparing && !r.parse_answered) statements_.forget(r.text);
        finish(r);
    }
}

/// Has a statement that our own cancel hit by mistake dispatched anew, once: elsewhere, or here on a lease.
PGCORO_DECL bool session::give_away(request& r) {
    if (!r.failure || r.tombstone || r.resent || (leased_ ? !may_run_again_here(r) : observer_ == nullptr)) return false;
    if (r.text.cls != statement_class::shareable || !is_stray_cancel(*r.failure, unsettled_)) return false;
    if (r.at == stage::preparing && !r.parse_answered) statements_.forget(r.text);
    r.resent = true;
    r.described_here = false;
    r.failure.reset();
    r.result.reset();
    if (!leased_) return observer_->take_back(*this, r);
    send_again(r);
    return true;
}

/// Whether a statement of a leased connection that was undone may be sent once more: nothing has run after it that was to
/// run behind it, no transaction was lost with it, and no row of it has been handed out.
PGCORO_DECL bool session::may_run_again_here(const request& r) const noexcept {
    return in_flight_.empty() && r.before == nullptr && r.rows == nullptr
           && transaction() == libpq::transaction_status::idle;
}

/// Prepares a statement anew whose cached form turned out to be out of date.
PGCORO_DECL bool session::try_again(request& r) {
    if (!r.failure || r.tombstone || r.is_command()) return false;
    const bool shareable = r.text.cls == statement_class::shareable;
    if (give_away(r)) return true;
    const failed_attempt attempt{.from_cache = !r.described_here,
                                 .parsed = r.at == stage::executing || r.parse_answered,
                                 .shareable = shareable,
                                 .in_transaction = leased_
                                                   && (!in_flight_.empty()
                                                       || transaction() != libpq::transaction_status::idle),
                                 .second = r.retried};
    if (!should_prepare_again(*r.failure, attempt)) return false;
    descriptions_->drop(r.text, r.description);
    const bool server_has_it = attempt.parsed && r.failure->code() != sqlstate::invalid_sql_statement_name;
    server_has_it ? statements_.discard(r.text) : statements_.forget(r.text);
    r.retried = true;
    r.failure.reset();
    r.result.reset();
    send_again(r);
    return true;
}

PGCORO_DECL void session::count_off(request& r) {
    r.carrier = nullptr;
    if (observer_ != nullptr && !r.internal) observer_->on_request_done(*this, r);
    settle();   // after this request is counted off: the connection may be in other hands then
}

PGCORO_DECL void session::finish(request& r) {
    const session_ptr keep(this);
    count_off(r);
    if (r.tombstone) r.abandon();
    else if (draining_) runtime_->finish_now(r);
    else runtime_->finish_later(r);
}

/// A commit that was cancelled while it waited for a synchronous standby is announced as success, with this warning.
PGCORO_DECL void session::receive_notice(void* context, const PGresult* notice) {
    auto& self = *static_cast<session*>(context);
    if (libpq::is_fatal(notice)) self.server_ended_ = true;   // while nothing was under way
    try {
        auto* const head = !self.in_flight_.empty() ? &self.in_flight_.front()
                           : self.plain_            ? self.plain_->awaiting()
                                                    : nullptr;
        if (head != nullptr && libpq::error_field(notice, PG_DIAG_SOURCE_FUNCTION) == "SyncRepWaitForLSN") {
            head->fail(error(make_error_code(errc::commit_in_doubt),
                            "committed here, but a synchronous standby has not confirmed it", head->text.text,
                            execution_state::completed));
        }
        if (self.on_notice_) self.on_notice_(libpq::diagnostics_of(notice));
    } catch (...) {
        // No exception may cross libpq; a notice that cannot be delivered is dropped.
    }
}

} // namespace pgcoro::session

// The session's way out: requests become Parse, Bind, Execute and Sync.
#pragma once

#include <pgcoro/session/batch.hpp>
#include <pgcoro/session/session.hpp>
#include <pgcoro/session/user_code.hpp>

namespace pgcoro::session {

/// Thrown within the session when libpq refuses to send, or the peer has left: the connection is of no more use.
struct send_failed {};

PGCORO_DECL session::session(runtime_ptr on, libpq::connection connected, std::shared_ptr<description_cache> descriptions,
                             statement_cache statements)
    : runtime_(std::move(on)), conn_(std::move(connected)), descriptions_(std::move(descriptions)),
      statements_(std::move(statements)) {}

PGCORO_DECL session::~session() {
    runtime_->forget(*this);
    release_socket();
}

PGCORO_DECL void session::open(session_observer* observer) {
    observer_ = observer;
    conn_.set_notice_receiver(&session::receive_notice, this);
    if (!conn_.enter_pipeline())
        throw error(make_error_code(errc::connect_failed), "pipeline mode: " + conn_.error_message());
    socket_.open(*runtime_, conn_.socket());
    arm_read();
}

PGCORO_DECL void session::accept(request& added) {
    if (plain_ && !added.internal && plain_->is_copying()) [[unlikely]] return refuse_during_copy(added);
    added.carrier = this;
    added.at = stage::queued;
    if (!added.is_command() && added.text.cls != statement_class::shareable) has_effects_ = true;
    added.place = next_place_++;
    queue_.push_back(added);
    runtime_->at_end_of_turn(*this);
}

/// Puts a request that has to be sent once more before those that came after it: several statements may learn of their
/// descriptions in one turn.
PGCORO_DECL void session::put_back(request& r) {
    auto behind = queue_.begin();
    while (behind != queue_.end() && behind->place < r.place) ++behind;
    queue_.insert(behind, r);
}

PGCORO_DECL void session::end_turn() {
    if (closed_) {
        request_list unsent;
        unsent.swap(queue_);
        while (!unsent.empty()) {
            auto& r = unsent.front();
            unsent.pop_front();
            r.fail(error(make_error_code(errc::not_connected), "the connection is closed", r.text.text));
            finish(r);
        }
        return;
    }
    if (plain_ || cut_off_ || server_ended_) [[unlikely]] return;
    try {
        do {
            if (sending_ != nullptr && !continue_batch()) break;
            close_evicted_statements();
            send_queued();
        } while (sending_ != nullptr);
    } catch (const send_failed&) {
        return cut_off();
    }
    flush();
    if (arms_behind_send_) arm_read_behind_send();
}

PGCORO_DECL void session::send_queued() {
    while (!queue_.empty() && !is_cancelling() && sending_ == nullptr && !(leased_ && has_to_wait(queue_.front()))) {
        auto& r = queue_.front();
        queue_.pop_front();
        try {
            send(r);
        } catch (const send_failed&) {
            in_flight_.push_back(r);
            throw;
        } catch (...) {
            r.fail(error_of_user_code(r.text.text));
            finish(r);
        }
    }
}

/// On a leased connection the order of statements is the caller's, and a transaction must have begun before its second
/// statement is sent. Where parameters are set for each transaction, it has to be known whether there is one. What may
/// commit part of its work goes behind nothing, since that may yet be cancelled.
PGCORO_DECL bool session::has_to_wait(const request& r) const noexcept {
    return describing_ || must_wait_for_plain(r) || (r.before != nullptr && r.before->is_under_way())
           || (!in_flight_.empty() && (!local_settings_.empty() || must_go_alone(r)));
}

/// Whether a cancel that is meant for a statement before it would do harm.
PGCORO_DECL bool session::must_go_alone(const request& r) noexcept {
    return r.kind == request_kind::statement && r.text.cls != statement_class::shareable;
}

PGCORO_DECL void session::send_preamble(request& r) {
    if (r.before == nullptr) return;
    auto& before = *r.before;
    if (before.failure) throw before.failure->with_execution(execution_state::not_sent);
    if (!before.is_due()) return;
    auto commands = std::exchange(before.commands, {});
    if (!before.begun && !local_settings_.empty()) commands.insert(commands.begin() + 1, local_settings_.behind_begin());
    before.unanswered = commands.size();
    r.carries_preamble = true;
    for (const auto& command : commands) require(conn_.send_command(command.c_str()));
}

/// For a statement outside a `transaction_scope`.
PGCORO_DECL void session::send_local_settings(request& r) {
    if (r.carries_preamble) return;   // they are in it
    const bool wanted = leased_ ? local_settings_.precede(r.text, transaction()) : local_settings_.precede(r.text);
    if (!wanted) return;
    r.carries_preamble = true;
    require(conn_.send_command(local_settings_.sql()));
}

PGCORO_DECL void session::send(request& r) {
    if (r.kind != request_kind::statement) [[unlikely]]
        return send_special(r);
    if (r.statements != nullptr) [[unlikely]]
        return begin_batch(r);
    if (const auto* const statement = statements_.find(r.text)) {
        if (statement->description->lacks_types() && !learn_types(r, statement->description)) return;
        return send_known(r, *statement);
    }
    auto description = descriptions_->find(r.text);
    if (!description) return ask_for_description(r);
    if (description->lacks_types()) {
        if (!learn_types(r, description)) return;
        description = descriptions_->find(r.text);
    }
    send_with_parse(r, std::move(description));
}

/// What is no statement to be executed.
PGCORO_DECL void session::send_special(request& r) {
    if (r.is_command()) return send_command(r);
    if (r.kind == request_kind::plain) return begin_plain(r);
    if (r.kind == request_kind::columns) return send_fresh_description(r);
    send_description(r);
}

/// Checks the request against the description before anything is sent: a wrong row type or argument costs nothing.
/// False if it does not fit a description from before, or what was known of types, which may be out of date: the server is
/// to be asked again, once.
PGCORO_DECL bool session::prepare_request(request& r, const description_ptr& description) {
    r.description = description;
    try {
        r.plan = r.make_plan(*r.description);
        r.encode(parameters_, *r.description);
        return true;
    } catch (const error&) {
        if (r.retried || (r.described_here && !description->knows_types())) throw;
    }
    r.retried = true;
    r.description->doubt_types();
    descriptions_->drop(r.text, r.description);
    statements_.discard(r.text);
    return false;
}

PGCORO_DECL void session::execute(request& r, const prepared_statement& statement) {
    require(conn_.send_execute(statement.name.c_str(), static_cast<int>(parameters_.size()), parameters_.values(), parameters_.lengths(),
                               parameters_.formats(), statement.description->row_format()));
    require(conn_.send_sync());
    in_flight_.push_back(r);
    if (r.rows != nullptr && &in_flight_.front() == &r) receive_in_parts();
}

PGCORO_DECL void session::send_known(request& r, const prepared_statement& statement) {
    if (!prepare_request(r, statement.description)) return send(r);
    r.at = stage::executing;
    send_preamble(r);
    if (!local_settings_.empty()) send_local_settings(r);
    execute(r, statement);
}

PGCORO_DECL void session::send_with_parse(request& r, description_ptr description) {
    if (!prepare_request(r, description)) return send(r);
    send_preamble(r);
    prepared_statement statement{statements_.make_name(), std::move(description)};
    r.at = stage::preparing;
    r.parse_answered = false;
    if (!local_settings_.empty()) send_local_settings(r);
    require(conn_.send_prepare(statement.name.c_str(), statement.description->sql().c_str(),
                               statement.description->parameters()));
    execute(r, statement);
    statements_.add(r.text, std::move(statement));
}

PGCORO_DECL void session::send_command(request& r) {
    send_preamble(r);
    r.at = stage::executing;
    require(conn_.send_command(r.text.text.data()));
    require(conn_.send_sync());
    in_flight_.push_back(r);
}

/// A statement of the library's own, now.
PGCORO_DECL void session::send_own(request& command) {
    command.carrier = this;
    try {
        send_command(command);
    } catch (const send_failed&) {
        in_flight_.push_back(command);   // it ends with the connection
        throw;
    }
}

/// DEALLOCATE fails in an aborted transaction: on a leased connection the names wait until there is none.
PGCORO_DECL void session::close_evicted_statements() {
    if (!statements_.has_names_to_close() || is_cancelling()) return;
    if (leased_ && (!in_flight_.empty() || transaction() != libpq::transaction_status::idle)) return;
    for (const auto& name : statements_.take_names_to_close()) {
        auto& command = *new command_request("DEALLOCATE " + name, [self = session_ptr(this)](request&) {
            self->own_statement_done();
        });
        send_own(command);
    }
}

PGCORO_DECL void session::flush() {
    switch (conn_.flush()) {
    case libpq::flush_state::done:
        if (conn_.peer_has_left() && !plain_) [[unlikely]] return cut_off();
        // What could not be sent a moment ago could be now, since libpq read in between: no event will tell.
        if (sending_ != nullptr && sending_->progress.is_blocked()) runtime_->at_end_of_turn(*this);
        return;
    case libpq::flush_state::pending: return arm_write();
    case libpq::flush_state::failed: return cut_off();
    }
}

PGCORO_DECL void session::require(bool sent) const {
    if (!sent || conn_.peer_has_left()) [[unlikely]]
        throw send_failed{};
}

} // namespace pgcoro::session

// Batches on their way in: whose answer a result is, and what a failure means.
#pragma once

#include <pgcoro/session/batch.hpp>
#include <pgcoro/session/session.hpp>
#include <pgcoro/session/statement_answers.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

namespace pgcoro::session {

PGCORO_DECL void session::take_batch_result(request& head, libpq::result_ptr result) {
    auto& b = *head.statements;
    const auto status = libpq::status_of(result.get());
    if (status == libpq::result_status::pipeline_sync) return end_batch_flight(b);
    const bool of_preamble = head.carries_preamble && status != libpq::result_status::pipeline_aborted;
    const bool after_the_last = !of_preamble && b.progress.unanswered() == 0;
    if (of_preamble) take_preamble_answer(head, result.get());
    else b.progress.answered();
    if (sending_ == &b) runtime_->at_end_of_turn(*this);
    switch (status) {
    case libpq::result_status::pipeline_aborted: return;
    case libpq::result_status::fatal_error: return take_batch_failure(b, result.get(), after_the_last);
    case libpq::result_status::command_ok:
    case libpq::result_status::tuples:
    case libpq::result_status::empty_query:
        if (!of_preamble) take_batch_answer(b, std::move(result));
        conn_.next_result();   // the NULL behind it, which needs no waiting for
        return;
    default: return lose(error(make_error_code(errc::protocol_error), "unexpected kind of result"), false);
    }
}

/// The part whose answers come.
PGCORO_DECL batch_part& session::answering_part(batch& b) noexcept {
    if (b.asking) return b.part(b.questions[std::min(b.answering, b.questions.size() - 1)]);
    if (b.mode == batch_mode::sync_each)
        while (b.answering < b.next && !b.part(b.answering).sent) ++b.answering;
    return b.part(b.answering);
}

PGCORO_DECL void session::take_batch_answer(batch& b, libpq::result_ptr result) {
    auto& p = answering_part(b);
    if (p.parse_pending) {
        p.parse_pending = false;
        return;
    }
    if (p.describe_pending) return learn(b, p, result.get());
    p.result = std::move(result);
    if (std::exchange(p.checks_columns, false)) check_columns(p);
    if (!b.carried_by->tombstone) b.take();
    if (b.mode != batch_mode::sync_each) ++b.answering;   // else at its Sync
}

/// A description came.
PGCORO_DECL void session::learn(batch& b, batch_part& p, const PGresult* answer) {
    p.describe_pending = false;
    p.description = description_of(p.text, libpq::result_view(answer), descriptions_->types(),
                                   runtime_->is_single_threaded());
    prepared_statement statement{b.names[b.asking ? b.answering : b.names.size() - 1], p.description};
    b.learned[p.text.text] = p.description;
    descriptions_->store(p.text, p.description);
    if (b.asking) {
        statements_.add(p.text, std::move(statement));
        if (b.mode != batch_mode::sync_each) ++b.answering;
        return;
    }
    b.progress.description_came();
    b.current = p.text;
    b.prepared = statement;
    statements_.add(p.text, std::move(statement));
    p.description.reset();   // its row type has not been checked against it
}

/// The first result after a Parse shows whether the pool's description is still true; see `adopt_columns`.
PGCORO_DECL void session::check_columns(batch_part& p) {
    const auto fresh = refreshed(p.text, p.description, p.result.get());
    if (!fresh) return;
    p.description = fresh;
    try {
        p.plan = p.make_plan(*fresh);
    } catch (const error& mismatch) {
        p.failure = std::make_unique<error>(mismatch.with_execution(execution_state::completed));
    }
}

PGCORO_DECL void session::take_batch_failure(batch& b, const PGresult* result, bool after_the_last) {
    if (libpq::is_fatal(result)) server_ended_ = true;
    auto& r = *b.carried_by;
    const auto& p = answering_part(b);
    const auto index = b.asking ? b.questions[std::min(b.answering, b.questions.size() - 1)] : b.answering;
    const bool at_sync = after_the_last && b.mode != batch_mode::sync_each;
    auto failure = libpq::error_of(result, at_sync ? std::string_view() : p.text.text, execution_state::rejected);
    if (failure.code() == errc::connection_lost) return;   // libpq's own: lose() says it better
    if (withholds_messages_) failure = failure.with_message_withheld();
    b.progress.failed();
    failure = failure.with_execution(execution_of_failure(b, index, failure))
                  .with_place(at_sync ? std::string("at the end of the batch") : b.place_of(index));
    if (b.mode == batch_mode::sync_each) return fail_item(b, index, failure);
    if (r.failure || r.tombstone) return;
    b.failed = index;
    r.fail(failure);
}

/// What a failed statement, and those before it, have left behind.
PGCORO_DECL execution_state session::execution_of_failure(const batch& b, std::size_t index, const error& failure) {
    const bool ended_connection = failure.diagnostics().severity == "FATAL" || failure.diagnostics().severity == "PANIC";
    if (ended_connection)
        return b.mode == batch_mode::sync_each ? execution_state::unknown : b.execution_if_stopped();
    if (b.asking) return execution_state::rejected;
    if (b.mode == batch_mode::sync_each || (b.part_count() == 1 && b.stored == 0 && index == 0)) {
        const auto& p = b.part(index);
        return execution_after(failure, p.text, !p.parse_pending && !p.describe_pending);
    }
    return b.is_atomic() && b.stored == 0 ? execution_state::rejected : execution_state::unknown;
}

/// With a Sync each a statement fails alone. One that may depend on those before it is asked for again at its turn.
PGCORO_DECL void session::fail_item(batch& b, std::size_t index, const error& failure) {
    auto& p = b.part(index);
    const bool parsed = !p.parse_pending && !p.describe_pending;
    p.describe_pending = false;
    if (b.asking && index != 0 && may_depend_on_earlier(failure)) return;
    if (!p.failure || p.failure->execution() == execution_state::completed)   // it was not, after all
        p.failure = std::make_unique<error>(failure);
    if (!b.asking && says_outdated(failure, parsed)) forget_statement(p, failure.code());
}

/// A Sync was answered: what stood before it is over.
PGCORO_DECL void session::end_batch_flight(batch& b) {
    b.progress.sync_answered();
    auto& r = *b.carried_by;
    if (b.mode == batch_mode::sync_each) {
        auto& p = answering_part(b);
        if (std::exchange(p.parse_pending, false)) statements_.forget(p.text);
        ++b.answering;
    } else if (!b.asking && !r.failure && !r.tombstone) {
        b.stored = b.answering;
    }
    if (sending_ == &b) return runtime_->at_end_of_turn(*this);
    if (b.progress.syncs_to_come() == 0) end_batch(b);
}

/// Everything that was sent is answered, and nothing more will be.
PGCORO_DECL void session::end_batch(batch& b) {
    auto& r = *b.carried_by;
    in_flight_.erase(in_flight_.iterator_to(r));
    if (r.failure || r.tombstone)
        for (const auto* const p : b.parts())
            if (p->parse_pending) statements_.forget(p->text);
    if (std::exchange(b.asking, false)) return end_questions(b);
    if (r.failure && !r.tombstone && repeat_batch(b)) return;
    finish(r);
}

/// All that could be learned before the batch begins is known now. What the server does not know may be made by the
/// batch itself.
PGCORO_DECL void session::end_questions(batch& b) {
    auto& r = *b.carried_by;
    describing_ = false;
    if (!queue_.empty()) runtime_->at_end_of_turn(*this);
    if (r.tombstone) return finish(r);
    if (r.failure) {
        if (give_away(r)) return;
        if (b.failed == 0 || !may_depend_on_earlier(*r.failure) || b.in_transaction) return finish(r);
        r.failure.reset();
    }
    b.one_by_one = true;   // what is unknown now is asked for at its turn
    send_again(r);
}

PGCORO_DECL void session::send_again(request& r) {
    r.at = stage::queued;
    put_back(r);
    runtime_->at_end_of_turn(*this);
}

/// Has a batch that failed as a whole run once more, as single statements are: elsewhere if a cancel hit it by mistake,
/// here if what was known of its statements is out of date.
PGCORO_DECL bool session::repeat_batch(batch& b) {
    auto& r = *b.carried_by;
    if (b.mode == batch_mode::sync_each || b.stored != 0 || !b.is_repeatable()) return false;
    if (give_away(r)) return true;
    const auto& p = b.part(b.failed);
    const failed_attempt attempt{.from_cache = !b.has_learned(p.text),
                                 .parsed = !p.parse_pending,
                                 .shareable = b.is_atomic(),
                                 .in_transaction = may_be_in_transaction(r),
                                 .second = r.retried};
    const bool misfit = b.misfit && !attempt.in_transaction && !attempt.second;
    if (!misfit && !should_prepare_again(*r.failure, attempt)) return false;
    for (auto* const each : b.parts()) forget_statement(*each, r.failure->code());
    b.learned.clear();
    b.one_by_one = !b.is_shareable();   // one of its statements may have made the change
    r.retried = true;
    r.failure.reset();
    send_again(r);
    return true;
}

PGCORO_DECL void session::forget_statement(batch_part& p, const boost::system::error_code& reason) {
    if (p.description) descriptions_->drop(p.text, p.description);
    p.asked_for_types = false;
    p.description.reset();
    p.retried = true;
    const bool server_has_it = !p.parse_pending && reason != sqlstate::invalid_sql_statement_name;
    server_has_it ? statements_.discard(p.text) : statements_.forget(p.text);
}

/// Nobody wants the batch's answer any more: no further statement is sent, and what was sent is not to be stored.
PGCORO_DECL void session::abandon_batch(batch& b) {
    b.progress.stop();
    if (sending_ == &b) runtime_->at_end_of_turn(*this);
}

/// The connection is gone. What no Sync was sent for is undone.
/// @param execution what is known about a single statement in its place
PGCORO_DECL void session::lose_batch(request& r, const error& reason, execution_state execution, bool in_order) {
    auto& b = *r.statements;
    if (b.mode == batch_mode::sync_each && !b.asking && b.next != 0) return b.lose_items(reason, in_order);
    if (r.failure && r.failure->execution() != execution_state::unknown) return;   // the server had refused it
    if (execution == execution_state::unknown) execution = b.execution_if_stopped();
    if (r.failure) r.failure = r.failure->with_execution(execution);
    else r.fail(error(reason.code(), reason.diagnostics().message, r.text.text, execution));
}

} // namespace pgcoro::session

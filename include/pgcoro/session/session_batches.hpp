// Batches on their way out: which statement is sent when.
#pragma once

#include <pgcoro/session/batch.hpp>
#include <pgcoro/session/session.hpp>
#include <pgcoro/session/user_code.hpp>

#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace pgcoro::session {

/// What cannot be parsed: sent before the Sync of a batch that is not to be stored, so that its transaction fails.
PGCORO_DECL constexpr const char* spoiling_text = "pgcoro gives up this batch";

/// A batch has the connection's way out to itself from its first statement to its last Sync. Unknown statements are
/// described first, in a flight of their own, and unknown types looked up.
PGCORO_DECL void session::begin_batch(request& r) {
    auto& b = *r.statements;
    b.restart();
    look_up(b);
    if (!learn_types(r, b)) return;
    const bool dependent = b.mode == batch_mode::sync_each || !b.is_shareable();
    b.in_transaction = may_be_in_transaction(r);
    if (dependent && b.in_transaction) b.one_by_one = true;   // a failing Parse would fail the transaction
    b.asking = !b.questions.empty() && !b.one_by_one;
    if (b.asking) b.progress = batch_progress(b.mode == batch_mode::sync_each ? b.mode : batch_mode::one_sync);
    r.at = b.asking ? stage::describing : stage::executing;
    describing_ = leased_ && b.asking;
    in_flight_.push_back(r);
    sending_ = &b;
}

PGCORO_DECL bool session::may_be_in_transaction(const request& r) const noexcept {
    return r.before != nullptr
           || (leased_ && (!in_flight_.empty() || transaction() != libpq::transaction_status::idle));
}

/// Finds out what is known of a batch's statements, and which have to be asked for.
PGCORO_DECL void session::look_up(batch& b) {
    const batch_part* previous = nullptr;
    std::unordered_set<std::string_view> asked;
    for (std::size_t i = 0; i < b.part_count(); ++i) {
        auto& p = b.part(i);
        if (p.failure) continue;
        const bool same = previous != nullptr && is_same_text(previous->text, p.text);
        p.description = same ? previous->description : known_description(b, p.text);
        if (p.description && p.description->lacks_types()) p.description = describe_anew(p.text, *p.description);
        previous = &p;
        if (p.description && !fit(b, p)) {
            p.doubt_types();
            b.learned.erase(p.text.text);
            descriptions_->drop(p.text, p.description);
            statements_.discard(p.text);
            p.description.reset();
        }
        if (!p.description && asked.insert(p.text.text).second) b.questions.push_back(i);
    }
}

/// Has the system catalogs tell of all types of a batch's statements that nothing is known of; what they do not know is
/// done without. False if the batch has to wait for their answer.
PGCORO_DECL bool session::learn_types(request& r, batch& b) {
    const batch_part* first = nullptr;
    bool asked_elsewhere = false;
    std::vector<oid> unknown;
    for (auto* const p : b.parts()) {
        if (!p->description || !p->description->lacks_types() || p->asked_for_types) continue;
        if (first == nullptr) {
            first = p;
            asked_elsewhere = descriptions_->is_being_described(p->text, this);   // about these alone
        }
        p->asked_for_types = !asked_elsewhere;
        const auto more = p->description->unknown_types();
        unknown.insert(unknown.end(), more.begin(), more.end());
    }
    if (first == nullptr) return true;
    ask_for_types(r, first->text, first->description, unknown);
    return false;
}

PGCORO_DECL description_ptr session::known_description(const batch& b, const statement_text& text) {
    if (!b.learned.empty())
        if (const auto learned = b.learned.find(text.text); learned != b.learned.end()) return learned->second;
    if (const auto* const statement = statements_.find(text)) return statement->description;
    return descriptions_->find(text);
}

/// Checks a row type against the statement's description before anything is sent. False if it does not fit one from
/// before, or what was known of types, which may be out of date: the server is to be asked again, once.
PGCORO_DECL bool session::fit(batch& b, batch_part& p) {
    try {
        p.plan = p.make_plan(*p.description);
        return true;
    } catch (const error& mismatch) {
        if (!p.retried && (!b.has_learned(p.text) || p.description->knows_types())) {
            p.retried = true;
            return false;
        }
        if (b.mode != batch_mode::sync_each) throw;
        p.failure = std::make_unique<error>(mismatch);
        return true;
    }
}

/// Sends as much of the batch as may be on its way. True: all of it is.
PGCORO_DECL bool session::continue_batch() {
    auto& b = *sending_;
    // What a cancel for somebody else could hit waits until that cancel is over.
    if (cancel_outstanding_ && !b.progress.is_stopping()) return false;
    const auto flush = [&] {
        const auto state = conn_.flush();
        require(state != libpq::flush_state::failed);
        b.progress.flushed(state == libpq::flush_state::done);
    };
    if (b.progress.is_blocked()) flush();
    using step = batch_progress::step;
    for (;;) {
        switch (b.progress.next(has_more(b))) {
        case step::send:
            if (!b.progress.is_open() && has_to_wait_for_begin(*b.carried_by)) return false;
            b.asking ? ask(b) : send_statement(b);
            break;
        case step::request_flush:
            require(conn_.send_flush_request());
            b.progress.flush_requested();
            break;
        case step::flush: flush(); break;
        case step::spoil:
            require(conn_.send_prepare("", spoiling_text, {}));
            b.progress.spoiled();
            break;
        case step::sync:
            require(conn_.send_sync());
            b.progress.synced();
            if (statements_.is_off()) b.forget_current();   // behind a pooler the next server may be another
            break;
        case step::wait: return false;
        case step::finished:
            sending_ = nullptr;
            if (b.progress.syncs_to_come() == 0) end_batch(b);
            return true;
        }
    }
}

PGCORO_DECL bool session::has_more(batch& b) {
    if (b.progress.is_stopping()) return false;
    if (b.asking) return b.next < b.questions.size();
    try {
        return b.has_more();
    } catch (...) {
        give_up(b, error_of_user_code(b.part(b.next).text.text));
        return false;
    }
}

/// Ends a batch that cannot go on for a reason on this side: nothing of it is to be stored.
PGCORO_DECL void session::give_up(batch& b, const error& reason) {
    auto& r = *b.carried_by;
    if (!r.failure) r.fail(reason.with_place(b.place_of(b.next)).with_execution(b.execution_if_stopped()));
    b.progress.stop();
}

/// Asks for the description of a statement that will be sent once all answers have come.
PGCORO_DECL void session::ask(batch& b) {
    auto& p = b.part(b.questions[b.next]);
    if (!send_question(b, p)) return;
    b.progress.asked_for_description(p.text.text.size());
    ++b.next;
}

PGCORO_DECL bool session::send_question(batch& b, batch_part& p) {
    if (!open_batch_flight(b)) return false;
    const std::string sql(p.text.text);
    b.names.push_back(statements_.make_name());
    require(conn_.send_prepare(b.names.back().c_str(), sql.c_str(), {}));
    require(conn_.send_describe(b.names.back().c_str()));
    p.sent = p.parse_pending = p.describe_pending = true;
    return true;
}

/// Nothing is sent behind the Sync of a BEGIN, or of settings, that has not been answered.
PGCORO_DECL bool session::has_to_wait_for_begin(const request& r) noexcept {
    return r.carries_preamble || (r.before != nullptr && r.before->is_under_way());
}

/// Lets a BEGIN travel ahead. False if it had failed before.
PGCORO_DECL bool session::open_batch_flight(batch& b) {
    if (b.progress.is_open()) return true;
    try {
        send_preamble(*b.carried_by);
        if (!local_settings_.empty()) send_local_settings(*b.carried_by);
        return true;
    } catch (const error& reason) {
        give_up(b, reason);
        return false;
    }
}

/// Sends the next statement, or the question about it if it is to be described only now.
PGCORO_DECL void session::send_statement(batch& b) {
    auto& p = b.part(b.next);
    if (p.failure) return skip_statement(b);
    if (!b.is_current(p.text)) find_prepared(b, p.text);
    const bool known = b.is_current(p.text);
    if (known && p.description != b.prepared.description && !adopt_description(b, p, b.prepared.description)) return;
    if (!p.description) {
        auto description = known_description(b, p.text);
        if (!description) return ask_now(b, p);
        if (!adopt_description(b, p, std::move(description))) return;
    }
    if (!encode(b, p) || !open_batch_flight(b)) return;
    if (!known) prepare(b, p);
    require(conn_.send_execute(b.prepared.name.c_str(), static_cast<int>(parameters_.size()), parameters_.values(),
                               parameters_.lengths(), parameters_.formats(), p.description->row_format()));
    p.sent = true;
    b.progress.sent(known ? 1 : 2, bytes_of(parameters_, known ? 0 : p.text.text.size()));
    try {
        b.advance();
    } catch (...) {
        give_up(b, error_of_user_code(p.text.text));
    }
}

/// With a Sync each: a statement that failed on this side is left out.
PGCORO_DECL void session::skip_statement(batch& b) {
    b.progress.item_over();
    b.advance();
}

PGCORO_DECL void session::find_prepared(batch& b, const statement_text& text) {
    const auto* const statement = statements_.find(text);
    if (statement == nullptr) return;
    b.current = text;
    b.prepared = *statement;
}

/// Checks the row type anew: the statement is known by another description than the one that it was checked against.
PGCORO_DECL bool session::adopt_description(batch& b, batch_part& p, description_ptr description) {
    p.description = std::move(description);
    try {
        p.plan = p.make_plan(*p.description);
        return true;
    } catch (const error& mismatch) {
        fail_here(b, p, mismatch);
        return false;
    }
}

/// Asks for a description in the middle of the batch, and waits for it.
PGCORO_DECL void session::ask_now(batch& b, batch_part& p) {
    if (!send_question(b, p)) return;
    require(conn_.send_flush_request());
    b.progress.awaits_description(p.text.text.size());
}

PGCORO_DECL void session::prepare(batch& b, batch_part& p) {
    b.current = p.text;
    b.prepared = {statements_.make_name(), p.description};
    require(conn_.send_prepare(b.prepared.name.c_str(), p.description->sql().c_str(), p.description->parameters()));
    p.parse_pending = p.checks_columns = true;
    statements_.add(p.text, b.prepared);
}

PGCORO_DECL bool session::encode(batch& b, batch_part& p) {
    try {
        b.encode(parameters_, *p.description);
        return true;
    } catch (...) {
        fail_here(b, p, error_of_user_code(p.text.text));
        return false;
    }
}

/// A statement cannot be sent: with a Sync each it fails alone, else everything does.
PGCORO_DECL void session::fail_here(batch& b, batch_part& p, const error& reason) {
    const bool knows_types = p.description && p.description->knows_types();
    if (knows_types) {   // whoever comes next asks again
        p.doubt_types();
        descriptions_->drop(p.text, p.description);
        statements_.discard(p.text);
    }
    if (b.mode == batch_mode::sync_each) {
        p.failure = std::make_unique<error>(reason.with_place(b.place_of(b.next)));
        return skip_statement(b);
    }
    b.failed = b.next;
    b.misfit = knows_types || !b.has_learned(p.text);
    give_up(b, reason);
}

/// About what a statement takes in libpq's buffer: Bind, Describe and Execute are 40 bytes without their values.
PGCORO_DECL std::size_t session::bytes_of(const parameter_buffer& parameters, std::size_t text) noexcept {
    std::size_t bytes = 40 + text;
    for (std::size_t i = 0; i < parameters.size(); ++i) bytes += 6 + static_cast<std::size_t>(parameters.lengths()[i]);
    return bytes;
}

} // namespace pgcoro::session

// How a session learns what statements take and yield.
#pragma once

#include <pgcoro/session/session.hpp>
#include <pgcoro/session/statement_answers.hpp>
#include <pgcoro/session/type_catalog.hpp>

namespace pgcoro::session {

/// Lets a request wait until its connection has an answer about a text.
PGCORO_DECL void session::wait_for_description(request& r, const statement_text& about) {
    r.at = stage::awaiting_description;
    descriptions_->wait(about, r);
    ++parked_;
    describing_ = leased_;
}

PGCORO_DECL void session::ask_for_description(request& r) {
    if (descriptions_->is_being_described(r.text, this)) wait_for_description(r, r.text);
    else send_description_request(r);
}

PGCORO_DECL void session::send_description_request(request& r) {
    send_preamble(r);
    const std::string sql(r.text.text);
    names_being_described_.push_back(statements_.make_name());
    const auto* const name = names_being_described_.back().c_str();
    r.at = stage::describing;
    r.parse_answered = false;
    r.described_here = true;
    descriptions_->begin(r.text, this);
    describing_ = leased_;
    if (!local_settings_.empty()) send_local_settings(r);
    require(conn_.send_prepare(name, sql.c_str(), {}));
    require(conn_.send_describe(name));
    require(conn_.send_sync());
    in_flight_.push_back(r);
}

/// Has those who waited for an answer about a statement's text go on, or fail with it.
PGCORO_DECL void session::end_question(const statement_text& about, const std::optional<error>& failure) {
    describing_ = false;
    auto waiting = descriptions_->end(about, this);
    while (!waiting.empty()) {
        auto& r = waiting.front();
        waiting.pop_front();
        --parked_;
        r.at = stage::queued;
        if (!failure) {
            put_back(r);
            continue;
        }
        r.fail(*failure);
        count_off(r);
        runtime_->finish_later(r);   // not now: a handler that throws would keep the rest from its answer
    }
    if (!queue_.empty()) runtime_->at_end_of_turn(*this);   // on a leased connection they waited for this answer
}

/// The description that the server has answered with.
/// @param anew with nothing known of types that users made, so that the system catalogs will be asked about them
PGCORO_DECL description_ptr session::answered_description(const request& r, bool anew) {
    const auto read = [&] {
        return description_of(r.text, libpq::result_view(r.result.get()), descriptions_->types(),
                              runtime_->is_single_threaded());
    };
    auto description = read();
    if (!anew || !description->knows_types()) return description;
    description->doubt_types();
    return read();
}

PGCORO_DECL void session::complete_description(request& r) {
    auto name = std::move(names_being_described_.front());
    names_being_described_.pop_front();
    if (!r.failure) {
        auto description = answered_description(r, r.ask_server && !r.retried);
        if (r.kind == request_kind::description) r.description = description;
        statements_.add(r.text, {std::move(name), description});
        descriptions_->store(r.text, std::move(description));
    }
    // The same text is as wrong for everyone else, unless a transaction's state made it so.
    const bool same_for_all = r.failure && !leased_
                              && r.failure->code() == sqlstate_class::syntax_error_or_access_rule_violation;
    end_question(r.text, same_for_all ? r.failure : std::nullopt);
    if (give_away(r)) return;
    const bool is_done = r.kind == request_kind::description
                         && (r.description == nullptr || !r.description->lacks_types() || std::exchange(r.retried, true));
    if (r.failure || r.tombstone || is_done) return finish(r);
    r.at = stage::queued;
    r.result.reset();
    put_back(r);
    runtime_->at_end_of_turn(*this);
}

/// Answers with what is known of a statement, or asks. Once more if the system catalogs have to tell of its types first.
PGCORO_DECL void session::send_description(request& r) {
    if (const auto lacking = std::exchange(r.description, nullptr); lacking && !learn_types(r, lacking)) return;
    const auto* const known = r.ask_server && !r.retried ? nullptr : statements_.find(r.text);
    if (known == nullptr) return ask_for_description(r);
    r.description = known->description;
    if (r.description->lacks_types() && !std::exchange(r.retried, true)) return send_description(r);
    finish(r);
}

/// Asks what the statement's columns are, past all caches: nothing may be written by an outdated description. Once more if
/// the system catalogs have to tell of the columns' types first, which may have been altered as well.
PGCORO_DECL void session::send_fresh_description(request& r) {
    if (const auto lacking = std::exchange(r.description, nullptr); lacking && !learn_types(r, lacking)) return;
    send_preamble(r);
    if (!local_settings_.empty()) send_local_settings(r);
    const std::string sql(r.text.text);
    r.at = stage::preparing;
    r.parse_answered = false;
    r.described_here = true;
    require(conn_.send_prepare("", sql.c_str(), {}));
    require(conn_.send_describe(""));
    require(conn_.send_sync());
    in_flight_.push_back(r);
}

PGCORO_DECL void session::complete_columns(request& r) {
    r.description = answered_description(r, !r.retried);
    if (r.retried || !r.description->lacks_types()) return finish(r);
    r.retried = true;
    r.at = stage::queued;
    r.result.reset();
    put_back(r);
    runtime_->at_end_of_turn(*this);
}

/// Has the system catalogs tell of the types of a statement that users or extensions made, once in a pool for each type.
/// False if the request has to wait for their answer.
PGCORO_DECL bool session::learn_types(request& r, description_ptr known) {
    if (!describe_anew(r.text, *known)->lacks_types()) return true;   // another statement asked
    ask_for_types(r, r.text, known, known->unknown_types());
    return false;
}

/// Asks the system catalogs about types, in the name of a statement that takes or yields some of them.
PGCORO_DECL void session::ask_for_types(request& r, const statement_text& of, description_ptr known,
                                        const std::vector<oid>& types) {
    if (!descriptions_->is_being_described(of, this)) {
        descriptions_->begin(of, this);
        auto query = type_catalog::query(types, conn_.server_version());
        send_own(*new command_request(std::move(query), [self = session_ptr(this), known, text = std::string(of.text),
                                                         hash = of.hash](request& answer) {
            if (self->closed_) return;   // who waits goes elsewhere
            statement_text about;
            about.text = text;
            about.hash = hash;
            self->take_types(about, *known, answer);
        }));
    }
    wait_for_description(r, of);
}

/// A type that the catalogs do not know any more is done without. An error has failed the transaction that it was in, if
/// there was one; else it was a cancel that had come too late, or the server's end.
PGCORO_DECL void session::take_types(const statement_text& about, const statement_description& known, request& answer) {
    if (!answer.failure) {
        known.types()->add(libpq::result_view(answer.result.get()));
        describe_anew(about, known)->do_without_types();
    }
    std::optional<error> failure;
    if (answer.failure && !is_stray_cancel(*answer.failure, unsettled_))
        failure = answer.failure->with_execution(execution_state::not_sent);
    end_question(about, failure);
    own_statement_done();
}

/// The description with what is known of its types by now.
PGCORO_DECL description_ptr session::describe_anew(const statement_text& text, const statement_description& of) {
    description_ptr fresh(new statement_description(of.sql(), of.parameters(), of.columns(), of.types(),
                                                    runtime_->is_single_threaded()));
    descriptions_->store(text, fresh);
    if (auto* const statement = statements_.find(text)) statement->description = fresh;
    return fresh;
}

} // namespace pgcoro::session

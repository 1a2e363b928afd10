// How a transaction begins and ends.
#pragma once

#include <pgcoro/session/command_request.hpp>
#include <pgcoro/session/session.hpp>
#include <pgcoro/session/transaction_scope.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro::session {

PGCORO_DECL transaction_scope::transaction_scope(exclusive_connection_ptr on, std::string begin, bool owns,
                                                 std::string also_opening)
    : target(on->runtime_handle()), connection_(std::move(on)), opening_(std::move(begin)), owns_(owns) {
    root_ = this;
    preamble_.commands.push_back(opening_);
    if (!also_opening.empty()) preamble_.commands.push_back(std::move(also_opening));
}

PGCORO_DECL transaction_scope::transaction_scope(pointer outer)
    : target(outer->runtime_handle()), connection_(outer->connection_), outer_(std::move(outer)) {
    root_ = outer_->root_;
    name_ = "pgcoro_" + std::to_string(++root_->savepoints_);
    opening_ = "savepoint " + name_;
}

PGCORO_DECL void transaction_scope::accept(request& r) {
    if (r.kind == request_kind::commit || r.kind == request_kind::rollback) return accept_end(r);
    if (r.failure) return runtime_of().finish_later(r);
    if (!is_open()) return refuse(r);
    announce();
    r.before = &root_->preamble_;
    connection_->accept(r);
}

PGCORO_DECL std::size_t transaction_scope::take_cursor() {
    auto& taken = root_->cursors_;
    const auto free = static_cast<std::size_t>(std::find(taken.begin(), taken.end(), false) - taken.begin());
    if (free == taken.size()) taken.push_back(true);
    else taken[free] = true;
    return free;
}

PGCORO_DECL void transaction_scope::ended(request& r, bool by_commit) {
    if (by_commit) judge_commit(r);
    if (outer_ == nullptr) return close();
    if (!r.failure) {
        state_ = state::closed;
        if (!by_commit) run("release savepoint " + name_);
    } else {
        state_ = state::open;   // to be rolled back when the handle goes
    }
}

PGCORO_DECL void transaction_scope::abandon_later() {
    if (runtime_of().is_shut_down()) return;
    auto& r = *new command_request("rollback", [keep = pointer(this)](request&) {});
    r.kind = request_kind::rollback;
    runtime_of().deliver(*this, r);
}

PGCORO_DECL bool transaction_scope::is_open() const noexcept {
    return state_ < state::ending && root_->state_ < state::ending && !root_->preamble_.failure;
}

PGCORO_DECL void transaction_scope::announce() {
    if (state_ != state::unannounced) return;
    state_ = state::open;
    if (outer_ == nullptr) return;
    outer_->announce();
    root_->preamble_.commands.push_back(opening_);
}

PGCORO_DECL void transaction_scope::refuse(request& r) {
    const auto& failure = root_->preamble_.failure;
    if (failure)
        r.fail(error(make_error_code(errc::transaction_aborted),
                     std::string("the transaction could not begin: ") + failure->what(), r.text.text));
    else
        r.fail(error(make_error_code(errc::transaction_aborted), "the transaction has ended", r.text.text));
    runtime_of().finish_later(r);
}

PGCORO_DECL void transaction_scope::accept_end(request& r) {
    const bool commits = r.kind == request_kind::commit;
    const bool dropped = r.internal;
    r.kind = request_kind::command;
    if (dropped) return drop(r);
    if (state_ >= state::ending && (commits || state_ == state::closed)) return refuse(r);
    const bool lost_at_begin = root_->preamble_.failure.has_value();
    if (state_ == state::unannounced || (lost_at_begin && outer_ == nullptr)) {
        if (commits && lost_at_begin) refuse(r);
        else runtime_of().finish_later(r);
        return outer_ == nullptr ? close() : void(state_ = state::closed);
    }
    state_ = state::ending;
    r.text.text = outer_ == nullptr ? (commits ? "commit" : "rollback") : text_of_end(commits);
    if (root_->preamble_.is_due()) r.before = &root_->preamble_;   // its statements may still wait to be sent
    connection_->accept(r);
}

PGCORO_DECL std::string_view transaction_scope::text_of_end(bool commits) {
    ending_ = (commits ? "release savepoint " : "rollback to savepoint ") + name_;
    return ending_;
}

PGCORO_DECL void transaction_scope::drop(request& r) {
    const bool begun = state_ != state::unannounced && state_ != state::closed && root_->state_ != state::closed;
    if (begun && outer_ != nullptr) {
        run("rollback to savepoint " + name_);
        run("release savepoint " + name_);
    } else if (begun && !owns_ && !preamble_.failure) {   // an owned connection is put in order by its pool
        run("rollback");
    }
    if (outer_ == nullptr && state_ != state::closed) close();
    state_ = state::closed;
    runtime_of().finish_later(r);
}

PGCORO_DECL void transaction_scope::run(std::string command) {
    auto* const on = connection_->attached();
    if (on == nullptr) return;
    // The connection may have been given back meanwhile, and wait for this to end.
    auto& r = *new command_request(std::move(command), [keep = pointer(this), on = session_ptr(on)](request&) {
        on->own_statement_done();
    });
    if (root_->preamble_.is_due()) r.before = &root_->preamble_;
    on->accept(r);
}

PGCORO_DECL void transaction_scope::close() {
    state_ = state::closed;
    if (owns_) connection_->release();
}

PGCORO_DECL void transaction_scope::judge_commit(request& r) {
    if (!r.failure) {
        if (r.result && libpq::result_view(r.result.get()).command_status() == "ROLLBACK")
            r.fail(error(make_error_code(errc::transaction_aborted),
                         "a statement had failed: the transaction was rolled back", r.text.text,
                         execution_state::rejected));
        return;
    }
    const auto& failure = *r.failure;
    if (failure.code() == sqlstate::in_failed_sql_transaction) {   // of RELEASE SAVEPOINT
        r.fail(error(make_error_code(errc::transaction_aborted),
                     "a statement had failed: the savepoint is rolled back", r.text.text,
                     execution_state::rejected));
        return;
    }
    const bool from_server = failure.code().category() == server_category();
    const bool ended_connection = !from_server || failure.diagnostics().severity == "FATAL"
                                  || failure.diagnostics().severity == "PANIC";
    if (!ended_connection) r.failure = failure.with_execution(execution_state::rejected);
    else if (failure.execution() == execution_state::unknown && failure.code() != errc::commit_in_doubt) {
        const error doubt(make_error_code(errc::commit_in_doubt),
                          "the connection was lost during COMMIT: " + failure.diagnostics().message, r.text.text,
                          execution_state::unknown);
        r.fail(failure.is_message_withheld() ? doubt.with_message_withheld() : doubt);
    }
}

} // namespace pgcoro::session

// The steps of a stream.
#pragma once

#include <pgcoro/session/session.hpp>
#include <pgcoro/session/stream_task.hpp>
#include <pgcoro/session/type_catalog.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace pgcoro::session {

PGCORO_DECL stream_task::~stream_task() {
    if (unopened_ != nullptr) unopened_->abandon();
    if (place_.lease) place_.lease->release_later();
    if (place_.owns_transaction) place_.transaction->abandon_later();
}

PGCORO_DECL void stream_task::accept(request& step) {
    step.text.text = sql_;
    if (step.failure) return runtime_of().finish_later(step);
    if (step_ != nullptr) {
        step.fail(error(make_error_code(errc::protocol_error), "another read of this stream is under way", sql_));
        return runtime_of().finish_later(step);
    }
    start_time_limit(step);
    step.at = stage::executing;
    step_ = &step;
    const pointer keep(this);
    if (unopened_ != nullptr) start();
    answer();
}

PGCORO_DECL void stream_task::interrupt(request& r, const error& reason) {
    if (&r != step_) return;
    step_ = nullptr;
    r.fail(reason.with_execution(execution_state::unknown));
    runtime_of().finish_later(r);
    end_early(reason, true);
}

PGCORO_DECL void stream_task::release_later() noexcept {
    if (runtime_of().is_shut_down()) return;
    runtime_of().post([self = pointer(this)](runtime&) {
        const error reason(make_error_code(errc::operation_cancelled), "the handle of the stream is gone", self->sql_);
        if (self->step_ != nullptr) self->interrupt(*self->step_, reason);
        else self->end_early(reason, false);
    });
}

PGCORO_DECL void stream_task::take_rows(libpq::result_ptr rows) {
    buffered_ += libpq::memory_of(rows.get());
    parts_.push_back(std::move(rows));
    answer();
}

PGCORO_DECL void stream_task::start() {
    opening_ = std::exchange(unopened_, nullptr);
    opening_->belong_to(pointer(this));
    auto& first = *opening_;
    if (!has_cursor()) {
        first.rows = this;
        return place_.through->accept(first);
    }
    number_ = place_.transaction->take_cursor();
    cursor_ = "pgcoro_" + std::to_string(*number_);
    first.wrap("declare " + cursor_ + " no scroll cursor for ");
    // The plan is to be the best for all rows (documentation: cursor_tuple_fraction).
    send("set local cursor_tuple_fraction = 1");
    place_.through->accept(first);
    send("set local cursor_tuple_fraction to default");
    fetch();
}

PGCORO_DECL void stream_task::send(std::string command) {
    place_.through->accept(*new command_errand(pointer(this), request_kind::command, std::move(command)));
}

PGCORO_DECL void stream_task::fetch() {
    fetching_ = new command_errand(pointer(this), request_kind::command,
                                   "fetch forward " + std::to_string(size_.rows()) + " from " + cursor_);
    fetched_ = size_.rows();
    place_.through->accept(*fetching_);
}

PGCORO_DECL bool stream_task::lacks_types(const request& fetched) const {
    const libpq::result_view rows(fetched.result.get());
    bool lacking = false;
    for (std::size_t i = 0; i < rows.column_count(); ++i)
        lacking = lacking || type_catalog::is_to_be_asked_for(types_->find(rows.column_type(i)));
    return lacking && !told_;
}

PGCORO_DECL void stream_task::learn_types(request& fetched) {
    told_ = true;
    untold_ = std::move(fetched.result);
    fetching_ = new command_errand(pointer(this), request_kind::description, {});
    fetching_->text = make_statement_text(sql_, true);
    place_.through->accept(*fetching_);
}

PGCORO_DECL void stream_task::on_answer(errand& done) {
    if (&done == opening_) {
        opening_ = nullptr;
        if (over_) return;
        if (done.failure) return fail(*done.failure);
        if (has_cursor()) return;
        take_rest(done);
        return end();
    }
    if (&done == fetching_) {
        fetching_ = nullptr;
        if (over_) return;
        if (done.failure) return fail(*done.failure);
        if (done.kind == request_kind::description) done.result = std::move(untold_);
        else if (lacks_types(done)) return learn_types(done);
        const auto rows = libpq::result_view(done.result.get()).row_count();
        size_.learn(rows, libpq::memory_of(done.result.get()));
        const bool last = rows < fetched_;
        take_rest(done);
        if (last) return end();
        return answer();
    }
    if (&done == committing_) {
        committing_ = nullptr;
        place_.owns_transaction = false;
        place_.transaction->ended(done, true);
        if (over_) return;
        if (done.failure) return fail(*done.failure);
        over_ = true;
        answer();
    }
}

PGCORO_DECL void stream_task::on_abandoned(errand& gone) noexcept {
    for (auto* const mine : {&opening_, &fetching_, &committing_, &unopened_})
        if (*mine == &gone) *mine = nullptr;
    if (step_ != nullptr) std::exchange(step_, nullptr)->abandon();
}

PGCORO_DECL void stream_task::take_rest(request& of) {
    if (!of.result || libpq::result_view(of.result.get()).column_count() == 0) return;
    buffered_ += libpq::memory_of(of.result.get());
    parts_.push_back(std::move(of.result));
}

PGCORO_DECL void stream_task::answer() {
    if (step_ != nullptr && !parts_.empty()) {
        auto& step = *std::exchange(step_, nullptr);
        if (step.parts != nullptr) {
            *step.parts = std::exchange(parts_, {});
            buffered_ = 0;
        }
        runtime_of().finish_later(step);
    } else if (step_ != nullptr && over_) {
        auto& step = *std::exchange(step_, nullptr);
        if (failure_) step.fail(*failure_);
        runtime_of().finish_later(step);
    }
    if (over_ || ending_) return;
    if (has_cursor()) {
        if (fetching_ == nullptr && opening_ == nullptr && !is_full()) fetch();
    } else if (opening_ != nullptr && opening_->carrier != nullptr && !is_full()) {
        opening_->carrier->resume_rows();
    }
}

PGCORO_DECL void stream_task::end() {
    ending_ = true;
    if (place_.owns_transaction) {
        committing_ = new command_errand(pointer(this), request_kind::commit, "commit");
        place_.transaction->accept(*committing_);
        return answer();
    }
    close_cursor();
    over_ = true;
    give_back();
    answer();
}

PGCORO_DECL void stream_task::close_cursor() {
    if (!number_) return;
    place_.transaction->free_cursor(*number_);
    number_.reset();
    send("close " + cursor_);
}

PGCORO_DECL void stream_task::fail(const error& reason) {
    failure_ = error(reason.code(), said_of(reason), reason.execution());
    over_ = true;
    give_back();
    answer();
}

PGCORO_DECL diagnostics stream_task::said_of(const error& reason) const {
    auto said = reason.diagnostics();
    said.sql = sql_;
    return said;
}

PGCORO_DECL void stream_task::give_back() {
    if (std::exchange(place_.owns_transaction, false)) place_.transaction->abandon_later();
    if (const auto lease = std::exchange(place_.lease, nullptr)) lease->release();
}

PGCORO_DECL void stream_task::end_early(const error& reason, bool stop) {
    if (over_) return;
    const pointer keep(this);
    over_ = true;
    failure_ = reason;
    parts_.clear();
    buffered_ = 0;
    const bool own = place_.owns_transaction || place_.lease != nullptr;
    const bool direct = !has_cursor();
    for (auto* const running : {opening_, fetching_}) {
        if (running == nullptr || !(own || stop || direct)) continue;
        if (running->carrier != nullptr) running->carrier->interrupt(*running, reason);
    }
    if (!own) close_cursor();
    give_back();
}

PGCORO_DECL type_ref stream_task::type_of(oid column) const { return types_->find(column); }

} // namespace pgcoro::session

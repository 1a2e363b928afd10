// The steps of a COPY.
#pragma once

#include <pgcoro/libpq/plain_calls.hpp>
#include <pgcoro/session/copy_task.hpp>
#include <pgcoro/session/session.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace pgcoro::session {

PGCORO_DECL void copy_task::accept(request& added) {
    added.text.text = sql_;
    if (added.failure) return runtime_of().finish_later(added);
    if (step_ != nullptr)
        return refuse(added, error(make_error_code(errc::copy_failed), "another step of this COPY is under way", sql_));
    if (failure_) return refuse(added, *failure_);
    if (state_ == state::ended) return answer_after_end(added);
    start_time_limit(added);
    added.at = stage::executing;
    step_ = &added;
    given_ = 0;
    const session_ptr keep(on_);
    advance();
}

PGCORO_DECL void copy_task::interrupt(request& r, const error& reason) {
    if (&r != step_) return;
    step_ = nullptr;
    const bool undone = direction_ == libpq::copy_direction::in && !end_sent_;
    r.fail(reason.with_execution(undone ? execution_state::rejected : execution_state::unknown));
    runtime_of().finish_later(r);
    end_early(reason.diagnostics().message);
}

PGCORO_DECL void copy_task::release_later() noexcept {
    if (runtime_of().is_shut_down()) return;
    runtime_of().post([self = boost::intrusive_ptr<copy_task>(this)](runtime&) { self->withdraw(); });
}

PGCORO_DECL void copy_task::withdraw() {
    const error reason(make_error_code(errc::operation_cancelled), "the handle of the COPY is gone", sql_);
    if (step_ != nullptr) interrupt(*step_, reason);
    else end_early(reason.diagnostics().message);
}

PGCORO_DECL bool copy_task::on_copy(session& on, libpq::copy_direction which) {
    if (which != direction_) return false;
    on_ = &on;
    state_ = state::copying;
    return true;
}

PGCORO_DECL bool copy_task::wants_input() const noexcept {
    return direction_ == libpq::copy_direction::in || state_ != state::copying || step_ != nullptr || unwanted_;
}

PGCORO_DECL void copy_task::on_input() {
    if (direction_ == libpq::copy_direction::out) read_rows();
}

PGCORO_DECL void copy_task::on_flushed() {
    is_full_ = false;
    unflushed_ = 0;
    if (direction_ == libpq::copy_direction::in && state_ == state::copying && step_ != nullptr) write_rows();
}

PGCORO_DECL execution_state copy_task::after_loss() const noexcept {
    return direction_ == libpq::copy_direction::in && !end_sent_ ? execution_state::rejected
                                                                 : execution_state::unknown;
}

PGCORO_DECL void copy_task::on_failed(const error& failure) {
    if (!failure_) failure_ = failure;
}

PGCORO_DECL void copy_task::on_ended() {
    on_ = nullptr;
    state_ = state::ended;
    if (step_ != nullptr) answer_after_end(*std::exchange(step_, nullptr));
}

PGCORO_DECL void copy_task::on_lost(const error& reason) {
    const auto execution = after_loss();
    if (failure_ && !unwanted_) failure_ = failure_->with_execution(execution);
    else failure_.emplace(reason.code(), reason.diagnostics().message, sql_, execution);
    on_ended();
}

PGCORO_DECL void copy_task::abandon() noexcept {
    on_ = nullptr;
    state_ = state::ended;
    if (step_ != nullptr) std::exchange(step_, nullptr)->abandon();
}

PGCORO_DECL void copy_task::advance() {
    if (state_ != state::copying) return;   // its results are on their way
    if (direction_ == libpq::copy_direction::in) return write_rows();
    read_rows();
}

PGCORO_DECL void copy_task::refuse(request& r, const error& reason) {
    r.fail(reason);
    runtime_of().finish_later(r);
}

PGCORO_DECL void copy_task::answer_after_end(request& r) {
    if (failure_) return refuse(r, *failure_);
    if (r.step->asks == copy_step::kind::write && !r.failure)
        r.fail(error(make_error_code(errc::copy_failed), "the COPY has ended", sql_));
    r.step->rows = rows_;
    r.step->at_end = true;
    runtime_of().finish_later(r);
}

PGCORO_DECL void copy_task::write_rows() {
    auto& asked = *step_->step;
    while (given_ < asked.data.size()) {
        if (is_full_) {
            on_->await_room_for_plain();
        } else if (unflushed_ >= most_unflushed) {
            unflushed_ = 0;
            on_->flush_plain();
        }
        if (step_ == nullptr || on_->is_flushing()) return;   // it is lost, or on_flushed comes back here
        const auto left = asked.data.size() - given_;
        const auto block = asked.data.subspan(given_, left < 2 * block_size ? left : block_size);
        switch (libpq::put_copy_data(on_->connection(), block)) {
        case libpq::put_state::held: is_full_ = true; [[fallthrough]];
        case libpq::put_state::accepted:
            given_ += block.size();
            unflushed_ += block.size();
            break;
        case libpq::put_state::full: is_full_ = true; break;
        case libpq::put_state::failed: return on_->lose_plain({});
        }
    }
    if (asked.asks == copy_step::kind::finish) return end_writing(nullptr);
    answer();
}

PGCORO_DECL void copy_task::end_writing(const char* reason) {
    state_ = state::ending;
    end_sent_ = reason == nullptr;
    if (libpq::end_copy_in(on_->connection(), reason) != libpq::put_state::accepted) return on_->lose_plain({});
    on_->flush_plain();
    if (on_ != nullptr) on_->take_plain_results();
}

PGCORO_DECL void copy_task::read_rows() {
    if (unwanted_) return drop_rows();
    if (step_ == nullptr) return;
    auto& asked = *step_->step;
    for (bool looked = false;;) {
        switch (libpq::take_copy_row(on_->connection(), asked.received)) {
        case libpq::copy_row::taken:
            ++asked.rows;
            if (asked.received.size() >= block_size) return answer();
            looked = false;
            break;
        case libpq::copy_row::ended: return end_reading();
        case libpq::copy_row::not_yet:
            if (std::exchange(looked, true)) return rest();
            if (!consume()) return;
        }
    }
}

PGCORO_DECL void copy_task::drop_rows() {
    std::vector<std::byte> dropped;
    for (;; dropped.clear()) {
        switch (libpq::take_copy_row(on_->connection(), dropped)) {
        case libpq::copy_row::taken: break;
        case libpq::copy_row::ended: return end_reading();
        case libpq::copy_row::not_yet: return on_->watch_plain();
        }
    }
}

PGCORO_DECL void copy_task::rest() {
    if (step_ != nullptr && !step_->step->received.empty()) answer();
    on_->watch_plain();
}

PGCORO_DECL bool copy_task::consume() {
    if (on_->connection().consume_input() != libpq::input_state::failed) return true;
    on_->lose_plain({});
    return false;
}

PGCORO_DECL void copy_task::end_reading() {
    state_ = state::ending;
    if (step_ != nullptr && !step_->step->received.empty()) answer();
    on_->take_plain_results();
}

PGCORO_DECL void copy_task::end_early(const std::string& reason) {
    if (on_ == nullptr || unwanted_) return;
    const session_ptr keep(on_);
    unwanted_ = true;
    failure_.emplace(make_error_code(errc::copy_failed), "the COPY was ended: " + reason, sql_,
                     execution_state::rejected);
    if (direction_ == libpq::copy_direction::out || state_ == state::ending) {
        on_->stop_plain(clock::duration::zero());
        if (on_ != nullptr && state_ == state::copying) drop_rows();
        return;
    }
    // The server ends the COPY by itself when it comes to read this.
    end_writing(reason.c_str());
    if (on_ != nullptr) on_->stop_plain(std::chrono::milliseconds(100));
}

} // namespace pgcoro::session

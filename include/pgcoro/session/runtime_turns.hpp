// How a runtime takes its turns on its executor, from its beginning to the end of the execution context.
#pragma once

#include <pgcoro/session/runtime.hpp>

namespace pgcoro::session {

PGCORO_DECL runtime::runtime(const executor_type& executor, concurrency mode)
    : inner_(executor), mode_(mode), memory_(mode == concurrency::single_threaded),
      home_(mode == concurrency::single_threaded ? executor : strand_on(executor)), service_(&runtime_service::of(executor)) {
    if (const auto* io = inner_.target<loop_executor>()) loop_.emplace(*io);
    strand_ = home_.target<strand_of_any>();
    loop_strand_ = home_.target<strand_of_loop>();
    wakes_ = std::make_shared<wake_channel>(home_);
    deadline_timer_.emplace(home_);
    service_->add(*this);
}

PGCORO_DECL runtime::~runtime() {
    if (service_ != nullptr) service_->remove(*this);
    wakes_->close();
}

/// A strand on an io_context's own executor fits into an `any_io_executor`; one on an `any_io_executor` does not, and
/// would be allocated anew for each operation.
PGCORO_DECL runtime::executor_type runtime::strand_on(const executor_type& executor) {
    if (const auto* loop = executor.target<loop_executor>()) return boost::asio::make_strand(*loop);
    return boost::asio::make_strand(executor);
}

PGCORO_DECL bool runtime::on_strand() const noexcept {
    return loop_strand_ != nullptr ? loop_strand_->running_in_this_thread() : strand_->running_in_this_thread();
}

PGCORO_DECL void runtime::empty_inbox() {
    request_list arrived;
    {
        const std::lock_guard lock(inbox_mutex_);
        arrived.swap(inbox_);
    }
    while (!arrived.empty()) {
        auto& r = arrived.front();
        arrived.pop_front();
        r.sink->accept(r);
    }
}

PGCORO_DECL void runtime::put_into_inbox(request& added) {
    bool first;
    {
        const std::lock_guard lock(inbox_mutex_);
        first = inbox_.empty();
        inbox_.push_back(added);
    }
    if (first) post([](runtime& self) { self.empty_inbox(); });
}

PGCORO_DECL void runtime::abandon_finished() noexcept {
    while (!finished_.empty()) {
        auto& r = finished_.front();
        finished_.pop_front();
        r.abandon();
    }
    request_list undelivered;
    {
        const std::lock_guard lock(inbox_mutex_);
        undelivered.swap(inbox_);
    }
    while (!undelivered.empty()) {
        auto& r = undelivered.front();
        undelivered.pop_front();
        r.abandon();
    }
}

PGCORO_DECL void runtime::schedule_turn() {
    if (turn_posted_ || shut_down_) return;
    turn_posted_ = true;
    post([](runtime& self) { self.turn_posted_ = false; });
}

/// Sends what has gathered and answers who is due. What this sets off again waits for the next turn, so that
/// callers who fail and ask again at once do not keep the loop from everybody else.
PGCORO_DECL void runtime::end_turn() {
    if (!finished_.empty()) answer_finished();
    while (!participants_.empty()) {
        auto& who = participants_.front();
        participants_.pop_front();
        who.scheduled_ = false;
        who.end_turn();
    }
}

PGCORO_DECL void runtime::answer_finished() {
    request_list due;
    due.swap(finished_);
    try {
        while (!due.empty()) {
            auto& r = due.front();
            due.pop_front();
            r.finish();
        }
    } catch (...) {
        finished_.splice(finished_.begin(), due);
        throw;
    }
}

PGCORO_DECL void runtime::arm_timer(clock::time_point when) {
    timer_expiry_ = when;
    deadline_timer_->expires_at(when);
    deadline_timer_->async_wait(
        [self = boost::intrusive_ptr<runtime>(this)](const boost::system::error_code& failed) {
            if (failed || self->shut_down_) return;
            const turn guard(*self);
            self->expire();
        });
}

PGCORO_DECL void runtime::expire() {
    timer_expiry_ = clock::time_point::max();
    const auto now = clock::now();
    while (!deadlines_.empty() && deadlines_.begin()->deadline <= now) {
        auto& r = *deadlines_.begin();
        remove_deadline(r);
        try {
            r.sink->expire(r);
        } catch (...) {   // of a caller's handler
            arm_next_deadline();
            throw;
        }
    }
    arm_next_deadline();
}

PGCORO_DECL void runtime::arm_next_deadline() {
    if (!deadlines_.empty()) arm_timer(deadlines_.begin()->deadline);
}

PGCORO_DECL void runtime::shut_down() noexcept {
    const boost::intrusive_ptr<runtime> keep(this);
    shut_down_ = true;
    service_ = nullptr;
    if (owner_ != nullptr) owner_->on_shutdown();
    abandon_finished();
    wakes_->close();
    // A strand may not outlive its context.
    deadline_timer_.reset();
    strand_ = nullptr;
    loop_strand_ = nullptr;
    loop_.reset();
    home_ = {};
    inner_ = {};
}

} // namespace pgcoro::session

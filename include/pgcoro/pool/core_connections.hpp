// The pool's core: connections are opened, put in order, closed.
#pragma once

#include <pgcoro/pool/core.hpp>

#include <algorithm>
#include <string>

namespace pgcoro::pooling {

PGCORO_DECL connect_options core::connection_settings() const {
    validate(options_);
    auto settings = options_.connect;
    if (const auto text = startup_options(options_); !text.empty()) settings.set("options", text);
    return settings;
}

// ---------------------------------------------------------------------------------------------- opening

PGCORO_DECL void core::open(std::size_t index) {
    auto& s = *slots_[index];
    s.retiring = false;
    const bool with_settings = settings_at_startup_;
    s.attempt = new session::connector(
        runtime_handle(), with_settings ? connect_ : options_.connect, options_.connect_timeout,
        [this, &s, with_settings](libpq::connection opened, std::optional<error> failure) {
            const core_ptr keep(this);
            auto pooler = options_.pooler_mode;
            if (pooler == pooler_mode::automatic)
                pooler = s.attempt->found_pooler() ? pooler_mode::transaction : pooler_mode::none;
            s.attempt.reset();
            if (!failure) return connected(s, std::move(opened), pooler, with_settings);
            if (!with_settings || !session::refuses_startup_options(*failure)) return connect_failed(s, *failure);
            settings_at_startup_ = false;
            open(s.index);
        });
    if (options_.pooler_mode == pooler_mode::automatic) s.attempt->look_for_pooler();
    s.attempt->start();
}

/// @param with_settings whether they travelled with the startup packet
PGCORO_DECL void core::connected(slot& s, libpq::connection opened, pooler_mode pooler, bool with_settings) {
    const auto capacity
        = session::statement_capacity(options_.statement_cache_capacity, options_.statement_mode, pooler);
    s.connection = new session::session(runtime_handle(), std::move(opened), descriptions_,
                                        session::statement_cache(capacity, statements_));
    s.connection->set_pooler(pooler);
    if (options_.redact_server_messages) s.connection->withhold_server_messages();
    const auto settings = own_settings(options_);
    s.sets_settings = !with_settings && !settings.empty() && !session::shares_sessions(pooler);
    if (session::shares_sessions(pooler) && !settings.empty())
        s.connection->set_local_settings({session::set_config_text(settings, true), !options_.session_settings.empty()});
    try {
        s.connection->open(&s);
    } catch (const error& failure) {
        s.connection.reset();
        return connect_failed(s, failure);
    }
    if (options_.on_notice) s.connection->on_notice(options_.on_notice);
    set_up(s, [this, &s](std::optional<error> failure) {
        s.connection->set_leased(false);
        s.connection->clear_effects();
        if (!failure) return established(s);
        std::exchange(s.connection, nullptr)->abandon();
        connect_failed(s, *failure);
    });
}

/// A new connection is fit for use.
PGCORO_DECL void core::established(slot& s) {
    ++count_.opened;
    if (lost_any_ || last_failure_) ++count_.reconnects;
    lost_any_ = false;
    last_failure_.reset();
    backoff_.reset();
    if (backing_off_ && backoff_timer_->cancel() != 0) end_backoff();
    const auto now = session::clock::now();
    const auto chance = std::uniform_real_distribution<>(-1.0, 1.0)(random_);
    const auto lifetime = std::chrono::duration<double, std::milli>(
        static_cast<double>(options_.max_lifetime.count()) * (1.0 + options_.max_lifetime_jitter * chance));
    s.expires = now + std::chrono::duration_cast<session::clock::duration>(lifetime);
    s.idle_since = now;
    dispatcher_.connected(s.index);
    check_starters();
}

/// Those who wait go on waiting, up to their deadline; those who want to know whether the server is there at all
/// are told.
PGCORO_DECL void core::connect_failed(slot& s, const error& reason) {
    ++count_.connect_failures;
    last_failure_ = reason;
    dispatcher_.allow_opening(false);
    dispatcher_.vacate(s.index);
    session::request_list told;
    told.swap(starters_);
    while (!told.empty()) {
        auto& r = told.front();
        told.pop_front();
        answer(r, reason);
    }
    finish_if_drained();
    // Attempts that were made together are one failure.
    if (std::exchange(backing_off_, true) || closed_) return;
    if (!backoff_timer_) backoff_timer_.emplace(runtime_of().home());
    const auto chance = std::uniform_real_distribution<>(0.0, 1.0)(random_);
    backoff_timer_->expires_after(backoff_.next(chance));
    backoff_timer_->async_wait([self = core_ptr(this)](const boost::system::error_code& failed) {
        if (failed || self->closed_ || self->runtime_of().is_shut_down()) return;
        const session::runtime::turn guard(self->runtime_of());
        self->end_backoff();
    });
}

PGCORO_DECL void core::end_backoff() {
    backing_off_ = false;
    dispatcher_.allow_opening(true);
}

PGCORO_DECL void core::check_starters() {
    const auto standing = dispatcher_.open_count() - dispatcher_.connecting();
    if (standing < std::max<std::size_t>(1, options_.min_connections)) return;
    while (!starters_.empty()) {
        auto& r = starters_.front();
        starters_.pop_front();
        runtime_of().finish_later(r);
    }
}

// ---------------------------------------------------------------------------------------------- in use

PGCORO_DECL void core::request_done(slot& s, const session::request& r) {
    const auto state = dispatcher_.state(s.index);
    if (s.lease != nullptr) return;   // its holder's, or on_connect's
    if (state == slot_state::leased) return give_back(s);
    if (state == slot_state::cleaning) return clean(s);
    if (durations_ != nullptr) learn_duration(s, r);
    if (dispatcher_.in_flight(s.index) == 1) s.idle_since = session::clock::now();
    dispatcher_.statement_done(s.index, r.slow);
    if (retire_if_drained(s)) return;
    if (closing_) finish_if_drained();
}

/// A connection's statements are answered in their order: the server has worked on this one since the one before it.
PGCORO_DECL void core::learn_duration(slot& s, const session::request& r) {
    if (r.at == session::stage::queued) return;   // it never got there
    const auto now = session::clock::now();
    if (r.kind == session::request_kind::statement && r.statements == nullptr)
        durations_->note(r.text.hash, now - s.served_since);
    s.served_since = now;
}

PGCORO_DECL void core::settled(slot& s) {
    if (dispatcher_.state(s.index) == slot_state::cleaning && s.lease == nullptr) clean(s);
    if (s.retiring) retire_if_drained(s);
    else dispatcher_.settled(s.index);
    if (closing_) finish_if_drained();
}

/// A statement that our own cancel hit by mistake is dispatched anew.
PGCORO_DECL bool core::take_back(slot& s, session::request& hit) {
    dispatcher_.statement_done(s.index, hit.slow);
    wait_again(hit);
    return true;
}

PGCORO_DECL void core::lost(slot& s, const error& reason, session::request_list& unsent) {
    const session::session_ptr gone = std::move(s.connection);
    if (!closed_) ++count_.closed_by_error;
    lost_any_ = true;
    const bool was_leased = gone->is_leased();   // also one that came back with statements still to be sent
    if (s.lease != nullptr) s.lease->detach();
    s.returned = s.was_acquired = false;
    s.hook_limit.reset();
    if (dispatcher_.state(s.index) == slot_state::connecting) {   // while on_connect set it up
        if (reason.code() == errc::connect_timeout) return connect_failed(s, reason);
        return connect_failed(s, error(make_error_code(errc::connect_failed),
                                       "lost during on_connect: " + reason.diagnostics().message));
    }
    dispatcher_.vacate(s.index);
    if (auto* const applicant = std::exchange(s.applicant, nullptr)) try_another(*applicant, reason);
    session::request_list again;
    // A leaseholder's statements belong on that connection: the session answers them.
    if (!was_leased && !closed_ && reason.code() != errc::protocol_error) again.swap(unsent);
    while (!again.empty()) {
        auto& r = again.back();   // from the end, since each goes to the line's front
        again.pop_back();
        r.is_command() ? answer(r, reason) : wait_again(r);
    }
    finish_if_drained();
}

// ---------------------------------------------------------------------------------------------- coming back

/// A lease's handle is gone, or an exclusive statement has ended.
PGCORO_DECL void core::give_back(slot& s) {
    s.returned = true;
    s.connection->on_notification({});
    s.connection->on_notice(options_.on_notice);
    dispatcher_.lease_returned(s.index);
    clean(s);
}

/// Puts a connection in order, step by step: nothing in flight, no cancel on its way, no transaction, no traces. It is
/// called again whenever something of that changes.
PGCORO_DECL void core::clean(slot& s) {
    auto& session = *s.connection;
    session.withdraw_plain();
    if (session.is_closed() || !session.is_idle() || session.is_being_cancelled()) return;
    switch (session.transaction()) {
    case libpq::transaction_status::idle: return reset(s);
    case libpq::transaction_status::in_transaction:
    case libpq::transaction_status::failed:
        session.run_command("rollback", [this, &s](session::request& done) {
            done.failure ? drop(s) : clean(s);
        });
        return;
    default: return drop(s);
    }
}

PGCORO_DECL void core::reset(slot& s) {
    auto& session = *s.connection;
    const bool wanted = !session::shares_sessions(session.pooler())   // it would reset what others use
                        && (options_.reset == reset_policy::discard_all
                            || (options_.reset == reset_policy::automatic && session.has_effects()));
    if (!wanted || !s.returned) return back_in_service(s);
    s.returned = false;
    session.run_command("discard all", [this, &s](session::request& done) {
        if (done.failure) return drop(s);
        s.connection->forget_statements();
        s.connection->clear_effects();
        set_up(s, [this, &s](std::optional<error> failure) { failure ? drop(s) : clean(s); });
    });
}

PGCORO_DECL void core::back_in_service(slot& s) {
    s.returned = false;
    if (std::exchange(s.was_acquired, false) && hooks_.after_release)
        return call_hook(s, hooks_.after_release, "after_release", [this, &s](std::optional<error> refused) {
            refused ? retire(s, count_.closed_by_hook) : clean(s);
        });
    s.connection->set_leased(false);
    s.connection->clear_effects();
    s.idle_since = session::clock::now();
    if (s.expires <= s.idle_since) return retire(s, count_.closed_by_lifetime);
    dispatcher_.cleaned(s.index);
    if (closing_) finish_if_drained();
}

/// Closes a connection that is out of service, for a reason that is counted.
PGCORO_DECL void core::retire(slot& s, pgcoro::core::counter<std::uint64_t>& reason) {
    ++reason;
    const session::session_ptr closing = std::move(s.connection);
    closing->abandon();
    dispatcher_.vacate(s.index);
    if (closing_) finish_if_drained();
}

/// Closes a connection at the end of its lifetime, once the statements that it still carried have ended.
PGCORO_DECL bool core::retire_if_drained(slot& s) {
    if (!s.retiring || dispatcher_.in_flight(s.index) != 0 || s.connection->is_being_cancelled()) return false;
    s.retiring = false;
    retire(s, count_.closed_by_lifetime);
    return true;
}

/// Closes a connection that could not be put in order.
PGCORO_DECL void core::drop(slot& s) {
    if (s.connection) retire(s, count_.closed_by_error);
}

// ---------------------------------------------------------------------------------------------- the whole

PGCORO_DECL void core::begin_maintenance() {
    if (maintenance_timer_) return;
    maintenance_timer_.emplace(runtime_of().home());
    maintain();
}

PGCORO_DECL void core::maintain() {
    if (closing_) return;
    const auto now = session::clock::now();
    std::vector<idle_connection> idle;
    for (const auto index : dispatcher_.idle())
        idle.push_back({index, slots_[index]->idle_since, slots_[index]->expires});
    const auto plan = plan_maintenance({options_.min_connections, options_.min_idle, options_.max_idle,
                                        options_.idle_timeout},
                                       idle, dispatcher_.open_count(), dispatcher_.connecting(), now);
    for (const auto& [index, why] : plan.close) {
        dispatcher_.take_idle(index);
        retire(*slots_[index], why == retirement::lifetime    ? count_.closed_by_lifetime
                               : why == retirement::idle_time ? count_.closed_by_idle_time
                                                              : count_.closed_by_health_check);
    }
    // One that is busy all the time is never idle of its own accord.
    for (auto& s : slots_)
        if (s->connection && dispatcher_.state(s->index) == slot_state::shared && s->expires <= now) {
            s->retiring = true;
            dispatcher_.quarantine(s->index);
        }
    if (!backing_off_)
        for (std::size_t i = 0; i < plan.open && dispatcher_.open_one(); ++i) {}
    maintenance_timer_->expires_after(options_.health_check_period);
    maintenance_timer_->async_wait([self = core_ptr(this)](const boost::system::error_code& failed) {
        if (failed || self->closing_ || self->runtime_of().is_shut_down()) return;
        const session::runtime::turn guard(self->runtime_of());
        self->maintain();
    });
}

/// Ends a drain once nothing runs and nobody waits any more.
PGCORO_DECL void core::finish_if_drained() {
    if (!closing_ || closed_) return;
    const auto& now = dispatcher_.counts();
    const auto busy = now[slot_state::shared] + now[slot_state::draining] + now[slot_state::leased]
                      + now[slot_state::cleaning];
    if (busy == 0 && dispatcher_.waiting() == 0) close_now();
}

PGCORO_DECL void core::close_now() {
    const core_ptr keep(this);
    closing_ = true;
    closed_ = true;
    const error reason(make_error_code(errc::pool_closed), "the pool was closed");
    backoff_timer_.reset();
    maintenance_timer_.reset();
    dispatcher_.allow_opening(false);
    dispatcher_.end_waiting([&](session::request& r) { answer(r, reason); });
    for (auto& s : slots_) {
        if (s->attempt) {
            s->attempt->cancel();
            s->attempt.reset();
            dispatcher_.vacate(s->index);
        }
        if (s->connection) s->connection->close(reason);
    }
    while (!starters_.empty()) {
        auto& r = starters_.front();
        starters_.pop_front();
        answer(r, reason);
    }
    while (!closers_.empty()) {
        auto& r = closers_.front();
        closers_.pop_front();
        runtime_of().finish_later(r);
    }
    runtime_of().rest();
}

PGCORO_DECL void core::on_shutdown() noexcept {
    const core_ptr keep(this);   // requests and their handlers may hold the last other references
    closing_ = closed_ = true;
    backoff_timer_.reset();
    maintenance_timer_.reset();
    const auto abandon = [](session::request& r) { r.abandon(); };
    dispatcher_.allow_opening(false);
    dispatcher_.end_waiting(abandon);
    for (auto list : {&starters_, &closers_})
        while (!list->empty()) {
            auto& r = list->front();
            list->pop_front();
            r.abandon();
        }
    auto waiting = descriptions_->take_all_waiting();
    while (!waiting.empty()) {
        auto& r = waiting.front();
        waiting.pop_front();
        r.abandon();
    }
    for (auto& s : slots_) {
        if (s->attempt) s->attempt->cancel();
        s->attempt.reset();
        if (auto* const applicant = std::exchange(s->applicant, nullptr)) applicant->abandon();
        if (s->lease != nullptr) s->lease->detach();
        s->hook_limit.reset();
        if (const auto connection = std::move(s->connection)) connection->abandon();
    }
}

} // namespace pgcoro::pooling

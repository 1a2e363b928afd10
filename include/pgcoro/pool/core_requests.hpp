// The pool's core: requests come in, wait, are assigned and answered.
#pragma once

#include <pgcoro/pool/core.hpp>
#include <pgcoro/session/batch.hpp>

#include <string>

namespace pgcoro::pooling {

PGCORO_DECL core::core(session::runtime_ptr on, pool_options options)
    : target(std::move(on)), options_(std::move(options)), connect_(connection_settings()),
      settings_at_startup_(connect_ != options_.connect
                           && (options_.pooler_mode == pooler_mode::automatic
                               || options_.pooler_mode == pooler_mode::none)),
      dispatcher_({options_.max_connections,
                   options_.pipeline_depth == automatic_depth ? greatest_automatic_depth : options_.pipeline_depth,
                   options_.max_waiting},
                  *this),
      descriptions_(std::make_shared<session::description_cache>(
          std::max<std::size_t>(1000, 4 * options_.statement_cache_capacity))),
      backoff_(options_.reconnect) {
    for (std::size_t i = 0; i < options_.max_connections; ++i) {
        slots_.push_back(std::make_unique<slot>());
        slots_.back()->owner = this;
        slots_.back()->index = i;
    }
    if (options_.pipeline_depth == automatic_depth) durations_ = std::make_unique<service_times>();
    runtime_of().set_owner(this);
}

PGCORO_DECL core::~core() { runtime_of().set_owner(nullptr); }

PGCORO_DECL session::clock::duration core::default_time_limit() const noexcept {
    return options_.query_timeout ? session::clock::duration(*options_.query_timeout) : session::clock::duration::max();
}

PGCORO_DECL void core::accept(session::request& r) {
    using session::request_kind;
    if (r.failure) return runtime_of().finish_later(r);
    if (r.kind == request_kind::close) {
        if (closed_) return runtime_of().finish_later(r);
        closing_ = true;
        if (r.time_limit != session::clock::duration::max())
            runtime_of().set_deadline(r, session::clock::now() + r.time_limit);
        closers_.push_back(r);
        return finish_if_drained();
    }
    if (closing_) return answer(r, error(make_error_code(errc::pool_closed), "the pool is closed", r.text.text));
    if (auto refused = r.text.at_run_time ? filter(r) : std::nullopt) return answer(r, *refused);
    if (r.statements != nullptr && r.statements->is_empty()) return runtime_of().finish_later(r);
    begin_maintenance();
    start_time_limit(r, r.kind == request_kind::statement ? default_time_limit() : session::clock::duration::max());
    if (r.kind == request_kind::start) {
        starters_.push_back(r);
        const auto wanted = std::max<std::size_t>(1, options_.min_connections);
        while (dispatcher_.open_count() < wanted && dispatcher_.open_one()) {}
        return check_starters();
    }
    if (r.kind == request_kind::statement && r.text.cls != statement_class::shareable) r.exclusive = true;
    r.slow = durations_ != nullptr && !r.wants_exclusive() && durations_->is_slow(r.text.hash);
    wait_in_line(r);
}

PGCORO_DECL std::optional<error> core::filter(const statement_text& text) const {
    if (!text.at_run_time || !options_.runtime_sql_filter) return std::nullopt;
    auto reason = options_.runtime_sql_filter(text.text);
    if (!reason) return std::nullopt;
    return error(make_error_code(errc::invalid_sql), "refused by runtime_sql_filter: " + *reason, text.text);
}

PGCORO_DECL std::optional<error> core::filter(const session::request& r) const {
    if (r.statements == nullptr) return filter(r.text);
    for (const auto* const part : r.statements->parts())
        if (auto refused = filter(part->text)) return refused;
    return std::nullopt;
}

/// Submits a request to the dispatcher, which may assign it at once.
PGCORO_DECL void core::wait_in_line(session::request& r) {
    r.at = session::stage::waiting;
    r.waiting_since = {};
    switch (dispatcher_.submit(r)) {
    case dispatcher_type::admission::assigned: break;
    case dispatcher_type::admission::waiting: limit_waiting(r); break;
    case dispatcher_type::admission::overloaded:
        ++count_.rejected;
        answer(r, error(make_error_code(errc::pool_overloaded),
                        std::to_string(options_.max_waiting) + " requests wait already (max_waiting)", r.text.text));
        break;
    }
}

/// The same for a request that was accepted before: it is not turned away and does not queue up anew.
PGCORO_DECL void core::wait_again(session::request& r) {
    r.carrier = nullptr;
    r.at = session::stage::waiting;
    r.waiting_since = {};
    dispatcher_.submit_again(r);
    limit_waiting(r);
}

PGCORO_DECL void core::limit_waiting(session::request& r) {
    // It may have been assigned meanwhile, by what its own arrival set off.
    if (r.at != session::stage::waiting) return;
    r.waiting_since = session::clock::now();
    runtime_of().set_deadline(r, std::min(r.statement_deadline, r.waiting_since + options_.acquire_timeout));
}

PGCORO_DECL void core::answer(session::request& r, const error& reason) {
    r.fail(reason);
    runtime_of().finish_later(r);
}

PGCORO_DECL void core::assign(std::size_t index, session::request& r) {
    auto& s = *slots_[index];
    if (r.waiting_since != session::clock::time_point{}) {
        const auto waited = session::clock::now() - r.waiting_since;
        const auto nanoseconds
            = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(waited).count());
        ++count_.empty_acquired;
        count_.total_wait += nanoseconds;
        if (nanoseconds > count_.max_wait) count_.max_wait = nanoseconds;
        if (r.statement_deadline != session::clock::time_point::max())
            runtime_of().set_deadline(r, r.statement_deadline);
        else runtime_of().remove_deadline(r);
    }
    ++count_.acquired;
    if (durations_ != nullptr && dispatcher_.in_flight(index) == 1) s.served_since = session::clock::now();
    if (r.kind == session::request_kind::connection) return hooks_.before_acquire ? admit(s, r) : grant(s, r);
    if (r.wants_exclusive()) {
        s.holder = {};
        s.leased_since = session::clock::now();
        s.returned = false;
        if (r.exclusive) s.connection->mark_effects();   // exclusive() is how a caller says so where the text does not show it
    }
    s.connection->accept(r);
}

/// Hands out a lease.
PGCORO_DECL void core::grant(slot& s, session::request& r) {
    const boost::intrusive_ptr<leased_connection> lease(new leased_connection(core_ptr(this), s.index));
    s.lease = lease.get();
    s.returned = false;
    s.holder = r.where;
    s.leased_since = session::clock::now();
    s.connection->set_leased(true);
    r.granted = lease;
    runtime_of().finish_later(r);
}

PGCORO_DECL void core::interrupt(session::request& r, const error& reason) {
    using session::stage;
    if (r.carrier != nullptr) return r.carrier->interrupt(r, reason);
    if (r.at == stage::waiting) {
        dispatcher_.withdraw(r);
        ++(reason.code() == errc::operation_cancelled ? count_.cancelled : count_.timeouts);
    } else if (r.kind == session::request_kind::start) {
        starters_.erase(starters_.iterator_to(r));
    } else if (r.kind == session::request_kind::close) {
        closers_.erase(closers_.iterator_to(r));
    }
    if (auto* const seen = slot_seen_for(r)) {   // before_acquire goes on; then the connection comes back
        seen->applicant = nullptr;
        ++(reason.code() == errc::operation_cancelled ? count_.cancelled : count_.timeouts);
    }
    answer(r, reason);
    if (closing_) finish_if_drained();
}

PGCORO_DECL void core::expire(session::request& r) {
    if (r.kind == session::request_kind::close) {
        // The time for draining is over: what still runs fails, and the close succeeds.
        return close_now();
    }
    if (auto* const seen = slot_seen_for(r)) {
        interrupt(r, error(make_error_code(errc::acquire_timeout), "before_acquire has not ended in time"));
        return seen->connection->close(error(make_error_code(errc::not_connected), "before_acquire took too long"));
    }
    const bool in_line = r.at == session::stage::waiting && session::clock::now() < r.statement_deadline;
    if (in_line) return interrupt(r, acquire_timeout(r));
    if (r.at != session::stage::waiting || !last_failure_) return target::expire(r);
    interrupt(r, error(make_error_code(errc::query_timeout),
                       std::string("no connection within the time limit; the last attempt to connect failed: ")
                           + last_failure_->what(),
                       r.text.text));
}

/// Says why there was no connection: how many there are, and who has held one longest.
PGCORO_DECL error core::acquire_timeout(const session::request& r) const {
    std::string text = "no connection within " + std::to_string(options_.acquire_timeout.count()) + " ms: "
                       + std::to_string(dispatcher_.open_count()) + " of " + std::to_string(options_.max_connections)
                       + " connections, " + std::to_string(dispatcher_.connecting()) + " of them being opened, "
                       + std::to_string(dispatcher_.waiting()) + " requests waiting";
    const slot* oldest = nullptr;
    for (const auto& s : slots_)
        if (s->lease != nullptr && (oldest == nullptr || s->leased_since < oldest->leased_since)) oldest = s.get();
    if (oldest != nullptr) {
        const auto held = std::chrono::duration_cast<std::chrono::milliseconds>(session::clock::now()
                                                                                - oldest->leased_since);
        text += "; the oldest lease was acquired at " + std::string(oldest->holder.file_name()) + ':'
                + std::to_string(oldest->holder.line()) + " (" + oldest->holder.function_name() + "), "
                + std::to_string(held.count()) + " ms ago";
    }
    if (!last_failure_) return error(make_error_code(errc::acquire_timeout), std::move(text), r.text.text);
    text += std::string("; the last attempt to connect failed: ") + last_failure_->what();
    // Where no connection stands, that is the reason.
    const bool none = dispatcher_.open_count() == dispatcher_.connecting();
    return error(none ? last_failure_->code() : make_error_code(errc::acquire_timeout), std::move(text), r.text.text);
}

PGCORO_DECL pool_stats core::stats() const noexcept {
    pool_stats s;
    const auto& now = dispatcher_.counts();
    s.max = options_.max_connections;
    s.total = s.max - now[slot_state::vacant];
    s.idle = now[slot_state::idle];
    s.connecting = now[slot_state::connecting];
    s.in_use = now[slot_state::shared] + now[slot_state::draining] + now[slot_state::leased] + now[slot_state::cleaning];
    s.waiting = now.waiting;
    s.in_flight = now.in_flight;
    s.acquired = count_.acquired;
    s.empty_acquired = count_.empty_acquired;
    s.total_wait = std::chrono::nanoseconds(std::uint64_t{count_.total_wait});
    s.max_wait = std::chrono::nanoseconds(std::uint64_t{count_.max_wait});
    s.cancelled = count_.cancelled;
    s.timeouts = count_.timeouts;
    s.rejected = count_.rejected;
    s.opened = count_.opened;
    s.connect_failures = count_.connect_failures;
    s.reconnects = count_.reconnects;
    s.closed_by_idle_time = count_.closed_by_idle_time;
    s.closed_by_lifetime = count_.closed_by_lifetime;
    s.closed_by_health_check = count_.closed_by_health_check;
    s.closed_by_error = count_.closed_by_error;
    s.closed_by_hook = count_.closed_by_hook;
    s.statements_prepared = statements_->prepared;
    s.statement_cache_hits = statements_->hits;
    s.statement_cache_evictions = statements_->evictions;
    return s;
}

} // namespace pgcoro::pooling

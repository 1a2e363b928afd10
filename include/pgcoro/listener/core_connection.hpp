// The listener's core: its connection is opened, kept alive and replaced.
#pragma once

#include <pgcoro/listener/core.hpp>

namespace pgcoro::listening {

PGCORO_DECL core::core(session::runtime_ptr on, const listener_options& options, channel_set channels, resync run_resync)
    : target(std::move(on)), where_(options.connect), connect_timeout_(options.connect_timeout),
      probe_timeout_(options.probe_timeout), session_pooler_(options.session_pooler), on_error_(options.on_error), resync_(std::move(run_resync)), channels_(std::move(channels)),
      life_({options.probe_interval, options.probe_timeout, options.established_timeout}, options.reconnect,
            options.max_queue) {
    validate(options);
    timer_.emplace(runtime_of().home());
    runtime_of().set_owner(this);
}

PGCORO_DECL core::~core() {
    runtime_of().set_owner(nullptr);
    if (attempt_) attempt_->cancel();
    if (session_) session_->abandon();
}

PGCORO_DECL void core::begin() {
    if (life_.at() != phase::idle) return;
    life_.begin();
    connect();
}

PGCORO_DECL void core::connect() {
    attempt_ = new session::connector(runtime_handle(), where_, connect_timeout_,
                                      [this](libpq::connection opened, std::optional<error> failure) {
                                          const core_ptr keep(this);
                                          attempt_.reset();
                                          failure ? failed(*failure) : connected(std::move(opened));
                                      });
    attempt_->start();
}

PGCORO_DECL void core::connected(libpq::connection opened) {
    session_ = new session::session(runtime_handle(), std::move(opened),
                                    std::make_shared<session::description_cache>(few_statements),
                                    session::statement_cache(few_statements,
                                                             std::make_shared<session::statement_counters>()));
    try {
        session_->open(this);
    } catch (const error& failure) {
        session_.reset();
        return failed(failure);
    }
    session_->set_leased(true);
    session_->on_notification([this](notification&& n) { arrived(std::move(n)); });
    life_.connected(clock::now());
    subscribe();
    arm();
}

/// All LISTENs travel in one flight, a sign of life behind them.
PGCORO_DECL void core::subscribe() {
    const session::session_ptr current = session_;
    for (const auto& channel : channels_.names())
        session_->run_command(listen_command(channel), [self = core_ptr(this), current](const session::request& answer) {
            if (!self->is_current(current)) return;
            if (answer.failure) return self->drop(*answer.failure);
            self->life_.heard(clock::now());
        });
    ask_for_sign_of_life([](core& self) { self.subscribed(); });
}

/// Asks the process that the connection was opened with whether it is there. A pooler that gives each transaction another
/// one says LISTEN to anybody.
PGCORO_DECL void core::ask_for_sign_of_life(void (*then)(core&)) {
    const auto pid = std::to_string(session_->connection().backend_pid());
    session_->run_command("select pg_backend_pid() = " + pid,
                          [self = core_ptr(this), current = session_, then](const session::request& answer) {
                              if (!self->is_current(current)) return;
                              if (answer.failure) return self->drop(*answer.failure);
                              if (!self->session_pooler_ && !says_true(answer)) return self->drop(behind_a_pooler());
                              then(*self);
                          });
}

PGCORO_DECL bool core::says_true(const session::request& answer) {
    const auto value = libpq::result_view(answer.result.get()).value(0, 0);
    return value.size() == 1 && value[0] == std::byte{1};
}

PGCORO_DECL error core::behind_a_pooler() {
    return error(make_error_code(errc::unsupported_by_pooler),
                 "another server process answers than the one that the connection was opened with: connect past the "
                 "pooler, or set session_pooler if it keeps to one for each client");
}

PGCORO_DECL void core::subscribed() {
    if (!resync_) return established();
    life_.subscribed(clock::now());
    begin_resync();
    arm();
}

PGCORO_DECL void core::begin_resync() {
    resyncing_ = new resync_connection(*session_, where_, connect_timeout_);
    cancel_resync_ = std::make_shared<boost::asio::cancellation_signal>();
    resync_runs_ = true;
    resync_(resyncing_, cancel_resync_, [self = core_ptr(this)](std::exception_ptr thrown) {
        if (self->runtime_of().is_shut_down()) return;
        const session::runtime::turn guard(self->runtime_of());
        self->resync_ended(std::move(thrown));
    });
}

PGCORO_DECL void core::resync_ended(std::exception_ptr thrown) {
    resync_runs_ = false;
    cancel_resync_.reset();
    if (const auto handle = std::move(resyncing_)) handle->detach();
    if (life_.is_closed()) return finish_close();
    if (const auto lost = std::exchange(lost_while_resyncing_, std::nullopt)) return failed(*lost);
    try {
        if (thrown) std::rethrow_exception(thrown);
    } catch (const error& failure) {
        return drop(failure);
    } catch (const std::exception& failure) {
        return drop(error(make_error_code(errc::connect_failed), std::string("on_established: ") + failure.what()));
    } catch (...) {
        return drop(error(make_error_code(errc::connect_failed), "on_established threw what is no std::exception"));
    }
    waits_until_settled_ = true;
    look_whether_settled();
}

/// A statement that `on_established` cancelled or left behind ends first.
PGCORO_DECL void core::look_whether_settled() {
    if (!waits_until_settled_ || !session_->is_idle() || session_->is_being_cancelled()) return;
    waits_until_settled_ = false;
    if (session_->transaction() != libpq::transaction_status::idle)
        return drop(error(make_error_code(errc::connect_failed), "on_established left a transaction open"));
    established();
}

PGCORO_DECL void core::established() {
    life_.established(clock::now());
    last_failure_.reset();
    send_changes();
    answer(starters_);
    serve();
    arm();
}

PGCORO_DECL void core::arrived(notification&& n) {
    life_.heard(clock::now());
    life_.queue().push(std::move(n));
    serve();
}

PGCORO_DECL void core::probe() {
    ask_for_sign_of_life([](core& self) {
        self.life_.heard(clock::now());
        self.arm();
    });
}

/// Closes the connection; `on_lost` goes on from there.
PGCORO_DECL void core::drop(const error& reason) {
    if (const auto current = session_) current->close(reason);
}

PGCORO_DECL void core::on_lost(session::session&, const error& reason, session::request_list&) {
    const auto gone = std::move(session_);
    waits_until_settled_ = false;
    if (resyncing_) resyncing_->detach();
    if (life_.is_closed()) return;
    answer(changes_);   // the next connection listens to what is wanted
    if (!resync_runs_) return failed(reason);
    lost_while_resyncing_ = reason;
    cancel_resync();
}

PGCORO_DECL void core::cancel_resync() {
    if (const auto signal = cancel_resync_) signal->emit(boost::asio::cancellation_type::terminal);
}

PGCORO_DECL void core::failed(const error& reason) {
    last_failure_ = reason;
    life_.failed(clock::now(), std::uniform_real_distribution<double>()(random_));
    fail(starters_, reason);
    arm();
    try {
        if (on_error_) on_error_(reason);
    } catch (...) {
        // A handler that throws, though it must not, does not keep the listener from trying again.
    }
}

PGCORO_DECL error core::silence() const {
    return error(make_error_code(errc::connection_lost),
                 "the server gave no sign of life within "
                     + std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(probe_timeout_).count())
                     + " ms");
}

PGCORO_DECL void core::tick() {
    switch (life_.tick(clock::now())) {
    case due::nothing: break;
    case due::connect: connect(); break;
    case due::probe: probe(); break;
    case due::give_up_server: drop(silence()); break;
    case due::give_up_resync:
        drop(error(make_error_code(errc::connect_timeout), "on_established took longer than established_timeout"));
        break;
    }
    arm();
}

/// One timer, set again only for what is due earlier.
PGCORO_DECL void core::arm() {
    if (life_.is_closed() || life_.deadline() >= armed_for_) return;
    armed_for_ = life_.deadline();
    timer_->expires_at(armed_for_);
    timer_->async_wait([self = core_ptr(this)](const boost::system::error_code& failed) {
        if (failed || self->runtime_of().is_shut_down() || self->life_.is_closed()) return;
        const session::runtime::turn guard(self->runtime_of());
        self->armed_for_ = clock::time_point::max();
        self->tick();
    });
}

PGCORO_DECL void core::close_now() {
    if (life_.is_closed()) return;
    const core_ptr keep(this);
    life_.close();
    timer_->cancel();
    if (const auto attempt = std::move(attempt_)) attempt->cancel();
    if (session_) drop(error(make_error_code(errc::not_connected), "the listener was closed"));
    serve();
    fail(starters_, closed_error());
    fail(changes_, closed_error());
    cancel_resync();
    finish_close();
}

/// Closed is what has no coroutine of the user's under way any more.
PGCORO_DECL void core::finish_close() {
    if (!life_.is_closed() || resync_runs_) return;
    runtime_of().rest();
    answer(closers_);
}

PGCORO_DECL void core::on_shutdown() noexcept {
    const core_ptr keep(this);   // requests and their handlers may hold the last other references
    life_.close();
    timer_.reset();
    cancel_resync_.reset();   // it holds an executor
    if (const auto attempt = std::move(attempt_)) attempt->cancel();
    if (const auto handle = std::move(resyncing_)) handle->detach();
    if (const auto gone = std::move(session_)) gone->abandon();
    for (auto* const line : {&starters_, &closers_, &readers_, &changes_}) {
        while (!line->empty()) {
            auto& r = line->front();
            line->pop_front();
            r.abandon();
        }
    }
}

} // namespace pgcoro::listening

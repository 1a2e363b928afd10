// The pool's core: the user's coroutines that see connections before and after others do.
#pragma once

#include <pgcoro/pool/core.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace pgcoro::pooling {

/// Gives a connection that nobody else has yet, or any more, its settings and to the user's `on_connect`.
/// @param then called unless the connection is lost meanwhile
PGCORO_DECL void core::set_up(slot& s, continuation then) {
    auto go_on = [this, &s, then = std::move(then)](std::optional<error> failure) {
        if (failure || !hooks_.on_connect) return then(std::move(failure));
        call_hook(s, hooks_.on_connect, "on_connect", then);
    };
    if (!s.sets_settings) return go_on(std::nullopt);
    s.connection->run_command(session::set_config_text(own_settings(options_), false),
                              [&s, of = s.connection, go_on = std::move(go_on)](session::request& done) {
                                  if (s.connection == of) go_on(std::move(done.failure));
                              });
}

/// Has the user look at a connection that nobody else has.
/// @param then called with why the connection is not to be used, if so, unless the connection is lost meanwhile
PGCORO_DECL void core::call_hook(slot& s, const hook& called, const char* name, continuation then) {
    const boost::intrusive_ptr<leased_connection> lent(new leased_connection(core_ptr(this), s.index, true));
    s.lease = lent.get();
    s.connection->set_leased(true);
    auto done = [this, keep = core_ptr(this), &s, lent, name, then = std::move(then)](std::exception_ptr thrown,
                                                                                      bool approved) {
        if (runtime_of().is_shut_down() || lent->attached() == nullptr) return;
        const session::runtime::turn guard(runtime_of());
        s.hook_limit.reset();
        lent->detach();
        std::optional<error> failure;
        const auto refuse = [&](const std::string& why) {
            failure.emplace(make_error_code(errc::connect_failed), name + why);
        };
        try {
            if (thrown) std::rethrow_exception(thrown);
            if (!approved) refuse(" refused the connection");
            else if (!s.connection->is_idle() || s.connection->transaction() != libpq::transaction_status::idle)
                refuse(" left a transaction open");
        } catch (const error& e) {
            failure.emplace(e);
        } catch (const std::exception& e) {
            refuse(std::string(": ") + e.what());
        } catch (...) {
            refuse(" threw what is no std::exception");
        }
        then(std::move(failure));
    };
    if (s.applicant == nullptr) limit_hook(s, name);   // else acquire_timeout does
    called(lent, std::move(done));
}

/// Closes the connection if the hook that is called now has not ended within `connect_timeout`.
PGCORO_DECL void core::limit_hook(slot& s, const char* name) {
    s.hook_limit.emplace(runtime_of().home(), options_.connect_timeout);
    s.hook_limit->async_wait([self = core_ptr(this), &s, name](const boost::system::error_code& failed) {
        if (failed || self->runtime_of().is_shut_down()) return;
        if (!s.hook_limit || s.hook_limit->expiry() > session::clock::now()) return;   // met at the last moment
        const session::runtime::turn guard(self->runtime_of());
        s.connection->close(error(make_error_code(errc::connect_timeout),
                                  std::string(name) + " has not ended within "
                                      + std::to_string(self->options_.connect_timeout.count()) + " ms"));
    });
}

/// Has the user look at a connection before it is handed out.
PGCORO_DECL void core::admit(slot& s, session::request& r) {
    s.applicant = &r;
    s.returned = false;
    s.holder = r.where;
    s.leased_since = session::clock::now();
    r.at = session::stage::queued;
    runtime_of().set_deadline(r, std::min(r.statement_deadline, s.leased_since + options_.acquire_timeout));
    call_hook(s, hooks_.before_acquire, "before_acquire", [this, &s](std::optional<error> refused) {
        auto* const applicant = std::exchange(s.applicant, nullptr);
        if (refused) {
            if (applicant != nullptr) try_another(*applicant, *refused);
            return retire(s, count_.closed_by_hook);
        }
        if (applicant == nullptr) {   // gave up meanwhile
            s.was_acquired = true;
            return give_back(s);
        }
        runtime_of().remove_deadline(*applicant);
        grant(s, *applicant);
    });
}

/// The connection that a lease was to be was refused or lost. As often as there are connections, since all that stand
/// may be unfit, and once for a new one.
PGCORO_DECL void core::try_another(session::request& r, const error& reason) {
    if (closed_ || ++r.refusals > options_.max_connections) return answer(r, reason);
    wait_again(r);
}

/// The slot whose connection `before_acquire` looks at for this request.
PGCORO_DECL core::slot* core::slot_seen_for(const session::request& r) noexcept {
    if (r.kind != session::request_kind::connection || r.at != session::stage::queued) return nullptr;
    for (const auto& s : slots_)
        if (s->applicant == &r) return s.get();
    return nullptr;
}

} // namespace pgcoro::pooling

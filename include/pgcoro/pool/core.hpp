// The pool behind the handle: slots, their connections, and what happens to them.
#pragma once

#include <pgcoro/pool/backoff.hpp>
#include <pgcoro/core/counter.hpp>
#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/pool/dispatcher.hpp>
#include <pgcoro/pool/maintenance.hpp>
#include <pgcoro/pool/pool_options.hpp>
#include <pgcoro/pool/pool_stats.hpp>
#include <pgcoro/pool/service_times.hpp>
#include <pgcoro/session/connector.hpp>
#include <pgcoro/session/exclusive_connection.hpp>
#include <pgcoro/session/session.hpp>
#include <pgcoro/session/target.hpp>

#include <boost/asio/steady_timer.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <source_location>
#include <string>
#include <utility>
#include <vector>

namespace pgcoro::pooling {

class leased_connection;

/// Carries out what the dispatcher decides: opens, assigns, cleans and closes connections. Lives as long as the
/// pool's handle, any lease or any operation refers to it. Everything happens on the home executor but `stats`.
class core final : public session::target, private session::runtime::owner {
public:
    core(session::runtime_ptr on, pool_options options);
    ~core();

    const pool_options& options() const noexcept { return options_; }

    /// Runs a coroutine of the user's on a connection and reports what it threw, or returned.
    using hook = std::function<void(session::exclusive_connection_ptr, std::function<void(std::exception_ptr, bool)>)>;
    struct hooks {
        hook on_connect, before_acquire, after_release;
    };

    /// Set by the handle, which knows the type of the user's lease.
    void set_hooks(hooks given) { hooks_ = std::move(given); }

    /// Why the filter for run-time text refuses a statement, if it does.
    std::optional<error> filter(const statement_text& text) const;
    std::optional<error> filter(const session::request& r) const;

    void accept(session::request& added) override;
    void interrupt(session::request& r, const error& reason) override;
    void expire(session::request& r) override;
    session::clock::duration default_time_limit() const noexcept override;

    /// Ends everything at once: the handle is gone.
    void close_now();

    /// Thread-safe.
    pool_stats stats() const noexcept;

private:
    friend class leased_connection;
    using dispatcher_type = dispatcher<session::request, core>;
    friend dispatcher_type;

    struct slot final : session::session_observer {
        core* owner = nullptr;
        std::size_t index = 0;
        session::session_ptr connection;
        session::connector_ptr attempt;
        leased_connection* lease = nullptr;    // while the caller's handle lives
        bool retiring = false;                 // its lifetime is over: it is being drained
        bool returned = false;                 // the lease or exclusive statement is over, cleaning is under way
        bool was_acquired = false;             // after_release is due
        bool sets_settings = false;            // they did not travel with the startup packet
        session::request* applicant = nullptr; // for whom before_acquire looks at the connection
        std::optional<boost::asio::steady_timer> hook_limit;
        std::source_location holder;
        session::clock::time_point leased_since{}, idle_since{}, expires{};
        session::clock::time_point served_since{};   // what the server works on at the moment; with an automatic depth

        void on_request_done(session::session&, const session::request& done) override { owner->request_done(*this, done); }
        void on_cancel_started(session::session&) override { owner->dispatcher_.quarantine(index); }
        void on_settled(session::session&) override { owner->settled(*this); }
        bool take_back(session::session&, session::request& hit) override { return owner->take_back(*this, hit); }
        void on_lost(session::session&, const error& reason, session::request_list& unsent) override {
            owner->lost(*this, reason, unsent);
        }
    };

    // Asked by the dispatcher
    void open(std::size_t index);
    void assign(std::size_t index, session::request& r);

    // Requests
    void wait_in_line(session::request& r);
    void wait_again(session::request& r);
    void limit_waiting(session::request& r);
    void answer(session::request& r, const error& reason);
    void grant(slot& s, session::request& r);
    error acquire_timeout(const session::request& r) const;

    // Connections
    connect_options connection_settings() const;
    void connected(slot& s, libpq::connection opened, pooler_mode pooler, bool with_settings);
    void established(slot& s);
    using continuation = std::function<void(std::optional<error>)>;
    void set_up(slot& s, continuation then);
    void call_hook(slot& s, const hook& called, const char* name, continuation then);
    void limit_hook(slot& s, const char* name);
    void admit(slot& s, session::request& r);
    void try_another(session::request& r, const error& reason);
    slot* slot_seen_for(const session::request& r) noexcept;
    void connect_failed(slot& s, const error& reason);
    void request_done(slot& s, const session::request& r);
    void learn_duration(slot& s, const session::request& r);
    void settled(slot& s);
    bool take_back(slot& s, session::request& hit);
    void lost(slot& s, const error& reason, session::request_list& unsent);
    void give_back(slot& s);
    void clean(slot& s);
    void reset(slot& s);
    void back_in_service(slot& s);
    bool retire_if_drained(slot& s);
    void retire(slot& s, pgcoro::core::counter<std::uint64_t>& reason);
    void drop(slot& s);

    // The whole
    void begin_maintenance();
    void maintain();
    void check_starters();
    void end_backoff();
    void finish_if_drained();
    void on_shutdown() noexcept override;

    const pool_options options_;
    const connect_options connect_;      // with the settings
    bool settings_at_startup_;           // no pooler has refused them so far
    dispatcher_type dispatcher_;
    std::vector<std::unique_ptr<slot>> slots_;
    std::shared_ptr<session::description_cache> descriptions_;
    std::shared_ptr<session::statement_counters> statements_ = std::make_shared<session::statement_counters>();
    session::request_list starters_, closers_;
    hooks hooks_;
    std::unique_ptr<service_times> durations_;   // with an automatic depth
    backoff backoff_;
    std::minstd_rand random_{std::random_device{}()};
    std::optional<boost::asio::steady_timer> backoff_timer_, maintenance_timer_;
    std::optional<error> last_failure_;
    bool closing_ = false, closed_ = false, lost_any_ = false, backing_off_ = false;

    struct {
        pgcoro::core::counter<std::uint64_t> acquired, empty_acquired, total_wait, max_wait, cancelled, timeouts, rejected, opened,
            connect_failures, reconnects, closed_by_idle_time, closed_by_lifetime, closed_by_health_check, closed_by_error, closed_by_hook;
    } count_;
};

using core_ptr = boost::intrusive_ptr<core>;

/// A lease as its handle and its operations hold on to it.
class leased_connection final : public session::exclusive_connection {
public:
    /// @param for_hook lent to a hook, which cannot give it back
    leased_connection(core_ptr from, std::size_t slot, bool for_hook = false)
        : exclusive_connection(from->runtime_handle()), pool_(std::move(from)), slot_(slot), for_hook_(for_hook) {
        attach(pool_->slots_[slot_]->connection.get());
    }

    session::clock::duration default_time_limit() const noexcept override { return pool_->default_time_limit(); }

    void accept(session::request& added) override {
        if (!added.failure)
            if (auto refused = pool_->filter(added)) added.fail(*refused);
        exclusive_connection::accept(added);
    }

    std::pair<session::target_ptr, session::request_kind> another_connection() const override {
        return {pool_, session::request_kind::connection};
    }

    void release() noexcept override {
        if (attached() == nullptr || for_hook_) return;
        detach();
        auto& s = *pool_->slots_[slot_];
        s.was_acquired = true;
        pool_->give_back(s);
    }

    /// The connection is gone or goes back: whatever still refers to the lease is refused.
    void detach() noexcept {
        attach(nullptr);
        pool_->slots_[slot_]->lease = nullptr;
    }

private:
    void accept_close(session::request& closing) override {
        if (attached() != nullptr) {
            auto& s = *pool_->slots_[slot_];
            s.connection->close(error(make_error_code(errc::not_connected), "the connection was closed by its holder"));
        }
        runtime_of().finish_later(closing);
    }

    core_ptr pool_;
    std::size_t slot_;
    bool for_hook_;
};

} // namespace pgcoro::pooling

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/pool/core_connections.hpp>
#include <pgcoro/pool/core_hooks.hpp>
#include <pgcoro/pool/core_requests.hpp>
#endif

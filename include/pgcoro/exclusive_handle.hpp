// What leases and stand-alone connections have in common.
#pragma once

#include <pgcoro/batch.hpp>
#include <pgcoro/copy_verbs.hpp>
#include <pgcoro/prepare.hpp>
#include <pgcoro/query.hpp>
#include <pgcoro/script_verbs.hpp>
#include <pgcoro/session/exclusive_connection.hpp>
#include <pgcoro/stream.hpp>
#include <pgcoro/transaction.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro {

/// A handle to a connection of one's own: the query verbs, and what is known about the connection.
template <class Derived>
class exclusive_handle : public query_verbs<Derived, session_sql>,
                         public batch_verbs<Derived, session_sql>,
                         public prepare_verbs<Derived>,
                         public transaction_verbs<Derived>,
                         public stream_verbs<Derived, session_sql, streams::place::connection>,
                         public copy_verbs<Derived>,
                         public script_verbs<Derived> {
public:
    exclusive_handle() = default;
    exclusive_handle(exclusive_handle&&) noexcept = default;

    exclusive_handle& operator=(exclusive_handle&& other) noexcept {
        if (this != &other) {
            reset();
            held_ = std::move(other.held_);
        }
        return *this;
    }

    ~exclusive_handle() { reset(); }

    /// Whether the handle holds a connection; it may have been lost since.
    explicit operator bool() const noexcept { return held_ != nullptr; }

    /// The server's version, such as 150004 for 15.4; 0 for an empty handle.
    int server_version() const noexcept { return held_ ? held_->server_version() : 0; }

    /// A parameter that the server reports by itself, such as "TimeZone"; empty if it does not report it
    /// (documentation: `PQparameterStatus`). On the connection's executor only.
    std::string parameter_status(const std::string& name) const {
        return held_ ? held_->parameter_status(name) : std::string();
    }

    /// The process ID of the server's backend; 0 for an empty handle.
    int backend_pid() const noexcept { return held_ ? held_->backend_pid() : 0; }

    /// libpq's connection, for what pgcoro does not offer; null without a connection. Leave it in pipeline mode and
    /// non-blocking, with nothing in flight. A lease whose handle was taken is reset when it is returned. On the
    /// connection's executor only.
    PGconn* native_handle() const noexcept { return held_ ? held_->native_handle() : nullptr; }

    /// Has notices and warnings of this connection given to `handler`, on the connection's executor. It must not
    /// throw. Holds for statements that are begun after this call, and until a lease is returned: then the pool's handler
    /// has them again.
    void on_notice(session::notice_handler handler) const {
        if (held_) held_->on_notice(std::move(handler));
    }

    /// Has notifications on this connection given to `handler`, a function of `const notification&` that runs on the
    /// connection's executor and must not throw; an empty one removes it, and they are dropped. LISTEN is the caller's
    /// business (documentation: LISTEN): `co_await connection.execute("listen jobs")`. They are lost with the
    /// connection; `listener` is what connects again. A lease's handler is removed when the lease is returned.
    /// Lifetime: it may be called until `release()`, `close()` or the handle's end, which only ask for it, has been carried out
    /// on the connection's executor. After `co_await close()` it is not called any more; otherwise what it refers to has to
    /// live longer than the handle, such as by a `shared_ptr` that it holds.
    void on_notification(std::function<void(const notification&)> handler) const {
        if (!held_ || held_->runtime_of().is_shut_down()) return;
        held_->runtime_of().post([held = held_, handler = std::move(handler)](session::runtime&) {
            held->on_notification(handler);
        });
    }

protected:
    explicit exclusive_handle(session::exclusive_connection_ptr held) noexcept : held_(std::move(held)) {}

    /// Gives the connection back, on its executor.
    void reset() noexcept {
        if (const auto held = std::move(held_)) held->release_later();
    }

    const session::exclusive_connection_ptr& held() const noexcept { return held_; }

private:
    friend class query_verbs<Derived, session_sql>;
    friend class prepare_verbs<Derived>;
    friend class batch_verbs<Derived, session_sql>;
    friend class transaction_verbs<Derived>;
    friend class stream_verbs<Derived, session_sql, streams::place::connection>;
    friend class copy_verbs<Derived>;
    friend class script_verbs<Derived>;

    session::target_ptr target() const noexcept { return held_; }
    const session::exclusive_connection_ptr& own() const noexcept { return held_; }

    session::exclusive_connection_ptr held_;
};

} // namespace pgcoro

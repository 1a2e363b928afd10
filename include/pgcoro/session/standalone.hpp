// The connection behind a handle that needs no pool.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/session/connector.hpp>
#include <pgcoro/session/exclusive_connection.hpp>
#include <pgcoro/session/session.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <utility>

namespace pgcoro::session {

/// One session, its opening and its end. On the home executor only.
class standalone final : public exclusive_connection, private session_observer, private runtime::owner {
public:
    /// What a connection does differently from the usual.
    struct variations {
        statement_mode statements = statement_mode::automatic;
        pooler_mode pooler = pooler_mode::automatic;
        bool withholds_messages = false;
    };

    standalone(runtime_ptr on, connect_options where, clock::duration connect_timeout,
               std::size_t statement_cache_capacity, variations varied);

    ~standalone() { runtime_of().set_owner(nullptr); }

    void accept(request& added) override;
    void interrupt(request& r, const error& reason) override;
    std::pair<target_ptr, request_kind> another_connection() const override;
    void release() noexcept override;

private:
    void open(libpq::connection opened);
    void answer_opener(const error& reason);
    void accept_close(request& closing) override;
    void finish_close();

    void on_request_done(session&, const request&) override { finish_close(); }
    void on_cancel_started(session&) override {}
    void on_settled(session&) override { finish_close(); }
    bool take_back(session&, request&) override { return false; }

    void on_lost(session&, const error&, request_list&) override;
    void on_shutdown() noexcept override;

    connect_options where_;
    clock::duration connect_timeout_;
    std::size_t capacity_;
    variations varied_;
    connector_ptr attempt_;
    session_ptr session_;
    request* opener_ = nullptr;
    request_list closers_;
};

#if PGCORO_HAS_DEFINITIONS

PGCORO_DECL standalone::standalone(runtime_ptr on, connect_options where, clock::duration connect_timeout,
           std::size_t statement_cache_capacity, variations varied)
    : exclusive_connection(std::move(on)), where_(std::move(where)), connect_timeout_(connect_timeout),
      capacity_(statement_cache_capacity), varied_(varied) {
    runtime_of().set_owner(this);
}

PGCORO_DECL void standalone::accept(request& added) {
    if (added.kind != request_kind::start) return exclusive_connection::accept(added);
    opener_ = &added;
    start_time_limit(added);
    attempt_ = new connector(runtime_handle(), where_, connect_timeout_,
                             [this](libpq::connection opened, std::optional<error> failure) {
                                 const exclusive_connection_ptr keep(this);
                                 if (varied_.pooler == pooler_mode::automatic)
                                     varied_.pooler = attempt_->found_pooler() ? pooler_mode::transaction
                                                                               : pooler_mode::none;
                                 attempt_.reset();
                                 failure ? answer_opener(*failure) : open(std::move(opened));
                             });
    if (varied_.pooler == pooler_mode::automatic) attempt_->look_for_pooler();
    attempt_->start();
}

PGCORO_DECL void standalone::interrupt(request& r, const error& reason) {
    if (&r == opener_) {
        if (attempt_) attempt_->cancel();
        attempt_.reset();
        return answer_opener(reason);
    }
    if (r.kind == request_kind::close) {
        closers_.erase(closers_.iterator_to(r));
        r.fail(reason);
        return runtime_of().finish_later(r);
    }
    exclusive_connection::interrupt(r, reason);
}

PGCORO_DECL std::pair<target_ptr, request_kind> standalone::another_connection() const {
    const runtime_ptr on(new runtime(runtime_of().inner_executor(), runtime_of().is_single_threaded()
                                                                        ? concurrency::single_threaded
                                                                        : concurrency::thread_safe));
    return {target_ptr(new standalone(on, where_, connect_timeout_, capacity_, varied_)),
            request_kind::start};
}

PGCORO_DECL void standalone::release() noexcept {
    if (session_) session_->close(error(make_error_code(errc::not_connected), "the connection was closed"));
    runtime_of().rest();
}

PGCORO_DECL void standalone::open(libpq::connection opened) {
    const auto capacity = statement_capacity(capacity_, varied_.statements, varied_.pooler);
    session_ = new session(runtime_handle(), std::move(opened), std::make_shared<description_cache>(capacity_),
                           statement_cache(capacity, std::make_shared<statement_counters>()));
    session_->set_pooler(varied_.pooler);
    if (varied_.withholds_messages) session_->withhold_server_messages();
    try {
        session_->open(this);
    } catch (const error& failure) {
        session_.reset();
        return answer_opener(failure);
    }
    session_->set_leased(true);
    attach(session_.get());
    auto& r = *std::exchange(opener_, nullptr);
    r.granted = this;
    runtime_of().finish_later(r);
}

PGCORO_DECL void standalone::answer_opener(const error& reason) {
    auto* const r = std::exchange(opener_, nullptr);
    if (r == nullptr) return;
    r->fail(reason);
    runtime_of().finish_later(*r);
}

PGCORO_DECL void standalone::accept_close(request& closing) {
    closers_.push_back(closing);
    start_time_limit(closing, clock::duration::max());
    if (session_) session_->withdraw_idle_plain();
    finish_close();
}

PGCORO_DECL void standalone::finish_close() {
    if (closers_.empty() || (session_ && !(session_->is_idle() && !session_->is_being_cancelled()))) return;
    request_list done;
    done.swap(closers_);
    release();
    while (!done.empty()) {
        auto& r = done.front();
        done.pop_front();
        runtime_of().finish_later(r);
    }
}

PGCORO_DECL void standalone::on_lost(session&, const error&, request_list&) {
    attach(nullptr);
    const session_ptr gone = std::move(session_);
    finish_close();
}

PGCORO_DECL void standalone::on_shutdown() noexcept {
    const exclusive_connection_ptr keep(this);   // requests and their handlers may hold the last other references
    attach(nullptr);
    if (attempt_) attempt_->cancel();
    attempt_.reset();
    if (const auto gone = std::move(session_)) gone->abandon();
    if (auto* const r = std::exchange(opener_, nullptr)) r->abandon();
    while (!closers_.empty()) {
        auto& r = closers_.front();
        closers_.pop_front();
        r.abandon();
    }
}

#endif

} // namespace pgcoro::session

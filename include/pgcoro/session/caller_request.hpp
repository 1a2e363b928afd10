// A request with a caller behind it: the part that knows the caller's types.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/session/awaitable_support.hpp>
#include <pgcoro/session/delivery.hpp>
#include <pgcoro/session/target.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>

#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

namespace pgcoro::session {

/// Completes a caller's handler in the form it asked for.
template <class T, bool AsResult, class Handler>
void complete_with_error(Handler& handler, const error& reason) {
    if constexpr (AsResult) std::move(handler)(boost::system::result<T, error>(boost::system::in_place_error, reason));
    else if constexpr (std::is_void_v<T>) std::move(handler)(std::make_exception_ptr(reason));
    else {
        static_assert(std::is_default_constructible_v<T>,
                      "the row type has no default constructor: ask for it with .as_result(), since Asio needs a value "
                      "beside an exception");
        std::move(handler)(std::make_exception_ptr(reason), T());
    }
}

/// An error for a caller who has no request, or whose request lives on without its handler.
template <class T, bool AsResult, class Handler>
class refusal final : public delivery {
public:
    /// Posts it. Posted in any case: a handler that throws is nobody else's business. The slot is touched only where the
    /// handler runs, since its owner may use it there at this moment.
    /// @param listening the handler's slot refers to the request
    static void send(const boost::asio::any_io_executor& home, Handler&& handler, const error& reason, bool listening = false) {
        const auto executor = boost::asio::get_associated_executor(handler, home);
        post_delivery(executor, home, *new refusal(std::move(handler), reason, listening));
    }

    void deliver() override {
        auto handler = std::move(handler_);
        const auto reason = std::move(reason_);
        if (listening_) boost::asio::get_associated_cancellation_slot(handler).clear();
        delete this;
        complete_with_error<T, AsResult>(handler, reason);
    }

    void abandon() noexcept override { delete this; }

private:
    refusal(Handler&& handler, const error& reason, bool listening)
        : handler_(std::move(handler)), reason_(reason), listening_(listening) {}
    ~refusal() = default;

    Handler handler_;
    error reason_;
    bool listening_;
};

/// Lets a handler's cancellation slot reach its request. The request may be gone by the time the signal is heard on
/// the home executor: its block's generation tells.
class slot_handler {
public:
    slot_handler(target_ptr of, request* r) noexcept
        : target_(std::move(of)), request_(r), generation_(block_pool::generation_of(r)) {}

    void operator()(boost::asio::cancellation_type type);

private:
    target_ptr target_;
    request* request_;
    std::uint64_t generation_;
};

/// A handler until it is called. All else that `std::optional` has would be compiled for each caller as well.
template <class Handler>
class kept_handler {
public:
    explicit kept_handler(Handler&& handler) : handler_(std::move(handler)) {}

    kept_handler(kept_handler&& other) : held_(other.held_) {
        if (!held_) return;
        new (&handler_) Handler(std::move(other.handler_));
        other.destroy();
    }

    ~kept_handler() {
        if (held_) handler_.~Handler();
    }

    Handler& operator*() noexcept { return handler_; }

    /// It has been moved from.
    void destroy() noexcept {
        held_ = false;
        handler_.~Handler();
    }

private:
    union {
        Handler handler_;
    };
    bool held_ = true;
};

/// Whether an operation may begin on a target.
inline bool may_be_used(const target_ptr& on) noexcept { return on != nullptr && !on->runtime_of().is_wrong_thread(); }

/// Why it may not.
error refusal_of(const target_ptr& on);

#if PGCORO_HAS_DEFINITIONS

PGCORO_DECL void slot_handler::operator()(boost::asio::cancellation_type type) {
    using boost::asio::cancellation_type;
    if ((type & (cancellation_type::terminal | cancellation_type::partial | cancellation_type::total))
        == cancellation_type::none)
        return;
    const bool only_unsent = (type & (cancellation_type::terminal | cancellation_type::partial))
                             == cancellation_type::none;
    auto& on = target_->runtime_of();
    if (on.is_shut_down()) return;
    on.post([keep = target_, r = request_, generation = generation_, only_unsent](runtime& home) {
        home.empty_inbox();   // the request itself may still be there
        // The request's memory outlives it; it is retired on this executor, before anybody else destroys it.
        if (block_pool::generation_of(r) != generation || r->at == stage::finished) return;
        if (only_unsent && r->is_sent()) return;
        r->sink->interrupt(*r, error(make_error_code(errc::operation_cancelled), "cancelled by the caller",
                                     r->text.text));
    });
}

PGCORO_DECL error refusal_of(const target_ptr& on) {
    if (on == nullptr) return error(make_error_code(errc::not_connected), "the handle is empty");
    return error(make_error_code(errc::wrong_thread),
                 "made for one thread (concurrency::single_threaded) and used from another");
}

#endif

/// @tparam Job what is asked for and how its result is read:
///
///     void describe(request&);                                        // fills in text, kind and the like
///     void encode(parameter_buffer&, const statement_description&) const;
///     const column_plan* make_plan(statement_description&) const;
///     static T read(request&);                                        // throws pgcoro::error
///     void settle(request&, target&);                                 // optional: before the caller is answered
template <class T, bool AsResult, class Job, class Handler>
class caller_request final : public request, public delivery {
public:
    /// Makes the request in the target's memory and delivers it. Never calls the handler before returning.
    static void begin(target_ptr on, clock::duration time_limit, bool exclusive, Job&& job, Handler&& handler) {
        if (!may_be_used(on))
            return refusal_type::send(executor_of(on.get()), std::move(handler), refusal_of(on));
        auto& runtime = on->runtime_of();
        if (runtime.is_shut_down()) return;   // inert: the handler is destroyed
        block_pool::allocation memory(runtime.memory(), sizeof(caller_request));
        auto* const made = new (memory.get()) caller_request(std::move(on), std::move(job), std::move(handler));
        memory.release();
        made->time_limit = time_limit;
        made->exclusive = exclusive;
        made->job_.describe(*made);
        made->listen_for_cancellation();
        runtime.deliver(*made->target_, *made);
    }

    /// The same for a handler that its caller keeps: a token that is an lvalue.
    static void begin(target_ptr on, clock::duration time_limit, bool exclusive, Job&& job, const Handler& handler) {
        begin(std::move(on), time_limit, exclusive, std::move(job), Handler(handler));
    }

    void encode(parameter_buffer& buffer, const statement_description& statement) override {
        job_.encode(buffer, statement);
    }

    const column_plan* make_plan(statement_description& statement) override { return job_.make_plan(statement); }

    void finish() override {
        if constexpr (requires { job_.settle(*this, *target_); }) job_.settle(*this, *target_);
        block_pool::retire(this);   // a cancel that comes from now on finds nothing
        if (inline_) return deliver();
        leave_home();
        post_delivery(handler_executor(*handler_), target_->runtime_of().inner_executor(), *this);
    }

    /// Reads the result and calls the handler, after the request's memory has been given back.
    void deliver() override {
        auto handler = take_handler();
        std::optional<error> failed = std::move(failure);
        if constexpr (std::is_void_v<T>) {
            destroy();
            if (failed) return complete_with_error<T, AsResult>(handler, *failed);
            if constexpr (AsResult) std::move(handler)(boost::system::result<void, error>());
            else std::move(handler)(std::exception_ptr());
        } else {
            std::optional<T> value;
            if (!failed) {
                try {
                    value.emplace(job_.read(*this));
                } catch (const error& unreadable) {
                    failed.emplace(unreadable.with_execution(execution_state::completed));
                } catch (const std::exception& unreadable) {   // of a codec of the user's, or for want of memory
                    failed.emplace(make_error_code(errc::type_mismatch), unreadable.what(), text.text,
                                   execution_state::completed);
                } catch (...) {
                    failed.emplace(make_error_code(errc::type_mismatch), "a codec threw what is no std::exception",
                                   text.text, execution_state::completed);
                }
            }
            destroy();
            if (failed) return complete_with_error<T, AsResult>(handler, *failed);
            if constexpr (AsResult) std::move(handler)(boost::system::result<T, error>(std::move(*value)));
            else std::move(handler)(std::exception_ptr(), std::move(*value));
        }
    }

    void finish_early(const error& reason) override {
        block_pool::retire(this);
        refusal_type::send(target_->runtime_of().inner_executor(), std::move(*handler_), reason, listening_);
        listening_ = false;
        handler_.destroy();
        work_.reset();
    }

    void abandon() noexcept override {
        const kept_handler<Handler> outlives(std::move(handler_));
        destroy();
    }

private:
    using refusal_type = refusal<T, AsResult, Handler>;
    using executor_type = boost::asio::associated_executor_t<Handler, boost::asio::any_io_executor>;

    caller_request(target_ptr on, Job&& job, Handler&& handler)
        : target_(std::move(on)), job_(std::move(job)), handler_(std::move(handler)) {
        const auto executor = handler_executor(*handler_);
        const auto& runtime = target_->runtime_of();
        inline_ = only_runs_at_once<executor_type> ? runtime.is_single_threaded() : runtime.completes_inline(executor);
        if (!inline_) work_.emplace(executor);
    }

    ~caller_request() = default;

    executor_type handler_executor(const Handler& handler) const {
        return boost::asio::get_associated_executor(handler, target_->runtime_of().inner_executor());
    }

    void listen_for_cancellation() {
        auto slot = boost::asio::get_associated_cancellation_slot(*handler_);
        if (!slot.is_connected()) return;
        slot.template emplace<slot_handler>(target_, static_cast<request*>(this));
        listening_ = true;
    }

    Handler take_handler() {
        Handler handler = std::move(*handler_);
        handler_.destroy();
        if (std::exchange(listening_, false)) boost::asio::get_associated_cancellation_slot(handler).clear();
        return handler;
    }

    void destroy() noexcept {
        const auto keep = std::move(target_);
        if (granted) granted->release_later();   // to a handler that was destroyed
        auto& memory = keep->runtime_of().memory();
        const bool at_home = inline_;   // else the handler may run on any thread
        this->~caller_request();
        at_home ? memory.deallocate(this, sizeof(caller_request))
                : memory.deallocate_elsewhere(this, sizeof(caller_request));
    }

    target_ptr target_;
    Job job_;
    kept_handler<Handler> handler_;
    std::optional<boost::asio::executor_work_guard<executor_type>> work_;
    bool inline_ = false;
    bool listening_ = false;
};

} // namespace pgcoro::session

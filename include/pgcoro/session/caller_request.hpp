// A request with a caller behind it: the part that knows the caller's types.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/session/awaitable_support.hpp>
#include <pgcoro/session/delivery.hpp>
#include <pgcoro/session/target.hpp>
#include <pgcoro/session/user_code.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

namespace pgcoro::session {

/// Calls a handler. What a call brings along is compiled once for a handler and not wherever it may be called.
template <class Handler, class... Values>
[[gnu::noinline]] void complete(Handler& handler, Values&&... values) {
    std::move(handler)(std::move(values)...);
}

/// Completes a caller's handler in the form it asked for.
template <class T, bool AsResult, class Handler>
void complete_with_error(Handler& handler, const error& reason) {
    if constexpr (AsResult) complete(handler, boost::system::result<T, error>(boost::system::in_place_error, reason));
    else if constexpr (std::is_void_v<T>) complete(handler, std::make_exception_ptr(reason));
    else {
        static_assert(std::is_default_constructible_v<T>,
                      "the row type has no default constructor: ask for it with .as_result(), since Asio needs a value "
                      "beside an exception");
        complete(handler, std::make_exception_ptr(reason), T());
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

/// A handler until it is called, or a value once it has been read. All else that `std::optional` has would be compiled for
/// each caller as well.
template <class T>
class kept {
public:
    kept() noexcept : held_(false) {}
    explicit kept(T&& value) : value_(std::move(value)), held_(true) {}

    kept(kept&& other) : held_(other.held_) {
        if (!held_) return;
        new (std::addressof(value_)) T(std::move(other.value_));
        other.destroy();
    }

    ~kept() {
        if (held_) value_.~T();
    }

    explicit operator bool() const noexcept { return held_; }
    T& operator*() noexcept { return value_; }

    /// Makes it of what a function returns.
    template <class Make>
    void emplace(Make&& make) {
        new (std::addressof(value_)) T(make());
        held_ = true;
    }

    /// It has been moved from.
    void destroy() noexcept {
        held_ = false;
        value_.~T();
    }

private:
    union {
        T value_;
    };
    bool held_;
};

/// What a request knows of the executor that its caller's handler runs on.
template <class Executor>
class handler_home {
public:
    handler_home(const Executor& executor, const runtime& of)
        : inline_(only_runs_at_once<Executor> ? of.is_single_threaded() : of.completes_inline(executor)) {
        if (!inline_) work_.emplace(executor);
    }

    /// Whether the handler may be called from the home executor.
    bool is_inline() const noexcept { return inline_; }

    /// The handler is on its way by other means.
    void reset() noexcept { work_.reset(); }

private:
    std::optional<boost::asio::executor_work_guard<Executor>> work_;
    bool inline_;
};

/// The memory of a request that has been destroyed goes back.
void give_back(const target& of, void* memory, std::size_t size, bool at_home) noexcept;

/// How an operation may begin.
enum class beginning : unsigned char {
    allowed,
    refused,   ///< for what `refusal_of` says
    inert      ///< the execution context is gone: the handler is destroyed
};
beginning beginning_on(const target_ptr& on) noexcept;

error refusal_of(const target_ptr& on);

/// Has a request heard by its sink.
void deliver_request(target& to, request& made);

/// Has a handler's slot tell the request that it is cancelled. False if nobody can cancel it.
template <class Slot>
bool listen_for_cancellation(Slot slot, const target_ptr& of, request& r) {
    if (!slot.is_connected()) return false;
    slot.template emplace<slot_handler>(of, &r);
    return true;
}

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

PGCORO_DECL void give_back(const target& of, void* memory, std::size_t size, bool at_home) noexcept {
    auto& blocks = of.runtime_of().memory();
    at_home ? blocks.deallocate(memory, size) : blocks.deallocate_elsewhere(memory, size);
}

PGCORO_DECL beginning beginning_on(const target_ptr& on) noexcept {
    if (on == nullptr || on->runtime_of().is_wrong_thread()) return beginning::refused;
    return on->runtime_of().is_shut_down() ? beginning::inert : beginning::allowed;
}

PGCORO_DECL void deliver_request(target& to, request& made) { to.runtime_of().deliver(to, made); }

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
        if (const auto how = beginning_on(on); how != beginning::allowed) {
            if (how == beginning::refused)
                refusal_type::send(executor_of(on.get()), std::move(handler), refusal_of(on));
            return;
        }
        block_pool::allocation memory(on->runtime_of().memory(), sizeof(caller_request));
        auto* const made = new (memory.get()) caller_request(std::move(on), std::move(job), std::move(handler));
        memory.release();
        made->time_limit = time_limit;
        made->exclusive = exclusive;
        made->job_.describe(*made);
        made->listening_ = listen_for_cancellation(boost::asio::get_associated_cancellation_slot(*made->handler_),
                                                   made->target_, *made);
        deliver_request(*made->target_, *made);
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
        if (home_.is_inline()) return deliver();
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
            if constexpr (AsResult) complete(handler, boost::system::result<void, error>());
            else complete(handler, std::exception_ptr());
        } else {
            kept<T> value;
            if (!failed) {
                try {
                    value.emplace([this]() -> T { return job_.read(*this); });
                } catch (...) {
                    failed.emplace(error_of_user_code(text.text).with_execution(execution_state::completed));
                }
            }
            destroy();
            if (!value) return complete_with_error<T, AsResult>(handler, *failed);
            if constexpr (AsResult) complete(handler, boost::system::result<T, error>(std::move(*value)));
            else complete(handler, std::exception_ptr(), std::move(*value));
        }
    }

    void finish_early(const error& reason) override {
        block_pool::retire(this);
        refusal_type::send(target_->runtime_of().inner_executor(), std::move(*handler_), reason, listening_);
        listening_ = false;
        handler_.destroy();
        home_.reset();
    }

    void abandon() noexcept override {
        const kept<Handler> outlives(std::move(handler_));
        destroy();
    }

private:
    using refusal_type = refusal<T, AsResult, Handler>;
    using executor_type = boost::asio::associated_executor_t<Handler, boost::asio::any_io_executor>;

    caller_request(target_ptr on, Job&& job, Handler&& handler)
        : target_(std::move(on)), job_(std::move(job)), handler_(std::move(handler)),
          home_(handler_executor(*handler_), target_->runtime_of()) {}

    ~caller_request() = default;

    executor_type handler_executor(const Handler& handler) const {
        return boost::asio::get_associated_executor(handler, target_->runtime_of().inner_executor());
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
        const bool at_home = home_.is_inline();   // else the handler may run on any thread
        this->~caller_request();
        give_back(*keep, this, sizeof(caller_request), at_home);
    }

    target_ptr target_;
    Job job_;
    kept<Handler> handler_;
    handler_home<executor_type> home_;
    bool listening_ = false;
};

} // namespace pgcoro::session

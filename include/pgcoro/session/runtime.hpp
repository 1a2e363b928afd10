// The executor, the memory and the clock that the sessions of one pool share.
#pragma once

#include <pgcoro/core/error.hpp>
#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/session/block_pool.hpp>
#include <pgcoro/session/cancel_limiter.hpp>
#include <pgcoro/session/request.hpp>
#include <pgcoro/session/runtime_service.hpp>
#include <pgcoro/session/wake_channel.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/intrusive/set.hpp>
#include <boost/intrusive/slist.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <atomic>
#include <exception>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

namespace pgcoro {

/// From which threads a pool or connection may be used.
enum class concurrency {
    thread_safe,     ///< from any thread: the core runs on a strand of its own
    single_threaded  ///< only from the one thread that runs the executor; quicker. Use from another thread is
                     ///< answered with `errc::wrong_thread`.
};

} // namespace pgcoro

namespace pgcoro::session {

/// Something that wants to be called once at the end of the current loop turn, to send what has gathered.
class turn_participant
    : public boost::intrusive::slist_base_hook<boost::intrusive::link_mode<boost::intrusive::normal_link>> {
public:
    virtual void end_turn() = 0;

protected:
    ~turn_participant() = default;

private:
    friend class runtime;
    bool scheduled_ = false;
};

/// One per pool or stand-alone connection. Everything of the core runs on its *home* executor: the context's own
/// for `concurrency::single_threaded`, else a strand.
///
/// A *turn* is what one readiness event, or one posted call, sets off. Callers are resumed within it; what they ask
/// for is gathered and sent at its end, in one flush per connection.
class runtime final : public boost::intrusive_ref_counter<runtime, boost::thread_safe_counter>, private runtime_service::entry {
public:
    using executor_type = boost::asio::any_io_executor;

    /// Whoever is to be told that the execution context is going away.
    class owner {
    public:
        /// Destroy all I/O objects and all requests, without completing them.
        virtual void on_shutdown() noexcept = 0;

    protected:
        ~owner() = default;
    };

    runtime(const executor_type& executor, concurrency mode);
    ~runtime();

    const executor_type& home() const noexcept { return home_; }
    const executor_type& inner_executor() const noexcept { return inner_; }
    block_pool& memory() noexcept { return memory_; }
    const std::shared_ptr<wake_channel>& wakes() const noexcept { return wakes_; }
    cancel_limiter& cancels() noexcept { return cancels_; }

    bool is_single_threaded() const noexcept { return mode_ == concurrency::single_threaded; }

    /// The io_context whose own executor is the home executor, if only one thread runs it.
    boost::asio::io_context* only_loop() const noexcept {
        return is_single_threaded() && loop_ ? &static_cast<boost::asio::io_context&>(loop_->context()) : nullptr;
    }

    /// Whether the execution context is gone: nothing may be posted or waited for any more.
    bool is_shut_down() const noexcept { return shut_down_; }

    void set_owner(owner* who) noexcept { owner_ = who; }

    /// Whether a handler of this executor may be called directly at the end of a request, from the home executor.
    template <class Executor>
    bool completes_inline(const Executor& handler_executor) const noexcept {
        if (mode_ != concurrency::single_threaded) return false;
        if constexpr (std::is_same_v<Executor, executor_type>) return handler_executor == home_;
        else if constexpr (!std::is_convertible_v<const Executor&, executor_type>) return false;
        else return executor_type(handler_executor) == home_;
    }

    /// Whether the calling thread may touch the core now.
    bool on_home() const noexcept {
        if (mode_ == concurrency::thread_safe) return on_strand();
        return loop_ ? loop_->running_in_this_thread() : owner_thread_.load(std::memory_order_relaxed) == this_thread();
    }

    /// Whether a single-threaded runtime is being used from another thread than its loop's.
    bool is_wrong_thread() const noexcept {
        if (mode_ == concurrency::thread_safe || on_home()) return false;
        const void* const loop_thread = owner_thread_.load(std::memory_order_relaxed);
        return loop_thread != nullptr && loop_thread != this_thread();
    }

    /// Takes a new request to its sink on the home executor; callable from any thread. The sink must keep this
    /// runtime alive and be kept alive by the request.
    void deliver(request_sink& sink, request& added) {
        added.sink = &sink;
        on_home() ? sink.accept(added) : put_into_inbox(added);
    }

    /// Gives what arrived from other threads to its sinks. On the home executor; also done by itself.
    void empty_inbox();

    /// Calls `function(runtime&)` on the home executor, later, keeping the runtime alive until then.
    template <class Function>
    void post(Function function) {
        boost::asio::post(home_, [self = boost::intrusive_ptr<runtime>(this), function]() mutable {
            if (self->shut_down_) return;
            const turn guard(*self);
            function(*self);
        });
    }

    /// Marks the extent of a turn; the outermost one ends it.
    class turn {
    public:
        explicit turn(runtime& of) noexcept : runtime_(&of), exceptions_(std::uncaught_exceptions()) {
            if (runtime_->turn_depth_++ == 0)
                runtime_->owner_thread_.store(this_thread(), std::memory_order_relaxed);
        }

        ~turn() noexcept(false) {
            if (runtime_->turn_depth_ > 1) {
                --runtime_->turn_depth_;
                return;
            }
            const auto keep = runtime_;
            try {
                // While a caller's exception travels to whoever runs the loop, the rest waits for another turn.
                if (std::uncaught_exceptions() == exceptions_) keep->end_turn();
            } catch (...) {
                --keep->turn_depth_;
                keep->schedule_turn();
                throw;
            }
            --keep->turn_depth_;
            if (keep->has_work()) keep->schedule_turn();
        }

        turn(const turn&) = delete;
        turn& operator=(const turn&) = delete;

    private:
        boost::intrusive_ptr<runtime> runtime_;
        int exceptions_;
    };

    /// Has `who` called at the end of this turn, or of one that is posted if none is under way.
    void at_end_of_turn(turn_participant& who) {
        if (who.scheduled_) return;
        who.scheduled_ = true;
        participants_.push_back(who);
        if (turn_depth_ == 0) schedule_turn();
    }

    /// Forgets a participant that is about to be destroyed.
    void forget(turn_participant& who) noexcept {
        if (!who.scheduled_) return;
        who.scheduled_ = false;
        participants_.remove_if([&](const turn_participant& other) { return &other == &who; });
    }

    /// Answers a request's caller at the end of this turn: for what ends within its own initiation.
    void finish_later(request& done) {
        done.at = stage::finished;
        remove_deadline(done);
        finished_.push_back(done);
        if (turn_depth_ == 0) schedule_turn();
    }

    /// Answers a request's caller now. Only for results that came from the server, within a turn.
    void finish_now(request& done) {
        done.at = stage::finished;
        remove_deadline(done);
        done.finish();
    }

    /// Interrupts the request through its sink when the deadline has passed.
    void set_deadline(request& r, clock::time_point deadline) {
        remove_deadline(r);
        r.deadline = deadline;
        r.has_deadline = true;
        deadlines_.insert(r);
        if (deadline < timer_expiry_) arm_timer(deadline);
    }

    void remove_deadline(request& r) noexcept {
        if (!r.has_deadline) return;
        r.has_deadline = false;
        deadlines_.erase(deadlines_.iterator_to(r));
    }

    /// Lets the loop's `run` return: no deadline is left, though the timer may still be set for one that was met.
    void rest() {
        if (!deadlines_.empty() || shut_down_) return;
        deadline_timer_->cancel();
        timer_expiry_ = clock::time_point::max();
    }

    /// Ends all requests that wait to be finished, without calling their handlers. For `owner::on_shutdown`.
    void abandon_finished() noexcept;

private:
    using loop_executor = boost::asio::io_context::executor_type;
    using strand_of_any = boost::asio::strand<executor_type>;
    using strand_of_loop = boost::asio::strand<loop_executor>;

    static executor_type strand_on(const executor_type& executor);
    bool on_strand() const noexcept;
    void put_into_inbox(request& added);

    static const void* this_thread() noexcept {
        static thread_local const char marker = 0;
        return &marker;
    }

    bool has_work() const noexcept { return !participants_.empty() || !finished_.empty(); }

    void schedule_turn();
    void end_turn();
    void answer_finished();
    void arm_timer(clock::time_point when);
    void expire();
    void arm_next_deadline();
    void shut_down() noexcept override;

    executor_type inner_;
    const concurrency mode_;
    block_pool memory_;
    executor_type home_;
    std::optional<loop_executor> loop_;
    const strand_of_any* strand_ = nullptr;
    const strand_of_loop* loop_strand_ = nullptr;
    std::atomic<const void*> owner_thread_ = nullptr;
    runtime_service* service_;
    owner* owner_ = nullptr;
    bool shut_down_ = false;

    std::shared_ptr<wake_channel> wakes_;
    cancel_limiter cancels_{8};

    std::mutex inbox_mutex_;
    request_list inbox_;

    unsigned turn_depth_ = 0;
    bool turn_posted_ = false;
    boost::intrusive::slist<turn_participant, boost::intrusive::cache_last<true>> participants_;
    request_list finished_;

    boost::intrusive::multiset<request, boost::intrusive::compare<by_deadline>> deadlines_;
    std::optional<boost::asio::steady_timer> deadline_timer_;
    clock::time_point timer_expiry_ = clock::time_point::max();
};

using runtime_ptr = boost::intrusive_ptr<runtime>;

} // namespace pgcoro::session

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/session/runtime_turns.hpp>
#endif

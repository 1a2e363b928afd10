// One request to each of several pools, every one on a loop of its own: all are to start, or to close.
#pragma once

#include <pgcoro/session/caller_request.hpp>
#include <pgcoro/session/control_job.hpp>
#include <pgcoro/session/delivery.hpp>
#include <pgcoro/session/target.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/result.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace pgcoro::pooling {

/// The pools, and what keeps their loops from ending for want of work until all of them are closed.
class pools_on_loops {
public:
    using loop_executor = boost::asio::io_context::executor_type;

    void add(session::target_ptr pool) { pools_.push_back(std::move(pool)); }

    void keep_running(const loop_executor& loop) { busy_.emplace_back(loop); }

    /// From any thread, while the loops exist.
    void let_loops_end() noexcept {
        if (released_.exchange(true)) return;
        for (auto& loop : busy_) loop.reset();
    }

    std::size_t size() const noexcept { return pools_.size(); }
    const session::target_ptr& operator[](std::size_t i) const noexcept { return pools_[i]; }

    /// Whether a loop is gone.
    bool is_any_shut_down() const noexcept {
        return std::any_of(pools_.begin(), pools_.end(),
                           [](const session::target_ptr& pool) { return pool->runtime_of().is_shut_down(); });
    }

private:
    std::vector<session::target_ptr> pools_;
    std::vector<boost::asio::executor_work_guard<loop_executor>> busy_;
    std::atomic<bool> released_ = false;
};

using pools_on_loops_ptr = std::shared_ptr<pools_on_loops>;

/// Brings together what the pools answer, each on its loop's thread. The caller is answered once, on its
/// handler's executor: with success after the last of them, with a failure after the first that has one.
template <bool AsResult, class Handler>
class gathered_answers : public std::enable_shared_from_this<gathered_answers<AsResult, Handler>> {
public:
    gathered_answers(pools_on_loops_ptr pools, Handler&& handler)
        : pools_(std::move(pools)),
          cancel_(pools_->size()),
          handler_(std::move(handler)),
          work_(executor_of(*handler_)),
          missing_(pools_->size()) {}

    void ask(session::request_kind kind, session::clock::duration time_limit) {
        auto slot = boost::asio::get_associated_cancellation_slot(*handler_);
        if (slot.is_connected()) {
            listening_ = true;
            slot.assign([weak = this->weak_from_this()](boost::asio::cancellation_type type) {
                if (const auto self = weak.lock()) self->cancel(type);
            });
        }
        for (std::size_t i = 0; i < pools_->size(); ++i)
            boost::asio::post(executor(i), [self = this->shared_from_this(), i, kind, time_limit] {
                self->ask_one(i, kind, time_limit);
            });
    }

private:
    using executor_type = boost::asio::associated_executor_t<Handler, boost::asio::any_io_executor>;

    struct settings {
        session::clock::duration time_limit;
    };

    const boost::asio::any_io_executor& executor(std::size_t i) const noexcept {
        return (*pools_)[i]->runtime_of().inner_executor();
    }

    executor_type executor_of(const Handler& handler) const {
        return boost::asio::get_associated_executor(handler, executor(0));
    }

    void ask_one(std::size_t i, session::request_kind kind, session::clock::duration time_limit) {
        session::control_job<void>(kind).template begin<void, true>(
            (*pools_)[i], settings{time_limit},
            boost::asio::bind_cancellation_slot(
                cancel_[i].slot(),
                [self = this->shared_from_this(), kind](const boost::system::result<void, error>& answer) {
                    if (answer.has_error()) return self->answer(answer.error());
                    if (--self->missing_ != 0) return;
                    self->answer(std::nullopt);
                    if (kind == session::request_kind::close) self->pools_->let_loops_end();
                }));
    }

    /// Each signal belongs to its loop's thread.
    void cancel(boost::asio::cancellation_type type) {
        for (std::size_t i = 0; i < pools_->size(); ++i)
            boost::asio::post(executor(i),
                              [self = this->shared_from_this(), i, type] { self->cancel_[i].emit(type); });
    }

    void answer(const std::optional<error>& failure) {
        if (answered_.exchange(true)) return;
        [[maybe_unused]] const auto its = executor_of(*handler_);
        auto call = [handler = std::move(*handler_), listening = listening_, failure]() mutable {
            if (listening) boost::asio::get_associated_cancellation_slot(handler).clear();
            if (failure) session::complete_with_error<void, AsResult>(handler, *failure);
            else if constexpr (AsResult) std::move(handler)(boost::system::result<void, error>());
            else std::move(handler)(std::exception_ptr());
        };
        if constexpr (session::only_runs_at_once<executor_type>) boost::asio::post(executor(0), std::move(call));
        else boost::asio::post(its, std::move(call));
        handler_.reset();
        work_.reset();
    }

    const pools_on_loops_ptr pools_;
    std::vector<boost::asio::cancellation_signal> cancel_;
    std::optional<Handler> handler_;
    boost::asio::executor_work_guard<executor_type> work_;
    bool listening_ = false;
    std::atomic<std::size_t> missing_;
    std::atomic<bool> answered_ = false;
};

/// How an operation on all of the pools begins.
class control_of_all {
public:
    control_of_all(pools_on_loops_ptr pools, session::request_kind kind) noexcept
        : pools_(std::move(pools)), kind_(kind) {}

    template <class Value, bool AsResult, class Settings, class Handler>
    void begin(const session::target_ptr&, const Settings& settings, Handler&& handler) {
        if (pools_->is_any_shut_down()) return; // inert: the handler is destroyed
        using answers = gathered_answers<AsResult, std::decay_t<Handler>>;
        std::make_shared<answers>(std::move(pools_), std::decay_t<Handler>(std::forward<Handler>(handler)))
            ->ask(kind_, settings.time_limit);
    }

private:
    pools_on_loops_ptr pools_;
    session::request_kind kind_;
};

} // namespace pgcoro::pooling

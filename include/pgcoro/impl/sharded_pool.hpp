// The loops of a sharded pool: how they begin, run and end.
#pragma once

#include <pgcoro/sharded_pool.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <latch>
#include <memory>
#include <thread>
#include <utility>

namespace pgcoro {

struct sharded_pool::shard {
    std::unique_ptr<boost::asio::io_context> own; // none if it is the user's
    loop_executor loop;
    std::unique_ptr<pool> served;
    std::thread thread{};
    bool ended = false; // its pool's work; on the loop's thread
};

PGCORO_DECL sharded_pool::sharded_pool(own_loops, exception_handler on_exception)
    : on_exception_(std::move(on_exception)) {}

PGCORO_DECL sharded_pool::sharded_pool(const users_loops& loops, const pool_options& options) {
    for (const auto& each : loops.executors) add(each, options);
    begin();
}

PGCORO_DECL sharded_pool::sharded_pool(pool_options options, exception_handler on_exception)
    : sharded_pool(std::max<std::size_t>(1, std::thread::hardware_concurrency()), std::move(options),
                   std::move(on_exception)) {}

PGCORO_DECL sharded_pool::sharded_pool(std::size_t loops, pool_options options,
                                       exception_handler on_exception)
    : sharded_pool(own_loops(), std::move(on_exception)) {
    for (std::size_t i = 0; i < loops; ++i) {
        auto own = std::make_unique<boost::asio::io_context>(1);
        const auto loop = own->get_executor();
        add(std::move(own), loop, options);
    }
    begin();
    start_threads();
}

PGCORO_DECL sharded_pool::~sharded_pool() {
    if (pools_ == nullptr) return; // the constructor has thrown: no loop has run
    stop();
    pools_->let_loops_end();
    join();
    // What is left on the loops may hold on to any of the pools.
    for (auto& each : shards_) each.own.reset();
}

PGCORO_DECL void sharded_pool::add(const executor_type& executor, const pool_options& options) {
    const auto* const loop = executor.target<loop_executor>();
    if (loop == nullptr)
        throw error(make_error_code(errc::configuration_invalid),
                    "sharded_pool: an executor is none of an io_context");
    add(nullptr, *loop, options);
}

PGCORO_DECL void sharded_pool::add(std::unique_ptr<boost::asio::io_context> own, loop_executor loop,
                                   pool_options options) {
    options.concurrency = concurrency::single_threaded;
    auto served = std::make_unique<pool>(loop, std::move(options));
    shards_.push_back({std::move(own), loop, std::move(served)});
}

PGCORO_DECL void sharded_pool::begin() {
    if (shards_.empty())
        throw error(make_error_code(errc::configuration_invalid), "sharded_pool: there are no loops");
    pools_ = std::make_shared<pooling::pools_on_loops>();
    for (const auto& each : shards_) {
        pools_->add(each.served->target());
        if (each.own != nullptr) pools_->keep_running(each.loop);
    }
}

PGCORO_DECL void sharded_pool::start_threads() {
    const auto begun = std::make_shared<std::latch>(static_cast<std::ptrdiff_t>(shards_.size()));
    for (auto& each : shards_) {
        ++not_ended_;
        try {
            each.thread = std::thread([this, &each, begun] {
                { // From now on the pool knows its thread.
                    const session::runtime::turn first(each.served->core_->runtime_of());
                }
                begun->count_down();
                run(each);
            });
        } catch (...) { // there can be no further thread
            --not_ended_;
            throw;
        }
    }
    begun->wait();
}

/// A loop's thread.
PGCORO_DECL void sharded_pool::run(shard& on) {
    guarded([&] { on.own->run(); });
    end(on);
    if (!stopping_) return;
    // It was stopped with handlers ready that the end of a pool has called for.
    on.own->restart();
    guarded([&, limit = session::clock::now() + std::chrono::seconds(1)] {
        while (session::clock::now() < limit && on.own->poll_one() != 0) {
        }
    });
}

template <class Step>
void sharded_pool::guarded(Step step) {
    if (!on_exception_) return step();
    for (;;) try {
            return step();
        } catch (...) {
            on_exception_(std::current_exception());
        }
}

/// The pool of a loop has answered everybody, or the loop has nothing left to do. A loop goes on until that
/// is so of all, since handlers of one pool's operations may be bound to another's loop.
PGCORO_DECL void sharded_pool::end(shard& on) {
    if (std::exchange(on.ended, true) || --not_ended_ != 0) return;
    for (auto& each : shards_) each.own->stop();
}

PGCORO_DECL void sharded_pool::stop() {
    stopping_ = true;
    for (auto& each : shards_) {
        each.served->end();
        if (each.own != nullptr) boost::asio::post(each.loop, [this, &each] { end(each); });
    }
}

PGCORO_DECL void sharded_pool::join() {
    for (const auto& each : shards_)
        if (each.own != nullptr && each.loop.running_in_this_thread())
            throw error(make_error_code(errc::wrong_thread),
                        "sharded_pool: a loop's thread cannot wait for its own end");
    for (auto& each : shards_)
        if (each.thread.joinable()) each.thread.join();
}

PGCORO_DECL auto sharded_pool::executor(std::size_t index) const -> executor_type { return shards_.at(index).loop; }

PGCORO_DECL auto sharded_pool::next_executor() const noexcept -> executor_type {
    return shards_[next_.fetch_add(1, std::memory_order_relaxed) % shards_.size()].loop;
}

PGCORO_DECL pool_stats sharded_pool::stats() const noexcept {
    pool_stats all;
    for (const auto& each : shards_) all += each.served->stats();
    return all;
}

PGCORO_DECL std::size_t sharded_pool::size() const noexcept { return shards_.size(); }

PGCORO_DECL pool& sharded_pool::local() const {
    for (const auto& each : shards_)
        if (each.loop.running_in_this_thread()) return *each.served;
    throw error(make_error_code(errc::wrong_thread), "this thread runs none of the sharded_pool's loops");
}

PGCORO_DECL pool& sharded_pool::pool_of(std::size_t index) const { return *shards_.at(index).served; }

} // namespace pgcoro

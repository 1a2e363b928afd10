// How a pool begins, and what calls its hooks.
#pragma once

#include <pgcoro/pool.hpp>
#include <pgcoro/pool/core.hpp>

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <utility>

namespace pgcoro {
namespace pooling {

/// What runs a coroutine of the user's on a connection; empty if there is none. One that returns nothing approves.
template <class Result>
core::hook hook_of(std::function<boost::asio::awaitable<Result>(lease&)> users) {
    if (!users) return {};
    return [users = std::move(users)](session::exclusive_connection_ptr seen,
                                      std::function<void(std::exception_ptr, bool)> done) {
        const auto home = seen->runtime_of().home();
        auto held = std::make_shared<lease>(std::move(seen));
        auto coroutine = users(*held);
        boost::asio::co_spawn(home, std::move(coroutine),
                              [held, done = std::move(done)](std::exception_ptr thrown, auto... approved) {
                                  done(thrown, (true && ... && approved));
                              });
    };
}

} // namespace pooling

PGCORO_DECL pool::pool(const executor_type& executor, pool_options options)
    : core_(new pooling::core(new session::runtime(executor, options.concurrency), options)) {
    using pooling::hook_of;
    core().set_hooks({hook_of(std::move(options.on_connect)), hook_of(std::move(options.before_acquire)),
                      hook_of(std::move(options.after_release))});
}

PGCORO_DECL pool::~pool() {
    if (core_) end();
}

PGCORO_DECL void pool::end() const {
    if (core_->runtime_of().is_shut_down()) return;
    core_->runtime_of().post([core = boost::static_pointer_cast<pooling::core>(core_)](session::runtime&) {
        core->close_now();
    });
}

PGCORO_DECL pooling::core& pool::core() const noexcept { return static_cast<pooling::core&>(*core_); }

PGCORO_DECL pool_stats pool::stats() const noexcept { return core().stats(); }

PGCORO_DECL const pool_options& pool::options() const noexcept { return core().options(); }

} // namespace pgcoro

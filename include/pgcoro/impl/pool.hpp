// How a pool begins, and what calls its hooks.
#pragma once

#include <pgcoro/pool.hpp>

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <utility>

namespace pgcoro {

/// What runs a coroutine of the user's on a connection; empty if there is none. One that returns nothing approves.
template <class Result>
pooling::core::hook pool::hook_of(std::function<boost::asio::awaitable<Result>(lease&)> users) {
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

PGCORO_DECL pool::pool(const executor_type& executor, pool_options options)
    : core_(new pooling::core(new session::runtime(executor, options.concurrency), options)) {
    core_->set_hooks({hook_of(std::move(options.on_connect)), hook_of(std::move(options.before_acquire)),
                      hook_of(std::move(options.after_release))});
}

PGCORO_DECL pool::~pool() {
    if (core_) end();
}

PGCORO_DECL void pool::end() const {
    if (core_->runtime_of().is_shut_down()) return;
    core_->runtime_of().post([core = core_](session::runtime&) { core->close_now(); });
}

} // namespace pgcoro

// How a listener begins, and what calls its hook.
#pragma once

#include <pgcoro/listener.hpp>
#include <pgcoro/listener/core.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <utility>

namespace pgcoro {

namespace listening {

/// Runs the user's coroutine on the listener's executor.
PGCORO_DECL core::resync resync_by(std::function<boost::asio::awaitable<void>(connection&)> hook) {
    if (!hook) return {};
    return [hook = std::move(hook)](session::exclusive_connection_ptr fresh, core::signal_ptr cancel,
                                    std::function<void(std::exception_ptr)> done) {
        const auto home = fresh->runtime_of().home();
        const auto held = std::make_shared<connection>(std::move(fresh));
        auto work = [hook, held]() -> boost::asio::awaitable<void> { co_await hook(*held); };
        const auto slot = cancel->slot();
        boost::asio::co_spawn(home, std::move(work),
                              boost::asio::bind_cancellation_slot(
                                  slot, [cancel, done = std::move(done)](std::exception_ptr thrown) {
                                      done(std::move(thrown));
                                  }));
    };
}

} // namespace listening

PGCORO_DECL listener::listener(const executor_type& executor, listener_options options, std::vector<std::string> channels) {
    const listening::core_ptr core(new listening::core(new session::runtime(executor, options.concurrency), options,
                                                       listening::channel_set(channels),
                                                       listening::resync_by(std::move(options.on_established))));
    core_ = core;
    core->runtime_of().post([core](session::runtime&) { core->begin(); });
}

PGCORO_DECL listener::~listener() {
    if (!core_ || core_->runtime_of().is_shut_down()) return;
    core_->runtime_of().post([core = boost::static_pointer_cast<listening::core>(core_)](session::runtime&) {
        core->close_now();
    });
}

} // namespace pgcoro

// How a listener begins, and what calls its hook.
#pragma once

#include <pgcoro/listener.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <utility>

namespace pgcoro {

PGCORO_DECL listener::listener(const executor_type& executor, listener_options options, std::vector<std::string> channels)
    : core_(new listening::core(new session::runtime(executor, options.concurrency), options,
                                listening::channel_set(channels), resync_by(std::move(options.on_established)))) {
    core_->runtime_of().post([core = core_](session::runtime&) { core->begin(); });
}

PGCORO_DECL listener::~listener() {
    if (!core_ || core_->runtime_of().is_shut_down()) return;
    core_->runtime_of().post([core = core_](session::runtime&) { core->close_now(); });
}

PGCORO_DECL listening::core::resync listener::resync_by(std::function<boost::asio::awaitable<void>(connection&)> hook) {
    if (!hook) return {};
    return [hook = std::move(hook)](session::exclusive_connection_ptr fresh, listening::core::signal_ptr cancel,
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

} // namespace pgcoro

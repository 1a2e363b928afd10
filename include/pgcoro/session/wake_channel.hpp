// Lets a helper thread report to a runtime that may be gone by then.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace pgcoro::session {

/// Callbacks that wait for a thread's signal. They stay here, with all that they hold, so that a thread which
/// finishes after the runtime's end neither calls nor destroys any of them.
/// Thread safety: all members may be called from any thread.
class wake_channel : public std::enable_shared_from_this<wake_channel> {
public:
    explicit wake_channel(boost::asio::any_io_executor home) : home_(std::move(home)) {}

    /// Keeps a callback and returns the ticket to signal it by.
    std::uint64_t expect(std::function<void()> callback);

    /// Has the callback of a ticket called on the home executor, unless the channel is closed.
    void signal(std::uint64_t ticket);

    /// Destroys all callbacks; later signals do nothing.
    void close() noexcept;

private:
    void call(std::uint64_t ticket);

    std::mutex mutex_;
    boost::asio::any_io_executor home_;
    std::uint64_t last_ticket_ = 0;
    std::unordered_map<std::uint64_t, std::function<void()>> waiting_;
};

#if PGCORO_HAS_DEFINITIONS

PGCORO_DECL std::uint64_t wake_channel::expect(std::function<void()> callback) {
    const std::lock_guard lock(mutex_);
    waiting_.emplace(++last_ticket_, std::move(callback));
    return last_ticket_;
}

PGCORO_DECL void wake_channel::signal(std::uint64_t ticket) {
    const std::lock_guard lock(mutex_);
    if (!home_) return;
    boost::asio::post(home_, [self = shared_from_this(), ticket] { self->call(ticket); });
}

PGCORO_DECL void wake_channel::close() noexcept {
    std::unordered_map<std::uint64_t, std::function<void()>> dropped;   // destroyed after the lock is released
    const std::lock_guard lock(mutex_);
    dropped.swap(waiting_);
    home_ = {};
}

PGCORO_DECL void wake_channel::call(std::uint64_t ticket) {
    std::function<void()> callback;
    {
        const std::lock_guard lock(mutex_);
        const auto found = waiting_.find(ticket);
        if (found == waiting_.end()) return;
        callback = std::move(found->second);
        waiting_.erase(found);
    }
    callback();
}

#endif

} // namespace pgcoro::session

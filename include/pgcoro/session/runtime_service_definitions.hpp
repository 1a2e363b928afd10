// How runtimes register, and learn of the end.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/session/runtime_service.hpp>

#include <boost/asio/execution/context.hpp>
#include <boost/asio/query.hpp>

#include <mutex>

namespace pgcoro::session {

PGCORO_DECL runtime_service& runtime_service::of(const boost::asio::any_io_executor& executor) {
    return boost::asio::use_service<runtime_service>(
        boost::asio::query(executor, boost::asio::execution::context));
}

PGCORO_DECL void runtime_service::add(entry& added) {
    const std::lock_guard lock(mutex_);
    entries_.push_back(added);
}

PGCORO_DECL void runtime_service::remove(entry& removed) {
    const std::lock_guard lock(mutex_);
    entries_.erase(entries_.iterator_to(removed));
}

PGCORO_DECL void runtime_service::shutdown() noexcept {
    for (;;) {
        entry* next;
        {
            const std::lock_guard lock(mutex_);
            if (entries_.empty()) return;
            next = &entries_.front();
            entries_.pop_front();
        }
        next->shut_down();
    }
}

} // namespace pgcoro::session

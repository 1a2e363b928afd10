// A leased connection between its grant and the handle that it is for.
#pragma once

#include <pgcoro/session/exclusive_connection.hpp>

#include <utility>

namespace pgcoro::session {

/// Given back by the destructor, unless it is taken.
class held_connection {
public:
    held_connection() = default;
    explicit held_connection(exclusive_connection_ptr held) noexcept : held_(std::move(held)) {}
    held_connection(held_connection&&) noexcept = default;

    held_connection& operator=(held_connection&& other) noexcept {
        if (this == &other) return *this;
        reset();
        held_ = std::move(other.held_);
        return *this;
    }

    ~held_connection() { reset(); }

    void reset() noexcept {
        if (const auto held = take()) held->release_later();
    }

    target_ptr target() const noexcept { return held_; }
    exclusive_connection_ptr take() noexcept { return std::move(held_); }

private:
    exclusive_connection_ptr held_;
};

} // namespace pgcoro::session

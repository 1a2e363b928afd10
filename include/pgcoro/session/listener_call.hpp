// What is asked of a listener.
#pragma once

#include <pgcoro/session/notification.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace pgcoro::session {

enum class listener_verb : std::uint8_t { next, listen, unlisten };

/// The part of a request to a listener that its job keeps: what is wanted, and what came of it.
struct listener_call {
    listener_verb verb;
    std::string channel{};                   ///< to be listened to or not any more
    bool end_is_no_failure = false;          ///< `next`: nothing is delivered once the listener is closed
    std::optional<notification> delivered{};
};

} // namespace pgcoro::session

// What NOTIFY sends.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace pgcoro {

/// What a `notification` tells.
enum class notification_kind : std::uint8_t {
    message,   ///< somebody said NOTIFY
    overflow,  ///< a gap: the queue of the listener was full, and notifications were dropped here
    reconnect  ///< a gap: the listener's connection was lost and replaced, and notifications may be missing here
};

/// A notification, or the sign of a gap among them (documentation: NOTIFY).
/// Thread safety: as a value.
struct notification {
    notification() = default;
    notification(std::string on_channel, std::string with_payload, int from)
        : channel(std::move(on_channel)), payload(std::move(with_payload)), backend_pid(from) {}
    explicit notification(notification_kind which) noexcept : kind(which) {}

    std::string channel{};  ///< empty for a gap
    std::string payload{};  ///< empty for a gap, and where none was given
    int backend_pid = 0;    ///< of the server's process that sent it; 0 for a gap
    notification_kind kind = notification_kind::message;

    /// Notifications may be missing here: look at what they tell about.
    bool is_gap() const noexcept { return kind != notification_kind::message; }

    bool operator==(const notification&) const = default;
};

} // namespace pgcoro

// Whom a connection tells of what arrives unasked.
#pragma once

#include <pgcoro/core/diagnostics.hpp>
#include <pgcoro/session/notification.hpp>

#include <functional>

namespace pgcoro::session {

/// Gets the server's notices and warnings. Must not throw.
using notice_handler = std::function<void(const diagnostics&)>;

/// Gets notifications. Must not throw.
using notification_handler = std::function<void(notification&&)>;

} // namespace pgcoro::session

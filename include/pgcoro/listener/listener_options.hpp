// How a listener is set up.
#pragma once

#include <pgcoro/core/error.hpp>
#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/pool/backoff.hpp>
#include <pgcoro/session/connect_options.hpp>
#include <pgcoro/session/runtime.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <functional>

namespace pgcoro {

class connection;

/// Settings of a listener. Every one has a default; `connect` without a value uses libpq's environment variables.
struct listener_options {
    /// Where to connect: a URI, key=value pairs, or `connect_options`.
    connect_options connect{};
    /// A pooler is in between and gives each client a server process of its own (session mode). Without this a pooler is
    /// refused with `errc::unsupported_by_pooler` when it is noticed, since in its other modes LISTEN has no effect.
    bool session_pooler = false;
    std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);  ///< of one attempt to connect
    reconnect_backoff reconnect{};                                         ///< the pauses between attempts

    /// Notifications that are kept for whoever reads them, from 1. One of them takes up to 8 kB. When there are as many,
    /// further ones are dropped until all have been read; an `overflow` gap stands in their place.
    std::size_t max_queue = 10'000;

    /// The server is asked for a sign of life when nothing has come from it for so long,
    std::chrono::milliseconds probe_interval = std::chrono::seconds(30);
    /// and given up when there is no answer within this time: the connection is closed and opened again.
    std::chrono::milliseconds probe_timeout = std::chrono::seconds(10);

    /// Called on each new connection after LISTEN and before its first notification, the gap included, can be read: look
    /// at what the notifications tell about here, and nothing is missed. If it fails or leaves a transaction open, the
    /// connection is closed and another attempt made. When the connection is lost meanwhile, or the listener closed, the
    /// coroutine is cancelled (`terminal`); another attempt waits for its end. Runs on the listener's executor. The
    /// handle is empty of use afterwards.
    std::function<boost::asio::awaitable<void>(connection&)> on_established{};
    std::chrono::milliseconds established_timeout = std::chrono::minutes(1);  ///< how long `on_established` may take

    /// Told why there is no connection: after each failed attempt and each loss. Runs on the listener's executor and must
    /// not throw.
    std::function<void(const error&)> on_error{};

    pgcoro::concurrency concurrency = pgcoro::concurrency::thread_safe;
};

namespace listening {

/// Throws `errc::configuration_invalid`, naming the option, for values that make no sense.
void validate(const listener_options& options);

} // namespace listening
} // namespace pgcoro

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/listener/listener_options_definitions.hpp>
#endif

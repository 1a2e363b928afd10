// How a pool is set up.
#pragma once

#include <pgcoro/core/diagnostics.hpp>
#include <pgcoro/core/error.hpp>
#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/pool/backoff.hpp>
#include <pgcoro/session/connect_options.hpp>
#include <pgcoro/session/pooler.hpp>
#include <pgcoro/session/runtime.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {

class lease;

/// What a lease undergoes when it comes back, after what it left open was rolled back.
enum class reset_policy {
    automatic,    ///< DISCARD ALL, but only if a statement of the lease may have changed the session's state
    discard_all,  ///< DISCARD ALL each time
    none          ///< nothing
};

/// For `pool_options::pipeline_depth`: the pool learns how long the server works on each statement. Those that take a
/// millisecond and more, and eight times as long as the average, get connections of their own; the others share the rest, up
/// to 16 on each. A slow statement's first two executions, and others that are held up for once, may keep some waiting.
inline constexpr std::size_t automatic_depth = static_cast<std::size_t>(-1);

/// Settings of a pool. Every one has a default; `connect` without a value uses libpq's environment variables.
struct pool_options {
    /// Where to connect: a URI, key=value pairs, or `connect_options`.
    connect_options connect{};

    std::size_t max_connections = 10;  ///< from 1
    std::size_t min_connections = 0;   ///< kept open, used or not
    std::size_t min_idle = 0;          ///< kept open in reserve
    std::optional<std::size_t> max_idle{};

    /// A connection is closed this long after it was opened, once nobody uses it.
    std::chrono::milliseconds max_lifetime = std::chrono::hours(1);
    double max_lifetime_jitter = 0.1;  ///< fraction by which lifetimes vary, so that not all end at once
    std::chrono::milliseconds idle_timeout = std::chrono::minutes(10);
    std::chrono::milliseconds health_check_period = std::chrono::seconds(30);

    std::chrono::milliseconds acquire_timeout = std::chrono::seconds(10);  ///< of waiting for a connection
    std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);  ///< of one attempt to connect, and of a hook
    /// The limit for every statement. The server gets one a second longer as its `statement_timeout`, for the case that
    /// the client cannot cancel any more.
    std::optional<std::chrono::milliseconds> query_timeout{};

    std::size_t max_waiting = 1024;  ///< requests in line; one more is answered with `errc::pool_overloaded`
    /// Autocommit statements that one connection may have in flight once all are busy; 1 turns sharing off.
    /// `automatic_depth`: as many as pay, and nobody waits behind a statement that usually takes long.
    std::size_t pipeline_depth = 4;
    /// Prepared statements a connection keeps; 0: each execution has a Parse of the unnamed statement of its own.
    std::size_t statement_cache_capacity = 100;
    pgcoro::statement_mode statement_mode = pgcoro::statement_mode::automatic;
    /// The connection pooler, such as PgBouncer, between this pool and the server. Through one that shares sessions
    /// (`transaction`, `statement`), `session_settings` and the server's `statement_timeout` are set in each
    /// transaction, which costs the server a further statement in each of them; nothing is reset when a lease comes
    /// back, and what would stay with a session, such as LISTEN or SET, is refused with
    /// `errc::unsupported_by_pooler`.
    pgcoro::pooler_mode pooler_mode = pgcoro::pooler_mode::automatic;

    reset_policy reset = reset_policy::automatic;
    /// Run-time parameters of the server for every statement, such as {"search_path", "app"}.
    std::vector<std::pair<std::string, std::string>> session_settings{};

    /// Sees each text that was made at run time before it is sent; what it returns refuses the statement with
    /// `errc::invalid_sql` and this reason. Runs on the pool's executor.
    std::function<std::optional<std::string>(std::string_view sql)> runtime_sql_filter{};

    pgcoro::concurrency concurrency = pgcoro::concurrency::thread_safe;

    /// Sets up each new connection before anybody gets it, and again after a DISCARD ALL. Runs on the pool's executor;
    /// if it fails, or does not end within `connect_timeout`, so does the connection.
    std::function<boost::asio::awaitable<void>(lease&)> on_connect{};

    /// Sees each connection before `acquire` hands it out, after it was chosen. If it returns false or throws, the
    /// connection is closed and another taken, up to `max_connections` times; then `acquire` fails with what it threw,
    /// or `errc::connect_failed`. It has `acquire_timeout`. Runs on the pool's executor. Not called for the pool's own
    /// verbs: their statements share connections.
    std::function<boost::asio::awaitable<bool>(lease&)> before_acquire{};

    /// Sees each connection that was handed out by `acquire` when it has come back and was put in order, before anybody
    /// else gets it. If it returns false, throws or does not end within `connect_timeout`, the connection is closed. Runs on
    /// the pool's executor.
    std::function<boost::asio::awaitable<bool>(lease&)> after_release{};

    /// Pauses between attempts to reach a server that fails.
    reconnect_backoff reconnect{};

    /// Called with the server's notices and warnings, on the pool's executor; never printed otherwise.
    std::function<void(const diagnostics&)> on_notice{};

    /// Leaves the server's messages out of what errors of statements say (`error::what`, `to_string`), since they may
    /// repeat values, such as `invalid input syntax for type integer: "…"`. `error::diagnostics` keeps them.
    bool redact_server_messages = false;
};

namespace pooling {

/// With `automatic_depth`: deeper hardly saves any more (docs/performance.md).
inline constexpr std::size_t greatest_automatic_depth = 16;

/// Throws `errc::configuration_invalid`, naming the option, for values that make no sense together.
void validate(const pool_options& options);

/// The parameters that every transaction of the pool is to run with.
session::run_time_parameters own_settings(const pool_options& options);

/// The startup packet's `options`, with the session's settings added (documentation: "Parameter Key Words",
/// `options`).
std::string startup_options(const pool_options& options);

#if PGCORO_HAS_DEFINITIONS

PGCORO_DECL void validate(const pool_options& options) {
    const auto require = [](bool holds, const char* what) {
        if (!holds) throw error(make_error_code(errc::configuration_invalid), what);
    };
    require(options.max_connections >= 1, "max_connections must be at least 1");
    require(options.min_connections <= options.max_connections, "min_connections exceeds max_connections");
    require(options.min_idle <= options.max_connections, "min_idle exceeds max_connections");
    require(!options.max_idle || *options.max_idle >= options.min_idle, "max_idle is below min_idle");
    require(options.pipeline_depth >= 1, "pipeline_depth must be at least 1; 1 turns sharing off");
    require(options.statement_mode != statement_mode::prepared || options.statement_cache_capacity > 0,
            "statement_mode is prepared and statement_cache_capacity 0");
    require(options.acquire_timeout.count() > 0, "acquire_timeout must be positive");
    require(options.connect_timeout.count() > 0, "connect_timeout must be positive");
    require(options.max_lifetime.count() > 0, "max_lifetime must be positive");
    require(options.idle_timeout.count() > 0, "idle_timeout must be positive");
    require(options.health_check_period.count() > 0, "health_check_period must be positive");
    require(!options.query_timeout || options.query_timeout->count() > 0, "query_timeout must be positive");
    require(options.max_lifetime_jitter >= 0 && options.max_lifetime_jitter <= 1,
            "max_lifetime_jitter must lie between 0 and 1");
    const auto& pause = options.reconnect;
    require(pause.initial.count() > 0 && pause.maximum >= pause.initial && pause.factor >= 1 && pause.jitter >= 0
                && pause.jitter <= 1,
            "reconnect: initial must be positive, maximum not below it, factor at least 1, jitter between 0 and 1");
    for (const auto& setting : options.session_settings)
        require(!setting.first.empty() && setting.first.find_first_of("= \t\n'\\") == std::string::npos,
                "session_settings: a name is empty or has a character that no parameter's name has");
}

PGCORO_DECL session::run_time_parameters own_settings(const pool_options& options) {
    session::run_time_parameters settings;
    if (options.query_timeout)
        settings.emplace_back("statement_timeout",
                              std::to_string((*options.query_timeout + std::chrono::seconds(1)).count()));
    settings.insert(settings.end(), options.session_settings.begin(), options.session_settings.end());
    return settings;
}

PGCORO_DECL std::string startup_options(const pool_options& options) {
    std::string text(options.connect.get("options"));
    const auto add = [&text](std::string_view name, std::string_view value) {
        if (!text.empty()) text += ' ';
        text += "-c ";
        for (const char c : std::string(name) + '=' + std::string(value)) {
            // What the server splits the text at (documentation: "Parameter Key Words", `options`)
            if (std::string_view(" \t\n\v\f\r\\").find(c) != std::string_view::npos) text += '\\';
            text += c;
        }
    };
    for (const auto& [name, value] : own_settings(options)) add(name, value);
    return text;
}

#endif

} // namespace pooling
} // namespace pgcoro

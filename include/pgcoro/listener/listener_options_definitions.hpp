// Which settings of a listener make sense.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/listener/listener_options.hpp>

namespace pgcoro::listening {

PGCORO_DECL void validate(const listener_options& options) {
    const auto require = [](bool holds, const char* what) {
        if (!holds) throw error(make_error_code(errc::configuration_invalid), what);
    };
    require(options.max_queue >= 1, "max_queue must be at least 1");
    require(options.connect_timeout.count() > 0, "connect_timeout must be positive");
    require(options.probe_interval.count() > 0, "probe_interval must be positive");
    require(options.probe_timeout.count() > 0, "probe_timeout must be positive");
    require(options.established_timeout.count() > 0, "established_timeout must be positive");
    const auto& pause = options.reconnect;
    require(pause.initial.count() > 0 && pause.maximum >= pause.initial && pause.factor >= 1 && pause.jitter >= 0
                && pause.jitter <= 1,
            "reconnect: initial must be positive, maximum not below it, factor at least 1, jitter between 0 and 1");
}

} // namespace pgcoro::listening

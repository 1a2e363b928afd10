// When a pool opens and closes connections of its own accord.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

namespace pgcoro::pooling {

/// Why a connection is closed.
enum class retirement { none, lifetime, idle_time, surplus };

/// The rules by which idle connections are kept.
struct maintenance_rules {
    std::size_t min_connections;
    std::size_t min_idle;
    std::optional<std::size_t> max_idle;
    std::chrono::steady_clock::duration idle_timeout;
};

/// An idle connection at the time of a look.
struct idle_connection {
    std::size_t slot;
    std::chrono::steady_clock::time_point idle_since;
    std::chrono::steady_clock::time_point expires;   ///< end of its lifetime
};

struct maintenance_plan {
    struct closing {
        std::size_t slot;
        retirement why;
    };
    std::vector<closing> close;
    std::size_t open = 0;
};

/// Decides about idle connections.
/// @param idle least recently used first
/// @param open how many connections there are, idle or not, being opened or not
inline maintenance_plan plan_maintenance(const maintenance_rules& rules, const std::vector<idle_connection>& idle,
                                         std::size_t open, std::size_t connecting,
                                         std::chrono::steady_clock::time_point now) {
    maintenance_plan plan;
    std::size_t remaining = idle.size();
    for (const auto& connection : idle) {
        auto why = retirement::none;
        const bool needed = open <= rules.min_connections || remaining <= rules.min_idle;
        if (connection.expires <= now) why = retirement::lifetime;
        else if (!needed && rules.max_idle && remaining > *rules.max_idle) why = retirement::surplus;
        else if (!needed && now - connection.idle_since >= rules.idle_timeout) why = retirement::idle_time;
        if (why == retirement::none) continue;
        plan.close.push_back({connection.slot, why});
        --open;
        --remaining;
    }
    const auto idle_or_coming = remaining + connecting;
    if (open < rules.min_connections) plan.open = rules.min_connections - open;
    if (idle_or_coming < rules.min_idle) plan.open = std::max(plan.open, rules.min_idle - idle_or_coming);
    return plan;
}

} // namespace pgcoro::pooling

// How long to wait before connecting again.
#pragma once

#include <algorithm>
#include <chrono>

namespace pgcoro {

/// The pauses between attempts to connect: `initial`, then `factor` times as long each time, up to `maximum`, each
/// varied at random by `jitter` (a fraction) up or down.
struct reconnect_backoff {
    std::chrono::milliseconds initial{100};
    double factor = 2.0;
    double jitter = 0.2;
    std::chrono::milliseconds maximum{30'000};
};

namespace pooling {

/// The state of a backoff. Makes no I/O; randomness is given by the caller.
class backoff {
public:
    explicit backoff(reconnect_backoff rule) noexcept : rule_(rule) {}

    /// The pause after one more failure.
    /// @param chance in [0, 1)
    std::chrono::milliseconds next(double chance) noexcept {
        const double limit = static_cast<double>(rule_.maximum.count());
        const double base = std::min(static_cast<double>(rule_.initial.count()) * growth_, limit);
        if (base < limit) growth_ *= rule_.factor;
        const double varied = base * (1.0 + rule_.jitter * (2.0 * chance - 1.0));
        return std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(std::min(varied, limit)));
    }

    void reset() noexcept { growth_ = 1.0; }

private:
    reconnect_backoff rule_;
    double growth_ = 1.0;
};

} // namespace pooling
} // namespace pgcoro

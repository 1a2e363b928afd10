// One place for a connection in a pool.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace pgcoro::pooling {

/// The life of a slot. `draining` and `cleaning` connections take nothing new; every state but `vacant` counts towards
/// the pool's maximum.
enum class slot_state : std::uint8_t {
    vacant,      ///< no connection
    connecting,  ///< being opened
    idle,        ///< open, nothing in flight
    shared,      ///< carries statements of several callers
    draining,    ///< shared, but takes nothing new: wanted by an exclusive waiter, or being cancelled
    leased,      ///< belongs to one caller
    cleaning     ///< came back from a caller and is being put in order
};

inline constexpr std::size_t slot_state_count = 7;

inline const char* to_string(slot_state state) noexcept {
    switch (state) {
    case slot_state::vacant: return "vacant";
    case slot_state::connecting: return "connecting";
    case slot_state::idle: return "idle";
    case slot_state::shared: return "shared";
    case slot_state::draining: return "draining";
    case slot_state::leased: return "leased";
    case slot_state::cleaning: return "cleaning";
    }
    return "?";
}

} // namespace pgcoro::pooling

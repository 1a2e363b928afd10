// An exclusive connection from a pool.
#pragma once

#include <pgcoro/exclusive_handle.hpp>

namespace pgcoro {

/// A connection that its holder has alone, taken from a pool by `pool::acquire` and returned by the destructor. What
/// it left open, such as a transaction, is undone before anybody else gets the connection.
///
/// Statements run in the order in which they were begun. Empty if default-constructed, moved from or released: then
/// operations fail with `errc::not_connected`. Lifetime: may outlive the pool, which closes the connection.
/// Thread safety: as the pool's; one statement after another is the holder's business.
class [[nodiscard]] lease : public exclusive_handle<lease> {
public:
    lease() = default;
    explicit lease(session::exclusive_connection_ptr held) noexcept : exclusive_handle(std::move(held)) {}

    /// Returns the connection before the destructor does.
    void release() noexcept { reset(); }
};

} // namespace pgcoro

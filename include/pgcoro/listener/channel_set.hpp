// Which channels a listener listens to, and how that is said in SQL.
#pragma once

#include <pgcoro/core/identifier.hpp>
#include <pgcoro/core/separate_compilation.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pgcoro::listening {

/// The longest name of a channel in bytes. The server would cut a longer one in LISTEN and refuse it in NOTIFY
/// (documentation: "Identifiers and Key Words", `NAMEDATALEN`).
inline constexpr std::size_t longest_channel = 63;

/// The channel's name as SQL takes it. Throws `errc::invalid_sql` for an empty name, one with a NUL byte and one that is
/// too long.
identifier quoted_channel(std::string_view channel);

std::string listen_command(std::string_view channel);
std::string unlisten_command(std::string_view channel);

/// The channels that every connection of a listener is to listen to, in the order in which they were added.
class channel_set {
public:
    channel_set() = default;

    /// Throws as `quoted_channel`.
    explicit channel_set(const std::vector<std::string>& channels);

    /// False if it is there already.
    bool add(std::string_view channel);

    bool remove(std::string_view channel);
    bool contains(std::string_view channel) const;
    const std::vector<std::string>& names() const noexcept { return names_; }

private:
    std::vector<std::string> names_;
};

} // namespace pgcoro::listening

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/listener/channel_set_definitions.hpp>
#endif

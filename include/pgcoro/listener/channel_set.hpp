// Which channels a listener listens to, and how that is said in SQL.
#pragma once

#include <pgcoro/core/identifier.hpp>

#include <algorithm>
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
inline identifier quoted_channel(std::string_view channel) {
    if (channel.empty()) throw error(make_error_code(errc::invalid_sql), "the name of a channel cannot be empty");
    if (channel.size() > longest_channel)
        throw error(make_error_code(errc::invalid_sql),
                    "the name of a channel has at most " + std::to_string(longest_channel) + " bytes, this one has "
                        + std::to_string(channel.size()) + ": \"" + std::string(channel) + '"');
    return identifier(channel);
}

inline std::string listen_command(std::string_view channel) { return "LISTEN " + quoted_channel(channel); }
inline std::string unlisten_command(std::string_view channel) { return "UNLISTEN " + quoted_channel(channel); }

/// The channels that every connection of a listener is to listen to, in the order in which they were added.
class channel_set {
public:
    channel_set() = default;

    /// Throws as `quoted_channel`.
    explicit channel_set(const std::vector<std::string>& channels) {
        for (const auto& channel : channels) {
            (void)quoted_channel(channel);
            add(channel);
        }
    }

    /// False if it is there already.
    bool add(std::string_view channel) {
        if (contains(channel)) return false;
        names_.emplace_back(channel);
        return true;
    }

    bool remove(std::string_view channel) { return std::erase(names_, channel) > 0; }
    bool contains(std::string_view channel) const { return std::ranges::find(names_, channel) != names_.end(); }
    const std::vector<std::string>& names() const noexcept { return names_; }

private:
    std::vector<std::string> names_;
};

} // namespace pgcoro::listening

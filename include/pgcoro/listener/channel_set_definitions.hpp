// The names of channels.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/listener/channel_set.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace pgcoro::listening {

PGCORO_DECL identifier quoted_channel(std::string_view channel) {
    if (channel.empty()) throw error(make_error_code(errc::invalid_sql), "the name of a channel cannot be empty");
    if (channel.size() > longest_channel)
        throw error(make_error_code(errc::invalid_sql),
                    "the name of a channel has at most " + std::to_string(longest_channel) + " bytes, this one has "
                        + std::to_string(channel.size()) + ": \"" + std::string(channel) + '"');
    return identifier(channel);
}

PGCORO_DECL std::string listen_command(std::string_view channel) { return "LISTEN " + quoted_channel(channel); }

PGCORO_DECL std::string unlisten_command(std::string_view channel) { return "UNLISTEN " + quoted_channel(channel); }

PGCORO_DECL channel_set::channel_set(const std::vector<std::string>& channels) {
    for (const auto& channel : channels) {
        (void)quoted_channel(channel);
        add(channel);
    }
}

PGCORO_DECL bool channel_set::add(std::string_view channel) {
    if (contains(channel)) return false;
    names_.emplace_back(channel);
    return true;
}

PGCORO_DECL bool channel_set::remove(std::string_view channel) { return std::erase(names_, channel) > 0; }

PGCORO_DECL bool channel_set::contains(std::string_view channel) const {
    return std::ranges::find(names_, channel) != names_.end();
}

} // namespace pgcoro::listening

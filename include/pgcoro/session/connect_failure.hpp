// What libpq says about a failed connection attempt, as an error.
#pragma once

#include <pgcoro/core/error.hpp>
#include <pgcoro/core/separate_compilation.hpp>

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>

namespace pgcoro::session {

/// The SQLSTATE in a message that was made with verbose reporting ("FATAL:  28P01: password …"), whatever the
/// language of its first word; the last one if several hosts were tried; empty if there is none. libpq has no other
/// way to tell (documentation: `PQsetErrorVerbosity`).
std::string_view sqlstate_in_message(std::string_view message) noexcept;

/// `errc::authentication_failed` for SQLSTATE class 28, or if a password was asked for and none was given; else
/// `errc::connect_failed`.
error connect_failure(std::string message, const std::string& resolution_failures);

#if PGCORO_HAS_DEFINITIONS

PGCORO_DECL std::string_view sqlstate_in_message(std::string_view message) noexcept {
    const auto is_state = [](std::string_view text) {
        return std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) || std::isupper(c); });
    };
    std::string_view found;
    for (auto at = message.find(":  "); at != message.npos; at = message.find(":  ", at + 1)) {
        const auto rest = message.substr(at + 3);
        if (rest.size() > 6 && rest[5] == ':' && is_state(rest.substr(0, 5))) found = rest.substr(0, 5);
    }
    return found;
}

PGCORO_DECL error connect_failure(std::string message, const std::string& resolution_failures) {
    const std::string state(sqlstate_in_message(message));
    if (!state.empty()) {
        for (auto at = message.find(state + ": "); at != message.npos; at = message.find(state + ": "))
            message.erase(at, state.size() + 2);
        if (const auto location = message.find("\nLOCATION:"); location != message.npos) message.erase(location);
    }
    std::replace(message.begin(), message.end(), '\n', ' ');
    if (!resolution_failures.empty()) message += (message.empty() ? "" : "; ") + resolution_failures;
    const bool refused = state.starts_with("28") || message.find("no password supplied") != message.npos;
    return error(make_error_code(refused ? errc::authentication_failed : errc::connect_failed), std::move(message));
}

#endif

} // namespace pgcoro::session

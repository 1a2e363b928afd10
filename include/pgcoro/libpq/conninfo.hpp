// Connection strings, as libpq understands them.
#pragma once

#include <pgcoro/core/error.hpp>
#include <pgcoro/core/separate_compilation.hpp>

#include <libpq-fe.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro::libpq {

/// Connection parameters in their keyword form (documentation: "Parameter Key Words").
using settings = std::vector<std::pair<std::string, std::string>>;

namespace conninfo {

struct options_deleter {
    void operator()(PQconninfoOption* options) const noexcept { PQconninfoFree(options); }
};
using options_ptr = std::unique_ptr<PQconninfoOption, options_deleter>;

settings set_values(const PQconninfoOption* options);

/// Whether a key word that libpq does not know may be a part of a password that was not quoted or encoded: one stands
/// before it, or, in a URI, what ends the user's part behind it.
bool may_be_of_a_password(std::string_view keyword, std::string_view text);

/// libpq's reason without what it repeats of the text, which may hold a password.
std::string without_secrets(std::string reason, const std::string& text);

} // namespace conninfo

/// Splits a URI or a key=value string (documentation: "Connection Strings") into what it says, without the
/// defaults. Throws `errc::configuration_invalid` with libpq's reason.
settings parse_conninfo(const std::string& text);

/// Whether libpq knows a connection parameter of this name.
bool is_connection_parameter(std::string_view keyword);

/// Adds what the environment, the service file and libpq's defaults say (documentation: "Environment Variables",
/// "The Connection Service File"). Reads files, opens no connection: libpq is asked to connect under a condition
/// that it refuses before it looks at any host.
settings complete(const settings& given);

#if PGCORO_HAS_DEFINITIONS

PGCORO_DECL settings conninfo::set_values(const PQconninfoOption* options) {
    settings found;
    for (auto* option = options; option != nullptr && option->keyword != nullptr; ++option)
        if (option->val != nullptr && *option->val != '\0') found.emplace_back(option->keyword, option->val);
    return found;
}

PGCORO_DECL bool conninfo::may_be_of_a_password(std::string_view keyword, std::string_view text) {
    const auto at = text.rfind(keyword);   // absent if it was percent-encoded
    if (at == text.npos) return true;
    if (text.find("://") < at && text.find('@', at) != text.npos) return true;
    std::string before(text.substr(0, at));
    std::transform(before.begin(), before.end(), before.begin(), [](unsigned char c) { return std::tolower(c); });
    return before.find("password") != before.npos || before.find("secret") != before.npos
           || (keyword.starts_with("password") && keyword.size() > std::string_view("password").size());
}

PGCORO_DECL std::string conninfo::without_secrets(std::string reason, const std::string& text) {
    while (!reason.empty() && reason.back() == '\n') reason.pop_back();
    if (const auto at = reason.find(text); !text.empty() && at != reason.npos) reason.replace(at, text.size(), "…");
    // What else it repeats may be of a password: all that stands behind a missing "=" and what it could not decode.
    constexpr std::string_view equals_sign = "\"=\"";
    const auto equals = reason.find(equals_sign);
    const auto open = reason.find('"', equals == reason.npos ? 0 : equals + equals_sign.size());
    const auto close = reason.rfind('"');
    if (open == reason.npos || close <= open) return reason;
    const bool undecodable = reason.find('%', open) < close;
    const auto quoted = std::string_view(reason).substr(open + 1, close - open - 1);
    if (equals != reason.npos || undecodable || may_be_of_a_password(quoted, text)) reason.replace(open + 1, close - open - 1, "…");
    return reason;
}

PGCORO_DECL settings parse_conninfo(const std::string& text) {
    char* reason = nullptr;
    const conninfo::options_ptr options(PQconninfoParse(text.c_str(), &reason));
    const std::unique_ptr<char, decltype(&PQfreemem)> owned_reason(reason, &PQfreemem);
    if (!options) {
        throw error(make_error_code(errc::configuration_invalid),
                    "connection string: " + conninfo::without_secrets(reason ? reason : "out of memory", text));
    }
    return conninfo::set_values(options.get());
}

PGCORO_DECL bool is_connection_parameter(std::string_view keyword) {
    const conninfo::options_ptr known(PQconndefaults());
    for (auto* option = known.get(); option != nullptr && option->keyword != nullptr; ++option)
        if (option->keyword == keyword) return true;
    return false;
}

PGCORO_DECL settings complete(const settings& given) {
    std::vector<const char*> keywords, values;
    for (const auto& [keyword, value] : given) {
        if (keyword == "sslmode") continue;
        keywords.push_back(keyword.c_str());
        values.push_back(value.c_str());
    }
    keywords.insert(keywords.end(), {"sslmode", nullptr});
    values.insert(values.end(), {"asked only for the defaults", nullptr});
    const std::unique_ptr<PGconn, decltype(&PQfinish)> probe(
        PQconnectStartParams(keywords.data(), values.data(), 0), &PQfinish);
    const conninfo::options_ptr options(PQconninfo(probe.get()));
    auto completed = conninfo::set_values(options.get());
    std::erase_if(completed, [](const auto& setting) { return setting.first == "sslmode"; });
    // The service stays, since it may set sslmode, too.
    for (const auto& setting : given)
        if (setting.first == "sslmode" || setting.first == "service") completed.push_back(setting);
    return completed;
}

#endif

} // namespace pgcoro::libpq

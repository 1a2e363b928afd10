// Where and how to connect.
#pragma once

#include <pgcoro/core/error.hpp>
#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/libpq/conninfo.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro {

/// Connection parameters by libpq's key words (documentation: "Parameter Key Words"). What is not set comes from
/// libpq's environment variables, the service file and the password file.
/// Thread safety: as a value.
class connect_options {
public:
    connect_options() = default;

    /// @copydoc parse
    connect_options(const char* text) : connect_options(parse(text)) {}
    connect_options(const std::string& text) : connect_options(parse(text)) {}

    /// Reads a URI (`postgresql://…`) or a string of key=value pairs.
    /// Throws `errc::configuration_invalid` with the reason; the message names the key word or the part of the URI,
    /// never the password.
    static connect_options parse(std::string_view text);

    /// Sets one parameter; an empty value unsets it. Throws `errc::configuration_invalid` if libpq does not know the
    /// key word or the value has a NUL byte.
    connect_options& set(std::string_view keyword, std::string_view value);

    /// The value of a parameter, empty if it is not set here.
    std::string_view get(std::string_view keyword) const noexcept;

    connect_options& host(std::string_view value) { return set("host", value); }
    connect_options& port(unsigned short value) { return set("port", std::to_string(value)); }
    connect_options& user(std::string_view value) { return set("user", value); }
    connect_options& password(std::string_view value) { return set("password", value); }
    connect_options& dbname(std::string_view value) { return set("dbname", value); }
    connect_options& application_name(std::string_view value) { return set("application_name", value); }

    std::string_view host() const noexcept { return get("host"); }
    std::string_view port() const noexcept { return get("port"); }
    std::string_view user() const noexcept { return get("user"); }
    std::string_view password() const noexcept { return get("password"); }
    std::string_view dbname() const noexcept { return get("dbname"); }

    /// For logs: key=value pairs with secrets replaced by `********`. `parse` reads it back, but for the secrets.
    std::string to_string() const { return join(true); }

    /// Key=value pairs with the secrets: `parse(o.connection_string()) == o`.
    std::string connection_string() const { return join(false); }

    const libpq::settings& settings() const noexcept { return settings_; }

    bool operator==(const connect_options& other) const;

private:
    static bool is_secret(std::string_view keyword) noexcept;
    std::string join(bool redact) const;

    libpq::settings settings_;
};

#if PGCORO_HAS_DEFINITIONS

PGCORO_DECL connect_options connect_options::parse(std::string_view text) {
    if (text.find('\0') != text.npos)
        throw error(make_error_code(errc::configuration_invalid), "connection string contains a NUL byte");
    connect_options options;
    options.settings_ = libpq::parse_conninfo(std::string(text));
    return options;
}

PGCORO_DECL connect_options& connect_options::set(std::string_view keyword, std::string_view value) {
    if (!libpq::is_connection_parameter(keyword))
        throw error(make_error_code(errc::configuration_invalid),
                    "unknown connection parameter \"" + std::string(keyword) + '"');
    if (value.find('\0') != value.npos)
        throw error(make_error_code(errc::configuration_invalid),
                    "connection parameter \"" + std::string(keyword) + "\" contains a NUL byte");
    std::erase_if(settings_, [&](const auto& setting) { return setting.first == keyword; });
    if (!value.empty()) settings_.emplace_back(keyword, value);
    return *this;
}

PGCORO_DECL std::string_view connect_options::get(std::string_view keyword) const noexcept {
    for (const auto& [name, value] : settings_)
        if (name == keyword) return value;
    return {};
}

PGCORO_DECL bool connect_options::operator==(const connect_options& other) const {
    auto mine = settings_, theirs = other.settings_;
    std::sort(mine.begin(), mine.end());
    std::sort(theirs.begin(), theirs.end());
    return mine == theirs;
}

PGCORO_DECL bool connect_options::is_secret(std::string_view keyword) noexcept {
    return keyword == "password" || keyword == "sslpassword" || keyword.ends_with("secret");
}

PGCORO_DECL std::string connect_options::join(bool redact) const {
    std::string text;
    for (const auto& [keyword, value] : settings_) {
        if (!text.empty()) text += ' ';
        text += keyword;
        text += "='";
        for (const char c : redact && is_secret(keyword) ? std::string_view("********") : std::string_view(value)) {
            if (c == '\'' || c == '\\') text += '\\';
            text += c;
        }
        text += '\'';
    }
    return text;
}

#endif

} // namespace pgcoro

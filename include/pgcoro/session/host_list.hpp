// The hosts of a connection string, and what their names resolved to.
#pragma once

#include <pgcoro/core/error.hpp>
#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/libpq/conninfo.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro::session {

/// Decides which hosts have to be resolved and writes the addresses back as `hostaddr`, repeating host and port for a
/// name with several (documentation: "Specifying Multiple Hosts"). Sockets' paths and given addresses need nothing.
/// Makes no I/O.
class host_list {
public:
    struct host {
        std::string name;
        std::string port;
        std::vector<std::string> addresses;   // empty text: none needed
        bool pending = false;
    };

    host_list() = default;

    explicit host_list(const libpq::settings& settings);

    /// A host whose name is to be resolved; null if there is none left.
    const host* next_to_resolve() const noexcept;

    /// Notes what a name resolved to; with no address, the reason.
    void resolved(const host& which, std::vector<std::string> addresses, std::string_view reason);

    /// Whether no host is left to try.
    bool is_exhausted() const noexcept;

    /// Why hosts could not be resolved.
    const std::string& failures() const noexcept { return failures_; }

    /// The settings with the resolved addresses.
    libpq::settings apply(const libpq::settings& settings) const;

    /// "db.example:5432, /run/postgresql" for messages.
    std::string describe() const;

private:
    static std::string_view value(const libpq::settings& settings, std::string_view keyword) noexcept;
    static std::vector<std::string> split(std::string_view list);

    std::vector<host> hosts_;
    std::string failures_;
    bool consistent_ = false;
};

#if PGCORO_HAS_DEFINITIONS

PGCORO_DECL host_list::host_list(const libpq::settings& settings) {
    const auto names = split(value(settings, "host"));
    const auto given = split(value(settings, "hostaddr"));
    const auto ports = split(value(settings, "port"));
    const auto count = std::max(names.size(), given.size());
    // Lists of different lengths are left to libpq, which says what is wrong with them.
    consistent_ = count > 0 && (names.size() == count || value(settings, "host").empty())
                  && (given.size() == count || value(settings, "hostaddr").empty())
                  && (ports.size() <= 1 || ports.size() == count);
    if (!consistent_) return;
    for (std::size_t i = 0; i < count; ++i) {
        host h;
        if (!value(settings, "host").empty()) h.name = names[i];
        if (!ports.empty()) h.port = ports.size() == 1 ? ports[0] : ports[i];
        const auto address = value(settings, "hostaddr").empty() ? std::string() : given[i];
        h.pending = address.empty() && !h.name.empty() && h.name[0] != '/' && h.name[0] != '@';
        if (!h.pending) h.addresses.push_back(address);
        hosts_.push_back(std::move(h));
    }
}

PGCORO_DECL const host_list::host* host_list::next_to_resolve() const noexcept {
    const auto found = std::find_if(hosts_.begin(), hosts_.end(), [](const host& h) { return h.pending; });
    return found == hosts_.end() ? nullptr : &*found;
}

PGCORO_DECL void host_list::resolved(const host& which, std::vector<std::string> addresses, std::string_view reason) {
    auto& h = hosts_[static_cast<std::size_t>(&which - hosts_.data())];
    h.pending = false;
    if (addresses.empty()) {
        if (!failures_.empty()) failures_ += "; ";
        failures_ += "could not resolve host \"" + h.name + "\": " + std::string(reason);
    }
    // A host that listens on several addresses of a family is reported once by each.
    for (auto& address : addresses)
        if (std::find(h.addresses.begin(), h.addresses.end(), address) == h.addresses.end())
            h.addresses.push_back(std::move(address));
}

PGCORO_DECL bool host_list::is_exhausted() const noexcept {
    return !hosts_.empty()
           && std::all_of(hosts_.begin(), hosts_.end(), [](const host& h) { return h.addresses.empty(); });
}

PGCORO_DECL libpq::settings host_list::apply(const libpq::settings& settings) const {
    if (!consistent_) return settings;
    std::string names, addresses, ports;
    bool first = true;
    for (const auto& h : hosts_)
        for (const auto& address : h.addresses) {
            if (!std::exchange(first, false)) {
                names += ',';
                addresses += ',';
                ports += ',';
            }
            names += h.name;
            addresses += address;
            ports += h.port;
        }
    libpq::settings applied;
    for (const auto& setting : settings)
        if (setting.first != "host" && setting.first != "hostaddr" && setting.first != "port")
            applied.push_back(setting);
    applied.emplace_back("host", names);
    applied.emplace_back("hostaddr", addresses);
    applied.emplace_back("port", ports);
    return applied;
}

PGCORO_DECL std::string host_list::describe() const {
    std::string text;
    for (const auto& h : hosts_) {
        if (!text.empty()) text += ", ";
        text += h.name.empty() && !h.addresses.empty() ? h.addresses[0] : h.name;
        if (!h.port.empty()) text += ':' + h.port;
    }
    return text.empty() ? "the default server" : text;
}

PGCORO_DECL std::string_view host_list::value(const libpq::settings& settings, std::string_view keyword) noexcept {
    for (const auto& [name, value] : settings)
        if (name == keyword) return value;
    return {};
}

PGCORO_DECL std::vector<std::string> host_list::split(std::string_view list) {
    std::vector<std::string> parts;
    if (list.empty()) return parts;
    for (;;) {
        const auto comma = list.find(',');
        parts.emplace_back(list.substr(0, comma));
        if (comma == list.npos) return parts;
        list.remove_prefix(comma + 1);
    }
}

#endif

} // namespace pgcoro::session

// Finds the installed programs of a PostgreSQL server.
#pragma once

#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace pgcoro::testing {

/// Whether a folder holds what a cluster needs.
inline bool holds_server_binaries(const std::filesystem::path& folder) {
    return ::access((folder / "postgres").c_str(), X_OK) == 0
           && ::access((folder / "initdb").c_str(), X_OK) == 0;
}

/// The folder with `postgres` and `initdb`: the environment's PGCORO_PG_BINDIR if it is set; else the highest
/// version under `installed`, where Debian and Ubuntu put them; else the first folder of PATH that has both.
/// Throws `std::runtime_error`, which names the package to install, if there is none.
inline std::filesystem::path
find_server_binaries(const std::filesystem::path& installed = "/usr/lib/postgresql") {
    if (const char* chosen = std::getenv("PGCORO_PG_BINDIR"); chosen && *chosen) {
        if (holds_server_binaries(chosen)) return chosen;
        throw std::runtime_error("PGCORO_PG_BINDIR is " + std::string(chosen)
                                 + ", which does not hold the programs postgres and initdb");
    }

    std::pair<int, std::filesystem::path> newest{-1, {}};
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(installed, none)) {
        const std::string name = entry.path().filename();
        int version = 0;
        if (std::from_chars(name.data(), name.data() + name.size(), version).ec != std::errc{}) continue;
        if (version > newest.first && holds_server_binaries(entry.path() / "bin"))
            newest = {version, entry.path() / "bin"};
    }
    if (newest.first >= 0) return newest.second;

    const char* path = std::getenv("PATH");
    for (std::string_view rest = path ? path : ""; !rest.empty();) {
        const auto end = rest.find(':');
        const std::filesystem::path folder = rest.substr(0, end);
        if (folder.is_absolute() && holds_server_binaries(folder)) return folder;
        rest = end == rest.npos ? "" : rest.substr(end + 1);
    }
    throw std::runtime_error(
        "no PostgreSQL server is installed (looked in " + installed.string()
        + " and in PATH): install the package postgresql, or set PGCORO_PG_BINDIR to the folder "
          "that holds postgres and initdb");
}

} // namespace pgcoro::testing

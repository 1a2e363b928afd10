#include <pgcoro/testing/server_binaries.hpp>

#include <array>
#include <cstdlib>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <stdlib.h>
#include <string>

namespace server_binaries_tests {

namespace {

namespace fs = std::filesystem;

/// A folder with made-up installations; the environment is put back afterwards.
class installations {
public:
    installations() {
        std::string name = fs::temp_directory_path() / "pgcoro-binaries-XXXXXX";
        root = ::mkdtemp(name.data());
        if (const char* value = std::getenv("PATH")) path_ = value;
        if (const char* value = std::getenv("PGCORO_PG_BINDIR")) chosen_ = value;
        ::unsetenv("PGCORO_PG_BINDIR");
        ::setenv("PATH", (root / "empty").c_str(), 1);
    }

    installations(const installations&) = delete;
    installations& operator=(const installations&) = delete;

    ~installations() {
        ::setenv("PATH", path_.c_str(), 1);
        if (!chosen_.empty())
            ::setenv("PGCORO_PG_BINDIR", chosen_.c_str(), 1);
        else
            ::unsetenv("PGCORO_PG_BINDIR");
        fs::remove_all(root);
    }

    fs::path add(const fs::path& folder, bool with_initdb = true) const {
        fs::create_directories(root / folder);
        add_program(root / folder / "postgres");
        if (with_initdb) add_program(root / folder / "initdb");
        return root / folder;
    }

    fs::path root;

private:
    static void add_program(const fs::path& path) {
        std::ofstream(path) << "#!/bin/sh\n";
        fs::permissions(path, fs::perms::owner_all);
    }

    std::string path_, chosen_;
};

} // namespace

using pgcoro::testing::find_server_binaries;

TEST_CASE("of several installed servers the one with the highest version is taken") {
    installations machine;
    machine.add("installed/9.6/bin");
    const auto newest = machine.add("installed/17/bin");
    machine.add("installed/15/bin");
    machine.add("installed/other/bin");
    CHECK(find_server_binaries(machine.root / "installed") == newest);
}

TEST_CASE("an installation without initdb is passed over") {
    installations machine;
    const auto complete = machine.add("installed/15/bin");
    machine.add("installed/17/bin", false);
    CHECK(find_server_binaries(machine.root / "installed") == complete);
}

TEST_CASE("PGCORO_PG_BINDIR wins over what is installed") {
    installations machine;
    machine.add("installed/17/bin");
    const auto chosen = machine.add("chosen");
    ::setenv("PGCORO_PG_BINDIR", chosen.c_str(), 1);
    CHECK(find_server_binaries(machine.root / "installed") == chosen);
}

TEST_CASE("a PGCORO_PG_BINDIR without the server's programs is an error, not passed over") {
    installations machine;
    machine.add("installed/17/bin");
    ::setenv("PGCORO_PG_BINDIR", "/nowhere", 1);
    CHECK_THROWS_WITH_AS(find_server_binaries(machine.root / "installed"),
                         doctest::Contains("PGCORO_PG_BINDIR is /nowhere"), std::runtime_error);
}

TEST_CASE("a server that is nowhere but in PATH is found") {
    installations machine;
    const auto folder = machine.add("local/bin");
    ::setenv("PATH", ("relative:" + (machine.root / "empty").string() + ":" + folder.string()).c_str(), 1);
    CHECK(find_server_binaries(machine.root / "installed") == folder);
}

TEST_CASE("without any server the error names the package to install") {
    installations machine;
    CHECK_THROWS_WITH_AS(find_server_binaries(machine.root / "installed"),
                         doctest::Contains("install the package postgresql"), std::runtime_error);
}

} // namespace server_binaries_tests

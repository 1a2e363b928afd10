// The database that the examples use: the one that DATABASE_URL names, else a throwaway server.
#pragma once

#include <pgcoro/testing/ephemeral_server.hpp>

#include <cstdlib>
#include <optional>
#include <string>

/// Starts a server if there is none to use; it is gone when this object is.
class example_database {
public:
    example_database() {
        if (const char* given = std::getenv("DATABASE_URL"); given != nullptr && *given != '\0')
            url_ = given;
        else
            url_ = server_.emplace().connection_string();
    }

    /// A connection string, as `pgcoro::pool_options::connect` takes it.
    const std::string& url() const noexcept { return url_; }

    bool is_temporary() const noexcept { return server_.has_value(); }

private:
    std::optional<pgcoro::testing::ephemeral_server> server_;
    std::string url_;
};

// Settings of a pool: what makes no sense is refused, what the session gets is written right.
#include <pgcoro/pool/pool_options.hpp>

#include <chrono>
#include <doctest/doctest.h>
#include <functional>
#include <string>

namespace pool_options_tests {

using namespace pgcoro;
using namespace std::chrono_literals;
using pooling::startup_options;

namespace {

/// The message with which options are refused; empty if they are not.
std::string refusal(const std::function<void(pool_options&)>& change) {
    pool_options options;
    change(options);
    try {
        pooling::validate(options);
    } catch (const error& e) {
        CHECK(e.code() == errc::configuration_invalid);
        return e.diagnostics().message;
    }
    return {};
}

bool names(const std::string& message, const char* option) {
    return message.find(option) != std::string::npos;
}

} // namespace

TEST_CASE("the defaults make sense") {
    CHECK(refusal([](pool_options&) {}) == "");
}

TEST_CASE("values that make no sense are refused by the option's name") {
    CHECK(names(refusal([](pool_options& o) { o.max_connections = 0; }), "max_connections"));
    CHECK(names(refusal([](pool_options& o) { o.min_connections = 11; }), "min_connections"));
    CHECK(names(refusal([](pool_options& o) { o.min_idle = 11; }), "min_idle"));
    CHECK(names(refusal([](pool_options& o) { o.min_idle = 2, o.max_idle = 1; }), "max_idle"));
    CHECK(names(refusal([](pool_options& o) { o.pipeline_depth = 0; }), "pipeline_depth"));
    CHECK(names(refusal([](pool_options& o) { o.acquire_timeout = 0ms; }), "acquire_timeout"));
    CHECK(names(refusal([](pool_options& o) { o.connect_timeout = -1ms; }), "connect_timeout"));
    CHECK(names(refusal([](pool_options& o) { o.max_lifetime = 0ms; }), "max_lifetime"));
    CHECK(names(refusal([](pool_options& o) { o.idle_timeout = 0ms; }), "idle_timeout"));
    CHECK(names(refusal([](pool_options& o) { o.health_check_period = 0ms; }), "health_check_period"));
    CHECK(names(refusal([](pool_options& o) { o.query_timeout = 0ms; }), "query_timeout"));
    CHECK(names(refusal([](pool_options& o) { o.max_lifetime_jitter = 1.5; }), "max_lifetime_jitter"));
    CHECK(names(refusal([](pool_options& o) { o.session_settings = {{"a b", "c"}}; }), "session_settings"));
    CHECK(names(refusal([](pool_options& o) { o.session_settings = {{"", "c"}}; }), "session_settings"));
}

TEST_CASE("a backoff that would not wait, or wait less and less, is refused") {
    CHECK(names(refusal([](pool_options& o) { o.reconnect.initial = 0ms; }), "reconnect"));
    CHECK(names(refusal([](pool_options& o) { o.reconnect.factor = 0.5; }), "reconnect"));
    CHECK(names(refusal([](pool_options& o) { o.reconnect.jitter = -0.1; }), "reconnect"));
    CHECK(names(refusal([](pool_options& o) { o.reconnect.jitter = 1.1; }), "reconnect"));
    CHECK(names(refusal([](pool_options& o) { o.reconnect.maximum = 1ms; }), "reconnect"));
}

TEST_CASE("settings of the session become startup options behind those of the connection string") {
    pool_options options;
    CHECK(startup_options(options) == "");
    options.connect = "options='-c geqo=off'";
    options.query_timeout = 1500ms;
    options.session_settings = {{"search_path", "app, public"}};
    CHECK(startup_options(options) == "-c geqo=off -c statement_timeout=2500 -c search_path=app,\\ public");
}

TEST_CASE("no character of a setting's value ends it") {
    pool_options options;
    options.session_settings = {{"application_name", "a\\b c\t-c\nd\re\vf\fg"}};
    CHECK(startup_options(options) == "-c application_name=a\\\\b\\ c\\\t-c\\\nd\\\re\\\vf\\\fg");
}

TEST_CASE("to keep statements prepared and to keep none is refused") {
    CHECK(names(refusal([](pool_options& o) {
                    o.statement_mode = statement_mode::prepared;
                    o.statement_cache_capacity = 0;
                }),
                "statement_mode"));
    CHECK(refusal([](pool_options& o) { o.statement_mode = statement_mode::prepared; }) == "");
    CHECK(refusal([](pool_options& o) { o.statement_cache_capacity = 0; }) == "");
}

} // namespace pool_options_tests

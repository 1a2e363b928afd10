// The channels of a listener: quoted names, limits, a set that keeps its order.
#include <pgcoro/listener.hpp>

#include <boost/asio/io_context.hpp>

#include <doctest/doctest.h>
#include <string>
#include <vector>

namespace listener_channels_tests {

namespace {

using namespace pgcoro::listening;
using pgcoro::errc;

std::string refusal(std::string_view channel) {
    try {
        (void)quoted_channel(channel);
    } catch (const pgcoro::error& e) {
        CHECK(e.code() == errc::invalid_sql);
        return e.what();
    }
    return {};
}

} // namespace

TEST_CASE("names of channels are quoted, whatever is in them") {
    CHECK(listen_command("jobs") == "LISTEN \"jobs\"");
    CHECK(listen_command("We ird") == "LISTEN \"We ird\"");
    CHECK(unlisten_command("a\"b") == "UNLISTEN \"a\"\"b\"");
    CHECK(listen_command("x\"; drop table users --") == "LISTEN \"x\"\"; drop table users --\"");
}

TEST_CASE("a name that is empty, too long or has a NUL byte is refused, with the limit") {
    CHECK(refusal("").find("empty") != std::string::npos);
    CHECK(refusal(std::string(63, 'x')).empty());
    const auto long_name = refusal(std::string(64, 'x'));
    CHECK(long_name.find("63 bytes") != std::string::npos);
    CHECK(long_name.find("64") != std::string::npos);
    CHECK(refusal(std::string("a\0b", 3)).find("NUL") != std::string::npos);
    CHECK_THROWS_AS(channel_set({"good", ""}), pgcoro::error);
}

TEST_CASE("a set of channels keeps each once, in order") {
    channel_set set({"b", "a", "b"});
    CHECK(set.names() == std::vector<std::string>{"b", "a"});
    CHECK_FALSE(set.add("a"));
    CHECK(set.add("c"));
    CHECK(set.remove("b"));
    CHECK_FALSE(set.remove("b"));
    CHECK(set.names() == std::vector<std::string>{"a", "c"});
    CHECK(set.contains("c"));
}

TEST_CASE("a listener refuses options that make no sense and names what is wrong") {
    boost::asio::io_context context;
    const auto complaint = [&](auto change) -> std::string {
        pgcoro::listener_options options;
        change(options);
        try {
            pgcoro::listener made{context, options, {"jobs"}};
        } catch (const pgcoro::error& e) {
            CHECK(e.code() == errc::configuration_invalid);
            return e.what();
        }
        return {};
    };
    CHECK(complaint([](auto&) {}).empty());
    CHECK(complaint([](auto& o) { o.max_queue = 0; }).find("max_queue") != std::string::npos);
    CHECK(complaint([](auto& o) { o.connect_timeout = {}; }).find("connect_timeout") != std::string::npos);
    CHECK(complaint([](auto& o) { o.probe_interval = {}; }).find("probe_interval") != std::string::npos);
    CHECK(complaint([](auto& o) { o.probe_timeout = {}; }).find("probe_timeout") != std::string::npos);
    CHECK(complaint([](auto& o) { o.established_timeout = {}; }).find("established_timeout") != std::string::npos);
    CHECK(complaint([](auto& o) { o.reconnect.factor = 0.5; }).find("reconnect") != std::string::npos);
    CHECK_THROWS_AS((pgcoro::listener{context, pgcoro::listener_options{}, {std::string(64, 'x')}}), pgcoro::error);
}

} // namespace listener_channels_tests

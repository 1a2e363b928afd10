// Hosts of a connection string and what their names resolve to.
#include <pgcoro/session/host_list.hpp>

#include <doctest/doctest.h>
#include <string>

namespace host_list_tests {

using pgcoro::libpq::settings;
using pgcoro::session::host_list;

namespace {

std::string value(const settings& from, std::string_view keyword) {
    for (const auto& [name, text] : from)
        if (name == keyword) return text;
    return "(unset)";
}

} // namespace

TEST_CASE("a name with several addresses is repeated with its port, once per address") {
    const settings given{{"host", "a,b"}, {"port", "1,2"}, {"dbname", "d"}};
    host_list hosts(given);
    const auto* const a = hosts.next_to_resolve();
    REQUIRE(a);
    CHECK(a->name == "a");
    hosts.resolved(*a, {"::1", "127.0.0.1", "::1"}, "");
    const auto* const b = hosts.next_to_resolve();
    REQUIRE(b);
    CHECK(b->name == "b");
    hosts.resolved(*b, {"10.0.0.1"}, "");
    CHECK(hosts.next_to_resolve() == nullptr);
    const auto applied = hosts.apply(given);
    CHECK(value(applied, "host") == "a,a,b");
    CHECK(value(applied, "hostaddr") == "::1,127.0.0.1,10.0.0.1");
    CHECK(value(applied, "port") == "1,1,2");
    CHECK(value(applied, "dbname") == "d");
}

TEST_CASE("one port is for all hosts") {
    const settings given{{"host", "a,/run/postgresql"}, {"port", "7"}};
    host_list hosts(given);
    hosts.resolved(*hosts.next_to_resolve(), {"10.0.0.1"}, "");
    const auto applied = hosts.apply(given);
    CHECK(value(applied, "host") == "a,/run/postgresql");
    CHECK(value(applied, "hostaddr") == "10.0.0.1,");
    CHECK(value(applied, "port") == "7,7");
}

TEST_CASE("sockets' folders and given addresses are not resolved") {
    CHECK(host_list(settings{{"host", "/run/postgresql"}}).next_to_resolve() == nullptr);
    CHECK(host_list(settings{{"host", "@abstract"}}).next_to_resolve() == nullptr);
    CHECK(host_list(settings{{"host", "name"}, {"hostaddr", "10.0.0.1"}}).next_to_resolve() == nullptr);
    CHECK(host_list(settings{{"hostaddr", "10.0.0.1"}}).next_to_resolve() == nullptr);
    CHECK(host_list(settings{}).next_to_resolve() == nullptr);
}

TEST_CASE("a host that cannot be resolved is left out as long as another is there, and the reason is kept") {
    const settings given{{"host", "bad,good"}};
    host_list hosts(given);
    hosts.resolved(*hosts.next_to_resolve(), {}, "not found");
    hosts.resolved(*hosts.next_to_resolve(), {"10.0.0.2"}, "");
    CHECK_FALSE(hosts.is_exhausted());
    CHECK(hosts.failures() == "could not resolve host \"bad\": not found");
    CHECK(value(hosts.apply(given), "host") == "good");
}

TEST_CASE("with no host left there is nobody to connect to") {
    host_list hosts(settings{{"host", "a,b"}});
    hosts.resolved(*hosts.next_to_resolve(), {}, "not found");
    hosts.resolved(*hosts.next_to_resolve(), {}, "no answer");
    CHECK(hosts.is_exhausted());
    CHECK(hosts.failures()
          == "could not resolve host \"a\": not found; could not resolve host \"b\": no answer");
    CHECK_FALSE(host_list(settings{}).is_exhausted());
}

TEST_CASE("lists of different lengths are left to libpq, which says what is wrong") {
    const settings given{{"host", "a,b"}, {"port", "1,2,3"}};
    const host_list hosts(given);
    CHECK(hosts.next_to_resolve() == nullptr);
    CHECK(hosts.apply(given) == given);
}

TEST_CASE("messages name hosts and ports") {
    CHECK(host_list(settings{{"host", "db,/run"}, {"port", "5,6"}}).describe() == "db:5, /run:6");
    CHECK(host_list(settings{{"hostaddr", "10.0.0.1"}}).describe() == "10.0.0.1");
    CHECK(host_list(settings{}).describe() == "the default server");
}

} // namespace host_list_tests

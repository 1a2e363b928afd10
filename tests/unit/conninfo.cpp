// Connection strings and options.
#include <pgcoro/libpq/conninfo.hpp>
#include <pgcoro/session/connect_options.hpp>

#include <doctest/doctest.h>
#include <string>

namespace conninfo_tests {

using namespace pgcoro;

namespace {

/// The message with which a text is refused; empty if it is not.
std::string refusal(const std::string& text) {
    try {
        connect_options::parse(text);
    } catch (const error& e) {
        CHECK(e.code() == errc::configuration_invalid);
        return e.what();
    }
    return {};
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

} // namespace

TEST_CASE("URIs and key=value strings mean the same") {
    const connect_options uri("postgresql://ann:s%20ecret@db.example:5433/shop?application_name=x");
    CHECK(uri.host() == "db.example");
    CHECK(uri.port() == "5433");
    CHECK(uri.user() == "ann");
    CHECK(uri.password() == "s ecret");
    CHECK(uri.dbname() == "shop");
    CHECK(uri.get("application_name") == "x");
    CHECK(uri
          == connect_options(
              "dbname=shop application_name=x user=ann password='s ecret' host=db.example port=5433"));
}

TEST_CASE("what is not set stays unset, for libpq's defaults") {
    CHECK(connect_options("").settings().empty());
    CHECK(connect_options("host=a").dbname() == "");
}

TEST_CASE("parameters are set and unset one by one") {
    connect_options options;
    options.host("a").port(1).user("u").password("p").dbname("d").application_name("n").host("b");
    CHECK(options.connection_string()
          == "port='1' user='u' password='p' dbname='d' application_name='n' host='b'");
    options.set("port", "");
    CHECK(options.port() == "");
    CHECK_THROWS_AS(options.set("no_such_parameter", "x"), error);
    CHECK_THROWS_AS(options.set("host", std::string_view("a\0b", 3)), error);
}

TEST_CASE("the text for logs has no secrets, the text for parsing has all") {
    const auto options = connect_options().user("u").password("it's \\ secret").dbname("d");
    CHECK_FALSE(has(options.to_string(), "secret"));
    CHECK(has(options.to_string(), "user='u'"));
    CHECK(connect_options::parse(options.connection_string()) == options);
}

TEST_CASE("a text that cannot be read is refused without repeating its password") {
    CHECK(has(refusal("host=a no_such=1"), "no_such"));
    CHECK(has(refusal("no_such=1 password=hunter2"), "no_such"));
    CHECK(has(refusal("postgresql://user:hunter2@h/d?no_such=1"), "no_such"));
    for (const char* const text :
         {"postgresql://user:hunter2@[::1/db", "password=hunter2 host", "host=a hunter2", "password='hunter2",
          "postgresql://user:hunter2@h/d?nonsense", "password=pre hunter2=x", "host=a password = 'pre' hunter2 = x",
          "sslpassword=pre hunter2=x", "PASSWORD=pre hunter2=x", "user=u passwordhunter2=x",
          "postgresql://user:pre/db?hunter2=x@h/d", "postgresql://h/d?password=pre&hunter2=x",
          "postgresql://h/d?password=pre&hunter%32=x"}) {
        const auto reason = refusal(text);
        CHECK(reason != "");
        CHECK_FALSE_MESSAGE(has(reason, "hunter2"), reason);
    }
    CHECK_THROWS_AS(connect_options::parse(std::string_view("host=a\0b", 8)), error);
}

TEST_CASE("completing adds defaults and keeps what was given") {
    const auto completed = libpq::complete({{"host", "/run/x"}, {"sslmode", "disable"}, {"user", "ann"}});
    const auto value = [&](std::string_view keyword) -> std::string {
        for (const auto& [name, text] : completed)
            if (name == keyword) return text;
        return "(unset)";
    };
    CHECK(value("host") == "/run/x");
    CHECK(value("sslmode") == "disable");
    CHECK(value("user") == "ann");
    CHECK(value("dbname") == "ann"); // libpq's default
}

} // namespace conninfo_tests

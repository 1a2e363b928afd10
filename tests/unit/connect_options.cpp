// Connection strings: parsing, round trips, what of them is shown.
#include <pgcoro/connect_options.hpp>
#include <pgcoro/error.hpp>

#include <doctest/doctest.h>
#include <optional>
#include <string>
#include <string_view>

namespace connect_options_tests {

using pgcoro::connect_options;
using pgcoro::errc;

namespace {

std::optional<pgcoro::error> refusal_of(std::string_view text) {
    try {
        (void)connect_options::parse(text);
    } catch (const pgcoro::error& e) {
        return e;
    }
    return std::nullopt;
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

constexpr std::string_view awkward[] = {"plain", "two words", " around ", "it's",       "\"quoted\"",
                                        "a@b",   "a/b",       "100%",     "%41",        "back\\slash",
                                        "\\",    "\\'",       "=",        "k=v",        "?x=y&z=#f",
                                        ":",     "[::1]",     "$1",       "grüße 漢字", "'; drop"};

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        encoded += {'%', digits[byte >> 4], digits[byte & 15]};
    }
    return encoded;
}

} // namespace

TEST_CASE("a URI is taken apart") {
    const auto options = connect_options::parse(
        "postgresql://ann:secret@db.example:5433/app?application_name=web&sslmode=require");
    CHECK(options.user() == "ann");
    CHECK(options.password() == "secret");
    CHECK(options.host() == "db.example");
    CHECK(options.port() == "5433");
    CHECK(options.dbname() == "app");
    CHECK(options.get("application_name") == "web");
    CHECK(options.get("sslmode") == "require");
    CHECK(options.get("service").empty());
    CHECK(connect_options::parse("postgres:///app").dbname() == "app");
}

TEST_CASE("key=value pairs are taken apart, quoted where they have to be") {
    const auto options = connect_options::parse(
        R"(host=/run/postgresql port = 5433 dbname='my app' password='it\'s \\ here')");
    CHECK(options.host() == "/run/postgresql");
    CHECK(options.port() == "5433");
    CHECK(options.dbname() == "my app");
    CHECK(options.password() == R"(it's \ here)");
}

TEST_CASE("a URI and key=value pairs that say the same are equal") {
    const auto uri = connect_options::parse("postgresql://ann@%2Frun%2Fpostgresql:5433/app");
    const auto pairs = connect_options::parse("dbname=app port=5433 host=/run/postgresql user=ann");
    CHECK(uri == pairs);
    CHECK_FALSE(uri == connect_options::parse("dbname=app port=5434 host=/run/postgresql user=ann"));
}

TEST_CASE("several hosts stay in their order") {
    const auto options = connect_options::parse("postgresql://a:1,b:2/app?target_session_attrs=read-write");
    CHECK(options.host() == "a,b");
    CHECK(options.port() == "1,2");
}

TEST_CASE("nothing said means nothing set") {
    CHECK(connect_options() == connect_options::parse(""));
    CHECK(connect_options::parse("postgresql://") == connect_options());
    CHECK(connect_options().to_string().empty());
}

TEST_CASE("a connection string is read back as it was, whatever the values hold") {
    for (const auto value : awkward) {
        CAPTURE(value);
        connect_options options;
        options.host("db.example")
            .port(5433)
            .user(value)
            .password(value)
            .dbname(value)
            .application_name(value);
        const auto back = connect_options::parse(options.connection_string());
        CHECK(back == options);
        CHECK(back.password() == value);
        CHECK(back.user() == value);
        CHECK(back.dbname() == value);
    }
}

TEST_CASE("a percent-encoded password of a URI is decoded, whatever it holds") {
    for (const auto value : awkward) {
        CAPTURE(value);
        const auto options = connect_options::parse("postgresql://ann:" + percent_encoded(value) + "@db/app");
        CHECK(options.password() == value);
        CHECK(options.host() == "db");
        CHECK(connect_options::parse(options.connection_string()) == options);
    }
}

TEST_CASE("to_string shows everything but secrets, and is read back") {
    for (const auto value : {"hunter2!", "it's", "a b", "\\"}) {
        CAPTURE(value);
        connect_options options;
        options.host("db.example").dbname("my app").password(value);
        options.set("sslpassword", value);
        const auto shown = options.to_string();
        CHECK_FALSE(contains(shown, std::string("='") + value));
        CHECK(contains(shown, "password='********'"));
        CHECK(contains(shown, "sslpassword='********'"));
        CHECK(contains(shown, "host='db.example'"));
        const auto back = connect_options::parse(shown);
        CHECK(back.host() == "db.example");
        CHECK(back.dbname() == "my app");
        CHECK(back.password() == "********");
    }
    CHECK_FALSE(contains(connect_options::parse("postgresql://ann:hunter2@db").to_string(), "hunter2"));
    CHECK_FALSE(contains(connect_options::parse("host=db").to_string(), "password"));
}

TEST_CASE("what libpq cannot read is configuration_invalid with the reason") {
    for (const std::string_view text :
         {"postgresql://[::1/db", "postgresql://h/db?nonsense=1", "postgresql://h/db?sslmode",
          "postgresql://a%zzb/db", "host", "host=a port", "nonsense=1", "password='open", "host = 'a' 'b'"}) {
        CAPTURE(text);
        const auto refused = refusal_of(text);
        REQUIRE(refused.has_value());
        CHECK(refused->code() == errc::configuration_invalid);
        CHECK(refused->execution() == pgcoro::execution_state::not_sent);
        CHECK(contains(refused->what(), "connection string: "));
    }
    const auto unknown = refusal_of("host=a hots=b");
    REQUIRE(unknown.has_value());
    CHECK(contains(unknown->what(), "hots"));
}

TEST_CASE("a connection string that cannot be read does not show its password") {
    for (const std::string_view text :
         {"postgresql://ann:hunter2@db:x y/app?nonsense=1", "postgresql://ann:hunter2@[::1/db",
          "postgresql://ann:hunter2@db/%zz", "password=hunter2 nonsense=1", "password=hunter2 host",
          "host=a password='hunter2", "host=a password= hunter2 b", "nonsense=1 password=hunter2",
          "postgresql://ann:hunter2%zz@db/app", "postgresql://ann:hunter2%@db/app",
          "postgresql://ann:a\"hunter2%zz@db/app", "postgresql://ann:hunter2%00@db/app",
          "password=pre a\"hunter2", "password=pre hunter2", "password=pre hunter2 more",
          "postgresql://ann:pre@hunter2@db:1:2/app", "postgresql://ann:hunter2@db/a?b=c=d"}) {
        CAPTURE(text);
        const auto refused = refusal_of(text);
        if (!refused) continue; // another libpq may take it
        CHECK_FALSE(contains(refused->what(), "hunter2"));
        CHECK_FALSE(contains(to_string(*refused, pgcoro::verbosity::full), "hunter2"));
    }
}

TEST_CASE("a NUL byte is refused, in the text and in a value") {
    const auto refused = refusal_of(std::string_view("host=a\0b", 8));
    REQUIRE(refused.has_value());
    CHECK(refused->code() == errc::configuration_invalid);
    connect_options options;
    CHECK_THROWS_AS(options.password(std::string_view("a\0b", 3)), pgcoro::error);
    CHECK(options == connect_options());
}

TEST_CASE("a parameter is set, replaced and unset by its key word") {
    connect_options options;
    options.set("host", "a").set("host", "b");
    CHECK(options.host() == "b");
    CHECK(options.settings().size() == 1);
    options.set("host", "");
    CHECK(options == connect_options());
    try {
        options.set("hots", "a");
        FAIL("an unknown key word was taken");
    } catch (const pgcoro::error& e) {
        CHECK(e.code() == errc::configuration_invalid);
        CHECK(contains(e.what(), "\"hots\""));
    }
}

} // namespace connect_options_tests

// The statements that one connection has prepared.
#include <pgcoro/session/statement_cache.hpp>

#include <doctest/doctest.h>
#include <memory>
#include <string>
#include <vector>

namespace statement_cache_tests {

using namespace pgcoro;
using namespace pgcoro::session;

namespace {

statement_text text(std::string_view sql) { return make_statement_text(sql, false); }

struct cache : statement_cache {
    explicit cache(std::size_t capacity) : cache(capacity, std::make_shared<statement_counters>()) {}
    cache(std::size_t capacity, std::shared_ptr<statement_counters> c)
        : statement_cache(capacity, c), counted(std::move(c)) {}

    std::string prepare(std::string_view sql) {
        auto name = make_name();
        add(text(sql), {name, nullptr});
        return name;
    }

    std::shared_ptr<statement_counters> counted;
};

using names = std::vector<std::string>;

} // namespace

TEST_CASE("a prepared statement is found by its text, under the name it was given") {
    cache c(10);
    CHECK(c.find(text("select 1")) == nullptr);
    const auto name = c.prepare("select 1");
    REQUIRE(c.find(text("select 1")));
    CHECK(c.find(text("select 1"))->name == name);
    CHECK(c.counted->prepared == 1);
    CHECK(c.counted->hits == 2);
}

TEST_CASE("no name is used twice on a connection") {
    cache c(1);
    const auto first = c.make_name();
    c.clear();
    CHECK(c.make_name() != first);
}

TEST_CASE("the server is told once to forget what was evicted, the least recently used first") {
    cache c(2);
    const auto a = c.prepare("select 1");
    const auto b = c.prepare("select 2");
    CHECK_FALSE(c.has_names_to_close());
    c.find(text("select 1"));
    c.prepare("select 3");
    CHECK(c.has_names_to_close());
    CHECK(c.take_names_to_close() == names{b});
    CHECK(c.take_names_to_close().empty());
    CHECK(c.counted->evictions == 1);
    CHECK(c.find(text("select 1"))->name == a);
}

TEST_CASE("a statement that the server does not have is forgotten without being closed") {
    cache c(2);
    c.prepare("select 1");
    c.forget(text("select 1"));
    CHECK(c.find(text("select 1")) == nullptr);
    CHECK_FALSE(c.has_names_to_close());
}

TEST_CASE("a statement that the server still has is closed when it is discarded") {
    cache c(2);
    const auto a = c.prepare("select 1");
    c.discard(text("select 1"));
    c.discard(text("select 1"));
    CHECK(c.find(text("select 1")) == nullptr);
    CHECK(c.take_names_to_close() == names{a});
}

TEST_CASE("a text that is prepared again takes the place of the older one, which is closed") {
    cache c(2);
    const auto older = c.prepare("select 1");
    const auto newer = c.prepare("select 1");
    CHECK(c.size() == 1);
    CHECK(c.find(text("select 1"))->name == newer);
    CHECK(c.take_names_to_close() == names{older});
}

TEST_CASE("after DISCARD ALL there is nothing left, not even to be closed") {
    cache c(1);
    c.prepare("select 1");
    c.prepare("select 2");
    c.clear();
    CHECK(c.size() == 0);
    CHECK_FALSE(c.has_names_to_close());
}

} // namespace statement_cache_tests

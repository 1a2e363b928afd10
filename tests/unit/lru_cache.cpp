// A bounded map that forgets the least recently used.
#include <pgcoro/core/statement_text.hpp>
#include <pgcoro/session/lru_cache.hpp>

#include <doctest/doctest.h>
#include <string>
#include <string_view>
#include <vector>

namespace lru_cache_tests {

namespace {

/// A cache of numbers with the hash that the library uses, or one on which everything collides.
struct numbers {
    explicit numbers(std::size_t capacity, bool collide = false) : cache(capacity), collides(collide) {}

    int* find(std::string_view text) { return cache.find(text, hash(text)); }
    void insert(std::string_view text, int n) {
        cache.insert(std::string(text), hash(text), n, [this](int&& gone) { evicted.push_back(gone); });
    }
    auto erase(std::string_view text) { return cache.erase(text, hash(text)); }
    std::uint64_t hash(std::string_view text) const { return collides ? 1 : pgcoro::core::hash_sql(text); }

    pgcoro::session::lru_cache<int> cache;
    bool collides;
    std::vector<int> evicted;
};

} // namespace

TEST_CASE("what was inserted is found by its text") {
    for (const bool collide : {false, true}) {
        numbers n(3, collide);
        n.insert("a", 1);
        n.insert("b", 2);
        REQUIRE(n.find("a"));
        CHECK(*n.find("a") == 1);
        CHECK(*n.find("b") == 2);
        CHECK(n.find("c") == nullptr);
        CHECK(n.cache.size() == 2);
    }
}

TEST_CASE("the least recently used goes first, and finding is using") {
    numbers n(2);
    n.insert("a", 1);
    n.insert("b", 2);
    n.find("a");
    n.insert("c", 3);
    CHECK(n.evicted == std::vector<int>{2});
    CHECK(n.find("b") == nullptr);
    CHECK(n.find("a") != nullptr);
    CHECK(n.cache.size() == 2);
}

TEST_CASE("addresses of values are stable until they go") {
    numbers n(3);
    n.insert("a", 1);
    int* const a = n.find("a");
    n.insert("b", 2);
    n.insert("c", 3);
    n.find("b");
    CHECK(n.find("a") == a);
}

TEST_CASE("what is erased is returned, and nothing is evicted for it") {
    numbers n(2);
    n.insert("a", 1);
    CHECK(n.erase("a") == 1);
    CHECK_FALSE(n.erase("a").has_value());
    n.insert("b", 2);
    n.insert("c", 3);
    CHECK(n.evicted.empty());
    n.cache.clear();
    CHECK(n.cache.size() == 0);
    CHECK(n.find("b") == nullptr);
}

} // namespace lru_cache_tests

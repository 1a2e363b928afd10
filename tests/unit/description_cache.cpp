// What a pool knows about statements, and who waits to know.
#include <pgcoro/session/description_cache.hpp>
#include <pgcoro/session/session.hpp>
#include <pgcoro/session/type_catalog.hpp>
#include <pgcoro/session/target.hpp>

#include <cstddef>
#include <doctest/doctest.h>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace description_cache_tests {

using namespace pgcoro;
using namespace pgcoro::session;

namespace {

statement_text text(std::string_view sql) { return make_statement_text(sql, false); }

description_ptr describe(std::string_view sql) {
    return description_ptr(new statement_description(std::string(sql), {}, {}, std::make_shared<type_catalog>(), true));
}

struct waiting_request final : request {
    explicit waiting_request(std::string_view sql) { text = description_cache_tests::text(sql); }
    void encode(parameter_buffer&, const statement_description&) override {}
    const column_plan* make_plan(statement_description&) override { return nullptr; }
    void finish() override {}
    void finish_early(const error&) override {}
    void abandon() noexcept override {}
};

std::vector<const request*> all_of(request_list list) {
    std::vector<const request*> found;
    while (!list.empty()) {
        found.push_back(&list.front());
        list.pop_front();
    }
    return found;
}

} // namespace

TEST_CASE("once its answers leave their home, a description is kept and given up on several threads at once") {
    const auto types = std::make_shared<type_catalog>();   // which the description refers to while it lives
    description_ptr known(new statement_description("select 1", {}, {}, types, true));
    known->leave_home();
    const auto keep_and_give_up = [&known] {
        for (int i = 0; i < 1'000'000; ++i) {
            const description_ptr kept(known);
            if (kept->sql().empty()) return;
        }
    };
    std::thread other(keep_and_give_up);
    keep_and_give_up();
    other.join();
    CHECK(types.use_count() == 2);
    known.reset();
    CHECK(types.use_count() == 1);
}

TEST_CASE("a description is found by its text until it is dropped, and a newer one takes its place") {
    description_cache cache(10);
    CHECK(cache.find(text("select 1")) == nullptr);
    const auto first = describe("select 1"), second = describe("select 1");
    cache.store(text("select 1"), first);
    CHECK(cache.find(text("select 1")) == first);
    cache.store(text("select 1"), second);
    CHECK(cache.find(text("select 1")) == second);
    cache.drop(text("select 1"), first); // somebody else has renewed it already
    CHECK(cache.find(text("select 1")) == second);
    cache.drop(text("select 1"), second);
    CHECK(cache.find(text("select 1")) == nullptr);
}

TEST_CASE("a description stays with those who use it after the pool has forgotten it") {
    description_cache cache(1);
    const auto kept = describe("select 1");
    cache.store(text("select 1"), kept);
    cache.store(text("select 2"), describe("select 2"));
    CHECK(cache.find(text("select 1")) == nullptr);
    CHECK(kept->sql() == "select 1");
}

TEST_CASE("those who wait for an answer get it in the order in which they came") {
    description_cache cache(10);
    waiting_request a("select 1"), b("select 1"), other("select 2");
    CHECK_FALSE(cache.is_being_described(text("select 1"), nullptr));
    cache.begin(text("select 1"), nullptr);
    cache.begin(text("select 2"), nullptr);
    CHECK(cache.is_being_described(text("select 1"), nullptr));
    cache.wait(a.text, a);
    cache.wait(other.text, other);
    cache.wait(b.text, b);
    CHECK(all_of(cache.end(text("select 1"), nullptr)) == std::vector<const request*>{&a, &b});
    CHECK_FALSE(cache.is_being_described(text("select 1"), nullptr));
    CHECK(cache.is_being_described(text("select 2"), nullptr));
    CHECK(all_of(cache.end(text("select 1"), nullptr)).empty());
    CHECK(all_of(cache.end(text("select 2"), nullptr)) == std::vector<const request*>{&other});
}

TEST_CASE("who gave up is not told") {
    description_cache cache(10);
    waiting_request a("select 1"), b("select 1");
    cache.begin(text("select 1"), nullptr);
    cache.wait(a.text, a);
    cache.wait(b.text, b);
    cache.forget(a);
    CHECK(all_of(cache.end(text("select 1"), nullptr)) == std::vector<const request*>{&b});
}

TEST_CASE("every connection asks for itself, and those who wait on one leave with it") {
    description_cache cache(10);
    waiting_request a("select 1"), b("select 1"), c("select 2");
    // Only addresses are compared.
    alignas(pgcoro::session::session) static std::byte place[2][sizeof(pgcoro::session::session)];
    auto* const mine = reinterpret_cast<pgcoro::session::session*>(place[0]);
    auto* const theirs = reinterpret_cast<pgcoro::session::session*>(place[1]);
    a.carrier = c.carrier = mine;
    b.carrier = theirs;
    cache.begin(text("select 1"), mine);
    CHECK(cache.is_being_described(text("select 1"), mine));
    CHECK_FALSE(cache.is_being_described(text("select 1"), theirs));
    cache.begin(text("select 1"), theirs);
    cache.begin(text("select 2"), mine);
    cache.wait(a.text, a);
    cache.wait(b.text, b);
    cache.wait(c.text, c);
    CHECK(all_of(cache.end_all(*mine)) == std::vector<const request*>{&a, &c});
    CHECK_FALSE(cache.is_being_described(text("select 1"), mine));
    CHECK(cache.is_being_described(text("select 1"), theirs));
    CHECK(all_of(cache.take_all_waiting()) == std::vector<const request*>{&b});
    CHECK_FALSE(cache.is_being_described(text("select 1"), theirs));
}

} // namespace description_cache_tests

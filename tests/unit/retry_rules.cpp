// Which failures are mended unseen, and what they mean.
#include <pgcoro/session/retry_rules.hpp>

#include <doctest/doctest.h>
#include <string>
#include <string_view>
#include <utility>

namespace retry_rules_tests {

using namespace pgcoro;
using namespace pgcoro::session;

namespace {

error server_error(sqlstate state, std::string routine = {}) {
    diagnostics said;
    said.routine = std::move(routine);
    return {make_error_code(state), std::move(said), execution_state::rejected};
}

statement_text unshareable(std::string_view text) {
    const auto made = make_statement_text(text, true);
    REQUIRE(made.cls != statement_class::shareable);
    return made;
}

failed_attempt from_cache() {
    return {.from_cache = true, .parsed = true, .shareable = true, .in_transaction = false, .second = false};
}

} // namespace

TEST_CASE("a statement that was cached in a form now out of date is prepared again") {
    CHECK(should_prepare_again(server_error(sqlstate::invalid_sql_statement_name), from_cache()));
    CHECK(should_prepare_again(server_error(sqlstate::feature_not_supported, "RevalidateCachedQuery"),
                               from_cache()));
    CHECK(should_prepare_again(server_error(sqlstate::internal_error, "getTypeInputInfo"), from_cache()));
    CHECK(should_prepare_again(server_error(sqlstate::datatype_mismatch), from_cache()));
    CHECK(should_prepare_again(server_error(sqlstate::undefined_function), from_cache()));
    auto at_parse = from_cache();
    at_parse.parsed = false;
    CHECK(should_prepare_again(server_error(sqlstate::internal_error, "depends on the statement"), at_parse));
}

TEST_CASE("other failures are the caller's") {
    CHECK_FALSE(should_prepare_again(server_error(sqlstate::unique_violation), from_cache()));
    CHECK_FALSE(
        should_prepare_again(server_error(sqlstate::feature_not_supported, "elsewhere"), from_cache()));
    CHECK_FALSE(should_prepare_again(server_error(sqlstate::internal_error, "elsewhere"), from_cache()));
}

TEST_CASE(
    "nothing is prepared again that was fresh, tried before, in a transaction, or may have had effects") {
    const auto outdated = server_error(sqlstate::invalid_sql_statement_name);
    auto attempt = from_cache();
    SUBCASE("fresh") { attempt.from_cache = false; }
    SUBCASE("a second time") { attempt.second = true; }
    SUBCASE("in a transaction") { attempt.in_transaction = true; }
    SUBCASE("run, of a class that may commit part of its work") { attempt.shareable = false; }
    CHECK_FALSE(should_prepare_again(outdated, attempt));
}

TEST_CASE("what is not shareable is prepared again if the server never got to run it") {
    auto attempt = from_cache();
    attempt.shareable = false;
    attempt.parsed = false;
    CHECK(should_prepare_again(server_error(sqlstate::undefined_function), attempt));
}

TEST_CASE("only a statement that may commit part of its work is left unknown by being interrupted") {
    for (const auto state :
         {sqlstate::query_canceled, sqlstate::serialization_failure, sqlstate::deadlock_detected,
          sqlstate::lock_not_available, sqlstate::disk_full}) {
        CHECK(execution_after(server_error(state), unshareable("lock table t"), true) == execution_state::unknown);
        CHECK(execution_after(server_error(state), make_statement_text("select 1", true), true)
              == execution_state::rejected);
    }
    CHECK(execution_after(server_error(sqlstate::unique_violation), unshareable("create table t ()"), true)
          == execution_state::rejected);
}

TEST_CASE("what commits on its way is left unknown by every error, unless it never ran") {
    for (const auto* const text : {"call p()", "DO $$ begin end $$", "vacuum a, b", "analyze a, b", "/* all */ reindex schema s",
                                   "cluster", "create index concurrently i on t (c)"}) {
        CAPTURE(text);
        auto failure = server_error(sqlstate::unique_violation);
        CHECK(execution_after(failure, unshareable(text), true) == execution_state::unknown);
        CHECK(execution_after(failure, unshareable(text), false) == execution_state::rejected);
        for (const auto refused : {sqlstate::active_sql_transaction, sqlstate::in_failed_sql_transaction})
            CHECK(execution_after(server_error(refused), unshareable(text), true) == execution_state::rejected);
        diagnostics said;
        said.position = 6;
        failure = {make_error_code(sqlstate::undefined_function), said, execution_state::rejected};
        CHECK(execution_after(failure, unshareable(text), true) == execution_state::rejected);
    }
    for (const auto* const text : {"create index i on t (c)", "set timezone = 'nowhere'", "lock table t", "listen c"}) {
        CAPTURE(text);
        CHECK(execution_after(server_error(sqlstate::unique_violation), unshareable(text), true) == execution_state::rejected);
    }
}

TEST_CASE("a cancel is stray only while one of our own is out") {
    CHECK(is_stray_cancel(server_error(sqlstate::query_canceled), true));
    CHECK_FALSE(is_stray_cancel(server_error(sqlstate::query_canceled), false));
    CHECK_FALSE(is_stray_cancel(server_error(sqlstate::deadlock_detected), true));
}

} // namespace retry_rules_tests

// What the options of a transaction make of BEGIN, and when it is run again.
#include <pgcoro/commit_resolution.hpp>
#include <pgcoro/transaction_options.hpp>

#include <doctest/doctest.h>

#include <type_traits>

namespace transaction_options_tests {

using namespace pgcoro;
using namespace std::chrono_literals;

static_assert(std::is_trivially_destructible_v<transaction_options>);
static_assert(std::is_aggregate_v<transaction_options>);

TEST_CASE("BEGIN says what differs from the server's defaults") {
    CHECK(begin_statement({}) == "begin");
    CHECK(begin_statement({.isolation = isolation_level::serializable,
                           .access = access_mode::read_only,
                           .deferrable = true})
          == "begin isolation level serializable read only deferrable");
    CHECK(begin_statement({.isolation = isolation_level::read_committed}) == "begin isolation level read committed");
    CHECK(begin_statement({.isolation = isolation_level::repeatable_read, .access = access_mode::read_write})
          == "begin isolation level repeatable read read write");
}

TEST_CASE("only 40001 and 40P01 are retried, as often as was said") {
    const auto policy = retry_policy::serialization_failures(3);
    const error serialization(make_error_code(sqlstate::serialization_failure), "");
    const error deadlock(make_error_code(sqlstate::deadlock_detected), "");
    CHECK(policy.retries(serialization, 1));
    CHECK(policy.retries(deadlock, 2));
    CHECK(!policy.retries(serialization, 3));
    CHECK(!policy.retries(error(make_error_code(sqlstate::unique_violation), ""), 1));
    CHECK(!policy.retries(error(make_error_code(errc::commit_in_doubt), ""), 1));
    CHECK(!retry_policy{}.retries(serialization, 1));
}

TEST_CASE("pauses are drawn from a range that doubles, up to a limit") {
    retry_policy policy;
    policy.initial_pause = 10ms;
    policy.longest_pause = 35ms;
    CHECK(policy.pause(1, 0.5) == 5ms);
    CHECK(policy.pause(2, 0.5) == 10ms);
    CHECK(policy.pause(3, 0.9) == 31ms);
    CHECK(policy.pause(1000, 0.9) == 31ms);
    CHECK(policy.pause(1, 0.0) == 0ms);
}

TEST_CASE("a transaction's outcome is believed only from the same history of the same server") {
    using namespace transactions;
    const transaction_identity of{"731", "4711", "1.5", "7001", "00000001"};
    CHECK(outcome_of("7001 00000001 committed", of) == outcome::committed);
    CHECK(outcome_of("7001 00000001 aborted", of) == outcome::rolled_back);
    CHECK(outcome_of("7001 00000001 running", of) == std::nullopt);
    CHECK(outcome_of("7001 00000001 in progress", of) == std::nullopt);
    CHECK(outcome_of("7001 00000001 forgotten", of) == outcome::in_doubt);
    CHECK(outcome_of("7001 00000002 committed", of) == outcome::in_doubt);
    CHECK(outcome_of("7001 standby committed", of) == outcome::in_doubt);
    CHECK(outcome_of("7002 00000001 committed", of) == outcome::in_doubt);
}

TEST_CASE("a transaction is identified by the whole answer or not at all") {
    CHECK(!transactions::identity_of({}));
    CHECK(!transactions::identity_of({"731", "4711"}));
    const auto identity = transactions::identity_of({"731", "4711", "1.5", "7001", "00000001"});
    REQUIRE(identity);
    CHECK(identity->transaction == "731");
    CHECK(identity->timeline == "00000001");
}

} // namespace transaction_options_tests

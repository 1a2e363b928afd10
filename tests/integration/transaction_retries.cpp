// Transactions that the server ends with 40001 or 40P01 are run again.
#include <doctest/doctest.h>

#include "run.hpp"

namespace transaction_retries_tests {

using namespace pgcoro;
using namespace pgcoro::testing;

namespace {

/// Two accounts whose sum two transactions may not both change.
struct accounts {
    accounts() {
        eyes.ask("drop table if exists retried_accounts");
        eyes.ask("create table retried_accounts (id int primary key, balance int)");
        eyes.ask("insert into retried_accounts values (1, 100), (2, 100)");
    }
    int balance(int id) { return eyes.number("select balance from retried_accounts where id = " + std::to_string(id)); }

    witness eyes;
};

constexpr transaction_options serializable(unsigned attempts) {
    return {.isolation = isolation_level::serializable, .retry = retry_policy::serialization_failures(attempts)};
}

} // namespace

TEST_CASE("a serialization failure is retried on a clean transaction") {
    accounts of;
    with_pool([&](pool& on) -> asio::awaitable<void> {
        int attempts = 0;
        co_await on.transaction(serializable(5), [&](transaction& tx) -> asio::awaitable<void> {
            ++attempts;
            const int before = co_await tx.query_one<int>("select balance from retried_accounts where id = 1");
            // Somebody else is quicker, the first time.
            if (attempts == 1) co_await on.execute("update retried_accounts set balance = balance + 1 where id = 1");
            co_await tx.execute("update retried_accounts set balance = $1 where id = 1", before + 10);
        });
        CHECK(attempts == 2);
    });
    CHECK(of.balance(1) == 111);
}

TEST_CASE("a serialization failure at COMMIT is retried, too") {
    accounts of;
    with_pool([&](pool& on) -> asio::awaitable<void> {
        int attempts = 0;
        // Write skew: each reads what the other writes; the one that commits last is refused.
        co_await on.transaction(serializable(3), [&](transaction& tx) -> asio::awaitable<void> {
            ++attempts;
            co_await tx.query_one<int>("select balance from retried_accounts where id = 2");
            if (attempts == 1)
                co_await on.transaction(serializable(1), [&](transaction& other) -> asio::awaitable<void> {
                    co_await other.query_one<int>("select balance from retried_accounts where id = 1");
                    co_await other.execute("update retried_accounts set balance = 0 where id = 2");
                    co_await tx.execute("update retried_accounts set balance = 0 where id = 1");
                });
            else co_await tx.execute("update retried_accounts set balance = 1 where id = 1");
        });
        CHECK(attempts == 2);
    });
    CHECK(of.balance(1) == 1);
    CHECK(of.balance(2) == 0);
}

TEST_CASE("after the last attempt the failure is the caller's") {
    accounts of;
    with_pool([&](pool& on) -> asio::awaitable<void> {
        int attempts = 0;
        std::optional<error> failure;
        try {
            co_await on.transaction(serializable(3), [&](transaction& tx) -> asio::awaitable<void> {
                ++attempts;
                co_await tx.query_one<int>("select balance from retried_accounts where id = 1");
                co_await on.execute("update retried_accounts set balance = balance + 1 where id = 1");
                co_await tx.execute("update retried_accounts set balance = 0 where id = 1");
            });
        } catch (const error& e) {
            failure.emplace(e);
        }
        REQUIRE(failure);
        CHECK(failure->code() == sqlstate::serialization_failure);
        CHECK(attempts == 3);
    });
    CHECK(of.balance(1) == 103);
}

TEST_CASE("other failures are not retried") {
    with_pool([&](pool& on) -> asio::awaitable<void> {
        int attempts = 0;
        std::optional<error> failure;
        try {
            co_await on.transaction(serializable(5), [&](transaction& tx) -> asio::awaitable<void> {
                ++attempts;
                co_await tx.execute("select 1/0");
            });
        } catch (const error& e) {
            failure.emplace(e);
        }
        REQUIRE(failure);
        CHECK(failure->code() == sqlstate::division_by_zero);
        CHECK(attempts == 1);
    });
}

TEST_CASE("deadlocks are retried until both have done their work") {
    accounts of;
    witness(test_dsn()).ask("alter database postgres set deadlock_timeout = '50ms'");
    with_pool([&](pool& on) -> asio::awaitable<void> {
        const transaction_options retried{.retry = retry_policy::serialization_failures(10)};
        int attempts = 0;
        std::array<int, 2> reached{};
        const auto add = [&](std::size_t who, int first, int second) -> asio::awaitable<void> {
            co_await on.transaction(retried, [&, who, first, second](transaction& tx) -> asio::awaitable<void> {
                ++attempts;
                co_await tx.execute("update retried_accounts set balance = balance + 1 where id = $1", first);
                reached[who] = 1;
                co_await until([&] { return reached[1 - who] != 0; });
                co_await tx.execute("update retried_accounts set balance = balance + 1 where id = $1", second);
            });
        };
        auto one = add(0, 1, 2);
        auto two = add(1, 2, 1);
        const auto context = co_await asio::this_coro::executor;
        int done = 0;
        asio::co_spawn(context, std::move(one), [&](std::exception_ptr failed) {
            CHECK(!failed);
            ++done;
        });
        asio::co_spawn(context, std::move(two), [&](std::exception_ptr failed) {
            CHECK(!failed);
            ++done;
        });
        co_await until([&] { return done == 2; });
        CHECK(attempts >= 3);   // a victim may be back before the other has woken, and meet it once more
    });
    witness(test_dsn()).ask("alter database postgres reset deadlock_timeout");
    CHECK(of.balance(1) == 102);
    CHECK(of.balance(2) == 102);
}

} // namespace transaction_retries_tests

// Transactions: what is committed, what is undone, and how many round trips that takes.
#include <doctest/doctest.h>
#include <fstream>
#include <memory>

#include "run.hpp"
#include "traffic.hpp"

namespace transactions_tests {

using namespace pgcoro;
using namespace pgcoro::testing;

namespace {

/// A table that is empty at first; each test has one of its own.
struct scratch_table {
    explicit scratch_table(std::string name) : name_(std::move(name)) {
        eyes.ask("drop table if exists " + name_);
        eyes.ask("create table " + name_ + " (id int primary key deferrable initially immediate)");
    }
    ~scratch_table() { eyes.ask("drop table if exists " + name_); }

    int rows() { return eyes.number("select count(*) from " + name_); }

    witness eyes;
    std::string name_;
};

struct surprise {};

} // namespace

TEST_CASE("a transaction commits when its callback returns, and yields the callback's value") {
    scratch_table table("tx_commits");
    with_pool([&](pool& on) -> asio::awaitable<void> {
        auto value = co_await on.transaction([&](transaction& tx) -> asio::awaitable<std::unique_ptr<int>> {
            co_await tx.execute("insert into tx_commits values ($1)", 1);
            CHECK(table.rows() == 0);
            co_await tx.execute("insert into tx_commits values ($1)", 2);
            auto id = co_await tx.query_one<int>("select max(id) from tx_commits");
            co_return std::make_unique<int>(id);
        });
        CHECK(*value == 2);
    });
    CHECK(table.rows() == 2);
}

TEST_CASE("a transaction is rolled back when its callback throws") {
    scratch_table table("tx_throws");
    with_pool(one_connection(), [&](pool& on) -> asio::awaitable<void> {
        bool thrown = false;
        try {
            co_await on.transaction([&](transaction& tx) -> asio::awaitable<void> {
                co_await tx.execute("insert into tx_throws values (1)");
                throw surprise();
            });
        } catch (const surprise&) {
            thrown = true;
        }
        CHECK(thrown);
        CHECK(co_await on.query_one<std::int64_t>("select count(*) from tx_throws") == 0);
        CHECK(on.stats().opened == 1);
    });
}

TEST_CASE("a transaction that is dropped is rolled back before its connection is used again") {
    scratch_table table("tx_dropped");
    SUBCASE("of a pool") {
        with_pool(one_connection(), [&](pool& on) -> asio::awaitable<void> {
            {
                auto tx = co_await on.begin();
                co_await tx.execute("insert into tx_dropped values (1)");
            }
            co_await on.execute("insert into tx_dropped values (2)");
            CHECK(on.stats().opened == 1);
        });
    }
    SUBCASE("of a lease") {
        with_pool(one_connection(), [&](pool& on) -> asio::awaitable<void> {
            auto held = co_await on.acquire();
            {
                auto tx = co_await held.begin();
                co_await tx.execute("insert into tx_dropped values (1)");
            }
            co_await held.execute("insert into tx_dropped values (2)");
        });
    }
    SUBCASE("of a lease of a single-threaded pool") {
        auto options = one_connection();
        options.concurrency = concurrency::single_threaded;
        with_pool(options, [&](pool& on) -> asio::awaitable<void> {
            auto held = co_await on.acquire();
            {
                auto tx = co_await held.begin();
                co_await tx.execute("insert into tx_dropped values (1)");
            }
            co_await held.execute("insert into tx_dropped values (2)");
        });
    }
    CHECK(table.rows() == 1);
    CHECK(table.eyes.number("select id from tx_dropped") == 2);
}

TEST_CASE("a lease that is dropped together with its transaction comes back") {
    scratch_table table("tx_lease_dropped");
    with_pool(one_connection(), [&](pool& on) -> asio::awaitable<void> {
        {
            const auto held = co_await on.acquire();
            const auto tx = co_await held.begin();
            co_await tx.execute("insert into tx_lease_dropped values (1)");
        }
        CHECK(co_await on.query_one<std::int64_t>("select count(*) from tx_lease_dropped") == 0);
        CHECK(on.stats().opened == 1);
    });
}

TEST_CASE("a transaction of one known statement is two round trips") {
    scratch_table table("tx_trips");
    with_pool(one_connection(), [&](pool& on) -> asio::awaitable<void> {
        auto held = co_await on.acquire();
        const auto once = [&](int id) -> asio::awaitable<void> {
            auto tx = co_await held.begin();
            co_await tx.execute("insert into tx_trips values ($1)", id);
            co_await tx.commit();
        };
        co_await once(1);
        const traffic seen(held);
        co_await once(2);
        CHECK(seen.count_sent("Sync") == 2);
        CHECK(seen.sent() == std::vector<std::string>{"Parse", "Bind", "Describe", "Execute",     // begin
                                                      "Bind", "Describe", "Execute", "Sync",     // insert
                                                      "Parse", "Bind", "Describe", "Execute", "Sync"});
    });
    CHECK(table.rows() == 2);
}

TEST_CASE("a transaction without statements costs nothing") {
    with_pool(one_connection(), [&](pool& on) -> asio::awaitable<void> {
        auto held = co_await on.acquire();
        const traffic seen(held);
        auto tx = co_await held.begin();
        co_await tx.commit();
        auto other = co_await held.begin();
        co_await other.rollback();
        { auto dropped = co_await held.begin(); }
        co_await held.transaction([](transaction& outer) -> asio::awaitable<void> {
            co_await outer.savepoint([](transaction&) -> asio::awaitable<void> { co_return; });
        });
        CHECK(seen.sent().empty());
    });
}

TEST_CASE("statements that were begun at once are all within the transaction") {
    scratch_table table("tx_at_once");
    with_pool(one_connection(), [&](pool& on) -> asio::awaitable<void> {
        auto tx = co_await on.begin();
        const auto first = begin(tx.execute("insert into tx_at_once values (1)"));
        const auto second = begin(tx.execute("insert into tx_at_once values (2)"));
        const auto undone = begin(tx.rollback());
        co_await until([&] { return undone->done(); });
        CHECK(first->succeeded());
        CHECK(second->succeeded());
        CHECK(undone->succeeded());
    });
    CHECK(table.rows() == 0);
}

TEST_CASE("the options of a transaction reach the server") {
    with_pool(one_connection(), [&](pool& on) -> asio::awaitable<void> {
        const auto setting = [](transaction& tx, const char* name) -> asio::awaitable<std::string> {
            co_return co_await tx.query_one<std::string>("select current_setting($1)", name);
        };
        auto tx = co_await on.begin({.isolation = isolation_level::serializable,
                                     .access = access_mode::read_only,
                                     .deferrable = true});
        CHECK(co_await setting(tx, "transaction_isolation") == "serializable");
        CHECK(co_await setting(tx, "transaction_read_only") == "on");
        CHECK(co_await setting(tx, "transaction_deferrable") == "on");
        co_await tx.commit();
        auto other = co_await on.begin({.isolation = isolation_level::repeatable_read});
        CHECK(co_await setting(other, "transaction_isolation") == "repeatable read");
        CHECK(co_await setting(other, "transaction_read_only") == "off");
    });
}

TEST_CASE("a failing BEGIN takes its statement with it, and every later one") {
    ephemeral_server standby;
    witness(standby.connection_string()).ask("create table t (id int)");
    standby.stop();
    std::ofstream(standby.data_directory() / "standby.signal").close();
    standby.start();
    auto options = one_connection();
    options.connect = standby.connection_string();
    with_pool(options, [&](pool& on) -> asio::awaitable<void> {
        auto tx = co_await on.begin({.access = access_mode::read_write});
        const auto first = begin(tx.query_one<int>("select 1"));
        const auto second = begin(tx.query_one<int>("select 2"));
        co_await until([&] { return first->done() && second->done(); });
        CHECK(first->failure().code() == sqlstate::feature_not_supported);
        CHECK(first->failure().execution() == execution_state::rejected);
        CHECK(second->failure().execution() == execution_state::not_sent);
        const auto third = co_await failure_of(tx.query_one<int>("select 3"));
        CHECK(third.code() == errc::transaction_aborted);
        CHECK(contains(third.what(), "could not begin"));
        CHECK((co_await failure_of(tx.commit())).code() == errc::transaction_aborted);
        CHECK(co_await on.query_one<int>("select 4") == 4);
    });
}

TEST_CASE("a commit after a swallowed error is transaction_aborted, and nothing is stored") {
    scratch_table table("tx_swallowed");
    with_pool(one_connection(), [&](pool& on) -> asio::awaitable<void> {
        const auto failure = co_await [&]() -> asio::awaitable<error> {
            try {
                co_await on.transaction([&](transaction& tx) -> asio::awaitable<void> {
                    co_await tx.execute("insert into tx_swallowed values (1)");
                    (void)co_await tx.execute("insert into tx_swallowed values (1)").as_result();
                });
            } catch (const error& e) {
                co_return e;
            }
            throw std::runtime_error("it was committed");
        }();
        CHECK(failure.code() == errc::transaction_aborted);
        CHECK(failure.execution() == execution_state::rejected);
        CHECK(co_await on.query_one<int>("select 1") == 1);
    });
    CHECK(table.rows() == 0);
}

TEST_CASE("a commit that the server refuses is rejected") {
    scratch_table table("tx_deferred");
    with_pool(one_connection(), [&](pool& on) -> asio::awaitable<void> {
        auto tx = co_await on.begin();
        co_await tx.execute("set constraints all deferred");
        co_await tx.execute("insert into tx_deferred values (1), (1)");
        const auto failure = co_await failure_of(tx.commit());
        CHECK(failure.code() == sqlstate::unique_violation);
        CHECK(failure.execution() == execution_state::rejected);
        CHECK((co_await failure_of(tx.commit())).code() == errc::transaction_aborted);
        CHECK(co_await on.query_one<int>("select 1") == 1);
    });
    CHECK(table.rows() == 0);
}

TEST_CASE("after its end a transaction refuses statements, and its connection serves others") {
    with_pool(one_connection(), [&](pool& on) -> asio::awaitable<void> {
        auto tx = co_await on.begin();
        CHECK(co_await tx.query_one<int>("select 1") == 1);
        co_await tx.commit();
        CHECK(co_await on.query_one<int>("select 2") == 2);   // tx still lives
        CHECK((co_await failure_of(tx.query_one<int>("select 1"))).code() == errc::transaction_aborted);
        transaction nobody;
        CHECK((co_await failure_of(nobody.query_one<int>("select 1"))).code() == errc::not_connected);
    });
}

TEST_CASE("transactions of stand-alone connections") {
    scratch_table table("tx_alone");
    run([&](asio::io_context& context) -> asio::awaitable<void> {
        auto conn = co_await connect(context.get_executor(), test_dsn());
        co_await conn.transaction([&](transaction& tx) -> asio::awaitable<void> {
            co_await tx.execute("insert into tx_alone values (1)");
        });
        auto tx = co_await conn.begin();
        co_await tx.execute("insert into tx_alone values (2)");
        co_await tx.rollback();
        co_await conn.execute("insert into tx_alone values (3)");
        co_await conn.close();
    });
    CHECK(table.rows() == 2);
}

TEST_CASE("a second transaction within the first needs a second connection, and says so") {
    auto options = one_connection();
    options.acquire_timeout = 100ms;
    with_pool(options, [&](pool& on) -> asio::awaitable<void> {
        co_await on.start();
        std::optional<error> failure;
        try {
            co_await on.transaction([&](transaction& outer) -> asio::awaitable<void> {
                co_await outer.execute("select 1");
                co_await on.transaction([&](transaction& inner) -> asio::awaitable<void> {
                    co_await inner.execute("select 2");
                });
            });
        } catch (const error& e) {
            failure.emplace(e);
        }
        REQUIRE(failure);
        CHECK(failure->code() == errc::acquire_timeout);
        CHECK(contains(failure->what(), "transactions.cpp"));
        CHECK(contains(failure->what(), "1 of 1 connections"));
        CHECK(co_await on.query_one<int>("select 1") == 1);
    });
}

} // namespace transactions_tests

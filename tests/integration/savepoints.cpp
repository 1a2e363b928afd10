// Savepoints: rolled back alone, nested, and what a swallowed failure does.
#include <doctest/doctest.h>
#include <set>

#include "run.hpp"
#include "traffic.hpp"

namespace savepoints_tests {

using namespace pgcoro;
using namespace pgcoro::testing;

namespace {

struct second_thoughts {};

asio::awaitable<void> insert(transaction& tx, int id) { co_await tx.execute("insert into savepoint_rows values ($1)", id); }

/// Runs a transaction on an empty table and returns the ids that it left behind.
template <class Body>
std::set<int> left_by(Body&& body) {
    witness eyes;
    eyes.ask("drop table if exists savepoint_rows");
    eyes.ask("create table savepoint_rows (id int primary key)");
    with_pool(one_connection(), [&](pool& on) -> asio::awaitable<void> {
        co_await on.transaction([&](transaction& tx) -> asio::awaitable<void> { co_await body(tx); });
        CHECK(on.stats().opened == 1);
    });
    std::set<int> ids;
    const int count = eyes.number("select count(*) from savepoint_rows");
    for (int i = 0; i < count; ++i)
        ids.insert(eyes.number("select id from savepoint_rows order by id offset " + std::to_string(i) + " limit 1"));
    return ids;
}

} // namespace

TEST_CASE("a savepoint is rolled back alone when its callback throws") {
    CHECK(left_by([](transaction& tx) -> asio::awaitable<void> {
              co_await insert(tx, 1);
              try {
                  co_await tx.savepoint([](transaction& inner) -> asio::awaitable<void> {
                      co_await insert(inner, 2);
                      throw second_thoughts();
                  });
              } catch (const second_thoughts&) {
              }
              co_await insert(tx, 3);
          })
          == std::set{1, 3});
}

TEST_CASE("a savepoint that returns is kept, and yields a value") {
    CHECK(left_by([](transaction& tx) -> asio::awaitable<void> {
              const int two = co_await tx.savepoint([](transaction& inner) -> asio::awaitable<int> {
                  co_await insert(inner, 1);
                  co_return 2;
              });
              co_await insert(tx, two);
          })
          == std::set{1, 2});
}

TEST_CASE("a failed statement within a savepoint costs the savepoint only") {
    CHECK(left_by([](transaction& tx) -> asio::awaitable<void> {
              co_await insert(tx, 1);
              try {
                  co_await tx.savepoint([](transaction& inner) -> asio::awaitable<void> {
                      co_await insert(inner, 2);
                      co_await insert(inner, 1);
                  });
              } catch (const error& e) {
                  CHECK(e.code() == sqlstate::unique_violation);
              }
              co_await insert(tx, 3);
          })
          == std::set{1, 3});
}

TEST_CASE("a savepoint that swallowed a failure ends in transaction_aborted") {
    CHECK(left_by([](transaction& tx) -> asio::awaitable<void> {
              co_await insert(tx, 1);
              std::optional<error> failure;
              try {
                  co_await tx.savepoint([](transaction& inner) -> asio::awaitable<void> {
                      (void)co_await inner.execute("insert into savepoint_rows values (1)").as_result();
                  });
              } catch (const error& e) {
                  failure.emplace(e);
              }
              REQUIRE(failure);
              CHECK(failure->code() == errc::transaction_aborted);
              co_await insert(tx, 2);
          })
          == std::set{1, 2});
}

TEST_CASE("savepoints nest, and undo what lies within them") {
    CHECK(left_by([](transaction& tx) -> asio::awaitable<void> {
              try {
                  co_await tx.savepoint([](transaction& outer) -> asio::awaitable<void> {
                      co_await insert(outer, 1);
                      co_await outer.savepoint([](transaction& inner) -> asio::awaitable<void> { co_await insert(inner, 2); });
                      throw second_thoughts();
                  });
              } catch (const second_thoughts&) {
              }
              co_await tx.savepoint([](transaction& outer) -> asio::awaitable<void> {
                  try {
                      co_await outer.savepoint([](transaction& inner) -> asio::awaitable<void> {
                          co_await insert(inner, 3);
                          throw second_thoughts();
                      });
                  } catch (const second_thoughts&) {
                  }
                  co_await insert(outer, 4);
              });
          })
          == std::set{4});
}

TEST_CASE("a savepoint in an aborted transaction fails, and a rollback further out mends it") {
    CHECK(left_by([](transaction& tx) -> asio::awaitable<void> {
              co_await insert(tx, 1);
              try {
                  co_await tx.savepoint([](transaction& outer) -> asio::awaitable<void> {
                      (void)co_await outer.execute("select 1/0").as_result();
                      co_await outer.savepoint([](transaction& inner) -> asio::awaitable<void> { co_await insert(inner, 2); });
                  });
              } catch (const error& e) {
                  CHECK(e.code() == sqlstate::in_failed_sql_transaction);
              }
              co_await insert(tx, 3);
          })
          == std::set{1, 3});
}

TEST_CASE("BEGIN and SAVEPOINT travel with the first statement") {
    with_pool(one_connection(), [](pool& on) -> asio::awaitable<void> {
        auto held = co_await on.acquire();
        CHECK(co_await held.query_one<int>("select 1") == 1);
        const traffic seen(held);
        co_await held.transaction([](transaction& tx) -> asio::awaitable<void> {
            co_await tx.savepoint([](transaction& inner) -> asio::awaitable<void> {
                CHECK(co_await inner.query_one<int>("select 1") == 1);
            });
        });
        CHECK(seen.count_sent("Sync") == 3);   // with the statement, RELEASE, COMMIT
    });
}

} // namespace savepoints_tests

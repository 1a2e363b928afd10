// Transactions and savepoints cut off at every point.
#include "fault_matrix.hpp"

namespace fault_matrix_transactions_tests {

namespace {

using namespace pgcoro::testing;
using faults::between_steps;
using faults::stage;

asio::awaitable<void> faulted_transaction(stage& s) {
    co_await s.open_pool().transaction([&](pgcoro::transaction& tx) -> asio::awaitable<void> {
        co_await tx.execute("insert into fault_rows values ($1, 1)", s.run);
        co_await between_steps();
        co_await tx.execute("insert into fault_rows values ($1, 2)", s.run);
        s.may_store = true;
    });
}

asio::awaitable<void> faulted_begin_and_commit(stage& s) {
    s.held.transaction = co_await s.open_pool().begin();
    co_await between_steps();
    co_await s.held.transaction.execute("insert into fault_rows values ($1, 1)", s.run);
    co_await between_steps();
    s.may_store = true;
    co_await s.held.transaction.commit();
}

asio::awaitable<void> faulted_begin_and_rollback(stage& s) {
    s.held.transaction = co_await s.open_pool().begin();
    co_await s.held.transaction.execute("insert into fault_rows values ($1, 1)", s.run);
    co_await s.held.transaction.rollback();
}

asio::awaitable<void> faulted_transaction_on_lease(stage& s) {
    s.held.lease = co_await s.open_pool().acquire();
    s.held.transaction = co_await s.held.lease.begin();
    co_await s.held.transaction.execute("insert into fault_rows values ($1, 1)", s.run);
    co_await between_steps();
    s.may_store = true;
    co_await s.held.transaction.commit();
    s.has_stored = true;
    s.held.transaction = {};
    co_await s.held.lease.query_one<int>("select 1");
}

asio::awaitable<void> faulted_savepoint(stage& s) {
    co_await s.open_pool().transaction([&](pgcoro::transaction& tx) -> asio::awaitable<void> {
        co_await tx.savepoint([&](pgcoro::transaction& inner) -> asio::awaitable<void> {
            co_await inner.execute("insert into fault_rows values ($1, 1)", s.run);
        });
        bool undone = false;
        try {
            co_await tx.savepoint([&](pgcoro::transaction& inner) -> asio::awaitable<void> {
                co_await inner.execute("insert into fault_rows values ($1, 2)", s.run);
                co_await inner.execute("select 1 / 0");
            });
        } catch (const pgcoro::error& e) {
            undone = e.code() == pgcoro::sqlstate::division_by_zero;
            if (!undone) throw;
        }
        CHECK(undone);
        s.may_store = true;
    });
}

asio::awaitable<void> faulted_resolved_commit(stage& s) {
    co_await s.open_pool().transaction({.resolve_commit = true}, [&](pgcoro::transaction& tx) -> asio::awaitable<void> {
        co_await tx.execute("insert into fault_rows values ($1, 1)", s.run);
        s.may_store = true;
    });
}

} // namespace

TEST_CASE("fault matrix: transaction") {
    faults::check_matrix({.name = "transaction", .body = faulted_transaction, .rows = 2});
}

TEST_CASE("fault matrix: begin and commit") {
    faults::check_matrix({.name = "begin and commit", .body = faulted_begin_and_commit, .rows = 1, .has_handles = true});
}

TEST_CASE("fault matrix: begin and rollback") {
    faults::check_matrix({.name = "begin and rollback", .body = faulted_begin_and_rollback, .has_handles = true});
}

TEST_CASE("fault matrix: transaction on a lease") {
    faults::check_matrix({.name = "transaction on a lease", .body = faulted_transaction_on_lease, .rows = 1, .has_handles = true});
}

TEST_CASE("fault matrix: savepoints") {
    faults::check_matrix({.name = "savepoints", .body = faulted_savepoint, .rows = 1});
}

TEST_CASE("fault matrix: commit that is resolved") {
    faults::check_matrix({.name = "commit that is resolved", .body = faulted_resolved_commit, .rows = 1});
}

} // namespace fault_matrix_transactions_tests

// Batches, pipelines and rows by the hundred cut off at every point.
#include "fault_matrix.hpp"

namespace fault_matrix_batches_tests {

namespace {

using namespace pgcoro::testing;
using faults::stage;

asio::awaitable<void> faulted_batch(stage& s) {
    s.may_store = true;
    const auto [one, inserted, two]
        = co_await s.open_pool().batch(pgcoro::query_one<int>("select $1::int", 1),
                               pgcoro::execute("insert into fault_rows values ($1, 1), ($1, 2)", s.run),
                               pgcoro::query_one<int>("select 2"));
    CHECK(one + two == 3);
}

asio::awaitable<void> faulted_known_batch(stage& s) {
    co_await s.open_pool().query_one<int>("select $1::int", 1);
    co_await s.open_pool().execute("insert into fault_rows select $1, 3 where false", s.run);
    s.may_store = true;
    co_await s.open_pool().batch(pgcoro::query_one<int>("select $1::int", 1),
                         pgcoro::execute("insert into fault_rows values ($1, 1), ($1, 2)", s.run),
                         pgcoro::execute("insert into fault_rows select $1, 3 where false", s.run));
}

asio::awaitable<void> faulted_pipeline(stage& s) {
    s.may_store = true;
    auto [one, inserted, failed, also_inserted]
        = co_await s.open_pool().pipeline(pgcoro::query_one<int>("select 1"),
                                  pgcoro::execute("insert into fault_rows values ($1, 1)", s.run),
                                  pgcoro::query_one<int>("select 1 / 0"),
                                  pgcoro::execute("insert into fault_rows values ($1, 2)", s.run));
    one.value();
    inserted.value();
    also_inserted.value();
    CHECK(failed.has_error());
}

asio::awaitable<void> faulted_execute_many(stage& s) {
    std::vector<faults::row> rows;
    for (int i = 0; i < 100; ++i) rows.emplace_back(s.run, i);
    s.may_store = true;
    co_await s.open_pool().execute_many("insert into fault_rows values ($1, $2)", rows);
}

asio::awaitable<void> faulted_dynamic_batch(stage& s) {
    pgcoro::dynamic_batch all;
    for (int i = 0; i < 3; ++i) all.add("insert into fault_rows values ($1, $2)", s.run, i);
    all.add("select count(*) from fault_rows where run = $1", s.run);
    s.may_store = true;
    co_await s.open_pool().batch(std::move(all));
}

asio::awaitable<void> faulted_batch_in_transaction(stage& s) {
    co_await s.open_pool().transaction([&](pgcoro::transaction& tx) -> asio::awaitable<void> {
        co_await tx.batch(pgcoro::query_one<int>("select 1"),
                          pgcoro::execute("insert into fault_rows values ($1, 1)", s.run));
        s.may_store = true;
    });
}

} // namespace

TEST_CASE("fault matrix: batch") {
    faults::check_matrix({.name = "batch", .body = faulted_batch, .rows = 2});
}

TEST_CASE("fault matrix: batch of known statements") {
    faults::check_matrix({.name = "batch of known statements", .body = faulted_known_batch, .rows = 2});
}

TEST_CASE("fault matrix: pipeline") {
    faults::check_matrix({.name = "pipeline", .body = faulted_pipeline, .rows = 2, .all_or_nothing = false});
}

TEST_CASE("fault matrix: execute_many") {
    faults::check_matrix({.name = "execute_many", .body = faulted_execute_many, .rows = 100});
}

TEST_CASE("fault matrix: dynamic batch") {
    faults::check_matrix({.name = "dynamic batch", .body = faulted_dynamic_batch, .rows = 3});
}

TEST_CASE("fault matrix: batch in a transaction") {
    faults::check_matrix({.name = "batch in a transaction", .body = faulted_batch_in_transaction, .rows = 1});
}

} // namespace fault_matrix_batches_tests

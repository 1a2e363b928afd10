// COPY in both directions cut off at every point.
#include "fault_matrix.hpp"

namespace fault_matrix_copies_tests {

namespace {

using namespace pgcoro::testing;
using faults::between_steps;
using faults::keeping;
using faults::stage;

asio::awaitable<void> faulted_copy_in(stage& s) {
    std::vector<faults::row> rows;
    for (int i = 0; i < 8000; ++i) rows.emplace_back(s.run, i);
    s.may_store = true;
    co_await s.open_pool().copy_in("fault_rows", rows);
}

asio::awaitable<void> faulted_copy_writer(stage& s) {
    s.held.writer = co_await s.open_pool().copy_in<faults::row>("fault_rows");
    co_await between_steps();
    for (int i = 0; i < 4000; ++i) {
        const faults::row next(s.run, i);
        co_await keeping(s, s.held.writer.write(next));
    }
    co_await between_steps();
    s.may_store = true;
    co_await keeping(s, s.held.writer.finish());
}

asio::awaitable<void> faulted_raw_copy_writer(stage& s) {
    s.held.lease = co_await s.open_pool().acquire();
    s.held.raw_writer = co_await s.held.lease.copy_in_raw("copy fault_rows from stdin");
    const auto line = std::to_string(s.run) + "\t1\n";
    co_await keeping(s, s.held.raw_writer.write(line));
    co_await between_steps();
    co_await keeping(s, s.held.raw_writer.write(line));
    s.may_store = true;
    co_await keeping(s, s.held.raw_writer.finish());
    s.has_stored = true;
    s.held.raw_writer = {};
    co_await s.held.lease.query_one<int>("select 1");
}

asio::awaitable<void> faulted_copy_in_transaction(stage& s) {
    s.held.transaction = co_await s.open_pool().begin();
    std::vector<faults::row> rows;
    for (int i = 0; i < 10; ++i) rows.emplace_back(s.run, i);
    co_await s.held.transaction.copy_in("fault_rows", rows);
    co_await between_steps();
    s.may_store = true;
    co_await s.held.transaction.commit();
}

asio::awaitable<void> faulted_copy_out(stage& s) {
    s.held.reader = co_await s.open_pool().copy_out<faults::row>("select n, n from generate_series(1, 8000) n");
    co_await between_steps();
    int count = 0;
    for (;;) {
        if (const auto row = co_await keeping(s, s.held.reader.next()); !row) break;
        if (++count % 3000 == 0) co_await between_steps();
    }
    CHECK(count == 8000);
}

asio::awaitable<void> faulted_raw_copy_out(stage& s) {
    s.held.raw_reader = co_await s.open_pool().copy_out_raw("copy (select generate_series(1, 20000)) to stdout");
    co_await between_steps();
    std::size_t size = 0;
    while (const auto part = co_await keeping(s, s.held.raw_reader.next())) {
        size += part->size();
        co_await between_steps();
    }
    CHECK(size > 80000);
}

} // namespace

TEST_CASE("fault matrix: copy_in") {
    faults::check_matrix({.name = "copy_in", .body = faulted_copy_in, .rows = 8000});
}

TEST_CASE("fault matrix: copy writer") {
    faults::check_matrix({.name = "copy writer", .body = faulted_copy_writer, .rows = 4000, .has_handles = true});
}

TEST_CASE("fault matrix: raw copy writer on a lease") {
    faults::check_matrix({.name = "raw copy writer on a lease", .body = faulted_raw_copy_writer, .rows = 2, .has_handles = true});
}

TEST_CASE("fault matrix: copy_in in a transaction") {
    faults::check_matrix({.name = "copy_in in a transaction", .body = faulted_copy_in_transaction, .rows = 10, .has_handles = true});
}

TEST_CASE("fault matrix: copy_out") {
    faults::check_matrix({.name = "copy_out", .body = faulted_copy_out, .has_handles = true});
}

TEST_CASE("fault matrix: copy_out_raw") {
    faults::check_matrix({.name = "copy_out_raw", .body = faulted_raw_copy_out, .has_handles = true});
}

} // namespace fault_matrix_copies_tests

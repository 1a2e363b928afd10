// Streams cut off at every point.
#include "fault_matrix.hpp"

namespace fault_matrix_streams_tests {

namespace {

using namespace pgcoro::testing;
using faults::between_steps;
using faults::keeping;
using faults::stage;

asio::awaitable<void> read_to_end(stage& s, int expected) {
    int count = 0;
    for (;;) {
        if (const auto row = co_await keeping(s, s.held.stream.next()); !row) break;
        if (++count % 300 == 0) co_await between_steps();
    }
    CHECK(count == expected);
}

asio::awaitable<void> faulted_stream(stage& s) {
    s.held.stream = co_await s.open_pool().stream<int>("select generate_series(1, $1::int)", 1000);
    co_await between_steps();
    co_await read_to_end(s, 1000);
}

asio::awaitable<void> faulted_stream_without_cursor(stage& s) {
    s.may_store = true;
    s.held.stream = co_await s.open_pool().stream<int>("insert into fault_rows select $1, generate_series(1, 600) returning n", s.run);
    co_await between_steps();
    co_await read_to_end(s, 600);
}

asio::awaitable<void> faulted_stream_on_lease(stage& s) {
    s.held.lease = co_await s.open_pool().acquire();
    s.held.stream = co_await s.held.lease.stream<int>("select generate_series(1, $1::int)", 1000);
    co_await between_steps();
    co_await read_to_end(s, 1000);
    s.held.stream = {};
    co_await s.held.lease.query_one<int>("select 1");
}

asio::awaitable<void> faulted_stream_in_transaction(stage& s) {
    s.held.transaction = co_await s.open_pool().begin();
    co_await s.held.transaction.execute("insert into fault_rows values ($1, 1)", s.run);
    s.held.stream = co_await s.held.transaction.stream<int>("select generate_series(1, $1::int)", 600);
    co_await between_steps();
    co_await read_to_end(s, 600);
    s.held.stream = {};
    s.may_store = true;
    co_await s.held.transaction.commit();
}

} // namespace

TEST_CASE("fault matrix: stream") {
    faults::check_matrix({.name = "stream", .body = faulted_stream, .has_handles = true});
}

TEST_CASE("fault matrix: stream without a cursor") {
    faults::check_matrix({.name = "stream without a cursor", .body = faulted_stream_without_cursor, .rows = 600, .has_handles = true});
}

TEST_CASE("fault matrix: stream on a lease") {
    faults::check_matrix({.name = "stream on a lease", .body = faulted_stream_on_lease, .has_handles = true});
}

TEST_CASE("fault matrix: stream in a transaction") {
    faults::check_matrix({.name = "stream in a transaction", .body = faulted_stream_in_transaction, .rows = 1, .has_handles = true});
}

} // namespace fault_matrix_streams_tests

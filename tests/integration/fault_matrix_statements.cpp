// Single statements cut off at every point.
#include "fault_matrix.hpp"

namespace fault_matrix_statements_tests {

namespace {

using namespace pgcoro::testing;
using faults::stage;

asio::awaitable<void> faulted_query(stage& s) {
    const auto rows = co_await s.open_pool().query<int>("select generate_series(1, $1::int)", 3);
    CHECK(rows.size() == 3);
}

asio::awaitable<void> faulted_execute(stage& s) {
    s.may_store = true;
    co_await s.open_pool().execute("insert into fault_rows values ($1, 1)", s.run);
}

asio::awaitable<void> faulted_exclusive_query(stage& s) {
    co_await s.open_pool().query_one<std::string>("select set_config('application_name', current_setting('application_name'), false)")
        .exclusive();
}

asio::awaitable<void> faulted_call(stage& s) {
    s.may_store = true;
    co_await s.open_pool().execute("call fault_procedure($1)", s.run);
}

asio::awaitable<void> faulted_do(stage& s) {
    s.may_store = true;
    co_await s.open_pool().execute(pgcoro::runtime_sql("do $$ begin insert into fault_rows values (" + std::to_string(s.run)
                                               + ", 1); end $$"));
}


} // namespace

TEST_CASE("fault matrix: query") {
    faults::check_matrix({.name = "query", .body = faulted_query});
}

TEST_CASE("fault matrix: execute") {
    faults::check_matrix({.name = "execute", .body = faulted_execute, .rows = 1});
}

TEST_CASE("fault matrix: exclusive query") {
    faults::check_matrix({.name = "exclusive query", .body = faulted_exclusive_query});
}

TEST_CASE("fault matrix: call") {
    faults::check_matrix({.name = "call", .body = faulted_call, .rows = 1});
}

TEST_CASE("fault matrix: do") {
    faults::check_matrix({.name = "do", .body = faulted_do, .rows = 1});
}

} // namespace fault_matrix_statements_tests

// Leases, listeners, scripts, preparing and verifying cut off at every point.
#include "fault_matrix.hpp"

namespace fault_matrix_connections_tests {

namespace {

using namespace pgcoro::testing;
using faults::between_steps;
using faults::stage;

constexpr pgcoro::statement<faults::row(int)> find_fault_row{"select run, n from fault_rows where run = $1"};

asio::awaitable<void> faulted_start(stage& s) { co_await s.open_pool().start(); }

asio::awaitable<void> faulted_lease(stage& s) {
    s.held.lease = co_await s.open_pool().acquire();
    co_await between_steps();
    s.may_store = true;
    co_await s.held.lease.execute("insert into fault_rows values ($1, 1)", s.run);
    s.has_stored = true;
    co_await s.held.lease.execute("set work_mem = '1MB'");
    s.held.lease.release();
    co_await s.open_pool().query_one<int>("select 1");
}

const pgcoro::listener& listener_of(stage& s) {
    if (!s.held.listener) throw pgcoro::error(make_error_code(pgcoro::errc::not_connected), "the listener is gone");
    return *s.held.listener;
}

asio::awaitable<void> faulted_listener(stage& s) {
    s.open_listener();
    co_await listener_of(s).start();
    co_await s.open_pool().notify(s.name(), "here");
    const auto heard = co_await listener_of(s).next();
    CHECK((heard.is_gap() || heard.payload == "here"));
    co_await listener_of(s).listen("another");
    co_await listener_of(s).unlisten("another");
    co_await listener_of(s).close();
}

asio::awaitable<void> faulted_notify(stage& s) { co_await s.open_pool().notify(s.name(), "nobody"); }

asio::awaitable<void> faulted_script(stage& s) {
    const auto values = "values (" + std::to_string(s.run);
    s.may_store = true;
    co_await s.open_pool().execute_script("insert into fault_rows " + values + ", 1); insert into fault_rows " + values + ", 2)");
}

asio::awaitable<void> faulted_prepare(stage& s) {
    s.held.lease = co_await s.open_pool().acquire();
    co_await s.held.lease.prepare("select run from fault_rows where n = $1");
}

asio::awaitable<void> faulted_verify(stage& s) {
    try {
        co_await pgcoro::verify(s.open_pool(), find_fault_row);
    } catch (const pgcoro::error& e) {
        if (e.code() != pgcoro::errc::schema_mismatch) throw;   // its columns may be null
    }
}

} // namespace

TEST_CASE("fault matrix: start") {
    faults::check_matrix({.name = "start", .body = faulted_start, .least_points = 3});
}

TEST_CASE("fault matrix: lease") {
    faults::check_matrix({.name = "lease", .body = faulted_lease, .rows = 1, .has_handles = true});
}

TEST_CASE("fault matrix: listener") {
    faults::check_matrix({.name = "listener", .body = faulted_listener, .has_handles = true});
}

TEST_CASE("fault matrix: notify") {
    faults::check_matrix({.name = "notify", .body = faulted_notify});
}

TEST_CASE("fault matrix: script") {
    faults::check_matrix({.name = "script", .body = faulted_script, .rows = 2, .least_points = 6});
}

TEST_CASE("fault matrix: prepare") {
    faults::check_matrix({.name = "prepare", .body = faulted_prepare, .has_handles = true, .least_points = 6});
}

TEST_CASE("fault matrix: verify") {
    faults::check_matrix({.name = "verify", .body = faulted_verify});
}

} // namespace fault_matrix_connections_tests

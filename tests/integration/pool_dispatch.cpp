// Which connection serves whom: idle ones, new ones, shared ones, the line.
#include "harness.hpp"

#include <set>

namespace pool_dispatch_tests {

namespace {

using namespace pgcoro::testing;
using pgcoro::errc;
using pgcoro::pool;
using pgcoro::pool_options;

/// A statement that stands before the gate with this key and then tells which backend ran it.
auto held_up(pool& p, int key) {
    return begin(p.query_one<int>("select pg_backend_pid() from pg_advisory_xact_lock_shared($1::int)", key));
}

int pid_of(const background_ptr<int>& b) { return b->value(); }

} // namespace

TEST_CASE("statements one after another run on one connection") {
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn()});
    run(loop, [&]() -> asio::awaitable<void> {
        std::set<int> pids;
        for (int i = 0; i < 20; ++i) pids.insert(co_await p.query_one<int>("select pg_backend_pid()"));
        CHECK(pids.size() == 1);
        CHECK(p.stats().opened == 1);
        co_await p.close();
    });
}

TEST_CASE("of several idle connections the one that was used last is used next") {
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 3, .min_connections = 3});
    run(loop, [&]() -> asio::awaitable<void> {
        co_await p.start();
        auto a = co_await p.acquire();
        auto b = co_await p.acquire();
        auto c = co_await p.acquire();
        const int first = a.backend_pid(), second = b.backend_pid(), third = c.backend_pid();
        CHECK(std::set<int>{first, second, third}.size() == 3);
        b.release();
        co_await until([&] { return p.stats().idle == 1; });
        c.release();
        co_await until([&] { return p.stats().idle == 2; });
        a.release();
        co_await until([&] { return p.stats().idle == 3; });
        auto again = co_await p.acquire();
        auto before = co_await p.acquire();
        auto oldest = co_await p.acquire();
        CHECK(again.backend_pid() == first);
        CHECK(before.backend_pid() == third);
        CHECK(oldest.backend_pid() == second);
        again.release();
        before.release();
        oldest.release();
        co_await p.close();
    });
}

TEST_CASE("while every connection is busy new ones are opened, up to the maximum") {
    asio::io_context loop;
    gate g(11);
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 3, .pipeline_depth = 1});
    run(loop, [&]() -> asio::awaitable<void> {
        std::vector<background_ptr<int>> started;
        for (int i = 0; i < 5; ++i) started.push_back(held_up(p, 11));
        co_await until([&] { return g.waiting() == 3; });
        CHECK(p.stats().total == 3);
        CHECK(p.stats().in_use == 3);
        CHECK(p.stats().in_flight == 3);
        CHECK(p.stats().waiting == 2);
        CHECK_FALSE(started[0]->done());
        g.open();
        co_await until([&] { return all_done(started); });
        std::set<int> pids;
        for (const auto& s : started) pids.insert(pid_of(s));
        CHECK(pids.size() == 3);
        CHECK(p.stats().opened == 3);
        co_await p.close();
    });
}

TEST_CASE("once the maximum is reached connections are shared evenly, up to the pipeline's depth; the rest waits") {
    asio::io_context loop;
    gate g(12);
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 2, .min_connections = 2, .pipeline_depth = 3});
    run(loop, [&]() -> asio::awaitable<void> {
        co_await p.start();
        std::vector<background_ptr<int>> started;
        for (int i = 0; i < 8; ++i) started.push_back(held_up(p, 12));
        co_await until([&] { return g.waiting() == 2 && p.stats().in_flight == 6; });
        CHECK(p.stats().waiting == 2);
        CHECK(p.stats().total == 2);
        g.open();
        co_await until([&] { return all_done(started); });
        std::map<int, int> by_pid;
        for (const auto& s : started) ++by_pid[pid_of(s)];
        CHECK(by_pid.size() == 2);
        for (const auto& [pid, count] : by_pid) CHECK(count >= 3);
        co_await p.close();
    });
}

TEST_CASE("a pipeline depth of one gives every statement a connection to itself") {
    asio::io_context loop;
    gate g(13);
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1, .pipeline_depth = 1});
    run(loop, [&]() -> asio::awaitable<void> {
        const auto one = held_up(p, 13), other = held_up(p, 13);
        co_await until([&] { return g.waiting() == 1; });
        CHECK(p.stats().in_flight == 1);
        CHECK(p.stats().waiting == 1);
        g.open();
        co_await until([&] { return one->done() && other->done(); });
        CHECK(pid_of(one) == pid_of(other));
        co_await p.close();
    });
}

TEST_CASE("those who wait are served in the order in which they came, statements and leases alike") {
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1, .pipeline_depth = 1});
    run(loop, [&]() -> asio::awaitable<void> {
        auto holder = co_await p.acquire();
        std::vector<int> order;
        std::vector<pgcoro::lease> kept;
        for (int i = 0; i < 10; ++i) {
            if (i % 3 == 1)
                p.acquire().as_result()([&, i](boost::system::result<pgcoro::lease, pgcoro::error> granted) {
                    REQUIRE(granted.has_value());
                    order.push_back(i);   // and the lease goes back at once
                });
            else
                p.query_one<int>("select $1::int", i).as_result()([&](boost::system::result<int, pgcoro::error> r) {
                    order.push_back(r.value());
                });
        }
        co_await until([&] { return p.stats().waiting == 10; });
        holder.release();
        co_await until([&] { return order.size() == 10; });
        CHECK(order == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
        co_await p.close();
    });
}

TEST_CASE("a newcomer does not overtake those who wait") {
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1, .pipeline_depth = 4});
    run(loop, [&]() -> asio::awaitable<void> {
        auto holder = co_await p.acquire();
        std::vector<int> order;
        const auto ask = [&](int i) {
            p.query_one<int>("select $1::int", i).as_result()([&](boost::system::result<int, pgcoro::error> r) {
                order.push_back(r.value());
            });
        };
        for (int i = 0; i < 6; ++i) ask(i);
        holder.release();
        ask(6);
        co_await until([&] { return order.size() == 7; });
        CHECK(order == std::vector<int>{0, 1, 2, 3, 4, 5, 6});
        co_await p.close();
    });
}

TEST_CASE("a statement that is not shareable has its connection to itself") {
    asio::io_context loop;
    gate g(14);
    witness w;
    w.ask("drop procedure if exists stand_and_wait; create procedure stand_and_wait(key int) language plpgsql as $$ "
          "begin perform pg_advisory_xact_lock_shared(key); end $$");
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1, .pipeline_depth = 8});
    run(loop, [&]() -> asio::awaitable<void> {
        const auto exclusive = begin(p.execute("call stand_and_wait($1::int)", 14));
        co_await until([&] { return g.waiting() == 1; });
        const auto shared = begin(p.query_one<int>("select 1"));
        co_await until([&] { return p.stats().waiting == 1; });
        CHECK(p.stats().in_flight == 0);
        CHECK_FALSE(shared->done());
        g.open();
        co_await until([&] { return exclusive->done() && shared->done(); });
        CHECK(exclusive->succeeded());
        CHECK(shared->value() == 1);
        co_await p.close();
    });
    w.ask("drop procedure stand_and_wait");
}

TEST_CASE("exclusive() keeps a shareable statement's connection from being shared") {
    asio::io_context loop;
    gate g(15);
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1, .pipeline_depth = 8});
    run(loop, [&]() -> asio::awaitable<void> {
        const auto alone = begin(p.query<int>("select 1 from pg_advisory_xact_lock_shared(15)").exclusive());
        co_await until([&] { return g.waiting() == 1; });
        const auto next = begin(p.query_one<int>("select 2"));
        co_await until([&] { return p.stats().waiting == 1; });
        g.open();
        co_await until([&] { return alone->done() && next->done(); });
        CHECK(alone->succeeded());
        CHECK(next->value() == 2);
        co_await p.close();
    });
}

TEST_CASE("what an exclusive() statement did to its session is gone before anyone else uses the connection") {
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1});
    run(loop, [&]() -> asio::awaitable<void> {
        const auto before = co_await p.query_one<std::string>("select current_setting('work_mem')");
        co_await p.query("select set_config('work_mem', '17MB', false)").exclusive();
        CHECK(co_await p.query_one<std::string>("select current_setting('work_mem')") == before);
        co_await p.query("select pg_advisory_lock(16)").exclusive();
        CHECK(co_await p.query_one<std::int64_t>("select count(*) from pg_locks where locktype = 'advisory' and "
                                                 "objid = 16")
              == 0);
        co_await p.close();
    });
}

TEST_CASE("a statement that is new to the pool is not held up by one that is described behind a slow statement") {
    asio::io_context loop;
    gate g(17);
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 2, .min_connections = 2, .pipeline_depth = 2});
    run(loop, [&]() -> asio::awaitable<void> {
        co_await p.start();
        auto lease = co_await p.acquire();
        const auto slow = begin(p.query("select 1 from pg_advisory_xact_lock_shared(17)"));
        co_await until([&] { return g.waiting() == 1; });
        const auto behind = begin(p.query_one<int>("select 17"));
        co_await until([&] { return p.stats().in_flight == 2; });
        lease.release();
        CHECK(co_await p.query_one<int>("select 17").timeout(10s) == 17);
        CHECK_FALSE(behind->done());
        g.open();
        co_await until([&] { return behind->done() && slow->done(); });
        CHECK(behind->value() == 17);
        co_await p.close();
    });
}

} // namespace pool_dispatch_tests

// What users' coroutines decide about connections before they are handed out and after they came back.
#include "harness.hpp"

#include <set>

namespace pool_hooks_tests {

namespace {

using namespace pgcoro::testing;
using pgcoro::errc;
using pgcoro::pool;
using pgcoro::pool_options;
using pgcoro::sqlstate;

} // namespace

TEST_CASE("before_acquire sees each connection before a lease of it is handed out, and no other use") {
    asio::io_context loop;
    std::vector<int> seen;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1,
                              .before_acquire = [&](pgcoro::lease& one) -> asio::awaitable<bool> {
                                  co_await one.execute("set work_mem = '19MB'");
                                  seen.push_back(one.backend_pid());
                                  co_return true;
                              }});
    run(loop, [&]() -> asio::awaitable<void> {
        const auto usual = co_await p.query_one<std::string>("select current_setting('work_mem')");
        const auto exclusive = co_await p.query_one<std::string>("select current_setting('work_mem')").exclusive();
        CHECK(exclusive == usual);
        CHECK(seen.empty());
        for (std::size_t i = 1; i <= 3; ++i) {
            {
                auto lease = co_await p.acquire();
                CHECK(seen.size() == i);
                CHECK(seen.back() == lease.backend_pid());
                CHECK(co_await lease.query_one<std::string>("select current_setting('work_mem')") == "19MB");
            }
            // What the hook left behind is undone as what the lease left behind is.
            CHECK(co_await p.query_one<std::string>("select current_setting('work_mem')") == usual);
        }
        CHECK(p.stats().opened == 1);
        CHECK(p.stats().closed_by_hook == 0);
        co_await p.close();
    });
}

TEST_CASE("a connection that before_acquire refuses is closed, and another is taken") {
    asio::io_context loop;
    std::set<int> refused;
    int calls = 0;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 3, .min_connections = 3,
                              .before_acquire = [&](pgcoro::lease& one) -> asio::awaitable<bool> {
                                  if (++calls > 2) co_return true;
                                  refused.insert(one.backend_pid());
                                  if (calls == 1) throw std::runtime_error("not this one");
                                  co_return false;
                              }});
    run(loop, [&]() -> asio::awaitable<void> {
        co_await p.start();
        auto lease = co_await p.acquire();
        CHECK(refused.size() == 2);
        CHECK(refused.count(lease.backend_pid()) == 0);
        CHECK(co_await lease.query_one<int>("select 1") == 1);
        CHECK(p.stats().closed_by_hook == 2);
        CHECK(p.stats().closed_by_error == 0);
        lease.release();
        co_await p.close();
    });
}

TEST_CASE("an acquire whose connections are all refused fails with the reason, after one try more than there are") {
    asio::io_context loop;
    int calls = 0;
    bool throws = false;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 2,
                              .before_acquire = [&](pgcoro::lease& one) -> asio::awaitable<bool> {
                                  ++calls;
                                  if (throws) co_await one.query("select 1/0");
                                  co_return false;
                              }});
    run(loop, [&]() -> asio::awaitable<void> {
        const auto silent = co_await failure_of(p.acquire());
        CHECK(silent.code() == errc::connect_failed);
        CHECK(contains(silent.what(), "before_acquire"));
        CHECK(calls == 3);
        throws = true;
        CHECK((co_await failure_of(p.acquire())).code() == sqlstate::division_by_zero);
        CHECK(calls == 6);
        CHECK(p.stats().closed_by_hook == 6);
        CHECK(co_await p.query_one<int>("select 1") == 1);
        co_await p.close();
    });
}

TEST_CASE("an acquire goes on with another connection if the one that before_acquire looks at is lost") {
    witness w;
    asio::io_context loop;
    int calls = 0;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1,
                              .before_acquire = [&](pgcoro::lease& one) -> asio::awaitable<bool> {
                                  if (++calls == 1)
                                      w.ask("select pg_terminate_backend(" + std::to_string(one.backend_pid()) + ", 10000)");
                                  co_await one.ping();
                                  co_return true;
                              }});
    run(loop, [&]() -> asio::awaitable<void> {
        auto lease = co_await p.acquire();
        CHECK(calls == 2);
        CHECK(co_await lease.query_one<int>("select 1") == 1);
        lease.release();
        co_await p.close();
    });
}

TEST_CASE("a before_acquire that leaves a transaction open, or hands the connection back itself, does no harm") {
    asio::io_context loop;
    int calls = 0;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 2,
                              .before_acquire = [&](pgcoro::lease& one) -> asio::awaitable<bool> {
                                  if (++calls == 1) co_await one.execute("begin");
                                  if (calls == 2) one.release();
                                  co_return true;
                              }});
    run(loop, [&]() -> asio::awaitable<void> {
        auto lease = co_await p.acquire();
        CHECK(co_await lease.query_one<int>("select 1") == 1);
        CHECK(p.stats().closed_by_hook == 1);
        CHECK(p.stats().total == 1);
        lease.release();
        co_await p.close();
    });
}

TEST_CASE("an acquire that is given up while before_acquire runs gets its answer at once, and the connection comes back") {
    asio::io_context loop;
    gate g(61);
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1,
                              .before_acquire = [&](pgcoro::lease& one) -> asio::awaitable<bool> {
                                  co_await one.query("select 1 from pg_advisory_xact_lock_shared(61)");
                                  co_return true;
                              }});
    run(loop, [&]() -> asio::awaitable<void> {
        const auto given_up = begin(p.acquire());
        co_await until([&] { return g.waiting() == 1; });
        given_up->cancel();
        co_await until([&] { return given_up->done(); });
        CHECK(given_up->failure().code() == errc::operation_cancelled);
        CHECK(g.waiting() == 1);
        g.open();
        co_await until([&] { return p.stats().idle == 1; });
        CHECK(p.stats().opened == 1);
        CHECK(p.stats().cancelled == 1);
        auto lease = co_await p.acquire();
        lease.release();
        co_await p.close();
    });
}

TEST_CASE("a before_acquire that does not end costs an acquire its time limit, and the connection") {
    asio::io_context loop;
    gate g(62);
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1, .acquire_timeout = 500ms,
                              .before_acquire = [&](pgcoro::lease& one) -> asio::awaitable<bool> {
                                  co_await one.query("select 1 from pg_advisory_xact_lock_shared(62)");
                                  co_return true;
                              }});
    run(loop, [&]() -> asio::awaitable<void> {
        co_await p.start();
        const auto failure = co_await failure_of(p.acquire());
        CHECK(failure.code() == errc::acquire_timeout);
        CHECK(contains(failure.what(), "before_acquire"));
        g.open();
        auto lease = co_await p.acquire();
        CHECK(p.stats().opened == 2);
        lease.release();
        co_await p.close();
    });
}

TEST_CASE("a pool that is closed, or whose loop goes away, while before_acquire runs leaves nobody waiting") {
    gate g(63);
    for (const bool close : {true, false}) {
        auto loop = std::make_unique<asio::io_context>();
        std::optional<pool> p;
        p.emplace(*loop, pool_options{.connect = test_dsn(), .max_connections = 1,
                                      .before_acquire = [&](pgcoro::lease& one) -> asio::awaitable<bool> {
                                          co_await one.query("select 1 from pg_advisory_xact_lock_shared(63)");
                                          co_return true;
                                      }});
        background_ptr<pgcoro::lease> wanted;
        run(*loop, [&]() -> asio::awaitable<void> {
            wanted = begin(p->acquire());
            co_await until([&] { return g.waiting() >= 1; });
            if (close) {
                co_await p->close(1ms);
                CHECK(wanted->failure().code() == errc::pool_closed);
            }
        });
        if (!close) CHECK_FALSE(wanted->done());
        wanted.reset();
        if (close) p.reset();
        loop.reset();
    }
}

TEST_CASE("after_release sees each connection that was leased when it is in order again, and no other") {
    asio::io_context loop;
    std::vector<std::string> seen;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1,
                              .after_release = [&](pgcoro::lease& one) -> asio::awaitable<bool> {
                                  CHECK(PQtransactionStatus(one.native_handle()) == PQTRANS_IDLE);
                                  seen.push_back(co_await one.query_one<std::string>("select current_setting('work_mem')"));
                                  co_return true;
                              }});
    run(loop, [&]() -> asio::awaitable<void> {
        const auto usual = co_await p.query_one<std::string>("select current_setting('work_mem')");
        co_await p.query_one<int>("select 1").exclusive();
        CHECK(seen.empty());
        for (std::size_t i = 1; i <= 3; ++i) {
            auto lease = co_await p.acquire();
            co_await lease.execute("set work_mem = '19MB'");
            co_await lease.execute("begin");
            lease.release();
            const auto next = begin(p.query_one<int>("select 1"));
            co_await until([&] { return next->done(); });
            CHECK(seen == std::vector<std::string>(i, usual));
        }
        CHECK(p.stats().opened == 1);
        co_await p.close();
    });
}

TEST_CASE("a connection that after_release refuses, or leaves in a transaction, is closed and counted") {
    asio::io_context loop;
    int calls = 0;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1,
                              .after_release = [&](pgcoro::lease& one) -> asio::awaitable<bool> {
                                  ++calls;
                                  if (calls == 2) throw std::runtime_error("not this one");
                                  if (calls == 3) co_await one.execute("begin");
                                  co_return calls != 1;
                              }});
    run(loop, [&]() -> asio::awaitable<void> {
        std::set<int> pids;
        for (int i = 0; i < 4; ++i) {
            auto lease = co_await p.acquire();
            pids.insert(lease.backend_pid());
        }
        CHECK(co_await p.query_one<int>("select 1") == 1);
        CHECK(pids.size() == 4);
        CHECK(calls == 4);
        CHECK(p.stats().closed_by_hook == 3);
        CHECK(p.stats().opened == 4);
        co_await p.close();
    });
}

TEST_CASE("an on_connect that does not end costs the connection") {
    asio::io_context loop;
    gate g(64);
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1, .connect_timeout = 300ms,
                              .on_connect = [&](pgcoro::lease& one) -> asio::awaitable<void> {
                                  co_await one.query("select 1 from pg_advisory_xact_lock_shared(64)");
                              }});
    run(loop, [&]() -> asio::awaitable<void> {
        const auto failure = co_await failure_of(p.start());
        CHECK(failure.code() == errc::connect_timeout);
        CHECK(contains(failure.what(), "on_connect has not ended within 300 ms"));
        g.open();
        CHECK(co_await p.query_one<int>("select 1") == 1);
        co_await p.close();
    });
}

TEST_CASE("an after_release that does not end costs the connection") {
    asio::io_context loop;
    gate g(65);
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1, .connect_timeout = 300ms,
                              .after_release = [&](pgcoro::lease& one) -> asio::awaitable<bool> {
                                  co_await one.query("select 1 from pg_advisory_xact_lock_shared(65)");
                                  co_return true;
                              }});
    run(loop, [&]() -> asio::awaitable<void> {
        const int first = (co_await p.acquire()).backend_pid();
        CHECK(co_await p.query_one<int>("select pg_backend_pid()") != first);
        g.open();
        CHECK(p.stats().opened == 2);
        co_await p.close();
    });
}

TEST_CASE("a drain waits for after_release, too") {
    asio::io_context loop;
    bool ended = false;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1,
                              .after_release = [&](pgcoro::lease& one) -> asio::awaitable<bool> {
                                  co_await one.query("select pg_sleep(0.02)");
                                  ended = true;
                                  co_return true;
                              }});
    run(loop, [&]() -> asio::awaitable<void> {
        { auto lease = co_await p.acquire(); }
        co_await p.close();
        CHECK(ended);
    });
}

TEST_CASE("leases amid load: each comes through before_acquire and goes through after_release") {
    asio::io_context loop;
    int before = 0, after = 0, granted = 0, running = 0;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 3, .pipeline_depth = 4,
                              .before_acquire = [&](pgcoro::lease& one) -> asio::awaitable<bool> {
                                  co_await one.ping();
                                  co_return ++before % 7 != 0;
                              },
                              .after_release = [&](pgcoro::lease& one) -> asio::awaitable<bool> {
                                  co_await one.ping();
                                  co_return ++after % 5 != 0;
                              }});
    run(loop, [&]() -> asio::awaitable<void> {
        const auto lease_often = [&]() -> asio::awaitable<void> {
            ++running;
            for (int i = 0; i < 20; ++i) {
                auto lease = co_await p.acquire();
                ++granted;
                CHECK(co_await lease.query_one<int>("select 1") == 1);
            }
            --running;
        };
        const auto ask_often = [&]() -> asio::awaitable<void> {
            ++running;
            for (int i = 0; i < 100; ++i) CHECK(co_await p.query_one<int>("select 2") == 2);
            --running;
        };
        for (int i = 0; i < 5; ++i) {
            asio::co_spawn(loop, lease_often, [](std::exception_ptr failed) { CHECK_FALSE(failed); });
            asio::co_spawn(loop, ask_often, [](std::exception_ptr failed) { CHECK_FALSE(failed); });
        }
        co_await until([&] { return running == 10; });
        co_await until([&] { return running == 0; });
        co_await p.close();
        CHECK(granted == 100);
        CHECK(after == 100);
        CHECK(p.stats().closed_by_hook == static_cast<std::uint64_t>(before - granted + after / 5));
    });
}

} // namespace pool_hooks_tests

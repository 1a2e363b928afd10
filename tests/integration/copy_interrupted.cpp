// COPY cut off at every point: given up, cancelled, timed out, its backend ended, its pool closed.
#include "harness.hpp"

#include <memory>

namespace copy_interrupted_tests {

namespace {

using namespace pgcoro::testing;
using asio::cancellation_type;
using pgcoro::errc;
using pgcoro::execution_state;
using pgcoro::pool;
using pgcoro::sqlstate;

/// A coroutine that runs beside the test.
struct side_work {
    bool done = false;
    std::exception_ptr thrown;
    asio::cancellation_signal stop;

    pgcoro::error failure() const {
        REQUIRE(done);
        REQUIRE(thrown != nullptr);
        try {
            std::rethrow_exception(thrown);
        } catch (const pgcoro::error& e) {
            return e;
        }
    }
};

using side_work_ptr = std::shared_ptr<side_work>;

/// @param work lives until the coroutine has ended
template <class Work>
side_work_ptr start(asio::io_context& loop, Work& work) {
    auto started = std::make_shared<side_work>();
    asio::co_spawn(loop, work, asio::bind_cancellation_slot(started->stop.slot(), [started](std::exception_ptr e) {
                       started->thrown = e;
                       started->done = true;
                   }));
    return started;
}

/// One connection; a table, into which every row waits before a gate.
struct interruption_bench {
    explicit interruption_bench(int key)
        : p(loop, pgcoro::pool_options{.connect = test_dsn(), .max_connections = 1}), g(key) {
        const auto k = std::to_string(key);
        w.ask("drop table if exists gated; create table gated(n int, t text);"
              "create or replace function wait_before_gate() returns trigger language plpgsql as "
              "'begin perform pg_advisory_xact_lock_shared(" + k + "); return new; end';"
              "create trigger gate before insert on gated for each row execute function wait_before_gate();"
              "drop table if exists open_table; create table open_table(n int, t text)");
    }

    ~interruption_bench() { w.ask("drop table gated, open_table; drop function wait_before_gate"); }

    /// @param same_connection whether the pool still has to have its first one afterwards
    template <class Body>
    void run(Body&& body, bool same_connection = true) {
        pgcoro::testing::run(loop, [&]() -> asio::awaitable<void> {
            co_await body();
            CHECK(co_await p.query_one<int>("select 42") == 42);
            CHECK(co_await p.query_one<std::int64_t>("select count(*) from gated") == 0);
            CHECK(co_await p.query_one<std::int64_t>("select count(*) from open_table") == 0);
            if (same_connection) CHECK(p.stats().opened == 1);
            CHECK(w.number("select count(*) from pg_stat_activity where state like 'idle in transaction%'") == 0);
            co_await p.close();
        });
        loop.restart();
        loop.run_for(patience);
        CHECK(loop.stopped());
    }

    void end_backends() {
        w.ask("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and "
              "backend_type = 'client backend' and query like '%copy%'");
    }

    bool writing_blocks() { return g.waiting() == 1; }

    asio::io_context loop;
    witness w;
    pool p;
    gate g;
};

/// What the server sends of this is the beginning of a row, with which the COPY begins; then it waits before the gate.
pgcoro::runtime_sql stalling_query(int key) {
    return pgcoro::runtime_sql("select repeat('x', 20000) union all select 'y' from pg_advisory_xact_lock_shared("
                               + std::to_string(key) + ")");
}

/// More than all buffers on the way to the server hold.
const std::string& one_row_and_much_more() {
    static const std::string data = "1\tx\n" + [] {
        std::string line = "2\t" + std::string(1 << 16, 'y') + "\n", all;
        for (int i = 0; i < 500; ++i) all += line;
        return all;
    }();
    return data;
}

} // namespace

TEST_CASE("a writer given up stores nothing, and the connection is good") {
    interruption_bench b(71);
    b.run([&]() -> asio::awaitable<void> {
        {
            auto untouched = co_await b.p.copy_in_raw("copy open_table from stdin");
        }
        {
            auto writer = co_await b.p.copy_in<std::tuple<int, std::string>>("open_table");
            const std::tuple<int, std::string> row(1, std::string(1000, 'x'));
            for (int i = 0; i < 1000; ++i) co_await writer.write(row);
        }
        auto lease = co_await b.p.acquire();
        {
            auto writer = co_await lease.copy_in_raw("copy open_table from stdin");
            co_await writer.write("1\tx\n");
            auto moved = std::move(writer);
            writer = co_await [&]() -> asio::awaitable<pgcoro::raw_copy_writer> {
                moved = {};
                co_return co_await lease.copy_in_raw("copy open_table from stdin");
            }();
        }
        CHECK(co_await lease.query_one<std::int64_t>("select count(*) from open_table") == 0);
    });
}

TEST_CASE("a writer given up while the server is busy with a row has it stop") {
    interruption_bench b(72);
    b.run([&]() -> asio::awaitable<void> {
        {
            auto writer = co_await b.p.copy_in_raw("copy gated from stdin");
            co_await writer.write("1\tx\n");
            co_await writer.write(std::string(1 << 16, 'x'));
            co_await until([&] { return b.writing_blocks(); });
        }
        co_await until([&] { return b.g.waiting() == 0; });
    });
}

TEST_CASE("a reader given up has the server stop, and the connection is good") {
    interruption_bench b(73);
    b.run([&]() -> asio::awaitable<void> {
        {
            auto untouched = co_await b.p.copy_out_raw("copy (select 'one that goes on', generate_series(1, 100000000)) to stdout");
        }
        co_await until([&] { return b.w.running("one that goes on") == 0; });
        {
            auto reader = co_await b.p.copy_out<int>("select generate_series(1, 100000000)");
            for (int i = 1; i < 10000; ++i) CHECK(co_await reader.next() == i);
        }
        co_await until([&] { return b.w.running("generate_series") == 0; });
        {
            auto slow = co_await b.p.copy_out<std::string>(stalling_query(73));
            co_await until([&] { return b.g.waiting() == 1; });
        }
        co_await until([&] { return b.g.waiting() == 0; });
    });
}

TEST_CASE("a COPY is cancelled while it waits for a connection") {
    interruption_bench b(74);
    b.run([&]() -> asio::awaitable<void> {
        auto holder = co_await b.p.acquire();
        const auto copy = [&]() -> asio::awaitable<void> {
            co_await b.p.copy_in("open_table", std::vector<std::tuple<int, int>>());
        };
        const auto waiting = start(b.loop, copy);
        co_await until([&] { return b.p.stats().waiting == 1; });
        waiting->stop.emit(cancellation_type::terminal);
        co_await until([&] { return waiting->done; });
        CHECK(waiting->failure().code() == errc::operation_cancelled);
    });
}

TEST_CASE("a COPY is cancelled while it waits for a lock, before it begins") {
    interruption_bench b(75);
    b.run([&]() -> asio::awaitable<void> {
        witness locker;
        locker.ask("begin");
        locker.ask("lock table open_table in share row exclusive mode");
        const auto copy = [&]() -> asio::awaitable<void> {
            auto writer = co_await b.p.copy_in_raw("copy open_table from stdin");
        };
        for (const bool terminal : {true, false}) {
            const auto waiting = start(b.loop, copy);
            co_await until([&] { return b.w.number("select count(*) from pg_stat_activity where wait_event_type = 'Lock'") == 1; });
            waiting->stop.emit(terminal ? cancellation_type::terminal : cancellation_type::partial);
            if (!terminal) locker.ask("rollback");   // it goes on: co_spawn heeds terminal cancellation alone
            co_await until([&] { return waiting->done; });
            if (terminal) CHECK(waiting->failure().code() == errc::operation_cancelled);
            else CHECK(waiting->thrown == nullptr);
        }
    });
}

TEST_CASE("a write is cancelled while the server takes no more") {
    interruption_bench b(76);
    b.run([&]() -> asio::awaitable<void> {
        pgcoro::raw_copy_writer writer = co_await b.p.copy_in_raw("copy gated from stdin");
        const auto write = [&]() -> asio::awaitable<void> { co_await writer.write(one_row_and_much_more()); };
        const auto writing = start(b.loop, write);
        co_await until([&] { return b.writing_blocks(); });
        CHECK_FALSE(writing->done);
        writing->stop.emit(cancellation_type::terminal);
        co_await until([&] { return writing->done; });
        CHECK(writing->failure().code() == errc::operation_cancelled);
        CHECK(writing->failure().execution() == execution_state::rejected);
        // The COPY has ended: what was written may have been cut in the middle.
        const auto later = [&]() -> asio::awaitable<void> { co_await writer.finish(); };
        const auto finishing = start(b.loop, later);
        co_await until([&] { return finishing->done; });
        CHECK(finishing->failure().code() == errc::copy_failed);
        co_await until([&] { return b.g.waiting() == 0; });
    });
}

TEST_CASE("the end of a COPY is cancelled while the server works on its rows") {
    interruption_bench b(77);
    b.run([&]() -> asio::awaitable<void> {
        const auto copy = [&]() -> asio::awaitable<void> {
            auto writer = co_await b.p.copy_in_raw("copy gated from stdin");
            co_await writer.write("1\tx\n");
            co_await writer.finish();
        };
        const auto finishing = start(b.loop, copy);
        co_await until([&] { return b.writing_blocks(); });
        finishing->stop.emit(cancellation_type::terminal);
        co_await until([&] { return finishing->done; });
        CHECK(finishing->failure().code() == errc::operation_cancelled);
        CHECK(finishing->failure().execution() == execution_state::unknown);
        co_await until([&] { return b.g.waiting() == 0; });
    });
}

TEST_CASE("a read is cancelled while the server has no row") {
    interruption_bench b(78);
    b.run([&]() -> asio::awaitable<void> {
        // PostgreSQL 17 sends the long row before it stalls.
        const int sent = b.w.number("show server_version_num") >= 170000 ? 1 : 0;
        bool begun = false;
        int rows = 0;
        const auto copy = [&]() -> asio::awaitable<void> {
            auto reader = co_await b.p.copy_out<std::string>(stalling_query(78));
            begun = true;
            while (co_await reader.next()) ++rows;
        };
        const auto reading = start(b.loop, copy);
        co_await until([&] { return begun && rows == sent && b.g.waiting() == 1; });
        reading->stop.emit(cancellation_type::terminal);
        co_await until([&] { return reading->done; });
        CHECK(reading->failure().code() == errc::operation_cancelled);
        co_await until([&] { return b.g.waiting() == 0; });
    });
}

TEST_CASE("every wait of a COPY may have a time limit") {
    interruption_bench b(79);
    b.run([&]() -> asio::awaitable<void> {
        const auto write = [&]() -> asio::awaitable<void> {
            auto writer = co_await b.p.copy_in_raw("copy gated from stdin", pgcoro::copy_options().time_limit(200ms));
            co_await writer.write(one_row_and_much_more());
        };
        const auto read = [&]() -> asio::awaitable<void> {
            auto reader = co_await b.p.copy_out<std::string>(stalling_query(79),
                                                     pgcoro::copy_options().time_limit(200ms));
            while (co_await reader.next()) {}
        };
        const auto writing = start(b.loop, write);
        co_await until([&] { return writing->done; });
        CHECK(writing->failure().code() == errc::query_timeout);
        const auto reading = start(b.loop, read);
        co_await until([&] { return reading->done; });
        CHECK(reading->failure().code() == errc::query_timeout);
    });
}

TEST_CASE("the backend is ended while rows are written") {
    interruption_bench b(80);
    b.run(
        [&]() -> asio::awaitable<void> {
            const auto copy = [&]() -> asio::awaitable<void> {
                auto writer = co_await b.p.copy_in_raw("copy gated from stdin");
                co_await writer.write(one_row_and_much_more());
            };
            const auto writing = start(b.loop, copy);
            co_await until([&] { return b.writing_blocks(); });
            b.end_backends();
            co_await until([&] { return writing->done; });
            CHECK(writing->failure().execution() == execution_state::rejected);
            const bool said_why = writing->failure().code() == sqlstate::admin_shutdown
                                  || writing->failure().code() == errc::connection_lost;
            CHECK_MESSAGE(said_why, writing->failure().what());
        },
        false);
}

TEST_CASE("the backend is ended while nothing is written, and the next call says so") {
    interruption_bench b(81);
    b.run(
        [&]() -> asio::awaitable<void> {
            auto writer = co_await b.p.copy_in_raw("copy open_table from stdin");
            co_await writer.write("1\tx\n");
            b.end_backends();
            co_await until([&] { return b.p.stats().closed_by_error == 1; });
            const auto finish = [&]() -> asio::awaitable<void> { co_await writer.finish(); };
            const auto finishing = start(b.loop, finish);
            co_await until([&] { return finishing->done; });
            CHECK(finishing->failure().code() == sqlstate::admin_shutdown);
            CHECK(finishing->failure().execution() == execution_state::rejected);
        },
        false);
}

TEST_CASE("the backend is ended when it has all rows: the outcome is unknown") {
    interruption_bench b(82);
    b.run(
        [&]() -> asio::awaitable<void> {
            const auto copy = [&]() -> asio::awaitable<void> {
                auto writer = co_await b.p.copy_in_raw("copy gated from stdin");
                co_await writer.write("1\tx\n");
                co_await writer.finish();
            };
            const auto finishing = start(b.loop, copy);
            co_await until([&] { return b.writing_blocks(); });
            b.end_backends();
            co_await until([&] { return finishing->done; });
            CHECK(finishing->failure().code() == sqlstate::admin_shutdown);
            CHECK(finishing->failure().execution() == execution_state::unknown);
        },
        false);
}

TEST_CASE("the backend is ended while rows are read") {
    interruption_bench b(83);
    b.run(
        [&]() -> asio::awaitable<void> {
            const auto copy = [&]() -> asio::awaitable<void> {
                auto reader = co_await b.p.copy_out<std::string>(stalling_query(83));
                while (co_await reader.next()) {}
            };
            const auto reading = start(b.loop, copy);
            co_await until([&] { return b.g.waiting() == 1; });
            b.end_backends();
            co_await until([&] { return reading->done; });
            CHECK(reading->failure().code() == sqlstate::admin_shutdown);
        },
        false);
}

TEST_CASE("a pool that is closed at once ends its COPY") {
    interruption_bench b(84);
    run(b.loop, [&]() -> asio::awaitable<void> {
        auto writer = co_await b.p.copy_in_raw("copy gated from stdin");
        const auto write = [&]() -> asio::awaitable<void> { co_await writer.write(one_row_and_much_more()); };
        const auto writing = start(b.loop, write);
        co_await until([&] { return b.writing_blocks(); });
        co_await b.p.close(10ms);
        co_await until([&] { return writing->done; });
        CHECK(writing->failure().code() == errc::pool_closed);
        CHECK(writing->failure().execution() == execution_state::rejected);
        b.g.open();
        co_await until([&] { return b.w.running("copy gated") == 0; });
        CHECK(b.w.number("select count(*) from gated") == 0);
    });
    b.loop.restart();
    b.loop.run_for(patience);
    CHECK(b.loop.stopped());
}

TEST_CASE("a pool that drains waits for its COPY") {
    interruption_bench b(85);
    run(b.loop, [&]() -> asio::awaitable<void> {
        auto writer = co_await b.p.copy_in_raw("copy open_table from stdin");
        const auto closing = begin(b.p.close());
        co_await writer.write("1\tx\n");
        CHECK_FALSE(closing->done());
        CHECK(co_await writer.finish() == 1);
        co_await until([&] { return closing->done(); });
        b.w.ask("delete from open_table");
    });
}

TEST_CASE("a lease that is returned with a COPY under way is clean for the next") {
    interruption_bench b(86);
    b.run([&]() -> asio::awaitable<void> {
        auto lease = co_await b.p.acquire();
        co_await lease.execute("begin");
        auto writer = co_await lease.copy_in_raw("copy open_table from stdin");
        co_await writer.write("1\tx\n");
        lease.release();
        CHECK(co_await b.p.query_one<int>("select 1") == 1);
        const auto finish = [&]() -> asio::awaitable<void> { co_await writer.finish(); };
        const auto finishing = start(b.loop, finish);
        co_await until([&] { return finishing->done; });
        CHECK(finishing->failure().code() == errc::copy_failed);
        lease = co_await b.p.acquire();
        auto reader = co_await lease.copy_out_raw("copy (select generate_series(1, 100000000)) to stdout");
        lease.release();
        CHECK(co_await b.p.query_one<int>("select 1") == 1);
    });
}

TEST_CASE("statements are refused while a COPY has their connection, and steps beside a step") {
    interruption_bench b(87);
    b.run([&]() -> asio::awaitable<void> {
        auto lease = co_await b.p.acquire();
        auto writer = co_await lease.copy_in_raw("copy gated from stdin");
        const auto refused = co_await failure_of(lease.query("select 1"));
        CHECK(refused.code() == errc::copy_failed);
        CHECK(refused.execution() == execution_state::not_sent);
        const auto write = [&]() -> asio::awaitable<void> { co_await writer.write(one_row_and_much_more()); };
        const auto writing = start(b.loop, write);
        co_await until([&] { return b.writing_blocks(); });
        const auto second = start(b.loop, write);
        co_await until([&] { return second->done; });
        CHECK(second->failure().code() == errc::copy_failed);
        writer = {};
        co_await until([&] { return writing->done; });
        CHECK(writing->failure().code() == errc::operation_cancelled);
        CHECK(co_await lease.query_one<int>("select 1") == 1);
    });
}

TEST_CASE("a transaction that is committed with a COPY under way is rolled back") {
    interruption_bench b(88);
    b.run([&]() -> asio::awaitable<void> {
        auto tx = co_await b.p.begin();
        co_await tx.execute("insert into open_table values (1, 'x')");
        auto writer = co_await tx.copy_in_raw("copy open_table from stdin");
        co_await writer.write("1\tx\n");
        const auto failure = co_await failure_of(tx.commit());
        CHECK(failure.code() == errc::copy_failed);
    });
}

TEST_CASE("an empty or finished handle says that it is") {
    interruption_bench b(89);
    b.run([&]() -> asio::awaitable<void> {
        pgcoro::raw_copy_writer writer;
        pgcoro::copy_reader<int> reader;
        const auto write = [&]() -> asio::awaitable<void> { co_await writer.write("x"); };
        const auto read = [&]() -> asio::awaitable<void> { co_await reader.next(); };
        const auto writing = start(b.loop, write), reading = start(b.loop, read);
        co_await until([&] { return writing->done && reading->done; });
        CHECK(writing->failure().code() == errc::not_connected);
        CHECK(reading->failure().code() == errc::not_connected);
        writer = co_await b.p.copy_in_raw("copy open_table from stdin");
        CHECK(co_await writer.finish() == 0);
        const auto again = start(b.loop, write);
        co_await until([&] { return again->done; });
        CHECK(again->failure().code() == errc::not_connected);
    });
}

TEST_CASE("handles of a COPY outlive their pool and their loop") {
    pgcoro::raw_copy_writer writer, writing_still;
    pgcoro::copy_reader<int> reader;
    interruption_bench outer(90);
    {
        asio::io_context loop;
        pool p(loop, pgcoro::pool_options{.connect = test_dsn(), .max_connections = 3});
        const auto write = [&]() -> asio::awaitable<void> { co_await writing_still.write(one_row_and_much_more()); };
        side_work_ptr stuck;
        run(loop, [&]() -> asio::awaitable<void> {
            writer = co_await p.copy_in_raw("copy open_table from stdin");
            writing_still = co_await p.copy_in_raw("copy gated from stdin");
            reader = co_await p.copy_out<int>("select generate_series(1, 100000000)");
            CHECK(co_await reader.next() == 1);
            stuck = start(loop, write);
            co_await until([&] { return outer.writing_blocks(); });
        });
    }
    writer = {};
    writing_still = {};
    reader = {};
    outer.g.open();
    outer.run([&]() -> asio::awaitable<void> { co_await until([&] { return outer.w.running("copy gated") == 0; }); });
}

TEST_CASE("a stand-alone connection is closed with a COPY under way") {
    interruption_bench b(91);
    b.run([&]() -> asio::awaitable<void> {
        auto conn = co_await pgcoro::connect(b.loop.get_executor(), test_dsn());
        auto writer = co_await conn.copy_in_raw("copy open_table from stdin");
        co_await writer.write("1\tx\n");
        co_await conn.close();
        conn = co_await pgcoro::connect(b.loop.get_executor(), test_dsn());
        writer = co_await conn.copy_in_raw("copy open_table from stdin");
        conn = {};
        const auto finish = [&]() -> asio::awaitable<void> { co_await writer.finish(); };
        const auto finishing = start(b.loop, finish);
        co_await until([&] { return finishing->done; });
        CHECK(finishing->failure().code() == errc::not_connected);
    });
}

} // namespace copy_interrupted_tests

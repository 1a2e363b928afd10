// Cancels and conflicts that hit what may have committed part of its work: CALL and DO.
#include <algorithm>
#include <functional>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "harness.hpp"

namespace cancel_procedures_tests {

namespace {

using namespace pgcoro::testing;
using pgcoro::errc;
using pgcoro::execution_state;
using pgcoro::pool;
using pgcoro::pool_options;
using pgcoro::runtime_sql;
using pgcoro::sqlstate;

constexpr int gate_key = 75;

/// What the procedures write: one row for each step that they have committed.
void make_procedures(witness& w) {
    w.ask("drop table if exists procedure_steps; create table procedure_steps(run int, step int)");
    w.ask("create or replace procedure two_steps(run int, key int) language plpgsql as $$ begin "
          "insert into procedure_steps values (run, 1); commit; "
          "perform pg_advisory_xact_lock_shared(key); "
          "insert into procedure_steps values (run, 2); commit; end $$");
    w.ask("create or replace procedure commit_and_raise(run int, state text) language plpgsql as $$ begin "
          "insert into procedure_steps values (run, 1); commit; "
          "insert into procedure_steps values (run, 2); raise exception 'raised' using errcode = state; end "
          "$$");
}

void drop_procedures(witness& w) {
    w.ask("drop procedure two_steps; drop procedure commit_and_raise; drop table procedure_steps");
}

std::string steps_of(witness& w, int run) {
    return w.ask(
        "select coalesce(string_agg(step::text, ',' order by step), 'none') from procedure_steps where run = "
        + std::to_string(run));
}

/// The block that does what `two_steps` does.
std::string block_of(int run) {
    const auto number = std::to_string(run);
    return "do $$ begin insert into procedure_steps values (" + number
           + ", 1); commit; "
             "perform pg_advisory_xact_lock_shared("
           + std::to_string(gate_key)
           + "); "
             "insert into procedure_steps values ("
           + number + ", 2); commit; end $$";
}

/// Begins CALL or DO on a pool or connection.
template <class Verbs>
auto begin_two_steps(const Verbs& on, bool as_block, int run,
                     std::chrono::milliseconds time_limit = patience) {
    if (as_block) return begin(on.execute(runtime_sql(block_of(run))).timeout(time_limit));
    return begin(on.execute("call two_steps($1, $2)", run, gate_key).timeout(time_limit));
}

enum class interruption { by_slot, by_time_limit, by_server };

/// Interrupts a CALL or DO after its first step. Nothing may send it again.
template <class Verbs>
asio::awaitable<void> interrupt_second_step(const Verbs& on, witness& w, bool as_block, interruption how,
                                            int run) {
    gate g(gate_key);
    const auto limit = how == interruption::by_time_limit ? 1500ms : std::chrono::milliseconds(patience);
    const auto hit = begin_two_steps(on, as_block, run, limit);
    co_await until([&] { return g.waiting() == 1; });
    CHECK(steps_of(w, run) == "1");
    if (how == interruption::by_slot) hit->cancel();
    if (how == interruption::by_server)
        w.ask("select pg_cancel_backend(pid) from pg_locks where locktype = 'advisory' and not granted and "
              "objid = "
              + std::to_string(gate_key));
    co_await until([&] { return hit->done() && g.waiting() == 0; });
    const auto failure = hit->failure();
    if (how == interruption::by_slot) CHECK(failure.code() == errc::operation_cancelled);
    if (how == interruption::by_time_limit) CHECK(failure.code() == errc::query_timeout);
    if (how == interruption::by_server) CHECK(failure.code() == sqlstate::query_canceled);
    CHECK(failure.execution() == execution_state::unknown);
    g.open();
    CHECK(co_await on.template query_one<int>("select 1") == 1);
    CHECK(steps_of(w, run) == "1");
}

/// Runs a test with the procedures, on a pool of one connection.
void with_procedures(const std::function<asio::awaitable<void>(pool&, witness&)>& body) {
    witness w;
    make_procedures(w);
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1});
    run(loop, [&]() -> asio::awaitable<void> {
        co_await body(p, w);
        co_await p.close();
    });
    drop_procedures(w);
}

} // namespace

TEST_CASE(
    "a CALL or DO that is interrupted after it committed part of its work is unknown, and never sent again") {
    with_procedures([](pool& p, witness& w) -> asio::awaitable<void> {
        int run = 0;
        for (const bool as_block : {false, true})
            for (const auto how :
                 {interruption::by_slot, interruption::by_time_limit, interruption::by_server}) {
                CAPTURE(as_block);
                CAPTURE(static_cast<int>(how));
                co_await interrupt_second_step(p, w, as_block, how, ++run);
                auto lease = co_await p.acquire();
                co_await interrupt_second_step(lease, w, as_block, how, ++run);
            }
        CHECK(p.stats().opened == 1);
    });
}

TEST_CASE("any error that ends a CALL or DO after it committed leaves it unknown, and one before it ran does not") {
    with_procedures([](pool& p, witness& w) -> asio::awaitable<void> {
        const auto script_failure = [&p](std::string text) -> asio::awaitable<pgcoro::error> {
            try {
                co_await p.execute_script(text);
            } catch (const pgcoro::error& e) {
                co_return e;
            }
            throw std::logic_error("the script succeeded: " + text);
        };
        const auto block = [](int number) {
            return "do $$ begin insert into procedure_steps values (" + std::to_string(number)
                   + ", 1); commit; raise unique_violation; end $$";
        };
        int run = 1000;
        for (int times = 0; times < 2; ++times) {   // first unknown to the pool, then known
            const auto by_call = co_await failure_of(p.execute("call commit_and_raise($1, '23505')", ++run));
            CHECK(by_call.code() == sqlstate::unique_violation);
            CHECK(by_call.execution() == execution_state::unknown);
            CHECK(steps_of(w, run) == "1");
            const auto by_block = co_await failure_of(p.execute(runtime_sql(block(++run))));
            CHECK(by_block.execution() == execution_state::unknown);
            CHECK(steps_of(w, run) == "1");
        }
        const auto by_script = co_await script_failure(block(++run));
        CHECK(by_script.execution() == execution_state::unknown);
        CHECK(steps_of(w, run) == "1");

        const auto missing = co_await failure_of(p.execute("call no_such_procedure()"));
        CHECK(missing.execution() == execution_state::rejected);
        const auto missing_in_script = co_await script_failure("call no_such_procedure()");
        CHECK(missing_in_script.execution() == execution_state::rejected);
    });
}

TEST_CASE("a conflict that ends a CALL half-way leaves it unknown, since what it committed stays") {
    with_procedures([](pool& p, witness& w) -> asio::awaitable<void> {
        int run = 0;
        // Deadlocks, serialization failures, locks not to be had, disks that are full: what a caller may want
        // to repeat.
        for (const char* const state : {"40P01", "40001", "57014", "55P03", "53100"}) {
            CAPTURE(state);
            const auto failure =
                co_await failure_of(p.execute("call commit_and_raise($1, $2)", ++run, state));
            CHECK(failure.code() == pgcoro::make_sqlstate(state));
            CHECK(failure.execution() == execution_state::unknown);
            CHECK(steps_of(w, run) == "1");
        }
    });
}

TEST_CASE("a late cancel of a statement never hits the CALL or DO that follows it on its connection") {
    witness w;
    make_procedures(w);
    constexpr int rounds = 100;
    for (const bool leased : {false, true}) {
        CAPTURE(leased);
        w.ask("truncate procedure_steps");
        asio::io_context loop;
        pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1});
        int failed = 0;
        run(loop, [&]() -> asio::awaitable<void> {
            std::minstd_rand random(17);
            asio::steady_timer timer(loop);
            const auto follow = [&](const auto& on, int i) -> asio::awaitable<void> {
                const auto target = begin(on.query("select pg_sleep(0.001)"));
                timer.expires_after(std::chrono::microseconds(500 + random() % 2000));
                co_await timer.async_wait(asio::use_awaitable);
                target->cancel();
                const auto next = begin_two_steps(on, i % 2 != 0, i);
                co_await until([&] { return next->done(); });
                failed += !next->succeeded();
            };
            if (leased) {
                auto lease = co_await p.acquire();
                for (int i = 0; i < rounds; ++i) co_await follow(lease, i);
            } else {
                for (int i = 0; i < rounds; ++i) co_await follow(p, i);
            }
            co_await p.close();
        });
        CHECK(failed == 0);
        CHECK(w.number("select count(*) from procedure_steps") == 2 * rounds);
        CHECK(w.number("select count(distinct (run, step)) from procedure_steps") == 2 * rounds);
    }
    drop_procedures(w);
}

TEST_CASE("a cancel on a lease does not hit what its holder asked for behind the cancelled statement") {
    witness w;
    make_procedures(w);
    constexpr int rounds = 60;
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1});
    int failed = 0;
    run(loop, [&]() -> asio::awaitable<void> {
        std::minstd_rand random(19);
        asio::steady_timer timer(loop);
        auto lease = co_await p.acquire();
        co_await lease.query("select pg_sleep(0.001)"); // described: what follows is sent at once
        co_await lease.execute("call two_steps($1, $2)", -1, gate_key);
        co_await lease.execute(
            "insert into procedure_steps select $1, 1 from pg_advisory_xact_lock_shared($2)", -1, gate_key);
        for (int i = 0; i < rounds; ++i) {
            gate g(gate_key);
            const auto target = begin(lease.query("select pg_sleep(0.001)"));
            const auto behind = i % 3 < 2
                                    ? begin_two_steps(lease, i % 3 == 0, i)
                                    : begin(lease.execute("insert into procedure_steps select $1, 1 from "
                                                          "pg_advisory_xact_lock_shared($2)",
                                                          i, gate_key));
            timer.expires_after(std::chrono::microseconds(random() % 2000));
            co_await timer.async_wait(asio::use_awaitable);
            target->cancel();
            co_await until([&] { return target->done() && (g.waiting() == 1 || behind->done()); });
            g.open();
            co_await until([&] { return behind->done(); });
            failed += !behind->succeeded();
        }
        lease.release();
        co_await p.close();
    });
    CHECK(failed == 0);
    CHECK(w.number("select count(*) from procedure_steps where run >= 0") == rounds / 3 * 5);
    CHECK(w.number("select count(distinct (run, step)) from procedure_steps where run >= 0")
          == rounds / 3 * 5);
    drop_procedures(w);
}

TEST_CASE("a CALL does not go behind a cancelled statement whose cancel waits for its turn") {
    witness w;
    make_procedures(w);
    constexpr int leases = 40; // more than there may be cancels at once
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = leases});
    int failed = 0;
    run(loop, [&]() -> asio::awaitable<void> {
        std::vector<pgcoro::lease> held;
        for (int i = 0; i < leases; ++i) held.push_back(co_await p.acquire());
        for (auto& lease : held) co_await lease.execute("call two_steps($1, $2)", -1, gate_key);
        gate g(gate_key);
        std::vector<background_ptr<pgcoro::result>> targets;
        std::vector<background_ptr<pgcoro::command_tag>> calls;
        for (int i = 0; i < leases; ++i)
            targets.push_back(begin(
                held[static_cast<std::size_t>(i)].query("select pg_sleep($1::float8)", 0.05 + 0.001 * i)));
        co_await until([&] { return w.sleeping("select pg_sleep($1::float8)") == leases; });
        for (int i = 0; i < leases; ++i) {
            targets[static_cast<std::size_t>(i)]->cancel();
            calls.push_back(
                begin(held[static_cast<std::size_t>(i)].execute("call two_steps($1, $2)", i, gate_key)));
        }
        const auto answered = [&] {
            return std::ranges::count_if(calls, [](const auto& c) { return c->done(); });
        };
        co_await until([&] { return g.waiting() + answered() == leases; });
        g.open();
        co_await until([&] { return all_done(calls); });
        for (const auto& c : calls) failed += !c->succeeded();
        held.clear();
        co_await p.close();
    });
    CHECK(failed == 0);
    CHECK(w.number("select count(*) from procedure_steps where run >= 0") == 2 * leases);
    drop_procedures(w);
}

} // namespace cancel_procedures_tests

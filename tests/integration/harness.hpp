// What the tests of pools, faults and cancelling share: a loop with a deadline, a second pair of eyes on the server.
#pragma once

#include <pgcoro/pgcoro.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <doctest/doctest.h>
#include <exception>
#include <libpq-fe.h>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "fixture.hpp"

namespace pgcoro::testing {

namespace asio = boost::asio;
using namespace std::chrono_literals;

inline constexpr pgcoro::concurrency both_modes[] = {pgcoro::concurrency::thread_safe, pgcoro::concurrency::single_threaded};

/// How long a test may wait for anything: far more than it takes.
inline constexpr auto patience = 60s;

/// A blocking connection beside the one under test, to look at the server and to do things to it.
class witness {
public:
    explicit witness(const std::string& dsn = test_dsn()) : conn_(PQconnectdb(dsn.c_str()), &PQfinish) {
        if (PQstatus(conn_.get()) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(conn_.get()));
        PQsetNoticeProcessor(conn_.get(), [](void*, const char*) {}, nullptr);
    }

    /// The first value of the result, empty if there is none.
    std::string ask(const std::string& sql) {
        const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(conn_.get(), sql.c_str()), &PQclear);
        const auto status = PQresultStatus(result.get());
        if (status == PGRES_COMMAND_OK) return {};
        if (status != PGRES_TUPLES_OK) throw std::runtime_error(PQresultErrorMessage(result.get()));
        return PQntuples(result.get()) == 0 ? std::string() : PQgetvalue(result.get(), 0, 0);
    }

    int number(const std::string& sql) { return std::stoi(ask(sql)); }

    /// How many backends run a statement right now whose text has this in it.
    int running(const std::string& text) {
        return number("select count(*) from pg_stat_activity where state = 'active' and pid <> pg_backend_pid() and "
                      "position('"
                      + text + "' in query) > 0");
    }

    /// How many backends are in `pg_sleep` of a statement whose text has this in it: beyond being parsed, which for a
    /// statement's first use is a flight of its own.
    int sleeping(const std::string& text) {
        return number("select count(*) from pg_stat_activity where wait_event = 'PgSleep' and position('" + text + "' in query) > 0");
    }

private:
    std::unique_ptr<PGconn, decltype(&PQfinish)> conn_;
};

/// Holds statements up on the server for as long as it is shut: those that say
/// `select 1 from pg_advisory_xact_lock_shared(key)`.
class gate {
public:
    explicit gate(int key, const std::string& dsn = test_dsn()) : key_(std::to_string(key)), keeper_(dsn) {
        keeper_.ask("select pg_advisory_lock(" + key_ + ")");
    }

    void open() { keeper_.ask("select pg_advisory_unlock_all()"); }

    /// How many statements stand before it.
    int waiting() {
        return keeper_.number("select count(*) from pg_locks where locktype = 'advisory' and not granted and objid = "
                              + key_);
    }

    witness& keeper() noexcept { return keeper_; }

private:
    std::string key_;
    witness keeper_;
};

/// Runs a loop until a coroutine has ended; a test that hangs fails.
inline void run_to_end(asio::io_context& loop, asio::awaitable<void> body) {
    bool done = false;
    std::exception_ptr failed;
    asio::co_spawn(loop, std::move(body), [&](std::exception_ptr e) {
        done = true;
        failed = std::move(e);
    });
    loop.restart();
    for (const auto deadline = std::chrono::steady_clock::now() + patience;
         !done && std::chrono::steady_clock::now() < deadline;)
        if (loop.run_one_until(deadline) == 0 && loop.stopped()) break;
    if (failed) std::rethrow_exception(failed);
    if (!done) throw std::runtime_error("the test's coroutine did not end");
}

/// The same with a function without parameters that returns `awaitable<void>`. Asio would make a dozen functions of its own
/// for each such function.
template <class Body>
void run(asio::io_context& loop, Body&& body) {
    run_to_end(loop, body());
}

/// A function without parameters that lives elsewhere.
class condition_ref {
public:
    template <class Condition>
    explicit condition_ref(Condition& condition) noexcept
        : condition_(std::addressof(condition)),
          holds_([](const void* c) -> bool { return (*static_cast<Condition*>(const_cast<void*>(c)))(); }) {}

    bool operator()() const { return holds_(condition_); }

private:
    const void* condition_;
    bool (*holds_)(const void*);
};

inline asio::awaitable<void> until_met(condition_ref condition) {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    for (const auto deadline = std::chrono::steady_clock::now() + patience; !condition();) {
        if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("a condition was not met in time");
        timer.expires_after(1ms);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

/// Waits for a condition, which has to live as long, at most `patience`.
template <class Condition>
asio::awaitable<void> until(Condition&& condition) {
    return until_met(condition_ref(condition));
}

/// The same without a loop.
template <class Condition>
void block_until(Condition&& condition) {
    for (const auto deadline = std::chrono::steady_clock::now() + patience; !condition();) {
        if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("a condition was not met in time");
        std::this_thread::sleep_for(1ms);
    }
}

/// Lets a loop run until a condition holds.
template <class Condition>
void run_until(asio::io_context& loop, Condition&& condition) {
    run(loop, [&]() -> asio::awaitable<void> { co_await until(condition); });
}

/// An operation that was begun and is not awaited.
template <class T>
struct background {
    std::optional<boost::system::result<T, error>> answer;
    asio::cancellation_signal signal;
    int answers = 0;

    bool done() const noexcept { return answer.has_value(); }
    bool succeeded() const noexcept { return done() && answer->has_value(); }
    void cancel(asio::cancellation_type type = asio::cancellation_type::terminal) { signal.emit(type); }

    error failure() const {
        REQUIRE(done());
        REQUIRE(answer->has_error());
        return answer->error();
    }

    const auto& value() const {
        REQUIRE(done());
        if (answer->has_error()) throw answer->error();
        return answer->value();
    }
};

template <class T>
using background_ptr = std::shared_ptr<background<T>>;

/// Begins an operation. Its handler runs on the pool's executor, as callbacks do.
template <class Operation>
auto begin(Operation op) {
    auto started = std::make_shared<background<typename Operation::value_type>>();
    std::move(op).as_result()(asio::bind_cancellation_slot(
        started->signal.slot(),
        [started](boost::system::result<typename Operation::value_type, error> answer) {
            ++started->answers;
            started->answer.emplace(std::move(answer));
        }));
    return started;
}

/// Whether all operations of a container of `background_ptr` have been answered.
template <class Started>
bool all_done(const Started& started) {
    for (const auto& s : started)
        if (!s->done()) return false;
    return true;
}

/// The error with which an operation ends.
template <class Operation>
asio::awaitable<error> failure_of(Operation op) {
    auto answer = co_await std::move(op).as_result();
    if (answer.has_value()) throw std::runtime_error("it succeeded");
    co_return answer.error();
}

/// Whether a text has another in it.
inline bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

} // namespace pgcoro::testing

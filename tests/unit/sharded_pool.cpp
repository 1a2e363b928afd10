// Pools on several loops that reach no server: whose pool one gets, how the loops end, what becomes of those
// who wait.
#include <pgcoro/sharded_pool.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <deque>
#include <doctest/doctest.h>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include "thrown_error.hpp"

namespace sharded_pool_tests {

using namespace pgcoro;
using namespace std::chrono_literals;
namespace asio = boost::asio;

pool_options nowhere() {
    pool_options options;
    options.connect = "host=/nonexistent dbname=nowhere";
    options.acquire_timeout = 60s;
    options.reconnect.initial = 60s;
    options.reconnect.maximum = 60s;
    return options;
}

/// The value of a future that comes in time.
template <class T>
T get(std::future<T> future) {
    REQUIRE(future.wait_for(60s) == std::future_status::ready);
    return future.get();
}

/// The code of the error that a future has.
template <class T>
boost::system::error_code code_of(std::future<T> future) {
    try {
        static_cast<void>(get(std::move(future)));
    } catch (const error& e) {
        return e.code();
    }
    return {};
}

/// What a function returns on a loop.
template <class Function>
auto on_loop(const sharded_pool& db, std::size_t index, Function function) {
    return get(asio::post(db.executor(index), asio::use_future(std::move(function))));
}

/// Begins queries on a loop, which will wait there, and counts the answers by their codes.
struct waiting_queries {
    std::atomic<int> begun = 0, closed = 0, otherwise = 0;

    void begin(sharded_pool& db, std::size_t index) {
        on_loop(db, index, [&] {
            begin_here(db, db.executor(index));
            return 0;
        });
    }

    void begin_here(sharded_pool& db, const asio::any_io_executor& handlers) {
        ++begun;
        db.local()
            .query<int>("select 1")
            .as_result()(asio::bind_executor(
                handlers, [this](const boost::system::result<std::vector<int>, error>& answer) {
                    ++(answer.has_error() && answer.error().code() == errc::pool_closed ? closed : otherwise);
                }));
    }
};

/// Ends a test that hangs.
class watchdog {
public:
    ~watchdog() {
        done_.set_value();
        thread_.join();
    }

private:
    std::promise<void> done_;
    std::thread thread_{[this] {
        if (done_.get_future().wait_for(60s) == std::future_status::ready) return;
        MESSAGE("the loops did not end");
        std::abort();
    }};
};

} // namespace sharded_pool_tests

using namespace sharded_pool_tests;

TEST_CASE("a sharded pool without a loop, and one on something else than io_contexts, is refused") {
    CHECK(testing::thrown_by([] { sharded_pool(0, nowhere()); }).code() == errc::configuration_invalid);
    std::vector<asio::any_io_executor> executors;
    CHECK(testing::thrown_by([&] { sharded_pool(executors, nowhere()); }).code()
          == errc::configuration_invalid);
    asio::thread_pool threads(1);
    executors.emplace_back(threads.get_executor());
    CHECK(testing::thrown_by([&] { sharded_pool(executors, nowhere()); }).code()
          == errc::configuration_invalid);
    auto impossible = nowhere();
    impossible.max_connections = 0;
    CHECK(testing::thrown_by([&] { sharded_pool(2, impossible); }).code() == errc::configuration_invalid);
}

TEST_CASE("a handler gets the pool of its own loop, and elsewhere there is none") {
    sharded_pool db(3, nowhere());
    CHECK(db.size() == 3);
    for (std::size_t i = 0; i < db.size(); ++i)
        CHECK(on_loop(db, i, [&] { return &db.local(); }) == &db.pool_of(i));
    CHECK(testing::thrown_by([&] { static_cast<void>(db.local()); }).code() == errc::wrong_thread);
    sharded_pool other(1, nowhere());
    CHECK(on_loop(other, 0, [&] { return testing::thrown_by([&] { static_cast<void>(db.local()); }).code(); })
          == errc::wrong_thread);
    CHECK_THROWS_AS(db.pool_of(3), std::out_of_range);
    CHECK_THROWS_AS(db.executor(3), std::out_of_range);
}

TEST_CASE("a loop's pool refuses another thread from the very beginning") {
    sharded_pool db(2, nowhere());
    CHECK(code_of(db.pool_of(0).query<int>("select 1")(asio::use_future)) == errc::wrong_thread);
    CHECK(code_of(db.pool_of(1).close()(asio::use_future)) == errc::wrong_thread);
}

TEST_CASE("the loops' executors are handed out one after the other") {
    const sharded_pool db(2, nowhere());
    for (const std::size_t expected : {0u, 1u, 0u, 1u}) CHECK(db.next_executor() == db.executor(expected));
}

TEST_CASE("every loop's pool has the options that were given, made for one thread") {
    auto options = nowhere();
    options.max_connections = 7;
    const sharded_pool db(2, options);
    for (std::size_t i = 0; i < db.size(); ++i) {
        CHECK(db.pool_of(i).options().max_connections == 7);
        CHECK(db.pool_of(i).options().concurrency == concurrency::single_threaded);
    }
    CHECK(db.stats().max == 14);
    CHECK(sharded_pool(nowhere()).size() == std::max(1u, std::thread::hardware_concurrency()));
}

TEST_CASE("figures of pools are added, and of the longest wait the longest is taken") {
    using words = std::array<std::uint64_t, sizeof(pool_stats) / sizeof(std::uint64_t)>;
    words ones, threes;
    ones.fill(1);
    threes.fill(3);
    auto sum = std::bit_cast<pool_stats>(ones);
    sum += std::bit_cast<pool_stats>(threes);
    CHECK(sum.max_wait == 3ns);
    sum.max_wait = 4ns;
    for (const auto word : std::bit_cast<words>(sum)) CHECK(word == 4);
}

TEST_CASE(
    "all pools' start fails with the reason for which nothing could be opened, wherever it is awaited") {
    const watchdog limit;
    sharded_pool db(3, nowhere());
    CHECK(code_of(db.start()(asio::use_future)) == errc::connect_failed);
    asio::io_context elsewhere;
    const auto ask = [&]() -> asio::awaitable<std::thread::id> {
        const auto answer = co_await db.start().as_result();
        CHECK(answer.error().code() == errc::connect_failed);
        co_return std::this_thread::get_id();
    };
    auto answered_on = asio::co_spawn(elsewhere, ask, asio::use_future);
    elsewhere.run();
    CHECK(get(std::move(answered_on)) == std::this_thread::get_id());
    get(asio::co_spawn(db.executor(1), ask, asio::use_future));
}

TEST_CASE("all pools' start can be cancelled and limited in time") {
    const watchdog limit;
    asio::io_context elsewhere;
    asio::ip::tcp::acceptor deaf(elsewhere, {asio::ip::address_v4::loopback(), 0});
    pool_options options;
    options.connect = "postgresql://127.0.0.1:" + std::to_string(deaf.local_endpoint().port()) + "/postgres";
    sharded_pool db(2, options);
    CHECK(code_of(db.start().timeout(5ms)(asio::use_future)) == errc::query_timeout);
    asio::cancellation_signal signal;
    std::optional<error> failure;
    db.start().as_result()(asio::bind_cancellation_slot(
        signal.slot(), asio::bind_executor(elsewhere, [&](const boost::system::result<void, error>& answer) {
            failure = answer.error();
        })));
    signal.emit(asio::cancellation_type::terminal);
    elsewhere.run();
    REQUIRE(failure);
    CHECK(failure->code() == errc::operation_cancelled);
    signal.emit(asio::cancellation_type::terminal); // nobody listens any more
}

TEST_CASE("an operation on all pools that is never begun may outlive them") {
    std::optional<sharded_pool> db(std::in_place, 2, nowhere());
    auto late = db->start();
    auto later = db->close();
    db.reset();
    bool called = false;
    std::move(late)([&](std::exception_ptr) { called = true; }); // inert, as with a pool whose loop is gone
    CHECK_FALSE(called);
}

TEST_CASE("join waits until the pools are closed and the loops have nothing left to do") {
    const watchdog limit;
    sharded_pool db(3, nowhere());
    std::atomic<bool> went_on_elsewhere = false, late_timer = false;
    asio::co_spawn(
        db.executor(0),
        [&]() -> asio::awaitable<void> {
            asio::steady_timer pause(co_await asio::this_coro::executor,
                                     20ms); // meanwhile the others have nothing to do
            co_await pause.async_wait(asio::use_awaitable);
            const auto elsewhere = [&]() -> asio::awaitable<void> {
                went_on_elsewhere = true;
                co_return;
            };
            co_await asio::co_spawn(db.executor(1), elsewhere, asio::use_awaitable);
            co_await db.close();
            pause.expires_after(20ms);
            co_await pause.async_wait(asio::use_awaitable);
            late_timer = true;
        },
        asio::detached);
    db.join();
    CHECK(went_on_elsewhere);
    CHECK(late_timer);
    db.join(); // a second time: nothing to do
}

TEST_CASE("a loop's thread cannot wait for its own end") {
    sharded_pool db(2, nowhere());
    CHECK(on_loop(db, 1, [&] { return testing::thrown_by([&] { db.join(); }).code(); })
          == errc::wrong_thread);
}

TEST_CASE("stop, called on a loop, ends all loops with what is on them") {
    const watchdog limit;
    sharded_pool db(3, nowhere());
    waiting_queries queries;
    for (std::size_t i = 0; i < db.size(); ++i) queries.begin(db, i);
    const auto kept = std::make_shared<int>();
    const auto timer = std::make_shared<asio::steady_timer>(db.executor(2), 1h);
    timer->async_wait([kept, timer](boost::system::error_code) {});
    asio::post(db.executor(1), [&] { db.stop(); });
    db.join();
    CHECK(queries.closed == 3);
    CHECK(kept.use_count() == 2); // destroyed with the loops, by the destructor
}

TEST_CASE("a sharded pool destroyed with operations under way ends each of them with pool_closed") {
    const watchdog limit;
    waiting_queries queries;
    std::weak_ptr<int> kept_by_timer;
    {
        sharded_pool db(2, nowhere());
        for (int i = 0; i < 20; ++i) queries.begin(db, static_cast<std::size_t>(i % 2));
        on_loop(db, 0, [&] { // their handlers run on the other loop, on strands, in coroutines
            for (int i = 0; i < 20; ++i) queries.begin_here(db, db.executor(1));
            for (std::size_t i = 0; i < 20; ++i)
                queries.begin_here(db, asio::make_strand(db.executor(i % 2)));
            return 0;
        });
        const auto ask = [](sharded_pool& on, waiting_queries& noted) -> asio::awaitable<void> {
            ++noted.begun;
            try {
                co_await on.local().query<int>("select 1");
            } catch (const error& e) {
                ++(e.code() == errc::pool_closed ? noted.closed : noted.otherwise);
            }
        };
        for (std::size_t i = 0; i < 2; ++i) asio::co_spawn(db.executor(i), ask(db, queries), asio::detached);
        const auto kept = std::make_shared<int>();
        kept_by_timer = kept;
        const auto timer = std::make_shared<asio::steady_timer>(db.executor(0), 1h);
        timer->async_wait([kept, timer](boost::system::error_code) {});
        on_loop(db, 0, [] { return 0; });
        on_loop(db, 1, [] { return 0; });
    }
    CHECK(queries.begun == 62);
    CHECK(queries.closed == 62);
    CHECK(queries.otherwise == 0);
    CHECK(kept_by_timer.expired());
}

TEST_CASE("handlers that ask again for ever do not keep a sharded pool from its end") {
    const watchdog limit;
    std::atomic<int> refused = 0;
    {
        sharded_pool db(2, nowhere());
        const auto stubborn = [](sharded_pool& on, std::atomic<int>& count) -> asio::awaitable<void> {
            for (;;) count += (co_await on.local().query<int>("select 1").as_result()).has_error();
        };
        for (std::size_t i = 0; i < 2; ++i)
            asio::co_spawn(db.executor(i), stubborn(db, refused), asio::detached);
        for (std::size_t i = 0; i < 2; ++i) on_loop(db, i, [] { return 0; });
    }
    CHECK(refused >= 2);
}

TEST_CASE("an exception from a handler is given to the function for it, and its loop goes on") {
    const watchdog limit;
    std::promise<std::string> reported;
    std::thread::id reported_on;
    sharded_pool db(2, nowhere(), [&](std::exception_ptr thrown) {
        reported_on = std::this_thread::get_id();
        try {
            std::rethrow_exception(thrown);
        } catch (const std::exception& e) {
            reported.set_value(e.what());
        }
    });
    asio::post(db.executor(1), [] { throw std::runtime_error("thrown by a handler"); });
    CHECK(get(reported.get_future()) == "thrown by a handler");
    CHECK(on_loop(db, 1, [] { return std::this_thread::get_id(); }) == reported_on);
}

TEST_CASE("an exception from a handler ends the program where nobody was given to take it") {
    const auto child = fork();
    if (child == 0) {
        close(STDERR_FILENO);
        std::signal(SIGABRT, SIG_DFL);
        const rlimit none{0, 0};
        setrlimit(RLIMIT_CORE, &none);
        sharded_pool db(2, nowhere());
        asio::post(db.executor(1), [] { throw std::runtime_error("thrown by a handler"); });
        db.join();
        _exit(0);
    }
    REQUIRE(child > 0);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGABRT);
}

TEST_CASE("a sharded pool on loops of the user's hands a handler the pool of the loop that it runs on") {
    const watchdog limit;
    std::deque<asio::io_context> loops(2);
    std::optional<sharded_pool> db(std::in_place, loops, nowhere());
    waiting_queries queries;
    for (std::size_t i = 0; i < 2; ++i)
        asio::post(loops[i], [&, i] {
            CHECK(&db->local() == &db->pool_of(i));
            queries.begin_here(*db, db->executor(i));
        });
    std::vector<std::thread> threads;
    {
        std::vector<asio::executor_work_guard<asio::io_context::executor_type>> busy;
        for (auto& loop : loops) busy.emplace_back(loop.get_executor());
        for (auto& loop : loops) threads.emplace_back([&loop] { loop.run(); });
        while (queries.begun != 2) std::this_thread::yield();
        db->join(); // there is nothing to wait for
        CHECK(get(asio::co_spawn(
            loops[1], [&]() -> asio::awaitable<bool> { co_return &db->local() == &db->pool_of(1); },
            asio::use_future)));
        db.reset();
    }
    for (auto& thread : threads) thread.join(); // nothing of the pools keeps the loops
    CHECK(queries.closed == 2);
}

TEST_CASE("loops are named by contexts, pointers, references and executors") {
    std::vector<std::unique_ptr<asio::io_context>> owned;
    std::vector<asio::io_context*> pointers;
    std::vector<std::reference_wrapper<asio::io_context>> references;
    std::vector<asio::any_io_executor> executors;
    for (int i = 0; i < 2; ++i) {
        owned.push_back(std::make_unique<asio::io_context>());
        pointers.push_back(owned.back().get());
        references.emplace_back(*owned.back());
        executors.emplace_back(owned.back()->get_executor());
    }
    const sharded_pool of_owned(owned, nowhere()), of_pointers(pointers, nowhere()),
        of_references(references, nowhere()), of_executors(executors, nowhere());
    for (const auto* db : {&of_owned, &of_pointers, &of_references, &of_executors})
        for (std::size_t i = 0; i < 2; ++i) CHECK(db->executor(i) == executors[i]);
}

TEST_CASE("pools of a user's loops that are gone are inert") {
    std::optional<sharded_pool> db;
    {
        std::deque<asio::io_context> loops(2);
        db.emplace(loops, nowhere());
    }
    CHECK(db->stats().max == 20);
    db->stop();
    db->join();
    bool called = false;
    db->start()([&](std::exception_ptr) { called = true; });
    CHECK_FALSE(called);
}

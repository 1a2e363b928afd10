// `&&` and `||` between operations and awaitables.
#include <pgcoro/pgcoro.hpp>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "run.hpp"

namespace parallel_tests {

namespace asio = boost::asio;
using pgcoro::errc;
using pgcoro::error;
using namespace pgcoro::testing;
using namespace std::chrono_literals;

namespace {

asio::awaitable<void> sleep_for(std::chrono::milliseconds time) {
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    co_await timer.async_wait(asio::use_awaitable);
}

/// An executor that can only run what it is given at once, as `asio::inline_executor` of Boost 1.90 does.
struct runs_at_once {
    template <class Function>
    void execute(Function&& function) const {
        std::forward<Function>(function)();
    }
    bool operator==(const runs_at_once&) const noexcept = default;
};

asio::awaitable<std::string> text_of_coroutine() { co_return "coroutine"; }

asio::awaitable<int> failing() {
    throw std::runtime_error("failed by itself");
    co_return 0;
}

/// A slow statement holds up nothing behind it.
pgcoro::pool_options unshared() {
    auto options = test_options();
    options.pipeline_depth = 1;
    return options;
}

} // namespace

/// Runs what `ask(pool, i)` returns for 20 numbers as one group.
template <class Ask>
asio::awaitable<void> ask_as_a_group(pgcoro::pool& pool, Ask ask) {
    std::vector<decltype(ask(pool, 0))> questions;
    for (int i = 0; i < 20; ++i) questions.push_back(ask(pool, i));
    const auto [order, failures, answers] = co_await asio::experimental::make_parallel_group(std::move(questions))
                                                .async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
    for (std::size_t i = 0; i < 20; ++i) {
        CHECK(failures[i] == nullptr);
        CHECK(answers[i] == static_cast<int>(i));
    }
}

TEST_CASE("as many operations as a range has run as a group") {
    const auto operation_of = [](pgcoro::pool& pool, int i) { return pool.query_one<int>("select $1::int", i); };
    const auto deferred = [=](pgcoro::pool& pool, int i) { return operation_of(pool, i)(asio::deferred); };
    for (const auto mode : both_modes) {
        auto options = test_options();
        options.concurrency = mode;
        with_pool(options, [&](pgcoro::pool& pool) -> asio::awaitable<void> {
            CHECK(asio::get_associated_executor(operation_of(pool, 1)) == pool.get_executor());
            co_await ask_as_a_group(pool, operation_of);
            co_await ask_as_a_group(pool, deferred);
        });
    }
}

TEST_CASE("a handler whose executor runs everything at once is called after its operation was begun all the same") {
    for (const auto mode : both_modes) {
        auto options = test_options();
        options.concurrency = mode;
        with_pool(options, [](pgcoro::pool& pool) -> asio::awaitable<void> {
            std::vector<std::string> calls;
            const auto noted = [&](std::string what) {
                return asio::bind_executor(runs_at_once(), [&calls, what](std::exception_ptr failure, int) {
                    calls.push_back(what + (failure ? " failed" : " succeeded"));
                });
            };
            pool.query_one<int>("select 1")(noted("a query"));
            CHECK(calls.empty());
            co_await until([&] { return !calls.empty(); });
            CHECK(calls.back() == "a query succeeded");

            asio::cancellation_signal signal;
            pool.query_one<int>("select 1 from (select pg_sleep(60)) as s")(
                asio::bind_cancellation_slot(signal.slot(), noted("a cancelled one")));
            co_await until([&] { return pool.stats().in_flight == 1; });
            signal.emit(asio::cancellation_type::terminal);
            CHECK(calls.size() == 1);
            co_await until([&] { return calls.size() == 2; });
            CHECK(calls.back() == "a cancelled one failed");

            co_await pool.close();
            pool.query_one<int>("select 1")(noted("a late one"));
            CHECK(calls.size() == 2);
            co_await until([&] { return calls.size() == 3; });
            CHECK(calls.back() == "a late one failed");
        });
    }
}

TEST_CASE("operations joined by && run at once and yield a flat tuple") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        auto both = co_await (pool.query_one<int>("select 1") && pool.query_one<std::string>("select 'two'"));
        static_assert(std::is_same_v<decltype(both), std::tuple<int, std::string>>);
        CHECK(both == std::tuple(1, std::string("two")));
        auto [one, two, three, four] =
            co_await (pool.query_one<int>("select 1") && pool.query<int>("select 2")
                      && pool.query_optional<int>("select 3") && pool.query_one<int>("select 4"));
        CHECK(one == 1);
        CHECK(two == std::vector<int>{2});
        CHECK(three == 3);
        CHECK(four == 4);
    });
}

TEST_CASE("what yields nothing has no place in the tuple") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto pings_first = co_await (pool.ping() && pool.query_one<int>("select 2"));
        static_assert(std::is_same_v<decltype(pings_first), const int>);
        CHECK(pings_first == 2);
        const auto pings_last = co_await (pool.query_one<int>("select 3") && pool.ping());
        CHECK(pings_last == 3);
        auto middle =
            co_await (pool.query_one<int>("select 1") && pool.ping() && pool.query_one<int>("select 2"));
        static_assert(std::is_same_v<decltype(middle), std::tuple<int, int>>);
        CHECK(middle == std::tuple(1, 2));
        static_assert(std::is_same_v<decltype(pool.ping() && pool.ping()), asio::awaitable<void>>);
        co_await (pool.ping() && pool.ping());
    });
}

TEST_CASE("coroutines may stand beside operations, on either side") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto right = co_await (pool.query_one<int>("select 1") && text_of_coroutine());
        CHECK(right == std::tuple(1, std::string("coroutine")));
        const auto left = co_await (text_of_coroutine() && pool.query_one<int>("select 1"));
        CHECK(left == std::tuple(std::string("coroutine"), 1));
        const auto with_sleep = co_await (sleep_for(1ms) && pool.query_one<int>("select 9"));
        CHECK(with_sleep == 9);
    });
}

TEST_CASE("operations with results in place of exceptions keep them in the tuple") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        auto [bad, good] = co_await (pool.query_one<int>("select 1 / $1::int", 0).as_result()
                                     && pool.query_one<int>("select 1").as_result());
        CHECK(bad.has_error());
        CHECK(good.value() == 1);
    });
}

TEST_CASE("a failure beside && cancels the other and is what is thrown") {
    witness eyes;
    with_pool(unshared(), [&](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto started = std::chrono::steady_clock::now();
        std::optional<error> thrown;
        try {
            co_await (pool.execute("select pg_sleep(50) /* parallel_and_first */")
                      && pool.query_one<int>("select 1 / $1::int", 0));
        } catch (const error& e) {
            thrown = e;
        }
        REQUIRE(thrown.has_value());
        CHECK(thrown->code() == pgcoro::sqlstate::division_by_zero);
        co_await until([&] { return eyes.running("parallel_and_first") == 0; });
        bool by_coroutine = false;
        try {
            co_await (failing() && pool.execute("select pg_sleep(50) /* parallel_and_second */"));
        } catch (const std::runtime_error& e) {
            by_coroutine = std::string(e.what()) == "failed by itself";
        }
        CHECK(by_coroutine);
        co_await until([&] { return eyes.running("parallel_and_second") == 0; });
        CHECK(std::chrono::steady_clock::now() - started < 40s);
    });
}

TEST_CASE("|| yields what is ready first and stops the other on the server") {
    witness eyes;
    with_pool(unshared(), [&](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto slow_or_timer =
            co_await (pool.execute("select pg_sleep(50) /* parallel_or */") || sleep_for(20ms));
        static_assert(
            std::is_same_v<decltype(slow_or_timer), const std::variant<pgcoro::command_tag, std::monostate>>);
        CHECK(slow_or_timer.index() == 1);
        co_await until([&] { return eyes.running("parallel_or") == 0; });
        const auto fast_or_timer = co_await (pool.query_one<int>("select 5") || sleep_for(50s));
        REQUIRE(fast_or_timer.index() == 0);
        CHECK(std::get<0>(fast_or_timer) == 5);
        const auto two = co_await (sleep_for(50s) || pool.query_one<int>("select 6"));
        REQUIRE(two.index() == 1);
        CHECK(std::get<1>(two) == 6);
    });
}

TEST_CASE("|| takes the success if one of the two fails, and the first failure if both do") {
    with_pool(unshared(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto survivor = co_await (pool.query_one<int>("select 1 / $1::int", 0)
                                        || pool.query_one<int>("select 1 from pg_sleep(0.02)"));
        CHECK(survivor.index() == 1);
        std::optional<error> thrown;
        try {
            co_await (pool.query_one<int>("select 1 / $1::int", 0)
                      || pool.query_one<int>("select 2 from pg_sleep(0.05), nothing"));
        } catch (const error& e) {
            thrown = e;
        }
        REQUIRE(thrown.has_value());
        CHECK((thrown->code() == pgcoro::sqlstate::division_by_zero
               || thrown->code() == pgcoro::sqlstate::undefined_table));
    });
}

TEST_CASE("many operations at once share few connections") {
    auto options = test_options();
    options.max_connections = 2;
    with_pool(options, [](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto [a, b, c, d, e, f] =
            co_await (pool.query_one<int>("select 1") && pool.query_one<int>("select 2")
                      && pool.query_one<int>("select 3") && pool.query_one<int>("select 4")
                      && pool.query_one<int>("select 5") && pool.query_one<int>("select 6"));
        CHECK(a + b + c + d + e + f == 21);
        CHECK(pool.stats().opened <= 2);
    });
}

} // namespace parallel_tests

// Operations: laziness, completion tokens, life times.
#include <pgcoro/pgcoro.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <chrono>
#include <exception>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "run.hpp"

namespace asio = boost::asio;
using pgcoro::errc;
using pgcoro::error;
using namespace pgcoro::testing;
using namespace std::chrono_literals;

namespace {

std::optional<error> error_in(std::exception_ptr failure) {
    if (!failure) return std::nullopt;
    try {
        std::rethrow_exception(failure);
    } catch (const error& e) {
        return e;
    }
}

/// A row type that cannot be made without a value.
class mandatory {
public:
    explicit mandatory(int value) : value_(value) {}
    int value() const { return value_; }

private:
    int value_;
};

/// A row type that cannot be copied.
struct unique_text {
    std::unique_ptr<std::string> text;
};

} // namespace

template <>
struct pgcoro::codec<mandatory> : pgcoro::codec_as<mandatory, int> {
    static mandatory from(int value) { return mandatory(value); }
};

template <>
struct pgcoro::codec<std::unique_ptr<std::string>> : pgcoro::codec_as<std::unique_ptr<std::string>, std::string> {
    static std::unique_ptr<std::string> from(std::string text) { return std::make_unique<std::string>(std::move(text)); }
};

TEST_CASE("an operation that is never awaited does nothing") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        {
            auto dropped = pool.query_one<int>("select 1");
            auto lease = pool.acquire();
            (void)dropped;
            (void)lease;
        }
        co_await asio::post(asio::use_awaitable);
        CHECK(pool.stats().opened == 0);
        CHECK(pool.stats().connecting == 0);
        CHECK(pool.stats().acquired == 0);
    });
}

TEST_CASE("a failure is thrown where the operation is awaited, with everything that is known") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        std::optional<error> thrown;
        try {
            co_await pool.query_one<int>("select 1 / $1::int", 0);
        } catch (const error& e) {
            thrown = e;
        }
        REQUIRE(thrown.has_value());
        CHECK(thrown->code() == pgcoro::sqlstate::division_by_zero);
        CHECK(thrown->diagnostics().sql == "select 1 / $1::int");
        CHECK(thrown->execution() == pgcoro::execution_state::rejected);
    });
}

TEST_CASE("as_result yields value or error and throws nothing") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const boost::system::result<int, error> good = co_await pool.query_one<int>("select 1").as_result();
        REQUIRE(good.has_value());
        CHECK(*good == 1);
        const auto bad = co_await pool.query_one<int>("select 1 / $1::int", 0).as_result();
        REQUIRE(bad.has_error());
        CHECK(bad.error().code() == pgcoro::sqlstate::division_by_zero);
        CHECK_THROWS_AS((void)bad.value(), error);
        const boost::system::result<void, error> nothing = co_await pool.ping().as_result();
        CHECK(nothing.has_value());
    });
}

TEST_CASE("a callback gets exception and value") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        pgcoro::pool pool(context, test_options());
        int value = 0, calls = 0;
        std::optional<error> failure;
        pool.query_one<int>("select 42")([&](std::exception_ptr e, int v) {
            CHECK_FALSE(e);
            value = v;
            ++calls;
        });
        const auto named = [&](std::exception_ptr e, int) {
            failure = error_in(e);
            ++calls;
        };
        pool.query_one<int>("select nothing")(named);
        pool.ping()([&](std::exception_ptr e) {
            CHECK_FALSE(e);
            ++calls;
        });
        pool.query_one<int>("select 43").as_result()([&](boost::system::result<int, error> r) {
            CHECK(r.value() == 43);
            ++calls;
        });
        while (calls < 4) co_await asio::post(asio::use_awaitable);
        CHECK(value == 42);
        REQUIRE(failure.has_value());
        CHECK(failure->code() == pgcoro::sqlstate::undefined_column);
    });
}

TEST_CASE("nothing completes inside its initiation") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        pgcoro::pool pool(context, one_connection());
        co_await pool.start();
        int completed = 0;
        auto count
            = asio::bind_executor(context.get_executor(), [&](std::exception_ptr, auto&&...) { ++completed; });
        pool.query_one<int>("select 1")(count);
        pool.query_one<int>(pgcoro::runtime_sql("select 1; select 2"))(count);
        pgcoro::lease().query_one<int>("select 1")(count);
        pgcoro::connection().ping()(count);
        pool.acquire()(count);
        CHECK(completed == 0);
        while (completed < 5) co_await asio::post(asio::use_awaitable);
        co_await pool.close();
        pool.query_one<int>("select 1")(count);
        CHECK(completed == 5);
        while (completed < 6) co_await asio::post(asio::use_awaitable);
    });
}

TEST_CASE("a pool serves futures of other threads") {
    asio::io_context context;
    {
        pgcoro::pool pool(context, test_options());
        auto work = asio::make_work_guard(context);
        std::thread loop([&] { context.run(); });
        std::future<int> sum = pool.query_one<int>("select $1::int + $2::int", 1, 2)(asio::use_future);
        std::future<std::string> text = pool.query_one<std::string>("select 'text'") | asio::use_future;
        std::future<void> pong = pool.ping()(asio::use_future);
        auto failed = pool.query<int>("select 1 / $1::int", 0)(asio::use_future);
        CHECK(sum.get() == 3);
        CHECK(text.get() == "text");
        CHECK_NOTHROW(pong.get());
        CHECK_THROWS_AS((void)failed.get(), error);
        pool.close()(asio::use_future).get();
        work.reset();
        loop.join();
    }
}

TEST_CASE("several threads may use a pool while several run its loop") {
    asio::io_context context;
    auto options = test_options();
    options.max_connections = 4;
    pgcoro::pool pool(context, options);
    std::vector<std::thread> loops, users;
    auto work = asio::make_work_guard(context);
    for (int i = 0; i < 2; ++i) loops.emplace_back([&] { context.run(); });
    std::atomic<std::int64_t> sum = 0;
    for (int user = 0; user < 4; ++user)
        users.emplace_back([&] {
            for (int i = 1; i <= 100; ++i) sum += pool.query_one<int>("select $1::int", i)(asio::use_future).get();
        });
    for (auto& user : users) user.join();
    CHECK(sum == 4 * 5050);
    pool.close()(asio::use_future).get();
    work.reset();
    for (auto& loop : loops) loop.join();
}

TEST_CASE("an operation takes Asio's other tokens, also written behind it") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        auto [failure, number] = co_await pool.query_one<int>("select 5")(asio::as_tuple(asio::use_awaitable));
        CHECK_FALSE(failure);
        CHECK(number == 5);
        auto [second_failure, no_number] = co_await (pool.query_one<int>("select 1 / $1::int", 0) | asio::as_tuple(asio::use_awaitable));
        const auto what = error_in(second_failure);
        REQUIRE(what.has_value());
        CHECK(what->code() == pgcoro::sqlstate::division_by_zero);
        const int piped = co_await (pool.query_one<int>("select 6") | asio::use_awaitable);
        CHECK(piped == 6);
        auto deferred = pool.query_one<int>("select 7")(asio::deferred);
        const int from_deferred = co_await std::move(deferred);
        CHECK(from_deferred == 7);
        pool.execute("select 1")(asio::detached);
    });
}

TEST_CASE("an operation completes on its handler's executor") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        pgcoro::pool pool(context, test_options());
        const auto strand = asio::make_strand(context);
        bool called = false;
        pool.query_one<int>("select 1")(asio::bind_executor(strand, [&](std::exception_ptr, int) {
            CHECK(strand.running_in_this_thread());
            called = true;
        }));
        while (!called) co_await asio::post(asio::use_awaitable);
    });
}

TEST_CASE("rows that cannot be copied are moved to the caller") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        auto one = co_await pool.query_one<unique_text>("select 'one' as text");
        CHECK(*one.text == "one");
        auto all = co_await pool.query<unique_text>("select 'n' || i as text from generate_series(1, 3) i");
        REQUIRE(all.size() == 3);
        CHECK(*all[2].text == "n3");
        auto maybe = co_await pool.query_optional<std::unique_ptr<std::string>>("select 'x'");
        REQUIRE(maybe.has_value());
        CHECK(**maybe == "x");
    });
}

TEST_CASE("a row type without default constructor is had as a result, in vectors and in optionals") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto one = co_await pool.query_one<mandatory>("select 3").as_result();
        REQUIRE(one.has_value());
        CHECK(one->value() == 3);
        const auto none = co_await pool.query_one<mandatory>("select 3 where false").as_result();
        REQUIRE(none.has_error());
        CHECK(none.error().code() == errc::no_rows);
        const auto all = co_await pool.query<mandatory>("select generate_series(1, 2)");
        CHECK(all.back().value() == 2);
        const auto maybe = co_await pool.query_optional<mandatory>("select 4");
        CHECK(maybe->value() == 4);
    });
}

TEST_CASE("an operation may outlive the handle that it was made from") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        std::optional<pgcoro::pool> pool(std::in_place, context, test_options());
        pgcoro::lease lease = co_await pool->acquire();
        auto on_lease = lease.query_one<int>("select 1");
        lease.release();
        const auto gone = co_await failure_of(std::move(on_lease));
        CHECK(gone.code() == errc::not_connected);
        auto on_pool = pool->query_one<int>("select 1");
        pool.reset();
        const auto closed = co_await failure_of(std::move(on_pool));
        CHECK(closed.code() == errc::pool_closed);
        CHECK(closed.execution() == pgcoro::execution_state::not_sent);
    });
}

TEST_CASE("an empty handle refuses everything with not_connected") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        pgcoro::lease lease = co_await pool.acquire();
        CHECK(lease);
        const pgcoro::lease other = std::move(lease);
        CHECK_FALSE(lease);
        const auto moved_from = co_await failure_of(lease.query("select 1"));
        CHECK(moved_from.code() == errc::not_connected);
        CHECK(lease.server_version() == 0);
        CHECK(lease.backend_pid() == 0);
        CHECK(lease.native_handle() == nullptr);
        const auto default_lease = co_await failure_of(pgcoro::lease().execute("select 1"));
        CHECK(default_lease.code() == errc::not_connected);
        const pgcoro::connection nothing;
        const auto default_connection = co_await failure_of(nothing.query_one<int>("select 1"));
        CHECK(default_connection.code() == errc::not_connected);
        const auto works = co_await other.query_one<int>("select 1");
        CHECK(works == 1);
    });
}

TEST_CASE("a lease that is assigned to gives its connection back") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        pgcoro::lease lease = co_await pool.acquire();
        const auto pid = lease.backend_pid();
        lease = pgcoro::lease();
        lease = co_await pool.acquire();
        CHECK(lease.backend_pid() == pid);
    });
}

TEST_CASE("an exclusive operation does not share its connection") {
    auto options = one_connection();
    options.pipeline_depth = 64;
    with_pool(options, [](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await pool.start();
        // Were it shared, the second statement would be in flight behind the first.
        int done = 0;
        pool.query_one<std::string>("select set_config('pgcoro.test', 'x', false)").exclusive()([&](std::exception_ptr e, std::string) {
            CHECK_FALSE(e);
            ++done;
        });
        pool.query_one<int>("select 1")([&](std::exception_ptr e, int) {
            CHECK_FALSE(e);
            ++done;
        });
        co_await asio::post(asio::use_awaitable);
        CHECK(pool.stats().in_flight == 0);
        CHECK(pool.stats().in_use == 1);
        while (done < 2) co_await asio::post(asio::use_awaitable);
    });
}

TEST_CASE("a time limit that is not reached does no harm") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto one = co_await pool.query_one<int>("select 1").timeout(30s).exclusive();
        CHECK(one == 1);
        const auto two = co_await pool.query_one<int>("select 2").timeout(30s).as_result();
        CHECK(two.value() == 2);
    });
}

TEST_CASE("a single-threaded pool refuses another thread") {
    asio::io_context context(1);
    auto options = test_options();
    options.concurrency = pgcoro::concurrency::single_threaded;
    std::optional<error> refused;
    pgcoro::pool pool(context, options);
    int value = 0;
    pool.query_one<int>("select 1")([&](std::exception_ptr, int v) {
        value = v;
        std::thread([&] {
            pool.query_one<int>("select 2")([&](std::exception_ptr e, int) {
                refused = error_in(e);
                pool.close()(asio::detached);
            });
        }).join();
    });
    context.run_for(60s);
    CHECK(value == 1);
    REQUIRE(refused.has_value());
    CHECK(refused->code() == errc::wrong_thread);
    CHECK(refused->execution() == pgcoro::execution_state::not_sent);
}

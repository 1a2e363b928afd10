// Users' own code that throws inside the library: handlers, codecs, notice handlers.
#include "harness.hpp"

namespace {

using namespace pgcoro::testing;
using pgcoro::errc;
using pgcoro::execution_state;
using pgcoro::pool;
using pgcoro::pool_options;

struct thrown_by_handler {};

/// Lets a loop run until a condition holds, through whatever handlers throw. Returns how many threw.
template <class Condition>
int run_through(asio::io_context& loop, Condition&& condition) {
    int thrown = 0;
    loop.restart();
    for (const auto deadline = std::chrono::steady_clock::now() + patience; !condition();) {
        if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("a condition was not met in time");
        try {
            loop.run_one_for(10ms);
        } catch (const thrown_by_handler&) {
            ++thrown;
        }
    }
    return thrown;
}

struct picky {
    int n = 0;
};
struct throws_int {
    int n = 0;
};

} // namespace

template <>
struct pgcoro::codec<picky> : pgcoro::codec_as<picky, int> {
    static int to(const picky& p) {
        if (p.n == 13) throw std::runtime_error("thirteen is not sent");
        return p.n;
    }
    static picky from(int n) {
        if (n == 13) throw std::runtime_error("thirteen is not read");
        return {n};
    }
};

template <>
struct pgcoro::codec<throws_int> : pgcoro::codec_as<throws_int, int> {
    static int to(const throws_int& t) {
        if (t.n == 13) throw 13;
        return t.n;
    }
    static throws_int from(int n) {
        if (n == 13) throw 13;
        return {n};
    }
};

TEST_CASE("callbacks that throw do not wedge the pool: everyone is answered, once, and it goes on") {
    for (const auto mode : {pgcoro::concurrency::thread_safe, pgcoro::concurrency::single_threaded}) {
        asio::io_context loop;
        pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1, .pipeline_depth = 16, .concurrency = mode});
        run(loop, [&]() -> asio::awaitable<void> {
            co_await p.start();
            co_await p.query_one<int>("select $1::int", 0);
        });
        constexpr int count = 40;
        int answered = 0;
        for (int i = 0; i < count; ++i)
            p.query_one<int>("select $1::int", i)([&](std::exception_ptr failed, int) {
                CHECK_FALSE(failed);
                ++answered;
                throw thrown_by_handler();
            });
        CHECK(run_through(loop, [&] { return answered == count; }) == count);
        run(loop, [&]() -> asio::awaitable<void> {
            CHECK(co_await p.query_one<int>("select 1") == 1);
            CHECK(p.stats().in_flight == 0);
            co_await p.close();
        });
        CHECK(answered == count);
    }
}

TEST_CASE("callbacks of refused, failed and cancelled statements may throw as well") {
    for (const auto mode : {pgcoro::concurrency::thread_safe, pgcoro::concurrency::single_threaded}) {
        asio::io_context loop;
        witness w;
        pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1, .pipeline_depth = 16, .concurrency = mode});
        run(loop, [&]() -> asio::awaitable<void> { co_await p.start(); });
        int answered = 0;
        const auto throwing = [&](std::exception_ptr failed, auto&&...) {
            CHECK(failed);
            ++answered;
            throw thrown_by_handler();
        };
        asio::cancellation_signal signal;
        p.query("select 'thrown at' from pg_sleep(600)")(asio::bind_cancellation_slot(signal.slot(), throwing));
        for (int i = 0; i < 5; ++i) {
            p.query_one<int>("select 1/0")(throwing);
            p.query_one<int>("select nothing from nowhere")(throwing);
            p.query(pgcoro::runtime_sql("begin"))(throwing);
        }
        run_through(loop, [&] { return w.running("thrown at") == 1; });
        signal.emit(asio::cancellation_type::terminal);
        run_through(loop, [&] { return answered == 16; });
        run(loop, [&]() -> asio::awaitable<void> {
            co_await until([&] { return p.stats().idle == 1; });
            CHECK(co_await p.query_one<int>("select 1") == 1);
            co_await p.close();
        });
    }
}

TEST_CASE("a handler that throws while a cancel is on its way does not keep the connection out of service") {
    asio::io_context loop;
    witness w;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1, .pipeline_depth = 16,
                              .concurrency = pgcoro::concurrency::single_threaded});
    run(loop, [&]() -> asio::awaitable<void> {
        co_await p.query_one<int>("select $1::int", 0);
        co_await p.query("select 'cancelled beside' from pg_sleep($1::float8)", 0.0);
    });
    for (int round = 0; round < 20; ++round) {
        int answered = 0;
        const auto sleeping = begin(p.query("select 'cancelled beside' from pg_sleep($1::float8)", 600.0));
        for (int i = 0; i < 3; ++i)
            p.query_one<int>("select $1::int", i)([&](std::exception_ptr, int) {
                ++answered;
                throw thrown_by_handler();
            });
        run_until(loop, [&] { return w.sleeping("cancelled beside") == 1; });
        sleeping->cancel();
        CHECK(run_through(loop, [&] { return answered == 3 && sleeping->done() && p.stats().idle == 1; }) == 3);
    }
    run(loop, [&]() -> asio::awaitable<void> { co_await p.close(); });
}

TEST_CASE("a codec that throws while writing fails its statement alone, unsent") {
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1});
    run(loop, [&]() -> asio::awaitable<void> {
        const picky good{1}, bad{13};
        CHECK(co_await p.query_one<int>("select $1::int", good) == 1);
        const auto failure = co_await failure_of(p.query_one<int>("select $1::int", bad));
        CHECK(contains(failure.what(), "thirteen is not sent"));
        CHECK(failure.execution() == execution_state::not_sent);
        const throws_int worse{13};
        CHECK((co_await failure_of(p.query_one<int>("select $1::int", worse))).execution() == execution_state::not_sent);
        CHECK(co_await p.query_one<int>("select $1::int", good) == 1);
        CHECK(p.stats().opened == 1);
        co_await p.close();
    });
}

TEST_CASE("a codec that throws while reading fails its statement alone, completed") {
    for (const auto mode : {pgcoro::concurrency::thread_safe, pgcoro::concurrency::single_threaded}) {
        asio::io_context loop;
        pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1, .concurrency = mode});
        run(loop, [&]() -> asio::awaitable<void> {
            const auto failure = co_await failure_of(p.query<picky>("select n from generate_series(1, 20) n"));
            CHECK(contains(failure.what(), "thirteen is not read"));
            CHECK(failure.execution() == execution_state::completed);
            CHECK((co_await failure_of(p.query<throws_int>("select n from generate_series(1, 20) n"))).execution()
                  == execution_state::completed);
            CHECK((co_await p.query<picky>("select n from generate_series(1, 12) n")).size() == 12);
            CHECK(p.stats().opened == 1);
            co_await p.close();
        });
    }
}

TEST_CASE("a notice handler that throws is between the handler and itself") {
    asio::io_context loop;
    int noticed = 0;
    pool_options options{.connect = test_dsn(), .max_connections = 1};
    options.on_notice = [&](const pgcoro::diagnostics&) {
        ++noticed;
        throw thrown_by_handler();
    };
    pool p(loop, std::move(options));
    run(loop, [&]() -> asio::awaitable<void> {
        co_await p.execute("do $$ begin raise notice 'hear'; end $$");
        CHECK(co_await p.query_one<int>("select 1") == 1);
        CHECK(noticed == 1);
        co_await p.close();
    });
}

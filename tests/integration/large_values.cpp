// Large results and parameters, and values at and beyond the edge of their types.
#include "harness.hpp"

#include <cmath>
#include <limits>

namespace large_values_tests {

namespace {

using namespace pgcoro::testing;
using pgcoro::errc;
using pgcoro::execution_state;
using pgcoro::pool;
using pgcoro::pool_options;
using pgcoro::sqlstate;

constexpr std::size_t megabyte = 1'000'000;

} // namespace

TEST_CASE("a result of 100 MB arrives whole, as one value and as many rows, while the loop serves others") {
    for (const auto mode : both_modes) {
        asio::io_context loop;
        pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 3, .concurrency = mode});
        run(loop, [&]() -> asio::awaitable<void> {
            co_await p.start();
            const auto whole = begin(p.query_one<std::string>("select repeat('0123456789', 10000000)"));
            int others = 0;
            while (!whole->done()) {
                CHECK(co_await p.query_one<int>("select 1").exclusive() == 1);
                ++others;
            }
            REQUIRE(whole->value().size() == 100 * megabyte);
            CHECK(whole->value().substr(99'999'990) == "0123456789");
            CHECK(others > 1);
            co_await p.close();
        });
        pool rows(loop, pool_options{.connect = test_dsn(), .max_connections = 1, .concurrency = mode});
        run(loop, [&]() -> asio::awaitable<void> {
            std::size_t bytes = 0;
            auto all = co_await rows.query<std::string_view>("select repeat('x', 1000) from generate_series(1, 100000)");
            for (const std::string_view row : all) bytes += row.size();
            CHECK(bytes == 100 * megabyte);
            CHECK(rows.stats().opened == 1);
            co_await rows.close();
        });
    }
}

TEST_CASE("a parameter of 50 MB arrives whole, also beside others on the same connection") {
    for (const auto mode : both_modes) {
        asio::io_context loop;
        pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1, .pipeline_depth = 8, .concurrency = mode});
        run(loop, [&]() -> asio::awaitable<void> {
            std::string text(50 * megabyte, 'a');
            text.back() = 'z';
            const auto large = begin(p.query_one<std::string>("select length($1::text)::text || right($1::text, 2)",
                                                              std::string_view(text)));
            std::vector<background_ptr<int>> small;
            for (int i = 0; i < 5; ++i) small.push_back(begin(p.query_one<int>("select $1::int", i)));
            co_await until([&] { return large->done() && all_done(small); });
            CHECK(large->value() == "50000000az");
            for (int i = 0; i < 5; ++i) CHECK(small[static_cast<std::size_t>(i)]->value() == i);
            const std::vector<std::byte> bytes(50 * megabyte, std::byte{0x7f});
            CHECK(co_await p.query_one<int>("select length($1::bytea)", bytes) == 50'000'000);
            CHECK(p.stats().opened == 1);
            co_await p.close();
        });
    }
}

TEST_CASE("large parameters and large results at once, in one pipeline, do not block each other") {
    for (const auto mode : both_modes) {
        asio::io_context loop;
        pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1, .pipeline_depth = 8, .concurrency = mode});
        run(loop, [&]() -> asio::awaitable<void> {
            const std::string text(10 * megabyte, 'q');
            co_await p.query_one<std::string>("select $1::text", std::string_view("x"));
            // The server answers each before it reads the next: both sides' buffers fill up.
            std::vector<background_ptr<std::string>> echoes;
            for (int i = 0; i < 6; ++i)
                echoes.push_back(begin(p.query_one<std::string>("select $1::text", std::string_view(text))));
            co_await until([&] { return all_done(echoes); });
            for (const auto& e : echoes) CHECK(e->value() == text);
            co_await p.close();
        });
    }
}

TEST_CASE("a large result nobody waits for any more is swallowed, and its connection is used again") {
    asio::io_context loop;
    witness w;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1});
    run(loop, [&]() -> asio::awaitable<void> {
        const int pid = co_await p.query_one<int>("select pg_backend_pid()");
        const auto large = begin(p.query("select 'a lot', repeat('x', 1000) from generate_series(1, 1000000)"));
        co_await until([&] { return w.running("a lot") == 1; });
        large->cancel();
        co_await until([&] { return large->done(); });
        CHECK(large->failure().code() == errc::operation_cancelled);
        CHECK(co_await p.query_one<int>("select pg_backend_pid()") == pid);
        co_await p.close();
    });
}

TEST_CASE("a NUL byte in text is refused by the server as a failure of its statement alone") {
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1});
    run(loop, [&]() -> asio::awaitable<void> {
        const std::string nul("a\0b", 3);
        const auto failure = co_await failure_of(p.query_one<std::string>("select $1::text", nul));
        CHECK((failure.code() == sqlstate::character_not_in_repertoire || failure.code() == errc::value_out_of_range));
        const std::vector<std::string> list{"fine", nul};
        const auto in_list = co_await failure_of(p.query("select $1::text[]", list));
        CHECK((in_list.code() == sqlstate::character_not_in_repertoire || in_list.code() == errc::value_out_of_range));
        CHECK(co_await p.query_one<int>("select 1") == 1);
        CHECK(p.stats().opened == 1);
        co_await p.close();
    });
}

TEST_CASE("invalid UTF-8 in text is refused by the server as a failure of its statement alone") {
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1});
    run(loop, [&]() -> asio::awaitable<void> {
        for (const char* const wrong : {"\xff", "\xc3", "\xed\xa0\x80", "ok \xf8\x88\x80\x80\x80"}) {
            const auto failure = co_await failure_of(p.query_one<std::string>("select $1::text", wrong));
            CHECK(failure.code() == sqlstate::character_not_in_repertoire);
            CHECK(failure.execution() == execution_state::rejected);
        }
        const auto text = co_await failure_of(p.query(pgcoro::runtime_sql("select '\xff'")));
        CHECK(text.code() == sqlstate::character_not_in_repertoire);
        CHECK(co_await p.query_one<std::string>("select $1::text", "na\xc3\xafve \xf0\x9f\x98\x80") == "na\xc3\xafve \xf0\x9f\x98\x80");
        CHECK(p.stats().opened == 1);
        co_await p.close();
    });
}

TEST_CASE("COPY to and from the client is refused before it is sent") {
    witness w;
    w.ask("drop table if exists copied; create table copied(n int)");
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1});
    run(loop, [&]() -> asio::awaitable<void> {
        co_await p.start();
        auto connection = co_await pgcoro::connect(loop.get_executor(), test_dsn());
        for (const char* const copy : {"copy copied from stdin", "copy copied to stdout",
                                       "/* quick */ COPY copied (n) FROM STDIN (format csv)"}) {
            CAPTURE(copy);
            const auto on_pool = co_await failure_of(p.execute(pgcoro::runtime_sql(copy)));
            CHECK(on_pool.code() == errc::not_shareable);
            CHECK(on_pool.execution() == execution_state::not_sent);
            CHECK(contains(on_pool.what(), "copy_"));
            const auto alone = co_await failure_of(connection.execute(pgcoro::runtime_sql(copy)));
            CHECK(alone.code() == errc::not_shareable);
            CHECK(alone.execution() == execution_state::not_sent);
        }
        CHECK(co_await connection.query_one<int>("select 1") == 1);
        CHECK(co_await p.query_one<int>("select 1") == 1);
        CHECK(p.stats().opened == 1);
        co_await connection.close();
        co_await p.close();
    });
    w.ask("drop table copied");
}

TEST_CASE("numbers at the edge of their types travel unharmed; beyond it they are refused, unsent") {
    asio::io_context loop;
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1});
    run(loop, [&]() -> asio::awaitable<void> {
        for (const auto n : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1}, std::numeric_limits<std::int64_t>::max()}) {
            CHECK(co_await p.query_one<std::int64_t>("select $1::bigint", n) == n);
            CHECK(co_await p.query_one<std::string>("select $1::bigint::text", n) == std::to_string(n));
        }
        const auto wide = co_await failure_of(p.query("select $1::int", std::int64_t{1} << 31));
        CHECK(wide.code() == errc::value_out_of_range);
        CHECK(wide.execution() == execution_state::not_sent);
        CHECK(contains(wide.what(), "select $1::int"));
        CHECK((co_await failure_of(p.query("select $1::smallint", 32768))).code() == errc::value_out_of_range);
        CHECK(co_await p.query_one<std::int16_t>("select $1::smallint", -32768) == -32768);

        const auto narrow = co_await failure_of(p.query_one<std::int16_t>("select 40000::int"));
        CHECK((narrow.code() == errc::value_out_of_range || narrow.code() == errc::type_mismatch));
        const auto on_server = co_await failure_of(p.query_one<int>("select $1::int + 1", std::numeric_limits<int>::max()));
        CHECK(on_server.code() == sqlstate::numeric_value_out_of_range);
        CHECK(on_server.execution() == execution_state::rejected);
        CHECK(std::isnan(co_await p.query_one<double>("select $1::float8", std::numeric_limits<double>::quiet_NaN())));
        CHECK(co_await p.query_one<double>("select $1::float8", -std::numeric_limits<double>::infinity())
              == -std::numeric_limits<double>::infinity());
        CHECK(p.stats().opened == 1);
        co_await p.close();
    });
}

} // namespace large_values_tests

// Holders who do with libpq's connection what they must not: the connection goes, and nothing of it stays.
#include "harness.hpp"

namespace misused_handles_tests {

namespace {

using namespace pgcoro::testing;
using pgcoro::pool;
using pgcoro::pool_options;
using pgcoro::runtime_sql;

} // namespace

TEST_CASE("a connection whose holder left pipeline mode is closed at the next statement, and nothing of it stays") {
    auto alive = std::make_shared<int>();
    const std::weak_ptr<int> remains = alive;
    asio::io_context loop;
    {
        auto options = pool_options{.connect = test_dsn(), .max_connections = 1, .statement_cache_capacity = 2};
        options.on_notice = [alive](const pgcoro::diagnostics&) {};   // lives as long as the session
        pool p(loop, options);
        options.on_notice = nullptr;
        alive.reset();
        run(loop, [&]() -> asio::awaitable<void> {
            auto lease = co_await p.acquire();
            // Evicted within a transaction: their names wait for its end, and are closed with the next statement.
            co_await lease.execute("begin");
            for (int i = 0; i < 5; ++i) co_await lease.execute(runtime_sql("select " + std::to_string(i)));
            const auto ended = begin(lease.execute("commit"));
            co_await until([&] { return ended->done(); });
            REQUIRE(PQexitPipelineMode(lease.native_handle()) == 1);
            CHECK((co_await failure_of(lease.query("select 'after'"))).code() == pgcoro::errc::connection_lost);
            lease.release();
            CHECK(co_await p.query_one<int>("select 1") == 1);
            CHECK(p.stats().opened == 2);
            co_await p.close();
        });
    }
    loop.restart();
    loop.run();
    CHECK(remains.expired());
}

} // namespace misused_handles_tests

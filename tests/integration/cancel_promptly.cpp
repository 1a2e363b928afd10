// How soon the server stops what was cancelled. Runs beside no other test.
#include "harness.hpp"

#include <algorithm>
#include <vector>

namespace cancel_promptly_tests {

using namespace pgcoro::testing;
using std::chrono::steady_clock;

constexpr auto repetitions = 20;

steady_clock::duration median(std::vector<steady_clock::duration> of) {
    std::ranges::sort(of);
    return of[of.size() / 2];
}

/// What libpq's own cancelling takes here and now, until the server has stopped the statement.
steady_clock::duration bare_libpq(witness& w) {
    const std::unique_ptr<PGconn, decltype(&PQfinish)> conn(PQconnectdb(test_dsn().c_str()), &PQfinish);
    const std::unique_ptr<PGcancel, decltype(&PQfreeCancel)> cancel(PQgetCancel(conn.get()), &PQfreeCancel);
    std::vector<steady_clock::duration> taken;
    for (int i = 0; i < repetitions; ++i) {
        REQUIRE(PQsendQuery(conn.get(), "select 'stop soon' from pg_sleep(600)") == 1);
        block_until([&] { return w.sleeping("stop soon") == 1; });
        const auto begun = steady_clock::now();
        char error[256];
        REQUIRE(PQcancel(cancel.get(), error, sizeof error) == 1);
        block_until([&] { return w.running("stop soon") == 0; });
        taken.push_back(steady_clock::now() - begun);
        while (PGresult* const result = PQgetResult(conn.get())) PQclear(result);
    }
    return median(taken);
}

TEST_CASE("the server has stopped a cancelled statement within 100 ms, if libpq alone does not take longer") {
    witness w;
    asio::io_context loop;
    pgcoro::pool p(loop, pgcoro::pool_options{.connect = test_dsn(), .max_connections = 1, .min_connections = 1});
    std::vector<steady_clock::duration> taken;
    run(loop, [&]() -> asio::awaitable<void> {
        for (int i = 0; i < repetitions; ++i) {
            const auto sleeping = begin(p.query("select 'stop soon' from pg_sleep(600)"));
            co_await until([&] { return w.sleeping("stop soon") == 1; });
            const auto begun = steady_clock::now();
            sleeping->cancel();
            co_await until([&] { return w.running("stop soon") == 0; });
            taken.push_back(steady_clock::now() - begun);
        }
        co_await p.close();
    });
    const auto ours = median(taken), theirs = bare_libpq(w);
    MESSAGE("median of " << repetitions << ": " << std::chrono::duration<double, std::milli>(ours).count() << " ms, libpq alone "
                         << std::chrono::duration<double, std::milli>(theirs).count() << " ms");
    CHECK(ours < std::max<steady_clock::duration>(100ms, 2 * theirs));
}

} // namespace cancel_promptly_tests

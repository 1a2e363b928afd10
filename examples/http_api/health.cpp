// The handler for /health.
#include <pgcoro/pgcoro.hpp>

#include <fmt/format.h>

#include <chrono>

#include "handlers.hpp"

namespace http_api {

using namespace std::chrono_literals;

/// GET /health: 200 if the database answers within a second, else 503; the pool's figures in both cases.
boost::asio::awaitable<response> health(pgcoro::pool& pool, const request&) {
    const auto answered = co_await pool.ping().timeout(1s).as_result();
    if (!answered) fmt::print(stderr, "GET /health: {}\n", answered.error().what());

    const pgcoro::pool_stats s = pool.stats();
    co_return response(answered ? 200 : 503, {{"status", answered ? "healthy" : "unhealthy"},
                                              {"connections",
                                               {{"total", s.total},
                                                {"idle", s.idle},
                                                {"in_use", s.in_use},
                                                {"connecting", s.connecting},
                                                {"max", s.max}}},
                                              {"waiting", s.waiting},
                                              {"in_flight", s.in_flight},
                                              {"acquired", s.acquired},
                                              {"statements_prepared", s.statements_prepared},
                                              {"statement_cache_hits", s.statement_cache_hits},
                                              {"reconnects", s.reconnects}});
}

} // namespace http_api

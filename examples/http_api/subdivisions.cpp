// Handlers for /subdivisions.
#include <pgcoro/pgcoro.hpp>

#include <boost/json/value_from.hpp>

#include "handlers.hpp"
#include "input.hpp"
#include "statements.hpp"

namespace http_api::subdivisions {

namespace asio = boost::asio;
namespace json = boost::json;

/// GET /subdivisions?country=&limit=&offset=: 422 without a country.
asio::awaitable<response> list(pgcoro::pool& pool, const request& asked) {
    const auto wanted = page_of(asked);
    const auto country = query_parameter(asked, "country");
    if (!country)
        throw http_error(422, {{"error", "invalid input"}, {"fields", {{"country", "is required"}}}});

    const auto [items, total] =
        co_await (pool.query(page, *country, wanted.limit, wanted.offset) && pool.query_one(count, *country));
    co_return response(200, {{"total", total},
                             {"limit", wanted.limit},
                             {"offset", wanted.offset},
                             {"items", json::value_from(items)}});
}

} // namespace http_api::subdivisions

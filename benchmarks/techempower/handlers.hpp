// The handlers of the four database tests.
#pragma once

#include <pgcoro/pool.hpp>

#include <boost/asio/awaitable.hpp>

#include "http_api/http.hpp"

namespace techempower {

/// Makes the tables world, of 10,000 rows, and fortune, of twelve, anew.
boost::asio::awaitable<void> create_tables(pgcoro::pool& pool);

/// GET /db: a row of world, chosen by chance.
boost::asio::awaitable<http_api::response> one_query(pgcoro::pool& pool, const http_api::request& asked);

/// GET /queries?queries=N: so many rows, each by a statement of its own; 1 to 500.
boost::asio::awaitable<http_api::response> several_queries(pgcoro::pool& pool, const http_api::request& asked);

/// GET /fortunes: all of fortune and one more, sorted, as HTML.
boost::asio::awaitable<http_api::response> fortunes(pgcoro::pool& pool, const http_api::request& asked);

/// GET /updates?queries=N: reads so many rows, each by a statement of its own, and stores them with other numbers.
boost::asio::awaitable<http_api::response> updates(pgcoro::pool& pool, const http_api::request& asked);

} // namespace techempower

// What the server answers, by resource. Parameters and errors are described at the handlers' definitions.
#pragma once

#include <pgcoro/pool.hpp>

#include <boost/asio/awaitable.hpp>

#include "http.hpp"

namespace http_api {

namespace countries {
boost::asio::awaitable<response> list(pgcoro::pool& pool, const request& asked);
boost::asio::awaitable<response> get(pgcoro::pool& pool, const request& asked);
boost::asio::awaitable<response> overview(pgcoro::pool& pool, const request& asked);
boost::asio::awaitable<response> create(pgcoro::pool& pool, const request& asked);
boost::asio::awaitable<response> replace(pgcoro::pool& pool, const request& asked);
} // namespace countries

namespace subdivisions {
boost::asio::awaitable<response> list(pgcoro::pool& pool, const request& asked);
} // namespace subdivisions

namespace languages {
boost::asio::awaitable<response> list(pgcoro::pool& pool, const request& asked);
boost::asio::awaitable<response> get(pgcoro::pool& pool, const request& asked);
} // namespace languages

boost::asio::awaitable<response> health(pgcoro::pool& pool, const request& asked);

} // namespace http_api

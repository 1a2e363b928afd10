// The tables.
#pragma once

#include <pgcoro/pool.hpp>

#include <boost/asio/awaitable.hpp>

namespace http_api {

/// Makes the schema iso_codes and what is in it, if it is not there yet.
boost::asio::awaitable<void> create_schema(pgcoro::pool& pool);

} // namespace http_api

// What the code blocks of the documentation may take for granted; see "Code in the documentation" in CONTRIBUTING.md.
#pragma once

#if __has_include(<pgcoro/pgcoro.hpp>)
#include <pgcoro/pgcoro.hpp>
#endif

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <iostream>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace asio = boost::asio;
using namespace std::chrono_literals;

#if __has_include(<pgcoro/pgcoro.hpp>)
extern asio::io_context ctx;
extern pgcoro::pool pool;
extern pgcoro::connection conn;
extern pgcoro::listener listener;
#endif

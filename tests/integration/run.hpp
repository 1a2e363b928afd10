// Runs a test's coroutine on a loop of its own.
#pragma once

#include <pgcoro/pgcoro.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>

#include <chrono>
#include <doctest/doctest.h>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>

#include "harness.hpp"

namespace pgcoro::testing {

/// Runs `body(boost::asio::io_context&)`, a coroutine, to its end and throws what it throws. Afterwards
/// nothing may be left that keeps the loop running: pools and connections are made in the coroutine and gone
/// with it.
inline void run(const std::function<boost::asio::awaitable<void>(boost::asio::io_context&)>& body) {
    boost::asio::io_context context(1);
    std::exception_ptr failure;
    bool done = false;
    boost::asio::co_spawn(context, body(context), [&](std::exception_ptr thrown) {
        failure = thrown;
        done = true;
    });
    context.run_for(std::chrono::seconds(60));
    if (failure) std::rethrow_exception(failure);
    REQUIRE_MESSAGE(done, "the coroutine did not come to its end");
    REQUIRE_MESSAGE(context.stopped(), "something keeps the loop running");
}

/// The defaults, on the tests' server.
inline pool_options test_options() {
    pool_options options;
    options.connect = test_dsn();
    return options;
}

/// The same with a single connection, so that statements follow one another on it.
inline pool_options one_connection() {
    auto options = test_options();
    options.max_connections = 1;
    return options;
}

/// Runs `body(pgcoro::pool&)`, a coroutine, with a pool of its own.
inline void with_pool(pool_options options, const std::function<boost::asio::awaitable<void>(pool&)>& body) {
    run([&](boost::asio::io_context& context) -> boost::asio::awaitable<void> {
        pool on(context, options);
        co_await body(on);
    });
}

inline void with_pool(const std::function<boost::asio::awaitable<void>(pool&)>& body) {
    with_pool(test_options(), body);
}

/// Awaits several statements without parameters and rows, one after the other, on a connection of one's own
/// or a pool.
template <class Handle, class... Texts>
boost::asio::awaitable<void> execute_all(const Handle& on, Texts... texts) {
    for (const std::string_view text : {std::string_view(texts)...}) co_await on.execute(runtime_sql(text));
}

} // namespace pgcoro::testing

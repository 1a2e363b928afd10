// A server on several threads: a loop and a pool for each, nothing shared, nothing locked.
#include <pgcoro/pgcoro.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include <exception>
#include <string>
#include <utility>

#include "example_database.hpp"

namespace asio = boost::asio;
using asio::ip::tcp;

// prints: 2 loops, each with 1 connection
// prints: client 6 got HELLO, CLIENT 6
// prints: 6 statements by 2 pools

/// Answers each line with what the database makes of it.
asio::awaitable<void> serve(tcp::socket socket, pgcoro::sharded_pool& db) {
    const pgcoro::pool& pool = db.local(); // this coroutine stays on its loop, whose pool needs no locks
    std::string line;
    for (;;) {
        const auto length =
            co_await asio::async_read_until(socket, asio::dynamic_buffer(line), '\n', asio::use_awaitable);
        const auto answer = co_await pool.query_one<std::string>("select upper($1)", line.substr(0, length));
        co_await asio::async_write(socket, asio::buffer(answer), asio::use_awaitable);
        line.erase(0, length);
    }
}

/// Accepts sockets for one loop after the other.
asio::awaitable<void> listen(tcp::acceptor& acceptor, pgcoro::sharded_pool& db) {
    for (;;) {
        tcp::socket socket = co_await acceptor.async_accept(db.next_executor(), asio::use_awaitable);
        const auto loop = socket.get_executor();
        asio::co_spawn(loop, serve(std::move(socket), db),
                       [](std::exception_ptr) {}); // the client has hung up
    }
}

asio::awaitable<void> program(pgcoro::sharded_pool& db) {
    co_await db.start(); // on all loops
    fmt::print("{} loops, each with {} connection\n", db.size(), db.pool_of(0).stats().idle);

    const auto here = co_await asio::this_coro::executor;
    tcp::acceptor acceptor(here, {asio::ip::address_v4::loopback(), 0});
    asio::co_spawn(here, listen(acceptor, db), [](std::exception_ptr) {}); // the acceptor was closed

    for (int i = 1; i <= 6; ++i) {
        tcp::socket client(here);
        co_await client.async_connect(acceptor.local_endpoint(), asio::use_awaitable);
        const auto hello = fmt::format("hello, client {}\n", i);
        co_await asio::async_write(client, asio::buffer(hello), asio::use_awaitable);
        std::string answer;
        co_await asio::async_read_until(client, asio::dynamic_buffer(answer), '\n', asio::use_awaitable);
        fmt::print("client {} got {}", i, answer);
    }
    acceptor.close();
    fmt::print("{} statements by {} pools\n", db.stats().acquired, db.size());
    co_await db.close(); // then the loops end, once they have nothing left to do
}

int main() try {
    const example_database database;
    // As many loops as the machine runs threads at once, if no number is given.
    pgcoro::sharded_pool db{2, pgcoro::pool_options{.connect = database.url(), .max_connections = 4}};
    asio::co_spawn(db.executor(0), program(db), [](std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure); // out of the loop: the program ends
    });
    db.join();
} catch (const std::exception& e) {
    fmt::print(stderr, "{}\n", e.what());
    return 1;
}

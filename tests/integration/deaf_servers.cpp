// Servers that let a client in and then say nothing.
#include "harness.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <string_view>

namespace deaf_servers_tests {

namespace {

using namespace pgcoro::testing;
using pgcoro::errc;
using pgcoro::pool;
using pgcoro::pool_options;

} // namespace

TEST_CASE("a server that accepts and never says who serves is given up after connect_timeout") {
    asio::io_context loop;
    asio::ip::tcp::acceptor server(loop, {asio::ip::address_v4::loopback(), 0});
    const auto port = std::to_string(server.local_endpoint().port());
    std::vector<asio::ip::tcp::socket> clients;
    const auto serve = [&]() -> asio::awaitable<void> {
        auto client = co_await server.async_accept(asio::use_awaitable);
        std::array<char, 1024> bytes;
        (void)co_await client.async_read_some(asio::buffer(bytes), asio::use_awaitable);
        const std::string_view welcome("R\0\0\0\x08\0\0\0\0"
                                       "Z\0\0\0\x05I",
                                       15);
        co_await asio::async_write(client, asio::buffer(welcome), asio::use_awaitable);
        clients.push_back(std::move(client));
    };
    pool p(loop, pool_options{.connect = "postgresql://u@127.0.0.1:" + port + "/d?sslmode=disable&gssencmode=disable",
                              .connect_timeout = 50ms});
    run(loop, [&]() -> asio::awaitable<void> {
        asio::co_spawn(loop, serve, asio::detached);
        CHECK((co_await failure_of(p.start())).code() == errc::connect_timeout);
        co_await p.close();
    });
}

} // namespace deaf_servers_tests

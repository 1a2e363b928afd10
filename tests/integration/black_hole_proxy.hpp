// A TCP proxy that can fall silent without closing anything, as a network does that drops all packets.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>

namespace pgcoro::testing {

/// Forwards between clients and a server on this machine, on a thread of its own.
/// Thread safety: all members from any thread.
class black_hole_proxy {
    using tcp = boost::asio::ip::tcp;

public:
    explicit black_hole_proxy(std::uint16_t server_port)
        : server_({boost::asio::ip::address_v4::loopback(), server_port}),
          acceptor_(loop_, {boost::asio::ip::address_v4::loopback(), 0}), port_(acceptor_.local_endpoint().port()) {
        boost::asio::co_spawn(loop_, accept(), boost::asio::detached);
        thread_ = std::thread([this] { loop_.run(); });
    }

    ~black_hole_proxy() {
        loop_.stop();
        thread_.join();
    }

    /// From now on nothing is forwarded on the connections that there are; new ones work.
    void swallow() { swallowed_ = accepted_.load(); }

    /// The same for all connections to come.
    void swallow_new(bool yes) { swallow_new_ = yes; }

    int accepted() const { return accepted_; }

    /// The URI of database postgres over this proxy.
    std::string connection_string() const {
        return "postgresql://postgres@127.0.0.1:" + std::to_string(port_) + "/postgres?sslmode=disable&gssencmode=disable";
    }

private:
    boost::asio::awaitable<void> accept() {
        for (;;) {
            auto client = std::make_shared<tcp::socket>(loop_);
            co_await acceptor_.async_accept(*client, boost::asio::use_awaitable);
            const int number = ++accepted_;
            auto server = std::make_shared<tcp::socket>(loop_);
            co_await server->async_connect(server_, boost::asio::use_awaitable);
            boost::asio::co_spawn(loop_, forward(client, server, number), boost::asio::detached);
            boost::asio::co_spawn(loop_, forward(server, client, number), boost::asio::detached);
        }
    }

    boost::asio::awaitable<void> forward(std::shared_ptr<tcp::socket> from, std::shared_ptr<tcp::socket> to, int number) {
        std::array<char, 65536> bytes;
        try {
            for (;;) {
                const auto size = co_await from->async_read_some(boost::asio::buffer(bytes), boost::asio::use_awaitable);
                if (number <= swallowed_ || swallow_new_) co_await for_ever();
                co_await boost::asio::async_write(*to, boost::asio::buffer(bytes.data(), size), boost::asio::use_awaitable);
            }
        } catch (const boost::system::system_error&) {
            if (number > swallowed_) to->close();
        }
    }

    boost::asio::awaitable<void> for_ever() {
        boost::asio::steady_timer timer(loop_, std::chrono::hours(1));
        co_await timer.async_wait(boost::asio::use_awaitable);
    }

    boost::asio::io_context loop_{1};
    tcp::endpoint server_;
    tcp::acceptor acceptor_;
    std::uint16_t port_;
    std::atomic<int> accepted_ = 0, swallowed_ = 0;
    std::atomic<bool> swallow_new_ = false;
    std::thread thread_;
};

} // namespace pgcoro::testing

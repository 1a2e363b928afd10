// Puts a server at a distance: what goes through arrives later, but nothing is slowed down.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <deque>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>

namespace benchmark {

/// Accepts TCP connections on a port of its own and passes them on to a Unix socket, on a thread of its own.
/// Each byte is held back for half of the added round trip in either direction, whatever its neighbours do:
/// bandwidth stays what it is. What is on its way is kept in memory without a limit.
class delaying_proxy {
public:
    delaying_proxy(std::filesystem::path server_socket, std::chrono::microseconds added_round_trip)
        : server_(server_socket.string()),
          delay_(added_round_trip / 2),
          acceptor_(context_, {boost::asio::ip::address_v4::loopback(), 0}) {
        accept();
        thread_ = std::thread([this] { context_.run(); });
    }

    delaying_proxy(const delaying_proxy&) = delete;
    delaying_proxy& operator=(const delaying_proxy&) = delete;

    ~delaying_proxy() {
        context_.stop();
        thread_.join();
    }

    std::string dsn() const {
        return "postgresql://postgres@127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port())
               + "/postgres";
    }

private:
    using tcp = boost::asio::ip::tcp;
    using unix_socket = boost::asio::local::stream_protocol::socket;
    using error_code = boost::system::error_code;
    using clock = std::chrono::steady_clock;

    struct chunk {
        clock::time_point due;
        std::string bytes; ///< none: the sender has closed
    };

    /// What is under way from one end to the other.
    struct direction {
        explicit direction(boost::asio::io_context& on) : timer(on) {}
        boost::asio::steady_timer timer;
        std::deque<chunk> under_way{};
        std::array<char, 65536> block{};
    };

    struct link {
        explicit link(boost::asio::io_context& on) : client(on), server(on), up(on), down(on) {}
        tcp::socket client;
        unix_socket server;
        direction up, down;
    };
    using link_ptr = std::shared_ptr<link>;

    void accept() {
        auto made = std::make_shared<link>(context_);
        acceptor_.async_accept(made->client, [this, made](error_code failed) {
            if (failed) return;
            begin(made);
            accept();
        });
    }

    void begin(const link_ptr& on) {
        error_code failed;
        on->client.set_option(tcp::no_delay(true), failed);
        on->server.connect(server_, failed); // local, at once
        if (failed) return;
        receive(on, on->client, on->server, on->up);
        receive(on, on->server, on->client, on->down);
    }

    template <class From, class To>
    void receive(const link_ptr& on, From& from, To& to, direction& with) {
        from.async_read_some(boost::asio::buffer(with.block), [this, on, &from, &to,
                                                               &with](error_code failed, std::size_t size) {
            with.under_way.push_back(
                {clock::now() + delay_, std::string(with.block.data(), failed ? 0 : size)});
            if (with.under_way.size() == 1) deliver(on, to, with);
            if (!failed) receive(on, from, to, with);
        });
    }

    /// Passes the oldest chunk on when it is due, then the next.
    template <class To>
    void deliver(const link_ptr& on, To& to, direction& with) {
        with.timer.expires_at(with.under_way.front().due);
        with.timer.async_wait([this, on, &to, &with](error_code) {
            const auto& oldest = with.under_way.front();
            if (oldest.bytes.empty()) return close(*on);
            boost::asio::async_write(to, boost::asio::buffer(oldest.bytes),
                                     [this, on, &to, &with](error_code failed, std::size_t) {
                                         if (failed) return close(*on);
                                         with.under_way.pop_front();
                                         if (!with.under_way.empty()) deliver(on, to, with);
                                     });
        });
    }

    static void close(link& on) {
        error_code ignored;
        on.client.close(ignored);
        on.server.close(ignored);
    }

    const boost::asio::local::stream_protocol::endpoint server_;
    const clock::duration delay_;
    boost::asio::io_context context_{1};
    tcp::acceptor acceptor_;
    std::thread thread_;
};

} // namespace benchmark

// A TCP proxy before a server that cuts a connection at a chosen message of the client's.
#pragma once

#include <boost/asio/connect.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace pgcoro::testing {

/// Forwards in both directions on a thread of its own until a piece of the client's traffic has a given text in it. Then
/// the client's side is cut: after the server has answered, so that it has done what it was asked; or before the server
/// has seen it. Later connections go through untouched.
class cutting_proxy {
public:
    enum class cut { before_the_server, after_the_server };

    cutting_proxy(unsigned short server_port, std::string at, cut how)
        : server_({boost::asio::ip::address_v4::loopback(), server_port}), at_(std::move(at)), how_(how),
          acceptor_(context_, {boost::asio::ip::address_v4::loopback(), 0}) {
        accept();
        thread_ = std::thread([this] { context_.run(); });
    }

    cutting_proxy(const cutting_proxy&) = delete;

    ~cutting_proxy() {
        context_.stop();
        thread_.join();
    }

    unsigned short port() const { return acceptor_.local_endpoint().port(); }
    bool has_cut() const noexcept { return cut_; }

private:
    using tcp = boost::asio::ip::tcp;
    using error_code = boost::system::error_code;

    struct link {
        explicit link(boost::asio::io_context& on) : client(on), server(on) {}
        tcp::socket client, server;
        std::array<char, 16384> up{}, down{};
        bool dying = false;   // the server has the fatal message; its answer goes nowhere
    };
    using link_ptr = std::shared_ptr<link>;

    void accept() {
        auto made = std::make_shared<link>(context_);
        acceptor_.async_accept(made->client, [this, made](error_code failed) {
            if (failed) return;
            made->server.async_connect(server_, [this, made](error_code refused) {
                if (refused) return;
                pump_up(made);
                pump_down(made);
            });
            accept();
        });
    }

    void pump_up(const link_ptr& on) {
        on->client.async_read_some(boost::asio::buffer(on->up), [this, on](error_code failed, std::size_t size) {
            if (failed) return close(on);
            if (!cut_ && std::string_view(on->up.data(), size).find(at_) != std::string_view::npos) {
                cut_ = true;
                if (how_ == cut::before_the_server) return close(on);
                on->dying = true;
            }
            boost::asio::async_write(on->server, boost::asio::buffer(on->up.data(), size),
                                     [this, on](error_code lost, std::size_t) { lost ? close(on) : pump_up(on); });
        });
    }

    void pump_down(const link_ptr& on) {
        on->server.async_read_some(boost::asio::buffer(on->down), [this, on](error_code failed, std::size_t size) {
            if (failed || on->dying) return close(on);
            boost::asio::async_write(on->client, boost::asio::buffer(on->down.data(), size),
                                     [this, on](error_code lost, std::size_t) { lost ? close(on) : pump_down(on); });
        });
    }

    static void close(const link_ptr& on) {
        error_code ignored;
        on->client.close(ignored);
        on->server.close(ignored);
    }

    boost::asio::io_context context_;
    tcp::endpoint server_;
    std::string at_;
    cut how_;
    tcp::acceptor acceptor_;
    std::atomic<bool> cut_ = false;
    std::thread thread_;
};

} // namespace pgcoro::testing

// A TCP proxy before a server that cuts a connection at a chosen message of the client's.
#pragma once

#include <boost/asio/write.hpp>

#include <atomic>
#include <string>
#include <string_view>
#include <utility>

#include "tcp_proxy.hpp"

namespace pgcoro::testing {

/// Forwards in both directions on a thread of its own until a piece of the client's traffic has a given text in it. Then
/// the client's side is cut: after the server has answered, so that it has done what it was asked; or before the server
/// has seen it. Later connections go through untouched.
class cutting_proxy final : public tcp_proxy {
public:
    enum class cut { before_the_server, after_the_server };

    cutting_proxy(unsigned short server_port, std::string at, cut how) : tcp_proxy(server_port), at_(std::move(at)), how_(how) {
        start();
    }
    ~cutting_proxy() { stop(); }

    bool has_cut() const noexcept { return cut_; }

private:
    void accepted(const link_ptr& on) override {
        connect(on, [this, on] {
            pump_up(on);
            pump_down(on);
        });
    }

    void pump_up(const link_ptr& on) {
        on->client.async_read_some(boost::asio::buffer(on->up), [this, on](error_code failed, std::size_t size) {
            if (failed) return end(on);
            if (!cut_ && std::string_view(on->up.data(), size).find(at_) != std::string_view::npos) {
                cut_ = true;
                if (how_ == cut::before_the_server) return end(on);
                on->marked = true;   // the server has the fatal message; its answer goes nowhere
            }
            boost::asio::async_write(on->server, boost::asio::buffer(on->up.data(), size),
                                     [this, on](error_code lost, std::size_t) { lost ? end(on) : pump_up(on); });
        });
    }

    void pump_down(const link_ptr& on) {
        on->server.async_read_some(boost::asio::buffer(on->down), [this, on](error_code failed, std::size_t size) {
            if (failed || on->marked) return end(on);
            boost::asio::async_write(on->client, boost::asio::buffer(on->down.data(), size),
                                     [this, on](error_code lost, std::size_t) { lost ? end(on) : pump_down(on); });
        });
    }

    const std::string at_;
    const cut how_;
    std::atomic<bool> cut_ = false;
};

} // namespace pgcoro::testing

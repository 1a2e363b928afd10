// What stands between a client and a server in tests: connections go through as they are unless a test interferes.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <memory>
#include <thread>

namespace pgcoro::testing {

/// Accepts connections on a port of its own, on a thread of its own, and gives each to `accepted`, which connects and
/// pumps it, sooner or later. To be derived from; everything but `port` happens on that thread. A derived class calls
/// `start` when it is complete and `stop` before it goes.
class tcp_proxy {
public:
    tcp_proxy(const tcp_proxy&) = delete;
    tcp_proxy& operator=(const tcp_proxy&) = delete;

    unsigned short port() const { return acceptor_.local_endpoint().port(); }

protected:
    using tcp = boost::asio::ip::tcp;
    using error_code = boost::system::error_code;

    struct link {
        explicit link(boost::asio::io_context& on) : client(on), server(on) {}
        tcp::socket client, server;
        std::array<char, 16384> up{}, down{};
        bool marked = false;   // by whoever interferes
    };
    using link_ptr = std::shared_ptr<link>;

    explicit tcp_proxy(unsigned short server_port)
        : acceptor_(context_, {boost::asio::ip::address_v4::loopback(), 0}),
          server_({boost::asio::ip::address_v4::loopback(), server_port}) {}
    ~tcp_proxy() = default;

    virtual void accepted(const link_ptr& on) = 0;

    void start() {
        accept();
        thread_ = std::thread([this] { context_.run(); });
    }

    void stop() {
        context_.stop();
        thread_.join();
    }

    template <class Then>
    void connect(const link_ptr& on, Then then) {
        on->server.async_connect(server_, [this, on, then](error_code refused) { refused ? end(on) : then(); });
    }

    /// Closes both sides; called again when the other direction notices.
    virtual void end(const link_ptr& on) {
        error_code ignored;
        on->client.close(ignored);
        on->server.close(ignored);
    }

    boost::asio::io_context context_;

private:
    void accept() {
        auto made = std::make_shared<link>(context_);
        acceptor_.async_accept(made->client, [this, made](error_code failed) {
            if (failed) return;
            accepted(made);
            accept();
        });
    }

    tcp::acceptor acceptor_;
    tcp::endpoint server_;
    std::thread thread_;
};

} // namespace pgcoro::testing

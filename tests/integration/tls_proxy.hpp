// A proxy that ends TLS before a server, as those of cloud providers do.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "tcp_proxy.hpp"

namespace pgcoro::testing {

/// Speaks TLS with the client and none with the server. What the server says goes on when it waits for the client again, so
/// that it fills TLS's records, which have room for 16 kB; a server's own never have more than 8 (before 17). Connections that
/// do not ask for TLS first, such as requests to cancel of libpq before 17, go through as they are.
class tls_proxy final : public tcp_proxy {
public:
    /// @param certificate in PEM; `key` likewise
    tls_proxy(unsigned short server_port, const std::string& certificate, const std::string& key) : tcp_proxy(server_port) {
        tls_.use_certificate_chain(boost::asio::buffer(certificate));
        tls_.use_private_key(boost::asio::buffer(key), boost::asio::ssl::context::pem);
        start();
    }
    ~tls_proxy() { stop(); }

private:
    static constexpr std::size_t first_message = 8;
    static constexpr std::string_view asks_for_tls{"\0\0\0\x08\x04\xd2\x16\x2f", first_message};   // documentation: SSLRequest

    struct tls_link {
        tls_link(const link_ptr& around, boost::asio::ssl::context& with) : on(around), client(around->client, with) {}
        link_ptr on;
        boost::asio::ssl::stream<tcp::socket&> client;
        std::string down;   // of the server's words, until they are whole
    };
    using tls_link_ptr = std::shared_ptr<tls_link>;

    void accepted(const link_ptr& on) override {
        on->client.set_option(tcp::no_delay(true));
        boost::asio::async_read(on->client, boost::asio::buffer(on->up, first_message), [this, on](error_code failed, std::size_t) {
            if (failed) return end(on);
            if (std::string_view(on->up.data(), first_message) == asks_for_tls) return answer(on);
            connect(on, [this, on] { pass_on(on, on->client, on->server, on->up, first_message); });
        });
    }

    void answer(const link_ptr& on) {
        boost::asio::async_write(on->client, boost::asio::buffer("S", 1), [this, on](error_code failed, std::size_t) {
            if (failed) return end(on);
            const auto made = std::make_shared<tls_link>(on, tls_);
            made->client.async_handshake(boost::asio::ssl::stream_base::server, [this, made](error_code refused) {
                if (refused) return end(made->on);
                connect(made->on, [this, made] {
                    pump_up(made);
                    pump_down(made);
                });
            });
        });
    }

    void pass_on(const link_ptr& on, tcp::socket& from, tcp::socket& to, std::array<char, 16384>& block, std::size_t size) {
        boost::asio::async_write(to, boost::asio::buffer(block.data(), size), [this, on, &from, &to, &block](error_code lost, std::size_t) {
            if (lost) return end(on);
            from.async_read_some(boost::asio::buffer(block), [this, on, &from, &to, &block](error_code failed, std::size_t read) {
                failed ? end(on) : pass_on(on, from, to, block, read);
            });
        });
    }

    void pump_up(const tls_link_ptr& on) {
        on->client.async_read_some(boost::asio::buffer(on->on->up), [this, on](error_code failed, std::size_t size) {
            if (failed) return end(on->on);
            boost::asio::async_write(on->on->server, boost::asio::buffer(on->on->up.data(), size),
                                     [this, on](error_code lost, std::size_t) { lost ? end(on->on) : pump_up(on); });
        });
    }

    void pump_down(const tls_link_ptr& on) {
        on->on->server.async_read_some(boost::asio::buffer(on->on->down), [this, on](error_code failed, std::size_t size) {
            if (failed) return end(on->on);
            on->down.append(on->on->down.data(), size);
            if (!ends_with_ready_for_query(on->down)) return pump_down(on);
            boost::asio::async_write(on->client, boost::asio::buffer(on->down), [this, on](error_code lost, std::size_t) {
                on->down.clear();
                lost ? end(on->on) : pump_down(on);
            });
        });
    }

    static bool ends_with_ready_for_query(std::string_view said) {
        constexpr std::string_view message{"Z\0\0\0\x05", 5};   // and the transaction's status
        return said.size() > message.size() && said.substr(said.size() - message.size() - 1, message.size()) == message;
    }

    boost::asio::ssl::context tls_{boost::asio::ssl::context::tls_server};
};

} // namespace pgcoro::testing

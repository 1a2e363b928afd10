// The HTTP server: connections, and when they end.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <functional>
#include <list>

#include "http.hpp"

namespace http_api {

/// Serves HTTP/1.1 with one coroutine for each connection. Everything runs on the one thread that runs the
/// context.
class server {
public:
    /// Answers a request; must not throw.
    using answer_function = std::function<boost::asio::awaitable<response>(request)>;

    /// Listens from now on. Port 0 is one that is free. Throws `boost::system::system_error`.
    server(boost::asio::io_context& context, const boost::asio::ip::tcp::endpoint& where,
           answer_function answer);

    /// Where it listens.
    boost::asio::ip::tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

    /// Accepts connections until `stop`, then lets the requests that have arrived be answered, and completes.
    boost::asio::awaitable<void> run();

    /// Accepts nothing more, closes the connections that wait for a request, and the others after their
    /// response.
    void stop();

private:
    struct connection {
        boost::beast::tcp_stream stream;
        bool has_request = false; ///< one that has arrived and is not answered yet
    };

    boost::asio::awaitable<void> serve(connection& client);

    boost::asio::ip::tcp::acceptor acceptor_;
    answer_function answer_;
    std::list<connection> connections_;
    boost::asio::steady_timer last_one_gone_;
    bool stopping_ = false;
};

} // namespace http_api

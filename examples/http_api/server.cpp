#include "server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "target.hpp"

namespace http_api {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

using http_request = http::request<http::string_body>;
using http_response = http::response<http::string_body>;

constexpr auto request_limit = 30s;  // between requests, and for one to arrive
constexpr auto response_limit = 30s; // for a client to take its response
constexpr auto stopping_limit = 10s;
constexpr std::uint64_t body_limit = 64 * 1024;

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

/// What is answered to a client whose request could not be read; nothing if it has gone or said nothing.
std::optional<response> refusal(const error_code& failure) {
    if (failure == http::error::body_limit || failure == http::error::buffer_overflow)
        return response(413, {{"error", "the body is larger than 64 KiB"}});
    if (failure == http::error::header_limit) return response(431, {{"error", "the headers are too large"}});
    const bool gone = failure == http::error::end_of_stream || failure == http::error::partial_message;
    if (!gone && failure.category() == make_error_code(http::error::bad_method).category())
        return response(400, {{"error", "this is not HTTP"}});
    return std::nullopt;
}

http_response to_http(const response& answer, unsigned version, bool head, bool keep_alive) {
    http_response made(static_cast<http::status>(answer.status), version);
    made.set(http::field::content_type, "application/json");
    for (const auto& [name, value] : answer.headers) made.set(name, value);
    made.keep_alive(keep_alive);
    auto body = answer.text.empty() ? boost::json::serialize(answer.body) + '\n' : answer.text;
    made.content_length(body.size());
    if (!head) made.body() = std::move(body);
    return made;
}

} // namespace

server::server(asio::io_context& context, const tcp::endpoint& where, answer_function answer)
    : acceptor_(context, where), answer_(std::move(answer)), last_one_gone_(context) {}

asio::awaitable<void> server::run() {
    const auto executor = co_await asio::this_coro::executor;
    while (!stopping_) {
        auto [failure, socket] = co_await acceptor_.async_accept(no_throw);
        if (stopping_) break;
        if (failure) { // such as too many open files: connections that end make room
            last_one_gone_.expires_after(100ms);
            co_await last_one_gone_.async_wait(no_throw);
            continue;
        }
        const auto client =
            connections_.emplace(connections_.end(), boost::beast::tcp_stream(std::move(socket)));
        asio::co_spawn(executor, serve(*client), [this, client](std::exception_ptr) {
            connections_.erase(client);
            if (stopping_ && connections_.empty()) last_one_gone_.cancel();
        });
    }

    last_one_gone_.expires_after(stopping_limit);
    if (!connections_.empty()) co_await last_one_gone_.async_wait(no_throw);
    for (auto& client : connections_) client.stream.close();
    while (!connections_.empty()) {
        last_one_gone_.expires_after(stopping_limit);
        co_await last_one_gone_.async_wait(no_throw);
    }
}

void server::stop() {
    stopping_ = true;
    acceptor_.close();
    last_one_gone_.cancel();
    for (auto& client : connections_)
        if (!client.has_request) client.stream.cancel();
}

asio::awaitable<void> server::serve(connection& client) {
    auto& stream = client.stream;
    boost::beast::flat_buffer buffer;
    bool keep_alive = true;
    while (keep_alive && !stopping_) {
        http::request_parser<http::string_body> parser;
        parser.body_limit(body_limit);
        stream.expires_after(request_limit);
        const auto [failure, size] = co_await http::async_read(stream, buffer, parser, no_throw);

        client.has_request = true;
        unsigned version = 11;
        bool head = false;
        response answer;
        if (failure) {
            auto refused = refusal(failure);
            if (!refused) break;
            answer = std::move(*refused);
            keep_alive = false;
        } else {
            const http_request received = parser.release();
            version = received.version();
            head = received.method() == http::verb::head;
            keep_alive = received.keep_alive();
            request asked;
            asked.method = received.method_string();
            asked.body = received.body();
            try {
                parse_target({received.target().data(), received.target().size()}, asked);
            } catch (const http_error& e) {
                answer = e.response();
            }
            if (!asked.path.empty()) answer = co_await answer_(std::move(asked));
        }

        keep_alive = keep_alive && !stopping_;
        const auto sent = to_http(answer, version, head, keep_alive);
        http::response_serializer<http::string_body> serializer(sent);
        serializer.split(head);
        stream.expires_after(response_limit);
        const auto [write_failure, written] =
            head ? co_await http::async_write_header(stream, serializer, no_throw)
                 : co_await http::async_write(stream, serializer, no_throw);
        client.has_request = false;
        if (write_failure) break; // the client has gone
    }
    error_code ignored;
    stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
}

} // namespace http_api

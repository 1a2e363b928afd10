// Requests and responses as the handlers see them: without a word of how they travel.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <exception>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace http_api {

/// A request whose target has been taken apart and decoded.
struct request {
    std::string method;
    std::string path;
    std::map<std::string, std::string, std::less<>> query;      ///< of "?limit=10&offset=20"
    std::map<std::string, std::string, std::less<>> parameters; ///< of the route: {code}
    std::string body;
};

/// What a handler answers. It has constructors because GCC 12 mishandles temporary aggregates beside
/// co_await.
class response {
public:
    response() = default;
    response(int with_status, boost::json::value with_body)
        : status(with_status), body(std::move(with_body)) {}

    int status = 500;
    boost::json::value body;
    std::string text; ///< if it is not empty, what is sent in place of `body`; `headers` names its type
    std::map<std::string, std::string> headers; ///< beside those that every response has
};

/// Ends a handler with this response.
class http_error : public std::exception {
public:
    http_error(int status, std::string_view message) : http_error(status, {{"error", message}}) {}
    http_error(int status, boost::json::object body) : response_(status, std::move(body)) {}

    const char* what() const noexcept override { return "the request was answered with an error"; }
    const http_api::response& response() const noexcept { return response_; }

private:
    http_api::response response_;
};

} // namespace http_api

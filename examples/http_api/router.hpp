// Which handler answers which request.
#pragma once

#include <pgcoro/pool.hpp>

#include <boost/asio/awaitable.hpp>

#include <string_view>
#include <vector>

#include "http.hpp"

namespace http_api {

/// The request lives until the answer is there.
using handler = boost::asio::awaitable<response> (*)(pgcoro::pool&, const request&);

/// What is at a path. A part of `path` in braces, "/countries/{code}", matches anything and becomes a
/// parameter.
struct route {
    std::string_view method;
    std::string_view path;
    handler handle;
};

class router {
public:
    explicit router(std::vector<route> routes) : routes_(std::move(routes)) {}

    /// Answers a request, whatever happens: errors of handlers become responses. HEAD is answered as GET is.
    boost::asio::awaitable<response> answer(pgcoro::pool& pool, request asked) const;

private:
    handler find(request& asked) const;

    std::vector<route> routes_;
};

} // namespace http_api

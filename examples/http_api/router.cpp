#include "router.hpp"

#include <exception>
#include <string>

#include "errors.hpp"

namespace http_api {
namespace {

namespace asio = boost::asio;

std::string_view next_part(std::string_view& path) {
    path.remove_prefix(1); // the slash
    const auto part = path.substr(0, path.find('/'));
    path.remove_prefix(part.size());
    return part;
}

bool matches(std::string_view pattern, std::string_view path, request& asked) {
    asked.parameters.clear();
    while (pattern.starts_with('/') && path.starts_with('/')) {
        const auto wanted = next_part(pattern), given = next_part(path);
        if (wanted.starts_with('{') && !given.empty())
            asked.parameters.emplace(wanted.substr(1, wanted.size() - 2), given);
        else if (wanted != given)
            return false;
    }
    return pattern.empty() && path.empty();
}

} // namespace

handler router::find(request& asked) const {
    std::string allowed;
    for (const auto& candidate : routes_) {
        if (!matches(candidate.path, asked.path, asked)) continue;
        if (candidate.method == asked.method || (candidate.method == "GET" && asked.method == "HEAD"))
            return candidate.handle;
        if (!allowed.empty()) allowed += ", ";
        allowed += candidate.method;
    }
    if (allowed.empty()) throw http_error(404, "there is nothing at this address");
    throw http_error(405, "this address takes " + allowed);
}

asio::awaitable<response> router::answer(pgcoro::pool& pool, request asked) const {
    try {
        const auto handle = find(asked);
        co_return co_await handle(pool, asked);
    } catch (...) {
        co_return response_to(std::current_exception(), asked);
    }
}

} // namespace http_api

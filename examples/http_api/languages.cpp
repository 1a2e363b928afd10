// Handlers for /languages.
#include <pgcoro/pgcoro.hpp>

#include <boost/describe/enum_from_string.hpp>
#include <boost/json/value_from.hpp>

#include <optional>

#include "handlers.hpp"
#include "input.hpp"
#include "statements.hpp"

namespace http_api::languages {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

/// The parameter `type` of the query.
std::optional<language_type> type_of(const request& asked) {
    const auto name = query_parameter(asked, "type");
    if (!name) return std::nullopt;
    language_type type;
    if (boost::describe::enum_from_string(name->c_str(), type)) return type;
    throw http_error(
        422,
        {{"error", "invalid input"},
         {"fields", {{"type", "must be ancient, constructed, extinct, historical, living or special"}}}});
}

} // namespace

/// GET /languages?type=&search=&limit=&offset=: a page of them in the order of their names, and how many
/// there are.
asio::awaitable<response> list(pgcoro::pool& pool, const request& asked) {
    const auto wanted = page_of(asked);
    const auto type = type_of(asked);
    const auto search = query_parameter(asked, "search");

    const auto [items, total] =
        co_await (pool.query(page, type, search, wanted.limit, wanted.offset) && pool.query_one(count, type, search));
    co_return response(200, {{"total", total},
                             {"limit", wanted.limit},
                             {"offset", wanted.offset},
                             {"items", json::value_from(items)}});
}

/// GET /languages/{code}: by its code of three or of two letters.
asio::awaitable<response> get(pgcoro::pool& pool, const request& asked) {
    const auto& code = asked.parameters.find("code")->second;
    const auto found = co_await pool.query_optional(find, code);
    if (!found) throw http_error(404, "there is no such language");
    co_return response(200, json::value_from(*found));
}

} // namespace http_api::languages

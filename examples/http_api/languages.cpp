// Handlers for /languages.
#include <pgcoro/pgcoro.hpp>

#include <boost/describe/enum_from_string.hpp>
#include <boost/json/value_from.hpp>

#include <optional>

#include "handlers.hpp"
#include "input.hpp"
#include "model.hpp"

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
    const auto page = page_of(asked);
    const auto type = type_of(asked);
    const auto search = query_parameter(asked, "search");

    const auto [items, total] = co_await (
        pool.query<language>("select * from iso_codes.languages"
                             " where ($1::iso_codes.language_type is null or type = $1)"
                             " and ($2::text is null or strpos(lower(name), lower($2)) > 0)"
                             " order by name limit $3 offset $4",
                             type, search, page.limit, page.offset)
        && pool.query_one<std::int64_t>("select count(*) from iso_codes.languages"
                                        " where ($1::iso_codes.language_type is null or type = $1)"
                                        " and ($2::text is null or strpos(lower(name), lower($2)) > 0)",
                                        type, search));
    co_return response(200, {{"total", total},
                             {"limit", page.limit},
                             {"offset", page.offset},
                             {"items", json::value_from(items)}});
}

/// GET /languages/{code}: by its code of three or of two letters.
asio::awaitable<response> get(pgcoro::pool& pool, const request& asked) {
    const auto& code = asked.parameters.find("code")->second;
    const auto found = co_await pool.query_optional<language>(
        "select * from iso_codes.languages where alpha_3 = lower($1) or alpha_2 = lower($1)", code);
    if (!found) throw http_error(404, "there is no such language");
    co_return response(200, json::value_from(*found));
}

} // namespace http_api::languages

// Handlers for /countries.
#include <pgcoro/pgcoro.hpp>

#include <boost/json/value_from.hpp>

#include <algorithm>
#include <string>

#include "handlers.hpp"
#include "input.hpp"
#include "statements.hpp"

namespace http_api::countries {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

/// The code in the path; countries are found by their codes in any case: "de" is "DE".
std::string code_of(const request& asked) {
    auto code = asked.parameters.find("code")->second;
    std::ranges::transform(code, code.begin(),
                           [](char c) { return c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c; });
    const bool plausible =
        code.size() == 2 && std::ranges::all_of(code, [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!plausible) throw http_error(404, "a country's code has two letters");
    return code;
}

http_error unknown(const std::string& code) { return http_error(404, "there is no country " + code); }

/// What can be set about a country; `alpha_2` is read by who creates one.
country read_country(body_reader& body) {
    country read;
    read.alpha_3 = body.code("alpha_3", 3, 'A', 'Z', "must be three capital letters");
    read.numeric = body.code("numeric", 3, '0', '9', "must be three digits");
    read.name = body.text("name", 1, 200);
    read.official_name = body.optional_text("official_name", 400);
    read.flag = body.optional_text("flag", 16);
    return read;
}

} // namespace

/// GET /countries?limit=&offset=&search=: a page of them in the order of their names, and how many there are
/// in all.
asio::awaitable<response> list(pgcoro::pool& pool, const request& asked) {
    const auto wanted = page_of(asked);
    const auto search = query_parameter(asked, "search"); // nothing is NULL there

    auto rows = pool.query(countries::page, search, wanted.limit, wanted.offset);
    auto number = pool.query_one(count, search);

    const auto [items, total] = co_await (std::move(rows) && std::move(number)); // both at once
    co_return response(200, {{"total", total},
                             {"limit", wanted.limit},
                             {"offset", wanted.offset},
                             {"items", json::value_from(items)}});
}

/// GET /countries/{code}
asio::awaitable<response> get(pgcoro::pool& pool, const request& asked) {
    const auto code = code_of(asked);
    const auto found = co_await pool.query_optional(find, code);
    if (!found) throw unknown(code);
    co_return response(200, json::value_from(*found));
}

/// GET /countries/{code}/overview: four queries that do not need each other's results, in flight together.
asio::awaitable<response> overview(pgcoro::pool& pool, const request& asked) {
    const auto code = code_of(asked);
    const auto [found, first, by_type, larger] =
        co_await (pool.query_optional(find, code) && pool.query(subdivisions::first_five, code)
                  && pool.query(subdivisions::by_type, code)
                  && pool.query_one(subdivisions::countries_with_more, code));
    if (!found) throw unknown(code);

    std::int64_t number = 0;
    for (const auto& kind : by_type) number += kind.number;
    co_return response(200, {{"country", json::value_from(*found)},
                             {"subdivisions",
                              {{"number", number},
                               {"rank", larger + 1},
                               {"by_type", json::value_from(by_type)},
                               {"first", json::value_from(first)}}}});
}

/// POST /countries: 201; 409 with the constraint's name for a country that is there; 422 for fields that are
/// wrong.
asio::awaitable<response> create(pgcoro::pool& pool, const request& asked) {
    body_reader body(asked);
    auto given = read_country(body);
    given.alpha_2 = body.code("alpha_2", 2, 'A', 'Z', "must be two capital letters");
    body.check();

    const auto created = co_await pool.query_one(insert, given.alpha_2, given.alpha_3, given.numeric, given.name,
                                                 given.official_name, given.flag);
    response answer(201, json::value_from(created));
    answer.headers["Location"] = "/countries/" + created.alpha_2;
    co_return answer;
}

/// PUT /countries/{code}: replaces all but the code; 404, 409 and 422 as above.
asio::awaitable<response> replace(pgcoro::pool& pool, const request& asked) {
    const auto code = code_of(asked);
    body_reader body(asked);
    const auto given = read_country(body);
    body.check();

    const auto changed = co_await pool.query_optional(update, code, given.alpha_3, given.numeric, given.name,
                                                      given.official_name, given.flag);
    if (!changed) throw unknown(code);
    co_return response(200, json::value_from(*changed));
}

} // namespace http_api::countries

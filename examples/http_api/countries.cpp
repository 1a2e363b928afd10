// Handlers for /countries.
#include <pgcoro/pgcoro.hpp>

#include <boost/json/value_from.hpp>

#include <algorithm>
#include <string>

#include "handlers.hpp"
#include "input.hpp"
#include "model.hpp"

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
    const auto page = page_of(asked);
    const auto search = query_parameter(asked, "search"); // nothing is NULL there

    auto rows = pool.query<country>(
        "select * from iso_codes.countries"
        " where $1::text is null or strpos(lower(name), lower($1)) > 0 order by name limit $2 offset $3",
        search, page.limit, page.offset);
    auto count = pool.query_one<std::int64_t>("select count(*) from iso_codes.countries where $1::text is "
                                              "null or strpos(lower(name), lower($1)) > 0",
                                              search);

    const auto [items, total] = co_await (std::move(rows) && std::move(count)); // both at once
    co_return response(200, {{"total", total},
                             {"limit", page.limit},
                             {"offset", page.offset},
                             {"items", json::value_from(items)}});
}

/// GET /countries/{code}
asio::awaitable<response> get(pgcoro::pool& pool, const request& asked) {
    const auto code = code_of(asked);
    const auto found =
        co_await pool.query_optional<country>("select * from iso_codes.countries where alpha_2 = $1", code);
    if (!found) throw unknown(code);
    co_return response(200, json::value_from(*found));
}

/// GET /countries/{code}/overview: four queries that do not need each other's results, in flight together.
asio::awaitable<response> overview(pgcoro::pool& pool, const request& asked) {
    const auto code = code_of(asked);
    const auto [found, first, by_type, larger] = co_await (
        pool.query_optional<country>("select * from iso_codes.countries where alpha_2 = $1", code)
        && pool.query<subdivision>(
            "select * from iso_codes.subdivisions where country = $1 order by code limit 5", code)
        && pool.query<subdivision_count>("select type, count(*) as number from iso_codes.subdivisions"
                                         " where country = $1 group by type order by number desc, type",
                                         code)
        && pool.query_one<std::int64_t>(
            "select count(*) from (select country from iso_codes.subdivisions group by country having "
            "count(*) >"
            " (select count(*) from iso_codes.subdivisions where country = $1)) as larger",
            code));
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

    const auto created = co_await pool.query_one<country>(
        "insert into iso_codes.countries (alpha_2, alpha_3, numeric, name, official_name, flag)"
        " values ($1, $2, $3, $4, $5, $6) returning *",
        given.alpha_2, given.alpha_3, given.numeric, given.name, given.official_name, given.flag);
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

    const auto changed = co_await pool.query_optional<country>(
        "update iso_codes.countries set alpha_3 = $2, numeric = $3, name = $4, official_name = $5, flag = $6"
        " where alpha_2 = $1 returning *",
        code, given.alpha_3, given.numeric, given.name, given.official_name, given.flag);
    if (!changed) throw unknown(code);
    co_return response(200, json::value_from(*changed));
}

} // namespace http_api::countries

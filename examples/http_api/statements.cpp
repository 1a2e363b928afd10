#include "statements.hpp"

#include <pgcoro/pgcoro.hpp>

namespace http_api {

boost::asio::awaitable<void> verify_statements(const pgcoro::pool& pool) {
    return pgcoro::verify(pool, countries::page, countries::count, countries::find, countries::insert, countries::update,
                          countries::load, subdivisions::page, subdivisions::count, subdivisions::first_five,
                          subdivisions::by_type, subdivisions::countries_with_more, subdivisions::load, languages::page,
                          languages::count, languages::find, languages::load);
}

} // namespace http_api

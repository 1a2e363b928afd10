#include "errors.hpp"

#include <pgcoro/error.hpp>

#include <fmt/format.h>

#include <string_view>

namespace http_api {
namespace {

void log(const request& asked, std::string_view what) {
    fmt::print(stderr, "{} {}: {}\n", asked.method, asked.path, what);
}

response unavailable() {
    response answer(503, {{"error", "the database cannot answer at the moment; try again soon"}});
    answer.headers["Retry-After"] = "1";
    return answer;
}

response conflict(const pgcoro::error& e) {
    return {409,
            {{"error", "this would duplicate what is there"}, {"constraint", e.diagnostics().constraint}}};
}

response response_to(const pgcoro::error& e, const request& asked) {
    if (e.code() == pgcoro::sqlstate::unique_violation) return conflict(e);

    log(asked, e.what());
    using pgcoro::error_kind_t;
    switch (pgcoro::error_kind(e)) {
    case error_kind_t::connection_failed:
    case error_kind_t::authentication_failed:
    case error_kind_t::connection_lost:
    case error_kind_t::pool_exhausted:
    case error_kind_t::pool_closed:
    case error_kind_t::timeout:
    case error_kind_t::server_shutting_down:
    case error_kind_t::insufficient_resources:
        return unavailable();
    default:
        return {500, {{"error", "the server has a fault; it has been logged"}}};
    }
}

} // namespace

response response_to(std::exception_ptr failure, const request& asked) {
    try {
        std::rethrow_exception(failure);
    } catch (const http_error& e) {
        return e.response();
    } catch (const pgcoro::error& e) {
        return response_to(e, asked);
    } catch (const std::exception& e) {
        log(asked, e.what());
        return {500, {{"error", "the server has a fault; it has been logged"}}};
    }
}

} // namespace http_api

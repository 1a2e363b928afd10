// The statements of the example server examples/http_api, against its schema.
#include <pgcoro/pgcoro.hpp>

#include <string>
#include <string_view>

#include "../../examples/http_api/schema.cpp"
#include "../../examples/http_api/statements.cpp"
#include "run.hpp"

namespace example_statements_tests {

namespace asio = boost::asio;
using namespace pgcoro::testing;

namespace {

/// What verifying all statements reports; empty if they go with the schema.
asio::awaitable<std::string> report(const pgcoro::pool& pool) {
    try {
        co_await http_api::verify_statements(pool);
    } catch (const pgcoro::error& e) {
        if (e.code() != pgcoro::errc::schema_mismatch) throw;
        co_return e.diagnostics().message;
    }
    co_return std::string();
}

/// The schema as the server makes it, in a state of its own.
template <class Body>
void with_example_schema(Body&& body) {
    with_pool([&](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await execute_all(pool, "drop schema if exists iso_codes cascade");
        co_await http_api::create_schema(pool);
        co_await body(pool);
        co_await execute_all(pool, "drop schema iso_codes cascade");
    });
}

} // namespace

TEST_CASE("all statements of the example server go with its schema") {
    with_example_schema([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto differences = co_await report(pool);
        CHECK(differences == "");
    });
}

TEST_CASE("the example server does not start on a schema that has changed") {
    with_example_schema([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await execute_all(pool, "alter table iso_codes.countries rename flag to flags",
                             "alter table iso_codes.subdivisions alter type drop not null",
                             "alter table iso_codes.languages alter type type int using 1");
        const auto differences = co_await report(pool);
        for (const std::string_view expected :
             {"field 'flag' of http_api::country has no column; did you mean 'flags'?",
              "column \"flag\" of relation \"countries\" does not exist",
              "column 'type' may be NULL (iso_codes.subdivisions.type is not declared NOT NULL), which field 'type' of "
              "http_api::subdivision cannot hold",
              "column 'type' is integer, which field 'type' of http_api::language"})
            CHECK_MESSAGE(contains(differences, expected), expected << " in:\n" << differences);
    });
}

} // namespace example_statements_tests

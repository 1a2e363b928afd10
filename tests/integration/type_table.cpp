// The documentation's table of types, row by row on a server.
#include <pgcoro/integration/dynamic_bitset.hpp>
#include <pgcoro/integration/multiprecision.hpp>

#include "harness.hpp"
#include "type_oracle.hpp"

#include <array>
#include <bitset>
#include <chrono>
#include <map>
#include <unordered_map>
#include <variant>

using namespace pgcoro::testing;

namespace table_of_types {

enum class mood { sad, happy };

struct address {
    std::string street;
    std::optional<int> number;
    bool operator==(const address&) const = default;
};

struct attempt {
    std::string sql_type;
    std::string literal;
    const tested_type* type;
};

struct row {
    std::string_view sql_types, cpp_types, note;
    std::vector<attempt> attempts;
};

} // namespace table_of_types

template <>
struct pgcoro::codec<table_of_types::address> : pgcoro::composite<table_of_types::address> {};

namespace table_of_types {

#define ROW(sql_types, cpp_types, note, ...) row{sql_types, cpp_types, note, {__VA_ARGS__}},
#define TRY(sql_type, literal, ...) attempt{sql_type, literal, &tested<__VA_ARGS__>}
const std::vector<row> rows = {
#include "type_table.inc"
};
#undef ROW
#undef TRY

const char* const types[] = {"drop schema if exists table_of_types cascade", "create schema table_of_types",
                             "create type table_of_types.mood as enum ('sad', 'happy')",
                             "create type table_of_types.address as (street text, number int)",
                             "create domain table_of_types.positive as int check (value > 0)",
                             "create extension hstore schema table_of_types", "create extension ltree schema table_of_types",
                             "create extension citext schema table_of_types"};

/// Reads a literal, and has the server print what comes back.
asio::awaitable<void> try_it(const pgcoro::pool& pool, const attempt& one) {
    CAPTURE(one.sql_type);
    CAPTURE(one.literal);
    reading = one.type;
    if (one.sql_type == "void") {
        const auto nothing = co_await pool.query<std::tuple<tested_value>>("select pg_sleep(0)");
        CHECK(nothing.size() == 1);
        co_return;
    }
    const pgcoro::runtime_sql literal(fmt::format("select $1::text::{0}, format('%s', $1::text::{0})", one.sql_type));
    const auto [value, text] = co_await pool.query_one<std::tuple<tested_value, std::string>>(literal, one.literal);
    CHECK(value.value != nullptr);
    if (one.type->write == nullptr) co_return;   // read only
    const pgcoro::runtime_sql back(fmt::format("select format('%s', $1::{0})", one.sql_type));
    CHECK(co_await pool.query_one<std::string>(back, value) == text);
}

} // namespace table_of_types

TEST_CASE("every row of the table of types holds") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        for (const auto* const statement : table_of_types::types) co_await pool.execute(pgcoro::runtime_sql(statement));
        const auto available = co_await pool.query_one<int>(
            "select count(*)::int from pg_available_extensions where name = 'vector'");
        if (available == 1) co_await pool.execute("create extension vector schema table_of_types");
        std::size_t absent = 0, tried = 0;
        for (const auto& row : table_of_types::rows) {
            CHECK_FALSE(row.attempts.empty());
            for (const auto& one : row.attempts) {
                const auto exists = co_await pool.query_one<bool>("select to_regtype($1) is not null", one.sql_type);
                CHECK((exists || row.sql_types.find("`vector`") != row.sql_types.npos));
                if (exists) co_await table_of_types::try_it(pool, one);
                ++(exists ? tried : absent);
            }
        }
        MESSAGE(tried, " attempts, ", absent, " types that the server does not have");
        CHECK(tried > 90);
    });
}

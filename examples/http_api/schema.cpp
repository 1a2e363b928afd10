#include "schema.hpp"

namespace http_api {

namespace asio = boost::asio;

asio::awaitable<void> create_schema(pgcoro::pool& pool) {
    co_await pool.execute("create schema if not exists iso_codes");
    co_await pool.execute(R"(
        create table if not exists iso_codes.countries (
            alpha_2 text constraint countries_pkey primary key,
            alpha_3 text not null constraint countries_alpha_3_key unique,
            numeric text not null constraint countries_numeric_key unique,
            name text not null,
            official_name text,
            flag text))");
    co_await pool.execute(R"(
        create table if not exists iso_codes.subdivisions (
            code text constraint subdivisions_pkey primary key,
            country text not null constraint subdivisions_country_fkey references iso_codes.countries,
            name text not null,
            type text not null,
            parent text))");
    co_await pool.execute(
        "create index if not exists subdivisions_country_idx on iso_codes.subdivisions (country, code)");

    // There is no CREATE TYPE IF NOT EXISTS: that it exists already is an answer like any other.
    const auto made =
        co_await pool
            .execute("create type iso_codes.language_type as enum"
                     " ('ancient', 'constructed', 'extinct', 'historical', 'living', 'special')")
            .as_result();
    if (!made && made.error().code() != pgcoro::sqlstate::duplicate_object) throw made.error();

    co_await pool.execute(R"(
        create table if not exists iso_codes.languages (
            alpha_3 text constraint languages_pkey primary key,
            alpha_2 text constraint languages_alpha_2_key unique,
            name text not null,
            type iso_codes.language_type not null))");
}

} // namespace http_api

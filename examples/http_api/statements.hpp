// All statements that the server runs, with the types of their parameters and rows.
#pragma once

#include <pgcoro/pool.hpp>
#include <pgcoro/statement.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model.hpp"

namespace http_api {

using optional_text = std::optional<std::string>; // nothing is NULL
using texts = std::vector<std::string>;
using optional_texts = std::vector<optional_text>;

namespace countries {

inline constexpr pgcoro::statement<country(const optional_text& search, std::int64_t limit, std::int64_t offset)> page{
    "select * from iso_codes.countries"
    " where $1::text is null or strpos(lower(name), lower($1)) > 0 order by name limit $2 offset $3"};
inline constexpr pgcoro::statement<std::int64_t(const optional_text& search)> count{
    "select count(*) from iso_codes.countries where $1::text is null or strpos(lower(name), lower($1)) > 0"};
inline constexpr pgcoro::statement<country(const std::string& code)> find{
    "select * from iso_codes.countries where alpha_2 = $1"};
inline constexpr pgcoro::statement<country(const std::string& alpha_2, const std::string& alpha_3,
                                           const std::string& numeric, const std::string& name,
                                           const optional_text& official_name, const optional_text& flag)>
    insert{"insert into iso_codes.countries (alpha_2, alpha_3, numeric, name, official_name, flag)"
           " values ($1, $2, $3, $4, $5, $6) returning *"};
inline constexpr pgcoro::statement<country(const std::string& alpha_2, const std::string& alpha_3,
                                           const std::string& numeric, const std::string& name,
                                           const optional_text& official_name, const optional_text& flag)>
    update{"update iso_codes.countries set alpha_3 = $2, numeric = $3, name = $4, official_name = $5, flag = $6"
           " where alpha_2 = $1 returning *"};

// A column travels as one array; unnest makes rows of them again.
inline constexpr pgcoro::statement<void(const texts& alpha_2, const texts& alpha_3, const texts& numeric,
                                        const texts& name, const optional_texts& official_name,
                                        const optional_texts& flag)>
    load{"insert into iso_codes.countries (alpha_2, alpha_3, numeric, name, official_name, flag)"
         " select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])"
         " on conflict do nothing"};

} // namespace countries

namespace subdivisions {

inline constexpr pgcoro::statement<subdivision(const std::string& country, std::int64_t limit, std::int64_t offset)> page{
    "select * from iso_codes.subdivisions where country = upper($1) order by code limit $2 offset $3"};
inline constexpr pgcoro::statement<std::int64_t(const std::string& country)> count{
    "select count(*) from iso_codes.subdivisions where country = upper($1)"};
inline constexpr pgcoro::statement<subdivision(const std::string& country)> first_five{
    "select * from iso_codes.subdivisions where country = $1 order by code limit 5"};
inline constexpr pgcoro::statement<subdivision_count(const std::string& country)> by_type{
    "select type, count(*) as number from iso_codes.subdivisions"
    " where country = $1 group by type order by number desc, type"};
inline constexpr pgcoro::statement<std::int64_t(const std::string& country)> countries_with_more{
    "select count(*) from (select country from iso_codes.subdivisions group by country having count(*) >"
    " (select count(*) from iso_codes.subdivisions where country = $1)) as larger"};
inline constexpr pgcoro::statement<void(const texts& code, const texts& country, const texts& name, const texts& type,
                                        const optional_texts& parent)>
    load{"insert into iso_codes.subdivisions (code, country, name, type, parent)"
         " select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) on conflict do nothing"};

} // namespace subdivisions

namespace languages {

inline constexpr pgcoro::statement<language(std::optional<language_type> type, const optional_text& search,
                                            std::int64_t limit, std::int64_t offset)>
    page{"select * from iso_codes.languages"
         " where ($1::iso_codes.language_type is null or type = $1)"
         " and ($2::text is null or strpos(lower(name), lower($2)) > 0)"
         " order by name limit $3 offset $4"};
inline constexpr pgcoro::statement<std::int64_t(std::optional<language_type> type, const optional_text& search)> count{
    "select count(*) from iso_codes.languages"
    " where ($1::iso_codes.language_type is null or type = $1)"
    " and ($2::text is null or strpos(lower(name), lower($2)) > 0)"};
inline constexpr pgcoro::statement<language(const std::string& code)> find{
    "select * from iso_codes.languages where alpha_3 = lower($1) or alpha_2 = lower($1)"};
inline constexpr pgcoro::statement<void(const texts& alpha_3, const optional_texts& alpha_2, const texts& name,
                                        const std::vector<language_type>& type)>
    load{"insert into iso_codes.languages (alpha_3, alpha_2, name, type)"
         " select * from unnest($1::text[], $2::text[], $3::text[], $4::iso_codes.language_type[])"
         " on conflict do nothing"};

} // namespace languages

/// Holds all of them against the schema. Throws `pgcoro::error` with a list of what does not go together.
boost::asio::awaitable<void> verify_statements(const pgcoro::pool& pool);

} // namespace http_api

// The server as the judge of what codecs read and write.
#pragma once

#include <pgcoro/pgcoro.hpp>

#include <boost/asio/awaitable.hpp>
#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <doctest/doctest.h>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "run.hpp"

namespace pgcoro::testing {

/// What can be asked about a type beside its values' binary form.
struct oracle_options {
    bool has_equality = true;   ///< `is not distinct from` works (not for json, xml, point, …)
    bool has_text = true;       ///< the C++ type has a `fmt` formatter and a static `parse` in the server's text form
    bool in_arrays = true;      ///< `std::vector` of it goes into the array type
    std::string settings{};     ///< statements before all others, such as `set time zone 'UTC'`
};

inline const oracle_options all_of_it{};

/// Literals by SQL type. Kept outside of coroutines: GCC 12 cannot have lists of strings in a `co_await` expression.
using literals = std::vector<std::string>;

/// Each literal of an SQL type, without quotes: read as a `T`, printed and parsed in the server's text form, sent back as
/// a parameter alone, in an array with a NULL, and by COPY in binary form. The server compares by its own equality, by
/// text, and byte by byte of its binary form.
template <class T>
boost::asio::awaitable<void> check_with_oracle(const pgcoro::pool& pool, std::string sql_type,
                                               const literals& of_type, const oracle_options& options = all_of_it) {
    const lease conn = co_await pool.acquire();
    if (!options.settings.empty()) co_await conn.execute(runtime_sql(options.settings));
    const auto send = co_await conn.query_one<std::string>(
        "select typsend::oid::regproc::text from pg_type where oid = $1::text::regtype", sql_type);
    const auto equal = options.has_equality ? "$1::{0} is not distinct from $2::text::{0}" : "true";
    const runtime_sql literal(fmt::format("select $1::text::{0}, $1::text::{0}::text", sql_type));
    const runtime_sql judge(fmt::format(
        fmt::runtime(std::string("select ") + equal + ", $1::{0}::text, $2::text::{0}::text, {1}($1::{0}) = {1}($2::text::{0})"),
        sql_type, send));
    std::vector<std::optional<T>> all;
    std::vector<std::optional<std::string>> texts;
    CAPTURE(sql_type);
    for (const auto& written : of_type) {
        CAPTURE(written);
        const auto [value, text] = co_await conn.query_one<std::tuple<T, std::string>>(literal, written);
        if constexpr (fmt::is_formattable<T>::value && requires { T::parse(std::string_view()); }) {
            if (options.has_text) {
                CHECK(fmt::format("{}", value) == text);
                CHECK(fmt::format("{}", T::parse(text)) == text);
            }
        } else {
            CHECK_FALSE(options.has_text);
        }
        const auto [same, sent, expected, same_bytes] =
            co_await conn.query_one<std::tuple<bool, std::string, std::string, bool>>(judge, value, written);
        CHECK(same);
        CHECK(sent == expected);
        CHECK(same_bytes);
        all.emplace_back(value);
        texts.emplace_back(text);
    }
    all.emplace_back();
    texts.emplace_back();
    if constexpr (readable<std::vector<std::optional<T>>> && writable<std::vector<std::optional<T>>>) if (options.in_arrays) {
        const runtime_sql array(fmt::format("select $1::{0}[], $1::{0}[]::text[]", sql_type));
        const auto [back, as_texts] =
            co_await conn.query_one<std::tuple<std::vector<std::optional<T>>, std::vector<std::optional<std::string>>>>(
                array, all);
        CHECK(as_texts == texts);
        CHECK(back.size() == all.size());
        const runtime_sql again(fmt::format("select $1::{0}[]::text[]", sql_type));
        CHECK(co_await conn.query_one<std::vector<std::optional<std::string>>>(again, back) == texts);
    }
    co_await conn.execute(runtime_sql(fmt::format("create temp table oracle_copy (place int, value {})", sql_type)));
    std::vector<std::tuple<int, std::optional<T>>> rows;
    for (std::size_t i = 0; i < all.size(); ++i) rows.emplace_back(static_cast<int>(i), all[i]);
    co_await conn.copy_in({"oracle_copy"}, rows);
    CHECK(co_await conn.query<std::optional<std::string>>("select value::text from oracle_copy order by place") == texts);
    co_await conn.execute("drop table oracle_copy");
}

/// Random values through a parameter of the array type and back, many at once.
template <class T, class Make>
boost::asio::awaitable<void> check_random(const pgcoro::pool& pool, std::string sql_type, Make make, std::size_t count = 10'000) {
    std::vector<T> values;
    values.reserve(count);
    for (std::size_t i = 0; i < count; ++i) values.push_back(make());
    const runtime_sql there_and_back(fmt::format("select $1::{}[]", sql_type));
    const auto back = co_await pool.query_one<std::vector<T>>(there_and_back, values);
    REQUIRE(back.size() == values.size());
    std::size_t different = 0;
    for (std::size_t i = 0; i < count; ++i)
        if (!(back[i] == values[i])) ++different;
    CAPTURE(sql_type);
    CHECK(different == 0);
}

} // namespace pgcoro::testing

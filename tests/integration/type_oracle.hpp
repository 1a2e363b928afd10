// The server as the judge of what codecs read and write.
#pragma once

#include <pgcoro/pgcoro.hpp>
#include <pgcoro/types/as_text.hpp>

#include <boost/asio/awaitable.hpp>
#include <fmt/format.h>

#include <concepts>
#include <cstddef>
#include <doctest/doctest.h>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "run.hpp"

namespace pgcoro::testing {

/// What can be asked about a type beside its values' binary form.
struct oracle_options {
    bool has_equality = true;   ///< `is not distinct from` works (not for json, xml, point, …)
    bool has_text = true;       ///< the C++ type has a `fmt` formatter and a static `parse` in the server's text form
    bool prints_alike = true;   ///< `pgcoro::as_text` is the server's text, which is read in rows of text
    bool text_is_exact = true;  ///< the server reads the same value from the text that it prints
    bool in_arrays = true;      ///< `std::vector` of it goes into the array type
    std::string settings{};     ///< statements before all others, such as `set time zone 'UTC'`
};

inline const oracle_options all_of_it{};

/// Literals by SQL type. Kept outside of coroutines: GCC 12 cannot have lists of strings in a `co_await` expression.
using literals = std::vector<std::string>;

/// What the oracle does with a C++ type. One table of functions for each, so that all share the code that asks the server:
/// statements of a hundred types take a compiler minutes.
struct tested_type {
    bool (*reads)(const type_ref& column);
    std::shared_ptr<const void> (*read)(const field_view& field);
    bool (*writes)(const type_ref& parameter);   ///< null if it is read only, and so is `write`
    wire_format (*format)(const type_ref& parameter);
    void (*write)(byte_writer& out, const void* value, const type_ref& parameter);
    std::span<const std::byte> (*borrow)(const void* value, const type_ref& parameter);
    bool (*equal)(const void* a, const void* b);
    std::string (*print)(const void* value);                     ///< null without a formatter
    std::shared_ptr<const void> (*parse)(std::string_view text); ///< null without a static `parse`
    bool has_arrays;                                             ///< vectors of it can be read and written
};

template <class T>
constexpr tested_type make_tested_type() {
    tested_type made{
        .reads = [](const type_ref& column) -> bool { return codec<T>::reads(column); },
        .read = [](const field_view& field) -> std::shared_ptr<const void> { return std::make_shared<T>(codec<T>::read(field)); },
        .writes = nullptr,
        .format = [](const type_ref& parameter) { return types::format_of<T>(parameter); },
        .write = nullptr,
        .borrow = [](const void* value, const type_ref& parameter) {
            return types::borrow_of<T>(*static_cast<const T*>(value), parameter);
        },
        .equal = nullptr,
        .print = nullptr,
        .parse = nullptr,
        .has_arrays = readable<std::vector<std::optional<T>>> && writable<std::vector<std::optional<T>>>,
    };
    if constexpr (writable<T>) {
        made.writes = [](const type_ref& parameter) -> bool { return codec<T>::writes(parameter); };
        made.write = [](byte_writer& out, const void* value, const type_ref& parameter) {
            codec<T>::write(out, *static_cast<const T*>(value), parameter);
        };
    }
    if constexpr (std::equality_comparable<T>)
        made.equal = [](const void* a, const void* b) { return *static_cast<const T*>(a) == *static_cast<const T*>(b); };
    if constexpr (fmt::is_formattable<T>::value && requires { T::parse(std::string_view()); }) {
        made.print = [](const void* value) { return fmt::format("{}", *static_cast<const T*>(value)); };
        made.parse = [](std::string_view text) -> std::shared_ptr<const void> { return std::make_shared<T>(T::parse(text)); };
    }
    return made;
}

template <class T>
inline constexpr tested_type tested = make_tested_type<T>();

/// A value of some tested type.
struct tested_value {
    std::shared_ptr<const void> value;
    const tested_type* type = nullptr;
};

/// The type that values are read as; one check runs at a time.
inline const tested_type* reading = nullptr;

/// A composite with such a value.
struct tested_holder {
    int place = 0;
    std::optional<tested_value> value;
};

} // namespace pgcoro::testing

/// Does what the codec of the value's type does.
template <>
struct pgcoro::codec<pgcoro::testing::tested_value> {
    using tested_value = pgcoro::testing::tested_value;
    static constexpr std::string_view name = "a type under test";
    static constexpr oid type = 0;

    static bool reads(const type_ref& column) noexcept { return pgcoro::testing::reading->reads(column); }
    static tested_value read(const field_view& field) {
        return {pgcoro::testing::reading->read(field), pgcoro::testing::reading};
    }
    static bool writes(const type_ref& parameter) noexcept { return pgcoro::testing::reading->writes(parameter); }
    static wire_format format(const type_ref& parameter) noexcept { return pgcoro::testing::reading->format(parameter); }
    static void write(byte_writer& out, const tested_value& of, const type_ref& parameter) {
        of.type->write(out, of.value.get(), parameter);
    }
    static bool make_scalar(byte_writer& out, std::string_view text, const type_ref& type_of_text) {
        return types::binary_forms::make_scalar<as_text>(out, text, type_of_text);
    }
    static std::span<const std::byte> borrow(const tested_value& of, const type_ref& parameter) noexcept {
        return of.type->borrow(of.value.get(), parameter);
    }
};

template <>
struct pgcoro::codec<pgcoro::testing::tested_holder> : pgcoro::composite<pgcoro::testing::tested_holder> {};

namespace pgcoro::testing {

using text_list = std::vector<std::optional<std::string>>;

/// The values in an array of composites.
inline boost::asio::awaitable<void> check_composites(const lease& conn, std::string sql_type,
                                                     const std::vector<std::optional<tested_value>>& all,
                                                     const text_list& expected, bool prints_alike) {
    co_await conn.execute(runtime_sql(fmt::format("create type pg_temp.oracle_holder as (value {}, place int)", sql_type)));
    std::vector<tested_holder> holders;
    for (std::size_t i = 0; i < all.size(); ++i) holders.push_back({static_cast<int>(i), all[i]});
    const auto back = co_await conn.query_one<std::vector<tested_holder>>("select $1::pg_temp.oracle_holder[]", holders);
    REQUIRE(back.size() == all.size());
    const auto sent = co_await conn.query<std::optional<std::string>>(
        "select value::text from unnest($1::pg_temp.oracle_holder[]) order by place", back);
    CHECK(sent == expected);
    if (prints_alike) {
        const auto [here, there] = co_await conn.query_one<std::tuple<as_text, std::string>>(
            "select $1::pg_temp.oracle_holder[], $1::pg_temp.oracle_holder[]::text", holders);
        CHECK(here.text == there);
        const auto [from_text, none] = co_await conn.query_one<std::tuple<std::vector<tested_holder>, std::optional<std::string>>>(
            "select $1::pg_temp.oracle_holder[], null::aclitem", holders);
        const auto sent_again = co_await conn.query<std::optional<std::string>>(
            "select value::text from unnest($1::pg_temp.oracle_holder[]) order by place", from_text);
        CHECK(sent_again == expected);
    }
    co_await conn.execute("drop type pg_temp.oracle_holder");
}

inline boost::asio::awaitable<void> check_with_oracle(const tested_type& type, const pgcoro::pool& pool, std::string sql_type,
                                                      const literals& of_type, const oracle_options& options) {
    reading = &type;
    const lease conn = co_await pool.acquire();
    if (!options.settings.empty()) co_await conn.execute(runtime_sql(options.settings));
    const auto send = co_await conn.query_one<std::string>(
        "select typsend::oid::regproc::text from pg_type where oid = $1::text::regtype", sql_type);
    const auto equal = options.has_equality ? "$1::{0} is not distinct from $2::text::{0}" : "true";
    const runtime_sql literal(fmt::format("select $1::text::{0}, $1::text::{0}::text", sql_type));
    // format takes what the type's output function makes, which is not for all types what a cast to text does.
    const runtime_sql to_be_printed(fmt::format("select $1::text::{0}, format('%s', $1::text::{0})", sql_type));
    // A column without a binary form has the server send all of the row as text.
    const runtime_sql in_text_row(fmt::format("select $1::text::{0}, 'postgres=r/postgres'::aclitem", sql_type));
    const runtime_sql given_as_text(fmt::format("select $1::{0}::text", sql_type));
    // A few types share text's, which they are not converted to by themselves.
    const auto sent_as = send == "textsend" ? std::string("text") : sql_type;
    const runtime_sql judge(fmt::format(
        fmt::runtime(std::string("select ") + equal + ", $1::{0}::text, $2::text::{0}::text, {1}($1::{0}::{2}) = {1}($2::text::{0}::{2})"),
        sql_type, send, sent_as));
    std::vector<std::optional<tested_value>> all;
    text_list texts;
    CAPTURE(sql_type);
    REQUIRE((type.print != nullptr || !options.has_text));
    for (const auto& written : of_type) {
        CAPTURE(written);
        const auto [value, text] = co_await conn.query_one<std::tuple<tested_value, std::string>>(literal, written);
        if (options.has_text) {
            CHECK(type.print(value.value.get()) == text);
            CHECK(type.print(type.parse(text).get()) == text);
        }
        const auto [same, sent, expected, same_bytes] =
            co_await conn.query_one<std::tuple<bool, std::string, std::string, bool>>(judge, value, written);
        CHECK(same);
        CHECK(sent == expected);
        CHECK(same_bytes);
        if (options.prints_alike) {
            const auto [here, there] = co_await conn.query_one<std::tuple<as_text, std::string>>(to_be_printed, written);
            CHECK(here.text == there);
            const as_text given{written};   // not what was printed: the server does not read all of its own intervals
            CHECK(co_await conn.query_one<std::string>(given_as_text, given) == text);
            const auto [from_text, acl] = co_await conn.query_one<std::tuple<tested_value, std::string>>(in_text_row, written);
            CHECK(acl == "postgres=r/postgres");
            const auto [same_value, sent_value, expected_value, same_form] =
                co_await conn.query_one<std::tuple<bool, std::string, std::string, bool>>(judge, from_text, written);
            CHECK((same_value || !options.text_is_exact));
            CHECK(sent_value == expected_value);
            CHECK((same_form || !options.text_is_exact));
        }
        all.emplace_back(value);
        texts.emplace_back(text);
    }
    all.emplace_back();
    texts.emplace_back();
    if (options.in_arrays && type.has_arrays) {
        const runtime_sql array(fmt::format("select $1::{0}[], $1::{0}[]::text[]", sql_type));
        const auto [back, as_texts] = co_await conn.query_one<
            std::tuple<std::vector<std::optional<tested_value>>, std::vector<std::optional<std::string>>>>(array, all);
        CHECK(as_texts == texts);
        CHECK(back.size() == all.size());
        const runtime_sql again(fmt::format("select $1::{0}[]::text[]", sql_type));
        CHECK(co_await conn.query_one<std::vector<std::optional<std::string>>>(again, back) == texts);
        if (options.prints_alike) {
            const runtime_sql printed(fmt::format("select $1::{0}[], $1::{0}[]::text", sql_type));
            const auto [here, there] = co_await conn.query_one<std::tuple<as_text, std::string>>(printed, all);
            CHECK(here.text == there);
            const runtime_sql in_text_row_too(fmt::format("select $1::{0}[], null::aclitem", sql_type));
            const auto [from_text, none] = co_await conn.query_one<
                std::tuple<std::vector<std::optional<tested_value>>, std::optional<std::string>>>(in_text_row_too, all);
            CHECK(co_await conn.query_one<std::vector<std::optional<std::string>>>(again, from_text) == texts);
        }
    }
    co_await check_composites(conn, sql_type, all, texts, options.prints_alike);
    co_await conn.execute(runtime_sql(fmt::format("create temp table oracle_copy (place int, value {})", sql_type)));
    std::vector<std::tuple<int, std::optional<tested_value>>> rows;
    for (std::size_t i = 0; i < all.size(); ++i) rows.emplace_back(static_cast<int>(i), all[i]);
    co_await conn.copy_in({"oracle_copy"}, rows);
    CHECK(co_await conn.query<std::optional<std::string>>("select value::text from oracle_copy order by place") == texts);
    co_await conn.execute("drop table oracle_copy");
}

/// Each literal of an SQL type, without quotes: read as a `T`, printed and parsed in the server's text form, sent back as
/// a parameter alone, in an array with a NULL, in an array of composites, and by COPY in binary form; and read and sent as
/// text, beside a column without a binary form as well. The server compares by its own equality, by text, and byte by byte
/// of its binary form.
template <class T>
boost::asio::awaitable<void> check_with_oracle(const pgcoro::pool& pool, std::string sql_type, const literals& of_type,
                                               const oracle_options& options = all_of_it) {
    return check_with_oracle(tested<T>, pool, std::move(sql_type), of_type, options);
}

inline boost::asio::awaitable<void> check_values(const tested_type& type, const pgcoro::pool& pool, std::string sql_type,
                                                 std::vector<tested_value> values) {
    reading = &type;
    const runtime_sql there_and_back(fmt::format("select $1::{}[]", sql_type));
    const auto back = co_await pool.query_one<std::vector<tested_value>>(there_and_back, values);
    REQUIRE(back.size() == values.size());
    std::size_t different = 0;
    for (std::size_t i = 0; i < values.size(); ++i)
        if (!type.equal(back[i].value.get(), values[i].value.get())) ++different;
    CAPTURE(sql_type);
    CHECK(different == 0);
}

/// Random values through a parameter of the array type and back, many at once.
template <class T, class Make>
boost::asio::awaitable<void> check_random(const pgcoro::pool& pool, std::string sql_type, Make make, std::size_t count = 10'000) {
    std::vector<tested_value> values;
    values.reserve(count);
    for (std::size_t i = 0; i < count; ++i) values.push_back({std::make_shared<T>(make()), &tested<T>});
    return check_values(tested<T>, pool, std::move(sql_type), std::move(values));
}

} // namespace pgcoro::testing

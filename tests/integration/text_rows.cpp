// Rows that the server sends as text, because one of their columns has no binary form.
#include <pgcoro/types/as_text.hpp>

#include <chrono>
#include <map>

#include "harness.hpp"
#include "run.hpp"

using namespace pgcoro::testing;

namespace text_rows {

enum class colour { red, green };

struct part {
    std::string name;
    std::optional<int> count;
    bool operator==(const part&) const = default;
};

struct everything {
    std::uint32_t id;
    bool flag;
    char letter;
    std::vector<std::byte> bytes;
    std::vector<std::optional<std::string>> words;
    std::chrono::sys_time<std::chrono::microseconds> at;
    std::chrono::year_month_day day;
    pgcoro::numeric number;
    std::map<std::string, std::optional<std::string>> tags;
    std::vector<part> parts;
    std::string isbn;
    colour hue;
    std::optional<int> nothing;
    bool operator==(const everything&) const = default;
};

constexpr const char* all_columns =
    "select 4294967295::oid as id, true as flag, 'x'::\"char\" as letter, '\\x00ff'::bytea as bytes, array['a\"b', null, ''] as words, "
    "'2024-02-29 12:34:56.789-05:30'::timestamptz as at, '0044-03-15 BC'::date as day, 12345.6700 as number, "
    "'a=>1, \"b \\\" \\\\ c\"=>NULL, \"\"=>\"\"'::tr.hstore as tags, array[('a,\"b\"', 1)::tr.part, (null_free, null)::tr.part] as parts, "
    "'0-393-04002-X'::tr.isbn::text as isbn, 'green'::tr.colour as hue, null::int as nothing";

asio::awaitable<void> make_types(const pgcoro::pool& pool) {
    co_await execute_all(pool, "drop schema if exists tr cascade", "create schema tr", "create extension hstore schema tr",
                         "create extension isn schema tr", "create type tr.part as (name text, count int)",
                         "create type tr.colour as enum ('red', 'green')");
}

} // namespace text_rows

template <>
struct pgcoro::codec<text_rows::part> : pgcoro::composite<text_rows::part> {};

namespace text_rows {

TEST_CASE("a row with a column without a binary form is read as every other row") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await make_types(pool);
        std::string sql = all_columns;
        sql.replace(sql.find("null_free"), 9, "'\\ ()'");
        const auto binary = co_await pool.query_one<everything>(pgcoro::runtime_sql(sql));
        const auto text = co_await pool.query_one<everything>(pgcoro::runtime_sql(sql + ", 'postgres=r/postgres'::aclitem as acl"));
        CHECK(text == binary);
        CHECK(text.parts.at(1).name == "\\ ()");
        CHECK(text.id == 4294967295U);
        const auto alone = co_await pool.query_one<everything>(
            pgcoro::runtime_sql(std::string(sql).replace(sql.find("::text as isbn"), 6, "")));   // isbn itself has none
        CHECK(alone == binary);
        co_await pool.execute("drop schema tr cascade");   // extensions are in a database once
    });
}

TEST_CASE("columns without a binary form are read as text, by every verb") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await execute_all(pool, "drop table if exists tr_acl", "create table tr_acl (n int, acl aclitem, acls aclitem[])",
                             "insert into tr_acl values (1, 'postgres=r/postgres', '{postgres=w/postgres,=r/postgres}'), (2, null, null)");
        using row = std::tuple<int, std::optional<std::string>, std::optional<std::vector<std::string>>>;
        std::vector<row> expected;
        expected.emplace_back(1, "postgres=r/postgres", std::vector<std::string>{"postgres=w/postgres", "=r/postgres"});
        expected.emplace_back(2, std::nullopt, std::nullopt);
        static constexpr pgcoro::statement<row()> all{"select n, acl, acls from tr_acl order by n"};
        CHECK(co_await pool.query(all) == expected);
        CHECK(co_await pool.query(all) == expected);   // prepared by now
        const auto [in_batch, one] = co_await pool.batch(pgcoro::query<row>("select n, acl, acls from tr_acl order by n"),
                                                         pgcoro::query_one<int>("select 1"));
        CHECK(in_batch == expected);
        CHECK(one == 1);
        const auto views = co_await pool.query_rows<std::tuple<int, std::string_view>>("select n, acl from tr_acl where n = $1", 1);
        CHECK(std::get<1>(views.front()) == "postgres=r/postgres");
        const auto untyped = co_await pool.query("select n, acl, acls from tr_acl order by n");
        CHECK(untyped[0]["n"].as<std::int64_t>() == 1);
        CHECK(untyped[0]["n"].format() == pgcoro::wire_format::text);
        CHECK(untyped[0]["acl"].as<pgcoro::as_text>().text == "postgres=r/postgres");
        CHECK(untyped[0]["acls"].as<pgcoro::as_text>().text == "{postgres=w/postgres,=r/postgres}");
        CHECK(untyped[1]["acls"].is_null());
        const auto lease = co_await pool.acquire();
        auto stream = co_await lease.stream<row>("insert into tr_acl values (3, $1) returning n, acl, acls", "=r/postgres");
        const auto next = co_await stream.next();
        REQUIRE(next.has_value());
        CHECK(std::get<1>(*next) == "=r/postgres");
        const pgcoro::as_text acls{"{=r/postgres}"};
        const auto given = co_await pool.query_one<std::string>("select $1::aclitem[]::text", acls);
        CHECK(given == "{=r/postgres}");
        CHECK(co_await pool.query_one<int>("select 1") == 1);
    });
}

TEST_CASE("no column of the system catalogs is one that cannot be read") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto relations = co_await pool.query<std::string>(
            "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where n.nspname in ('pg_catalog', 'information_schema') and c.relkind in ('r', 'v') order by 1");
        CHECK(relations.size() > 100);
        std::size_t values = 0;
        for (const auto& relation : relations) {
            CAPTURE(relation);
            const auto rows = co_await pool.query(pgcoro::runtime_sql("select * from " + relation + " limit 20"));
            for (const auto row : rows)
                for (std::size_t i = 0; i < row.size(); ++i) {
                    CAPTURE(row[i].name());
                    if (row[i].is_null()) continue;
                    CHECK_NOTHROW((void)row[i].as<pgcoro::as_text>());
                    ++values;
                }
        }
        CHECK(values > 5000);
    });
}

TEST_CASE("what the text of a row says depends on no time zone, and on no other style than it can be read from") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        using moment = std::chrono::sys_time<std::chrono::microseconds>;
        static constexpr pgcoro::statement<std::tuple<std::vector<moment>, std::string>()> text{
            "select array['4714-11-24 00:00:00+00 BC', '0044-03-15 12:00+00 BC', '1880-01-01 00:00:00.1+00', '2024-02-29 23:59:59.999999+00',"
            " '294247-01-10 04:00:54.775806+00', 'infinity', '-infinity']::timestamptz[], '=r/postgres'::aclitem"};
        static constexpr pgcoro::statement<std::tuple<std::vector<moment>, std::string>()> binary{
            "select array['4714-11-24 00:00:00+00 BC', '0044-03-15 12:00+00 BC', '1880-01-01 00:00:00.1+00', '2024-02-29 23:59:59.999999+00',"
            " '294247-01-10 04:00:54.775806+00', 'infinity', '-infinity']::timestamptz[], '=r/postgres'"};
        const auto lease = co_await pool.acquire();
        for (const std::string zone : {"UTC", "America/New_York", "Asia/Kolkata", "Europe/Amsterdam", "Pacific/Kiritimati"}) {
            CAPTURE(zone);
            co_await lease.query_one<std::string>("select set_config('timezone', $1, false)", zone);
            CHECK(co_await lease.query_one(text) == co_await lease.query_one(binary));
        }
        for (const std::string style : {"German", "SQL, DMY", "SQL, MDY", "Postgres, DMY", "Postgres, MDY"}) {
            CAPTURE(style);
            co_await lease.query_one<std::string>("select set_config('datestyle', $1, false)", style);
            const auto refused = co_await failure_of(lease.query_one(text));
            CHECK(refused.code() == pgcoro::errc::value_out_of_range);
            CHECK_MESSAGE(contains(refused.what(), "is no timestamp with time zone in range, such as"), std::string(refused.what()));
            const auto date = co_await failure_of(lease.query_one<std::tuple<std::chrono::sys_days, std::string>>(
                "select '2003-02-01'::date, '=r/postgres'::aclitem"));
            CHECK(date.code() == pgcoro::errc::value_out_of_range);
        }
        const pgcoro::runtime_sql span("select $1::text::interval, '=r/postgres'::aclitem");
        for (const std::string style : {"postgres", "postgres_verbose", "iso_8601", "sql_standard"}) {
            co_await lease.query_one<std::string>("select set_config('intervalstyle', $1, false)", style);
            for (const std::string written : {"-1 days -02:03:04", "1 day -02:03:04", "-1 year -2 mons", "-1 days", "-02:03:04.5", "0"}) {
                CAPTURE(style);
                CAPTURE(written);
                auto operation = lease.query_one<std::tuple<pgcoro::interval, std::string>>(span, written).as_result();
                const auto read = co_await std::move(operation);
                if (read.has_value()) CHECK(fmt::to_string(std::get<0>(*read)) == fmt::to_string(pgcoro::interval::parse(written)));
                else CHECK((style == "sql_standard" && contains(read.error().what(), "not unambiguous")));
            }
        }
    });
}

TEST_CASE("what cannot be read from text is refused with the way out") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto money = co_await failure_of(
            pool.query_one<std::tuple<pgcoro::money, std::string>>("select 1::money as price, '=r/postgres'::aclitem"));
        CHECK(money.code() == pgcoro::errc::type_mismatch);
        CHECK_MESSAGE(contains(money.what(), "column 'price' (money), element 1"), std::string(money.what()));
        const auto name = co_await failure_of(
            pool.query_one<std::tuple<std::uint32_t, std::string>>("select 'pg_class'::regclass, '=r/postgres'::aclitem"));
        CHECK(name.code() == pgcoro::errc::type_mismatch);
        CHECK(contains(name.what(), "cast it to oid in the SQL"));
        // Where nobody knows beforehand what there is, the server is asked for the binary form.
        const auto record = co_await failure_of(pool.query("select row('=r/postgres'::aclitem)"));
        CHECK(record.code() == pgcoro::sqlstate::undefined_function);
        CHECK(contains(record.diagnostics().hint, "Cast the column to text"));
#if !defined(LIBPQ_HAS_CHUNK_MODE)   // from libpq 17 on a stream needs no cursor, and its rows may come as text
        const auto by_cursor = co_await [](const pgcoro::pool& on) -> asio::awaitable<pgcoro::error> {
            try {
                auto stream = co_await on.stream<std::string>("select '=r/postgres'::aclitem");
                (void)co_await stream.next();
            } catch (const pgcoro::error& e) {
                co_return e;
            }
            throw std::runtime_error("it was read");
        }(pool);
        CHECK(by_cursor.code() == pgcoro::sqlstate::undefined_function);
        CHECK(contains(by_cursor.diagnostics().hint, "Cast the column to text"));
#else
        auto stream = co_await pool.stream<std::string>("select '=r/postgres'::aclitem");
        CHECK(co_await stream.next() == "=r/postgres");
#endif
    });
}

} // namespace text_rows

// The types of the system catalogs and of the server's own state, before the oracle.
#include <random>
#include <variant>

#include "type_oracle.hpp"

using namespace pgcoro::testing;

namespace types_oracle_system {

const oracle_options everything{};
const oracle_options without_text{.has_text = false};
const oracle_options by_number{.has_text = false, .prints_alike = false};   // the server prints a name
const oracle_options without_equality{.has_equality = false};
const oracle_options neither{.has_equality = false, .has_text = false};

const literals chars{"", " ", "a", "z", "A", "0", "~", "!", "\"", "'", "{", ",", "\\\\"};
const literals numbers{"0", "1", "2", "255", "256", "65535", "65536", "2147483647", "2147483648", "4294967294", "4294967295",
                       "1000000007"};
const literals xid8s{"0", "1", "255", "256", "4294967295", "4294967296", "9223372036854775807", "9223372036854775808",
                     "18446744073709551614", "18446744073709551615", "1000000007", "65536"};
const literals regtypes{"integer", "text", "bool", "text[]", "pg_catalog.int8", "\"char\"", "numeric", "double precision",
                        "character varying", "timestamp with time zone", "-", "4294967295"};
const literals regclasses{"pg_class", "pg_type", "pg_catalog.pg_proc", "pg_attribute", "pg_index", "pg_constraint", "pg_depend",
                          "pg_description", "pg_am", "pg_operator", "pg_namespace", "information_schema.tables"};
const literals regprocs{"pg_sleep", "now", "version", "-", "0", "4294967295", "pg_catalog.pg_backend_pid", "pi", "cbrt",
                        "clock_timestamp", "inet_send", "boolin"};
const literals tids{"(0,0)", "(0,1)", "(1,0)", "(1,1)", "(0,65535)", "(4294967295,0)", "(4294967295,65535)", "(65536,256)",
                    "(2147483648,1)", "(255,255)", "(256,32768)", "(42,7)"};
const literals lsns{"0/0", "0/1", "1/0", "16/B374D848", "16/b374d848", "FFFFFFFF/FFFFFFFF", "0/FFFFFFFF", "FFFFFFFF/0", "80000000/0",
                    "0/80000000", "1/A", "00000001/0000000A"};
const literals snapshots{"1:1:", "1:2:", "1:2:1", "10:20:10,14,15", "10:20:", "10:20:19", "10:20:10,10,11",
                         "4294967295:4294967297:4294967296", "9223372036854775807:9223372036854775807:",
                         "1:9223372036854775807:9223372036854775806", "1:5:1,2,3,4", "100:200:100,150,199"};
const literals jsonpaths{"$", "$.a", "$.\"a b\"", "strict $.a", "lax $[*]", "$[0 to 2]", "$.a[*] ? (@ > 1)", "$.size()", "$.**",
                         "$.a ? (@ like_regex \"^x\" flag \"i\")", "1 + 2", "$v", "$.\"\\\"\""};

inline pgcoro::pg_snapshot random_snapshot(std::mt19937_64& random) {
    pgcoro::pg_snapshot value(1 + random() % 1'000'000'000'000, 0, {});
    value.xmax = value.xmin;
    for (auto left = random() % 6; left != 0; --left) {
        value.xmax += random() % 3;
        value.in_progress.push_back(value.xmax++);
    }
    return value;
}

TEST_CASE("system types come back as the server has them") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await check_with_oracle<char>(pool, "\"char\"", chars, without_text);
        co_await check_with_oracle<std::uint32_t>(pool, "oid", numbers, without_text);
        co_await check_with_oracle<std::int64_t>(pool, "xid", numbers, without_text);
        co_await check_with_oracle<std::uint32_t>(pool, "cid", numbers, without_text);
        co_await check_with_oracle<std::uint64_t>(pool, "xid8", xid8s, without_text);
        co_await check_with_oracle<std::uint32_t>(pool, "regtype", regtypes, by_number);
        co_await check_with_oracle<std::uint32_t>(pool, "regclass", regclasses, by_number);
        co_await check_with_oracle<std::uint32_t>(pool, "regproc", regprocs, by_number);
        co_await check_with_oracle<pgcoro::tid>(pool, "tid", tids, everything);
        co_await check_with_oracle<pgcoro::pg_lsn>(pool, "pg_lsn", lsns, everything);
        co_await check_with_oracle<pgcoro::pg_snapshot>(pool, "pg_snapshot", snapshots, without_equality);
        co_await check_with_oracle<pgcoro::pg_snapshot>(pool, "txid_snapshot", snapshots, without_equality);
        co_await check_with_oracle<std::string>(pool, "jsonpath", jsonpaths, neither);
    });
}

TEST_CASE("ten thousand random system values come back unchanged") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        std::mt19937_64 random(8);
        const auto number = [&] { return static_cast<std::uint32_t>(random()); };
        co_await check_random<std::uint32_t>(pool, "oid", number);
        co_await check_random<std::uint32_t>(pool, "xid", number);
        co_await check_random<std::uint32_t>(pool, "cid", number);
        co_await check_random<std::uint32_t>(pool, "regclass", number);
        co_await check_random<std::uint64_t>(pool, "xid8", [&] { return random(); });
        co_await check_random<char>(pool, "\"char\"", [&] { return static_cast<char>(random()); });
        co_await check_random<pgcoro::tid>(pool, "tid", [&] {
            return pgcoro::tid{number(), static_cast<std::uint16_t>(random())};
        });
        co_await check_random<pgcoro::pg_lsn>(pool, "pg_lsn", [&] { return pgcoro::pg_lsn{random()}; });
        co_await check_random<pgcoro::pg_snapshot>(pool, "pg_snapshot", [&] { return random_snapshot(random); });
    });
}

TEST_CASE("every alias of oid is an integer") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        using row = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t,
                               std::uint32_t, std::uint32_t>;
        const auto [procedure, oper, operation, config, dictionary, schema, role, collation] = co_await pool.query_one<row>(
            "select 'now()'::regprocedure, 'pg_catalog.||/'::regoper, '+(integer,integer)'::regoperator, 'english'::regconfig, "
            "'simple'::regdictionary, 'pg_catalog'::regnamespace, 'postgres'::regrole, '\"C\"'::regcollation");
        CHECK(co_await pool.query_one<bool>(
            "select $1::regprocedure = 'now()'::regprocedure and $2::regoper = 'pg_catalog.||/'::regoper "
            "and $3::regoperator = '+(integer,integer)'::regoperator and $4::regconfig = 'english'::regconfig "
            "and $5::regdictionary = 'simple'::regdictionary and $6::regnamespace = 'pg_catalog'::regnamespace "
            "and $7::regrole = 'postgres'::regrole and $8::regcollation = '\"C\"'::regcollation",
            procedure, oper, operation, config, dictionary, schema, role, collation));
    });
}

TEST_CASE("what a function of type void returns is read into nothing") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        CHECK(co_await pool.query_one<std::monostate>("select pg_sleep(0)") == std::monostate());
        const auto [nothing, number] = co_await pool.query_one<std::tuple<std::monostate, int>>("select pg_sleep(0), 1");
        CHECK(number == 1);
        CHECK_FALSE(co_await pool.query_one<std::optional<std::monostate>>("select null::void"));
    });
}

TEST_CASE("vectors of the system catalogs are read into vectors") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto [columns, types] = co_await pool.query_one<std::tuple<std::vector<std::int16_t>, std::vector<std::uint32_t>>>(
            "select '1 2 -3'::int2vector, '23 25 4294967295'::oidvector");
        CHECK((columns == std::vector<std::int16_t>{1, 2, -3}));
        CHECK((types == std::vector<std::uint32_t>{23, 25, 4294967295}));
        const auto empty = co_await pool.query_one<std::vector<std::int16_t>>("select ''::int2vector");
        CHECK(empty.empty());
    });
}

TEST_CASE("the server's own places and snapshots are read") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto before = co_await pool.query_one<pgcoro::pg_lsn>("select pg_current_wal_insert_lsn()");
        co_await pool.execute("create table oracle_places (n int)");
        co_await pool.execute("insert into oracle_places values (1), (2)");
        CHECK(before < co_await pool.query_one<pgcoro::pg_lsn>("select pg_current_wal_insert_lsn()"));
        const auto places = co_await pool.query<pgcoro::tid>("select ctid from oracle_places order by n");
        REQUIRE(places.size() == 2);
        CHECK(places[0] == pgcoro::tid{0, 1});
        CHECK(places[1] == pgcoro::tid{0, 2});
        CHECK(co_await pool.query_one<int>("select n from oracle_places where ctid = $1", places[1]) == 2);
        CHECK((co_await pool.query_one<pgcoro::pg_snapshot>("select pg_current_snapshot()")).valid());
        co_await pool.execute("drop table oracle_places");
    });
}

} // namespace types_oracle_system

// Types that users and extensions made, of which the system catalogs tell.
#include "harness.hpp"
#include "run.hpp"

#include <pgcoro/types/as_text.hpp>

#include <map>

using namespace pgcoro::testing;

namespace user_types {

enum class mood { sad, ok, happy };

struct street {
    std::string name;
    int number;
};

struct address {
    std::optional<std::string> city;
    street where;
    std::optional<int> zip;
    std::vector<mood> moods;
};

struct holder {
    user_types::mood mood;
    std::string note;
};

struct site {
    int number;
    std::vector<std::optional<pgcoro::geometry::box>> areas, more;
};

using pairs = std::map<std::string, std::optional<std::string>>;

inline bool operator==(const street& a, const street& b) { return a.name == b.name && a.number == b.number; }
inline bool operator==(const address& a, const address& b) {
    return a.city == b.city && a.where == b.where && a.zip == b.zip && a.moods == b.moods;
}

/// Types in a schema that is not in the search path.
asio::awaitable<void> make_types(const pgcoro::pool& pool) {
    co_await execute_all(pool, "drop schema if exists ut cascade", "create schema ut",
                         "create type ut.mood as enum ('sad', 'ok', 'happy')",
                         "create type ut.street as (number int, name text)",   // not in the struct's order
                         "create type ut.address as (city text, old bool, \"where\" ut.street, zip int, moods ut.mood[])",
                         "alter type ut.address drop attribute old",
                         "create domain ut.positive as int check (value > 0)", "create extension hstore schema ut",
                         "create extension ltree schema ut", "create extension citext schema ut");
}

} // namespace user_types

template <>
struct pgcoro::codec<user_types::street> : pgcoro::composite<user_types::street> {};
template <>
struct pgcoro::codec<user_types::site> : pgcoro::composite<user_types::site> {};
template <>
struct pgcoro::codec<user_types::holder> : pgcoro::composite<user_types::holder> {};
template <>
struct pgcoro::codec<user_types::address> : pgcoro::composite<user_types::address> {};

namespace user_types {

TEST_CASE("composites, nested, in arrays and with NULLs, go by name there and back") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await make_types(pool);
        const auto read = co_await pool.query_one<address>(
            "select * from (select 'Rome' as city, row(7, 'Via \"Appia\", (a\\b)')::ut.street as \"where\", null::int as zip,"
            " array['ok','sad']::ut.mood[] as moods) row");
        CHECK(read.where.name == "Via \"Appia\", (a\\b)");
        CHECK(read.where.number == 7);
        CHECK(read.moods == std::vector{mood::ok, mood::sad});
        const auto [back, text] = co_await pool.query_one<std::tuple<std::optional<address>, std::string>>(
            "select $1::ut.address, $1::ut.address::text", read);
        CHECK(back == read);
        CHECK(text == "(Rome,\"(7,\"\"Via \"\"\"\"Appia\"\"\"\", (a\\\\\\\\b)\"\")\",,\"{ok,sad}\")");
        std::vector<std::optional<street>> several;
        several.emplace_back(read.where);
        several.emplace_back();
        const auto array = co_await pool.query_one<std::vector<std::optional<street>>>("select $1::ut.street[]", several);
        CHECK(array == several);
        const auto none = co_await pool.query_one<std::tuple<std::optional<street>>>("select null::ut.street");
        CHECK_FALSE(std::get<0>(none).has_value());
    });
}

TEST_CASE("composites travel in binary form where the types of their attributes are known") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await make_types(pool);
        const street one{"a", 1};
        const auto bytes = co_await pool.query_one<std::vector<std::byte>>("select record_send($1::ut.street)", one);
        CHECK(bytes.size() == 4 + 2 * 8 + 1 + 4);
        co_await pool.execute("create table ut.houses (at ut.street, lot ut.positive)");
        co_await pool.execute("insert into ut.houses values ($1, $2)", one, 5);
        std::vector<std::tuple<street, int>> rows;
        rows.emplace_back(street{"b, \"c\"", 2}, 6);
        const auto copied = co_await pool.copy_in({"ut.houses"}, rows);
        CHECK(copied == 1);
        const auto houses = co_await pool.query<std::tuple<street, int>>("select at, lot from ut.houses order by lot");
        REQUIRE(houses.size() == 2);
        CHECK(std::get<0>(houses[0]) == one);
        CHECK(std::get<0>(houses[1]) == std::get<0>(rows[0]));
    });
}

TEST_CASE("hstore, ltree and citext are recognised by their names") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await make_types(pool);
        pairs given;
        given["a \"b\"\\"] = "x=>y";
        given[""] = std::nullopt;
        const auto [back, text, size] = co_await pool.query_one<std::tuple<pairs, std::string, int>>(
            "select $1::ut.hstore, $1::ut.hstore::text, array_length(ut.akeys($1::ut.hstore), 1)", given);
        CHECK(back == given);
        CHECK(text == "\"\"=>NULL, \"a \\\"b\\\"\\\\\"=>\"x=>y\"");
        CHECK(size == 2);
        std::vector<pairs> several;
        several.push_back(given);
        several.emplace_back();
        CHECK(co_await pool.query_one<std::vector<pairs>>("select $1::ut.hstore[]", several) == several);
        const auto [path, paths, name] = co_await pool.query_one<std::tuple<std::string, std::vector<std::string>, std::string>>(
            "select 'Top.Science'::ut.ltree, array['a.b', 'c']::ut.ltree[], 'ABC'::ut.citext");
        CHECK(path == "Top.Science");
        CHECK(paths == std::vector<std::string>{"a.b", "c"});
        CHECK(name == "ABC");
        CHECK(co_await pool.query_one<bool>("select $1::ut.ltree operator(ut.=) 'Top.Science' and $2::ut.citext operator(ut.=) 'abc'", path, name));
    });
}

TEST_CASE("arrays of domains are read as arrays of what the domains are over") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await make_types(pool);
        const auto numbers = co_await pool.query_one<std::vector<int>>("select array[1, 2]::ut.positive[]");
        CHECK(numbers == std::vector{1, 2});
        CHECK(co_await pool.query_one<std::vector<int>>("select $1::ut.positive[]", numbers) == numbers);
    });
}

TEST_CASE("ranges that users made, over domains too, their multiranges and arrays") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await make_types(pool);
        co_await execute_all(pool, "create type ut.spans as range (subtype = float8)",
                             "create type ut.lots as range (subtype = ut.positive)");
        const auto span = pgcoro::range<double>::closed_open(0.5, 2);
        const auto [back, text] =
            co_await pool.query_one<std::tuple<pgcoro::range<double>, std::string>>("select $1::ut.spans, $1::ut.spans::text", span);
        CHECK(back == span);
        CHECK(text == "[0.5,2)");
        const auto lot = co_await pool.query_one<pgcoro::range<int>>("select '(1,5]'::ut.lots");
        CHECK(lot == co_await pool.query_one<pgcoro::range<int>>("select $1::ut.lots", lot));
        const auto several = co_await pool.query_one<std::vector<pgcoro::range<double>>>("select array[$1::ut.spans, 'empty']", span);
        REQUIRE(several.size() == 2);
        CHECK(several[0] == span);
        CHECK(several[1].is_empty());
        const auto parts = co_await pool.query_one<pgcoro::multirange<double>>("select '{[1,2),[3,4)}'::ut.spans_multirange");
        CHECK(parts == co_await pool.query_one<pgcoro::multirange<double>>("select $1::ut.spans_multirange", parts));
    });
}

TEST_CASE("arrays of domains over box have its separator, alone and in composites") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await make_types(pool);
        co_await execute_all(pool, "create domain ut.area as box", "create domain ut.small_area as ut.area",
                             "create type ut.site as (number int, areas ut.small_area[], more box[])");
        using pgcoro::geometry::box;
        using pgcoro::geometry::point;
        std::vector<std::optional<box>> boxes;
        boxes.emplace_back(box(point{3, 4}, point{1, 2}));
        boxes.emplace_back();
        boxes.emplace_back(box(point{0.5, 0}, point{-1, 0}));
        constexpr std::string_view expected = "{(3,4),(1,2);NULL;(0.5,0),(-1,0)}";
        const auto [back, text, printed] =
            co_await pool.query_one<std::tuple<std::vector<std::optional<box>>, std::string, pgcoro::as_text>>(
                "select $1::ut.small_area[], $1::ut.small_area[]::text, $1::ut.small_area[]", boxes);
        CHECK(back == boxes);
        CHECK(text == expected);
        CHECK(printed.text == expected);
        const pgcoro::md_array<std::optional<box>> shifted({{0, 3}}, boxes);
        CHECK(co_await pool.query_one<std::string>("select $1::ut.area[]::text", shifted) == "[0:2]=" + std::string(expected));
        const site here{1, boxes, boxes};
        const auto [number, in_site] = co_await pool.query_one<std::tuple<int, site>>("select 1, $1::ut.site", here);
        CHECK(in_site.areas == boxes);
        CHECK(in_site.more == boxes);
        const auto rows = co_await pool.query_one<std::tuple<site, std::string>>("select $1::ut.site, '=r/postgres'::aclitem", here);
        CHECK(std::get<0>(rows).areas == boxes);   // from text
    });
}

TEST_CASE("a user's type of another name or with other attributes is refused before anything is sent") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await make_types(pool);
        const auto enumeration = co_await failure_of(pool.query<pairs>("select 'ok'::ut.mood"));
        CHECK(enumeration.code() == pgcoro::errc::type_mismatch);
        CHECK(contains(enumeration.what(), "ut.mood"));
        const auto other = co_await failure_of(pool.query<std::tuple<street>>("select null::ut.address"));
        CHECK(other.code() == pgcoro::errc::type_mismatch);
        CHECK(contains(other.what(), "ut.address"));
        const street one{"a", 1};
        const auto given = co_await failure_of(pool.query("select $1::ut.address", one));
        CHECK(given.code() == pgcoro::errc::type_mismatch);
        CHECK(given.execution() == pgcoro::execution_state::not_sent);
    });
}

TEST_CASE("a label that the server's enum lacks is refused before anything is sent, wherever the value lies") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await make_types(pool);
        co_await execute_all(pool, "create type ut.narrow as enum ('ok', 'angry')", "create domain ut.narrow_domain as ut.narrow",
                             "create type ut.holder as (mood ut.narrow, note text)", "create table ut.moods (mood ut.narrow)");
        const auto check = [](const pgcoro::error& refused,
                              pgcoro::execution_state execution = pgcoro::execution_state::not_sent) {
            CHECK(refused.code() == pgcoro::errc::value_out_of_range);
            CHECK(refused.execution() == execution);
            CHECK_MESSAGE(contains(refused.what(), "ut.narrow has no label for the user_types::mood value: it has ok, angry, and "
                                                   "lacks sad, happy"),
                          std::string(refused.what()));
        };
        check(co_await failure_of(pool.query("select $1::ut.narrow", mood::sad)));
        check(co_await failure_of(pool.query("select $1::ut.narrow_domain", mood::sad)));
        const std::vector<mood> several{mood::ok, mood::sad};
        check(co_await failure_of(pool.query("select $1::ut.narrow[]", several)));
        const holder composite{mood::happy, "x"};
        check(co_await failure_of(pool.query("select $1::ut.holder", composite)));
        auto batch = pool.batch(pgcoro::execute("insert into ut.moods values ($1)", mood::ok),
                                pgcoro::execute("insert into ut.moods values ($1)", mood::sad));
        check(co_await failure_of(std::move(batch)), pgcoro::execution_state::rejected);   // what was sent before it
        const auto [stored, alone] = co_await pool.pipeline(pgcoro::execute("insert into ut.moods values ($1)", mood::ok),
                                                            pgcoro::execute("insert into ut.moods values ($1)", mood::sad));
        CHECK(stored.has_value());
        check(alone.error());
        CHECK(co_await pool.query_one<std::tuple<mood>>("select $1::ut.narrow", mood::ok) == std::tuple(mood::ok));
        CHECK(co_await pool.query_one<int>("select count(*)::int from ut.moods") == 1);

        const auto read = co_await failure_of(pool.query_one<mood>("select 'angry'::ut.narrow"));
        CHECK(contains(read.what(), "\"angry\" is no label of user_types::mood (sad, ok, happy)"));
    });
}

TEST_CASE("labels that were added to an enum since it was first used are sent at once") {
    const auto grown = [](auto use) {
        with_pool(one_connection(), [&](pgcoro::pool& pool) -> asio::awaitable<void> {
            co_await execute_all(pool, "drop schema if exists ut cascade", "create schema ut",
                                 "create type ut.growing as enum ('sad')", "create table ut.moods (mood ut.growing)");
            CHECK(co_await pool.query_one<mood>("select $1::ut.growing", mood::sad) == mood::sad);
            co_await pool.execute("insert into ut.moods values ($1)", mood::sad);
            co_await execute_all(pool, "alter type ut.growing add value 'ok'", "alter type ut.growing add value 'happy'");
            co_await use(pool);
        });
    };
    grown([](pgcoro::pool& pool) -> asio::awaitable<void> {
        CHECK(co_await pool.query_one<mood>("select $1::ut.growing", mood::ok) == mood::ok);
        CHECK(co_await pool.query_one<mood>("select $1::ut.growing", mood::happy) == mood::happy);
    });
    grown([](pgcoro::pool& pool) -> asio::awaitable<void> {   // a statement that is new, with a type that is not
        CHECK(co_await pool.query_one<std::tuple<mood>>("select ($1::ut.growing)", mood::ok) == std::tuple(mood::ok));
    });
    grown([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await pool.batch(pgcoro::execute("insert into ut.moods values ($1)", mood::ok),
                            pgcoro::execute("insert into ut.moods values ($1)", mood::happy));
        CHECK(co_await pool.query_one<int>("select count(*)::int from ut.moods") == 3);
    });
    grown([](pgcoro::pool& pool) -> asio::awaitable<void> {
        std::vector<std::tuple<mood>> rows;
        rows.emplace_back(mood::happy);
        const auto copied = co_await pool.copy_in({"ut.moods"}, rows);
        CHECK(copied == 1);
    });
    grown([](pgcoro::pool& pool) -> asio::awaitable<void> {
        std::vector<std::tuple<mood>> rows;
        rows.emplace_back(mood::happy);
        co_await pool.execute_many("insert into ut.moods values ($1)", rows);
        CHECK(co_await pool.query_one<int>("select count(*)::int from ut.moods") == 2);
    });
    grown([](pgcoro::pool& pool) -> asio::awaitable<void> {   // what was sent before cannot be sent again
        co_await pool.transaction([](pgcoro::transaction& tx) -> asio::awaitable<void> {
            CHECK(co_await tx.query_one<mood>("select $1::ut.growing", mood::happy) == mood::happy);
        });
    });
}

TEST_CASE("a composite that was altered since it was first used is read and written as it is now") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await make_types(pool);
        co_await execute_all(pool, "create type ut.growing as (number int)");
        CHECK(co_await pool.query_one<int>("select ('(1)'::ut.growing).number") == 1);
        const auto before = co_await pool.query("select '(1)'::ut.growing as it");
        co_await pool.execute("alter type ut.growing add attribute name text");
        const street one{"a", 1};
        CHECK(co_await pool.query_one<std::tuple<street>>("select $1::ut.growing", one) == std::tuple(one));
        CHECK(co_await pool.query_one<std::tuple<street>>("select '(1,a)'::ut.growing as it") == std::tuple(one));
        CHECK(before[0]["it"].as<pgcoro::as_text>().text == "(1)");   // of a result from before
    });
}

TEST_CASE("the system catalogs are asked once in a pool, and again for a type that was made anew") {
    witness elsewhere;
    for (const auto* const statement : {"drop database if exists user_types", "drop role if exists user_types",
                                        "create database user_types", "create role user_types"})
        elsewhere.ask(statement);
    auto options = test_options();
    options.connect.dbname("user_types");
    options.on_connect = [](pgcoro::lease& fresh) -> asio::awaitable<void> { co_await fresh.execute("set role user_types"); };
    with_pool(options, [&](pgcoro::pool& pool) -> asio::awaitable<void> {
        witness owner(options.connect.connection_string());
        const street one{"a", 1};
        owner.ask("create type street as (number int, name text)");
        CHECK(co_await pool.query_one<std::tuple<street>>("select $1::street", one) == std::tuple(one));
        std::vector<street> several;
        several.push_back(one);
        CHECK(co_await pool.query_one<std::vector<street>>("select $1::street[]", several) == several);
        owner.ask("revoke select on pg_catalog.pg_type from public");   // who asks now fails
        const auto first = co_await pool.acquire();
        const auto second = co_await pool.acquire();
        for (const auto* const each : {&first, &second}) {
            CHECK(co_await each->query_one<std::tuple<street>>("select $1::street", one) == std::tuple(one));
            CHECK(co_await each->query_one<std::vector<street>>("select array[$1::street]", one) == several);
        }
        owner.ask("drop type street");
        owner.ask("create type street as (name text, number int)");
        const auto asking = co_await failure_of(pool.query_one<std::tuple<street>>("select $1::street", one));
        CHECK(asking.code() == pgcoro::sqlstate::insufficient_privilege);
        CHECK(asking.execution() == pgcoro::execution_state::not_sent);
        owner.ask("grant select on pg_catalog.pg_type to public");
        CHECK(co_await pool.query_one<std::tuple<street>>("select $1::street", one) == std::tuple(one));
    });
    elsewhere.ask("drop database user_types with (force)");
    elsewhere.ask("drop role user_types");
}

TEST_CASE("the first use of a type may be in a batch, a stream or an untyped result") {
    const auto first_use = [](auto use) {
        with_pool([&](pgcoro::pool& pool) -> asio::awaitable<void> {
            co_await make_types(pool);
            co_await use(pool);
        });
    };
    const street one{"a", 1};
    first_use([&](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto [given, path, none] = co_await pool.batch(
            pgcoro::query_one<std::tuple<street>>("select $1::ut.street", one),
            pgcoro::query_one<std::string>("select 'a.b'::ut.ltree"), pgcoro::execute("select 1"));
        CHECK(std::get<0>(given) == one);
        CHECK(path == "a.b");
    });
    first_use([&](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto [given, path] = co_await pool.pipeline(
            pgcoro::query_one<std::tuple<street>>("select $1::ut.street", one),
            pgcoro::query_one<std::string>("select 'a.b'::ut.ltree"));
        CHECK(std::get<0>(given.value()) == one);
        CHECK(path.value() == "a.b");
    });
    first_use([&](pgcoro::pool& pool) -> asio::awaitable<void> {
        auto streets = co_await pool.stream<std::tuple<street>>("select (i, 'x')::ut.street from generate_series(1, 3) i");
        int count = 0;
        while (const auto next = co_await streets.next()) {
            CHECK(std::get<0>(*next) == street{"x", ++count});
        }
        CHECK(count == 3);
    });
    first_use([&](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto lease = co_await pool.acquire();   // rows straight from the statement
        auto streets = co_await lease.stream<std::tuple<street>>("select $1::ut.street", one);
        const auto next = co_await streets.next();
        CHECK(next == std::tuple(one));
    });
    first_use([&](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto untyped = co_await pool.query("select row(1, 'a')::ut.street as at, 'a.b'::ut.ltree as path");
        CHECK(untyped[0]["at"].as<street>() == one);
        CHECK(untyped[0]["path"].as<std::string>() == "a.b");
    });
}

TEST_CASE("a batch finds its types while another statement asks for some of them on the same connection") {
    auto options = test_options();
    options.max_connections = 1;
    const street one{"a", 1};
    with_pool(options, [&](pgcoro::pool& pool) -> asio::awaitable<void> {
        for (int i = 0; i < 5; ++i) {   // each time the types are new ones
            co_await make_types(pool);
            auto alone = pool.query_one<std::tuple<street>>("select $1::ut.street", one);
            auto batch = pool.batch(pgcoro::query_one<std::tuple<street>>("select $1::ut.street", one),
                                    pgcoro::query_one<std::string>("select 'a.b'::ut.ltree"));
            const auto [at, both] = co_await (std::move(alone) && std::move(batch));
            CHECK(std::get<0>(at) == one);
            CHECK(std::get<0>(std::get<0>(both)) == one);
            CHECK(std::get<1>(both) == "a.b");
        }
    });
}

TEST_CASE("rows that are read later keep what is known of their types") {
    const street one{"a", 1};
    std::optional<pgcoro::rows<std::tuple<street>>> rows;
    std::optional<pgcoro::result> untyped;
    with_pool([&](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await make_types(pool);
        rows.emplace(co_await pool.query_rows<std::tuple<street>>("select row(1, 'a')::ut.street"));
        untyped.emplace(co_await pool.query("select row(1, 'a')::ut.street"));
    });
    CHECK(std::get<0>(rows->front()) == one);
    CHECK((*untyped)[0][0].as<street>() == one);
}

TEST_CASE("on a lease, in a transaction and behind a cancelled request types are found as well") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await make_types(pool);
        const street one{"a", 1};
        co_await pool.transaction([&](pgcoro::transaction& tx) -> asio::awaitable<void> {
            co_await tx.execute("create type ut.inner as (number int, name text)");
            CHECK(co_await tx.query_one<std::tuple<street>>("select $1::ut.inner", one) == std::tuple(one));
            CHECK(co_await tx.query_one<int>("select 1") == 1);
        });
        const auto [rows, number] =
            co_await pool.batch(pgcoro::query<std::tuple<street>>("select row(1, 'a')::ut.inner"), pgcoro::query_one<int>("select 1"));
        CHECK(std::get<0>(rows.front()) == one);
        CHECK(number == 1);
    });
}

} // namespace user_types

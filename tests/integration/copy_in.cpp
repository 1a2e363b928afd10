// COPY FROM STDIN: what is stored, and what is said when nothing is.
#include "harness.hpp"
#include "pgbouncer.hpp"

#include <boost/asio/this_coro.hpp>

#include <list>
#include <map>

namespace {

using namespace pgcoro::testing;
using pgcoro::errc;
using pgcoro::pool;
using pgcoro::pool_options;
using pgcoro::sqlstate;

struct copied_user {
    std::int64_t id;
    std::string name;
    std::optional<std::string> email;
};

struct misfit_user {
    std::int64_t id;
    double name;
};

struct renamed_user {
    std::int64_t number;
    std::string called;
};

enum class copied_mood { sad, happy };

struct moody_user {
    int id;
    std::string name;
    copied_mood mood;
    std::optional<double> weight;
    std::vector<int> marks;
    std::chrono::sys_time<std::chrono::microseconds> born;
    bool alive;
    std::vector<std::byte> key;
};

/// A pool with one connection, and a table made anew.
struct copy_bench {
    explicit copy_bench(const std::string& definition, pool_options options = {})
        : p(loop, [&] {
              options.connect = test_dsn();
              options.max_connections = 1;
              return options;
          }()) {
        w.ask(definition);
    }

    template <class Body>
    void run(Body&& body) {
        pgcoro::testing::run(loop, [&]() -> asio::awaitable<void> {
            co_await body();
            CHECK(co_await p.query_one<int>("select 42") == 42);
            co_await p.close();
        });
        loop.restart();
        loop.run_for(patience);
        CHECK(loop.stopped());
    }

    asio::io_context loop;
    witness w;
    pool p;
};

constexpr auto copied_table
    = "drop table if exists copied; create table copied(id int8 primary key, name text not null, email text)";

std::vector<copied_user> some_users(int count) {
    std::vector<copied_user> users;
    for (int i = 0; i < count; ++i) {
        copied_user u{i, "name " + std::to_string(i), std::nullopt};
        if (i % 3 == 0) u.email = "mail" + std::to_string(i);
        users.push_back(u);
    }
    return users;
}

} // namespace

template <>
struct pgcoro::mapping<renamed_user> {
    static constexpr std::array renamed{pgcoro::rename("number", "id"), pgcoro::rename("called", "name")};
};

TEST_CASE("a range of structs is copied into the columns of its fields") {
    copy_bench b(copied_table);
    b.run([&]() -> asio::awaitable<void> {
        const auto users = some_users(1000);
        CHECK(co_await b.p.copy_in("copied", users) == 1000);
        CHECK(b.p.stats().opened == 1);
    });
    CHECK(b.w.ask("select count(*) || ' ' || sum(id) || ' ' || count(email) from copied") == "1000 499500 334");
    CHECK(b.w.ask("select name from copied where id = 17") == "name 17");
}

TEST_CASE("a copied struct may leave out columns, and its mapping is heeded") {
    copy_bench b(copied_table);
    b.run([&]() -> asio::awaitable<void> {
        std::list<renamed_user> users;
        users.push_back({7, "seven"});
        CHECK(co_await b.p.copy_in("public.copied", users) == 1);
    });
    CHECK(b.w.ask("select id || name || (email is null) from copied") == "7seventrue");
}

TEST_CASE("tuples are copied by position: to all columns, or to those that are given") {
    copy_bench b(copied_table);
    b.run([&]() -> asio::awaitable<void> {
        std::vector<std::tuple<int, std::string_view, const char*>> all;
        all.emplace_back(1, "one", "mail");
        all.emplace_back(2, "two", nullptr);
        CHECK(co_await b.p.copy_in("copied", all) == 2);
        std::vector<std::pair<std::string, std::optional<std::int64_t>>> some;
        some.emplace_back("three", 3);
        CHECK(co_await b.p.copy_in("copied", some, pgcoro::column_list{"name", "id"}) == 1);
        CHECK(co_await b.p.copy_in("copied", some | std::views::take(0), pgcoro::column_list{"name", "id"}) == 0);
    });
    CHECK(b.w.ask("select string_agg(id || name || coalesce(email, '-'), ',' order by id) from copied")
          == "1onemail,2two-,3three-");
}

TEST_CASE("scalars are copied into the one column that is named") {
    copy_bench b("drop table if exists copied; create table copied(a int, b text default 'x')");
    b.run([&]() -> asio::awaitable<void> {
        CHECK(co_await b.p.copy_in("copied", std::views::iota(1, 11), pgcoro::column_list{"a"}) == 10);
    });
    CHECK(b.w.ask("select sum(a) || min(b) from copied") == "55x");
}

TEST_CASE("names of tables and columns are quoted") {
    copy_bench b("drop schema if exists \"odd. schema\" cascade; create schema \"odd. schema\"; "
                 "create table \"odd. schema\".\"Ta\"\"ble\"(\"sel ect\" int, \"B\"\"\" text)");
    b.run([&]() -> asio::awaitable<void> {
        std::vector<std::tuple<std::string, int>> rows;
        rows.emplace_back("b", 1);
        const auto table = pgcoro::qualified("odd. schema", "Ta\"ble");
        CHECK(co_await b.p.copy_in(table, rows, pgcoro::column_list{"B\"", "sel ect"}) == 1);
        auto reader = co_await b.p.copy_out<std::tuple<int, std::string>>(table);
        const auto row = co_await reader.next();
        REQUIRE(row);
        CHECK(*row == std::tuple<int, std::string>(1, "b"));
        CHECK_FALSE(co_await reader.next());
    });
    b.w.ask("drop schema \"odd. schema\" cascade");
}

TEST_CASE("an asynchronous source is asked until it has no more") {
    copy_bench b(copied_table);
    b.run([&]() -> asio::awaitable<void> {
        asio::steady_timer timer(co_await asio::this_coro::executor);
        int next = 0;
        const auto source = [&]() -> asio::awaitable<std::optional<copied_user>> {
            if (next % 100 == 0) {
                timer.expires_after(1ms);
                co_await timer.async_wait(asio::use_awaitable);
            }
            if (next == 300) co_return std::nullopt;
            copied_user u{next++, "n", std::nullopt};
            co_return u;
        };
        CHECK(co_await b.p.copy_in("copied", source) == 300);
    });
    CHECK(b.w.ask("select count(*) from copied") == "300");
}

TEST_CASE("what a source throws ends the COPY, and nothing is stored") {
    copy_bench b(copied_table);
    b.run([&]() -> asio::awaitable<void> {
        int next = 0;
        const auto source = [&]() -> asio::awaitable<std::optional<copied_user>> {
            if (next == 5000) throw std::runtime_error("the source ran dry");
            copied_user u{next++, "some text that fills the block", std::nullopt};
            co_return u;
        };
        bool thrown = false;
        try {
            co_await b.p.copy_in("copied", source);
        } catch (const std::runtime_error& e) {
            thrown = std::string(e.what()) == "the source ran dry";
        }
        CHECK(thrown);
        CHECK(co_await b.p.query_one<std::int64_t>("select count(*) from copied") == 0);
        CHECK(b.p.stats().opened == 1);
    });
}

TEST_CASE("a type that only the server knows makes the COPY travel as text") {
    copy_bench b("drop table if exists copied; drop type if exists copied_mood; create type copied_mood as enum ('sad', 'happy');"
                 "create table copied(id int, name text, mood copied_mood, weight float8, marks int[], born timestamptz, "
                 "alive bool, key bytea)");
    b.run([&]() -> asio::awaitable<void> {
        std::vector<moody_user> users(2);
        users[0] = {1, "tab\t newline\n back\\slash\r \\N \\.", copied_mood::happy, 1.5, {1, 2}, {}, true, {std::byte{0}, std::byte{255}}};
        users[1] = {2, "", copied_mood::sad, std::nullopt, {}, {}, false, {}};
        CHECK(co_await b.p.copy_in("copied", users) == 2);
        const auto back = co_await b.p.query<moody_user>("select * from copied order by id");
        REQUIRE(back.size() == 2);
        CHECK(back[0].name == users[0].name);
        CHECK(back[0].mood == copied_mood::happy);
        CHECK(back[0].weight == 1.5);
        CHECK(back[0].marks == users[0].marks);
        CHECK(back[0].born == users[0].born);
        CHECK(back[0].alive);
        CHECK(back[0].key == users[0].key);
        CHECK(back[1].name.empty());
        CHECK_FALSE(back[1].weight);
        CHECK(back[1].marks.empty());
        CHECK(back[1].key.empty());
    });
    b.w.ask("drop table copied; drop type copied_mood");
}

TEST_CASE("a domain is copied in the binary form of its base type") {
    copy_bench b("drop table if exists copied; drop domain if exists copied_count; create domain copied_count as int "
                 "check (value >= 0); create table copied(n copied_count)");
    b.run([&]() -> asio::awaitable<void> {
        CHECK(co_await b.p.copy_in("copied", std::vector<int>(3, 5)) == 3);
        const auto failed = [&]() -> asio::awaitable<pgcoro::error> {
            try {
                co_await b.p.copy_in("copied", std::vector<int>(3, -5));
            } catch (const pgcoro::error& e) {
                co_return e;
            }
            co_return pgcoro::error();
        };
        const auto failure = co_await failed();
        CHECK(failure.code() == sqlstate::check_violation);
    });
    b.w.ask("drop table copied; drop domain copied_count");
}

namespace {

template <class Awaitable>
asio::awaitable<pgcoro::error> error_of(Awaitable work) {
    std::optional<pgcoro::error> failure;
    try {
        static_cast<void>(co_await std::move(work));
    } catch (const pgcoro::error& e) {
        failure = e;
    }
    if (!failure) throw std::runtime_error("it succeeded");
    co_return *failure;
}

} // namespace

TEST_CASE("rows that do not go with the columns are refused before anything is copied") {
    copy_bench b(copied_table);
    b.run([&]() -> asio::awaitable<void> {
        const std::vector<misfit_user> misfits(1);
        auto failure = co_await error_of(b.p.copy_in("copied", misfits));
        CHECK(failure.code() == errc::type_mismatch);
        CHECK(contains(failure.what(), "column 'name' is text, which field 'name' of misfit_user (double)"));
        CHECK(failure.execution() == pgcoro::execution_state::not_sent);
        const std::vector<std::tuple<int>> short_rows(1);
        failure = co_await error_of(b.p.copy_in("copied", short_rows));
        CHECK(failure.code() == errc::column_missing);
        CHECK(contains(failure.what(), "id, name, email"));
        failure = co_await error_of(b.p.copy_in("no_such_table", misfits));
        CHECK(failure.code() == sqlstate::undefined_table);
        const std::vector<std::tuple<int>> values(1);
        failure = co_await error_of(b.p.copy_in("copied", values, pgcoro::column_list{"nowhere"}));
        CHECK(failure.code() == sqlstate::undefined_column);
        CHECK(b.p.stats().opened == 1);
    });
}

TEST_CASE("a value that does not fit names its row, and the rest may be copied without it") {
    copy_bench b("drop table if exists copied; create table copied(a int2, b text)");
    b.run([&]() -> asio::awaitable<void> {
        using row = std::tuple<int, std::string>;
        auto writer = co_await b.p.copy_in<row>("copied");
        const row good(1, "good"), bad(70000, "bad");
        co_await writer.write(good);
        const auto failure = co_await error_of([&]() -> asio::awaitable<void> { co_await writer.write(bad); }());
        CHECK(failure.code() == errc::value_out_of_range);
        CHECK(contains(failure.what(), "row 2, column 'a' (smallint), element 1 of std::tuple"));
        co_await writer.write(good);
        CHECK(co_await writer.finish() == 2);
    });
    CHECK(b.w.ask("select count(*) from copied") == "2");
}

TEST_CASE("a violated constraint is reported with its line, and nothing is stored") {
    copy_bench b(copied_table);
    b.run([&]() -> asio::awaitable<void> {
        auto users = some_users(20000);
        users[11].id = 3;
        const auto failure = co_await error_of(b.p.copy_in("copied", users));
        CHECK(failure.code() == sqlstate::unique_violation);
        CHECK(failure.execution() == pgcoro::execution_state::rejected);
        CHECK(contains(failure.diagnostics().context, "COPY copied, line 12"));
        CHECK(failure.diagnostics().constraint == "copied_pkey");
        CHECK(co_await b.p.query_one<std::int64_t>("select count(*) from copied") == 0);
        CHECK(b.p.stats().opened == 1);
    });
}

TEST_CASE("raw data are copied in any format") {
    copy_bench b(copied_table);
    b.run([&]() -> asio::awaitable<void> {
        auto csv = co_await b.p.copy_in_raw("copy copied from stdin (format csv, header)");
        co_await csv.write("id,name,email\n1,\"o,n");
        co_await csv.write("e\",\n2,two,mail\n");
        CHECK(co_await csv.finish() == 2);
        CHECK_FALSE(csv);
        auto text = co_await b.p.copy_in_raw("copy copied(name, id) from stdin");
        const std::string line = "three\t3\n";
        co_await text.write(std::as_bytes(std::span(line.data(), line.size())));
        CHECK(co_await text.finish() == 1);
        // Out in binary and in again.
        auto reader = co_await b.p.copy_out_raw("copy copied to stdout (format binary)");
        std::vector<std::byte> all;
        while (const auto chunk = co_await reader.next()) all.insert(all.end(), chunk->begin(), chunk->end());
        co_await b.p.execute("delete from copied");
        auto binary = co_await b.p.copy_in_raw("copy copied from stdin (format binary)");
        for (const auto byte : all) co_await binary.write(std::span(&byte, 1));
        CHECK(co_await binary.finish() == 3);
    });
    CHECK(b.w.ask("select string_agg(id || name || coalesce(email, '-'), ';' order by id) from copied")
          == "1o,ne-;2twomail;3three-");
}

TEST_CASE("a bad line of csv is reported with its number, and the connection is good") {
    copy_bench b(copied_table);
    b.run([&]() -> asio::awaitable<void> {
        auto lease = co_await b.p.acquire();
        const auto pid = lease.backend_pid();
        auto writer = co_await lease.copy_in_raw("copy copied from stdin (format csv)");
        co_await writer.write("1,one,\n2,two,\nthree,3,\n4,four,\n");
        const auto failure = co_await error_of(writer.finish());
        CHECK(failure.code() == sqlstate::invalid_text_representation);
        CHECK(contains(failure.diagnostics().context, "COPY copied, line 3, column id"));
        CHECK(failure.diagnostics().sql == "copy copied from stdin (format csv)");
        CHECK(co_await lease.query_one<int>("select pg_backend_pid()") == pid);
        CHECK(co_await lease.query_one<std::int64_t>("select count(*) from copied") == 0);
    });
}

TEST_CASE("a COPY goes on after the server's error without a hang, and then reports it") {
    copy_bench b(copied_table);
    b.run([&]() -> asio::awaitable<void> {
        auto writer = co_await b.p.copy_in_raw("copy copied from stdin (format csv)");
        co_await writer.write("no number,one,\n");
        const std::string much(3 << 20, 'x');
        for (int i = 0; i < 10; ++i) co_await writer.write(much);
        const auto failure = co_await error_of(writer.finish());
        CHECK(failure.code() == sqlstate::invalid_text_representation);
        CHECK(contains(failure.diagnostics().context, "line 1"));
    });
}

TEST_CASE("a COPY that the server refuses at once has its error there") {
    copy_bench b(copied_table);
    b.run([&]() -> asio::awaitable<void> {
        const auto failure = co_await error_of(b.p.copy_in_raw("copy nowhere from stdin"));
        CHECK(failure.code() == sqlstate::undefined_table);
        const auto wrong = co_await error_of(b.p.copy_in_raw("copy copied to stdout"));
        CHECK(wrong.code() == errc::not_shareable);
        const auto other = co_await error_of(b.p.copy_out_raw("copy copied from stdin"));
        CHECK(other.code() == errc::not_shareable);
        const auto text = co_await error_of(b.p.copy_in_raw(pgcoro::runtime_sql("select 1")));
        CHECK(text.code() == errc::invalid_sql);
        CHECK(b.p.stats().opened == 1);
    });
}

TEST_CASE("progress of a COPY is told as it goes, and at the end") {
    copy_bench b(copied_table);
    b.run([&]() -> asio::awaitable<void> {
        std::vector<pgcoro::copy_progress> seen;
        const auto users = some_users(20000);
        const auto n = co_await b.p.copy_in("copied", users, pgcoro::copy_options().progress([&](const auto& so_far) {
            seen.push_back(so_far);
        }));
        CHECK(n == 20000);
        REQUIRE(seen.size() > 5);
        for (std::size_t i = 1; i < seen.size(); ++i) {
            CHECK(seen[i].rows >= seen[i - 1].rows);
            CHECK(seen[i].bytes >= seen[i - 1].bytes);
        }
        CHECK(seen.front().rows < 20000);
        CHECK(seen.back().rows == 20000);
        CHECK(seen.back().bytes > 20000 * 20);
    });
}

TEST_CASE("a COPY within a transaction is part of it") {
    copy_bench b(copied_table);
    b.run([&]() -> asio::awaitable<void> {
        const auto users = some_users(10);
        {
            auto lease = co_await b.p.acquire();
            co_await lease.execute("begin");
            CHECK(co_await lease.copy_in("copied", users) == 10);
            CHECK(co_await lease.query_one<std::int64_t>("select count(*) from copied") == 10);
            co_await lease.execute("rollback");
        }
        CHECK(co_await b.p.query_one<std::int64_t>("select count(*) from copied") == 0);
        auto tx = co_await b.p.begin();
        CHECK(co_await tx.copy_in("copied", users) == 10);
        co_await tx.commit();
        CHECK(co_await b.p.query_one<std::int64_t>("select count(*) from copied") == 10);
        // BEGIN travels with the COPY itself.
        tx = co_await b.p.begin();
        auto writer = co_await tx.copy_in_raw("copy copied from stdin");
        co_await writer.write("11\televen\t\\N\n");
        CHECK(co_await writer.finish() == 1);
        CHECK(co_await tx.query_one<std::int64_t>("select count(*) from copied") == 11);
        co_await tx.rollback();
        CHECK(co_await b.p.query_one<std::int64_t>("select count(*) from copied") == 10);
    });
}

TEST_CASE("columns of a changed table are asked for anew") {
    copy_bench b("drop table if exists copied; create table copied(a int)");
    b.run([&]() -> asio::awaitable<void> {
        const std::vector<int> rows(2, 7);
        CHECK(co_await b.p.copy_in("copied", rows) == 2);
        b.w.ask("alter table copied alter column a type int8");
        CHECK(co_await b.p.copy_in("copied", rows) == 2);
        CHECK(co_await b.p.query_one<std::int64_t>("select sum(a)::int8 from copied") == 28);
    });
}

TEST_CASE("storing by COPY needs no right to read") {
    copy_bench b("drop table if exists copied; create table copied(a int); drop role if exists copy_only; "
                 "create role copy_only; grant insert on copied to copy_only");
    b.run([&]() -> asio::awaitable<void> {
        auto lease = co_await b.p.acquire();
        co_await lease.execute("set role copy_only");
        CHECK(co_await lease.copy_in("copied", std::vector<int>(2, 7)) == 2);
    });
    b.w.ask("drop table copied; drop role copy_only");
}

TEST_CASE("a stand-alone connection and a pool on a strand copy as well") {
    witness w;
    w.ask(copied_table);
    asio::io_context loop;
    run(loop, [&]() -> asio::awaitable<void> {
        auto conn = co_await pgcoro::connect(co_await asio::this_coro::executor, test_dsn());
        const auto users = some_users(3000);
        CHECK(co_await conn.copy_in("copied", users) == 3000);
        auto reader = co_await conn.copy_out<copied_user>("copied");
        std::size_t n = 0;
        while (const auto u = co_await reader.next()) n += u->name.size();
        CHECK(n > 0);
        co_await conn.close();
    });
    CHECK(w.ask("select count(*) from copied") == "3000");
}

TEST_CASE("settings of a pool hold in its COPYs and scripts behind a pooler") {
    if (!find_pgbouncer()) {
        MESSAGE("skipped: pgbouncer is not installed (tools/install_dependencies.sh installs it)");
        return;
    }
    ephemeral_server server;
    witness w(server.connection_string());
    w.ask("create schema apart; create table apart.copied(id int8, name text, email text)");
    const pgbouncer pooler(server, "transaction", "default_pool_size = 2\n");
    asio::io_context loop;
    pool p(loop, pool_options{.connect = pooler.connection_string(),
                              .max_connections = 4,
                              .session_settings = {{"search_path", "apart"}}});
    run(loop, [&]() -> asio::awaitable<void> {
        const auto users = some_users(1000);
        CHECK(co_await p.copy_in("copied", users) == 1000);
        auto tx = co_await p.begin();
        CHECK(co_await tx.copy_in("copied", users) == 1000);
        co_await tx.commit();
        auto reader = co_await p.copy_out<std::int64_t>("select count(*) from copied");
        CHECK(co_await reader.next() == 2000);
        CHECK_FALSE(co_await reader.next());
        co_await p.execute_script("delete from copied; insert into copied values (1)");
        const std::string wrong = "select 1; select * from nowhere";
        const auto failure = co_await error_of(p.execute_script(wrong));
        CHECK(failure.diagnostics().position == wrong.find("nowhere") + 1);
        co_await p.close();
    });
    CHECK(w.ask("select count(*) from apart.copied") == "1");
}

TEST_CASE("what a COPY's error quotes is withheld where the pool says so") {
    auto options = pool_options{};
    options.redact_server_messages = true;
    copy_bench b(copied_table, options);
    b.run([&]() -> asio::awaitable<void> {
        auto writer = co_await b.p.copy_in_raw("copy copied from stdin (format csv)");
        co_await writer.write("secret,one,\n");
        const auto failure = co_await error_of(writer.finish());
        CHECK(failure.code() == sqlstate::invalid_text_representation);
        CHECK_FALSE(contains(failure.what(), "secret"));
    });
}

// Declared statements against the schema of a real database.
#include <pgcoro/pgcoro.hpp>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "run.hpp"

namespace verify_tests {

namespace asio = boost::asio;
using pgcoro::difference_kind;
using pgcoro::errc;
using pgcoro::statement;
using pgcoro::statement_difference;
using namespace pgcoro::testing;

enum class verified_mood { sad, happy };

namespace {

struct verified_user {
    std::int64_t id = 0;
    std::string name;
    std::optional<std::string> email;
    verified_mood mood = verified_mood::sad;
};

struct verified_address {
    std::int64_t id = 0;
    std::string e_mail;
};

constexpr statement<verified_user(std::int64_t)> find_user{"select id, name, email, mood from verify.users where id = $1"};
constexpr statement<void(std::int64_t, const std::string&, std::optional<std::string>, verified_mood)> add_user{
    "insert into verify.users (id, name, email, mood) values ($1, $2, $3, $4)"};
constexpr statement<std::int64_t()> count_users{"select count(*) from verify.users"};
constexpr statement<pgcoro::result(verified_mood)> whatever{"select * from verify.users where mood = $1"};

/// A lease on a database with the schema "verify", which is gone afterwards.
template <class Body>
void with_schema(Body&& body) {
    with_pool(one_connection(), [&](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await execute_all(pool, "drop schema if exists verify cascade", "create schema verify",
                             "create type verify.mood as enum ('sad', 'happy')",
                             "create domain verify.required_text as text not null",
                             "create table verify.users (id int8 primary key, name text not null, email text, "
                             "mood verify.mood not null, nickname verify.required_text)");
        {
            const auto lease = co_await pool.acquire();
            co_await body(lease);
        }
        co_await pool.execute("drop schema verify cascade");
    });
}

/// The only difference of a statement.
template <class Signature>
asio::awaitable<statement_difference> only_difference(const pgcoro::lease& on, statement<Signature> declared) {
    const auto found = co_await pgcoro::differences(on, declared);
    if (found.size() != 1) throw std::runtime_error("differences:\n" + pgcoro::to_string(found));
    co_return found.front();
}

} // namespace

TEST_CASE("statements that go with the schema have no differences, on a lease, a pool and a connection") {
    with_schema([](const pgcoro::lease& lease) -> asio::awaitable<void> {
        co_await pgcoro::verify(lease, find_user, add_user, count_users, whatever);
        const auto none = co_await pgcoro::differences(lease, find_user, add_user);
        CHECK(none.empty());
        run([](asio::io_context& context) -> asio::awaitable<void> {
            const pgcoro::pool pool(context, one_connection());
            co_await pgcoro::verify(pool, find_user, add_user, count_users, whatever);
            const auto connection = co_await pgcoro::connect(context.get_executor(), test_dsn());
            co_await pgcoro::verify(connection, find_user, add_user, count_users, whatever);
        });
    });
}

TEST_CASE("verify reports every difference of every statement in one error") {
    with_schema([](const pgcoro::lease& lease) -> asio::awaitable<void> {
        co_await execute_all(lease, "alter table verify.users rename email to e_mail",
                             "alter table verify.users alter name type bytea using name::bytea",
                             "alter table verify.users alter id type text");
        static constexpr statement<void()> gone{"delete from verify.no_such_table"};
        auto failed = co_await [](const pgcoro::lease& on) -> asio::awaitable<pgcoro::error> {
            try {
                co_await pgcoro::verify(on, count_users, find_user, gone);
            } catch (const pgcoro::error& e) {
                co_return e;
            }
            throw std::runtime_error("no difference was found");
        }(lease);
        CHECK(failed.code() == errc::schema_mismatch);
        CHECK(failed.execution() == pgcoro::execution_state::not_sent);
        CHECK(failed.diagnostics().message
              == "2 differences in 2 statements\n"
                 "select id, name, email, mood from verify.users where id = $1\n"
                 "  - the server refuses it: undefined_column (SQLSTATE 42703): column \"email\" does not exist "
                 "(Perhaps you meant to reference the column \"users.e_mail\".)\n"
                 "delete from verify.no_such_table\n"
                 "  - the server refuses it: undefined_table (SQLSTATE 42P01): relation \"verify.no_such_table\" does not exist");

        // The same columns by another way, so that the server takes the text.
        static constexpr statement<verified_user(std::int64_t)> all{
            "select * from verify.users where id = $1"};
        const auto found = co_await pgcoro::differences(lease, all);
        CHECK(pgcoro::to_string(found)
              == "select * from verify.users where id = $1\n"
                 "  - parameter $1 is text, declared as std::int64_t: write a cast ($1::bigint) or declare another type\n"
                 "  - column 'id' is text, which field 'id' of verified_user (std::int64_t) cannot be read from\n"
                 "  - column 'name' is bytea, which field 'name' of verified_user (std::string) cannot be read from\n"
                 "  - field 'email' of verified_user has no column; did you mean 'e_mail'? (the result has id, name, "
                 "e_mail, mood, nickname)");
    });
}

TEST_CASE("a renamed column is reported with the name that is like it") {
    with_schema([](const pgcoro::lease& lease) -> asio::awaitable<void> {
        static constexpr statement<verified_address()> addresses{"select id, email from verify.users"};
        const auto found = co_await only_difference(lease, addresses);
        CHECK(found.kind() == difference_kind::column_missing);
        CHECK(contains(found.message(), "did you mean 'email'? (the result has id, email)"));
    });
}

TEST_CASE("a nullable column of a table that is read into a field that is not optional is a difference") {
    with_schema([](const pgcoro::lease& lease) -> asio::awaitable<void> {
        static constexpr statement<std::string()> emails{"select email from verify.users"};
        const auto found = co_await only_difference(lease, emails);
        CHECK(found.kind() == difference_kind::column_nullable);
        CHECK(found.message()
              == "column 'email' may be NULL (verify.users.email is not declared NOT NULL), which the row type cannot "
                 "hold: make it std::optional<std::string>");
    });
}

TEST_CASE("what the catalog cannot tell about NULL is not reported") {
    with_schema([](const pgcoro::lease& lease) -> asio::awaitable<void> {
        co_await lease.execute("create view verify.emails as select email from verify.users");
        static constexpr statement<std::string()> expression{"select lower(email) from verify.users"};
        static constexpr statement<std::string()> coalesced{"select coalesce(email, '') from verify.users"};
        static constexpr statement<std::string()> of_view{"select email from verify.emails"};
        static constexpr statement<std::string()> of_domain{"select nickname from verify.users"};
        static constexpr statement<std::optional<std::string>()> optional{"select email from verify.users"};
        static constexpr statement<std::uint32_t()> of_system{"select tableoid from verify.users"};
        static constexpr statement<std::string()> outer_join{
            "select u.name from (values (1)) v (id) left join verify.users u on u.id = v.id"};
        const auto found = co_await pgcoro::differences(lease, expression, coalesced, of_view, of_domain, optional,
                                                        of_system, outer_join);
        CHECK(pgcoro::to_string(found) == "");
    });
}

TEST_CASE("labels that one side lacks are differences, as the enum is now") {
    with_schema([](const pgcoro::lease& lease) -> asio::awaitable<void> {
        co_await pgcoro::verify(lease, find_user, add_user);
        co_await execute_all(lease, "alter type verify.mood add value 'angry'", "alter type verify.mood rename value 'happy' to 'glad'");
        const auto found = co_await pgcoro::differences(lease, find_user, add_user);
        CHECK(pgcoro::to_string(found)
              == "select id, name, email, mood from verify.users where id = $1\n"
                 "  - column 'mood' is verify.mood, of whose labels field 'mood' of verified_user (verify_tests::verified_mood) lacks glad, angry\n"
                 "insert into verify.users (id, name, email, mood) values ($1, $2, $3, $4)\n"
                 "  - parameter $4 is verify.mood with the labels sad, glad, angry; verify_tests::verified_mood also has happy");
    });
}

TEST_CASE("types that users made are named in messages") {
    with_schema([](const pgcoro::lease& lease) -> asio::awaitable<void> {
        static constexpr statement<bool(char)> wrong{"select mood from verify.users where mood = $1"};
        const auto found = co_await pgcoro::differences(lease, wrong);
        REQUIRE(found.size() == 2);
        CHECK(found[0].kind() == difference_kind::parameter_type);
        CHECK(contains(found[0].message(), "parameter $1 is verify.mood, declared as char"));
        CHECK(found[1].kind() == difference_kind::column_type);
        CHECK(found[1].message() == "column 'mood' is verify.mood, which bool cannot be read from");
    });
}

TEST_CASE("scalars and tuples report columns that are too many or missing") {
    with_schema([](const pgcoro::lease& lease) -> asio::awaitable<void> {
        static constexpr statement<std::int64_t()> scalar{"select id, name from verify.users"};
        const auto surplus = co_await only_difference(lease, scalar);
        CHECK(surplus.kind() == difference_kind::column_count);
        CHECK(surplus.message() == "std::int64_t takes 1 column; the result has 2: id, name");
        static constexpr statement<std::tuple<std::int64_t, std::string>()> pair{"select id from verify.users"};
        const auto missing = co_await only_difference(lease, pair);
        CHECK(missing.message() == "std::tuple<std::int64_t, std::string> takes 2 columns; the result has 1: id");
        static constexpr statement<std::int64_t()> none{"delete from verify.users"};
        const auto without = co_await only_difference(lease, none);
        CHECK(without.message() == "std::int64_t takes 1 column; the result has none");
    });
}

TEST_CASE("verify sees the schema as it is, not as it was when a statement was prepared") {
    with_schema([](const pgcoro::lease& lease) -> asio::awaitable<void> {
        static constexpr statement<std::int64_t()> ids{"select id from verify.users"};
        co_await lease.query(ids);
        co_await pgcoro::verify(lease, ids);
        co_await lease.execute("alter table verify.users alter id type text");
        const auto changed = co_await only_difference(lease, ids);
        CHECK(changed.kind() == difference_kind::column_type);
        co_await lease.execute("alter table verify.users alter id type int8 using id::int8");
        co_await pgcoro::verify(lease, ids);
        co_await lease.query(ids);
    });
}

TEST_CASE("statements run after verify without being prepared again") {
    with_schema([](const pgcoro::lease& lease) -> asio::awaitable<void> {
        co_await pgcoro::verify(lease, count_users);
        co_await lease.query_one(count_users);
        const auto times = co_await lease.query_one<std::int64_t>(
            "select count(*) from pg_prepared_statements where statement = $1", count_users.sql());
        CHECK(times == 1);
    });
}

TEST_CASE("statements are verified against tables that the same transaction made") {
    with_schema([](const pgcoro::lease& lease) -> asio::awaitable<void> {
        static constexpr statement<int()> made_here{"select n from verify.made_here"};
        const auto tx = co_await lease.begin();
        co_await tx.execute("create table verify.made_here (n int not null)");
        co_await pgcoro::verify(tx, made_here, count_users);
        co_await tx.rollback();
        const auto gone = co_await only_difference(lease, made_here);
        CHECK(gone.kind() == difference_kind::sql);
    });
}

TEST_CASE("what is no statement's fault is thrown as it is") {
    with_schema([](const pgcoro::lease& lease) -> asio::awaitable<void> {
        co_await lease.execute("begin");
        (void)co_await failure_of(lease.execute("select 1 / 0"));
        std::optional<pgcoro::error> thrown;
        try {
            co_await pgcoro::verify(lease, count_users);
        } catch (const pgcoro::error& e) {
            thrown = e;
        }
        REQUIRE(thrown.has_value());
        CHECK(thrown->code() == pgcoro::sqlstate::in_failed_sql_transaction);
        co_await lease.execute("rollback");

        const pgcoro::lease empty;
        thrown.reset();
        try {
            co_await pgcoro::verify(empty, count_users);
        } catch (const pgcoro::error& e) {
            thrown = e;
        }
        REQUIRE(thrown.has_value());
        CHECK(thrown->code() == errc::not_connected);
    });
}

} // namespace verify_tests

// Statements that declare the types of their parameters and rows, on a real server.
#include <pgcoro/pgcoro.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "run.hpp"

namespace declared_statements_tests {

namespace asio = boost::asio;
using pgcoro::errc;
using pgcoro::execution_state;
using pgcoro::statement;
using namespace pgcoro::testing;

namespace {

struct declared_person {
    std::int64_t id = 0;
    std::string name;
    std::optional<std::string> email;
};

struct borrowed_person {
    std::string_view name;
};

constexpr statement<declared_person(std::int64_t)> people_above{
    "select id, name, email from (values (1::int8, 'Ann', 'ann@example.com'), (2, 'Ben', null)) p (id, name, email)"
    " where id > $1 order by id"};
constexpr statement<borrowed_person(std::string_view)> greeting{"select 'hello ' || $1 as name"};
constexpr statement<pgcoro::result(int)> untyped_row{"select $1 + 1 as next"};
constexpr statement<std::optional<std::string>(std::optional<std::string>)> echo_text{"select $1::text"};
constexpr statement<std::int32_t(std::int32_t)> echo_int{"select $1::int4"};
constexpr statement<double(double)> echo_double{"select $1::float8"};
constexpr statement<std::vector<int>(const std::vector<int>&)> echo_array{"select $1::int4[]"};
constexpr statement<void(int)> count_up_to{"select generate_series(1, $1)"};
constexpr statement<void()> do_nothing{"do 'begin end'"};

template <class Handle>
asio::awaitable<void> use_every_declared_verb(const Handle& on) {
    const auto all = co_await on.query(people_above, 0);
    REQUIRE(all.size() == 2);
    CHECK(all[0].email == "ann@example.com");
    const declared_person second = co_await on.query_one(people_above, 1);
    CHECK(second.name == "Ben");
    const std::optional<declared_person> none = co_await on.query_optional(people_above, 2);
    CHECK_FALSE(none.has_value());
    const pgcoro::rows<declared_person> in_place = co_await on.query_rows(people_above, 0);
    CHECK(in_place.size() == 2);
    const pgcoro::rows<borrowed_person> borrowed = co_await on.query(greeting, "you");
    CHECK(borrowed[0].name == "hello you");
    const auto owned = co_await on.query_one(greeting, std::string("them"));
    CHECK(owned->name == "hello them");
    const pgcoro::result raw = co_await on.query(untyped_row, 41);
    CHECK(raw[0]["next"].template as<int>() == 42);
    const pgcoro::command_tag tag = co_await on.execute(count_up_to, 3);
    CHECK(tag.rows_affected() == 3);
    co_await on.execute(do_nothing);
}

} // namespace

TEST_CASE("a pool runs declared statements with every verb") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> { co_await use_every_declared_verb(pool); });
}

TEST_CASE("a lease runs declared statements with every verb") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto lease = co_await pool.acquire();
        co_await use_every_declared_verb(lease);
    });
}

TEST_CASE("a transaction runs declared statements with every verb") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto tx = co_await pool.begin();
        co_await use_every_declared_verb(tx);
        co_await tx.commit();
    });
}

TEST_CASE("a stand-alone connection runs declared statements with every verb") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        const auto connection = co_await pgcoro::connect(context.get_executor(), test_dsn());
        co_await use_every_declared_verb(connection);
    });
}

TEST_CASE("arguments become the declared types: other integers, optional ones, texts of any kind, NULL") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto from_size = co_await pool.query_one(echo_int, std::size_t{7});
        CHECK(from_size == 7);
        const auto from_int = co_await pool.query_one(echo_double, 7);
        CHECK(from_int == 7.0);
        const auto literal = co_await pool.query_one(echo_text, "literal");
        CHECK(literal == "literal");
        const std::string_view view = "view";
        const auto of_view = co_await pool.query_one(echo_text, view);
        CHECK(of_view == "view");
        const std::optional<const char*> pointer = "pointer";
        const auto of_pointer = co_await pool.query_one(echo_text, pointer);
        CHECK(of_pointer == "pointer");
        const auto nothing = co_await pool.query_one(echo_text, std::nullopt);
        CHECK_FALSE(nothing.has_value());
        const auto null = co_await pool.query_one(echo_text, nullptr);
        CHECK_FALSE(null.has_value());
        const auto null_pointer = co_await pool.query_one(echo_text, static_cast<const char*>(nullptr));
        CHECK_FALSE(null_pointer.has_value());
        const std::vector<int> numbers{1, 2, 3};
        const auto array = co_await pool.query_one(echo_array, numbers);
        CHECK(array == numbers);
    });
}

TEST_CASE("an integer that the declared type cannot hold is refused before anything is sent") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto large = co_await failure_of(pool.query_one(echo_int, std::int64_t{1} << 40));
        CHECK(large.code() == errc::value_out_of_range);
        CHECK(large.execution() == execution_state::not_sent);
        CHECK(contains(large.what(), "the argument for $1 has a value that does not fit std::int32_t"));
        CHECK(large.diagnostics().sql == "select $1::int4");
        const auto negative = co_await failure_of(pool.query(people_above, std::numeric_limits<std::uint64_t>::max()));
        CHECK(negative.code() == errc::value_out_of_range);
        CHECK(pool.stats().opened == 0);
    });
}

TEST_CASE("a null pointer for text that is not declared optional is unexpected_null") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const char* const null = nullptr;
        const auto refused = co_await failure_of(pool.query_one(greeting, null));
        CHECK(refused.code() == errc::unexpected_null);
        CHECK(contains(refused.what(), "declare std::optional<std::string_view>"));
    });
}

TEST_CASE("an operation on a declared statement keeps what was given as a temporary, and copies of owning types") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        auto of_temporary = pool.query_one(greeting, std::string(100, 'x'));
        std::optional<std::string> text(std::string(100, 'y'));
        auto of_copy = pool.query_one(echo_text, text);
        text->assign(100, 'z');
        const auto kept = co_await std::move(of_temporary);
        CHECK(kept->name == "hello " + std::string(100, 'x'));
        const auto copied = co_await std::move(of_copy);
        CHECK(copied == std::string(100, 'y'));
    });
}

TEST_CASE("declared statements and literals of the same text share one prepared statement") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await pool.query_one(echo_int, 1);
        co_await pool.query_one<std::int32_t>("select $1::int4", 2);
        CHECK(pool.stats().statements_prepared == 1);
        CHECK(pool.stats().statement_cache_hits >= 1);
    });
}

TEST_CASE("declared statements are streamed, and refused arguments are not sent") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        static constexpr statement<std::int32_t(std::int32_t)> numbers{"select generate_series(1, $1)"};
        auto stream = co_await pool.stream(numbers, std::int64_t{3});
        int sum = 0;
        while (const auto number = co_await stream.next()) sum += *number;
        CHECK(sum == 6);
        const auto tx = co_await pool.begin();
        auto within = co_await tx.stream(numbers, 2);
        const auto first = co_await within.next();
        CHECK(first == 1);
        std::optional<pgcoro::error> refused;
        try {
            (void)co_await pool.stream(numbers, std::int64_t{1} << 40);
        } catch (const pgcoro::error& e) {
            refused = e;
        }
        REQUIRE(refused.has_value());
        CHECK(refused->code() == errc::value_out_of_range);
    });
}

TEST_CASE("declared statements are parts of batches and pipelines") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto [people, one, some, rows, tag] = co_await pool.batch(
            pgcoro::query(people_above, 0), pgcoro::query_one(echo_int, 7), pgcoro::query_optional(people_above, 5),
            pgcoro::query_rows(echo_text, "rows"), pgcoro::execute(count_up_to, 4));
        CHECK(people.size() == 2);
        CHECK(one == 7);
        CHECK_FALSE(some.has_value());
        CHECK(rows[0] == "rows");
        CHECK(tag.rows_affected() == 4);

        pgcoro::dynamic_batch batch;
        batch.add(echo_int, 8);
        batch.add(do_nothing);
        const auto results = co_await pool.batch(std::move(batch));
        REQUIRE(results.size() == 2);
        CHECK(results[0][0][0].as<int>() == 8);

        const auto [first, second] = co_await pool.pipeline(pgcoro::query_one(echo_int, 1), pgcoro::execute(do_nothing));
        CHECK(first.value() == 1);
        CHECK(second.has_value());
        const auto refused = co_await failure_of(
            pool.batch(pgcoro::execute(count_up_to, 1), pgcoro::query_one(echo_int, std::int64_t{1} << 40)));
        CHECK(refused.code() == errc::value_out_of_range);
        CHECK(refused.execution() == execution_state::not_sent);
    });
}

TEST_CASE("operations on declared statements combine, time out and report as others do") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto [one, people] = co_await (pool.query_one(echo_int, 1) && pool.query(people_above, 0));
        CHECK(one == 1);
        CHECK(people.size() == 2);
        static constexpr statement<void(double)> sleep{"select pg_sleep($1)"};
        const auto late = co_await pool.execute(sleep, 60).timeout(20ms).as_result();
        REQUIRE(late.has_error());
        CHECK(late.error().code() == errc::query_timeout);
    });
}

} // namespace declared_statements_tests

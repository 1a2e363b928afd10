// What is given as arguments, and how operations keep it.
#include <pgcoro/pgcoro.hpp>

#include <boost/uuid/uuid.hpp>
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "run.hpp"

namespace parameters_tests {

namespace asio = boost::asio;
using pgcoro::errc;
using namespace pgcoro::testing;

namespace {

enum class mood { sad, ok, happy };

/// A number that cannot be copied.
class ticket {
public:
    ticket() = default;
    explicit ticket(int number) : number_(std::make_unique<int>(number)) {}
    int number() const { return *number_; }

private:
    std::unique_ptr<int> number_;
};

} // namespace

} // namespace parameters_tests

template <>
struct pgcoro::codec<parameters_tests::ticket> : pgcoro::codec_as<parameters_tests::ticket, int> {
    static parameters_tests::ticket from(int number) { return parameters_tests::ticket(number); }
    static int to(const parameters_tests::ticket& t) { return t.number(); }
};

namespace parameters_tests {

TEST_CASE("lvalues are copied, so that they may change before the operation runs") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        std::string text = "before, and long enough to be on the heap";
        std::vector<int> numbers(3, 1);
        char buffer[] = "buffer";
        auto operation = pool.query_one<std::tuple<std::string, std::vector<int>, std::string>>(
            "select $1::text, $2::int4[], $3::text", text, numbers, buffer);
        text = "after";
        numbers.clear();
        buffer[0] = 'X';
        const auto seen = co_await std::move(operation);
        CHECK(std::get<0>(seen) == "before, and long enough to be on the heap");
        CHECK(std::get<1>(seen) == std::vector<int>{1, 1, 1});
        CHECK(std::get<2>(seen) == "buffer");
    });
}

TEST_CASE("temporaries are moved into the operation, which may be kept") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        auto operation = pool.query_one<std::tuple<std::string, int>>("select $1::text, $2::int4",
                                                                      std::string(100, 'x'), ticket(7));
        const auto seen = co_await std::move(operation);
        CHECK(std::get<0>(seen) == std::string(100, 'x'));
        CHECK(std::get<1>(seen) == 7);
        auto back = co_await pool.query_one<ticket>("select $1::int4", ticket(8));
        CHECK(back.number() == 8);
    });
}

TEST_CASE("text is given as string, view, literal or character pointer") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const std::string string = "string";
        const std::string_view view = "view of something longer";
        const char* const pointer = "pointer";
        using texts = std::array<std::string, 5>;
        const auto seen = co_await pool.query_one<std::vector<std::string>>(
            "select array[$1, $2, $3, $4, $5]::text[]", string, view.substr(0, 4), "literal", pointer,
            std::string("rvalue"));
        CHECK(std::ranges::equal(seen, texts{"string", "view", "literal", "pointer", "rvalue"}));
    });
}

TEST_CASE("NULL is nullptr, nullopt, an empty optional or a null pointer to characters") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const char* const no_text = nullptr;
        const auto nulls =
            co_await pool.query_one<int>("select num_nulls($1::int, $2::text, $3::int, $4::text)", nullptr,
                                         std::nullopt, std::optional<int>(), no_text);
        CHECK(nulls == 4);
        const auto not_null =
            co_await pool.query_one<int>("select num_nulls($1::int, $2::text, $3::bytea)",
                                         std::optional<int>(0), "", std::vector<std::byte>());
        CHECK(not_null == 0);
    });
}

TEST_CASE("enums, times, identifiers and arrays are arguments like any other") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        using namespace std::chrono;
        boost::uuids::uuid id{};
        id.data[15] = 1;
        const std::array<std::optional<std::int64_t>, 3> array{1, std::nullopt, 3};
        const std::array<double, 2> numbers{0.5, 1.5};
        const auto seen = co_await pool.query_one<std::vector<std::string>>(
            "select array[$1::text, ($2::date + 1)::text, $3::uuid::text, $4::int8[]::text, "
            "$5::float8[]::text, $6::bool::text]",
            mood::happy, year_month_day(2024y / 2 / 28), id, array, std::span(numbers), true);
        CHECK(seen[0] == "happy");
        CHECK(seen[1] == "2024-02-29");
        CHECK(seen[2] == "00000000-0000-0000-0000-000000000001");
        CHECK(seen[3] == "{1,NULL,3}");
        CHECK(seen[4] == "{0.5,1.5}");
        CHECK(seen[5] == "true");
    });
}

TEST_CASE("arguments are encoded as the server's parameter wants them, not by their C++ type") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        using all = std::tuple<std::int16_t, std::int64_t, std::string, double>;
        const int seven = 7;
        const auto seen = co_await pool.query_one<all>(
            "select $1::int2, $2::int8, $3::numeric::text, $4::float8", seven, seven, seven, seven);
        CHECK(seen == all(7, 7, "7", 7.0));
    });
}

TEST_CASE(
    "an argument that does not go with its parameter is refused before anything is sent, without its value") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto wrong_type = co_await failure_of(pool.query("select $1::int + $2::int", 1, "secret"));
        CHECK(wrong_type.code() == errc::type_mismatch);
        CHECK(wrong_type.execution() == pgcoro::execution_state::not_sent);
        CHECK(std::string(wrong_type.what()).find("$2") != std::string::npos);
        CHECK(std::string(wrong_type.what()).find("secret") == std::string::npos);
        const auto too_big = co_await failure_of(pool.query("select $1::int2", 70000));
        CHECK(too_big.code() == errc::value_out_of_range);
        CHECK(too_big.execution() == pgcoro::execution_state::not_sent);
        CHECK(std::string(too_big.what()).find("70000") == std::string::npos);
    });
}

TEST_CASE("text with a NUL byte or bytes that are no UTF-8 is refused, and the connection lives on") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto pid = co_await pool.query_one<int>("select pg_backend_pid()");
        const auto nul = co_await failure_of(pool.query("select $1::text", std::string_view("a\0b", 3)));
        CHECK(nul.code() == pgcoro::sqlstate::character_not_in_repertoire);
        const auto invalid = co_await failure_of(pool.query("select $1::text", "\xc3\x28"));
        CHECK(invalid.code() == pgcoro::sqlstate::character_not_in_repertoire);
        const auto still = co_await pool.query_one<int>("select pg_backend_pid()");
        CHECK(still == pid);
    });
}

TEST_CASE("values are never part of the text") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const std::string attack = "'; select 1; -- $1 \\ \"";
        const auto seen = co_await pool.query_one<std::string>("select $1::text", attack);
        CHECK(seen == attack);
    });
}

TEST_CASE("a parameter may be used several times, and a statement may have very many") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto sum = co_await pool.query_one<int>("select $1::int + $1 + $2::int * $1", 2, 10);
        CHECK(sum == 24);
        static constexpr std::string_view sql =
            "select $1::int + $2::int + $3::int + $4::int + $5::int + $6::int + $7::int + $8::int "
            "+ $9::int + $10::int + $11::int + $12::int + $13::int + $14::int + $15::int + $16::int";
        const auto many =
            co_await pool.query_one<int>(sql, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
        CHECK(many == 136);
    });
}

TEST_CASE("text made at run time runs with its arguments counted") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const std::string sql = "select $1::int + $2::int";
        const auto sum = co_await pool.query_one<int>(pgcoro::runtime_sql(sql), 1, 2);
        CHECK(sum == 3);
        const auto too_few = co_await failure_of(pool.query_one<int>(pgcoro::runtime_sql(sql), 1));
        CHECK(too_few.code() == errc::parameter_count);
        CHECK(too_few.execution() == pgcoro::execution_state::not_sent);
        const auto too_many = co_await failure_of(pool.query_one<int>(pgcoro::runtime_sql(sql), 1, 2, 3));
        CHECK(too_many.code() == errc::parameter_count);
    });
}

TEST_CASE("text made at run time belongs to the operation") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        auto sql = std::make_unique<std::string>("select 'a text that is long enough to be on the heap'");
        auto operation = pool.query_one<std::string>(pgcoro::runtime_sql(*sql));
        sql.reset();
        auto moved = std::move(operation);
        const auto seen = co_await std::move(moved);
        CHECK(seen == "a text that is long enough to be on the heap");
    });
}

TEST_CASE("names are quoted as identifiers, whatever they hold") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto lease = co_await pool.acquire();
        const pgcoro::identifier table("we \"ird\"; drop table x; --"), column("sélect $1");
        const auto schema_table = pgcoro::qualified("pg_temp", "we \"ird\"; drop table x; --");
        co_await lease.execute(
            pgcoro::runtime_sql(fmt::format("create temporary table {} ({} int)", table, column)));
        co_await lease.execute(
            pgcoro::runtime_sql(fmt::format("insert into {} ({}) values ($1)", schema_table, column)), 5);
        const auto result = co_await lease.query(pgcoro::runtime_sql(fmt::format("select * from {}", table)));
        CHECK(result[0]["sélect $1"].as<int>() == 5);
    });
}

TEST_CASE("run-time text that would leave traces on a shared connection is refused by a pool and taken by a "
          "lease") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        for (const char* text : {"begin", "set work_mem = '8MB'", "listen jobs", "prepare p as select 1",
                                 "deallocate all", "declare c cursor for select 1", "lock table pg_class",
                                 "discard all", "copy pg_class to stdout"}) {
            const auto refused = co_await failure_of(pool.execute(pgcoro::runtime_sql(text)));
            CAPTURE(text);
            CHECK(refused.code() == errc::not_shareable);
            CHECK(refused.execution() == pgcoro::execution_state::not_sent);
        }
        const auto lease = co_await pool.acquire();
        co_await lease.execute("set work_mem = '8MB'");
        const auto shown = co_await lease.query_one<std::string>("show work_mem");
        CHECK(shown == "8MB");
        const auto copy = co_await failure_of(lease.execute(pgcoro::runtime_sql("copy pg_class to stdout")));
        CHECK(copy.code() == errc::not_shareable);
    });
}

TEST_CASE("run-time text that is no single statement is refused before it is sent") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        for (const char* text :
             {"", "  -- nothing", "select 1; select 2", "select 'open", "select $2::int", "select $0"}) {
            const auto refused = co_await failure_of(pool.query(pgcoro::runtime_sql(text)));
            CAPTURE(text);
            CHECK((refused.code() == errc::invalid_sql || refused.code() == errc::parameter_count));
            CHECK(refused.execution() == pgcoro::execution_state::not_sent);
        }
    });
}

} // namespace parameters_tests

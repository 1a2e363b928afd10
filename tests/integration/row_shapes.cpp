// What rows are read into: structs by name or position, tuples, scalars, types of one's own.
#include <pgcoro/pgcoro.hpp>

#include <array>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "run.hpp"

namespace asio = boost::asio;
using pgcoro::errc;
using namespace pgcoro::testing;

namespace {

struct person {
    std::int64_t id = 0;
    std::string name;
    std::optional<std::string> email;
};

struct renamed_person {
    std::int64_t id = 0;
    std::string mail;
};

struct point {
    double x = 0, y = 0;
};

struct single_field {
    int only = 0;
};

struct forwards {
    int one = 0, two = 0;
};

struct only_two {
    int two = 0;
};

struct account_number {
    std::int64_t value = 0;
};

struct rgb {
    std::uint8_t red = 0, green = 0, blue = 0;
};

struct swatch {
    rgb color;
    std::optional<account_number> owner;
};

enum class mood { sad, ok, happy };

} // namespace

template <>
struct pgcoro::mapping<renamed_person> {
    static constexpr std::array renamed{pgcoro::rename("mail", "email_address")};
};

template <>
struct pgcoro::mapping<point> {
    static constexpr bool by_position = true;
};

template <>
struct pgcoro::codec<account_number> : pgcoro::codec_as<account_number, std::int64_t> {
    static account_number from(std::int64_t value) { return {value}; }
    static std::int64_t to(const account_number& number) noexcept { return number.value; }
};

template <>
struct pgcoro::codec<rgb> {
    static constexpr std::string_view name = "rgb";
    static constexpr oid type = oids::int4;
    static bool reads(oid column) noexcept { return column == oids::int4; }
    static rgb read(const field_view& field) {
        byte_reader in(field.bytes);
        const auto packed = in.read<std::uint32_t>();
        in.expect_end();
        if (packed > 0xffffff)
            throw conversion_error(errc::value_out_of_range, "more than three bytes of color");
        return {static_cast<std::uint8_t>(packed >> 16), static_cast<std::uint8_t>(packed >> 8 & 255),
                static_cast<std::uint8_t>(packed & 255)};
    }
    static bool writes(oid parameter) noexcept { return parameter == oids::int4; }
    static void write(byte_writer& out, const rgb& value, oid) {
        out.write(static_cast<std::uint32_t>(value.red << 16 | value.green << 8 | value.blue));
    }
};

TEST_CASE("a struct takes its columns by name, whatever their order and whatever else is there") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto p = co_await pool.query_one<person>(
            "select 1.5 as other, null::text as email, 'Ann' as name, 7::int8 as id, 'x' as another");
        CHECK(p.id == 7);
        CHECK(p.name == "Ann");
        CHECK_FALSE(p.email.has_value());
    });
}

TEST_CASE(
    "a field without a column is an error that names struct, field and columns, before anything is run") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto missing = co_await failure_of(pool.query<person>("select 7::int8 as id, 'x' as nam"));
        CHECK(missing.code() == errc::column_missing);
        const std::string what = missing.what();
        for (const char* part : {"person", "'name'", "'email'", "id, nam"}) {
            CAPTURE(part);
            CHECK(what.find(part) != what.npos);
        }
        CHECK(missing.execution() == pgcoro::execution_state::not_sent);
    });
}

TEST_CASE("a column of a type that its field cannot be read from is an error that names all of them") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto mismatch = co_await failure_of(
            pool.query<person>("select 'seven' as id, 'Ann' as name, null::text as email"));
        CHECK(mismatch.code() == errc::type_mismatch);
        const std::string what = mismatch.what();
        for (const char* part : {"person", "'id'", "text"}) {
            CAPTURE(part);
            CHECK(what.find(part) != what.npos);
        }
    });
}

TEST_CASE("NULL for a field that is not optional is an error that names row, column and struct") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto null =
            co_await failure_of(pool.query<person>("select 1::int8 as id, 'Ann' as name, null::text as email "
                                                   "union all select 2, null, null order by id"));
        CHECK(null.code() == errc::unexpected_null);
        CHECK(null.execution() == pgcoro::execution_state::completed);
        const std::string what = null.what();
        for (const char* part : {"person", "'name'", "row 2"}) {
            CAPTURE(part);
            CHECK(what.find(part) != what.npos);
        }
    });
}

TEST_CASE("a mismatch between row type and columns never costs the connection") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto pid = co_await pool.query_one<int>("select pg_backend_pid()");
        (void)co_await failure_of(pool.query<person>("select 1 as one"));
        (void)co_await failure_of(pool.query<int>("select 'one'"));
        (void)co_await failure_of(pool.query<int>("select null::int"));
        const auto still = co_await pool.query_one<int>("select pg_backend_pid()");
        CHECK(still == pid);
    });
}

TEST_CASE("two columns of the name that a field needs are an error") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto twice = co_await failure_of(pool.query<single_field>("select 1 as only, 2 as only"));
        CHECK(twice.code() == errc::column_missing);
        CHECK(std::string(twice.what()).find("more than one column") != std::string::npos);
        const auto other_twice = co_await pool.query_one<single_field>("select 1 as only, 2 as o, 3 as o");
        CHECK(other_twice.only == 1);
    });
}

TEST_CASE("mapping renames columns, or takes them by position") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto p =
            co_await pool.query_one<renamed_person>("select 'a@b' as email_address, 1::int8 as id");
        CHECK(p.mail == "a@b");
        const auto missing =
            co_await failure_of(pool.query<renamed_person>("select 'a@b' as mail, 1::int8 as id"));
        CHECK(missing.code() == errc::column_missing);
        CHECK(std::string(missing.what()).find("email_address") != std::string::npos);
        const auto at = co_await pool.query_one<point>("select 1.5::float8 as y, 2.5::float8 as whatever");
        CHECK(at.x == 1.5);
        CHECK(at.y == 2.5);
    });
}

TEST_CASE("tuples, pairs and scalars take exactly as many columns as they have elements") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        using triple = std::tuple<int, std::optional<std::string>, bool>;
        const auto tuple = co_await pool.query_one<triple>("select 1, null::text, true");
        CHECK(tuple == triple(1, std::nullopt, true));
        using couple = std::pair<std::string, std::int16_t>;
        const auto pairs =
            co_await pool.query<couple>("select 'a', 1::int2 union all select 'b', 2 order by 1");
        CHECK(pairs == std::vector<couple>{{"a", 1}, {"b", 2}});
        const auto too_many = co_await failure_of(pool.query<couple>("select 'a', 1::int2, 3"));
        CHECK(too_many.code() == errc::type_mismatch);
        const auto too_few = co_await failure_of(pool.query<triple>("select 1"));
        CHECK(too_few.code() == errc::column_missing);
        const auto not_scalar = co_await failure_of(pool.query<int>("select 1, 2"));
        CHECK(not_scalar.code() == errc::type_mismatch);
    });
}

TEST_CASE("one statement is read into several row types, into each by a plan of its own") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        for (int use = 0; use < 2; ++use) {   // the plans are made, and found again
            const auto whole = co_await pool.query_one<forwards>("select 1 as one, 2 as two");
            CHECK(whole.one == 1);
            CHECK(whole.two == 2);
            CHECK((co_await pool.query_one<only_two>("select 1 as one, 2 as two")).two == 2);
            CHECK(co_await pool.query_one<std::pair<int, int>>("select 1 as one, 2 as two") == std::pair(1, 2));
        }
    });
}

TEST_CASE("an optional scalar holds NULL, and with query_optional there is none, NULL or a value") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        using column = std::optional<int>;
        const auto all = co_await pool.query<column>("select nullif(i, 2) from generate_series(1, 3) i");
        CHECK(all == std::vector<column>{1, std::nullopt, 3});
        const auto none = co_await pool.query_optional<column>("select 1 where false");
        CHECK_FALSE(none.has_value());
        const auto null = co_await pool.query_optional<column>("select null::int");
        REQUIRE(null.has_value());
        CHECK_FALSE(null->has_value());
    });
}

TEST_CASE("types with codecs of one's own are scalars, fields, elements and arguments") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const rgb orange{255, 165, 0};
        const account_number owner{1234567890123};
        const auto back =
            co_await pool.query_one<swatch>("select $1::int4 as color, $2::int8 as owner", orange, owner);
        CHECK(back.color.red == 255);
        CHECK(back.color.green == 165);
        REQUIRE(back.owner.has_value());
        CHECK(back.owner->value == 1234567890123);
        const std::vector<account_number> numbers{{1}, {2}};
        const auto array =
            co_await pool.query_one<std::vector<account_number>>("select $1::int8[] || 3::int8", numbers);
        REQUIRE(array.size() == 3);
        CHECK(array[2].value == 3);
        const auto refused = co_await failure_of(pool.query_one<rgb>("select -1"));
        CHECK(refused.code() == errc::value_out_of_range);
        CHECK(std::string(refused.what()).find("three bytes of color") != std::string::npos);
    });
}

TEST_CASE("a label that an enum does not have fails the statement alone") {
    with_pool(one_connection(), [](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto refused = co_await failure_of(pool.query_one<mood>("select 'bored'"));
        CHECK(refused.code() == errc::value_out_of_range);
        const auto fine = co_await pool.query_one<mood>("select 'happy'");
        CHECK(fine == mood::happy);
    });
}

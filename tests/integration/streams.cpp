// Results that are read row by row.
#include <doctest/doctest.h>
#include <string>

#include "memory.hpp"
#include "run.hpp"

namespace streams_tests {

using namespace pgcoro;
using namespace pgcoro::testing;

namespace {

struct streamed_row {
    int id;
    std::string text;
};

struct borrowed_row {
    int id;
    std::string_view text;
};

constexpr char large[] = "select length(repeat('x', 100) || i)::int8 + i from generate_series(1, 400000) i";
constexpr char wide[] = "select repeat(md5(i::text), 2000) as t from generate_series(1, 3000) i";
constexpr char numbers[] = "select i as id, repeat('x', i % 7) as text from generate_series(1, $1::int) i";

/// Reads a stream to its end, checking every row.
asio::awaitable<int> read_numbers(row_stream<streamed_row> stream) {
    int count = 0;
    while (auto row = co_await stream.next()) {
        ++count;
        if (row->id != count || row->text.size() != static_cast<std::size_t>(count % 7))
            throw std::runtime_error("row " + std::to_string(count) + " is wrong");
    }
    CHECK(!(co_await stream.next()));   // the end stays the end
    co_return count;
}

} // namespace

TEST_CASE("a stream hands out every row in order, on whatever it runs") {
    for (const int count : {0, 1, 63, 64, 65, 256, 257, 10'000}) {
        CAPTURE(count);
        with_pool(one_connection(), [&](pool& on) -> asio::awaitable<void> {
            CHECK(co_await read_numbers(co_await on.stream<streamed_row>(numbers, count)) == count);
            CHECK(co_await read_numbers(co_await on.stream<streamed_row>(numbers, count)) == count);
            auto held = co_await on.acquire();
            CHECK(co_await read_numbers(co_await held.stream<streamed_row>(numbers, count)) == count);
            auto tx = co_await held.begin();
            CHECK(co_await read_numbers(co_await tx.stream<streamed_row>(numbers, count)) == count);
            CHECK(co_await read_numbers(co_await tx.stream<streamed_row>(numbers, count)) == count);
            co_await tx.commit();
            CHECK(co_await held.query_one<int>("select 1") == 1);
        });
    }
}

TEST_CASE("statements without a cursor can be streamed, too") {
    with_pool(one_connection(), [&](pool& on) -> asio::awaitable<void> {
        {
            auto held = co_await on.acquire();
            co_await held.execute("create temporary table streamed (id int)");
            auto inserted = co_await held.stream<int>("insert into streamed select i from generate_series(1, 1000) i returning id");
            int count = 0;
            while (auto id = co_await inserted.next()) CHECK(*id == ++count);
            CHECK(count == 1000);
            CHECK(co_await held.query_one<std::int64_t>("select count(*) from streamed") == 1000);
        }
        auto with = co_await on.stream<int>("with n as (select 1 as id union all select 2) select id from n");
        int count = 0;
        while (auto id = co_await with.next()) CHECK(*id == ++count);
        CHECK(count == 2);
        auto shown = co_await on.stream<std::string>("show server_version");
        CHECK((co_await shown.next()).has_value());
        CHECK(!(co_await shown.next()).has_value());
    });
}

TEST_CASE("rows that borrow are valid until the next one") {
    with_pool([&](pool& on) -> asio::awaitable<void> {
        auto rows = co_await on.stream<borrowed_row>(numbers, 1000);
        int count = 0;
        while (auto row = co_await rows.next()) {
            ++count;
            CHECK(row->text == std::string(static_cast<std::size_t>(count % 7), 'x'));
        }
        CHECK(count == 1000);
    });
}

TEST_CASE("a stream's statement fails where it is opened, and where it fails") {
    with_pool(one_connection(), [&](pool& on) -> asio::awaitable<void> {
        const auto opening = [&](auto verb) -> asio::awaitable<error> {
            try {
                auto stream = co_await verb();
            } catch (const error& e) {
                co_return e;
            }
            throw std::runtime_error("it was opened");
        };
        auto missing = co_await opening([&] { return on.stream<int>("select nothing from nowhere"); });
        CHECK(missing.code() == sqlstate::undefined_table);
        CHECK(contains(missing.what(), "select nothing from nowhere"));
        auto stream = co_await on.stream<int>("select 1000 / (5000 - i) from generate_series(1, 10000) i");
        int count = 0;
        std::optional<error> failure;
        try {
            while (co_await stream.next()) ++count;
        } catch (const error& e) {
            failure.emplace(e);
        }
        REQUIRE(failure);
        CHECK(failure->code() == sqlstate::division_by_zero);
        CHECK(count < 5000);
        CHECK(co_await on.query_one<int>("select 1") == 1);
        std::optional<error> mismatch;
        try {
            auto wrong = co_await on.stream<streamed_row>("select 1 as id");
            co_await wrong.next();
        } catch (const error& e) {
            mismatch.emplace(e);
        }
        REQUIRE(mismatch);
        CHECK(mismatch->code() == errc::column_missing);
        CHECK(co_await on.query_one<int>("select 1") == 1);
        CHECK(on.stats().opened == 1);
    });
}

TEST_CASE("a stream that is left early is stopped on the server, and its connection goes on") {
    witness eyes;
    const auto leave = [&](auto& on, pool& of) -> asio::awaitable<void> {
        {
            auto stream = co_await on.template stream<std::int64_t>("select generate_series(1, 1000000000::int8) as left_early");
            CHECK(co_await stream.next() == 1);
        }
        CHECK(co_await on.template query_one<int>("select 1") == 1);
        co_await until([&] { return eyes.running("left_early") == 0; });
        CHECK(of.stats().opened == 1);
    };
    with_pool(one_connection(), [&](pool& on) -> asio::awaitable<void> { co_await leave(on, on); });
    with_pool(one_connection(), [&](pool& on) -> asio::awaitable<void> {
        auto held = co_await on.acquire();
        co_await leave(held, on);
    });
    with_pool(one_connection(), [&](pool& on) -> asio::awaitable<void> {
        auto tx = co_await on.begin();
        co_await leave(tx, on);
        co_await tx.commit();
    });
}

TEST_CASE("several streams of a transaction are read in turn, beside its other statements") {
    with_pool(one_connection(), [&](pool& on) -> asio::awaitable<void> {
        auto tx = co_await on.begin();
        auto one = co_await tx.stream<int>("select * from generate_series(1, 5000)");
        auto two = co_await tx.stream<int>("select * from generate_series(5001, 10000)");
        for (int i = 1; i <= 5000; ++i) {
            if (co_await one.next() != i || co_await two.next() != 5000 + i) FAIL("a row is wrong");
            if (i % 1000 == 0) CHECK(co_await tx.query_one<int>("select $1::int", i) == i);
        }
        CHECK(!(co_await one.next()));
        CHECK(!(co_await two.next()));
        co_await tx.commit();
    });
}

TEST_CASE("what a streamed query did is committed at the end, and undone before") {
    witness eyes;
    eyes.ask("drop table if exists stream_effects; create table stream_effects (n int)");
    eyes.ask("create or replace function stream_effect(n int) returns int language sql as "
             "'insert into stream_effects values (n) returning n'");
    with_pool(one_connection(), [&](pool& on) -> asio::awaitable<void> {
        {
            auto left = co_await on.stream<int>("select stream_effect(i) from generate_series(1, 100000) i");
            CHECK(co_await left.next() == 1);
        }
        CHECK(co_await on.query_one<std::int64_t>("select count(*) from stream_effects") == 0);
        auto read = co_await on.stream<int>("select stream_effect(i) from generate_series(1, 1000) i");
        while (co_await read.next()) {}
        CHECK(eyes.number("select count(*) from stream_effects") == 1000);
    });
    eyes.ask("drop function stream_effect; drop table stream_effects");
}

TEST_CASE("ten million rows take less than 20 MB") {
    // Sanitizers would make it take minutes.
    const int count = memory_is_measurable ? 10'000'000 : 500'000;
    with_pool(one_connection(), [&](pool& on) -> asio::awaitable<void> {
        const peak_memory peak;
        auto rows = co_await on.stream<int>("select i from generate_series(1, $1::int) i", count);
        int last = 0;
        while (const auto n = co_await rows.next())
            if (*n != ++last) FAIL("a row is wrong");
        CHECK(last == count);
        peak.must_stay_below(20);
    });
}

TEST_CASE("memory stays bounded, however large the result is") {
    with_pool(one_connection(), [&](pool& on) -> asio::awaitable<void> {
        const auto add_up = [](row_stream<std::int64_t> stream) -> asio::awaitable<std::int64_t> {
            std::int64_t sum = 0;
            while (auto n = co_await stream.next()) sum += *n;
            co_return sum;
        };
        const auto add_up_sizes = [](row_stream<std::string> stream) -> asio::awaitable<std::size_t> {
            std::size_t sum = 0;
            while (auto text = co_await stream.next()) sum += text->size();
            co_return sum;
        };
        constexpr std::int64_t count = 400'000;
        co_await add_up(co_await on.stream<std::int64_t>(large));
        const peak_memory peak;
        CHECK(co_await add_up(co_await on.stream<std::int64_t>(large)) > count);
        CHECK(co_await add_up_sizes(co_await on.stream<std::string>(wide)) == 3000 * 64'000);
        auto held = co_await on.acquire();
        CHECK(co_await add_up(co_await held.stream<std::int64_t>(large)) > count);
        peak.must_stay_below(12);
    });
}

} // namespace streams_tests

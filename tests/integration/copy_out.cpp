// COPY TO STDOUT: typed and raw, with bounded memory.
#include "harness.hpp"
#include "memory.hpp"

#include <boost/asio/this_coro.hpp>

namespace copy_out_tests {

namespace {

using namespace pgcoro::testing;
using pgcoro::errc;
using pgcoro::pool;
using pgcoro::sqlstate;

struct exported_row {
    std::int64_t id;
    std::string name;
    std::optional<double> weight;
};

struct borrowed_name {
    std::string_view name;
};

/// Runs a test with a pool of one connection, which has to be good, and the same, afterwards.
template <class Body>
void with_one_connection(Body&& body) {
    asio::io_context loop;
    pool p(loop, pgcoro::pool_options{.connect = test_dsn(), .max_connections = 1});
    run(loop, [&]() -> asio::awaitable<void> {
        co_await body(p);
        CHECK(co_await p.query_one<int>("select 42") == 42);
        CHECK(p.stats().opened == 1);
        co_await p.close();
    });
    loop.restart();
    loop.run_for(patience);
    CHECK(loop.stopped());
}

template <class Awaitable>
asio::awaitable<pgcoro::error> error_from(Awaitable work) {
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

TEST_CASE("rows of a query come as structs, tuples and scalars") {
    with_one_connection([](pool& p) -> asio::awaitable<void> {
        auto structs = co_await p.copy_out<exported_row>(
            "select null::float8 as weight, 'n' || i as name, i::int8 as id, 'more' as more from generate_series(1, 3) i;");
        int n = 0;
        while (const auto row = co_await structs.next()) {
            ++n;
            CHECK(row->id == n);
            CHECK(row->name == "n" + std::to_string(n));
            CHECK_FALSE(row->weight);
        }
        CHECK(n == 3);
        CHECK_FALSE(co_await structs.next());
        CHECK_FALSE(structs);
        CHECK(structs.progress().rows == 3);
        auto tuples = co_await p.copy_out<std::tuple<int, std::string>>("values (1, 'one'), (2, 'two') -- two");
        CHECK(std::get<1>((co_await tuples.next()).value()) == "one");
        CHECK(std::get<1>((co_await tuples.next()).value()) == "two");
        CHECK_FALSE(co_await tuples.next());
        auto scalars = co_await p.copy_out<int>(pgcoro::runtime_sql("select 5 where false"));
        CHECK_FALSE(co_await scalars.next());
    });
}

TEST_CASE("of a table a struct takes the columns that it has fields for") {
    witness w;
    w.ask("drop table if exists exported; create table exported(more xml, weight float8, id int8, name text)");
    w.ask("insert into exported select null, i / 2.0, i, repeat('x', i) from generate_series(1, 1000) i");
    with_one_connection([](pool& p) -> asio::awaitable<void> {
        auto reader = co_await p.copy_out<exported_row>("public.exported");
        std::size_t n = 0;
        while (const auto row = co_await reader.next()) {
            ++n;
            CHECK(row->name.size() == n);
            CHECK(row->weight == static_cast<double>(n) / 2);
        }
        CHECK(n == 1000);
        auto some = co_await p.copy_out<std::tuple<std::string, int>>("exported", pgcoro::column_list{"name", "id"});
        CHECK(co_await some.next() == std::tuple<std::string, int>("x", 1));
    });
    w.ask("drop table exported");
}

TEST_CASE("borrowed fields live until the next row") {
    with_one_connection([](pool& p) -> asio::awaitable<void> {
        auto reader
            = co_await p.copy_out<borrowed_name>("select repeat('y', i) as name from generate_series(0, 2000) i");
        std::size_t n = 0;
        while (const auto row = co_await reader.next()) {
            CHECK(row->name.size() == n);
            CHECK(row->name.find_first_not_of('y') == row->name.npos);
            ++n;
        }
        CHECK(n == 2001);
    });
}

TEST_CASE("what cannot be read names its row, and the rows behind can be read") {
    with_one_connection([](pool& p) -> asio::awaitable<void> {
        auto reader = co_await p.copy_out<std::int16_t>("select nullif(i, 2) * 20000 from generate_series(1, 4) i");
        CHECK((co_await reader.next()).value() == 20000);
        auto failure = co_await error_from(reader.next());
        CHECK(failure.code() == errc::unexpected_null);
        CHECK(contains(failure.what(), "row 2"));
        failure = co_await error_from(reader.next());
        CHECK(failure.code() == errc::value_out_of_range);
        CHECK(contains(failure.what(), "row 3"));
        failure = co_await error_from(reader.next());
        CHECK_FALSE(co_await reader.next());
        failure = co_await error_from(p.copy_out<exported_row>("select 1 as id"));
        CHECK(failure.code() == errc::column_missing);
        failure = co_await error_from(p.copy_out<exported_row>("select 1 as id, 2 as name, 3.0::float8 as weight"));
        CHECK(failure.code() == errc::type_mismatch);
        failure = co_await error_from(p.copy_out<int>(pgcoro::runtime_sql("drop table nothing")));
        CHECK(failure.code() == errc::invalid_sql);
        failure = co_await error_from(p.copy_out<int>(pgcoro::runtime_sql("select $1")));
        CHECK(failure.code() == errc::parameter_count);
    });
}

TEST_CASE("an error of the server half-way comes behind the rows before it") {
    with_one_connection([](pool& p) -> asio::awaitable<void> {
        auto reader = co_await p.copy_out<int>("select 10 / (50000 - i) from generate_series(1, 100000) i");
        int rows = 0;
        std::optional<pgcoro::error> failure;
        try {
            while (co_await reader.next()) ++rows;
        } catch (const pgcoro::error& e) {
            failure = e;
        }
        REQUIRE(failure);
        CHECK(failure->code() == sqlstate::division_by_zero);
        CHECK(rows > 10000);
        CHECK(rows < 50000);
    });
}

TEST_CASE("a large COPY out waits in the server while nobody reads, and memory stays bounded") {
    with_one_connection([](pool& p) -> asio::awaitable<void> {
        witness w;
        auto reader = co_await p.copy_out_raw("copy (select repeat('z', 1000) from generate_series(1, 200000)) to stdout");
        REQUIRE(co_await reader.next());
        co_await until([&] { return w.number("select count(*) from pg_stat_activity where wait_event = 'ClientWrite'") == 1; });
        const peak_memory peak;
        std::size_t bytes = 0, largest = 0;
        while (const auto chunk = co_await reader.next()) {
            bytes += chunk->size();
            largest = std::max(largest, chunk->size());
            CHECK(chunk->back() == std::byte{'\n'});
        }
        CHECK(bytes > 199'000'000);
        CHECK(largest < 100'000);
        peak.must_stay_below(20);
    });
}

TEST_CASE("a large COPY in waits for the server, and memory stays bounded") {
    witness w;
    w.ask("drop table if exists imported; create unlogged table imported(n int, t text)");
    with_one_connection([&](pool& p) -> asio::awaitable<void> {
        auto writer = co_await p.copy_in<std::tuple<int, std::string>>("imported");
        const std::tuple<int, std::string> row(1, std::string(1000, 'x'));
        co_await writer.write(row);
        const peak_memory peak;
        for (int i = 1; i < 200000; ++i) co_await writer.write(row);
        CHECK(co_await writer.finish() == 200000);
        peak.must_stay_below(20);
    });
    w.ask("drop table imported");
}

TEST_CASE("a block larger than all buffers goes through piece by piece") {
    witness w;
    w.ask("drop table if exists imported; create unlogged table imported(t text)");
    with_one_connection([&](pool& p) -> asio::awaitable<void> {
        const std::string text(50 << 20, 'x');
        std::vector<std::tuple<std::string_view>> rows(3, std::tuple<std::string_view>(text));
        CHECK(co_await p.copy_in("imported", rows) == 3);
        auto raw = co_await p.copy_in_raw("copy imported from stdin");
        co_await raw.write(text);
        CHECK(co_await raw.finish() == 1);
        auto reader = co_await p.copy_out<std::string>("imported");
        int n = 0;
        while (const auto row = co_await reader.next()) {
            ++n;
            CHECK(row->size() == text.size());
        }
        CHECK(n == 4);
    });
    w.ask("drop table imported");
}

} // namespace copy_out_tests

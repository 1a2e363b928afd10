#include "handlers.hpp"

#include <pgcoro/pgcoro.hpp>

#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <exception>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace techempower {

struct world {
    int id;
    int randomnumber;
};

struct fortune {
    int id;
    std::string message;
};

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using http_api::request;
using http_api::response;

constexpr int world_rows = 10'000;

int any_number() {
    static std::minstd_rand generator{std::random_device{}()};   // of the one thread
    return std::uniform_int_distribution(1, world_rows)(generator);
}

auto read_world(pgcoro::pool& pool) {
    return pool.query_one<world>("select id, randomnumber from world where id = $1", any_number());
}

json::object to_json(const world& row) { return {{"id", row.id}, {"randomNumber", row.randomnumber}}; }

json::array to_json(const std::vector<world>& rows) {
    json::array list;
    list.reserve(rows.size());
    for (const auto& row : rows) list.push_back(to_json(row));
    return list;
}

/// The rules: what is no number is 1, and what is out of range becomes the nearest of 1 and 500.
std::size_t number_of_queries(const request& asked) {
    const auto given = asked.query.find("queries");
    if (given == asked.query.end()) return 1;
    int number = 1;
    const auto* const end = given->second.data() + given->second.size();
    const auto read = std::from_chars(given->second.data(), end, number);
    if (read.ec == std::errc::result_out_of_range) return 500;
    return read.ec == std::errc() && read.ptr == end ? static_cast<std::size_t>(std::clamp(number, 1, 500)) : 1;
}

/// As many statements at once, which the pool spreads over its connections.
asio::awaitable<std::vector<world>> read_worlds(pgcoro::pool& pool, std::size_t count) {
    std::vector<decltype(read_world(pool))> readings;
    readings.reserve(count);
    for (std::size_t i = 0; i < count; ++i) readings.push_back(read_world(pool));
    auto [order, failures, rows] = co_await asio::experimental::make_parallel_group(std::move(readings))
                                       .async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
    for (const auto& failure : failures)
        if (failure) std::rethrow_exception(failure);
    co_return std::move(rows);
}

void append_escaped(std::string& html, std::string_view text) {
    for (const char c : text) switch (c) {
        case '&': html += "&amp;"; break;
        case '<': html += "&lt;"; break;
        case '>': html += "&gt;"; break;
        case '"': html += "&quot;"; break;
        case '\'': html += "&apos;"; break;
        default: html += c;
        }
}

} // namespace

asio::awaitable<void> create_tables(pgcoro::pool& pool) {
    co_await pool.execute_script(R"(
        drop table if exists world, fortune;
        create table world (id int primary key, randomnumber int not null);
        insert into world select i, 1 + floor(random() * 10000)::int from generate_series(1, 10000) i;
        create table fortune (id int primary key, message text not null);
        insert into fortune values
            (1, 'fortune: No such file or directory'),
            (2, 'A computer scientist is someone who fixes things that aren''t broken.'),
            (3, 'After enough decimal places, nobody gives a damn.'),
            (4, 'A bad random number generator: 1, 1, 1, 1, 1, 4.33e+67, 1, 1, 1'),
            (5, 'A computer program does what you tell it to do, not what you want it to do.'),
            (6, 'Emacs is a nice operating system, but I prefer UNIX. — Tom Christaensen'),
            (7, 'Any program that runs right is obsolete.'),
            (8, 'A list is only as strong as its weakest link. — Donald Knuth'),
            (9, 'Feature: A bug with seniority.'),
            (10, 'Computers make very fast, very accurate mistakes.'),
            (11, '<script>alert("This should not be displayed in a browser alert box.");</script>'),
            (12, 'フレームワークのベンチマーク');
        analyze world, fortune)");
}

asio::awaitable<response> one_query(pgcoro::pool& pool, const request&) {
    const world row = co_await read_world(pool);
    co_return response(200, to_json(row));
}

asio::awaitable<response> several_queries(pgcoro::pool& pool, const request& asked) {
    const auto rows = co_await read_worlds(pool, number_of_queries(asked));
    co_return response(200, to_json(rows));
}

asio::awaitable<response> fortunes(pgcoro::pool& pool, const request&) {
    auto all = co_await pool.query<fortune>("select id, message from fortune");
    all.push_back({0, "Additional fortune added at request time."});
    std::ranges::sort(all, {}, &fortune::message);

    std::string html = "<!DOCTYPE html><html><head><title>Fortunes</title></head><body><table>"
                       "<tr><th>id</th><th>message</th></tr>";
    for (const auto& each : all) {
        html += "<tr><td>" + std::to_string(each.id) + "</td><td>";
        append_escaped(html, each.message);
        html += "</td></tr>";
    }
    html += "</table></body></html>";
    response page(200, nullptr);
    page.text = std::move(html);
    page.headers.emplace("Content-Type", "text/html; charset=utf-8");
    co_return page;
}

asio::awaitable<response> updates(pgcoro::pool& pool, const request& asked) {
    auto rows = co_await read_worlds(pool, number_of_queries(asked));
    // In the order of their numbers, so that two requests never wait for each other; of a row that was drawn twice the last.
    std::ranges::stable_sort(rows, {}, &world::id);
    std::vector<int> ids, numbers;
    for (auto& row : rows) {
        row.randomnumber = any_number();
        if (!ids.empty() && ids.back() == row.id) {
            numbers.back() = row.randomnumber;
        } else {
            ids.push_back(row.id);
            numbers.push_back(row.randomnumber);
        }
    }
    co_await pool.execute("update world set randomnumber = fresh.number from "
                          "(select * from unnest($1::int[], $2::int[]) as drawn (id, number) order by id) as fresh "
                          "where world.id = fresh.id",
                          ids, numbers);
    co_return response(200, to_json(rows));
}

} // namespace techempower

// The benchmarks' proxy, which puts a server at a distance.
#include <pgcoro/pgcoro.hpp>

#include <chrono>
#include <cstddef>
#include <doctest/doctest.h>
#include <string>
#include <string_view>

#include "../../benchmarks/runner/delaying_proxy.hpp"
#include "fixture.hpp"
#include "run.hpp"

namespace delaying_proxy_tests {

using namespace pgcoro;
using namespace pgcoro::testing;
using namespace std::chrono_literals;

namespace {

std::string socket_of(const ephemeral_server& server) {
    return server.socket_directory() / (".s.PGSQL." + std::to_string(server.port()));
}

template <class Statement>
asio::awaitable<std::chrono::steady_clock::duration> time_of(Statement statement) {
    const auto start = std::chrono::steady_clock::now();
    co_await statement();
    co_return std::chrono::steady_clock::now() - start;
}

} // namespace

TEST_CASE("each round trip takes what was added, and statements that travel together share it") {
    const benchmark::delaying_proxy proxy(socket_of(test_server()), 100ms);
    run([&](asio::io_context& context) -> asio::awaitable<void> {
        auto far = co_await connect(context.get_executor(), proxy.dsn());
        co_await far.query_one<int>("select 1");   // described now
        const auto one = co_await time_of([&]() -> asio::awaitable<void> { co_await far.query_one<int>("select 1"); });
        CHECK(one >= 100ms);
        const auto together = co_await time_of([&]() -> asio::awaitable<void> {
            co_await far.batch(query_one<int>("select 1"), query_one<int>("select 1"), query_one<int>("select 1"));
        });
        CHECK(together >= 100ms);
        CHECK(together < 300ms);
    });
}

TEST_CASE("bandwidth stays what it is: a large result arrives whole, and not a round trip for each of its parts") {
    const benchmark::delaying_proxy proxy(socket_of(test_server()), 100ms);
    run([&](asio::io_context& context) -> asio::awaitable<void> {
        auto far = co_await connect(context.get_executor(), proxy.dsn());
        constexpr std::size_t size = 8 << 20;   // more than a hundred of the proxy's blocks
        std::string text;
        const auto took = co_await time_of([&]() -> asio::awaitable<void> {
            text = co_await far.query_one<std::string>("select repeat('x', 8 << 20)");
        });
        CHECK(text == std::string(size, 'x'));
        CHECK(took < 5s);   // a hundred delays would be 5 s and more
    });
}

TEST_CASE("what one side closes is closed for the other, after what was said before") {
    const benchmark::delaying_proxy proxy(socket_of(test_server()), 20ms);
    run([&](asio::io_context& context) -> asio::awaitable<void> {
        auto far = co_await connect(context.get_executor(), proxy.dsn());
        const auto lost = co_await far.execute("select pg_terminate_backend(pg_backend_pid())").as_result();
        REQUIRE(lost.has_error());
        CHECK(lost.error().code() == sqlstate::admin_shutdown);
    });
}

} // namespace delaying_proxy_tests

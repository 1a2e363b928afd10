// The server's notices go to a handler, and nowhere else.
#include <pgcoro/pgcoro.hpp>

#include <cstdio>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include "run.hpp"

namespace notices_tests {

namespace asio = boost::asio;
using namespace pgcoro::testing;

namespace {

/// Catches what is written to stderr while it lives.
class caught_stderr {
public:
    caught_stderr() : file_(std::tmpfile()), before_(::dup(STDERR_FILENO)) {
        std::fflush(stderr);
        ::dup2(::fileno(file_), STDERR_FILENO);
    }
    caught_stderr(const caught_stderr&) = delete;
    caught_stderr& operator=(const caught_stderr&) = delete;
    ~caught_stderr() {
        restore();
        std::fclose(file_);
    }

    std::string text() {
        restore();
        std::string all(65536, '\0');
        std::rewind(file_);
        all.resize(std::fread(all.data(), 1, all.size(), file_));
        return all;
    }

private:
    void restore() {
        if (before_ < 0) return;
        std::fflush(stderr);
        ::dup2(before_, STDERR_FILENO);
        ::close(std::exchange(before_, -1));
    }

    std::FILE* file_;
    int before_;
};

constexpr const char* raise_two = "do $$ begin raise notice 'first' using detail = 'more', hint = 'less', "
                                  "errcode = '01234'; raise warning 'second'; end $$";

} // namespace

TEST_CASE("a pool's notices go to its handler") {
    auto options = test_options();
    std::vector<pgcoro::diagnostics> said;
    options.on_notice = [&](const pgcoro::diagnostics& notice) { said.push_back(notice); };
    with_pool(options, [](pgcoro::pool& pool) -> asio::awaitable<void> { co_await pool.execute(raise_two); });
    REQUIRE(said.size() == 2);
    CHECK(said[0].severity == "NOTICE");
    CHECK(said[0].message == "first");
    CHECK(said[0].detail == "more");
    CHECK(said[0].hint == "less");
    CHECK(said[1].severity == "WARNING");
    CHECK(said[1].message == "second");
}

TEST_CASE("a connection's notices go to its own handler") {
    run([](asio::io_context& context) -> asio::awaitable<void> {
        const auto connection = co_await pgcoro::connect(context.get_executor(), test_dsn());
        std::vector<std::string> said;
        connection.on_notice([&](const pgcoro::diagnostics& notice) { said.push_back(notice.message); });
        co_await connection.execute("drop table if exists notices_no_such_table");
        REQUIRE(said.size() == 1);
        CHECK(said[0] == "table \"notices_no_such_table\" does not exist, skipping");
    });
}

TEST_CASE("without a handler notices are dropped, and nothing is printed") {
    caught_stderr caught;
    run([](asio::io_context& context) -> asio::awaitable<void> {
        pgcoro::pool pool(context, test_options());
        co_await pool.execute(raise_two);
        const auto lease = co_await pool.acquire();
        co_await lease.execute(pgcoro::runtime_sql(raise_two));
        const auto connection = co_await pgcoro::connect(context.get_executor(), test_dsn());
        co_await connection.execute(pgcoro::runtime_sql(raise_two));
    });
    CHECK(caught.text().empty());
}

TEST_CASE("a handler that throws loses its notice, not the statement") {
    auto options = test_options();
    int called = 0;
    options.on_notice = [&](const pgcoro::diagnostics&) {
        ++called;
        throw std::runtime_error("from the handler");
    };
    with_pool(options, [](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await pool.execute(raise_two);
        const auto works = co_await pool.query_one<int>("select 1");
        CHECK(works == 1);
    });
    CHECK(called == 2);
}

TEST_CASE("after a lease its notices go to the pool's handler again") {
    auto options = one_connection();
    std::vector<std::string> said, said_to_lease;
    options.on_notice = [&](const pgcoro::diagnostics& notice) { said.push_back(notice.message); };
    with_pool(options, [&](pgcoro::pool& pool) -> asio::awaitable<void> {
        {
            const auto lease = co_await pool.acquire();
            lease.on_notice([&](const pgcoro::diagnostics& notice) { said_to_lease.push_back(notice.message); });
            co_await lease.execute("do $$ begin raise notice 'leased'; end $$");
        }
        co_await pool.execute("do $$ begin raise notice 'returned'; end $$");
    });
    CHECK(said_to_lease == std::vector<std::string>{"leased"});
    CHECK(said == std::vector<std::string>{"returned"});
}

} // namespace notices_tests

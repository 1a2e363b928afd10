// Closing a pool that never had a connection.
#include <pgcoro/pool.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <doctest/doctest.h>
#include <exception>

namespace pool_closing_tests {

TEST_CASE("closing a pool that is closed already succeeds at once") {
    boost::asio::io_context context;
    pgcoro::pool pool(context, pgcoro::pool_options());
    int closed = 0;
    const auto count = [&closed](std::exception_ptr failure) {
        CHECK(failure == nullptr);
        ++closed;
    };
    pool.close()(count);
    pool.close()(count);
    context.run_for(std::chrono::seconds(10));
    CHECK(closed == 2);
    CHECK(context.stopped());
}

} // namespace pool_closing_tests

// How operations take completion tokens.
#include <pgcoro/pool.hpp>

#include <boost/asio/io_context.hpp>

#include <doctest/doctest.h>
#include <exception>

namespace operation_tokens_tests {

TEST_CASE("a handler that its caller keeps is copied into the operation") {
    boost::asio::io_context context;
    pgcoro::pool pool(context, pgcoro::pool_options());
    int called = 0;
    const auto handler = [&called](std::exception_ptr failure) {
        CHECK(failure == nullptr);
        ++called;
    };
    pool.close()(handler);
    CHECK(called == 0);
    context.run();
    CHECK(called == 1);
}

} // namespace operation_tokens_tests

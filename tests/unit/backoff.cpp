// The pauses between attempts to connect.
#include <pgcoro/pool/backoff.hpp>

#include <chrono>
#include <doctest/doctest.h>

namespace backoff_tests {

using namespace std::chrono_literals;
using pgcoro::pooling::backoff;

namespace {
constexpr double middle = 0.5; // no jitter
}

TEST_CASE("pauses grow by the factor up to the maximum") {
    backoff b({.initial = 100ms, .factor = 2, .jitter = 0.2, .maximum = 500ms});
    CHECK(b.next(middle) == 100ms);
    CHECK(b.next(middle) == 200ms);
    CHECK(b.next(middle) == 400ms);
    CHECK(b.next(middle) == 500ms);
    CHECK(b.next(middle) == 500ms);
}

TEST_CASE("a pause varies by the jitter, and never exceeds the maximum") {
    const pgcoro::reconnect_backoff rule{.initial = 100ms, .factor = 2, .jitter = 0.2, .maximum = 110ms};
    CHECK(backoff(rule).next(0.0) == 80ms);
    CHECK(backoff(rule).next(0.75) == 110ms);
    CHECK(backoff(rule).next(0.999) == 110ms);
}

TEST_CASE("after a reset pauses begin anew") {
    backoff b({.initial = 100ms});
    b.next(middle);
    b.next(middle);
    b.reset();
    CHECK(b.next(middle) == 100ms);
}

TEST_CASE("a server that is gone for days does not make the pause overflow") {
    backoff b({});
    for (int i = 0; i < 100'000; ++i) b.next(middle);
    CHECK(b.next(middle) == 30s);
}

} // namespace backoff_tests

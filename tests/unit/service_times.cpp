// Which statements are known to take long.
#include <pgcoro/pool/service_times.hpp>

#include <chrono>
#include <cstdint>
#include <doctest/doctest.h>

namespace service_times_tests {

using namespace std::chrono_literals;
using pgcoro::pooling::service_times;

constexpr std::uint64_t quick = 1, slow = 2, other = 3;

void note(service_times& known, std::uint64_t hash, service_times::duration taken, int times = 1) {
    for (int i = 0; i < times; ++i) known.note(hash, taken);
}

TEST_CASE("a statement that nothing is known of is not slow") {
    const service_times known;
    CHECK_FALSE(known.is_slow(quick));
    CHECK_FALSE(known.is_slow(0));
}

TEST_CASE("what takes a millisecond and far longer than the others is slow after two executions") {
    service_times known;
    note(known, quick, 50us, 100);
    note(known, slow, 20ms);
    CHECK_FALSE(known.is_slow(slow));
    note(known, slow, 20ms);
    CHECK(known.is_slow(slow));
    CHECK_FALSE(known.is_slow(quick));
}

TEST_CASE("long is what is long beside the others") {
    service_times known;
    note(known, quick, 50us, 100);
    note(known, slow, 900us, 10);   // eighteen times as long, but short
    CHECK_FALSE(known.is_slow(slow));

    service_times among_slow;
    note(among_slow, slow, 20ms, 300);
    note(among_slow, other, 30ms, 3);
    CHECK_FALSE(among_slow.is_slow(slow));
    CHECK_FALSE(among_slow.is_slow(other));
}

TEST_CASE("a statement that is held up now and then is not slow, one that has become slow is, until it is no longer") {
    service_times known;
    for (int i = 0; i < 100; ++i) {   // as the first of each bundle of answers is
        note(known, quick, 5ms);
        CHECK_FALSE(known.is_slow(quick));
        note(known, quick, 20us, 15);
    }
    note(known, quick, 50ms, 10);
    CHECK(known.is_slow(quick));
    note(known, quick, 50us, 3);
    CHECK_FALSE(known.is_slow(quick));
}

TEST_CASE("of two statements that share a place the one that ran last is known") {
    service_times known;
    note(known, quick, 50us, 100);
    note(known, slow, 20ms, 2);
    const std::uint64_t same_place = slow + (std::uint64_t{1} << 40);
    note(known, same_place, 50us);
    CHECK_FALSE(known.is_slow(slow));
    CHECK_FALSE(known.is_slow(same_place));
}

} // namespace service_times_tests

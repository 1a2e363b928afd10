// The listener's queue: order, bounds, gaps, and what a connection not yet established has brought.
#include <pgcoro/listener/notification_queue.hpp>

#include <doctest/doctest.h>
#include <string>

namespace listener_queue_tests {

namespace {

using pgcoro::notification;
using pgcoro::listening::notification_queue;

void push(notification_queue& queue, const std::string& payload) { queue.push({"c", payload, 1}); }

/// Payloads of what may be read, "<>" for an overflow, "||" for a reconnect.
std::string read_all(notification_queue& queue) {
    std::string all;
    while (queue.has_readable()) {
        const auto n = queue.pop();
        all += n.kind == pgcoro::notification_kind::overflow    ? "<>"
               : n.kind == pgcoro::notification_kind::reconnect ? "||"
                                                                : n.payload;
    }
    return all;
}

notification_queue established(std::size_t limit) {
    notification_queue queue(limit);
    queue.begin_connection(false);
    queue.release();
    return queue;
}

} // namespace

TEST_CASE("notifications are read in the order in which they came, without a gap") {
    auto queue = established(10);
    CHECK_FALSE(queue.has_readable());
    push(queue, "a");
    push(queue, "b");
    CHECK(queue.size() == 2);
    CHECK(read_all(queue) == "ab");
    push(queue, "c");
    CHECK(read_all(queue) == "c");
    CHECK(queue.size() == 0);
}

TEST_CASE("a full queue keeps the oldest and marks by one gap where the others are missing") {
    auto queue = established(3);
    for (const char* payload : {"a", "b", "c", "d", "e", "f"}) push(queue, payload);
    CHECK(queue.size() == 3);
    CHECK(queue.dropped() == 3);
    CHECK(read_all(queue) == "abc<>");
    push(queue, "g");
    CHECK(read_all(queue) == "g");
}

TEST_CASE("after an overflow nothing is kept until its gap has been read: one gap, not one behind each notification") {
    auto queue = established(2);
    for (const char* payload : {"a", "b", "c"}) push(queue, payload);
    CHECK(queue.pop().payload == "a");
    push(queue, "d");
    CHECK(queue.pop().payload == "b");
    push(queue, "e");
    CHECK(queue.pop().is_gap());
    push(queue, "f");
    CHECK(read_all(queue) == "f");
    CHECK(queue.dropped() == 3);
}

TEST_CASE("what a connection brings is held until it is established") {
    notification_queue queue(10);
    queue.begin_connection(false);
    push(queue, "a");
    CHECK_FALSE(queue.has_readable());
    queue.release();
    CHECK(read_all(queue) == "a");
}

TEST_CASE("what was read by nobody before a loss can still be read, then the gap, then what is new") {
    auto queue = established(10);
    push(queue, "a");
    push(queue, "b");
    queue.end_connection();
    CHECK(queue.pop().payload == "a");
    queue.begin_connection(true);
    push(queue, "c");
    CHECK(read_all(queue) == "b");
    CHECK_FALSE(queue.has_readable());
    queue.release();
    CHECK(read_all(queue) == "||c");
}

TEST_CASE("a connection that is lost before it is established leaves nothing behind, not even its gap") {
    auto queue = established(10);
    push(queue, "a");
    queue.end_connection();
    for (int attempt = 0; attempt < 3; ++attempt) {
        queue.begin_connection(true);
        push(queue, "lost");
        queue.end_connection();
    }
    queue.begin_connection(true);
    push(queue, "b");
    queue.release();
    CHECK(read_all(queue) == "a||b");
}

TEST_CASE("a queue that overflows while a connection is being established has its gap behind the reconnect's notifications") {
    notification_queue queue(2);
    queue.begin_connection(false);
    for (const char* payload : {"a", "b", "c"}) push(queue, payload);
    CHECK_FALSE(queue.has_readable());
    queue.release();
    CHECK(read_all(queue) == "ab<>");

    queue.end_connection();
    queue.begin_connection(true);
    for (const char* payload : {"a", "b", "c"}) push(queue, payload);
    queue.end_connection();
    queue.begin_connection(true);
    push(queue, "d");
    queue.release();
    CHECK(read_all(queue) == "||d");
}

TEST_CASE("what overflows right behind a reconnect's gap needs no second one") {
    auto queue = established(2);
    push(queue, "a");
    push(queue, "b");
    queue.end_connection();
    queue.begin_connection(true);
    push(queue, "c");
    queue.release();
    push(queue, "d");
    CHECK(read_all(queue) == "ab||");
    push(queue, "e");
    CHECK(read_all(queue) == "e");
    CHECK(queue.dropped() == 2);
}

TEST_CASE("an overflow's gap and that of a reconnect behind it are read each in its place") {
    auto queue = established(1);
    push(queue, "a");
    push(queue, "b");
    queue.end_connection();
    queue.begin_connection(true);
    push(queue, "c");
    CHECK(read_all(queue) == "a<>");
    queue.release();
    CHECK(read_all(queue) == "||");
    push(queue, "d");
    CHECK(read_all(queue) == "d");
}

TEST_CASE("a cleared queue is empty and begins anew") {
    auto queue = established(1);
    push(queue, "a");
    push(queue, "b");
    queue.clear();
    CHECK_FALSE(queue.has_readable());
    push(queue, "c");
    CHECK(read_all(queue) == "c");
}

} // namespace listener_queue_tests

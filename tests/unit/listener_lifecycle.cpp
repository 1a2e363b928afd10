// A listener's decisions by a clock that the test turns.
#include <pgcoro/listener/lifecycle.hpp>

#include <chrono>
#include <doctest/doctest.h>
#include <ratio>

namespace listener_lifecycle_tests {

namespace {

using namespace std::chrono_literals;
using pgcoro::listening::due;
using pgcoro::listening::phase;

struct turned_by_hand {
    using duration = std::chrono::milliseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<turned_by_hand>;
};
using turned_lifecycle = pgcoro::listening::lifecycle<turned_by_hand>;

constexpr turned_by_hand::time_point at(std::chrono::milliseconds since) { return turned_by_hand::time_point(since); }
constexpr auto never = turned_by_hand::time_point::max();
constexpr double middle = 0.5;   // of the jitter: none

turned_lifecycle fresh() {
    return turned_lifecycle({.probe_interval = 100ms, .probe_timeout = 20ms, .resync = 1000ms},
                            {.initial = 10ms, .factor = 2.0, .jitter = 0.2, .maximum = 50ms}, 10);
}

void establish(turned_lifecycle& life, std::chrono::milliseconds now) {
    life.connected(at(now));
    life.subscribed(at(now));
    life.established(at(now));
}

int gaps_read(turned_lifecycle& life) {
    int gaps = 0;
    while (life.queue().has_readable()) gaps += life.queue().pop().is_gap() ? 1 : 0;
    return gaps;
}

} // namespace

TEST_CASE("a listener connects, subscribes, resyncs and is established") {
    auto life = fresh();
    CHECK(life.at() == phase::idle);
    life.begin();
    CHECK(life.at() == phase::connecting);
    CHECK(life.deadline() == never);   // the connector has its own limit
    life.connected(at(0ms));
    CHECK(life.at() == phase::subscribing);
    life.subscribed(at(5ms));
    CHECK(life.at() == phase::resyncing);
    CHECK(life.deadline() == at(1005ms));
    life.established(at(8ms));
    CHECK(life.at() == phase::established);
    CHECK(life.deadline() == at(108ms));
    CHECK(gaps_read(life) == 0);
}

TEST_CASE("a gap is due once for a loss, however many attempts fail at whatever stage") {
    auto life = fresh();
    life.begin();
    life.failed(at(0ms), middle);
    CHECK(life.tick(at(10ms)) == due::connect);
    establish(life, 10ms);
    CHECK(gaps_read(life) == 0);   // the first connection, though not the first attempt
    life.failed(at(100ms), middle);
    life.failed(at(200ms), middle);
    life.connected(at(300ms));
    life.failed(at(300ms), middle);
    life.connected(at(400ms));
    life.subscribed(at(400ms));
    life.queue().push({"c", "held", 1});
    life.failed(at(400ms), middle);
    CHECK(gaps_read(life) == 0);
    establish(life, 500ms);
    CHECK(gaps_read(life) == 1);
    life.failed(at(600ms), middle);
    establish(life, 700ms);
    CHECK(gaps_read(life) == 1);
}

TEST_CASE("a first connection that is lost before it is established leaves no gap") {
    auto life = fresh();
    life.begin();
    life.connected(at(0ms));
    life.subscribed(at(0ms));
    life.failed(at(0ms), middle);
    establish(life, 50ms);
    CHECK(gaps_read(life) == 0);
}

TEST_CASE("pauses grow with each failure, vary by chance, and begin anew once a connection is established") {
    auto life = fresh();
    life.begin();
    const auto pause = [&](double chance) {
        life.failed(at(1000ms), chance);
        CHECK(life.at() == phase::pausing);
        return life.deadline() - at(1000ms);
    };
    CHECK(pause(middle) == 10ms);
    CHECK(pause(middle) == 20ms);
    CHECK(pause(0.0) == 32ms);
    CHECK(pause(middle) == 50ms);
    CHECK(life.tick(at(1049ms)) == due::nothing);
    CHECK(life.tick(at(1050ms)) == due::connect);
    CHECK(life.at() == phase::connecting);
    CHECK(life.tick(at(5000ms)) == due::nothing);
    life.connected(at(5000ms));
    CHECK(pause(middle) == 50ms);   // it did not come to anything
    establish(life, 5100ms);
    CHECK(pause(middle) == 10ms);
}

TEST_CASE("a silent server is probed after the interval and given up after the limit, not before") {
    auto life = fresh();
    life.begin();
    establish(life, 0ms);
    CHECK(life.tick(at(99ms)) == due::nothing);
    CHECK(life.tick(at(100ms)) == due::probe);
    CHECK(life.deadline() == at(120ms));
    CHECK(life.tick(at(119ms)) == due::nothing);
    CHECK(life.tick(at(120ms)) == due::give_up_server);
}

TEST_CASE("whatever comes from the server puts the next probe off and answers the one under way") {
    auto life = fresh();
    life.begin();
    establish(life, 0ms);
    life.heard(at(60ms));
    CHECK(life.tick(at(100ms)) == due::nothing);
    CHECK(life.deadline() == at(160ms));
    CHECK(life.tick(at(160ms)) == due::probe);
    life.heard(at(165ms));
    CHECK(life.deadline() == at(265ms));
    CHECK(life.tick(at(180ms)) == due::nothing);
    CHECK(life.tick(at(265ms)) == due::probe);
    CHECK(life.tick(at(285ms)) == due::give_up_server);
}

TEST_CASE("a probe of the connection before says nothing about the next") {
    auto life = fresh();
    life.begin();
    establish(life, 0ms);
    CHECK(life.tick(at(100ms)) == due::probe);
    life.failed(at(110ms), middle);
    establish(life, 119ms);
    CHECK(life.tick(at(120ms)) == due::nothing);
    CHECK(life.tick(at(219ms)) == due::probe);
}

TEST_CASE("a server that does not answer LISTEN is given up; one that answers bit by bit is not") {
    auto life = fresh();
    life.begin();
    life.connected(at(0ms));
    life.heard(at(15ms));
    CHECK(life.tick(at(20ms)) == due::nothing);
    CHECK(life.deadline() == at(35ms));
    CHECK(life.tick(at(35ms)) == due::give_up_server);

    auto silent = fresh();
    silent.begin();
    silent.connected(at(0ms));
    CHECK(silent.tick(at(20ms)) == due::give_up_server);
}

TEST_CASE("a resync has its own limit and is not probed meanwhile; it is given up once") {
    auto life = fresh();
    life.begin();
    life.connected(at(0ms));
    life.subscribed(at(0ms));
    CHECK(life.tick(at(500ms)) == due::nothing);
    CHECK(life.tick(at(1000ms)) == due::give_up_resync);
    CHECK(life.tick(at(2000ms)) == due::nothing);
}

TEST_CASE("a closed listener asks for nothing and has nothing to read") {
    auto life = fresh();
    life.begin();
    establish(life, 0ms);
    life.queue().push({"c", "unread", 1});
    life.close();
    CHECK(life.is_closed());
    CHECK(life.deadline() == never);
    CHECK(life.tick(at(10'000ms)) == due::nothing);
    CHECK_FALSE(life.queue().has_readable());
}

} // namespace listener_lifecycle_tests

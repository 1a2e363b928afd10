// The slot machine: which connection serves which request.
#include <pgcoro/pool/dispatcher.hpp>

#include <array>
#include <cstddef>
#include <doctest/doctest.h>
#include <string>
#include <utility>
#include <vector>

namespace dispatcher_tests {

using namespace pgcoro::pooling;

namespace {

struct waiter : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::normal_link>> {
    explicit waiter(std::string called, bool exclusive) : name(std::move(called)), exclusive_(exclusive) {}
    waiter(const waiter&) = delete;
    waiter& operator=(const waiter&) = delete;

    bool wants_exclusive() const noexcept { return exclusive_; }
    virtual bool is_slow() const noexcept { return false; }

    std::string name;

protected:
    ~waiter() = default;

private:
    bool exclusive_;
};

struct slow final : waiter {
    explicit slow(std::string called) : waiter(std::move(called), false) {}
    bool is_slow() const noexcept override { return true; }
};
struct shared final : waiter {
    explicit shared(std::string called) : waiter(std::move(called), false) {}
};
struct exclusive final : waiter {
    explicit exclusive(std::string called) : waiter(std::move(called), true) {}
};

/// Notes what the dispatcher asks for.
struct recorder {
    void open(std::size_t slot) { log.push_back("open " + std::to_string(slot)); }
    void assign(std::size_t slot, waiter& to) { log.push_back(to.name + " on " + std::to_string(slot)); }

    std::vector<std::string> take() { return std::exchange(log, {}); }

    std::vector<std::string> log;
};

using actions = std::vector<std::string>;

struct machine : dispatcher<waiter, recorder>, private recorder {
    using base = dispatcher<waiter, recorder>;

    explicit machine(dispatch_limits limits) : base(limits, static_cast<recorder&>(*this)) {}

    using recorder::take;

    /// Opens the first `count` slots and leaves them idle, the last one on top.
    void have_idle(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) open_one();
        for (std::size_t i = 0; i < count; ++i) connected(i);
        take();
    }

    /// Whether the counts say what the slots say.
    bool counts_are_true() const {
        std::array<std::size_t, slot_state_count> by_state{};
        std::size_t statements = 0;
        for (std::size_t i = 0; i < slot_count(); ++i) {
            ++by_state[static_cast<std::size_t>(state(i))];
            statements += in_flight(i);
        }
        for (std::size_t s = 0; s < slot_state_count; ++s)
            if (by_state[s] != counts().by_state[s]) return false;
        return statements == counts().in_flight && waiting() == counts().waiting
               && connecting() == by_state[static_cast<std::size_t>(slot_state::connecting)]
               && idle().size() == by_state[static_cast<std::size_t>(slot_state::idle)]
               && open_count() == slot_count() - by_state[static_cast<std::size_t>(slot_state::vacant)];
    }
};

using admission = machine::admission;

} // namespace

// ---------------------------------------------------------------------------------------------- who gets
// what

TEST_CASE("a first request waits for the connection that it has opened") {
    machine m({.max_connections = 2, .pipeline_depth = 4, .max_waiting = 10});
    shared a("a");
    CHECK(m.submit(a) == admission::waiting);
    CHECK(m.take() == actions{"open 0"});
    CHECK(m.state(0) == slot_state::connecting);
    CHECK(m.counts().waiting == 1);
    m.connected(0);
    CHECK(m.take() == actions{"a on 0"});
    CHECK(m.state(0) == slot_state::shared);
    CHECK(m.in_flight(0) == 1);
    CHECK(m.counts_are_true());
}

TEST_CASE("the connection that was idle last is used first") {
    machine m({3, 4, 10});
    m.have_idle(3);
    shared a("a"), b("b"), c("c"), d("d");
    m.submit(a);
    m.submit(b);
    m.submit(c);
    CHECK(m.take() == actions{"a on 2", "b on 1", "c on 0"});
    m.statement_done(1);
    m.statement_done(2);
    CHECK(m.submit(d) == admission::assigned);
    CHECK(m.take() == actions{"d on 2"});
}

TEST_CASE("below the maximum a connection is opened, and meanwhile a busy one is shared") {
    machine m({3, 2, 10});
    m.have_idle(1);
    shared a("a"), b("b"), c("c");
    m.submit(a);
    m.take();
    CHECK(m.submit(b) == admission::assigned);
    CHECK(m.take() == actions{"open 1", "b on 0"});
    CHECK(m.submit(c) == admission::waiting); // 0 is full; 1 is on its way to c
    CHECK(m.take().empty());
    m.connected(1);
    CHECK(m.take() == actions{"c on 1"});
    CHECK(m.counts_are_true());
}

TEST_CASE("no more connections are opened than requests wait") {
    machine m({5, 1, 10});
    shared a("a"), b("b");
    m.submit(a);
    m.submit(b);
    CHECK(m.take() == actions{"open 0", "open 1"});
}

TEST_CASE("there are never more connections than the maximum") {
    machine m({2, 1, 10});
    shared a("a"), b("b"), c("c");
    m.submit(a);
    m.submit(b);
    m.submit(c);
    CHECK(m.take() == actions{"open 0", "open 1"});
    CHECK_FALSE(m.open_one());
    CHECK(m.open_count() == 2);
}

TEST_CASE("at the maximum the connection with the fewest statements in flight is shared") {
    machine m({2, 4, 10});
    m.have_idle(2);
    shared a("a"), b("b"), c("c"), d("d"), e("e");
    m.submit(a); // 1
    m.submit(b); // 0
    m.submit(c);
    m.submit(d);
    m.take();
    CHECK(m.in_flight(0) == 2);
    CHECK(m.in_flight(1) == 2);
    m.statement_done(1);
    m.submit(e);
    CHECK(m.take() == actions{"e on 1"});
}

TEST_CASE("a connection never has more statements in flight than pipeline_depth") {
    machine m({1, 2, 10});
    m.have_idle(1);
    shared a("a"), b("b"), c("c");
    CHECK(m.submit(a) == admission::assigned);
    CHECK(m.submit(b) == admission::assigned);
    CHECK(m.submit(c) == admission::waiting);
    CHECK(m.in_flight(0) == 2);
    m.take();
    m.statement_done(0);
    CHECK(m.take() == actions{"c on 0"});
    CHECK(m.in_flight(0) == 2);
}

TEST_CASE("a pipeline_depth of 1 shares nothing") {
    machine m({1, 1, 10});
    m.have_idle(1);
    shared a("a"), b("b");
    CHECK(m.submit(a) == admission::assigned);
    CHECK(m.submit(b) == admission::waiting);
    m.take();
    m.statement_done(0);
    CHECK(m.take() == actions{"b on 0"});
}

TEST_CASE("a connection is idle again after its last statement, not before") {
    machine m({1, 4, 10});
    m.have_idle(1);
    shared a("a"), b("b");
    m.submit(a);
    m.submit(b);
    m.statement_done(0);
    CHECK(m.state(0) == slot_state::shared);
    m.statement_done(0);
    CHECK(m.state(0) == slot_state::idle);
    CHECK(m.idle() == std::vector<std::size_t>{0});
    CHECK(m.counts_are_true());
}

// ---------------------------------------------------------------------------------------------- the line

TEST_CASE("the line is served first come, first served") {
    machine m({1, 1, 10});
    m.have_idle(1);
    shared a("a"), b("b"), c("c"), d("d");
    m.submit(a);
    m.submit(b);
    m.submit(c);
    m.submit(d);
    m.take();
    for (int i = 0; i < 3; ++i) m.statement_done(0);
    CHECK(m.take() == actions{"b on 0", "c on 0", "d on 0"});
}

TEST_CASE("a statement does not overtake a lease that waits in front of it") {
    machine m({1, 4, 10});
    m.have_idle(1);
    exclusive held("held"), next("next");
    shared a("a");
    m.submit(held);
    m.submit(next);
    CHECK(m.submit(a) == admission::waiting);
    m.take();
    m.lease_returned(0);
    m.cleaned(0);
    CHECK(m.take() == actions{"next on 0"});
    CHECK(m.waiting() == 1);
    m.lease_returned(0);
    m.cleaned(0);
    CHECK(m.take() == actions{"a on 0"});
}

TEST_CASE("one request more than max_waiting is refused at once") {
    machine m({1, 1, 2});
    m.have_idle(1);
    shared a("a"), b("b"), c("c"), d("d");
    m.submit(a);
    CHECK(m.submit(b) == admission::waiting);
    CHECK(m.submit(c) == admission::waiting);
    CHECK(m.submit(d) == admission::overloaded);
    CHECK(m.counts().waiting == 2);
    m.withdraw(b);
    CHECK(m.submit(d) == admission::waiting);
}

TEST_CASE("those for whom a connection is being drained count towards max_waiting") {
    machine m({1, 4, 1});
    m.have_idle(1);
    shared a("a"), b("b");
    exclusive x("x");
    m.submit(a);
    CHECK(m.submit(x) == admission::waiting);
    CHECK(m.state(0) == slot_state::draining);
    CHECK(m.submit(b) == admission::overloaded);
}

TEST_CASE("a line that is ended is handed over in its order, those with a reservation first") {
    machine m({1, 4, 10});
    m.have_idle(1);
    shared a("a"), b("b");
    exclusive x("x"), y("y");
    m.submit(a);
    m.submit(x);
    m.submit(y);
    m.submit(b);
    m.take();
    actions ended;
    m.end_waiting([&](waiter& w) { ended.push_back(w.name); });
    CHECK(ended == actions{"x", "y", "b"});
    CHECK(m.waiting() == 0);
    CHECK(m.counts_are_true());
    m.statement_done(0);
    CHECK(m.take().empty());
    CHECK(m.state(0) == slot_state::idle);
}

TEST_CASE("only those in line who meet a condition are ended") {
    machine m({1, 1, 10});
    m.have_idle(1);
    shared a("a"), b("b"), c("c");
    m.submit(a);
    m.submit(b);
    m.submit(c);
    actions ended;
    m.end_if([](const waiter& w) { return w.name == "b"; }, [&](waiter& w) { ended.push_back(w.name); });
    CHECK(ended == actions{"b"});
    m.take();
    m.statement_done(0);
    CHECK(m.take() == actions{"c on 0"});
    CHECK(m.counts_are_true());
}

// ---------------------------------------------------------------------------------------------- leases

TEST_CASE("a lease gets an idle connection and nobody shares it") {
    machine m({1, 4, 10});
    m.have_idle(1);
    exclusive x("x");
    shared a("a");
    CHECK(m.submit(x) == admission::assigned);
    CHECK(m.state(0) == slot_state::leased);
    CHECK(m.in_flight(0) == 0);
    CHECK(m.submit(a) == admission::waiting);
    m.statement_done(0); // one of the lease's own
    CHECK(m.state(0) == slot_state::leased);
    CHECK(m.take() == actions{"x on 0"});
}

TEST_CASE("a returned lease serves nobody before it is cleaned") {
    machine m({1, 4, 10});
    m.have_idle(1);
    exclusive x("x");
    shared a("a");
    m.submit(x);
    m.submit(a);
    m.take();
    m.lease_returned(0);
    CHECK(m.state(0) == slot_state::cleaning);
    m.statement_done(0);
    CHECK(m.take().empty());
    m.cleaned(0);
    CHECK(m.take() == actions{"a on 0"});
    CHECK(m.counts_are_true());
}

TEST_CASE("a lease is not starved by shared statements: a connection is drained for it") {
    machine m({1, 4, 10});
    m.have_idle(1);
    shared a("a"), b("b"), c("c");
    exclusive x("x");
    m.submit(a);
    m.submit(b);
    CHECK(m.submit(x) == admission::waiting);
    CHECK(m.state(0) == slot_state::draining);
    CHECK(m.submit(c) == admission::waiting); // there would be room, but it drains
    m.take();
    m.statement_done(0);
    CHECK(m.take().empty());
    m.statement_done(0);
    CHECK(m.take() == actions{"x on 0"});
    CHECK(m.state(0) == slot_state::leased);
    CHECK(m.counts_are_true());
}

TEST_CASE("the connection with the fewest statements is drained for a lease, and only one") {
    machine m({2, 4, 10});
    m.have_idle(2);
    shared a("a"), b("b"), c("c"), d("d");
    exclusive x("x");
    m.submit(a); // 1
    m.submit(b); // 0
    m.submit(c); // 0
    m.submit(x);
    CHECK(m.in_flight(0) == 2);
    CHECK(m.in_flight(1) == 1);
    CHECK(m.state(0) == slot_state::shared);
    CHECK(m.state(1) == slot_state::draining);
    m.take();
    CHECK(m.submit(d) == admission::assigned); // a lease that has its reservation holds up nobody
    CHECK(m.take() == actions{"d on 0"});
}

TEST_CASE("a lease takes the first connection that falls idle, and the drained one returns to service") {
    machine m({2, 2, 10});
    m.have_idle(2);
    shared a("a"), b("b"), c("c"), d("d"), e("e");
    exclusive x("x");
    m.submit(a); // 1
    m.submit(b); // 0
    m.submit(c); // 0
    m.submit(d); // 1
    m.statement_done(0);
    m.submit(x); // drains 0, which has one
    CHECK(m.state(0) == slot_state::draining);
    CHECK(m.submit(e) == admission::waiting);
    m.take();
    m.statement_done(1);
    CHECK(m.take() == actions{"e on 1"});
    m.statement_done(1);
    m.statement_done(1);
    CHECK(m.take() == actions{"x on 1"});
    CHECK(m.state(1) == slot_state::leased);
    CHECK(m.state(0) == slot_state::shared);
    CHECK(m.in_flight(0) == 1);
    CHECK(m.counts_are_true());
}

TEST_CASE("a lease that gets another connection leaves its drained one to who waits in line") {
    machine m({2, 2, 10});
    m.have_idle(1);
    shared a("a"), b("b");
    exclusive x("x");
    m.submit(a); // 0
    m.submit(x); // drains 0, opens 1
    m.submit(b); // waits: 0 drains
    CHECK(m.take() == actions{"a on 0", "open 1"});
    m.connected(1);
    CHECK(m.take() == actions{"x on 1", "b on 0"});
    CHECK(m.state(0) == slot_state::shared);
    CHECK(m.counts_are_true());
}

TEST_CASE("the count of those who wait is right once a lease has got its drained connection") {
    machine m({1, 2, 10});
    m.have_idle(1);
    shared a("a");
    exclusive x("x");
    m.submit(a);
    m.submit(x);
    CHECK(m.counts().waiting == 1);
    m.statement_done(0);
    CHECK(m.counts().waiting == 0);
    CHECK(m.counts_are_true());
}

TEST_CASE("several leases get drained connections in their order, whichever is free first") {
    machine m({2, 4, 10});
    m.have_idle(2);
    shared a("a"), b("b");
    exclusive x("x"), y("y");
    m.submit(a); // 1
    m.submit(b); // 0
    m.submit(x); // drains 0
    m.submit(y); // drains 1
    CHECK(m.state(0) == slot_state::draining);
    CHECK(m.state(1) == slot_state::draining);
    m.take();
    m.statement_done(1);
    CHECK(m.take() == actions{"x on 1"});
    CHECK(m.state(0) == slot_state::draining); // now y's
    m.statement_done(0);
    CHECK(m.take() == actions{"y on 0"});
    CHECK(m.counts_are_true());
}

TEST_CASE("a lease that inherited a drained connection and gave up returns it to service") {
    machine m({2, 4, 10});
    m.have_idle(2);
    shared a("a"), b("b"), c("c");
    exclusive x("x"), y("y");
    m.submit(a); // 1
    m.submit(b); // 0
    m.submit(x); // drains 0
    m.submit(y); // drains 1
    m.statement_done(1);
    m.submit(c);
    m.take();
    m.withdraw(y);
    CHECK(m.state(0) == slot_state::shared);
    CHECK(m.take() == actions{"c on 0"});
    CHECK(m.counts_are_true());
}

TEST_CASE("a lease whose drained connection is lost keeps its place before later leases") {
    machine m({3, 4, 10});
    m.have_idle(3);
    m.allow_opening(false);
    shared a("a"), b("b"), c("c");
    exclusive x("x"), y("y");
    m.submit(a);
    m.submit(b);
    m.submit(c);
    m.submit(x); // drains 0
    m.submit(y); // drains 1
    CHECK(m.state(0) == slot_state::draining);
    CHECK(m.state(1) == slot_state::draining);
    m.take();
    m.vacate(0);
    CHECK(m.waiting() == 2);
    m.statement_done(1);
    CHECK(m.take() == actions{"x on 1"});
    m.statement_done(2);
    CHECK(m.take() == actions{"y on 2"});
    CHECK(m.counts_are_true());
}

// ---------------------------------------------------------------------------------------------- giving up

TEST_CASE("a waiter that gave up is never handed a connection") {
    machine m({1, 1, 10});
    m.have_idle(1);
    shared a("a"), b("b"), c("c");
    m.submit(a);
    m.submit(b);
    m.submit(c);
    m.withdraw(b);
    m.take();
    m.statement_done(0);
    CHECK(m.take() == actions{"c on 0"});
    m.statement_done(0);
    CHECK(m.take().empty());
    CHECK(m.counts_are_true());
}

TEST_CASE("a waiter that gave up at the head of the line lets the next one through") {
    machine m({2, 4, 10});
    m.have_idle(1);
    m.allow_opening(false);
    exclusive held("held"), x("x");
    shared a("a");
    m.submit(held);
    m.submit(x);
    m.submit(a);
    m.allow_opening(true);
    m.take();
    m.withdraw(x);
    CHECK(m.waiting() == 1);
    m.connected(1);
    CHECK(m.take() == actions{"a on 1"});
}

TEST_CASE("a lease that gave up lets its drained connection return to service") {
    machine m({1, 4, 10});
    m.have_idle(1);
    shared a("a"), b("b");
    exclusive x("x");
    m.submit(a);
    m.submit(x);
    m.submit(b);
    m.take();
    m.withdraw(x);
    CHECK(m.take() == actions{"b on 0"});
    CHECK(m.state(0) == slot_state::shared);
    CHECK(m.in_flight(0) == 2);
    CHECK(m.counts_are_true());
}

TEST_CASE("a lease that gave up while its drained connection is being cancelled leaves it out of service") {
    machine m({1, 4, 10});
    m.have_idle(1);
    shared a("a"), b("b");
    exclusive x("x");
    m.submit(a);
    m.submit(x);
    m.quarantine(0);
    m.withdraw(x);
    m.submit(b);
    m.take();
    CHECK(m.state(0) == slot_state::draining);
    m.statement_done(0);
    CHECK(m.take().empty());
    m.settled(0);
    CHECK(m.take() == actions{"b on 0"});
}

// ---------------------------------------------------------------------------------------------- cancels

TEST_CASE("a connection that is being cancelled takes nothing new until it has settled") {
    machine m({1, 4, 10});
    m.have_idle(1);
    shared a("a"), b("b"), c("c");
    m.submit(a);
    m.submit(b);
    m.quarantine(0);
    CHECK(m.state(0) == slot_state::draining);
    CHECK(m.submit(c) == admission::waiting);
    m.take();
    m.statement_done(0);
    m.statement_done(0);
    CHECK(m.state(0) == slot_state::draining); // empty, but the cancel is still on its way
    CHECK(m.take().empty());
    m.settled(0);
    CHECK(m.take() == actions{"c on 0"});
    CHECK(m.counts_are_true());
}

TEST_CASE("a connection that settles with nobody waiting is idle") {
    machine m({1, 4, 10});
    m.have_idle(1);
    shared a("a");
    m.submit(a);
    m.quarantine(0);
    m.statement_done(0);
    m.settled(0);
    CHECK(m.state(0) == slot_state::idle);
    CHECK(m.idle().size() == 1);
}

TEST_CASE("a connection that settles before its last statement is counted off returns to sharing") {
    machine m({1, 4, 10});
    m.have_idle(1);
    shared a("a"), b("b");
    m.submit(a);
    m.quarantine(0);
    m.submit(b);
    m.take();
    m.settled(0);
    CHECK(m.state(0) == slot_state::shared);
    CHECK(m.take() == actions{"b on 0"});
    m.statement_done(0);
    m.statement_done(0);
    CHECK(m.state(0) == slot_state::idle);
}

TEST_CASE("a lease whose drained connection is being cancelled gets it once that has settled") {
    machine m({1, 4, 10});
    m.have_idle(1);
    shared a("a");
    exclusive x("x");
    m.submit(a);
    SUBCASE("reserved before the cancel") {
        m.submit(x);
        m.quarantine(0);
    }
    SUBCASE("the lease came later") {
        m.quarantine(0);
        m.submit(x);
    }
    m.take();
    m.statement_done(0);
    CHECK(m.take().empty());
    m.settled(0);
    CHECK(m.take() == actions{"x on 0"});
    CHECK(m.counts_are_true());
}

TEST_CASE("a lease that is being cancelled stays a lease") {
    machine m({1, 4, 10});
    m.have_idle(1);
    exclusive x("x");
    shared a("a");
    m.submit(x);
    m.submit(a);
    m.take();
    m.quarantine(0);
    CHECK(m.state(0) == slot_state::leased);
    m.settled(0);
    CHECK(m.state(0) == slot_state::leased);
    CHECK(m.take().empty());
    m.quarantine(0);
    m.lease_returned(0);
    m.settled(0);
    CHECK(m.state(0) == slot_state::cleaning);
    m.cleaned(0);
    CHECK(m.take() == actions{"a on 0"});
    m.statement_done(0);
    CHECK(m.state(0) == slot_state::idle);
}

// ---------------------------------------------------------------------------------------------- the end of a
// connection

TEST_CASE("a lost connection leaves its slot vacant and correct counts, in each state") {
    machine m({1, 4, 10});
    shared a("a"), b("b");
    exclusive x("x");
    SUBCASE("connecting") {
        m.open_one();
        CHECK(m.state(0) == slot_state::connecting);
    }
    SUBCASE("idle") { m.have_idle(1); }
    SUBCASE("shared") {
        m.have_idle(1);
        m.submit(a);
        m.submit(b);
        CHECK(m.counts().in_flight == 2);
    }
    SUBCASE("draining, being cancelled") {
        m.have_idle(1);
        m.submit(a);
        m.quarantine(0);
    }
    SUBCASE("leased") {
        m.have_idle(1);
        m.submit(x);
    }
    SUBCASE("cleaning") {
        m.have_idle(1);
        m.submit(x);
        m.lease_returned(0);
    }
    m.vacate(0);
    CHECK(m.state(0) == slot_state::vacant);
    CHECK(m.in_flight(0) == 0);
    CHECK(m.idle().empty());
    CHECK(m.connecting() == 0);
    CHECK(m.open_count() == 0);
    CHECK(m.counts_are_true());
    m.take();

    shared next("next");
    CHECK(m.submit(next) == admission::waiting);
    m.connected(0);
    CHECK(m.take() == actions{"open 0", "next on 0"});
    m.statement_done(0);
    CHECK(m.state(0) == slot_state::idle); // no trace of an earlier cancel
}

TEST_CASE("a connection that is lost with others waiting is replaced") {
    machine m({1, 1, 10});
    m.have_idle(1);
    shared a("a"), b("b");
    m.submit(a);
    m.submit(b);
    m.take();
    m.vacate(0);
    CHECK(m.take() == actions{"open 0"});
    m.connected(0);
    CHECK(m.take() == actions{"b on 0"});
}

TEST_CASE("a lease whose drained connection is lost is still served") {
    machine m({1, 4, 10});
    m.have_idle(1);
    shared a("a"), b("b");
    exclusive x("x");
    m.submit(a);
    m.submit(x);
    m.submit(b);
    m.take();
    m.vacate(0);
    CHECK(m.take() == actions{"open 0"});
    CHECK(m.waiting() == 2);
    m.connected(0);
    CHECK(m.take() == actions{"x on 0"});
    CHECK(m.counts_are_true());
}

TEST_CASE("an idle connection that is looked at serves nobody meanwhile") {
    machine m({1, 4, 10});
    m.have_idle(1);
    m.take_idle(0);
    CHECK(m.state(0) == slot_state::cleaning);
    CHECK(m.idle().empty());
    shared a("a");
    CHECK(m.submit(a) == admission::waiting);
    SUBCASE("it is good") {
        m.cleaned(0);
        CHECK(m.take() == actions{"a on 0"});
    }
    SUBCASE("it is closed") {
        m.vacate(0);
        CHECK(m.take() == actions{"open 0"});
    }
    CHECK(m.counts_are_true());
}

// ---------------------------------------------------------------------------------------------- backoff

TEST_CASE("while opening is not allowed nothing is opened, and then as much as is needed") {
    machine m({3, 1, 10});
    m.allow_opening(false);
    shared a("a"), b("b");
    CHECK(m.submit(a) == admission::waiting);
    CHECK(m.submit(b) == admission::waiting);
    CHECK(m.take().empty());
    m.allow_opening(true);
    CHECK(m.take() == actions{"open 0", "open 1"});
}

TEST_CASE("a failed attempt is repeated only when opening is allowed again") {
    machine m({1, 1, 10});
    shared a("a");
    m.submit(a);
    m.allow_opening(false);
    m.take();
    m.vacate(0);
    CHECK(m.take().empty());
    CHECK(m.waiting() == 1);
    m.allow_opening(true);
    CHECK(m.take() == actions{"open 0"});
}

TEST_CASE("while opening is not allowed busy connections are still shared") {
    machine m({2, 2, 10});
    m.have_idle(1);
    m.allow_opening(false);
    shared a("a"), b("b");
    m.submit(a);
    CHECK(m.submit(b) == admission::assigned);
    CHECK(m.take() == actions{"a on 0", "b on 0"});
}

// ---------------------------------------------------------------------------------------------- slow ones

TEST_CASE("nobody is sent behind a slow statement while another connection has room, or waits for one") {
    machine m({.max_connections = 2, .pipeline_depth = 2, .max_waiting = 10});
    m.have_idle(2);
    slow report("report");
    shared a("a"), b("b"), c("c");
    m.submit(report);
    m.submit(a);
    m.submit(b);
    CHECK(m.take() == actions{"report on 1", "a on 0", "b on 0"});
    CHECK(m.submit(c) == admission::waiting);   // slot 1 has room, behind the report
    CHECK(m.take() == actions{});
    m.statement_done(0);
    CHECK(m.take() == actions{"c on 0"});
    CHECK(m.counts_are_true());
}

TEST_CASE("a connection is everybody's again when its slow statement has ended") {
    machine m({.max_connections = 1, .pipeline_depth = 3, .max_waiting = 10});
    m.have_idle(1);
    slow report("report");
    shared a("a"), b("b");
    m.submit(report);
    CHECK(m.submit(a) == admission::waiting);
    CHECK(m.submit(b) == admission::waiting);
    m.take();
    m.statement_done(0, true);
    CHECK(m.take() == actions{"a on 0", "b on 0"});
    CHECK(m.counts_are_true());
}

TEST_CASE("slow statements spread over half of the connections, then they queue behind each other") {
    machine m({.max_connections = 4, .pipeline_depth = 2, .max_waiting = 10});
    m.have_idle(4);
    shared a("a"), b("b"), c("c"), d("d");
    for (shared* const quick : {&a, &b, &c, &d}) m.submit(*quick);
    CHECK(m.take() == actions{"a on 3", "b on 2", "c on 1", "d on 0"});
    slow first("first"), second("second"), third("third");
    m.submit(first);
    m.submit(second);
    CHECK(m.take() == actions{"first on 0", "second on 1"});
    m.statement_done(0);   // d
    m.submit(third);
    CHECK(m.take() == actions{"third on 0"});   // though 2 and 3 have as few in flight
    m.statement_done(1);
    m.statement_done(1, true);
    slow fourth("fourth");
    m.submit(fourth);
    CHECK(m.take() == actions{"fourth on 1"});   // it has become idle
    CHECK(m.counts_are_true());
}

TEST_CASE("a lost connection takes its slow statements with it") {
    machine m({.max_connections = 2, .pipeline_depth = 2, .max_waiting = 10});
    m.have_idle(2);
    slow report("report"), again("again");
    shared a("a");
    m.submit(report);
    m.submit(a);
    m.take();
    m.vacate(1);
    m.submit(again);
    CHECK(m.take() == actions{"open 1", "again on 0"});   // none has a slow one: half of them may
    CHECK(m.counts_are_true());
}

TEST_CASE("a lease has a connection without slow statements drained if there is one") {
    machine m({.max_connections = 2, .pipeline_depth = 3, .max_waiting = 10});
    m.have_idle(2);
    slow report("report");
    shared a("a"), b("b");
    exclusive lease("lease");
    m.submit(report);
    m.submit(a);
    m.submit(b);
    m.take();
    m.submit(lease);
    CHECK(m.state(1) == slot_state::shared);
    CHECK(m.state(0) == slot_state::draining);
    m.statement_done(0);
    m.statement_done(0);
    CHECK(m.take() == actions{"lease on 0"});
    CHECK(m.counts_are_true());
}

} // namespace dispatcher_tests

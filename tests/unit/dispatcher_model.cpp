// The slot machine against a model: random events, and what must hold after each.
#include <pgcoro/pool/dispatcher.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <doctest/doctest.h>
#include <list>
#include <random>
#include <string>
#include <vector>

namespace dispatcher_model_tests {

using namespace pgcoro::pooling;

namespace {

struct waiter : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::normal_link>> {
    waiter(std::size_t n, bool alone, bool takes_long) : number(n), exclusive(alone), slow(takes_long) {}
    bool wants_exclusive() const noexcept { return exclusive; }
    bool is_slow() const noexcept { return slow; }

    std::size_t number; // in the order of their coming
    bool exclusive, slow;
    bool served = false;
};

/// What broke an invariant, and where, so that it can be run again.
struct broken {
    std::string what;
};

/// The pool as the dispatcher's orders and reports make it, without knowledge of how it decides.
class model {
public:
    model(std::uint64_t seed, dispatch_limits limits)
        : random_(seed), limits_(limits), tested_(limits, *this), slots_(limits.max_connections) {}

    // Asked by the dispatcher
    void open(std::size_t index) {
        require(slots_[index].is_vacant(), "only a vacant slot is opened");
        slots_[index].connecting = true;
    }

    void assign(std::size_t index, waiter& to) {
        auto& s = slots_[index];
        require(!to.served, "nobody is served twice");
        require(s.open && !s.cleaning, "only an open connection in service is assigned");
        require(!s.leased, "nobody gets a connection that is leased");
        require(!s.cancelled, "nobody gets a connection that is being cancelled");
        if (to.exclusive) require(s.statements == 0, "a lease has its connection alone");
        if (!to.exclusive && !to.slow) require(s.slow == 0, "nobody is sent behind a slow statement but slow ones");
        for (const auto& other : waiting_)
            if (other->number < to.number && other->exclusive == to.exclusive)
                require(false, "waiters of one kind are served in their order");
        if (!to.exclusive) {
            // A lease that waits holds up those behind it until a connection is being drained for it.
            const auto older = std::count_if(waiting_.begin(), waiting_.end(), [&](const waiter* w) {
                return w->exclusive && w->number < to.number;
            });
            const auto draining = static_cast<std::ptrdiff_t>(tested_.counts()[slot_state::draining]);
            require(older <= draining, "no statement overtakes a lease that waits in line");
        }
        std::erase(waiting_, &to);
        to.served = true;
        if (to.exclusive)
            s.leased = true;
        else {
            ++s.statements;
            if (to.slow) ++s.slow;
        }
    }

    void run(std::size_t events) {
        for (std::size_t i = 0; i < events; ++i) {
            step_ = i;
            one_event();
            check();
        }
        finish();
    }

private:
    struct slot {
        bool connecting = false, open = false, leased = false, cleaning = false, cancelled = false;
        std::size_t statements = 0, slow = 0;   // the slow ones among them

        bool is_vacant() const { return !connecting && !open; }
    };

    void require(bool holds, const char* what) const {
        if (!holds) throw broken{std::string(what) + ", event " + std::to_string(step_)};
    }

    std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }

    template <class Condition>
    std::size_t any(Condition condition) {
        std::vector<std::size_t> found;
        for (std::size_t i = 0; i < slots_.size(); ++i)
            if (condition(slots_[i])) found.push_back(i);
        return found.empty() ? none : found[below(found.size())];
    }

    void one_event() {
        switch (below(22)) {
        case 0:
        case 1:
        case 2:
        case 3:
            return come(false);
        case 4:
            return come(true);
        case 5:
        case 6:
            return connect();
        case 7:
        case 8:
        case 9:
            return end_statement();
        case 10:
        case 11:
            return return_lease();
        case 12:
            return clean();
        case 13:
            return give_up();
        case 14:
            return cancel();
        case 15:
            return settle();
        case 16:
            return below(4) == 0 ? lose() : look_at_idle();
        default:
            if (below(3) == 0) {
                allowed_ = !allowed_;
                tested_.allow_opening(allowed_);
            } else if (below(4) == 0) {
                tested_.open_one();
            }
        }
    }

    void come(bool exclusive) {
        auto& w = all_.emplace_back(++coming_, exclusive, !exclusive && below(4) == 0);
        waiting_.push_back(&w);
        const auto before = tested_.waiting();
        switch (tested_.submit(w)) {
        case dispatcher<waiter, model>::admission::assigned:
            require(w.served, "who is assigned has a connection");
            break;
        case dispatcher<waiter, model>::admission::waiting:
            break;
        case dispatcher<waiter, model>::admission::overloaded:
            require(!w.served, "who is refused has no connection");
            require(before >= limits_.max_waiting, "nobody is refused below max_waiting");
            std::erase(waiting_, &w);
        }
        require(tested_.waiting() <= limits_.max_waiting, "no more wait than max_waiting");
        if (all_.size() > 1000) std::erase_if(all_, [](const waiter& old) { return old.served; });
    }

    void connect() {
        const auto index = any([](const slot& s) { return s.connecting; });
        if (index == none) return;
        slots_[index].connecting = false;
        if (below(4) == 0) {
            if (below(2) == 0) tested_.allow_opening(allowed_ = false);
            return tested_.vacate(index);
        }
        slots_[index].open = true;
        tested_.connected(index);
    }

    void end_statement() {
        const auto index = any([](const slot& s) { return s.statements > 0; });
        if (index == none) return;
        auto& s = slots_[index];
        const bool slow = below(s.statements) < s.slow;
        --s.statements;
        if (slow) --s.slow;
        tested_.statement_done(index, slow);
    }

    void return_lease() {
        const auto index = any([](const slot& s) { return s.leased; });
        if (index == none) return;
        slots_[index].leased = false;
        slots_[index].cleaning = true;
        tested_.lease_returned(index);
    }

    void clean() {
        const auto index = any([](const slot& s) { return s.cleaning && !s.cancelled; });
        if (index == none) return;
        if (below(5) == 0) return lose(index);
        slots_[index].cleaning = false;
        tested_.cleaned(index);
    }

    void give_up() {
        if (waiting_.empty()) return;
        auto& w = *waiting_[below(waiting_.size())];
        w.served = true; // never again
        std::erase(waiting_, &w);
        tested_.withdraw(w);
    }

    void cancel() {
        const auto index =
            any([](const slot& s) { return (s.statements > 0 || s.leased || s.cleaning) && !s.cancelled; });
        if (index == none) return;
        slots_[index].cancelled = true;
        tested_.quarantine(index);
    }

    /// A cancel is over when nothing is in flight any more.
    void settle() {
        const auto index = any([](const slot& s) { return s.cancelled && s.statements == 0; });
        if (index == none) return;
        slots_[index].cancelled = false;
        tested_.settled(index);
    }

    void look_at_idle() {
        if (tested_.idle().empty()) return;
        const auto index = tested_.idle()[below(tested_.idle().size())];
        slots_[index].cleaning = true;
        tested_.take_idle(index);
    }

    void lose() {
        const auto index = any([](const slot& s) { return s.open; });
        if (index != none) lose(index);
    }

    void lose(std::size_t index) {
        slots_[index] = {};
        tested_.vacate(index);
    }

    /// What must hold after every event.
    void check() const {
        std::array<std::size_t, slot_state_count> by_state{};
        std::size_t statements = 0;
        bool shared_has_room = false, quick_has_room = false;
        std::ptrdiff_t drained = 0;
        for (std::size_t i = 0; i < slots_.size(); ++i) {
            const auto& s = slots_[i];
            const auto state = tested_.state(i);
            ++by_state[static_cast<std::size_t>(state)];
            statements += s.statements;
            require(tested_.in_flight(i) == s.statements, "in_flight is what is in flight");
            require(s.statements <= limits_.pipeline_depth, "in_flight never exceeds the depth");
            require(!s.leased || s.statements == 0, "a leased connection has one user");
            if (state == slot_state::shared && s.statements < limits_.pipeline_depth) {
                shared_has_room = true;
                if (s.slow == 0) quick_has_room = true;
            }
            if (state == slot_state::draining && !s.cancelled) ++drained;
            require(s.is_vacant() == (state == slot_state::vacant), "vacant is what has no connection");
            require(s.connecting == (state == slot_state::connecting), "connecting is what is being opened");
            require(s.leased == (state == slot_state::leased), "leased is what a caller has alone");
            require(s.cleaning == (state == slot_state::cleaning), "cleaning is what is being put in order");
            const bool in_use = s.statements > 0 || s.cancelled;
            if (s.open && !s.leased && !s.cleaning)
                require(in_use == (state != slot_state::idle), "idle is what nobody uses, and nothing else");
        }
        const auto& counts = tested_.counts();
        for (std::size_t state = 0; state < slot_state_count; ++state)
            require(counts.by_state[state] == by_state[state], "slots are counted right");
        require(counts.in_flight == statements, "statements are counted right");
        require(counts.waiting == waiting_.size() && tested_.waiting() == waiting_.size(),
                "waiters are counted right");

        require(tested_.idle().empty() || waiting_.empty(), "nobody waits while a connection is idle");
        require(drained <= std::count_if(waiting_.begin(), waiting_.end(),
                                         [](const waiter* w) { return w->exclusive; }),
                "connections are drained for leases that wait, no others");
        const auto first = std::find_if(waiting_.begin(), waiting_.end(), [](const waiter* w) { return !w->exclusive; });
        if (first != waiting_.end()) {
            require(!quick_has_room, "no statement waits while a connection without slow ones has room");
            require(!shared_has_room || !(*first)->slow, "no slow statement waits while a shared connection has room");
        }
        if (allowed_ && tested_.waiting() > tested_.connecting())
            require(counts[slot_state::vacant] == 0, "who waits has a connection opened below the maximum");
    }

    /// Whoever is still waiting is served once all others have finished.
    void finish() {
        step_ = static_cast<std::size_t>(-1);
        tested_.allow_opening(allowed_ = true);
        for (std::size_t i = 0; i < 100'000 && !waiting_.empty(); ++i) {
            if (const auto s = any([](const slot& x) { return x.connecting; }); s != none) {
                slots_[s].connecting = false;
                slots_[s].open = true;
                tested_.connected(s);
            }
            end_statement();
            settle();
            return_lease();
            if (const auto s = any([](const slot& x) { return x.cleaning && !x.cancelled; }); s != none) {
                slots_[s].cleaning = false;
                tested_.cleaned(s);
            }
            check();
        }
        require(waiting_.empty(), "no waiter is lost");
    }

    static constexpr auto none = static_cast<std::size_t>(-1);

    std::minstd_rand random_;
    dispatch_limits limits_;
    dispatcher<waiter, model> tested_;
    std::vector<slot> slots_;
    std::list<waiter> all_;
    std::vector<waiter*> waiting_;
    std::size_t coming_ = 0, step_ = 0;
    bool allowed_ = true;
};

} // namespace

TEST_CASE("whatever happens in whatever order, the pool's promises hold") {
    // To run one again, put its seed here alone.
    for (const std::uint64_t seed : {1u,   2u,   3u,   5u,   8u,   13u,   21u,   34u,   55u,   89u,
                                     144u, 233u, 377u, 610u, 987u, 1597u, 2584u, 4181u, 6765u, 10946u}) {
        std::minstd_rand sizes(static_cast<std::uint_fast32_t>(seed));
        const auto up_to = [&](std::size_t n) {
            return std::uniform_int_distribution<std::size_t>(1, n)(sizes);
        };
        const dispatch_limits limits{
            .max_connections = up_to(6), .pipeline_depth = up_to(4), .max_waiting = up_to(12)};
        std::string failure;
        try {
            model(seed, limits).run(5'000);
        } catch (const broken& b) {
            failure = b.what;
        }
        INFO("seed " << seed << ", " << limits.max_connections << " connections, depth "
                     << limits.pipeline_depth << ", max_waiting " << limits.max_waiting);
        CHECK(failure == "");
    }
}

} // namespace dispatcher_model_tests

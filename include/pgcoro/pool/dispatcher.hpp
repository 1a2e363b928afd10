// Decides which connection serves which request.
#pragma once

#include <pgcoro/core/counter.hpp>
#include <pgcoro/pool/slot.hpp>

#include <boost/intrusive/list.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace pgcoro::pooling {

/// The numbers that bound a pool.
struct dispatch_limits {
    std::size_t max_connections;
    std::size_t pipeline_depth;   ///< statements that one shared connection may have in flight
    std::size_t max_waiting;
};

/// How many slots are in which state, and what they have to do. May be read from any thread.
struct dispatch_counts {
    std::array<pgcoro::core::counter<std::size_t>, slot_state_count> by_state;
    pgcoro::core::counter<std::size_t> waiting;
    pgcoro::core::counter<std::size_t> in_flight;

    std::size_t operator[](slot_state state) const noexcept { return by_state[static_cast<std::size_t>(state)]; }
};

/// Which slot serves which waiter: idle connections last in, first out; else a new connection below the maximum; else
/// the shared connection with the fewest statements in flight; else a line, first come first served, without barging.
/// A waiter that wants a connection to itself takes its place in the same line; when its turn comes and none is idle,
/// one is reserved for it and drained.
///
/// Makes no I/O and knows no clock: what is to be done is asked of `Actions`, which has
///
///     void open(std::size_t slot);                   // begin to connect; later connected() or vacate()
///     void assign(std::size_t slot, Waiter& waiter); // give the connection to the waiter
///
/// A `Waiter` has a `boost::intrusive` list hook, `bool wants_exclusive()` and `bool is_slow()`. Nobody is sent behind a slow
/// statement that is not slow itself: connections with slow ones in flight are left to others of their kind, of which they
/// take as few connections as they can, and at most half where there is a choice.
template <class Waiter, class Actions>
class dispatcher {
public:
    dispatcher(dispatch_limits limits, Actions& actions)
        : limits_(limits), actions_(&actions), slots_(limits.max_connections) {
        counts_.by_state[static_cast<std::size_t>(slot_state::vacant)] = limits.max_connections;
    }

    enum class admission { assigned, waiting, overloaded };

    /// Serves a waiter now or puts it in the line. `overloaded` leaves it to the caller.
    admission submit(Waiter& waiter) {
        if (line_.empty() && place(waiter)) return admission::assigned;
        if (waiting() >= limits_.max_waiting) return admission::overloaded;
        line_.push_back(waiter);
        serve();   // an exclusive waiter may want a connection drained
        open_for_demand();
        return admission::waiting;
    }

    /// Puts a waiter that had been given a connection, and lost it through no fault of its own, before all others.
    void submit_again(Waiter& waiter) {
        line_.push_front(waiter);
        serve();
        open_for_demand();
    }

    /// Takes a waiter out that does not want to wait any longer.
    void withdraw(Waiter& waiter) {
        for (auto& slot : slots_)
            if (slot.reserved_for == &waiter) {
                slot.reserved_for = nullptr;
                reserved_.erase(reserved_.iterator_to(waiter));
                end_draining(index_of(slot));
                serve();
                return;
            }
        line_.erase(line_.iterator_to(waiter));
        serve();
    }

    /// Whether new connections may be opened; false during backoff.
    void allow_opening(bool allowed) {
        opening_allowed_ = allowed;
        if (allowed) open_for_demand();
    }

    /// Opens one more connection if there is room. For a minimum that is to be kept.
    bool open_one() {
        for (auto& slot : slots_)
            if (slot.state == slot_state::vacant) {
                open(slot);
                return true;
            }
        return false;
    }

    /// The connection of a slot stands.
    void connected(std::size_t index) {
        --connecting_;
        become_idle(index);
    }

    /// The slot has no connection any more, for whatever reason. Its statements and lease are the caller's business.
    void vacate(std::size_t index) {
        auto& slot = slots_[index];
        if (slot.state == slot_state::connecting) --connecting_;
        if (slot.state == slot_state::idle) std::erase(idle_, index);
        auto* const orphan = slot.reserved_for;
        set(slot, slot_state::vacant);
        counts_.in_flight -= slot.in_flight;
        if (slot.slow_in_flight != 0) --slow_slots_;
        slot = {};
        if (orphan != nullptr) pass_on_reservation(*orphan);
        serve();
        open_for_demand();
    }

    /// A shared statement ended on a slot.
    /// @param slow what the waiter said of itself when it was assigned
    void statement_done(std::size_t index, bool slow = false) {
        auto& slot = slots_[index];
        if (slot.state == slot_state::leased || slot.state == slot_state::cleaning || slot.in_flight == 0) return;
        --slot.in_flight;
        if (slow && --slot.slow_in_flight == 0) --slow_slots_;
        counts_.in_flight -= 1;
        if (slot.in_flight == 0 && !slot.quarantined) become_idle(index);
        else serve();
    }

    /// Takes a shared slot out of service until `settled`: a cancel is on its way there.
    void quarantine(std::size_t index) {
        auto& slot = slots_[index];
        slot.quarantined = true;
        if (slot.state == slot_state::shared) set(slot, slot_state::draining);
    }

    void settled(std::size_t index) {
        auto& slot = slots_[index];
        slot.quarantined = false;
        if (slot.state != slot_state::draining && slot.state != slot_state::shared) return;
        slot.in_flight == 0 ? become_idle(index) : end_draining(index);
    }

    /// A lease came back; the slot stays out of service until `cleaned` or `vacate`.
    void lease_returned(std::size_t index) { set(slots_[index], slot_state::cleaning); }
    void cleaned(std::size_t index) { become_idle(index); }

    /// Takes an idle slot out of service, for a look at it or to close it: then `cleaned` or `vacate` follows.
    void take_idle(std::size_t index) {
        std::erase(idle_, index);
        set(slots_[index], slot_state::cleaning);
    }

    /// Gives a waiting line to `end(Waiter&)`, one by one.
    template <class End>
    void end_waiting(End&& end) {
        for (auto& slot : slots_) slot.reserved_for = nullptr;
        line_.splice(line_.begin(), reserved_);
        end_if([](const Waiter&) { return true; }, end);
    }

    /// Gives those in the line who meet a condition to `end(Waiter&)`.
    template <class Condition, class End>
    void end_if(Condition&& condition, End&& end) {
        for (auto at = line_.begin(); at != line_.end();) {
            auto& waiter = *at++;
            if (!condition(waiter)) continue;
            line_.erase(line_.iterator_to(waiter));
            end(waiter);
        }
        count_waiting();
    }

    /// Thread-safe.
    const dispatch_counts& counts() const noexcept { return counts_; }

    slot_state state(std::size_t index) const noexcept { return slots_[index].state; }
    std::size_t in_flight(std::size_t index) const noexcept { return slots_[index].in_flight; }
    std::size_t slot_count() const noexcept { return slots_.size(); }
    std::size_t waiting() const noexcept { return line_.size() + reserved_.size(); }
    std::size_t connecting() const noexcept { return connecting_; }
    const std::vector<std::size_t>& idle() const noexcept { return idle_; }

    /// Connections, those being opened included.
    std::size_t open_count() const noexcept { return slots_.size() - counts_[slot_state::vacant]; }

private:
    using waiter_list = boost::intrusive::list<Waiter>;

    struct entry {
        slot_state state = slot_state::vacant;
        bool quarantined = false;
        std::size_t in_flight = 0;
        std::size_t slow_in_flight = 0;
        Waiter* reserved_for = nullptr;
    };

    void set(entry& s, slot_state next) noexcept {
        counts_.by_state[static_cast<std::size_t>(s.state)] -= 1;
        counts_.by_state[static_cast<std::size_t>(next)] += 1;
        s.state = next;
    }

    void count_waiting() noexcept { counts_.waiting = waiting(); }

    std::size_t index_of(const entry& s) const noexcept { return static_cast<std::size_t>(&s - slots_.data()); }

    /// Serves the waiter at once if that is possible.
    bool place(Waiter& waiter) {
        if (!idle_.empty()) {
            const auto index = idle_.back();
            idle_.pop_back();
            give(index, waiter);
            return true;
        }
        if (waiter.wants_exclusive()) return false;
        auto* const target = waiter.is_slow() ? place_among_slow() : least_loaded(limits_.pipeline_depth, false);
        if (target == nullptr) return false;
        if (connecting_ == 0 && opening_allowed_ && counts_[slot_state::vacant] != 0) open_one();
        give(index_of(*target), waiter);
        return true;
    }

    void give(std::size_t index, Waiter& waiter) {
        auto& slot = slots_[index];
        if (waiter.wants_exclusive()) {
            set(slot, slot_state::leased);
        } else {
            set(slot, slot_state::shared);
            ++slot.in_flight;
            if (waiter.is_slow() && slot.slow_in_flight++ == 0) ++slow_slots_;
            counts_.in_flight += 1;
        }
        actions_->assign(index, waiter);
    }

    /// The shared connection with the fewest statements in flight, of those with slow ones or of those without.
    entry* least_loaded(std::size_t below, bool with_slow) noexcept {
        entry* best = nullptr;
        for (auto& candidate : slots_)
            if (candidate.state == slot_state::shared && candidate.in_flight < below && (candidate.slow_in_flight != 0) == with_slow
                && (best == nullptr || candidate.in_flight < best->in_flight))
                best = &candidate;
        return best;
    }

    /// Where a slow statement does the least harm.
    entry* place_among_slow() noexcept {
        const bool may_spread = 2 * (slow_slots_ + 1) <= slots_.size();
        auto* const first = least_loaded(limits_.pipeline_depth, !may_spread);
        return first != nullptr ? first : least_loaded(limits_.pipeline_depth, may_spread);
    }

    /// Serves from the head of the line as far as it goes.
    void serve() {
        while (!line_.empty()) {
            auto& head = line_.front();
            line_.pop_front();
            if (place(head)) continue;
            if (head.wants_exclusive() && reserve(head)) continue;
            line_.push_front(head);
            break;
        }
        count_waiting();
    }

    /// Has a shared connection drained for an exclusive waiter.
    bool reserve(Waiter& waiter) {
        auto* chosen = least_loaded(static_cast<std::size_t>(-1), false);
        if (chosen == nullptr) chosen = least_loaded(static_cast<std::size_t>(-1), true);
        if (chosen == nullptr) return false;
        set(*chosen, slot_state::draining);
        chosen->reserved_for = &waiter;
        reserved_.push_back(waiter);
        return true;
    }

    void end_draining(std::size_t index) {
        auto& slot = slots_[index];
        if (slot.state != slot_state::draining || slot.quarantined || slot.reserved_for != nullptr) return;
        if (slot.in_flight == 0) return become_idle(index);
        set(slot, slot_state::shared);
        serve();
    }

    /// A connection has become free: it goes to those who had one reserved, oldest first, then to the line.
    void become_idle(std::size_t index) {
        auto& slot = slots_[index];
        set(slot, slot_state::idle);
        if (!reserved_.empty()) {
            auto& oldest = reserved_.front();
            reserved_.pop_front();
            release_reservation_of(oldest, index);
            give(index, oldest);
        } else {
            idle_.push_back(index);
        }
        serve();   // the slot that was drained for `oldest` may have room again
    }

    /// The waiter that is about to get slot `given` leaves the slot that was drained for it, to another if `given` was
    /// reserved itself, else to the public.
    void release_reservation_of(Waiter& served, std::size_t given) {
        auto& taken = slots_[given];
        auto* const displaced = taken.reserved_for == &served ? nullptr : taken.reserved_for;
        taken.reserved_for = nullptr;
        for (auto& slot : slots_)
            if (slot.reserved_for == &served) {
                slot.reserved_for = displaced;
                if (displaced == nullptr && slot.state == slot_state::draining && !slot.quarantined)
                    set(slot, slot_state::shared);
            }
    }

    /// The slot that was drained for a waiter is gone. Whoever of those with a reservation came last gives theirs up for
    /// it and waits in line again, before all who came later.
    void pass_on_reservation(Waiter& orphan) noexcept {
        auto& youngest = reserved_.back();
        reserved_.pop_back();
        for (auto& slot : slots_)
            if (slot.reserved_for == &youngest) slot.reserved_for = &orphan;
        line_.push_front(youngest);
    }

    /// Opens connections while there are more waiters than connections on their way.
    void open_for_demand() {
        while (opening_allowed_ && connecting_ < waiting() && open_one()) {}
    }

    void open(entry& s) {
        set(s, slot_state::connecting);
        ++connecting_;
        actions_->open(index_of(s));
    }

    dispatch_limits limits_;
    Actions* actions_;
    std::vector<entry> slots_;
    std::vector<std::size_t> idle_;   // last in, first out
    waiter_list line_;
    waiter_list reserved_;            // exclusive waiters for whom a connection is being drained
    std::size_t connecting_ = 0;
    std::size_t slow_slots_ = 0;      // with slow statements in flight
    dispatch_counts counts_;
    bool opening_allowed_ = true;
};

} // namespace pgcoro::pooling

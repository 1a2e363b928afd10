// What a batch sends when, by counting alone.
#include <pgcoro/core/statement_atomicity.hpp>
#include <pgcoro/core/statement_text.hpp>
#include <pgcoro/session/batch_progress.hpp>

#include <algorithm>
#include <cstddef>
#include <doctest/doctest.h>
#include <random>
#include <vector>

namespace batch_progress_tests {

using namespace pgcoro::session;
using step = batch_progress::step;

namespace {

constexpr batch_limits small_limits{.portion = 3, .unflushed_bytes = 100};

batch_progress small_batch(batch_mode mode = batch_mode::one_sync) { return batch_progress(mode, small_limits); }

/// A connection that takes and answers what it is told to, and what it has seen.
struct batch_simulation {
    batch_progress progress;
    std::size_t statements;
    std::size_t sent = 0;
    std::size_t on_the_way = 0;      // answers
    std::size_t most_unanswered = 0;
    bool uncommitted = false;        // executed since the last Sync, and not spoiled
    bool committed_after_stop = false;
    std::size_t syncs = 0;

    /// Takes steps until there is none to take; false once everything is sent.
    bool pump(bool writable) {
        for (;;) {
            switch (progress.next(sent < statements)) {
            case step::send:
                progress.sent(1, 40);
                ++sent, ++on_the_way;
                uncommitted = true;
                break;
            case step::request_flush: progress.flush_requested(); break;
            case step::flush: progress.flushed(writable); break;
            case step::spoil:
                progress.spoiled();
                ++on_the_way;
                uncommitted = false;
                break;
            case step::sync:
                committed_after_stop = committed_after_stop || (progress.is_stopping() && uncommitted);
                progress.synced();
                uncommitted = false;
                ++syncs;
                break;
            case step::wait: return true;
            case step::finished: return false;
            }
            most_unanswered = std::max(most_unanswered, progress.unanswered());
        }
    }

    void answer() {
        progress.answered();
        --on_the_way;
    }
};

} // namespace

TEST_CASE("a batch of a few statements is sent at once, with one Sync behind the last") {
    auto p = small_batch();
    CHECK(p.next(true) == step::send);
    p.sent(1, 10);
    CHECK(p.next(true) == step::send);
    p.sent(2, 10);
    CHECK(p.next(false) == step::sync);
    p.synced();
    CHECK(p.next(false) == step::finished);
    CHECK(p.unanswered() == 3);
    CHECK(p.syncs_to_come() == 1);
}

TEST_CASE("nothing is sent for a batch without statements") {
    for (const auto mode : {batch_mode::one_sync, batch_mode::sync_each, batch_mode::flights})
        CHECK(small_batch(mode).next(false) == step::finished);
}

TEST_CASE("the server is asked for its answers after each portion, and two portions may be unanswered") {
    batch_simulation s{small_batch(), 100};
    CHECK(s.pump(true));
    CHECK(s.sent == 6);
    s.answer();
    s.answer();
    CHECK(s.pump(true));
    CHECK(s.sent == 6);   // not one by one
    s.answer();
    CHECK(s.pump(true));
    CHECK(s.sent == 9);
}

TEST_CASE("a batch waits while libpq holds what the socket does not take") {
    auto p = batch_progress(batch_mode::one_sync, {.portion = 1000, .unflushed_bytes = 100});
    p.sent(1, 120);
    CHECK(p.next(true) == step::flush);
    p.flushed(false);
    CHECK(p.next(true) == step::wait);
    CHECK(p.is_blocked());
    p.flushed(true);
    CHECK(p.next(true) == step::send);
}

TEST_CASE("after a failure nothing but the Sync is sent") {
    auto p = small_batch();
    p.sent(1, 10);
    p.sent(1, 10);
    p.answered();
    p.failed();
    CHECK(p.is_stopping());
    CHECK(p.next(true) == step::sync);
    p.synced();
    CHECK(p.next(true) == step::finished);
}

TEST_CASE("a batch that is given up is spoiled before its Sync, even while the socket takes nothing") {
    auto p = small_batch();
    p.sent(1, 200);
    p.flushed(false);
    p.stop();
    CHECK(p.next(true) == step::spoil);
    p.spoiled();
    CHECK(p.next(true) == step::sync);
    p.synced();
    CHECK(p.next(true) == step::finished);
}

TEST_CASE("a batch that is given up needs no spoiling if nothing of it could commit") {
    auto p = small_batch();
    SUBCASE("nothing was sent") {}
    SUBCASE("its Sync was sent") {
        p.sent(1, 10);
        p.synced();
    }
    SUBCASE("only questions were sent") {
        p.asked_for_description(10);
        p.stop();
        CHECK(p.next(true) == step::sync);
        p.synced();
    }
    p.stop();
    CHECK(p.next(true) == step::finished);
}

TEST_CASE("a statement that has to be described first holds up those behind it") {
    auto p = small_batch();
    p.sent(1, 10);
    p.awaits_description(10);
    CHECK(p.next(true) == step::wait);
    p.answered();
    p.answered();
    p.answered();
    p.description_came();
    CHECK(p.next(true) == step::send);
    p.sent(1, 10);
    CHECK(p.next(false) == step::sync);
}

TEST_CASE("with a Sync each, a failure ends nobody else") {
    auto p = small_batch(batch_mode::sync_each);
    p.sent(1, 10);
    CHECK(p.next(true) == step::sync);
    p.synced();
    p.sent(1, 10);
    CHECK(p.next(true) == step::sync);
    p.synced();
    p.answered();
    p.failed();
    CHECK_FALSE(p.is_stopping());
    CHECK(p.next(true) == step::send);
    SUBCASE("also of a statement that was only described") {
        p.sync_answered();
        p.answered();
        p.sync_answered();
        p.awaits_description(10);
        p.failed();
        CHECK(p.next(true) == step::sync);
        p.synced();
        CHECK(p.next(true) == step::send);
    }
    SUBCASE("nor does one that fits no description") {
        p.awaits_description(10);
        p.description_came();
        p.item_over();
        CHECK(p.next(true) == step::sync);
    }
}

TEST_CASE("flights end with a Sync, and the next one waits for its answer") {
    batch_simulation s{small_batch(batch_mode::flights), 7};
    CHECK(s.pump(true));
    CHECK(s.sent == 3);
    CHECK(s.syncs == 1);
    for (int i = 0; i < 3; ++i) s.answer();
    CHECK(s.pump(true));
    CHECK(s.sent == 3);
    s.progress.sync_answered();
    CHECK(s.pump(true));
    CHECK(s.sent == 6);
    s.progress.sync_answered();
    CHECK_FALSE(s.pump(true));
    CHECK(s.sent == 7);
    CHECK(s.syncs == 3);
}

TEST_CASE("whatever comes when, a batch ends, keeps its bounds and commits nothing that was given up") {
    std::minstd_rand random(3);
    for (int round = 0; round < 2000; ++round) {
        batch_simulation s{small_batch(round % 2 == 0 ? batch_mode::one_sync : batch_mode::flights), random() % 40};
        bool more = true;
        for (int turn = 0; turn < 10'000 && (more || s.progress.syncs_to_come() != 0); ++turn) {
            const bool writable = random() % 3 != 0;
            if (s.progress.is_blocked() && writable) s.progress.flushed(true);
            if (more) more = s.pump(writable);
            for (auto n = random() % 4; n != 0 && s.on_the_way != 0; --n) s.answer();
            if (s.on_the_way == 0 && s.progress.syncs_to_come() != 0) s.progress.sync_answered();
            if (random() % 200 == 0) s.progress.stop();
            if (random() % 200 == 0 && s.on_the_way != 0) {
                if (s.progress.syncs_to_come() == 0) s.uncommitted = false;
                s.progress.failed();
            }
        }
        CHECK_FALSE(more);
        CHECK_FALSE(s.committed_after_stop);
        CHECK(s.most_unanswered <= 2 * small_limits.portion + 1);
        if (!s.progress.is_stopping()) CHECK(s.sent == s.statements);
    }
}

TEST_CASE("statements that may commit in the middle of a batch are known by their keywords") {
    using pgcoro::statement_class;
    const auto may = [](std::string_view text) {
        return pgcoro::core::may_commit_by_itself(text, pgcoro::make_statement_text(text, true).cls);
    };
    for (const auto* const text : {"call p()", "do $$ begin end $$", "vacuum t", "create database d", "ALTER SYSTEM set a = b",
                                   "create index concurrently i on t(a)", "reindex table t", "(select 1)"})
        CHECK_MESSAGE((may(text) || pgcoro::make_statement_text(text, true).cls == statement_class::shareable), text);
    for (const auto* const text : {"select 1", "insert into t values (1)", "create table t()", "alter table t add a int",
                                   "drop table t", "truncate t", "create index i on t(a)", "set a = b", "analyze t"})
        CHECK_MESSAGE(!may(text), text);
}

} // namespace batch_progress_tests

// What a batch has to send next, as far as counting tells.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace pgcoro::session {

/// Where the Syncs of a batch stand, and with them its implicit transactions (documentation: "Pipelining").
enum class batch_mode : std::uint8_t {
    one_sync,   ///< behind the last statement: all or nothing
    sync_each,  ///< behind each statement, which fails by itself
    flights     ///< behind each portion of statements; the next portion waits until the one before has been stored
};

/// How much of a batch may be on its way at once.
struct batch_limits {
    /// Statements after which the server is asked to send what it has to say: it would keep the last 8 kB to itself
    /// otherwise. Two portions may be unanswered; each statement among them costs libpq an entry of some 50 bytes.
    std::size_t portion = 1024;
    /// Bytes that are given to libpq before it is asked whether it could pass them on. It sends by itself beyond 64 kB.
    std::size_t unflushed_bytes = std::size_t{1} << 16;
};

/// Counts what a batch sent and what came back, and says what to do next, so that neither side's memory fills and no
/// implicit transaction commits by mistake. Knows no statements and makes no I/O.
class batch_progress {
public:
    enum class step : std::uint8_t {
        send,           ///< the next statement; then `sent`
        request_flush,  ///< ask the server to send its answers; then `flush_requested`
        flush,          ///< have libpq send what it holds; then `flushed`
        spoil,          ///< a statement that surely fails, so that nothing commits; then `spoiled`
        sync,           ///< then `synced`
        wait,           ///< for answers, for room in the socket or for a description
        finished        ///< everything is sent, the last Sync included
    };

    explicit batch_progress(batch_mode mode, batch_limits limits = {}) noexcept : mode_(mode), limits_(limits) {}

    batch_mode mode() const noexcept { return mode_; }

    /// @param more whether there are statements left; not of interest once `is_stopping`
    step next(bool more) const noexcept {
        if (is_stopping()) return step_to_the_end();
        if (mode_ == batch_mode::sync_each && (refused_ || item_complete_)) return step::sync;
        if (!more && !open_) return step::finished;
        if (awaits_description_ || is_blocked_ || (mode_ == batch_mode::flights && syncs_to_come_ != 0)) return step::wait;
        if (unflushed_bytes_ >= limits_.unflushed_bytes) return step::flush;
        if (!more) return step::sync;
        if (in_portion_ >= limits_.portion) return mode_ == batch_mode::flights ? step::sync : step::request_flush;
        return in_portion_ == 0 && unanswered_ > limits_.portion ? step::wait : step::send;
    }

    /// A statement of so many bytes was given to libpq, in messages with so many answers.
    void sent(std::size_t answers, std::size_t bytes) noexcept {
        executing_ = true;
        count_statement(answers, bytes);
    }

    /// Parse and Describe of a statement that is not to be run yet.
    void asked_for_description(std::size_t bytes) noexcept { count_statement(2, bytes); }

    /// Parse, Describe and a request to flush were sent for a statement that is to be run as soon as its description
    /// has come.
    void awaits_description(std::size_t bytes) noexcept {
        open_ = awaits_description_ = true;
        in_portion_ = 0;
        count(2, bytes);
    }

    /// With a Sync each: the statement whose description came is not going to be sent.
    void item_over() noexcept { item_complete_ = open_; }

    void description_came() noexcept { awaits_description_ = false; }

    void flush_requested() noexcept { in_portion_ = 0; }

    void flushed(bool completely) noexcept {
        is_blocked_ = !completely;
        if (completely) unflushed_bytes_ = 0;
    }

    void spoiled() noexcept {
        spoiled_ = true;
        ++unanswered_;
    }

    void synced() noexcept {
        open_ = item_complete_ = executing_ = spoiled_ = refused_ = awaits_description_ = false;
        if (mode_ != batch_mode::sync_each) in_portion_ = 0;
        ++syncs_to_come_;
        count(0, sync_bytes);
    }

    /// One of the answers came.
    void answered() noexcept { unanswered_ -= std::min<std::size_t>(unanswered_, 1); }

    /// The server refused something: it ignores everything up to the next Sync. With a Sync each that concerns only
    /// the statement whose Sync has not been sent yet; the others have ended by themselves.
    void failed() noexcept {
        if (syncs_to_come_ == 0 && open_) refused_ = true;
        if (mode_ != batch_mode::sync_each) stopped_ = true;
    }

    void sync_answered() noexcept { syncs_to_come_ -= std::min<std::size_t>(syncs_to_come_, 1); }

    /// Nothing more is to be sent, and what was sent since the last Sync is not to be stored.
    void stop() noexcept { stopped_ = true; }

    bool is_stopping() const noexcept { return stopped_; }
    /// libpq could not send all it was given; `flush` again once the socket takes more.
    bool is_blocked() const noexcept { return is_blocked_; }
    /// Statements were sent that a Sync would commit.
    bool is_open() const noexcept { return open_; }
    std::size_t unanswered() const noexcept { return unanswered_; }
    std::size_t syncs_to_come() const noexcept { return syncs_to_come_; }

private:
    static constexpr std::size_t sync_bytes = 5;

    step step_to_the_end() const noexcept {
        if (!open_) return step::finished;
        return executing_ && !refused_ && !spoiled_ ? step::spoil : step::sync;
    }

    void count_statement(std::size_t answers, std::size_t bytes) noexcept {
        open_ = item_complete_ = true;
        ++in_portion_;
        count(answers, bytes);
    }

    void count(std::size_t answers, std::size_t bytes) noexcept {
        unanswered_ += answers;
        unflushed_bytes_ += bytes;
    }

    batch_mode mode_;
    batch_limits limits_;
    std::size_t in_portion_ = 0;
    std::size_t unanswered_ = 0;
    std::size_t unflushed_bytes_ = 0;
    std::size_t syncs_to_come_ = 0;
    bool open_ = false;                ///< something was sent since the last Sync
    bool item_complete_ = false;       ///< so was all of a statement, or of a question about one
    bool executing_ = false;           ///< so was what a Sync would commit
    bool spoiled_ = false;
    bool refused_ = false;             ///< the server ignores what was sent since the last Sync
    bool stopped_ = false;
    bool is_blocked_ = false;
    bool awaits_description_ = false;
};

} // namespace pgcoro::session

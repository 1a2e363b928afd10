// What a listener has received and its user has not read yet.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/session/notification.hpp>

#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

namespace pgcoro::listening {

/// A bounded queue in which gaps stand where notifications are missing. What a new connection brings is *held*, not to
/// be read, until the connection is established. Makes no I/O.
///
/// When the queue is full, what comes is dropped until everything has been read, the gap at its end last: whoever looks
/// around at a gap knows all of what was dropped before, and meets one gap instead of one behind each notification.
class notification_queue {
public:
    /// @param limit of notifications; gaps come on top, one for each connection and one for an overflow at most
    explicit notification_queue(std::size_t limit) : limit_(limit) {}

    void push(notification&& arrived);

    /// A new connection: what comes from now on is held.
    /// @param missed notifications may have been missed since the last one; marked by a gap
    void begin_connection(bool missed);

    /// The connection is established: all may be read.
    void release() noexcept;

    /// The connection is lost. What it brought can be read only if it was established.
    void end_connection() noexcept;

    bool has_readable() const noexcept { return established_ ? !entries_.empty() : readable_ > 0; }

    /// Takes the next one; there must be one.
    notification pop();
    void clear() noexcept;

    std::size_t size() const noexcept { return messages_; }
    std::size_t dropped() const noexcept { return dropped_; }

private:
    bool last_is_gap() const noexcept { return !entries_.empty() && entries_.back().is_gap(); }

    /// Whether a gap stands before the next notification, one that is read when that would be.
    bool ends_with_gap() const noexcept { return last_is_gap() && (established_ || entries_.size() > readable_); }

    void discard_held() noexcept;

    std::deque<notification> entries_;
    std::size_t limit_;
    std::size_t messages_ = 0;      // of the entries, those that are no gaps
    std::size_t readable_ = 0;      // how many may be read while not established
    std::size_t dropped_ = 0;
    bool established_ = false;
    bool overflown_ = false;        // the last entry is a gap, and nothing is kept behind it
};

#if PGCORO_HAS_DEFINITIONS

PGCORO_DECL void notification_queue::push(notification&& arrived) {
    if (!overflown_ && messages_ < limit_) {
        entries_.push_back(std::move(arrived));
        ++messages_;
        return;
    }
    ++dropped_;
    overflown_ = true;
    if (!ends_with_gap()) entries_.emplace_back(notification_kind::overflow);
}

PGCORO_DECL void notification_queue::begin_connection(bool missed) {
    discard_held();
    established_ = false;
    if (missed) entries_.emplace_back(notification_kind::reconnect);
}

PGCORO_DECL void notification_queue::release() noexcept {
    readable_ = 0;
    established_ = true;
}

PGCORO_DECL void notification_queue::end_connection() noexcept {
    discard_held();
    established_ = false;
    readable_ = entries_.size();
}

PGCORO_DECL notification notification_queue::pop() {
    notification next = std::move(entries_.front());
    entries_.pop_front();
    if (!established_) --readable_;
    if (!next.is_gap()) --messages_;
    if (entries_.empty()) overflown_ = false;
    return next;
}

PGCORO_DECL void notification_queue::clear() noexcept {
    entries_.clear();
    messages_ = readable_ = 0;
    overflown_ = false;
}

PGCORO_DECL void notification_queue::discard_held() noexcept {
    if (established_) return;
    while (entries_.size() > readable_) {
        if (!entries_.back().is_gap()) --messages_;
        entries_.pop_back();
    }
    overflown_ = overflown_ && last_is_gap();
}

#endif

} // namespace pgcoro::listening

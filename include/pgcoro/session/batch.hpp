// Several statements that travel as one request.
#pragma once

#include <pgcoro/core/error.hpp>
#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/core/statement_text.hpp>
#include <pgcoro/libpq/result.hpp>
#include <pgcoro/mapping/parameters.hpp>
#include <pgcoro/session/batch_progress.hpp>
#include <pgcoro/session/prepared_statement.hpp>
#include <pgcoro/session/statement_description.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace pgcoro::session {

class batch_part_reader;
class request;

/// Whether two texts are the same; those of one place in a program are found to be so at once.
inline bool is_same_text(const statement_text& a, const statement_text& b) noexcept {
    return (a.text.data() == b.text.data() && a.text.size() == b.text.size()) || a == b;
}

/// One statement of a batch: the part that does not depend on the caller's types.
class batch_part {
public:
    batch_part() = default;
    batch_part(const batch_part&) = delete;
    batch_part& operator=(const batch_part&) = delete;
    virtual ~batch_part() = default;

    /// Fills in `text` and `refused`.
    virtual void describe(batch_part_reader& reader) = 0;

    statement_text text;
    std::unique_ptr<error> refused;        ///< text that cannot be sent, known from the beginning

    // Where it is
    bool sent = false;                     ///< or a question about it
    bool parse_pending = false;            ///< its Parse has not been answered
    bool describe_pending = false;         ///< its Describe has not
    bool checks_columns = false;           ///< it was prepared by a description that may be out of date
    bool retried = false;                  ///< it did not fit a description from before
    bool asked_for_types = false;          ///< the system catalogs were

    // What came of it
    description_ptr description;
    const column_plan* plan = nullptr;
    libpq::result_ptr result;
    std::unique_ptr<error> failure;

    /// The system catalogs are to be asked again about the types of its description.
    void doubt_types() {
        description->doubt_types();
        asked_for_types = false;
    }

    /// Writes the arguments as the server described its parameters. Throws `pgcoro::error`, and what codecs throw.
    virtual void encode(parameter_buffer& buffer, const statement_description& statement) = 0;

    /// The plan by which the rows will be read; null if they are not read through one. Throws `pgcoro::error`.
    virtual const column_plan* make_plan(statement_description& statement) = 0;

    /// Reads `result` as soon as it has come, if that saves more than it costs.
    virtual void read_if_small(batch_part_reader&) {}

    /// Forgets what was read: the statement will run again.
    virtual void forget_value() noexcept {}
};

/// The statements of one request, in order, and how far a session has come with them. Belongs to the job within the
/// request; stays where it is once the request has been made. On the home executor only, but for reading the results
/// at the end.
class batch {
public:
    explicit batch(batch_mode how) noexcept : mode(how), progress(how) {}
    batch(batch&&) = default;
    batch& operator=(batch&&) = default;

    batch_mode mode;
    request* carried_by = nullptr;

    // How far it is
    batch_progress progress;
    bool asking = false;                   ///< unknown statements are being described; nothing runs yet
    bool one_by_one = false;               ///< a statement is described only after those before it have run
    bool in_transaction = false;           ///< it may have begun within one
    std::size_t next = 0;                  ///< the statement, or question, to be sent next
    std::size_t answering = 0;             ///< the one whose answers come
    std::size_t stored = 0;                ///< statements before the last answered Sync
    std::size_t failed = 0;                ///< the statement that failed first
    bool misfit = false;                   ///< it failed here, by a description from before

    // What is known of its statements
    std::vector<std::size_t> questions;    ///< parts to be described, of each text the first
    std::vector<std::string> names;        ///< of the statements that these become, by their places
    std::unordered_map<std::string_view, description_ptr> learned;   ///< by this batch
    statement_text current;                ///< the text that was sent last, and how it is known here
    prepared_statement prepared;

    std::size_t part_count() const noexcept { return parts_.size(); }
    batch_part& part(std::size_t statement) const noexcept {
        return *parts_[statement < parts_.size() ? statement : parts_.size() - 1];
    }
    std::span<batch_part* const> parts() const noexcept { return parts_; }

    /// There is nothing to do.
    virtual bool is_empty() { return parts_.empty(); }

    // Not to be called once the request is a tombstone: what they refer to may be gone.

    /// Whether there is a statement at `next`. May throw what the caller's range throws.
    virtual bool has_more() { return next < parts_.size(); }

    /// Writes the arguments of the statement at `next`.
    virtual void encode(parameter_buffer& buffer, const statement_description& statement) {
        part(next).encode(buffer, statement);
    }

    /// The statement at `next` was sent.
    virtual void advance() { ++next; }

    /// The statement at `answering` was answered: `result` of its part.
    virtual void take() {}

    /// Whether it can begin again.
    virtual bool is_repeatable() const noexcept { return true; }

    /// Where a statement stands, for messages.
    virtual std::string place_of(std::size_t statement) const;

    /// Begins at the first statement, with nothing answered.
    virtual void restart();

    bool is_current(const statement_text& text) const noexcept { return is_same_text(text, current); }

    void forget_current() noexcept {
        current = {};
        prepared = {};
    }

    /// Whether nothing in it commits before its Sync.
    bool is_atomic() const noexcept { return atomic_; }
    bool is_shareable() const noexcept { return shareable_; }

    /// Whether a description was asked for by this batch itself.
    bool has_learned(const statement_text& text) const;

    /// Whether the server has anything to answer.
    bool expects_answers() const noexcept { return progress.unanswered() != 0 || progress.syncs_to_come() != 0; }

    /// The connection is gone: with a Sync each, each statement without an answer fails by itself.
    /// @param begun_in_order the server said so itself: what stood behind its statement was never begun
    void lose_items(const error& reason, bool begun_in_order);

    /// What is known about the effects if nothing more is sent, and what was sent since the last Sync is undone.
    execution_state execution_if_stopped() const noexcept;

protected:
    ~batch() = default;

    /// @param parts live as long as this
    void consist_of(std::span<batch_part* const> parts) noexcept;

private:
    std::span<batch_part* const> parts_;
    bool atomic_ = true;      ///< no statement commits by itself
    bool shareable_ = true;   ///< all are of the shareable class
};

} // namespace pgcoro::session

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/session/batch_definitions.hpp>
#endif

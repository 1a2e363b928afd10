// A transaction or savepoint on a connection, as its handle and its statements hold on to it.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/session/exclusive_connection.hpp>
#include <pgcoro/session/preamble.hpp>

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pgcoro::session {

/// Forwards the statements of a transaction to its connection, lets BEGIN travel with the first of them, and sees to it
/// that the transaction ends: by COMMIT if its holder says so, else by ROLLBACK. Nothing was sent for a transaction
/// without statements, and nothing is sent to end it. Everything happens on the home executor.
class transaction_scope final : public target {
public:
    using pointer = boost::intrusive_ptr<transaction_scope>;

    /// @param owns whether the connection goes back to its pool when the transaction has ended
    /// @param also_opening a query that travels with BEGIN, for `opening_answer`; none if empty
    transaction_scope(exclusive_connection_ptr on, std::string begin, bool owns, std::string also_opening = {});

    /// A savepoint.
    explicit transaction_scope(pointer outer);

    const exclusive_connection_ptr& connection() const noexcept { return connection_; }
    bool is_savepoint() const noexcept { return outer_ != nullptr; }

    /// The row of the query that travelled with BEGIN; empty if there was none or it has not been answered. Once the
    /// transaction has ended it does not change any more.
    const std::vector<std::string>& opening_answer() const noexcept { return root_->preamble_.answer; }

    void accept(request& r) override;

    void interrupt(request& r, const error& reason) override { connection_->interrupt(r, reason); }

    /// A name for a cursor that no other stream of the transaction has now. Names come again, so that statements with them
    /// are found in the cache.
    std::size_t take_cursor();
    void free_cursor(std::size_t number) { root_->cursors_[number] = false; }

    /// The request that was to end it has been answered. May change the answer.
    void ended(request& r, bool by_commit);

    /// The handle is gone. In order with the statements that come after it. Thread-safe.
    void abandon_later();

private:
    enum class state { unannounced, open, ending, closed };

    bool is_open() const noexcept;

    /// Has BEGIN, and the savepoints around, travel with the next statement.
    void announce();
    void refuse(request& r);
    void accept_end(request& r);
    std::string_view text_of_end(bool commits);
    void drop(request& r);
    void run(std::string command);
    void close();

    /// A COMMIT of a failed transaction is answered by ROLLBACK. An error that the server reports undid the
    /// transaction; one that ended the connection leaves open whether COMMIT came first.
    static void judge_commit(request& r);

    const exclusive_connection_ptr connection_;
    const pointer outer_;
    transaction_scope* root_;      // itself, or kept alive by `outer_`
    std::string name_;             // of a savepoint
    std::string opening_, ending_;
    preamble preamble_;            // of the root
    std::uint64_t savepoints_ = 0; // of the root
    std::vector<bool> cursors_;    // of the root: those that are open
    const bool owns_ = false;
    state state_ = state::unannounced;
};

using transaction_scope_ptr = transaction_scope::pointer;

} // namespace pgcoro::session

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/session/transaction_scope_definitions.hpp>
#endif

// A COPY that has a connection, from its beginning to its end.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/session/plain_task.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace pgcoro::session {

/// What one request asks of a COPY. Belongs to the request's job.
struct copy_step {
    enum class kind : std::uint8_t { write, finish, read };

    kind asks = kind::write;
    std::span<const std::byte> data;   ///< to be sent
    std::vector<std::byte> received;   ///< whole rows
    std::uint64_t rows = 0;            ///< in `received`, or, at the end, in the whole COPY
    bool at_end = false;               ///< no rows are left
};

/// Takes the steps of a COPY, one after another. Data are handed to libpq only as it gets rid of them, and taken from
/// the socket only when they are asked for, so that memory stays bounded whatever the size of the COPY.
///
/// If a step is interrupted, or the handle is gone before the end, the COPY is ended without effect and the connection
/// goes on. On the home executor only, but for construction and `release_later`.
class copy_task final : public plain_task {
public:
    /// What is given to libpq, and collected for a reader, at once.
    static constexpr std::size_t block_size = std::size_t{1} << 16;
    /// After so many bytes libpq is asked whether it could send them, if it has not told.
    static constexpr std::size_t most_unflushed = 8 * block_size;

    /// @param time_limit of every step that has none of its own
    copy_task(runtime_ptr on, libpq::copy_direction direction, std::string sql, clock::duration time_limit)
        : plain_task(std::move(on)), direction_(direction), sql_(std::move(sql)), time_limit_(time_limit) {}

    const std::string& sql() const noexcept { return sql_; }
    clock::duration default_time_limit() const noexcept override { return time_limit_; }

    void accept(request& added) override;
    void interrupt(request& r, const error& reason) override;
    void release_later() noexcept override;
    void withdraw() override;

    // Called by the session
    bool on_copy(session& on, libpq::copy_direction which) override;

    bool is_copying() const noexcept override { return state_ == state::copying; }
    bool is_unwanted() const noexcept override { return unwanted_ && state_ != state::ended; }
    request* awaiting() const noexcept override { return step_; }

    bool wants_input() const noexcept override;
    void on_input() override;
    void on_flushed() override;

    /// A COPY stores all of its rows or none.
    execution_state after(const error&) const override { return execution_state::rejected; }

    execution_state after_loss() const noexcept override;

    void on_complete(const libpq::result_view& of) override { rows_ = of.rows_affected(); }

    void on_failed(const error& failure) override;
    void on_ended() override;
    void on_lost(const error& reason) override;
    void abandon() noexcept override;

private:
    enum class state : std::uint8_t { begun, copying, ending, ended };

    void advance();

    void answer() { runtime_of().finish_later(*std::exchange(step_, nullptr)); }

    void refuse(request& r, const error& reason);
    void answer_after_end(request& r);

    // ------------------------------------------------------------------------------------------ to the server

    /// Gives the step's data to libpq, block by block, as long as the socket takes them, and answers the step when it has the
    /// last.
    void write_rows();

    /// @param reason null if all is to be stored; else the server ends the COPY with an error that has it
    void end_writing(const char* reason);

    // ---------------------------------------------------------------------------------------- from the server

    /// Collects rows for the step, as many as have arrived, up to a block.
    void read_rows();
    void drop_rows();

    /// Nothing has arrived at the moment.
    void rest();

    /// False: the connection is lost.
    bool consume();
    void end_reading();

    // ------------------------------------------------------------------------------------------------ the end

    /// Ends the COPY without effect.
    void end_early(const std::string& reason);

    const libpq::copy_direction direction_;
    const std::string sql_;
    const clock::duration time_limit_;

    state state_ = state::begun;
    session* on_ = nullptr;         // while the COPY has the connection
    request* step_ = nullptr;       // under way
    std::size_t given_ = 0;         // of its data, to libpq
    std::optional<error> failure_;  // with which the COPY has ended, or is about to
    std::uint64_t rows_ = 0;
    bool is_full_ = false;          // the socket takes no more for now
    std::size_t unflushed_ = 0;     // bytes that libpq was given since it was known to hold none
    bool end_sent_ = false;         // the server may store what it has
    bool unwanted_ = false;         // ended before its end
};

using copy_task_ptr = boost::intrusive_ptr<copy_task>;

} // namespace pgcoro::session

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/session/copy_task_definitions.hpp>
#endif

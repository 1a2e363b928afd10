// Handles to a COPY TO STDOUT under way.
#pragma once

#include <pgcoro/copy_options.hpp>
#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/mapping/copy_decode.hpp>
#include <pgcoro/mapping/described_statement.hpp>
#include <pgcoro/operation.hpp>
#include <pgcoro/session/copy_jobs.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace pgcoro {
namespace copying {

/// What all readers have: the COPY, the connection that was taken for it, and the block that was fetched last.
class input {
public:
    input() = default;
    input(session::held_connection from_pool, session::copy_handle copy, copy_options options)
        : connection_(std::move(from_pool)), copy_(std::move(copy)), options_(std::move(options)) {}

    explicit operator bool() const noexcept { return static_cast<bool>(copy_); }
    bool has_ended() const noexcept { return ended_; }
    const std::vector<std::byte>& block() const noexcept { return block_; }
    const copy_progress& so_far() const noexcept { return so_far_; }

    /// Fetches the next block. After the last one the connection is free.
    boost::asio::awaitable<void> fetch();

private:
    session::held_connection connection_;
    session::copy_handle copy_;
    copy_options options_;
    std::vector<std::byte> block_;
    copy_progress so_far_;
    bool ended_ = false;
};

/// The columns of a typed COPY, and how far the block is read. Does not move, since views refer to it.
struct row_cursor {
    row_cursor(described_statement of, column_plan made, std::string text)
        : described(std::move(of)), plan(std::move(made)), sql(std::move(text)), rows(described.columns()) {}
    row_cursor(const row_cursor&) = delete;

    const described_statement described;
    const column_plan plan;
    const std::string sql;
    binary_copy_rows rows;
    std::size_t number = 0;

    bool next() {
        try {
            return rows.next();
        } catch (const conversion_error& malformed) {
            throw error(malformed.code(), malformed.what(), sql, execution_state::completed);
        }
    }
};

} // namespace copying

/// Yields the rows of a COPY; made by `copy_out<T>`. The server sends no faster than rows are taken, and memory stays
/// bounded whatever their number.
///
///     auto reader = co_await conn.copy_out<user>("select * from users");
///     while (auto u = co_await reader.next()) { … }
///
/// Destroyed before the end, it has the server stop, and the connection is good for other things again; so does a wait
/// that is cancelled or exceeds its time limit. While it lives, the connection refuses other statements with
/// `errc::copy_failed`.
///
/// Movable, but not while one of its coroutines runs. Empty if default-constructed or moved from: then `next` fails with
/// `errc::not_connected`. One call at a time. Thread safety: as the connection's.
template <class T>
class [[nodiscard]] copy_reader {
public:
    copy_reader() = default;
    copy_reader(copying::input from, std::unique_ptr<copying::row_cursor> at) noexcept
        : from_(std::move(from)), at_(std::move(at)) {}

    explicit operator bool() const noexcept { return static_cast<bool>(from_); }

    /// The next row; nothing at the end. Borrowed fields are valid until the next call.
    /// Errors: `errc::unexpected_null`, `errc::value_out_of_range` and what codecs report, naming row, column and field:
    /// the rows behind may be read. `errc::connection_lost`, `errc::query_timeout`, `errc::operation_cancelled`,
    /// `errc::copy_failed` and what the server reports: they have ended the COPY.
    boost::asio::awaitable<std::optional<T>> next() {
        while (at_ == nullptr || !at_->next()) {
            if (from_.has_ended()) co_return std::nullopt;
            co_await from_.fetch();
            at_->rows.feed(from_.block());
        }
        co_return decode_row<T>(at_->rows, at_->number++, at_->plan, at_->sql);
    }

    /// What has arrived so far.
    const copy_progress& progress() const noexcept { return from_.so_far(); }

private:
    copying::input from_;
    std::unique_ptr<copying::row_cursor> at_;
};

/// Yields the bytes of a COPY in the format that its text says; made by `copy_out_raw`. Otherwise as `copy_reader`.
class [[nodiscard]] raw_copy_reader {
public:
    raw_copy_reader() = default;
    explicit raw_copy_reader(copying::input from) noexcept : from_(std::move(from)) {}

    explicit operator bool() const noexcept { return static_cast<bool>(from_); }

    /// The next bytes, some 64 KiB that end with a row (`pgcoro::as_text` shows them as text); nothing at the end. Valid
    /// until the next call. Errors: those of `copy_reader::next` that have ended the COPY.
    boost::asio::awaitable<std::optional<std::span<const std::byte>>> next();

    /// What has arrived so far.
    const copy_progress& progress() const noexcept { return from_.so_far(); }

private:
    copying::input from_;
};

} // namespace pgcoro

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/impl/copy_reader.hpp>
#endif

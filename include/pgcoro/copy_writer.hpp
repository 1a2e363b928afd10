// Handles to a COPY FROM STDIN under way.
#pragma once

#include <pgcoro/copy_options.hpp>
#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/mapping/copy_encode.hpp>
#include <pgcoro/operation.hpp>
#include <pgcoro/session/copy_jobs.hpp>

#include <boost/asio/awaitable.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ranges>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace pgcoro {
namespace copying {

/// What all writers have: the COPY, the connection that was taken for it, and data that have not been handed over.
class output {
public:
    output() = default;
    output(session::held_connection from_pool, session::copy_handle copy, copy_plan plan, copy_options options)
        : connection_(std::move(from_pool)), copy_(std::move(copy)), plan_(std::move(plan)), options_(std::move(options)) {}

    explicit operator bool() const noexcept { return static_cast<bool>(copy_); }
    bool is_full() const noexcept { return buffer.size() >= session::copy_task::block_size; }
    const copy_plan& plan() const noexcept { return plan_; }
    const copy_progress& so_far() const noexcept { return so_far_; }

    void require_open() const {
        if (!copy_) [[unlikely]]
            throw error(make_error_code(errc::not_connected), "the COPY has ended, or the writer is empty");
    }

    /// Hands over what has gathered.
    boost::asio::awaitable<void> flush();

    /// Hands over bytes where they are.
    boost::asio::awaitable<void> send(std::span<const std::byte> bytes);

    boost::asio::awaitable<std::uint64_t> finish();

    /// Nothing to wait for.
    static boost::asio::awaitable<void> ready();

    copy_buffer buffer;
    std::uint64_t rows = 0;   ///< in the buffer or handed over

private:
    operation_settings settings() const noexcept { return {options_.time_limit(), false}; }

    void report(std::size_t bytes) {
        so_far_.bytes += bytes;
        if (rows > so_far_.rows) so_far_.rows = rows;
        if (options_.progress()) options_.progress()(so_far_);
    }

    session::held_connection connection_;
    session::copy_handle copy_;
    copy_plan plan_;
    copy_options options_;
    copy_progress so_far_;
};

} // namespace copying

/// Takes rows for a table; made by `copy_in<T>`. Rows gather in memory and travel in blocks of about 64 KiB.
///
///     auto writer = co_await conn.copy_in<user>("users");
///     for (const user& u : users) co_await writer.write(u);
///     std::uint64_t n = co_await writer.finish();
///
/// Nothing is stored before `finish` succeeds: a writer that is destroyed before undoes the COPY, and the connection is
/// good for other things again; so does a wait that is cancelled or exceeds its time limit. While it lives, the
/// connection refuses other statements with `errc::copy_failed`.
///
/// What the server finds wrong with a row, it tells at one of the next calls, at the latest in `finish`: libpq reads its
/// error only then. Its line is in `diagnostics().context`.
///
/// Movable, but not while one of its coroutines runs. Empty if default-constructed, moved from or finished: then calls
/// fail with `errc::not_connected`. One call at a time. Thread safety: as the connection's.
template <class T>
class [[nodiscard]] copy_writer {
public:
    copy_writer() = default;
    explicit copy_writer(copying::output to) noexcept : to_(std::move(to)) {}

    explicit operator bool() const noexcept { return static_cast<bool>(to_); }

    /// Adds a row, which is read at once; what is awaited is room for more, if need be.
    /// Errors: `errc::value_out_of_range` and what codecs report, naming row, column and field: that row is left out, and
    /// others may follow. `errc::connection_lost` (`execution_state::rejected`: nothing is stored), `errc::query_timeout`,
    /// `errc::operation_cancelled`, `errc::copy_failed` and what the server reports: they have ended the COPY.
    template <class Row = T>
        requires std::same_as<std::remove_cvref_t<Row>, T>
    boost::asio::awaitable<void> write(Row&& row) {
        static_assert(!unsafe_in_await_v<Row>,
                      "GCC 12 destroys temporaries of this aggregate twice in an expression with co_await: pass a named "
                      "object without std::move, or give the type a constructor");
        put(row);
        if (to_.is_full()) return to_.flush();
        return copying::output::ready();
    }

    /// Adds all rows of a range, which must live until completion. Errors: those of `write`.
    template <std::ranges::input_range Range>
    boost::asio::awaitable<void> write_all(Range& rows) {
        auto at = std::ranges::begin(rows);
        const auto end = std::ranges::end(rows);
        while (put_some(at, end)) co_await to_.flush();
    }

    /// Ends the COPY and has its rows stored. Yields their number.
    /// Errors: those of `write`; what the server reports (`execution_state::rejected`: nothing is stored);
    /// `execution_state::unknown` if the connection was lost, or the wait cancelled, when the server had all rows.
    boost::asio::awaitable<std::uint64_t> finish() {
        to_.require_open();
        end_copy_rows(to_.buffer, to_.plan().format);
        return to_.finish();
    }

    /// What was handed over so far.
    const copy_progress& progress() const noexcept { return to_.so_far(); }

private:
    void put(const T& row) {
        to_.require_open();
        encode_copy_row(to_.buffer, row, to_.plan(), to_.rows + 1);
        ++to_.rows;
    }

    /// Adds rows up to the end or a full block. True: a block is full.
    template <class At, class End>
    bool put_some(At& at, const End& end) {
        to_.require_open();
        for (; at != end; ++at) {
            if (to_.is_full()) return true;
            const T& row = *at;
            encode_copy_row(to_.buffer, row, to_.plan(), to_.rows + 1);
            ++to_.rows;
        }
        return false;
    }

    copying::output to_;
};

/// Takes the bytes of a COPY in whatever format its text says; made by `copy_in_raw`. Otherwise as `copy_writer`.
class [[nodiscard]] raw_copy_writer {
public:
    raw_copy_writer() = default;
    explicit raw_copy_writer(copying::output to) noexcept : to_(std::move(to)) {}

    explicit operator bool() const noexcept { return static_cast<bool>(to_); }

    /// Adds bytes, which need not end with a row. They must live until completion.
    boost::asio::awaitable<void> write(std::span<const std::byte> bytes) {
        to_.require_open();
        if (bytes.size() >= session::copy_task::block_size) return to_.send(bytes);
        to_.buffer.reserve(bytes.size());
        to_.buffer.put(bytes);
        if (to_.is_full()) return to_.flush();
        return copying::output::ready();
    }

    boost::asio::awaitable<void> write(std::string_view text) {
        return write(std::as_bytes(std::span(text.data(), text.size())));
    }

    boost::asio::awaitable<void> write(const char* text) { return write(std::string_view(text)); }

    /// As `copy_writer::finish`.
    boost::asio::awaitable<std::uint64_t> finish() { return to_.finish(); }

    /// What was handed over so far.
    const copy_progress& progress() const noexcept { return to_.so_far(); }

private:
    copying::output to_;
};

} // namespace pgcoro

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/impl/copy_writer.hpp>
#endif

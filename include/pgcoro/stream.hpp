// Large results, row by row.
#pragma once

#include <pgcoro/core/cursor_statement.hpp>
#include <pgcoro/libpq/features.hpp>
#include <pgcoro/mapping/argument.hpp>
#include <pgcoro/mapping/column_plan.hpp>
#include <pgcoro/mapping/decode.hpp>
#include <pgcoro/operation.hpp>
#include <pgcoro/readers.hpp>
#include <pgcoro/session/control_job.hpp>
#include <pgcoro/session/held_connection.hpp>
#include <pgcoro/session/statement_job.hpp>
#include <pgcoro/session/stream_task.hpp>
#include <pgcoro/statement.hpp>
#include <pgcoro/typed_job.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace pgcoro {

namespace streams {

using parts = std::vector<libpq::result_ptr>;

/// The next rows of a stream; none at its end.
class read_job {
public:
    /// @param take false: only wait until there are rows, or an end
    explicit read_job(bool take) noexcept : take_(take) {}

    template <class T, bool AsResult, class Settings, class Handler>
    void begin(session::target_ptr on, const Settings& settings, Handler&& handler) {
        using typed_request = session::caller_request<T, AsResult, read_job, std::decay_t<Handler>>;
        typed_request::begin(std::move(on), settings.time_limit, true, std::move(*this), std::forward<Handler>(handler));
    }

    void describe(session::request& r) {
        r.kind = session::request_kind::stream_step;
        if (take_) r.parts = &parts_;
    }

    void encode(parameter_buffer&, const session::statement_description&) const {}
    const column_plan* make_plan(session::statement_description&) const { return nullptr; }
    parts read(session::request&) { return std::move(parts_); }

private:
    bool take_;
    parts parts_;
};

inline auto read(const session::stream_task_ptr& from, bool take) {
    return operation<parts, read_job>(from, read_job(take));
}

/// Where the statements of a stream run.
enum class place {
    pool,         ///< on a connection that is taken for it
    connection,   ///< on the holder's
    transaction   ///< within the holder's
};

/// Opens a stream, and waits for its first rows.
template <place Where, class Job>
boost::asio::awaitable<session::stream_task_ptr> open(session::target_ptr target, Job job, std::source_location where) {
    const bool cursor = core::may_have_cursor(job.statement().text);
    session::stream_place on;
    if constexpr (Where == place::pool) {
        using lease_job = session::control_job<session::held_connection>;
        auto granted = co_await operation<session::held_connection, lease_job>(
            std::move(target), lease_job(session::request_kind::connection, where));
        on.lease = granted.take();
        on.through = on.lease;
        if (cursor && !libpq::has_chunked_rows) {
            on.transaction = new session::transaction_scope(std::exchange(on.lease, nullptr), "begin", true);
            on.through = on.transaction;
            on.owns_transaction = true;
        }
    } else {
        on.through = target;
        if constexpr (Where == place::transaction)
            if (cursor && target != nullptr)
                on.transaction = boost::static_pointer_cast<session::transaction_scope>(std::move(target));
    }
    if (on.through == nullptr) throw error(make_error_code(errc::not_connected), "the handle is empty");
    const session::stream_task_ptr task(new session::stream_task(std::move(on)));
    task->open(std::move(job));
    co_await read(task, false);
    co_return task;
}

/// The columns of a part, with what is known of their types.
inline std::vector<column_info> columns_of(const session::stream_task& of, const libpq::result_view& part) {
    std::vector<column_info> columns;
    for (std::size_t i = 0; i < part.column_count(); ++i)
        columns.push_back({std::string(part.column_name(i)), of.type_of(part.column_type(i))});
    return columns;
}

} // namespace streams

/// The rows of a statement, handed out as they come: memory stays bounded whatever the size of the result, and the
/// server waits while the reader does.
///
///     auto users = co_await pool.stream<user>("select id, name from users");
///     while (auto u = co_await users.next()) …
///
/// Destroyed before the end, it has the statement stopped, and the connection goes on. Empty if default-constructed or
/// moved from: then `next` fails with `errc::not_connected`. Thread safety: as the pool's; one `next` at a time.
template <class T>
class [[nodiscard]] row_stream {
public:
    row_stream() = default;
    explicit row_stream(session::stream_task_ptr task) noexcept : task_(std::move(task)) {}
    row_stream(row_stream&& other) noexcept = default;

    row_stream& operator=(row_stream&& other) noexcept {
        if (this == &other) return *this;
        reset();
        task_ = std::move(other.task_);
        parts_ = std::move(other.parts_);
        plan_ = std::move(other.plan_);
        part_ = other.part_;
        row_ = other.row_;
        return *this;
    }

    ~row_stream() { reset(); }

    explicit operator bool() const noexcept { return task_ != nullptr; }

    /// The next row; none at the end. Fields that borrow are valid until the next call. Errors: those of the statement;
    /// those of reading a row, after which the stream may be read on; `errc::query_timeout` if the next rows take longer
    /// than the pool's `query_timeout`, and `errc::operation_cancelled`: both end the stream.
    boost::asio::awaitable<std::optional<T>> next() {
        for (;;) {
            if (part_ < parts_.size()) {
                const libpq::result_view rows(parts_[part_].get());
                if (row_ < rows.row_count()) {
                    if (!plan_) plan_.emplace(make_column_plan<T>(streams::columns_of(*task_, rows), task_->sql()));
                    co_return decode_row<T>(rows, row_++, *plan_, task_->sql());
                }
                parts_[part_++].reset();
                row_ = 0;
                continue;
            }
            parts_ = co_await streams::read(task_, true);
            part_ = 0;
            if (parts_.empty()) co_return std::nullopt;
        }
    }

private:
    void reset() noexcept {
        if (const auto task = std::move(task_)) task->release_later();
    }

    session::stream_task_ptr task_;
    streams::parts parts_;
    std::size_t part_ = 0, row_ = 0;   // of the next row
    std::optional<column_plan> plan_;
};

/// Streams on pools, connections and transactions.
/// @tparam Derived has `session::target_ptr target() const`
/// @tparam Sql what the verbs take as text
template <class Derived, template <class...> class Sql, streams::place Where>
class stream_verbs {
public:
    /// Runs a statement whose rows are read one after the other; see `row_stream`. Completes when the first rows are
    /// there, or the statement has failed.
    ///
    /// Within a transaction, and with libpq before 17 on a pool, SELECT, VALUES and TABLE run by a cursor; all others
    /// hand out their rows as the server sends them. On a lease or connection, other statements wait for the end of the
    /// stream. Within a transaction a stream by cursor may be left early without harm; stopping any other statement
    /// aborts the transaction.
    template <class T, class... Args>
    boost::asio::awaitable<row_stream<T>> stream(std::type_identity_t<Sql<Args...>> sql, Args&&... args) const {
        static_assert((require_query_argument<Args>() && ...));
        static_assert(require_row_type<T>());
        using job = session::statement_job<readers::nothing, stored_argument_t<Args>...>;
        return open<T>(static_cast<const Derived&>(*this).target(), job(sql, std::forward<Args>(args)...));
    }

    template <class Row, class... Parameters, class... Args>
    auto stream(const statement<Row(Parameters...)>& declared, Args&&... args) const {
        if constexpr (typed::require_declared_rows<Row>())
            return open<Row>(static_cast<const Derived&>(*this).target(),
                             typed::make_job<readers::nothing>(declared, std::forward<Args>(args)...));
    }

protected:
    stream_verbs() = default;

private:
    template <class T, class Job>
    static boost::asio::awaitable<row_stream<T>> open(session::target_ptr target, Job job) {
        co_return row_stream<T>(co_await streams::open<Where>(std::move(target), std::move(job), {}));
    }
};

} // namespace pgcoro

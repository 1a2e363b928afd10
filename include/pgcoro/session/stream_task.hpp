// A result that is read part by part.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/session/exclusive_connection.hpp>
#include <pgcoro/session/row_sink.hpp>
#include <pgcoro/session/transaction_scope.hpp>

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pgcoro::session {

/// How many rows to fetch at once, so that a fetch brings about `target_bytes`: from what the last one brought.
class fetch_size {
public:
    static constexpr std::size_t target_bytes = std::size_t{1} << 18;
    static constexpr std::size_t most_rows = 2000;

    std::size_t rows() const noexcept { return rows_; }

    void learn(std::size_t rows, std::size_t bytes) noexcept {
        if (rows == 0 || bytes == 0) return;
        rows_ = std::clamp<std::size_t>(target_bytes * rows / bytes, 1, std::min(most_rows, 4 * rows_));
    }

private:
    std::size_t rows_ = 16;
};

/// What a stream runs on, and what becomes of that at its end.
struct stream_place {
    target_ptr through;                    ///< takes the statements: a connection or a transaction
    exclusive_connection_ptr lease;        ///< to be given back, if it is the stream's own
    transaction_scope_ptr transaction;     ///< for a cursor; else rows come straight from the statement
    bool owns_transaction = false;         ///< to be committed at the end, and rolled back before it
};

/// A statement whose rows are handed out as they come, with bounded memory: rows straight from the statement while the
/// socket holds back the rest, or by FETCH from a cursor, one fetch ahead of the reader.
///
/// Its requests are the steps of the reader, one at a time. If a step is interrupted, or the handle is gone before the
/// end, the statement is stopped and the connection goes on. On the home executor only, but for construction and
/// `release_later`.
class stream_task final : public target, public row_sink {
public:
    using pointer = boost::intrusive_ptr<stream_task>;

    /// A statement of a stream's. Ends itself.
    class errand : public request {
    public:
        errand() = default;
        explicit errand(pointer of) noexcept : task_(std::move(of)) {}

        /// Makes DECLARE of a statement.
        virtual void wrap(std::string_view) {}
        void belong_to(pointer task) noexcept { task_ = std::move(task); }

        void finish() override {
            const auto task = task_;
            task->on_answer(*this);
            destroy();
        }

        void finish_early(const error&) override {}

        void abandon() noexcept override {
            if (const auto task = task_) task->on_abandoned(*this);
            destroy();
        }

    protected:
        virtual ~errand() = default;
        void destroy() noexcept { delete this; }

        pointer task_;
    };

    /// The caller's statement.
    template <class Job>
    class opening_errand final : public errand {
    public:
        explicit opening_errand(Job job) : job_(std::move(job)) { job_.describe(*this); }

        void wrap(std::string_view prefix) override {
            job_.wrap(prefix);
            text = job_.statement();
            text.cls = statement_class::shareable;   // the cursor ends with the transaction
        }

        void encode(parameter_buffer& buffer, const statement_description& statement) override {
            job_.encode(buffer, statement);
        }

        const column_plan* make_plan(statement_description& statement) override {
            task_->types_ = statement.types();
            return nullptr;
        }

    private:
        Job job_;
    };

    /// A command of the stream's own.
    class command_errand final : public errand {
    public:
        command_errand(pointer of, request_kind what, std::string sql) : errand(std::move(of)), sql_(std::move(sql)) {
            kind = what;
            text.text = sql_;
        }

        void encode(parameter_buffer&, const statement_description&) override {}
        const column_plan* make_plan(statement_description&) override { return nullptr; }

    private:
        std::string sql_;
    };

    explicit stream_task(stream_place place)
        : target(place.through->runtime_handle()), place_(std::move(place)) {}

    ~stream_task();

    /// The statement, to be sent with the first step. Before anything else.
    template <class Job>
    void open(Job job) {
        sql_ = job.statement().text;
        unopened_ = new opening_errand<Job>(std::move(job));
    }

    const std::string& sql() const noexcept { return sql_; }

    /// What is known of a column's type. Precondition: rows have come.
    type_ref type_of(oid column) const;

    clock::duration default_time_limit() const noexcept override { return place_.through->default_time_limit(); }

    void accept(request& step) override;
    void interrupt(request& r, const error& reason) override;
    void release_later() noexcept override;
    void take_rows(libpq::result_ptr rows) override;

    bool is_full() const noexcept override { return buffered_ >= fetch_size::target_bytes; }

private:
    template <class Job>
    friend class opening_errand;

    bool has_cursor() const noexcept { return place_.transaction != nullptr; }

    void start();
    void send(std::string command);
    void fetch();

    /// A cursor's statement has not been asked about its columns, and the system catalogs not about their types.
    bool lacks_types(const request& fetched) const;
    void learn_types(request& fetched);
    void on_answer(errand& done);
    void on_abandoned(errand& gone) noexcept;

    /// Rows that came with the end of a statement.
    void take_rest(request& of);

    /// Gives the step what there is, and sees to it that more comes.
    void answer();

    /// All rows have come.
    void end();

    /// In a transaction that goes on.
    void close_cursor();
    void fail(const error& reason);

    /// The caller's statement, not the command that carried it.
    diagnostics said_of(const error& reason) const;
    void give_back();

    /// @param stop whether a statement in a caller's transaction is to be stopped at the cost of that transaction
    void end_early(const error& reason, bool stop);

    stream_place place_;
    std::string sql_;
    type_catalog_ptr types_;
    std::optional<std::size_t> number_;   // of the cursor
    std::string cursor_;
    errand* unopened_ = nullptr;
    errand* opening_ = nullptr;      // in the session's hands, as are these
    errand* fetching_ = nullptr;
    errand* committing_ = nullptr;
    request* step_ = nullptr;        // the reader's, under way
    std::vector<libpq::result_ptr> parts_;
    libpq::result_ptr untold_;       // rows of types that the system catalogs are being asked about
    bool told_ = false;              // they were
    std::size_t buffered_ = 0;       // bytes in `parts_`
    fetch_size size_;
    std::size_t fetched_ = 0;        // rows asked for last
    std::optional<error> failure_;
    bool ending_ = false;            // all rows have come
    bool over_ = false;              // and everything has been put in order, or nothing more is wanted
};

using stream_task_ptr = stream_task::pointer;

} // namespace pgcoro::session

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/session/stream_task_definitions.hpp>
#endif

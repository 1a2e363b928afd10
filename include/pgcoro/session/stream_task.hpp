// A result that is read part by part.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/session/row_sink.hpp>
#include <pgcoro/session/session.hpp>
#include <pgcoro/session/transaction_scope.hpp>

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
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
    type_ref type_of(oid column) const { return types_->find(column); }

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

#if PGCORO_HAS_DEFINITIONS

PGCORO_DECL stream_task::~stream_task() {
    if (unopened_ != nullptr) unopened_->abandon();
    if (place_.lease) place_.lease->release_later();
    if (place_.owns_transaction) place_.transaction->abandon_later();
}

PGCORO_DECL void stream_task::accept(request& step) {
    step.text.text = sql_;
    if (step.failure) return runtime_of().finish_later(step);
    if (step_ != nullptr) {
        step.fail(error(make_error_code(errc::protocol_error), "another read of this stream is under way", sql_));
        return runtime_of().finish_later(step);
    }
    start_time_limit(step);
    step.at = stage::executing;
    step_ = &step;
    const pointer keep(this);
    if (unopened_ != nullptr) start();
    answer();
}

PGCORO_DECL void stream_task::interrupt(request& r, const error& reason) {
    if (&r != step_) return;
    step_ = nullptr;
    r.fail(reason.with_execution(execution_state::unknown));
    runtime_of().finish_later(r);
    end_early(reason, true);
}

PGCORO_DECL void stream_task::release_later() noexcept {
    if (runtime_of().is_shut_down()) return;
    runtime_of().post([self = pointer(this)](runtime&) {
        const error reason(make_error_code(errc::operation_cancelled), "the handle of the stream is gone", self->sql_);
        if (self->step_ != nullptr) self->interrupt(*self->step_, reason);
        else self->end_early(reason, false);
    });
}

PGCORO_DECL void stream_task::take_rows(libpq::result_ptr rows) {
    buffered_ += libpq::memory_of(rows.get());
    parts_.push_back(std::move(rows));
    answer();
}

PGCORO_DECL void stream_task::start() {
    opening_ = std::exchange(unopened_, nullptr);
    opening_->belong_to(pointer(this));
    auto& first = *opening_;
    if (!has_cursor()) {
        first.rows = this;
        return place_.through->accept(first);
    }
    number_ = place_.transaction->take_cursor();
    cursor_ = "pgcoro_" + std::to_string(*number_);
    first.wrap("declare " + cursor_ + " no scroll cursor for ");
    // The plan is to be the best for all rows (documentation: cursor_tuple_fraction).
    send("set local cursor_tuple_fraction = 1");
    place_.through->accept(first);
    send("set local cursor_tuple_fraction to default");
    fetch();
}

PGCORO_DECL void stream_task::send(std::string command) {
    place_.through->accept(*new command_errand(pointer(this), request_kind::command, std::move(command)));
}

PGCORO_DECL void stream_task::fetch() {
    fetching_ = new command_errand(pointer(this), request_kind::command,
                                   "fetch forward " + std::to_string(size_.rows()) + " from " + cursor_);
    fetched_ = size_.rows();
    place_.through->accept(*fetching_);
}

PGCORO_DECL bool stream_task::lacks_types(const request& fetched) const {
    const libpq::result_view rows(fetched.result.get());
    bool lacking = false;
    for (std::size_t i = 0; i < rows.column_count(); ++i)
        lacking = lacking || type_catalog::is_to_be_asked_for(types_->find(rows.column_type(i)));
    return lacking && !told_;
}

PGCORO_DECL void stream_task::learn_types(request& fetched) {
    told_ = true;
    untold_ = std::move(fetched.result);
    fetching_ = new command_errand(pointer(this), request_kind::description, {});
    fetching_->text = make_statement_text(sql_, true);
    place_.through->accept(*fetching_);
}

PGCORO_DECL void stream_task::on_answer(errand& done) {
    if (&done == opening_) {
        opening_ = nullptr;
        if (over_) return;
        if (done.failure) return fail(*done.failure);
        if (has_cursor()) return;
        take_rest(done);
        return end();
    }
    if (&done == fetching_) {
        fetching_ = nullptr;
        if (over_) return;
        if (done.failure) return fail(*done.failure);
        if (done.kind == request_kind::description) done.result = std::move(untold_);
        else if (lacks_types(done)) return learn_types(done);
        const auto rows = libpq::result_view(done.result.get()).row_count();
        size_.learn(rows, libpq::memory_of(done.result.get()));
        const bool last = rows < fetched_;
        take_rest(done);
        if (last) return end();
        return answer();
    }
    if (&done == committing_) {
        committing_ = nullptr;
        place_.owns_transaction = false;
        place_.transaction->ended(done, true);
        if (over_) return;
        if (done.failure) return fail(*done.failure);
        over_ = true;
        answer();
    }
}

PGCORO_DECL void stream_task::on_abandoned(errand& gone) noexcept {
    for (auto* const mine : {&opening_, &fetching_, &committing_, &unopened_})
        if (*mine == &gone) *mine = nullptr;
    if (step_ != nullptr) std::exchange(step_, nullptr)->abandon();
}

PGCORO_DECL void stream_task::take_rest(request& of) {
    if (!of.result || libpq::result_view(of.result.get()).column_count() == 0) return;
    buffered_ += libpq::memory_of(of.result.get());
    parts_.push_back(std::move(of.result));
}

PGCORO_DECL void stream_task::answer() {
    if (step_ != nullptr && !parts_.empty()) {
        auto& step = *std::exchange(step_, nullptr);
        if (step.parts != nullptr) {
            *step.parts = std::exchange(parts_, {});
            buffered_ = 0;
        }
        runtime_of().finish_later(step);
    } else if (step_ != nullptr && over_) {
        auto& step = *std::exchange(step_, nullptr);
        if (failure_) step.fail(*failure_);
        runtime_of().finish_later(step);
    }
    if (over_ || ending_) return;
    if (has_cursor()) {
        if (fetching_ == nullptr && opening_ == nullptr && !is_full()) fetch();
    } else if (opening_ != nullptr && opening_->carrier != nullptr && !is_full()) {
        opening_->carrier->resume_rows();
    }
}

PGCORO_DECL void stream_task::end() {
    ending_ = true;
    if (place_.owns_transaction) {
        committing_ = new command_errand(pointer(this), request_kind::commit, "commit");
        place_.transaction->accept(*committing_);
        return answer();
    }
    close_cursor();
    over_ = true;
    give_back();
    answer();
}

PGCORO_DECL void stream_task::close_cursor() {
    if (!number_) return;
    place_.transaction->free_cursor(*number_);
    number_.reset();
    send("close " + cursor_);
}

PGCORO_DECL void stream_task::fail(const error& reason) {
    failure_ = error(reason.code(), said_of(reason), reason.execution());
    over_ = true;
    give_back();
    answer();
}

PGCORO_DECL diagnostics stream_task::said_of(const error& reason) const {
    auto said = reason.diagnostics();
    said.sql = sql_;
    return said;
}

PGCORO_DECL void stream_task::give_back() {
    if (std::exchange(place_.owns_transaction, false)) place_.transaction->abandon_later();
    if (const auto lease = std::exchange(place_.lease, nullptr)) lease->release();
}

PGCORO_DECL void stream_task::end_early(const error& reason, bool stop) {
    if (over_) return;
    const pointer keep(this);
    over_ = true;
    failure_ = reason;
    parts_.clear();
    buffered_ = 0;
    const bool own = place_.owns_transaction || place_.lease != nullptr;
    const bool direct = !has_cursor();
    for (auto* const running : {opening_, fetching_}) {
        if (running == nullptr || !(own || stop || direct)) continue;
        if (running->carrier != nullptr) running->carrier->interrupt(*running, reason);
    }
    if (!own) close_cursor();
    give_back();
}

#endif

} // namespace pgcoro::session

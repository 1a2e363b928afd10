// The requests of a COPY: what its columns are, its beginning, its steps.
#pragma once

#include <pgcoro/mapping/column_plan.hpp>
#include <pgcoro/session/caller_request.hpp>
#include <pgcoro/session/copy_task.hpp>
#include <pgcoro/session/held_connection.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace pgcoro::session {

/// The text of a COPY, or of the statement that tells its columns, as a request refers to it.
struct copy_text {
    std::string text;
    bool at_run_time = false;         ///< parts of it came from the caller as SQL
    std::optional<error> refused{};   ///< it must not be sent
};

/// What the jobs here have in common.
template <class Derived>
class copy_job_base {
public:
    template <class T, bool AsResult, class Settings, class Handler>
    void begin(target_ptr on, const Settings& settings, Handler&& handler) {
        using typed_request = caller_request<T, AsResult, Derived, std::decay_t<Handler>>;
        auto& self = static_cast<Derived&>(*this);
        if (on != nullptr) self.prepare(*on);
        typed_request::begin(std::move(on), settings.time_limit, true, std::move(self), std::forward<Handler>(handler));
    }

    void prepare(const target&) {}
    void encode(parameter_buffer&, const statement_description&) const {}
    const column_plan* make_plan(statement_description&) const { return nullptr; }

protected:
    static void describe_text(request& r, const copy_text& text) {
        r.text.text = text.text;
        r.text.at_run_time = text.at_run_time;
        r.text.cls = statement_class::shareable;   // leaves nothing behind in the session
        if (text.refused) r.fail(*text.refused);
    }
};

/// Asks for the columns of a statement. Yields a `described_statement`.
class columns_job : public copy_job_base<columns_job> {
public:
    explicit columns_job(copy_text text) : text_(std::make_unique<copy_text>(std::move(text))) {}

    void describe(request& r) const {
        r.kind = request_kind::columns;
        describe_text(r, *text_);
    }

    described_statement read(request& r) const { return described(*r.description); }

private:
    std::unique_ptr<copy_text> text_;
};

/// A COPY that has begun, as handles hold it: destroyed before its end, it is undone.
class copy_handle {
public:
    copy_handle() = default;
    explicit copy_handle(copy_task_ptr task) noexcept : task_(std::move(task)) {}
    copy_handle(copy_handle&& other) noexcept = default;

    copy_handle& operator=(copy_handle&& other) noexcept {
        if (this == &other) return *this;
        reset();
        task_ = std::move(other.task_);
        return *this;
    }

    ~copy_handle() { reset(); }

    void reset() noexcept {
        if (const auto task = std::move(task_)) task->release_later();
    }

    explicit operator bool() const noexcept { return task_ != nullptr; }
    const copy_task_ptr& task() const noexcept { return task_; }

private:
    copy_task_ptr task_;
};

/// Begins a COPY. Yields a `copy_handle`.
class begin_copy_job : public copy_job_base<begin_copy_job> {
public:
    begin_copy_job(libpq::copy_direction direction, copy_text text)
        : direction_(direction), text_(std::make_unique<copy_text>(std::move(text))) {}

    void prepare(const target& on) {
        task_.reset(new copy_task(on.runtime_handle(), direction_, text_->text, on.default_time_limit()));
    }

    void describe(request& r) const {
        r.kind = request_kind::plain;
        r.granted = task_;
        describe_text(r, *text_);
    }

    copy_handle read(request& r) const { return copy_handle(boost::static_pointer_cast<copy_task>(std::move(r.granted))); }

private:
    libpq::copy_direction direction_;
    std::unique_ptr<copy_text> text_;
    copy_task_ptr task_;
};

/// Sends data, or ends the COPY with them. Yields the buffer for further use when it writes, the number of rows in
/// the whole COPY when it finishes.
template <copy_step::kind Asks>
class write_copy_job : public copy_job_base<write_copy_job<Asks>> {
public:
    /// @param used the number of bytes in front that are to be sent
    write_copy_job(std::vector<std::byte> owned, std::size_t used) noexcept
        : owned_(std::move(owned)), data_(std::span(owned_).first(used)) {}

    /// @param borrowed must live until completion
    explicit write_copy_job(std::span<const std::byte> borrowed) noexcept : data_(borrowed) {}

    void describe(request& r) {
        r.kind = request_kind::copy_step;
        step_.asks = Asks;
        step_.data = data_;
        r.step = &step_;
    }

    auto read(request&) {
        if constexpr (Asks == copy_step::kind::finish) return step_.rows;
        else return std::move(owned_);
    }

private:
    std::vector<std::byte> owned_;
    std::span<const std::byte> data_;
    copy_step step_;
};

using write_block_job = write_copy_job<copy_step::kind::write>;
using finish_copy_job = write_copy_job<copy_step::kind::finish>;

/// Rows that have arrived, in the form of the COPY, and how many. None at the end.
struct received_rows {
    std::vector<std::byte> bytes;
    std::uint64_t rows = 0;
    bool at_end = false;
};

class read_rows_job : public copy_job_base<read_rows_job> {
public:
    /// @param buffer for the bytes; its content is replaced
    explicit read_rows_job(std::vector<std::byte> buffer) noexcept {
        step_.received = std::move(buffer);
        step_.received.clear();
    }

    void describe(request& r) {
        r.kind = request_kind::copy_step;
        step_.asks = copy_step::kind::read;
        r.step = &step_;
    }

    received_rows read(request&) { return {std::move(step_.received), step_.rows, step_.at_end}; }

private:
    copy_step step_;
};

} // namespace pgcoro::session

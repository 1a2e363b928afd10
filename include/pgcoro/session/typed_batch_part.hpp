// The parts of batches that know the caller's types.
#pragma once

#include <pgcoro/libpq/result.hpp>
#include <pgcoro/session/batch.hpp>
#include <pgcoro/session/batch_part_reader.hpp>
#include <pgcoro/session/user_code.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace pgcoro::session {

/// @tparam Job as of `caller_request`, with `Value read(request&)`
template <class Value, class Job>
class typed_batch_part final : public batch_part {
public:
    explicit typed_batch_part(Job&& job) : job_(std::move(job)) {}

    void describe(batch_part_reader& reader) override { reader.describe(*this, job_); }

    void encode(parameter_buffer& buffer, const statement_description& statement) override {
        job_.encode(buffer, statement);
    }

    const column_plan* make_plan(statement_description& statement) override { return job_.make_plan(statement); }

    /// libpq takes 2 kB for each result, however small: what is small is read at once.
    void read_if_small(batch_part_reader& reader) override {
        if (libpq::result_view(result.get()).row_count() > rows_of_a_small_result || failure) return;
        try {
            read_now(reader);
        } catch (...) {
            failure = std::make_unique<error>(error_of_user_code(text.text).with_execution(execution_state::completed));
        }
    }

    void forget_value() noexcept override { value_.reset(); }

    /// Throws what went wrong.
    Value take(batch_part_reader& reader) {
        if (failure) throw *failure;
        if (!value_) read_now(reader);
        return std::move(*value_);
    }

private:
    static constexpr std::size_t rows_of_a_small_result = 8;

    void read_now(batch_part_reader& reader) {
        value_.emplace(reader.read(*this, [this](request& r) { return job_.read(r); }));
        reader.result.reset();
    }

    Job job_;
    std::optional<Value> value_;
};

} // namespace pgcoro::session

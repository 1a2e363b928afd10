// Reads a statement of a batch as if it had been asked for alone.
#pragma once

#include <pgcoro/session/batch.hpp>
#include <pgcoro/session/request.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace pgcoro::session {

/// A request that is never sent: what is known of one part of a batch after the other is put into it, for jobs and
/// readers.
class batch_part_reader final : public request {
public:
    batch_part_reader() = default;
    ~batch_part_reader() = default;

    void encode(parameter_buffer&, const statement_description&) override {}
    const column_plan* make_plan(statement_description&) override { return nullptr; }
    void finish() override {}
    void finish_early(const error&) override {}
    void abandon() noexcept override {}

    /// Lets a part take over what its job says about its text.
    template <class Job>
    void describe(batch_part& p, const Job& job) {
        failure.reset();
        job.describe(*this);
        p.text = text;
        if (failure) p.refused = std::make_unique<error>(*failure);
    }

    /// What `read(request&)` makes of a part's result.
    template <class Read>
    auto read(batch_part& p, Read&& read_part) {
        text = p.text;
        if (description != p.description) description = p.description;   // most often they have it in common
        plan = p.plan;
        result = std::move(p.result);
        return read_part(static_cast<request&>(*this));
    }
};

} // namespace pgcoro::session

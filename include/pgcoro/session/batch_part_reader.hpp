// Reads a statement of a batch as if it had been asked for alone.
#pragma once

#include <pgcoro/session/batch.hpp>
#include <pgcoro/session/request.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace pgcoro::session {

/// A request that is never sent: what is known of one part of a batch after the other is put into it, for readers.
class batch_part_reader final : public request {
public:
    batch_part_reader() = default;
    ~batch_part_reader() = default;

    void encode(parameter_buffer&, const statement_description&) override {}
    const column_plan* make_plan(statement_description&) override { return nullptr; }
    void finish() override {}
    void finish_early(const error&) override {}
    void abandon() noexcept override {}

    /// What `read(request&)` makes of a part. Throws its error, saying where in the batch it stood.
    template <class Read>
    auto read(const batch& of, std::size_t index, Read&& read_part) {
        auto& p = of.part(index);
        try {
            if (p.failure) throw *p.failure;
            text = p.text;
            plan = p.plan;
            result = std::move(p.result);
            return read_part(static_cast<request&>(*this));
        } catch (const error& reason) {
            if (!reason.diagnostics().place.empty()) throw;
            throw located(reason, of.place_of(index));
        }
    }
};

/// Takes over what a statement's job says about it.
template <class Job>
void describe_part(batch_part& p, const Job& job) {
    batch_part_reader r;
    job.describe(r);
    p.text = r.text;
    if (r.failure) p.refused = std::make_unique<error>(*r.failure);
}

} // namespace pgcoro::session

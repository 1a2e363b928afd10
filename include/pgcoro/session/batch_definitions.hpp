// How far a batch is, and what becomes of it.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/core/statement_atomicity.hpp>
#include <pgcoro/session/batch.hpp>

#include <memory>
#include <string>

namespace pgcoro::session {

PGCORO_DECL void batch::restart() {
    next = answering = stored = failed = 0;
    misfit = false;
    progress = batch_progress(mode);
    questions.clear();
    names.clear();
    forget_current();
    for (auto* const p : parts_) {
        p->sent = p->parse_pending = p->describe_pending = p->checks_columns = false;
        p->result.reset();
        p->forget_value();
        if (mode != batch_mode::sync_each) p->failure.reset();
    }
}

PGCORO_DECL void batch::lose_items(const error& reason, bool begun_in_order) {
    bool first = true;
    for (std::size_t i = answering; i < part_count(); ++i) {
        auto& p = part(i);
        if (p.failure) {
            first = first && !p.sent;
            continue;
        }
        const auto execution = !p.sent                    ? execution_state::not_sent
                               : first || !begun_in_order ? execution_state::unknown
                                                          : execution_state::rejected;
        first = first && !p.sent;
        p.failure = std::make_unique<error>(
            error(reason.code(), reason.diagnostics().message, p.text.text, execution).with_place(place_of(i)));
    }
}

PGCORO_DECL execution_state batch::execution_if_stopped() const noexcept {
    if (asking || (next == 0 && !progress.is_open())) return execution_state::not_sent;
    const bool undone = atomic_ && stored == 0 && progress.syncs_to_come() == 0 && mode != batch_mode::sync_each;
    return undone ? execution_state::rejected : execution_state::unknown;
}

PGCORO_DECL bool batch::has_learned(const statement_text& text) const {
    const auto found = learned.find(text.text);
    return found != learned.end() && found->second != nullptr;
}

PGCORO_DECL void batch::consist_of(std::span<batch_part* const> parts) noexcept {
    parts_ = parts;
    for (const auto* const p : parts) {
        shareable_ = shareable_ && p->text.cls == statement_class::shareable;
        atomic_ = atomic_ && !core::may_commit_by_itself(p->text.text, p->text.cls);
    }
}

PGCORO_DECL std::string batch::place_of(std::size_t statement) const {
    return "statement " + std::to_string(statement + 1) + " of " + std::to_string(part_count());
}

} // namespace pgcoro::session

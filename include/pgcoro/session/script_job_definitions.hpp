// What the failure of a script means.
#pragma once

#include <pgcoro/session/retry_rules.hpp>
#include <pgcoro/session/script_job.hpp>

namespace pgcoro::session {

PGCORO_DECL execution_state script_task::after(const error& failure) const {
    if (committed_) return execution_state::unknown;
    return execution_after(failure, {.text = text_, .cls = statement_class::exclusive}, true);
}

} // namespace pgcoro::session

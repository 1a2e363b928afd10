// Statements that are prepared and described ahead of their first use.
#pragma once

#include <pgcoro/core/checked_sql.hpp>
#include <pgcoro/mapping/described_statement.hpp>
#include <pgcoro/operation.hpp>
#include <pgcoro/session/description_job.hpp>
#include <pgcoro/statement.hpp>

#include <utility>

namespace pgcoro {
namespace verification {
struct questioner;
}

/// What leases, connections and transactions tell about statements without running them.
/// @tparam Derived has `session::target_ptr target() const`
template <class Derived>
class prepare_verbs {
public:
    /// Prepares a statement on this connection, so that its first execution costs one round trip like the later ones,
    /// and yields what the server says about its parameters and columns. A statement that is prepared here already is
    /// not asked for again. Nothing is executed. `sql` is a literal, checked at compile time but for the number of
    /// arguments, or `runtime_sql`.
    ///
    /// Errors: those of the text (`sqlstate::undefined_table`, `sqlstate::indeterminate_datatype`, …); for run-time
    /// text `errc::invalid_sql` and `errc::not_shareable`. With a `statement_cache_capacity` of 0 nothing stays
    /// prepared, but the description is as true.
    auto prepare(described_sql sql) const {
        const auto& text = sql.statement();
        return describe(text.at_run_time ? session::description_job(text, sql.check()) : session::description_job(text));
    }

    template <class Row, class... Parameters>
    auto prepare(const statement<Row(Parameters...)>& declared) const {
        return describe(session::description_job(declared.text()));
    }

protected:
    prepare_verbs() = default;

private:
    friend struct verification::questioner;

    auto describe(session::description_job job) const {
        return operation<described_statement, session::description_job>(asked(), std::move(job));
    }

    session::target_ptr asked() const { return static_cast<const Derived&>(*this).target(); }
};

} // namespace pgcoro

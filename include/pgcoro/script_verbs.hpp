// Texts of several statements on pools, leases, connections and transactions.
#pragma once

#include <pgcoro/core/runtime_sql.hpp>
#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/operation.hpp>
#include <pgcoro/session/control_job.hpp>
#include <pgcoro/session/held_connection.hpp>
#include <pgcoro/session/script_job.hpp>

#include <boost/asio/awaitable.hpp>

#include <source_location>
#include <string>
#include <utility>

namespace pgcoro {
namespace scripts {

boost::asio::awaitable<void> run_on_lease(session::target_ptr pool, std::string text, std::source_location where);

} // namespace scripts

/// @tparam Derived    has `session::target_ptr target() const`
/// @tparam TakesLease whether that is a pool
template <class Derived, bool TakesLease = false>
class script_verbs {
public:
    /// Runs the statements of a text one after the other, until one fails. They have no parameters, their rows are dropped,
    /// and they are one transaction unless the text has transaction control of its own
    /// (documentation: "Multiple Statements in a Simple Query").
    ///
    ///     co_await conn.execute_script("create table a(n int); insert into a values (1);");
    ///
    /// Never put values into such a text; `pool_options::runtime_sql_filter` sees it. On a pool it takes a connection, which
    /// is reset when it is returned, and is a coroutine; else it is an operation.
    ///
    /// Errors: what the server reports of the statement that failed, with `diagnostics().position` in the whole text;
    /// `execution_state::unknown` if the text has committed something before; `errc::not_shareable` for a COPY from or to
    /// the client; behind a connection pooler that gives each transaction another session,
    /// `errc::unsupported_by_pooler` for a statement that would change the session. `session_settings` hold there in each
    /// transaction of the text.
    auto execute_script(std::string text, std::source_location where = std::source_location::current()) const {
        auto target = static_cast<const Derived&>(*this).target();
        if constexpr (TakesLease) return scripts::run_on_lease(std::move(target), std::move(text), where);
        else return operation<void, session::script_job>(std::move(target), session::script_job(std::move(text)));
    }

    auto execute_script(const runtime_sql& text, std::source_location where = std::source_location::current()) const {
        return execute_script(text.text(), where);
    }

protected:
    script_verbs() = default;
};

} // namespace pgcoro

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/impl/script_verbs.hpp>
#endif

// Finding out what became of a COMMIT whose answer was lost.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/query.hpp>
#include <pgcoro/session/control_job.hpp>
#include <pgcoro/session/exclusive_connection.hpp>
#include <pgcoro/types/text.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro::transactions {

/// What travels with BEGIN, so that the transaction can be recognised later: its id, its backend, and the history of the
/// server that it is part of. A promoted standby continues on another timeline and may lack the transaction.
inline constexpr char identify_transaction[]
    = "select pg_current_xact_id()::text, pg_backend_pid()::text,"
      " (select extract(epoch from backend_start)::text from pg_stat_activity where pid = pg_backend_pid()),"
      " (select system_identifier::text from pg_control_system()),"
      " left(pg_walfile_name(pg_current_wal_insert_lsn()), 8)";

struct transaction_identity {
    std::string transaction, backend, backend_start, system, timeline;
};

/// From the answer to `identify_transaction`; none if there was none.
std::optional<transaction_identity> identity_of(const std::vector<std::string>& answer);

enum class outcome { committed, rolled_back, in_doubt };

/// A connection for these questions, given back at the end.
class inquiry : public query_verbs<inquiry, session_sql> {
public:
    inquiry() = default;
    explicit inquiry(session::exclusive_connection_ptr held) noexcept : held_(std::move(held)) {}
    inquiry(inquiry&&) = default;
    inquiry& operator=(inquiry&&) = delete;
    ~inquiry() {
        if (held_) held_->release_later();
    }

private:
    friend class query_verbs<inquiry, session_sql>;
    session::target_ptr target() const noexcept { return held_; }

    session::exclusive_connection_ptr held_;
};

/// Ends the old backend, which may outlive its connection and may still commit; says which server this is, and what became
/// of the transaction once that backend is gone.
inline constexpr char what_became_of[]
    = "with old as (select pid from pg_stat_activity"
      " where pid = $1::text::int and extract(epoch from backend_start)::text = $2),"
      " ended as (select pg_terminate_backend(pid) from old)"
      " select (select system_identifier::text from pg_control_system()) || ' '"
      " || case when pg_is_in_recovery() then 'standby' else left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) end"
      " || ' ' || case when (select count(*) from ended) > 0 then 'running'"
      " else coalesce(pg_xact_status($3::text::xid8), 'forgotten') end";

/// Reads the answer to `what_became_of`; none while the old backend lives.
std::optional<outcome> outcome_of(std::string_view answer, const transaction_identity& of);

/// Asks over new connections until the outcome is known or the time is over. In doubt for good if another server, or
/// another history of the same, answers.
boost::asio::awaitable<outcome> resolve(session::exclusive_connection_ptr lost, transaction_identity of,
                                        std::chrono::milliseconds within);

} // namespace pgcoro::transactions

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/impl/commit_resolution.hpp>
#endif

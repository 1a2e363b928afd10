// How transactions run, and when they run again.
#pragma once

#include <pgcoro/core/error.hpp>
#include <pgcoro/core/sqlstate.hpp>

#include <algorithm>
#include <chrono>
#include <string>

namespace pgcoro {

/// Documentation: "Transaction Isolation". `server_default` leaves it to `default_transaction_isolation`.
enum class isolation_level { server_default, read_committed, repeatable_read, serializable };

/// `server_default` leaves it to `default_transaction_read_only`.
enum class access_mode { server_default, read_write, read_only };

/// How often a transaction is run when the server ends it with 40001 (serialization_failure) or 40P01
/// (deadlock_detected), and how long the pauses between are: the n-th is drawn from 0 to
/// `initial_pause` × 2ⁿ⁻¹, but no more than `longest_pause` (full jitter).
///
/// Each attempt is a transaction of its own, begun anew; what the callback does outside the database it does again.
struct retry_policy {
    unsigned attempts = 1;   ///< the first one included
    std::chrono::milliseconds initial_pause{10};
    std::chrono::milliseconds longest_pause{1000};

    static constexpr retry_policy serialization_failures(unsigned attempts) noexcept {
        retry_policy policy;
        policy.attempts = attempts;
        return policy;
    }

    /// Whether an attempt that ended with this error, the `attempt`-th, is followed by another.
    bool retries(const error& failure, unsigned attempt) const noexcept {
        return attempt < attempts
               && (failure.code() == sqlstate::serialization_failure || failure.code() == sqlstate::deadlock_detected);
    }

    /// The pause after the `attempt`-th attempt.
    /// @param chance in [0, 1)
    std::chrono::milliseconds pause(unsigned attempt, double chance) const noexcept {
        const auto longest = static_cast<double>(longest_pause.count());
        auto limit = static_cast<double>(initial_pause.count());
        for (unsigned i = 1; i < attempt && limit < longest; ++i) limit *= 2;
        return std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(std::min(limit, longest) * chance));
    }
};

/// What a transaction asks of the server (documentation: BEGIN, SET TRANSACTION), and of the client. Trivially
/// destructible, so that GCC 12 takes it within an expression with `co_await`.
struct transaction_options {
    isolation_level isolation = isolation_level::server_default;
    access_mode access = access_mode::server_default;
    bool deferrable = false;   ///< of use only with `serializable` and `read_only`
    retry_policy retry{};      ///< of `transaction(options, callback)`
    /// Finds out what became of a COMMIT whose answer was lost; else that is `errc::commit_in_doubt`. Costs a
    /// transaction id, also for a transaction that only reads, and is not possible on a standby.
    bool resolve_commit = false;
    /// How long that may take.
    std::chrono::milliseconds resolve_within{10'000};
};

/// The statement that begins such a transaction.
inline std::string begin_statement(const transaction_options& options) {
    std::string text = "begin";
    switch (options.isolation) {
    case isolation_level::server_default: break;
    case isolation_level::read_committed: text += " isolation level read committed"; break;
    case isolation_level::repeatable_read: text += " isolation level repeatable read"; break;
    case isolation_level::serializable: text += " isolation level serializable"; break;
    }
    switch (options.access) {
    case access_mode::server_default: break;
    case access_mode::read_write: text += " read write"; break;
    case access_mode::read_only: text += " read only"; break;
    }
    if (options.deferrable) text += " deferrable";
    return text;
}

} // namespace pgcoro

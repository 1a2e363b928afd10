// How the outcome of a COMMIT is found out.
#pragma once

#include <pgcoro/commit_resolution.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace pgcoro::transactions {

PGCORO_DECL std::optional<transaction_identity> identity_of(const std::vector<std::string>& answer) {
    if (answer.size() != 5) return std::nullopt;
    return transaction_identity{answer[0], answer[1], answer[2], answer[3], answer[4]};
}

PGCORO_DECL std::optional<outcome> outcome_of(std::string_view answer, const transaction_identity& of) {
    const auto same_history = of.system + ' ' + of.timeline + ' ';
    if (!answer.starts_with(same_history)) return outcome::in_doubt;
    answer.remove_prefix(same_history.size());
    if (answer == "committed") return outcome::committed;
    if (answer == "aborted") return outcome::rolled_back;
    if (answer == "running" || answer == "in progress") return std::nullopt;
    return outcome::in_doubt;
}

PGCORO_DECL boost::asio::awaitable<outcome> resolve(session::exclusive_connection_ptr lost, transaction_identity of,
                                                    std::chrono::milliseconds within) {
    using session::clock;
    using namespace std::chrono_literals;
    const auto deadline = clock::now() + within;
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    for (auto pause = 10ms; clock::now() < deadline; pause = std::min(2 * pause, 500ms)) {
        try {
            const auto [target, kind] = lost->another_connection();
            using job = session::control_job<inquiry>;
            auto asked = operation<inquiry, job>(target, job(kind)).timeout(deadline - clock::now());
            const inquiry on = co_await std::move(asked);
            const auto said = co_await on.query_one<std::string>(what_became_of, of.backend, of.backend_start,
                                                                 of.transaction);
            if (const auto known = outcome_of(said, of)) co_return *known;
        } catch (const error& unreachable) {
            if (unreachable.code() == errc::pool_closed) co_return outcome::in_doubt;
            if (unreachable.code() == errc::operation_cancelled)
                throw error(make_error_code(errc::operation_cancelled),
                            "cancelled while the outcome of the commit was being found out", "commit",
                            execution_state::unknown);
        }
        timer.expires_after(pause);
        co_await timer.async_wait(boost::asio::use_awaitable);
    }
    co_return outcome::in_doubt;
}

} // namespace pgcoro::transactions

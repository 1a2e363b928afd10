// Coroutines of transactions that are no templates.
#pragma once

#include <pgcoro/transaction.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <random>

namespace pgcoro::transactions {

PGCORO_DECL boost::asio::awaitable<void> commit_and_resolve(session::target_ptr of, session::clock::duration time_limit,
                                                            std::chrono::milliseconds within) {
    auto commit = operation<void, end_job>(of, end_job(session::request_kind::commit)).timeout(time_limit);
    const auto answer = co_await std::move(commit).as_result();
    if (answer.has_value()) co_return;
    const auto& scope = static_cast<const session::transaction_scope&>(*of);
    const auto identity = identity_of(scope.opening_answer());
    if (answer.error().code() != errc::commit_in_doubt || answer.error().execution() != execution_state::unknown
        || !identity)
        throw answer.error();
    switch (co_await resolve(scope.connection(), *identity, within)) {
    case outcome::committed: co_return;
    case outcome::rolled_back:
        throw error(make_error_code(errc::transaction_aborted),
                    "the connection was lost during COMMIT, and the server rolled the transaction back", "commit",
                    execution_state::rejected);
    case outcome::in_doubt: break;
    }
    throw answer.error();
}

PGCORO_DECL boost::asio::awaitable<void> pause(std::chrono::milliseconds length) {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, length);
    co_await timer.async_wait(boost::asio::use_awaitable);
}

PGCORO_DECL double chance() {
    static thread_local std::minstd_rand random{std::random_device{}()};
    return std::uniform_real_distribution<>(0.0, 1.0)(random);
}

} // namespace pgcoro::transactions

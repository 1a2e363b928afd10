// How a script runs on a pool.
#pragma once

#include <pgcoro/script_verbs.hpp>

namespace pgcoro::scripts {

PGCORO_DECL boost::asio::awaitable<void> run_on_lease(session::target_ptr pool, std::string text, std::source_location where) {
    using job = session::control_job<session::held_connection>;
    operation<session::held_connection, job> acquiring(std::move(pool), job(session::request_kind::connection, where));
    const auto held = co_await std::move(acquiring);
    operation<void, session::script_job> running(held.target(), session::script_job(std::move(text)));
    co_await std::move(running);
}

} // namespace pgcoro::scripts

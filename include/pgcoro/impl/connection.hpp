// How a connection that stands alone begins.
#pragma once

#include <pgcoro/connection.hpp>
#include <pgcoro/session/standalone.hpp>

#include <utility>

namespace pgcoro::connecting {

PGCORO_DECL session::target_ptr make(const boost::asio::any_io_executor& executor, connect_options where,
                                     const connection_options& options) {
    return session::target_ptr(
        new session::standalone(new session::runtime(executor, options.concurrency), std::move(where),
                                options.connect_timeout, options.statement_cache_capacity,
                                {options.statement_mode, options.pooler_mode, options.redact_server_messages}));
}

} // namespace pgcoro::connecting

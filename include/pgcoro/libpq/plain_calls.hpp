// What libpq offers outside of pipeline mode: scripts and COPY.
#pragma once

#include <pgcoro/libpq/connection.hpp>
#include <pgcoro/libpq/copy_direction.hpp>

#include <libpq-fe.h>

#include <cerrno>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace pgcoro::libpq {

/// What a result says about a COPY that began; `none` for `COPY BOTH`, which is replication.
inline copy_direction direction_of(const PGresult* result) noexcept {
    switch (PQresultStatus(result)) {
    case PGRES_COPY_IN: return copy_direction::in;
    case PGRES_COPY_OUT: return copy_direction::out;
    default: return copy_direction::none;
    }
}

/// Leaves pipeline mode. Precondition: nothing is in flight.
inline bool leave_pipeline(connection& on) noexcept { return PQexitPipelineMode(on.native()) == 1; }

/// Sends a text of any number of statements (documentation: "Simple Query").
inline bool send_script(connection& on, const char* sql) noexcept { return PQsendQuery(on.native(), sql) == 1; }

/// What became of data that was given to libpq.
enum class put_state {
    accepted,
    held,   ///< accepted, but the socket takes no more at the moment, so that libpq holds some
    full,   ///< not accepted, for the same reason
    failed
};

inline put_state put_state_of(int said) noexcept {
    return said == 1 ? put_state::accepted : said == 0 ? put_state::full : put_state::failed;
}

/// libpq sends what it has in multiples of 8 kB. Whether the socket took it, `errno` tells; behind TLS it may not.
/// Precondition: the data are no more than `INT_MAX` bytes.
inline put_state put_copy_data(connection& on, std::span<const std::byte> data) noexcept {
    errno = 0;
    const auto state = put_state_of(PQputCopyData(on.native(), reinterpret_cast<const char*>(data.data()),
                                                  static_cast<int>(data.size())));
    return state == put_state::accepted && (errno == EAGAIN || errno == EWOULDBLOCK) ? put_state::held : state;
}

/// Ends a COPY FROM STDIN.
/// @param reason null for success; else the COPY fails with it
inline put_state end_copy_in(connection& on, const char* reason) noexcept {
    return put_state_of(PQputCopyEnd(on.native(), reason));
}

/// What came of asking for the next row of a COPY TO STDOUT.
enum class copy_row { taken, not_yet, ended };

/// Appends the next row that has arrived to `into`. After `ended` a result says how.
inline copy_row take_copy_row(connection& on, std::vector<std::byte>& into) {
    struct freer {
        void operator()(char* row) const noexcept { PQfreemem(row); }
    };
    char* row = nullptr;
    const int length = PQgetCopyData(on.native(), &row, 1);
    if (length < 0) return copy_row::ended;
    if (length == 0) return copy_row::not_yet;
    const std::unique_ptr<char, freer> owned(row);
    const auto bytes = std::as_bytes(std::span(row, static_cast<std::size_t>(length)));
    into.insert(into.end(), bytes.begin(), bytes.end());
    return copy_row::taken;
}

} // namespace pgcoro::libpq

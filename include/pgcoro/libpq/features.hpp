// What the libpq that is compiled against can do.
#pragma once

#include <libpq-fe.h>

#if !defined(LIBPQ_HAS_PIPELINING)
#error "pgcoro needs libpq 14 or newer: install a newer libpq-dev"
#endif

namespace pgcoro::libpq {

/// libpq 17: a Sync can be queued without being flushed (`PQsendPipelineSync`).
#if defined(LIBPQ_HAS_SEND_PIPELINE_SYNC)
inline constexpr bool has_deferred_sync = true;
#else
inline constexpr bool has_deferred_sync = false;
#endif

/// libpq 17: cancel requests that do not block (`PQcancelStart`).
#if defined(LIBPQ_HAS_ASYNC_CANCEL)
inline constexpr bool has_asynchronous_cancel = true;
#else
inline constexpr bool has_asynchronous_cancel = false;
#endif

/// libpq 17: results in chunks of several rows (`PQsetChunkedRowsMode`).
#if defined(LIBPQ_HAS_CHUNK_MODE)
inline constexpr bool has_chunked_rows = true;
#else
inline constexpr bool has_chunked_rows = false;
#endif

} // namespace pgcoro::libpq

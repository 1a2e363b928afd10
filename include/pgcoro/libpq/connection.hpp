// Ownership of a PGconn and the calls that the session makes on it.
#pragma once

#include <pgcoro/core/oid.hpp>
#include <pgcoro/core/wire_format.hpp>
#include <pgcoro/libpq/decrypted_input.hpp>
#include <pgcoro/libpq/features.hpp>
#include <pgcoro/libpq/notification.hpp>
#include <pgcoro/libpq/result.hpp>

#include <cerrno>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro::libpq {

/// What a connection attempt waits for next (documentation: `PQconnectPoll`).
enum class connect_step { wait_readable, wait_writable, established, failed };

/// What is left after a flush.
enum class flush_state { done, pending, failed };

/// What reading has come to: `taken`, there may be more, for libpq reads no more at once than its buffer holds, 16 kB at
/// first; `drained`, nothing more has arrived, which TLS does not tell; `failed`, the connection is lost.
enum class input_state { taken, drained, failed };

/// Transaction status of a connection with nothing in flight (documentation: `PQtransactionStatus`).
enum class transaction_status { idle, active, in_transaction, failed, unknown };

/// A connection in non-blocking mode. Every call returns at once. Movable; not for concurrent use.
class connection {
public:
    connection() = default;

    /// Begins to connect (documentation: `PQconnectStartParams`). Names must have been resolved to `hostaddr`
    /// before: libpq would do it blocking.
    static connection start(const std::vector<std::pair<std::string, std::string>>& given) {
        std::vector<const char*> keywords, values;
        for (const auto& [keyword, value] : given) {
            keywords.push_back(keyword.c_str());
            values.push_back(value.c_str());
        }
        keywords.push_back(nullptr);
        values.push_back(nullptr);
        connection made;
        made.conn_.reset(PQconnectStartParams(keywords.data(), values.data(), 0));
        if (!made.conn_) throw std::bad_alloc();
        PQsetNoticeReceiver(made.conn_.get(), [](void*, const PGresult*) {}, nullptr);
        return made;
    }

    explicit operator bool() const noexcept { return conn_ != nullptr; }
    PGconn* native() const noexcept { return conn_.get(); }
    void close() noexcept { conn_.reset(); }

    // Connecting
    bool is_bad() const noexcept { return PQstatus(conn_.get()) == CONNECTION_BAD; }

    connect_step poll() noexcept {
        switch (PQconnectPoll(conn_.get())) {
        case PGRES_POLLING_READING: return connect_step::wait_readable;
        case PGRES_POLLING_WRITING: return connect_step::wait_writable;
        case PGRES_POLLING_OK: return connect_step::established;
        default: return connect_step::failed;
        }
    }

    /// Has messages of a failed attempt tell the SQLSTATE (documentation: `PQsetErrorVerbosity`).
    void report_sqlstates() noexcept { PQsetErrorVerbosity(conn_.get(), PQERRORS_VERBOSE); }

    // State
    int socket() const noexcept { return PQsocket(conn_.get()); }
    int server_version() const noexcept { return PQserverVersion(conn_.get()); }
    int backend_pid() const noexcept { return PQbackendPID(conn_.get()); }
    const char* parameter_status(const char* name) const noexcept { return PQparameterStatus(conn_.get(), name); }

    /// The last error's message in one line.
    std::string error_message() const {
        std::string message = PQerrorMessage(conn_.get());
        while (!message.empty() && message.back() == '\n') message.pop_back();
        return message;
    }

    transaction_status transaction() const noexcept {
        switch (PQtransactionStatus(conn_.get())) {
        case PQTRANS_IDLE: return transaction_status::idle;
        case PQTRANS_ACTIVE: return transaction_status::active;
        case PQTRANS_INTRANS: return transaction_status::in_transaction;
        case PQTRANS_INERROR: return transaction_status::failed;
        default: return transaction_status::unknown;
        }
    }

    /// Sends notices to a function of this signature instead of stderr.
    void set_notice_receiver(void (*receiver)(void*, const PGresult*), void* context) noexcept {
        PQsetNoticeReceiver(conn_.get(), receiver, context);
    }

    /// Non-blocking pipeline mode, for the rest of the connection's life (documentation: "Pipeline Mode").
    bool enter_pipeline() noexcept {
        return PQsetnonblocking(conn_.get(), 1) == 0 && PQenterPipelineMode(conn_.get()) == 1;
    }

    // Sending: false means that the connection is unusable or memory ran out; error_message() says which.
    bool send_prepare(const char* name, const char* sql, std::span<const oid> parameters) noexcept {
        return sending([&] {
            return PQsendPrepare(conn_.get(), name, sql, static_cast<int>(parameters.size()), parameters.data());
        }) == 1;
    }

    bool send_describe(const char* name) noexcept {
        return sending([&] { return PQsendDescribePrepared(conn_.get(), name); }) == 1;
    }

    /// Executes a prepared statement and asks for its rows in a format. The arrays have `count` elements.
    bool send_execute(const char* name, int count, const char* const* values, const int* lengths,
                      const int* formats, wire_format rows) noexcept {
        return sending([&] {
            return PQsendQueryPrepared(conn_.get(), name, count, values, lengths, formats, static_cast<int>(rows));
        }) == 1;
    }

    /// An unnamed statement without parameters.
    bool send_command(const char* sql) noexcept {
        return sending([&] { return PQsendQueryParams(conn_.get(), sql, 0, nullptr, nullptr, nullptr, nullptr, 1); }) == 1;
    }

    /// One or more statements by the simple protocol, outside pipeline mode; rows come as text.
    bool send_simple(const char* sql) noexcept { return PQsendQuery(conn_.get(), sql) == 1; }

    /// Ends what was sent with a Sync. libpq before 17 flushes as well.
    bool send_sync() noexcept {
#if defined(LIBPQ_HAS_SEND_PIPELINE_SYNC)
        return sending([&] { return PQsendPipelineSync(conn_.get()); }) == 1;
#else
        return sending([&] { return PQpipelineSync(conn_.get()); }) == 1;
#endif
    }

    /// Asks the server to send the answers that it has, without ending the transaction as a Sync would.
    bool send_flush_request() noexcept { return PQsendFlushRequest(conn_.get()) == 1; }

    flush_state flush() noexcept {
        switch (sending([&] { return PQflush(conn_.get()); })) {
        case 0: return flush_state::done;
        case 1: return flush_state::pending;
        default: return flush_state::failed;
        }
    }

    /// Whether what was sent since the last call may have met a peer that had left. libpq keeps that to itself until it
    /// reads; `errno` tells. Over a Unix socket no event would.
    bool take_send_doubt() noexcept { return std::exchange(send_in_doubt_, false); }

    /// Whether something could not be sent because the peer had left. What it had said by then has been read or can be read;
    /// with the next attempt to send, libpq drops what it expects answers to.
    bool peer_has_left() const noexcept { return peer_has_left_; }

    /// Has the statement whose results come next yield its rows in parts of at most `rows` (libpq 17; one by one before).
    /// Documentation: "Retrieving Query Results in Chunks".
    bool receive_in_parts([[maybe_unused]] int rows) noexcept {
#if defined(LIBPQ_HAS_CHUNK_MODE)
        return PQsetChunkedRowsMode(conn_.get(), rows) == 1;
#else
        return PQsetSingleRowMode(conn_.get()) == 1;
#endif
    }

    // Receiving
    /// Documentation: `PQconsumeInput`. Reading is the last that it does, and sets `errno`.
    input_state consume_input() noexcept {
        do {
            errno = 0;
            if (PQconsumeInput(conn_.get()) != 1) return input_state::failed;
            if (errno == EAGAIN || errno == EWOULDBLOCK) return input_state::drained;
        } while (has_decrypted_input(conn_.get()));
        return input_state::taken;
    }
    bool uses_tls() const noexcept { return PQsslInUse(conn_.get()) == 1; }
    bool is_busy() const noexcept { return PQisBusy(conn_.get()) == 1; }
    result_ptr next_result() noexcept { return result_ptr(PQgetResult(conn_.get())); }

    /// The next notification that has arrived; never waits.
    arrived_notification next_notification() noexcept { return arrived_notification(PQnotifies(conn_.get())); }

    /// Drops notifications that arrived for a LISTEN that nobody reads.
    void discard_notifications() noexcept {
        while (PGnotify* const notification = PQnotifies(conn_.get())) PQfreemem(notification);
    }

private:
    struct deleter {
        void operator()(PGconn* conn) const noexcept { PQfinish(conn); }
    };

    /// What libpq says of something that may send.
    template <class Call>
    int sending(Call call) noexcept {
        errno = 0;
        const int said = call();
        if (errno != 0) [[unlikely]] {
            send_in_doubt_ = true;
            if (errno == EPIPE || errno == ECONNRESET) peer_has_left_ = true;
        }
        return said;
    }

    std::unique_ptr<PGconn, deleter> conn_;
    bool send_in_doubt_ = false;
    bool peer_has_left_ = false;
};

} // namespace pgcoro::libpq

// Many statements in one pipeline with one Sync, with nothing but libpq.
#pragma once

#include <libpq-fe.h>

#include <arpa/inet.h>
#include <cstdint>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>

#include "../meter.hpp"

namespace benchmark::raw {

/// A connection in pipeline mode that waits for its answers, as most programs use libpq.
class batch_connection {
public:
    batch_connection(const std::string& dsn, const char* sql) : conn_(PQconnectdb(dsn.c_str())) {
        if (PQstatus(conn_.get()) != CONNECTION_OK) fail("connecting");
        const result prepared(PQprepare(conn_.get(), statement, sql, 0, nullptr));
        if (PQresultStatus(prepared.get()) != PGRES_COMMAND_OK) fail("preparing");
        if (PQenterPipelineMode(conn_.get()) != 1) fail("pipeline mode");
    }

    /// @param first,second the second of which may not be wanted
    void send(int count, int first, int second = 0) {
        const std::uint32_t bytes[] = {htonl(static_cast<std::uint32_t>(first)), htonl(static_cast<std::uint32_t>(second))};
        const char* const values[] = {reinterpret_cast<const char*>(&bytes[0]), reinterpret_cast<const char*>(&bytes[1])};
        constexpr int lengths[] = {4, 4}, formats[] = {1, 1};
        if (PQsendQueryPrepared(conn_.get(), statement, count, values, lengths, formats, 1) != 1) fail("sending");
    }

    void sync() {
        if (PQpipelineSync(conn_.get()) != 1) fail("sending");
    }

    /// Calls `take(result)` for each answer up to the Sync.
    template <class Take>
    void answers(Take&& take) {
        for (;;) {
            const result next(PQgetResult(conn_.get()));
            if (!next) continue; // between two statements
            if (PQresultStatus(next.get()) == PGRES_PIPELINE_SYNC) return;
            take(*next);
        }
    }

private:
    struct deleter {
        void operator()(PGconn* conn) const noexcept { PQfinish(conn); }
        void operator()(PGresult* of) const noexcept { PQclear(of); }
    };
    using result = std::unique_ptr<PGresult, deleter>;

    static constexpr const char* statement = "batched";

    [[noreturn]] void fail(const char* what) {
        throw std::runtime_error(std::string(what) + ": " + PQerrorMessage(conn_.get()));
    }

    std::unique_ptr<PGconn, deleter> conn_;
};

inline void run_inserts(const std::string& dsn, meter& measured) {
    id_sequence ids;
    batch_connection only(dsn, insert_world);
    measured.begin();
    while (measured.running()) {
        const auto rows = worlds_to_insert(ids);
        for (const auto& row : rows) only.send(2, row.id, row.randomnumber);
        only.sync();
        std::uint64_t inserted = 0;
        only.answers([&](PGresult& answer) { inserted += std::strtoull(PQcmdTuples(&answer), nullptr, 10); });
        measured.count_inserts(inserted);
    }
}

/// W3-batch, W8, and a batch of fewer selects at a distance, for which each is not an operation of its own.
inline void run_selects(int together, bool count_each, const std::string& dsn, meter& measured) {
    const auto integer = [](const PGresult& from, int column) {
        std::uint32_t bytes;
        std::memcpy(&bytes, PQgetvalue(&from, 0, column), sizeof bytes);
        return static_cast<int>(ntohl(bytes));
    };
    id_sequence ids;
    batch_connection only(dsn, select_world);
    measured.begin();
    while (measured.running()) {
        for (int i = 0; i < together; ++i) only.send(1, ids.next());
        only.sync();
        int answers = 0;
        only.answers([&](PGresult& answer) {
            if (PQresultStatus(&answer) != PGRES_TUPLES_OK || PQntuples(&answer) != 1) throw std::runtime_error("reading");
            ++answers;
            if (count_each) measured.count({integer(answer, 0), integer(answer, 1)});
        });
        if (!count_each) measured.count_long_answer(answers == together);
    }
}

} // namespace benchmark::raw

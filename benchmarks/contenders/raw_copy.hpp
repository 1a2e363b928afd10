// COPY with nothing but libpq: rows are encoded by hand into blocks, which go to PQputCopyData.
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <cstring>
#include <endian.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "../meter.hpp"

namespace benchmark::raw {

/// Rows in COPY's binary format (documentation: COPY), which go to libpq when a block of them is full.
class copy_block {
public:
    explicit copy_block(PGconn* to) : to_(to), bytes_(size + room_for_a_row) {}

    void begin() {
        put("PGCOPY\n\377\r\n\0", 11);
        put32(0);
        put32(0);
    }

    /// Returns whether a block was full.
    bool add(const copied& row) {
        put16(4);
        put_number(static_cast<std::uint64_t>(row.id));
        put_text(row.a);
        put_real(row.b);
        put_time(row.ts);
        return send_if_full();
    }

    bool add(const wide_row& row) {
        put16(7);
        put32(4);
        put32(static_cast<std::uint32_t>(row.a));
        put_number(static_cast<std::uint64_t>(row.b));
        put_real(row.c);
        put32(1);
        put_as(row.d);
        put_text(row.e);
        put_text(row.f);
        put_time(row.g);
        return send_if_full();
    }

    void end() {
        put16(0xffff);
        send();
    }

private:
    static constexpr std::size_t size = 1 << 16, room_for_a_row = 1 << 10;

    void put_number(std::uint64_t value) {
        put32(8);
        put64(value);
    }
    void put_real(double value) {
        std::uint64_t bits;
        std::memcpy(&bits, &value, sizeof bits);
        put_number(bits);
    }
    void put_text(const std::string& text) {
        put32(static_cast<std::uint32_t>(text.size()));
        put(text.data(), text.size());
    }
    void put_time(std::chrono::sys_time<std::chrono::microseconds> at) {
        constexpr std::int64_t epoch = 946'684'800'000'000; // the server counts from 2000
        put_number(static_cast<std::uint64_t>(at.time_since_epoch().count() - epoch));
    }

    bool send_if_full() {
        if (used_ < size) return false;
        send();
        return true;
    }

    void put(const char* bytes, std::size_t count) {
        std::memcpy(bytes_.data() + used_, bytes, count);
        used_ += count;
    }
    void put16(std::uint16_t value) { put_as(htobe16(value)); }
    void put32(std::uint32_t value) { put_as(htobe32(value)); }
    void put64(std::uint64_t value) { put_as(htobe64(value)); }
    template <class T>
    void put_as(T value) {
        put(reinterpret_cast<const char*>(&value), sizeof value);
    }

    void send() {
        if (PQputCopyData(to_, bytes_.data(), static_cast<int>(used_)) != 1)
            throw std::runtime_error(std::string("copying: ") + PQerrorMessage(to_));
        used_ = 0;
    }

    PGconn* to_;
    std::vector<char> bytes_;
    std::size_t used_ = 0;
};

/// One COPY after another on one connection, blocking, as most programs use libpq.
///
/// @param empty whether the table is emptied before each
inline void run_copies(const std::vector<copied>& rows, bool empty, const std::string& dsn, meter& measured) {
    const std::unique_ptr<PGconn, decltype(&PQfinish)> conn(PQconnectdb(dsn.c_str()), &PQfinish);
    const auto expect = [&](PGresult* result, ExecStatusType status) {
        const std::unique_ptr<PGresult, decltype(&PQclear)> owned(result, &PQclear);
        if (PQresultStatus(result) != status) throw std::runtime_error(PQerrorMessage(conn.get()));
        return std::strtoull(PQcmdTuples(result), nullptr, 10);
    };
    copy_block block(conn.get());
    measured.begin();
    while (measured.running()) {
        if (empty) expect(PQexec(conn.get(), "truncate copytest"), PGRES_COMMAND_OK);
        expect(PQexec(conn.get(), "copy copytest(id, a, b, ts) from stdin (format binary)"), PGRES_COPY_IN);
        block.begin();
        for (const auto& row : rows) block.add(row);
        block.end();
        if (PQputCopyEnd(conn.get(), nullptr) != 1) throw std::runtime_error(PQerrorMessage(conn.get()));
        measured.count_long_answer(expect(PQgetResult(conn.get()), PGRES_COMMAND_OK) == rows.size());
        if (PQgetResult(conn.get()) != nullptr) throw std::runtime_error("more than one result");
    }
}

} // namespace benchmark::raw

// MagicStack's queries with nothing but libpq: ten connections in one loop. M1 is in raw_rows.hpp.
#pragma once

#include <libpq-fe.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <sys/epoll.h>
#include <unistd.h>
#include <vector>

#include "raw_batches.hpp"
#include "raw_copy.hpp"
#include "raw_rows.hpp"

namespace benchmark::raw {

/// Elements of a one-dimensional int4[] (array_send): dimensions, flags, type, length, lower bound, then each
/// with its size.
inline void read_array(const char* bytes, std::vector<int>& elements) {
    constexpr int length_at = 12, elements_at = 20, element_size = 8;
    elements.resize(load_number(bytes + length_at, 4));
    const char* at = bytes + elements_at + 4;
    for (auto& each : elements) {
        each = static_cast<int>(load_number(at, 4));
        at += element_size;
    }
}

/// The same statement on all connections: `right(result)` reads its rows.
template <class Send, class Right>
void run_on_all(int connections, const std::string& dsn, const char* sql, meter& measured, Send&& send,
                Right&& right) {
    event_loop loop(connections, dsn, sql);
    run_one_in_flight_each(loop, measured, send, [&](connection& on) {
        return on.take_results([&](const PGresult& answer) { measured.count_answer(right(answer)); });
    });
}

/// M2.
inline void run_series(int connections, const std::string& dsn, meter& measured) {
    std::vector<int> numbers;
    run_on_all(
        connections, dsn, select_series, measured, [](connection& on) { on.send(series_length); },
        [&](const PGresult& answer) {
            numbers.resize(static_cast<std::size_t>(PQntuples(&answer)));
            for (int row = 0; auto& each : numbers) each = number_at<int>(answer, row++, 0);
            return numbers.size() == series_length && numbers.back() == series_length;
        });
}

/// M3.
inline void run_blobs(int connections, const std::string& dsn, meter& measured) {
    run_on_all(
        connections, dsn, select_blobs, measured, [](connection& on) { on.send(); },
        [](const PGresult& answer) {
            std::size_t bytes = 0;
            for (int row = 0; row < PQntuples(&answer); ++row) bytes += text_at(answer, row, 0).size();
            return bytes == blob_rows * blob_size;
        });
}

/// M4.
inline void run_arrays(int connections, const std::string& dsn, meter& measured) {
    std::vector<std::vector<int>> arrays;
    run_on_all(
        connections, dsn, select_arrays, measured, [](connection& on) { on.send(); },
        [&](const PGresult& answer) {
            arrays.resize(static_cast<std::size_t>(PQntuples(&answer)));
            for (int row = 0; auto& each : arrays) read_array(PQgetvalue(&answer, row++, 0), each);
            return arrays.size() == array_rows && arrays.back().size() == array_length
                   && arrays.back().back() == static_cast<int>(array_length);
        });
}

/// M7.
inline void run_sum(int connections, const std::string& dsn, meter& measured) {
    run_on_all(
        connections, dsn, select_sum, measured, [](connection& on) { on.send(); },
        [](const PGresult& answer) { return number_at<int>(answer, 0, 0) == 2; });
}

/// A connection that copies the same rows again and again, as far as it gets without waiting.
class copying_connection {
public:
    copying_connection(const std::string& dsn, const std::vector<wide_row>& rows)
        : conn_(PQconnectdb(dsn.c_str()), &PQfinish), block_(conn_.get()), rows_(rows) {
        require(PQstatus(conn_.get()) == CONNECTION_OK && PQsetnonblocking(conn_.get(), 1) == 0);
    }

    int socket() const { return PQsocket(conn_.get()); }

    void begin() {
        require(PQsendQuery(conn_.get(), "copy copied_wide from stdin (format binary)") == 1);
        wants_to_write_ = flush_is_incomplete();
    }

    /// Whether to be told when the socket takes more.
    bool wants_to_write() const noexcept { return wants_to_write_; }

    /// Does what is possible now. True: a COPY is over, and is counted.
    bool proceed(meter& measured) {
        require(PQconsumeInput(conn_.get()) == 1);
        if (copying_) {
            send_rows();
            if (copying_) return false; // libpq would say again that a COPY is on
        } else {
            wants_to_write_ = wants_to_write_ && flush_is_incomplete();
        }
        while (PQisBusy(conn_.get()) == 0) {
            const std::unique_ptr<PGresult, decltype(&PQclear)> next(PQgetResult(conn_.get()), &PQclear);
            if (!next) return true;
            switch (PQresultStatus(next.get())) {
            case PGRES_COPY_IN:
                copying_ = true;
                sent_ = 0;
                block_.begin();
                send_rows();
                return false;
            case PGRES_COMMAND_OK:
                measured.count_long_answer(std::strtoull(PQcmdTuples(next.get()), nullptr, 10) == wide_rows);
                break;
            default:
                require(false);
            }
        }
        return false;
    }

private:
    void send_rows() {
        for (;;) {
            wants_to_write_ = flush_is_incomplete();
            if (wants_to_write_ || !copying_) return;
            while (sent_ < rows_.size() && !block_.add(rows_[sent_++])) {
            }
            if (sent_ < rows_.size()) continue;
            block_.end();
            require(PQputCopyEnd(conn_.get(), nullptr) == 1);
            copying_ = false;
        }
    }

    bool flush_is_incomplete() {
        const int left = PQflush(conn_.get());
        require(left >= 0);
        return left == 1;
    }

    void require(bool succeeded) {
        if (!succeeded) throw std::runtime_error(std::string("copying: ") + PQerrorMessage(conn_.get()));
    }

    std::unique_ptr<PGconn, decltype(&PQfinish)> conn_;
    copy_block block_;
    const std::vector<wide_row>& rows_;
    std::size_t sent_ = 0;
    bool copying_ = false, wants_to_write_ = false;
};

/// M5.
inline void run_wide_copies(int connections, const std::string& dsn, meter& measured) {
    const auto rows = wide_rows_to_copy();
    std::vector<std::unique_ptr<copying_connection>> all;
    const int queue = epoll_create1(EPOLL_CLOEXEC);
    std::vector<bool> writes(static_cast<std::size_t>(connections), false);
    const auto watch = [&](std::size_t i, int operation) {
        epoll_event event{all[i]->wants_to_write() ? EPOLLIN | EPOLLOUT : EPOLLIN,
                          {.u32 = static_cast<std::uint32_t>(i)}};
        if (epoll_ctl(queue, operation, all[i]->socket(), &event) != 0) throw std::runtime_error("epoll_ctl");
        writes[i] = all[i]->wants_to_write();
    };
    for (std::size_t i = 0; i < writes.size(); ++i) {
        all.push_back(std::make_unique<copying_connection>(dsn, rows));
        watch(i, EPOLL_CTL_ADD);
    }
    measured.begin();
    for (auto& each : all) each->begin();
    while (measured.running()) {
        epoll_event events[64];
        const int count = epoll_wait(queue, events, 64, -1);
        for (int n = 0; n < count; ++n) {
            const std::size_t i = events[n].data.u32;
            if (all[i]->proceed(measured)) all[i]->begin();
            if (all[i]->wants_to_write() != writes[i]) watch(i, EPOLL_CTL_MOD);
        }
    }
    close(queue);
}

/// M6: a batch in flight on each connection. Sending waits where the socket is full; answers come by the
/// loop.
inline void run_batches_on_all(int connections, const std::string& dsn, meter& measured) {
    id_sequence ids;
    event_loop loop(connections, dsn, insert_world);
    std::vector<std::uint64_t> inserted(loop.size());
    const auto ask = [&](std::size_t i) {
        inserted[i] = 0;
        for (const auto& row : worlds_to_insert(ids)) loop[i].send(row.id, row.randomnumber);
        loop[i].send_sync();
        loop[i].flush();
    };
    for (std::size_t i = 0; i < loop.size(); ++i) loop[i].enter_pipeline_mode();
    measured.begin();
    for (std::size_t i = 0; i < loop.size(); ++i) ask(i);
    while (measured.running())
        loop.turn([&](std::size_t i) {
            loop[i].consume_input();
            const bool over = loop[i].take_batch([&](const PGresult& answer) {
                inserted[i] += std::strtoull(PQcmdTuples(const_cast<PGresult*>(&answer)), nullptr, 10);
            });
            if (!over) return;
            measured.count_inserts(inserted[i]);
            ask(i);
        });
}

} // namespace benchmark::raw

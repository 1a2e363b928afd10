// What the contenders that use nothing but libpq have in common.
#pragma once

#include <libpq-fe.h>

#include <arpa/inet.h>
#include <cstring>
#include <memory>
#include <poll.h>
#include <span>
#include <stdexcept>
#include <string>
#include <sys/epoll.h>
#include <unistd.h>
#include <vector>

#include "../meter.hpp"

namespace benchmark::raw {

/// A connection on which a workload's statement is prepared.
class connection {
public:
    explicit connection(const std::string& dsn, const char* sql = select_world) : conn_(PQconnectdb(dsn.c_str())) {
        if (PQstatus(conn_.get()) != CONNECTION_OK) fail("connecting");
        const result prepared(PQprepare(conn_.get(), statement, sql, 0, nullptr));
        if (PQresultStatus(prepared.get()) != PGRES_COMMAND_OK) fail("preparing");
    }

    /// For event loops.
    void enter_non_blocking_mode() { require(PQsetnonblocking(conn_.get(), 1) == 0, "non-blocking mode"); }
    void enter_pipeline_mode() { require(PQenterPipelineMode(conn_.get()) == 1, "pipeline mode"); }
    int socket() const { return PQsocket(conn_.get()); }

    /// Asks and waits for the answer.
    world query(int id) {
        const parameter p(id);
        const result answer(
            PQexecPrepared(conn_.get(), statement, 1, &p.value, &p.length, &p.format, binary));
        return read(answer.get());
    }

    /// Asks without arguments, waits, and calls `take(result)`.
    template <class Take>
    void query_rows(Take&& take) {
        const result answer(PQexecPrepared(conn_.get(), statement, 0, nullptr, nullptr, nullptr, binary));
        require(PQresultStatus(answer.get()) == PGRES_TUPLES_OK, "reading");
        take(*answer);
    }

    /// Likewise with integers in network byte order.
    template <class Take>
    void query_with(std::span<const std::uint32_t> integers, Take&& take) {
        values_.clear();
        for (const auto& each : integers) values_.push_back(reinterpret_cast<const char*>(&each));
        lengths_.resize(integers.size(), 4);
        formats_.resize(integers.size(), binary);
        const result answer(PQexecPrepared(conn_.get(), statement, static_cast<int>(integers.size()), values_.data(),
                                           lengths_.data(), formats_.data(), binary));
        require(PQresultStatus(answer.get()) == PGRES_TUPLES_OK || PQresultStatus(answer.get()) == PGRES_COMMAND_OK, "reading");
        take(*answer);
    }

    void send(int id) {
        const parameter p(id);
        require(PQsendQueryPrepared(conn_.get(), statement, 1, &p.value, &p.length, &p.format, binary) == 1,
                "sending");
    }

    /// Asks without arguments.
    void send() {
        require(PQsendQueryPrepared(conn_.get(), statement, 0, nullptr, nullptr, nullptr, binary) == 1, "sending");
    }

    /// Asks with an integer and a bool.
    void send(int number, bool flag) {
        const parameter p(number);
        const char byte = flag ? 1 : 0;
        const char* const values[] = {p.value, &byte};
        constexpr int lengths[] = {4, 1}, formats[] = {binary, binary};
        require(PQsendQueryPrepared(conn_.get(), statement, 2, values, lengths, formats, binary) == 1, "sending");
    }

    /// Asks with two integers.
    void send(int first, int second) {
        const parameter one(first), two(second);
        const char* const values[] = {one.value, two.value};
        constexpr int lengths[] = {4, 4}, formats[] = {binary, binary};
        require(PQsendQueryPrepared(conn_.get(), statement, 2, values, lengths, formats, binary) == 1, "sending");
    }

    /// Ends a statement of a pipeline, so that its failure would touch no other.
    void send_sync() {
#if defined(LIBPQ_HAS_SEND_PIPELINE_SYNC)
        require(PQsendPipelineSync(conn_.get()) == 1, "sending");
#else
        require(PQpipelineSync(conn_.get()) == 1, "sending"); // flushes as well
#endif
    }

    void flush() {
        int left;
        while ((left = PQflush(conn_.get())) == 1) {
            pollfd ready{socket(), POLLIN | POLLOUT, 0};
            poll(&ready, 1, -1);
            if ((ready.revents & POLLIN) != 0) consume_input();
        }
        require(left == 0, "flushing");
    }

    void consume_input() { require(PQconsumeInput(conn_.get()) == 1, "receiving"); }

    /// Calls `take(result)` with what has arrived for statements outside of a pipeline. True: the statement is over.
    template <class Take>
    bool take_results(Take&& take) {
        while (PQisBusy(conn_.get()) == 0) {
            const result next(PQgetResult(conn_.get()));
            if (!next) return true;
            take(*next);
        }
        return false;
    }

    /// Calls `take(result)` with what has arrived for a pipeline up to its Sync. True: it has been met.
    template <class Take>
    bool take_batch(Take&& take) {
        while (PQisBusy(conn_.get()) == 0) {
            const result next(PQgetResult(conn_.get()));
            if (!next) continue; // between two statements
            if (PQresultStatus(next.get()) == PGRES_PIPELINE_SYNC) return true;
            take(*next);
        }
        return false;
    }

    /// Counts the rows of table world among them.
    bool take_answer(meter& measured) {
        return take_results([&](const PGresult& answer) { measured.count(read(&answer)); });
    }

    /// Counts what has arrived for the statements of a pipeline, of which `in_flight` have not met their Sync
    /// yet. Returns how many have now.
    int take_pipelined_answers(meter& measured, int in_flight) {
        int met = 0;
        while (met < in_flight && PQisBusy(conn_.get()) == 0) {
            const result next(PQgetResult(conn_.get()));
            if (!next) continue; // between a statement and its Sync
            if (PQresultStatus(next.get()) == PGRES_PIPELINE_SYNC)
                ++met;
            else
                measured.count(read(next.get()));
        }
        return met;
    }

private:
    struct deleter {
        void operator()(PGconn* conn) const noexcept { PQfinish(conn); }
        void operator()(PGresult* result) const noexcept { PQclear(result); }
    };
    using result = std::unique_ptr<PGresult, deleter>;

    static constexpr const char* statement = "world";
    static constexpr int binary = 1;

    struct parameter {
        explicit parameter(int id) : bytes(htonl(static_cast<std::uint32_t>(id))) {}
        parameter(const parameter&) = delete;

        std::uint32_t bytes;
        const char* value = reinterpret_cast<const char*>(&bytes);
        int length = 4;
        int format = binary;
    };

    static int integer(const PGresult* from, int column) {
        std::uint32_t bytes;
        std::memcpy(&bytes, PQgetvalue(from, 0, column), sizeof bytes);
        return static_cast<int>(ntohl(bytes));
    }

    world read(const PGresult* from) {
        require(PQresultStatus(from) == PGRES_TUPLES_OK && PQntuples(from) == 1, "reading");
        return {integer(from, 0), integer(from, 1)};
    }

    void require(bool succeeded, const char* what) {
        if (!succeeded) fail(what);
    }

    [[noreturn]] void fail(const char* what) {
        throw std::runtime_error(std::string(what) + ": " + PQerrorMessage(conn_.get()));
    }

    std::unique_ptr<PGconn, deleter> conn_;
    std::vector<const char*> values_; ///< kept for the next statement, as are the others
    std::vector<int> lengths_, formats_;
};

/// Connections, and the loop that waits for them.
class event_loop {
public:
    event_loop(int connections, const std::string& dsn, const char* sql = select_world) : queue_(epoll_create1(EPOLL_CLOEXEC)) {
        for (int i = 0; i < connections; ++i) {
            auto& made = *connections_.emplace_back(std::make_unique<connection>(dsn, sql));
            made.enter_non_blocking_mode();
            epoll_event event{EPOLLIN, {.u32 = static_cast<std::uint32_t>(i)}};
            if (epoll_ctl(queue_, EPOLL_CTL_ADD, made.socket(), &event) != 0)
                throw std::runtime_error("epoll_ctl");
        }
    }
    event_loop(const event_loop&) = delete;
    ~event_loop() { close(queue_); }

    std::size_t size() const noexcept { return connections_.size(); }
    connection& operator[](std::size_t index) { return *connections_[index]; }

    /// Waits once and calls `on_readable(index)` for each connection with input.
    template <class OnReadable>
    void turn(OnReadable&& on_readable) {
        epoll_event events[64];
        const int count = epoll_wait(queue_, events, 64, -1);
        for (int i = 0; i < count; ++i) on_readable(std::size_t{events[i].data.u32});
    }

private:
    int queue_;
    std::vector<std::unique_ptr<connection>> connections_;
};

/// One connection, one statement at a time, as most programs use libpq.
inline void run_blocking(const std::string& dsn, meter& measured) {
    id_sequence ids;
    connection only(dsn);
    measured.begin();
    while (measured.running()) measured.count(only.query(ids.next()));
}

/// One statement in flight on each connection of a loop.
///
/// @param send `send(connection&)`: the next statement
/// @param take `take(connection&)`: reads and counts what has arrived; true: the statement is over
template <class Send, class Take>
void run_one_in_flight_each(event_loop& loop, meter& measured, Send&& send, Take&& take) {
    const auto ask = [&](std::size_t i) {
        send(loop[i]);
        loop[i].flush();
    };
    measured.begin();
    for (std::size_t i = 0; i < loop.size(); ++i) ask(i);
    while (measured.running())
        loop.turn([&](std::size_t i) {
            loop[i].consume_input();
            if (take(loop[i])) ask(i);
        });
}

/// W2, with as many connections.
inline void run_pooled(int connections, const std::string& dsn, meter& measured) {
    id_sequence ids;
    event_loop loop(connections, dsn);
    run_one_in_flight_each(
        loop, measured, [&](connection& on) { on.send(ids.next()); },
        [&](connection& on) { return on.take_answer(measured); });
}

/// Several statements in flight on each connection, a Sync each. What a turn has answered is asked for anew
/// at its end.
inline void run_pipelined(int connections, int depth, const std::string& dsn, meter& measured) {
    id_sequence ids;
    event_loop loop(connections, dsn);
    const auto ask = [&](std::size_t i, int count) {
        for (int n = 0; n < count; ++n) {
            loop[i].send(ids.next());
            loop[i].send_sync();
        }
        loop[i].flush();
    };
    for (std::size_t i = 0; i < loop.size(); ++i) loop[i].enter_pipeline_mode();
    measured.begin();
    for (std::size_t i = 0; i < loop.size(); ++i) ask(i, depth);
    while (measured.running())
        loop.turn([&](std::size_t i) {
            loop[i].consume_input();
            ask(i, loop[i].take_pipelined_answers(measured, depth));
        });
}

} // namespace benchmark::raw

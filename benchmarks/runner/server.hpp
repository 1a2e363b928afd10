// The throwaway server with the tables of the workloads.
#pragma once

#include <pgcoro/testing/ephemeral_server.hpp>

#include <libpq-fe.h>

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

#include "../workloads.hpp"

namespace benchmark {

class server {
public:
    server() : running_({.settings = {{"max_connections", "300"}, {"autovacuum", "off"}}}) {
        const auto conn = connect();
        const auto rows = std::to_string(world_rows);
        execute(*conn, "create table world (id int primary key, randomnumber int not null)");
        execute(*conn, "insert into world select i, 1 + (i * 7919) % " + rows + " from generate_series(1, "
                           + rows + ") i");
        execute(*conn, "create unlogged table copytest (id int8, a text, b float8, ts timestamptz)");
        execute(*conn, "create unlogged table inserted (id int, randomnumber int)");
        execute(*conn, create_copied_wide);
        execute(*conn, "create table blobs (b bytea)");
        execute(*conn, "insert into blobs select convert_to(repeat('b', " + std::to_string(blob_size)
                           + "), 'UTF8') from generate_series(1, " + std::to_string(blob_rows) + ")");
        execute(*conn, "create table int_arrays (a int[])");
        execute(*conn, "insert into int_arrays select array(select generate_series(1, " + std::to_string(array_length)
                           + ")) from generate_series(1, " + std::to_string(array_rows) + ")");
        execute(*conn, "vacuum analyze");
        execute(*conn, "checkpoint");
        version_ = PQparameterStatus(conn.get(), "server_version");
    }

    /// Empties the tables that workloads fill, so that no contender meets what another one left.
    void reset() {
        execute(*connect(), "truncate copytest, copied_wide, inserted");
    }

    std::string dsn() const { return running_.connection_string(); }
    std::filesystem::path socket_file() const {
        return running_.socket_directory() / (".s.PGSQL." + std::to_string(running_.port()));
    }
    const std::string& version() const noexcept { return version_; }

private:
    struct closer {
        void operator()(PGconn* conn) const noexcept { PQfinish(conn); }
    };

    std::unique_ptr<PGconn, closer> connect() const {
        std::unique_ptr<PGconn, closer> conn(PQconnectdb(dsn().c_str()));
        if (PQstatus(conn.get()) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(conn.get()));
        return conn;
    }

    static void execute(PGconn& conn, const std::string& sql) {
        const std::unique_ptr<PGresult, decltype(&PQclear)> done(PQexec(&conn, sql.c_str()), &PQclear);
        if (PQresultStatus(done.get()) != PGRES_COMMAND_OK) throw std::runtime_error(PQerrorMessage(&conn));
    }

    pgcoro::testing::ephemeral_server running_;
    std::string version_;
};

} // namespace benchmark

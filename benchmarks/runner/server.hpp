// The throwaway server with the tables of the workloads.
#pragma once

#include <pgcoro/testing/ephemeral_server.hpp>

#include <libpq-fe.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "../workloads.hpp"

namespace benchmark {

class server {
public:
    server() : running_({.settings = {{"max_connections", "300"}, {"autovacuum", "off"}}}) {
        const std::unique_ptr<PGconn, decltype(&PQfinish)> conn(PQconnectdb(dsn().c_str()), &PQfinish);
        if (PQstatus(conn.get()) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(conn.get()));
        const auto rows = std::to_string(world_rows);
        execute(*conn, "create table world (id int primary key, randomnumber int not null)");
        execute(*conn, "insert into world select i, 1 + (i * 7919) % " + rows + " from generate_series(1, "
                           + rows + ") i");
        execute(*conn, "create unlogged table copytest (id int8, a text, b float8, ts timestamptz)");
        execute(*conn, "vacuum analyze");
        execute(*conn, "checkpoint");
        version_ = PQparameterStatus(conn.get(), "server_version");
    }

    std::string dsn() const { return running_.connection_string(); }
    const std::string& version() const noexcept { return version_; }

private:
    static void execute(PGconn& conn, const std::string& sql) {
        const std::unique_ptr<PGresult, decltype(&PQclear)> done(PQexec(&conn, sql.c_str()), &PQclear);
        if (PQresultStatus(done.get()) != PGRES_COMMAND_OK) throw std::runtime_error(PQerrorMessage(&conn));
    }

    pgcoro::testing::ephemeral_server running_;
    std::string version_;
};

} // namespace benchmark

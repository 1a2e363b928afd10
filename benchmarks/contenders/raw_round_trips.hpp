// What distance costs with nothing but libpq. Batches and COPY are those of raw_batches.hpp and raw_copy.hpp.
#pragma once

#include <arpa/inet.h>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "raw_libpq.hpp"

namespace benchmark::raw {

inline void run_selects_in_turn(const std::string& dsn, meter& measured) {
    id_sequence ids;
    connection only(dsn);
    measured.begin();
    while (measured.running()) {
        bool right = true;
        for (int i = 0; i < selects_at_a_distance; ++i) right = only.query(ids.next()).id >= 1 && right;
        measured.count_long_answer(right);
    }
}

inline void run_single_inserts(const std::string& dsn, meter& measured) {
    id_sequence ids;
    connection only(dsn, insert_world);
    measured.begin();
    while (measured.running()) {
        const std::uint32_t row[] = {htonl(static_cast<std::uint32_t>(ids.next())),
                                     htonl(static_cast<std::uint32_t>(ids.next()))};
        only.query_with(
            row, [&](PGresult& answer) { measured.count_long_answer(std::atoi(PQcmdTuples(&answer)) == 1); });
    }
}

} // namespace benchmark::raw

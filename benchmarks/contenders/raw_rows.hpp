// Results of many rows, with nothing but libpq.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "raw_libpq.hpp"

namespace benchmark::raw {

inline std::uint64_t load_number(const char* bytes, int size) {
    std::uint64_t number = 0;
    std::memcpy(&number, bytes, static_cast<std::size_t>(size));
    return __builtin_bswap64(number) >> (64 - 8 * size);
}

template <class Number>
Number number_at(const PGresult& from, int row, int column) {
    return static_cast<Number>(load_number(PQgetvalue(&from, row, column), sizeof(Number)));
}

inline double real_at(const PGresult& from, int row, int column) {
    const auto bits = number_at<std::uint64_t>(from, row, column);
    double value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

inline std::string_view text_at(const PGresult& from, int row, int column) {
    return {PQgetvalue(&from, row, column), static_cast<std::size_t>(PQgetlength(&from, row, column))};
}

/// Into rows that are used again for each result.
inline void read_rows(const PGresult& from, std::vector<measurement>& rows) {
    using std::chrono::microseconds;
    constexpr std::chrono::sys_time<microseconds> epoch(std::chrono::sys_days(std::chrono::January / 1 / 2000));
    rows.resize(static_cast<std::size_t>(PQntuples(&from)));
    for (int row = 0; auto& read : rows) {
        read.id = number_at<int>(from, row, 0);
        read.name = text_at(from, row, 1);
        read.value = real_at(from, row, 2);
        read.at = epoch + microseconds(number_at<std::int64_t>(from, row, 3));
        ++row;
    }
}

inline void read_rows(const PGresult& from, std::vector<type_row>& rows) {
    rows.resize(static_cast<std::size_t>(PQntuples(&from)));
    const auto byte = [&](int row, int column) { return *PQgetvalue(&from, row, column); };
    for (int row = 0; auto& read : rows) {
        read.typname = text_at(from, row, 0);
        read.typnamespace = number_at<std::uint32_t>(from, row, 1);
        read.typowner = number_at<std::uint32_t>(from, row, 2);
        read.typlen = number_at<std::int16_t>(from, row, 3);
        read.typbyval = byte(row, 4) != 0;
        read.typcategory = byte(row, 5);
        read.typispreferred = byte(row, 6) != 0;
        read.typisdefined = byte(row, 7) != 0;
        read.typdelim = byte(row, 8);
        read.typrelid = number_at<std::uint32_t>(from, row, 9);
        read.typelem = number_at<std::uint32_t>(from, row, 10);
        read.typarray = number_at<std::uint32_t>(from, row, 11);
        ++row;
    }
}

/// W4, on one connection.
inline void run_measurements(const std::string& dsn, meter& measured) {
    connection only(dsn, select_measurements);
    std::vector<measurement> rows;
    measured.begin();
    while (measured.running()) {
        only.query_rows([&](const PGresult& answer) { read_rows(answer, rows); });
        measured.count(rows);
    }
}

/// rows-N.
inline void run_many_measurements(int count, const std::string& dsn, meter& measured) {
    connection only(dsn, select_many_measurements);
    std::vector<measurement> rows;
    const std::uint32_t argument[] = {htonl(static_cast<std::uint32_t>(count))};
    measured.begin();
    while (measured.running()) {
        only.query_with(argument, [&](const PGresult& answer) { read_rows(answer, rows); });
        measured.count_rows(rows.size() == static_cast<std::size_t>(count) && rows.back().id == count, rows.size());
    }
}

/// parameters-N.
inline void run_sums(int count, const std::string& dsn, meter& measured) {
    connection only(dsn, select_sum_of_parameters(count).c_str());
    std::vector<std::uint32_t> arguments(static_cast<std::size_t>(count));
    measured.begin();
    while (measured.running()) {
        for (std::uint32_t number = 0; auto& each : arguments) each = htonl(++number);
        only.query_with(arguments, [&](const PGresult& answer) {
            measured.count_answer(number_at<int>(answer, 0, 0) == sum_of_parameters(count));
        });
    }
}

/// W5 and M1.
inline void run_types(int connections, const std::string& dsn, meter& measured) {
    event_loop loop(connections, dsn, select_types);
    std::vector<type_row> rows;
    run_one_in_flight_each(
        loop, measured, [](connection& on) { on.send(types_typmod, types_defined); },
        [&](connection& on) {
            return on.take_results([&](const PGresult& answer) {
                read_rows(answer, rows);
                measured.count(rows);
            });
        });
}

} // namespace benchmark::raw

// libpqxx, which blocks: where there are several callers it would take a thread for each, and is left out.
#include <pqxx/pqxx>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <string>
#include <tuple>
#include <vector>

#include "../meter.hpp"

using namespace benchmark;

namespace {

/// A connection with a prepared statement, outside of transactions.
class prepared {
public:
    prepared(const std::string& dsn, const char* sql) : connection_(dsn), transaction_(connection_) {
        connection_.prepare(name, sql);
    }

    template <class... Args>
    pqxx::result operator()(const Args&... args) {
        return transaction_.exec_prepared(name, args...);
    }

    template <class... Args>
    world one(const Args&... args) {
        const pqxx::row row = transaction_.exec_prepared1(name, args...);
        return {row[0].as<int>(), row[1].as<int>()};
    }

private:
    static constexpr const char* name = "benchmarked";

    pqxx::connection connection_;
    pqxx::nontransaction transaction_;
};

void select_points(const std::string& dsn, meter& measured) {
    id_sequence ids;
    prepared select(dsn, select_world);
    measured.begin();
    while (measured.running()) measured.count(select.one(ids.next()));
}

/// Its pipelines take no prepared statements: those of a request take their turns.
void select_in_turn(const std::string& dsn, meter& measured) {
    id_sequence ids;
    prepared select(dsn, select_world);
    measured.begin();
    while (measured.running())
        for (int i = 0; i < selects_per_request; ++i) measured.count(select.one(ids.next()));
}

/// libpqxx reads no time stamps: they stay text.
void select_rows(const std::string& dsn, meter& measured) {
    struct text_measurement {
        int id;
        std::string name;
        double value;
        std::string at;
    };
    prepared select(dsn, select_measurements);
    measured.begin();
    while (measured.running()) {
        const auto result = select();
        std::vector<text_measurement> rows;
        rows.reserve(static_cast<std::size_t>(result.size()));
        for (const auto& row : result)
            rows.push_back({row[0].as<int>(), row[1].as<std::string>(), row[2].as<double>(), row[3].as<std::string>()});
        measured.count_measurements(rows.size(), rows.front().id, rows.back().name, rows.back().value);
    }
}

std::string text_of(std::chrono::sys_time<std::chrono::microseconds> at) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
    const std::time_t since_epoch = seconds.time_since_epoch().count();
    std::tm utc{};
    gmtime_r(&since_epoch, &utc);
    char text[64];
    const auto size = std::strftime(text, sizeof text, "%F %T", &utc);
    std::snprintf(text + size, sizeof text - size, ".%06d+00", static_cast<int>((at - seconds).count()));
    return text;
}

/// The text of time stamps is made beforehand: it is not the library's business.
void copy(const std::string& dsn, meter& measured) {
    struct text_row {
        std::int64_t id;
        std::string a;
        double b;
        std::string ts;
    };
    std::vector<text_row> rows;
    for (const auto& row : rows_to_copy()) rows.push_back({row.id, row.a, row.b, text_of(row.ts)});
    pqxx::connection connection(dsn);
    measured.begin();
    while (measured.running()) {
        pqxx::work transaction(connection);
        transaction.exec0("truncate copytest");
#if PQXX_VERSION_MAJOR >= 7
        auto stream = pqxx::stream_to::raw_table(transaction, "copytest", "id, a, b, ts");
        for (const auto& row : rows) stream.write_values(row.id, row.a, row.b, row.ts);
#else
        pqxx::stream_to stream(transaction, "copytest", std::vector<std::string>{"id", "a", "b", "ts"});
        for (const auto& row : rows) stream << std::make_tuple(row.id, row.a, row.b, row.ts);
#endif
        stream.complete();
        transaction.commit();
        measured.count_copy(rows.size());
    }
}

void insert(const std::string& dsn, meter& measured) {
    id_sequence ids;
    pqxx::connection connection(dsn);
    connection.prepare("insert", insert_world);
    measured.begin();
    while (measured.running()) {
        const auto rows = worlds_to_insert(ids);
        pqxx::work transaction(connection);
        std::uint64_t inserted = 0;
        for (const auto& row : rows)
            inserted += static_cast<std::uint64_t>(transaction.exec_prepared0("insert", row.id, row.randomnumber).affected_rows());
        transaction.commit();
        measured.count_inserts(inserted);
    }
}

} // namespace

int main(int argc, char** argv) {
    return run_contender(argc, argv, "libpqxx", [](const run_options& options, const workload& asked, meter& measured) {
        const auto name = asked.name();
        if (name == "W1") select_points(options.dsn, measured);
        else if (name == "W4") select_rows(options.dsn, measured);
        else if (name == "W6") copy(options.dsn, measured);
        else if (name == "W7") insert(options.dsn, measured);
        else if (name == "W8") select_in_turn(options.dsn, measured);
        else return false;
        return true;
    });
}

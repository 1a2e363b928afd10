// libpqxx, which blocks: where there are several connections each has a thread of its own, as its users have it.
#include <pqxx/pqxx>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <mutex>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "../meter.hpp"

using namespace benchmark;

// libpqxx 7.10 wants other names for what older versions only have under these.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

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

/// Runs `ask(dsn)`, which connects, calls `begin` and goes on while the meter runs, in a thread for each connection.
/// The meter is a single thread's: counting takes turns.
class threads {
public:
    explicit threads(meter& measured) : measured_(measured) { measured_.count_no_calls(); }

    template <class Ask>
    void run(int count, Ask&& ask) {
        connecting_ = count;
        std::vector<std::jthread> all;
        for (int i = 0; i < count; ++i)
            all.emplace_back([&] {
                try {
                    ask();
                } catch (const std::exception& failed) { // others wait for it: there is no way back
                    std::fprintf(stderr, "libpqxx: %s\n", failed.what());
                    std::_Exit(1);
                }
            });
    }

    /// Waits for the others to be connected.
    void begin() {
        std::unique_lock lock(mutex_);
        if (--connecting_ == 0) {
            measured_.begin();
            all_connected_.notify_all();
        }
        all_connected_.wait(lock, [this] { return connecting_ == 0; });
    }

    bool running() const noexcept { return running_.load(std::memory_order_relaxed); }

    /// `count(meter)`
    template <class Count>
    void count(Count&& count) {
        const std::scoped_lock lock(mutex_);
        count(measured_);
        if (!measured_.running()) running_.store(false, std::memory_order_relaxed);
    }

private:
    meter& measured_;
    std::mutex mutex_;
    std::condition_variable all_connected_;
    int connecting_ = 0;
    std::atomic<bool> running_ = true;
};

constexpr int pool_size = 16;

/// The same statement on each of several connections; `right(result)` reads its rows.
template <class Right, class... Args>
void select_on_all(int connections, const std::string& dsn, const char* sql, meter& measured, Right&& right, const Args&... args) {
    threads all(measured);
    all.run(connections, [&] {
        prepared select(dsn, sql);
        all.begin();
        while (all.running()) {
            const pqxx::result result = select(args...);
            const bool is_right = right(result);
            all.count([&](meter& counts) { counts.count_answer(is_right); });
        }
    });
}

/// W2: threads take the place of tasks; more of them than connections would only wait for each other.
void select_points_in_threads(const std::string& dsn, meter& measured) {
    threads all(measured);
    all.run(pool_size, [&] {
        id_sequence ids;
        prepared select(dsn, select_world);
        all.begin();
        while (all.running()) {
            const world row = select.one(ids.next());
            all.count([&](meter& counts) { counts.count(row); });
        }
    });
}

/// W5 and M1.
void select_types_on_all(int connections, const std::string& dsn, meter& measured) {
    const auto byte = [](const auto& field) { return *field.c_str(); };
    select_on_all(
        connections, dsn, select_types, measured,
        [&](const pqxx::result& result) {
            std::vector<type_row> rows;
            rows.reserve(static_cast<std::size_t>(result.size()));
            for (const auto& row : result)
                rows.push_back({row[0].as<std::string>(), row[1].as<std::uint32_t>(), row[2].as<std::uint32_t>(), row[3].as<std::int16_t>(),
                                row[4].as<bool>(), byte(row[5]), row[6].as<bool>(), row[7].as<bool>(), byte(row[8]),
                                row[9].as<std::uint32_t>(), row[10].as<std::uint32_t>(), row[11].as<std::uint32_t>()});
            return rows.size() >= least_type_rows && rows.back().typisdefined;
        },
        types_typmod, types_defined);
}

/// M2.
void select_series_on_all(int connections, const std::string& dsn, meter& measured) {
    select_on_all(
        connections, dsn, select_series, measured,
        [](const pqxx::result& result) {
            std::vector<int> numbers;
            numbers.reserve(static_cast<std::size_t>(result.size()));
            for (const auto& row : result) numbers.push_back(row[0].as<int>());
            return numbers.size() == series_length && numbers.back() == series_length;
        },
        series_length);
}

/// M7.
void select_sum_on_all(int connections, const std::string& dsn, meter& measured) {
    select_on_all(connections, dsn, select_sum, measured, [](const pqxx::result& result) { return result[0][0].as<int>() == 2; });
}

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
        else if (name == "W2") select_points_in_threads(options.dsn, measured);
        else if (name == "W5" || name == "M1") select_types_on_all(asked.connections, options.dsn, measured);
        else if (name == "M2") select_series_on_all(asked.connections, options.dsn, measured);
        else if (name == "M7") select_sum_on_all(asked.connections, options.dsn, measured);
        else if (name == "W4") select_rows(options.dsn, measured);
        else if (name == "W6") copy(options.dsn, measured);
        else if (name == "W7") insert(options.dsn, measured);
        else if (name == "W8") select_in_turn(options.dsn, measured);
        else return false;
        return true;
    });
}

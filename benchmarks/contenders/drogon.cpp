// drogon's database clients in their fastest form: in its loop, with batches where several statements are in
// flight on a connection. In a batch the statements of unrelated callers share their errors.
#include <cstdlib>
#include <cstring>
#include <drogon/HttpAppFramework.h>
#include <drogon/orm/DbClient.h>
#include <drogon/utils/coroutine.h>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "../meter.hpp"

using namespace benchmark;
using drogon::AsyncTask;
using drogon::orm::DbClientPtr;
using drogon::orm::DrogonDbException;
using drogon::orm::Result;

namespace {

constexpr std::size_t pool_size = 16;

[[noreturn]] void fail(const char* what) {
    std::fprintf(stderr, "drogon: %s\n", what);
    std::_Exit(1);
}

/// What callers share. They run in drogon's loop, which is not left: whoever sees the end reports and ends
/// the program.
struct caller {
    DbClientPtr client;
    meter& measured;
    id_sequence ids{};

    void leave() const {
        measured.report("drogon");
        std::fflush(stdout);
        std::_Exit(0);
    }
};

AsyncTask ask_for_worlds(caller& by) try {
    while (by.measured.running()) {
        const Result rows = co_await by.client->execSqlCoro(select_world, by.ids.next());
        by.measured.count({rows[0][0].as<int>(), rows[0][1].as<int>()});
    }
    by.leave();
} catch (const DrogonDbException& failed) {
    fail(failed.base().what());
}

/// Time stamps stay text: drogon reads results as text.
AsyncTask ask_for_measurements(caller& by) try {
    struct text_measurement {
        int id;
        std::string name;
        double value;
        std::string at;
    };
    while (by.measured.running()) {
        const Result result = co_await by.client->execSqlCoro(select_measurements);
        std::vector<text_measurement> rows;
        rows.reserve(result.size());
        for (const auto& row : result)
            rows.push_back(
                {row[0].as<int>(), row[1].as<std::string>(), row[2].as<double>(), row[3].as<std::string>()});
        by.measured.count_measurements(rows.size(), rows.front().id, rows.back().name, rows.back().value);
    }
    by.leave();
} catch (const DrogonDbException& failed) {
    fail(failed.base().what());
}

AsyncTask ask_for_types(caller& by) try {
    const auto flag = [](const auto& field) { return field.c_str()[0] == 't'; };
    while (by.measured.running()) {
        const Result result = co_await by.client->execSqlCoro(select_types, types_typmod, types_defined);
        std::vector<type_row> rows;
        rows.reserve(result.size());
        for (const auto& row : result)
            rows.push_back({row[0].as<std::string>(), row[1].as<std::uint32_t>(), row[2].as<std::uint32_t>(),
                            row[3].as<std::int16_t>(), flag(row[4]), row[5].c_str()[0], flag(row[6]),
                            flag(row[7]), row[8].c_str()[0], row[9].as<std::uint32_t>(),
                            row[10].as<std::uint32_t>(), row[11].as<std::uint32_t>()});
        by.measured.count(rows);
    }
    by.leave();
} catch (const DrogonDbException& failed) {
    fail(failed.base().what());
}

/// Sends a request's statements at once; the last answer sends the next ones.
class request {
public:
    request(caller& by, int selects) : by_(by), selects_(selects) {}

    void send() {
        left_ = selects_;
        for (int i = 0; i < selects_; ++i)
            by_.client->execSqlAsync(
                select_world, [this](const Result& rows) { take(rows); },
                [](const DrogonDbException& failed) { fail(failed.base().what()); }, by_.ids.next());
    }

private:
    void take(const Result& rows) {
        by_.measured.count({rows[0][0].as<int>(), rows[0][1].as<int>()});
        if (--left_ != 0) return;
        if (!by_.measured.running()) by_.leave();
        send();
    }

    caller& by_;
    int selects_;
    int left_ = 0;
};

/// The value of a parameter of the URI, without its percent signs.
std::string parameter_of(std::string_view dsn, std::string_view name) {
    const auto at = dsn.find(std::string(name) + '=');
    if (at == dsn.npos) return {};
    auto text = dsn.substr(at + name.size() + 1);
    text = text.substr(0, text.find('&'));
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            plain += text[i];
            continue;
        }
        plain += static_cast<char>(std::strtol(std::string(text.substr(i + 1, 2)).c_str(), nullptr, 16));
        i += 2;
    }
    return plain;
}

void start(caller& by, const workload& asked) {
    by.client = drogon::app().getFastDbClient();
    by.measured.begin();
    if (asked.name() == "W3-batch" || asked.name() == "W8") {
        const int selects = asked.name() == "W8" ? selects_per_request : selects_per_batch;
        return std::make_unique<request>(by, selects).release()->send(); // until the program ends
    }
    for (int i = 0; i < asked.tasks; ++i) {
        if (asked.name() == "W4")
            ask_for_measurements(by);
        else if (asked.name() == "W5" || asked.name() == "M1")
            ask_for_types(by);
        else
            ask_for_worlds(by);
    }
}

bool run(const run_options& options, const workload& asked, meter& measured) {
    const auto name = asked.name();
    const bool many_in_flight = name == "W2" || name == "W3-batch" || name == "W8";
    if (!many_in_flight && name != "W1" && name != "W4" && name != "W5" && name != "M1") return false;
    const auto connections = asked.connections != 0 ? static_cast<std::size_t>(asked.connections) : pool_size;
    auto& app = drogon::app();
    app.setThreadNum(1).setLogLevel(trantor::Logger::kError);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations" // its successor is not in every version
    app.createDbClient("postgresql", parameter_of(options.dsn, "host"),
                       static_cast<unsigned short>(std::atoi(parameter_of(options.dsn, "port").c_str())),
                       "postgres", "postgres", "", connections, "", "default", true, "", -1, many_in_flight);
#pragma GCC diagnostic pop
    caller by{nullptr, measured};
    app.registerBeginningAdvice([&] {
        auto* const loop = drogon::app().getIOLoop(0);
        loop->runAfter(0.3, [&] { start(by, asked); }); // it tells nobody when it has connected
    });
    app.run();
    return true;
}

} // namespace

int main(int argc, char** argv) { return run_contender(argc, argv, "drogon", run); }

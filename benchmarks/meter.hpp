// The frame in which a contender runs: its command line, the window that is measured, what it reports.
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <vector>

#include "counted_calls.hpp"
#include "workloads.hpp"

namespace benchmark {

/// The command line of every contender: `--workload W1 --dsn URI`, and `--warm-up 0.3 --seconds 1` or
/// `--operations N`.
struct run_options {
    std::string workload;
    std::string dsn;
    std::chrono::duration<double> warm_up{0.3};
    std::chrono::duration<double> seconds{1};
    std::uint64_t operations = 0; ///< if not 0: exactly so many, without a warm-up, for counting instructions
};

inline run_options parse_run_options(int count, char** words) {
    run_options options;
    for (int i = 1; i < count; i += 2) {
        const std::string_view name = words[i];
        if (i + 1 == count) throw std::invalid_argument(std::string(name) + " needs a value");
        const char* const value = words[i + 1];
        if (name == "--workload")
            options.workload = value;
        else if (name == "--dsn")
            options.dsn = value;
        else if (name == "--warm-up")
            options.warm_up = std::chrono::duration<double>(std::atof(value));
        else if (name == "--seconds")
            options.seconds = std::chrono::duration<double>(std::atof(value));
        else if (name == "--operations")
            options.operations = std::strtoull(value, nullptr, 10);
        else
            throw std::invalid_argument("there is no option " + std::string(name));
    }
    return options;
}

/// Counts operations, and measures what the client spends on those between the warm-up and the end.
class meter {
public:
    explicit meter(const run_options& options) : options_(options), look_at_(options.operations) {}

    /// Everything is connected and prepared: the first operation is about to be sent.
    void begin() {
        const auto now = take_sample();
        warm_until_ = now.time + options_.warm_up;
        if (options_.operations != 0) from_ = now;
    }

    /// Whether to send another one.
    bool running() const noexcept { return running_; }

    /// An operation is done: its row has been read. Every contender calls this for every row.
    void count(const world& row) {
        if (row.id < 1 || row.id > world_rows || row.randomnumber < 1 || row.randomnumber > world_rows)
            throw std::runtime_error("a row that is not in table world");
        count_one();
    }

    /// A COPY is done. These take so long that the clock is looked at after each.
    void count_copy(std::uint64_t rows) {
        if (rows != copied_rows) throw std::runtime_error("rows were lost");
        ++done_;
        if (running_ && (options_.operations == 0 || done_ >= look_at_)) look();
    }

    /// W4: all rows have been read.
    void count(const std::vector<measurement>& rows) {
        if (rows.empty()) throw std::runtime_error("rows were lost");
        count_measurements(rows.size(), rows.front().id, rows.back().name, rows.back().value);
    }

    /// So have they into a type of the contender's own.
    void count_measurements(std::size_t rows, int first_id, std::string_view last_name, double last_value) {
        if (rows != measurement_rows || first_id != 1 || last_name != "name-1000" || last_value != 1500)
            throw std::runtime_error("rows were lost");
        count_one();
    }

    /// W5: so have they.
    void count(const std::vector<type_row>& rows) {
        if (rows.size() < least_type_rows || rows.back().typname.empty() || !rows.back().typisdefined)
            throw std::runtime_error("rows were lost");
        count_one();
    }

    /// A batch of inserts is done.
    void count_inserts(std::uint64_t rows) {
        if (rows != inserts_per_batch) throw std::runtime_error("rows were lost");
        count_one();
    }

    /// Prints the result as one line of JSON.
    void report(std::string_view contender) const {
        if (running_) throw std::logic_error("the measurement is not finished");
        const auto calls = [this](auto member) { return to_.calls.*member - from_.calls.*member; };
        std::printf(R"({"contender":"%.*s","workload":"%s","libpq":%d,"operations":%ju,"seconds":%.6f,)"
                    R"("user_seconds":%.6f,"system_seconds":%.6f,"allocations":%ju,"cpp_allocations":%ju,)"
                    R"("system_calls":%ju,"peak_memory_kib":%ld})"
                    "\n",
                    static_cast<int>(contender.size()), contender.data(), options_.workload.c_str(),
                    PQlibVersion(), std::uintmax_t{to_.done - from_.done},
                    std::chrono::duration<double>(to_.time - from_.time).count(),
                    seconds(to_.usage.ru_utime) - seconds(from_.usage.ru_utime),
                    seconds(to_.usage.ru_stime) - seconds(from_.usage.ru_stime),
                    std::uintmax_t{calls(&call_counts::allocations)},
                    std::uintmax_t{calls(&call_counts::cpp_allocations)},
                    std::uintmax_t{calls(&call_counts::system_calls)}, peak_memory_kib());
    }

private:
    using clock = std::chrono::steady_clock;

    struct sample {
        std::chrono::time_point<clock, std::chrono::duration<double>> time;
        rusage usage;
        call_counts calls;
        std::uint64_t done;
    };

    /// Looking at the clock for each operation would cost those most who are quick.
    static constexpr std::uint64_t operations_between_looks = 16;

    void count_one() {
        if (++done_ >= look_at_ && running_) look();
    }

    sample take_sample() const {
        sample taken{clock::now(), {}, counted_calls(), done_};
        getrusage(RUSAGE_SELF, &taken.usage);
        return taken;
    }

    void look() {
        if (options_.operations != 0) return finish();
        look_at_ = done_ + operations_between_looks;
        const std::chrono::time_point<clock, std::chrono::duration<double>> now = clock::now();
        if (now < warm_until_) return;
        if (!warm_) {
            warm_ = true;
            from_ = take_sample();
        } else if (now >= from_.time + options_.seconds) {
            finish();
        }
    }

    /// getrusage would tell that of the program which started this one, if that is more.
    static long peak_memory_kib() {
        std::ifstream status("/proc/self/status");
        for (std::string line; std::getline(status, line);)
            if (line.starts_with("VmHWM:")) return std::strtol(line.c_str() + 6, nullptr, 10);
        return 0;
    }

    void finish() {
        to_ = take_sample();
        running_ = false;
    }

    static double seconds(const timeval& time) {
        return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    }

    const run_options options_;
    std::uint64_t done_ = 0;
    std::uint64_t look_at_;
    bool running_ = true;
    bool warm_ = false;
    std::chrono::time_point<clock, std::chrono::duration<double>> warm_until_;
    sample from_{}, to_{};
};

/// What a contender's program returns for a workload that it has no form for.
inline constexpr int workload_not_offered = 3;

/// The main function of a contender: `run(options, workload, meter)` returns whether it offers the workload.
inline int run_contender(int count, char** words, std::string_view contender,
                         const std::function<bool(const run_options&, const workload&, meter&)>& run) try {
    const auto options = parse_run_options(count, words);
    for (const auto& asked : workloads) {
        if (asked.name != options.workload) continue;
        meter measured(options);
        if (!run(options, asked, measured)) return workload_not_offered;
        measured.report(contender);
        return 0;
    }
    throw std::invalid_argument("there is no workload \"" + options.workload + '"');
} catch (const std::exception& failed) {
    std::fprintf(stderr, "%.*s: %s\n", static_cast<int>(contender.size()), contender.data(), failed.what());
    return 1;
}

} // namespace benchmark

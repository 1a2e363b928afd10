// The frame in which a contender runs: its command line, the window that is measured, what it reports.
#pragma once

#include <libpq-fe.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
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

    /// Counts of allocations and system calls are a single thread's: whoever has several does not report them.
    void count_no_calls() noexcept { counts_calls_ = false; }

    /// Whether to send another one.
    bool running() const noexcept { return running_; }

    /// An operation is done: its row has been read. Every contender calls this for every row.
    void count(const world& row) {
        if (row.id < 1 || row.id > world_rows || row.randomnumber < 1 || row.randomnumber > world_rows)
            throw std::runtime_error("a row that is not in table world");
        count_one();
    }

    /// A COPY is done.
    void count_copy(std::uint64_t rows) { count_long_answer(rows == copied_rows); }

    /// W4: all rows have been read.
    void count(const std::vector<measurement>& rows) {
        require(!rows.empty());
        count_measurements(rows.size(), rows.front().id, rows.back().name, rows.back().value);
    }

    /// So have they into a type of the contender's own.
    void count_measurements(std::size_t rows, int first_id, std::string_view last_name, double last_value) {
        count_answer(rows == measurement_rows && first_id == 1 && last_name == "name-1000" && last_value == 1500);
    }

    /// W5: so have they.
    void count(const std::vector<type_row>& rows) {
        count_answer(rows.size() >= least_type_rows && !rows.back().typname.empty() && rows.back().typisdefined);
    }

    /// A batch of inserts is done.
    void count_inserts(std::uint64_t rows) { count_answer(rows == inserts_per_batch); }

    /// Whatever else was asked for is done. @param right the answer is what it has to be
    void count_answer(bool right) {
        require(right);
        count_one();
    }

    /// Likewise, for what takes so long that the clock is looked at after each.
    void count_long_answer(bool right) {
        require(right);
        ++done_;
        if (running_ && (options_.operations == 0 || done_ >= look_at_)) look();
    }

    /// A result of `rows` rows has been read.
    void count_rows(bool right, std::size_t rows) { rows < measurement_rows ? count_answer(right) : count_long_answer(right); }

    /// How long an operation took, where it is asked how these times are distributed; beside a count.
    void note_latency(std::chrono::duration<double> taken) {
        if (warm_ && running_) latencies_.push_back(taken.count());
    }

    /// Prints the result as one line of JSON.
    void report(std::string_view contender) const {
        if (running_) throw std::logic_error("the measurement is not finished");
        const auto calls = [this](auto member) { return to_.calls.*member - from_.calls.*member; };
        std::printf(R"({"contender":"%.*s","workload":"%s","libpq":%d,"operations":%ju,"seconds":%.6f,)"
                    R"("user_seconds":%.6f,"system_seconds":%.6f,"peak_memory_kib":%ld)",
                    static_cast<int>(contender.size()), contender.data(), options_.workload.c_str(),
                    PQlibVersion(), std::uintmax_t{to_.done - from_.done},
                    std::chrono::duration<double>(to_.time - from_.time).count(),
                    seconds(to_.usage.ru_utime) - seconds(from_.usage.ru_utime),
                    seconds(to_.usage.ru_stime) - seconds(from_.usage.ru_stime),
                    peak_memory_kib());
        if (counts_calls_)
            std::printf(R"(,"allocations":%ju,"cpp_allocations":%ju,"system_calls":%ju)",
                        std::uintmax_t{calls(&call_counts::allocations)}, std::uintmax_t{calls(&call_counts::cpp_allocations)},
                        std::uintmax_t{calls(&call_counts::system_calls)});
        print_latencies();
        std::puts("}");
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

    static void require(bool right) {
        if (!right) throw std::runtime_error("a wrong answer");
    }

    /// The least latency that so much of them do not exceed.
    static double quantile(const std::vector<double>& sorted, double share) {
        const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
        return sorted[std::max<std::size_t>(rank, 1) - 1];
    }

    void print_latencies() const {
        if (latencies_.empty()) return;
        auto sorted = latencies_;
        std::ranges::sort(sorted);
        std::printf(R"(,"p50_seconds":%.9f,"p99_seconds":%.9f,"p99.9_seconds":%.9f)", quantile(sorted, 0.5),
                    quantile(sorted, 0.99), quantile(sorted, 0.999));
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
    bool counts_calls_ = true;
    std::chrono::time_point<clock, std::chrono::duration<double>> warm_until_;
    sample from_{}, to_{};
    std::vector<double> latencies_; ///< in seconds
};

/// What a contender's program returns for a workload that it has no form for.
inline constexpr int workload_not_offered = 3;

/// The main function of a contender: `run(options, workload, meter)` returns whether it offers the workload.
inline int run_contender(int count, char** words, std::string_view contender,
                         const std::function<bool(const run_options&, const workload&, meter&)>& run) try {
    const auto options = parse_run_options(count, words);
    const auto* const asked = find_workload(options.workload);
    if (asked == nullptr) throw std::invalid_argument("there is no workload \"" + options.workload + '"');
    meter measured(options);
    if (!run(options, *asked, measured)) return workload_not_offered;
    measured.report(contender);
    return 0;
} catch (const std::exception& failed) {
    std::fprintf(stderr, "%.*s: %s\n", static_cast<int>(contender.size()), contender.data(), failed.what());
    return 1;
}

} // namespace benchmark

// pgbench as a reference: PostgreSQL's own load generator, with prepared statements. It reads rows and throws
// them away. What connecting costs is left out: figures are the difference between a long and a short run.
#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <poll.h>
#include <spawn.h>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <vector>

#include "../meter.hpp"

using namespace benchmark;

namespace {

constexpr int pool_size = 16;

/// It can be asked for whole seconds only, so that transactions are asked for: about as many as a second
/// takes.
constexpr double transactions_per_second = 10'000;

/// A script in a file of its own, which goes with it.
class script {
public:
    explicit script(const std::string& text) {
        const int file = mkstemp(name_.data());
        if (file < 0) throw std::system_error(errno, std::generic_category(), name_);
        close(file);
        std::ofstream(name_) << text;
    }
    script(const script&) = delete;
    ~script() { unlink(name_.c_str()); }

    const std::string& name() const noexcept { return name_; }

private:
    std::string name_ = "/tmp/pgbench-XXXXXX";
};

std::string point_selects(int count) {
    std::string text;
    for (int i = 0; i < count; ++i)
        text += "\\set id random(1, " + std::to_string(world_rows)
                + ")\nselect id, randomnumber from world where id = :id;\n";
    return text;
}

struct finished {
    std::string said;
    rusage usage;
};

/// Runs a program to its end.
finished run(std::vector<std::string> command) {
    std::vector<char*> words;
    for (auto& word : command) words.push_back(word.data());
    words.push_back(nullptr);
    int ends[2];
    if (pipe(ends) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addclose(&actions, ends[1]);
    pid_t child = 0;
    const int failed = posix_spawnp(&child, words[0], &actions, nullptr, words.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (failed != 0) throw std::system_error(failed, std::generic_category(), command[0]);
    finished run{};
    char block[4096];
    for (ssize_t size; (size = read(ends[0], block, sizeof block)) > 0;)
        run.said.append(block, static_cast<std::size_t>(size));
    close(ends[0]);
    int status = 0;
    if (wait4(child, &status, 0, &run.usage) != child || status != 0)
        throw std::runtime_error("pgbench failed: " + run.said);
    return run;
}

/// The number behind `label` in what pgbench says.
double number_after(const std::string& said, const std::string& label) {
    const auto at = said.find(label);
    if (at == said.npos) throw std::runtime_error("pgbench did not say its " + label);
    return std::strtod(said.c_str() + at + label.size(), nullptr);
}

/// @param clients connections, with one statement or pipeline in flight each
/// @param together statements of a pipeline
int report(const run_options& options, int clients, int together) {
    const script statements(
        together == 1 ? point_selects(1) : "\\startpipeline\n" + point_selects(together) + "\\endpipeline\n");
    const auto for_each_client = [&](int transactions) {
        return run({PGBENCH, "--no-vacuum", "--protocol=prepared", "--client=" + std::to_string(clients),
                    "--jobs=1", "--transactions=" + std::to_string(transactions),
                    "--file=" + statements.name(), options.dsn});
    };
    const int more =
        static_cast<int>(std::ceil(options.seconds.count() * transactions_per_second / clients / together));
    const auto before = for_each_client(1), done = for_each_client(1 + more);
    const double transactions = static_cast<double>(clients) * more;
    const auto more_cpu = [&](auto part) {
        const auto seconds = [](const timeval& time) {
            return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
        };
        return std::max(0.0, seconds(done.usage.*part) - seconds(before.usage.*part));
    };
    std::printf(R"({"contender":"pgbench","client":"%s","workload":"%s","operations":%.0f,"seconds":%.6f,)"
                R"("user_seconds":%.6f,"system_seconds":%.6f,"peak_memory_kib":%ld})"
                "\n",
                done.said.substr(0, done.said.find('\n')).c_str(), options.workload.c_str(),
                transactions * together, transactions / number_after(done.said, "tps = "),
                more_cpu(&rusage::ru_utime), more_cpu(&rusage::ru_stime), done.usage.ru_maxrss);
    return 0;
}

} // namespace

int main(int argc, char** argv) try {
    const auto options = parse_run_options(argc, argv);
    if (options.workload == "W1") return report(options, 1, 1);
    if (options.workload == "W2") return report(options, pool_size, 1);
    if (options.workload == "W8") return report(options, 1, selects_per_request);
    return workload_not_offered;
} catch (const std::exception& failed) {
    std::fprintf(stderr, "pgbench: %s\n", failed.what());
    return 1;
}

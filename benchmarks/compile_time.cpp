// What pgcoro costs the compiler: time and memory of a source file with queries, beside one with Asio alone.
//
//     compile_time [--compiler g++,clang++-19] [--rounds N] [--check]
//
// A source file with 10 queries and 10 row types is compared with one that includes the headers of Asio that it needs and
// opens a socket in a coroutine; one with 20 of each tells what a further query with its row type costs. Each is compiled
// with -O0 and -O2, from headers alone and with separate compilation (docs/separate_compilation.md). They take turns, and
// ratios are taken within a round; the time is that of processors, user and system.
// --check: the exit status tells whether 10 queries from headers alone stay within 1.5 times of Asio alone, and a further
// row type below 0.15 s with -O2: 0 yes, 1 no.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <map>
#include <spawn.h>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <vector>

#include "command_line.hpp"

namespace {

struct options {
    std::vector<std::string> compilers{"g++", "clang++-19"};
    int rounds = 3;
    bool check = false;
};

options parse(int count, char** words) {
    options asked;
    asked.check = benchmark::read_options(count, words, [&](std::string_view name, std::istringstream& value) {
        if (name == "--compiler") {
            asked.compilers.clear();
            for (std::string each; std::getline(value, each, ',');) asked.compilers.push_back(each);
        } else if (name == "--rounds") {
            value >> asked.rounds;
        } else {
            return false;
        }
        return true;
    });
    return asked;
}

constexpr std::string_view asio_alone = R"(
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace asio = boost::asio;

asio::awaitable<void> open_socket() {
    asio::ip::tcp::socket socket(co_await asio::this_coro::executor);
    co_await socket.async_connect({asio::ip::address_v4::loopback(), 5432}, asio::use_awaitable);
}

int main() {
    asio::io_context loop;
    asio::co_spawn(loop, open_socket, asio::detached);
    loop.run();
}
)";

/// A program with so many queries, each of a row type of its own.
std::string with_queries(int count) {
    std::string text = "#include <pgcoro/pgcoro.hpp>\n#include <boost/asio/co_spawn.hpp>\n#include <boost/asio/detached.hpp>\n"
                       "#include <boost/asio/io_context.hpp>\n#include <boost/asio/use_awaitable.hpp>\n"
                       "#include <chrono>\n#include <optional>\n#include <string>\n\nnamespace asio = boost::asio;\n\n";
    constexpr std::array types{"std::string", "double", "bool", "std::optional<std::string>", "std::chrono::sys_seconds"};
    for (int i = 0; i < count; ++i)
        text += fmt::format("struct row_{0} {{\n    int id_{0};\n    std::string name_{0};\n    {1} first_{0};\n    {2} second_{0};\n}};\n\n",
                            i, types[static_cast<std::size_t>(i) % types.size()],
                            types[static_cast<std::size_t>(i / 2) % types.size()]);
    text += "asio::awaitable<void> ask(const pgcoro::pool& pool) {\n";
    for (int i = 0; i < count; ++i)
        text += fmt::format("    co_await pool.query<row_{0}>(\"select id_{0}, name_{0}, first_{0}, second_{0} from t_{0} where id_{0} "
                            "= $1\", {0});\n",
                            i);
    text += "}\n\nint main() {\n    asio::io_context loop;\n    pgcoro::pool pool(loop, {.connect = \"postgresql://localhost/app\"});\n"
            "    asio::co_spawn(loop, [&] { return ask(pool); }, asio::detached);\n    loop.run();\n}\n";
    return text;
}

struct cost {
    double seconds = 0, megabytes = 0;
};

/// Runs a compiler, which has to succeed.
cost compile(std::vector<std::string> command) {
    std::vector<char*> words;
    for (auto& word : command) words.push_back(word.data());
    words.push_back(nullptr);
    pid_t child = 0;
    if (const int failed = posix_spawnp(&child, words[0], nullptr, nullptr, words.data(), environ); failed != 0)
        throw std::system_error(failed, std::generic_category(), command[0]);
    int status = 0;
    rusage used;
    if (wait4(child, &status, 0, &used) != child) throw std::system_error(errno, std::generic_category(), "wait4");
    if (status != 0) throw std::runtime_error(fmt::format("{} failed: {}", command[0], fmt::join(command, " ")));
    const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec); };
    return {seconds(used.ru_utime) + seconds(used.ru_stime), static_cast<double>(used.ru_maxrss) / 1024};
}

/// A folder that is gone when this is.
class temporary_folder {
public:
    temporary_folder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "pgcoro-compile-time-XXXXXX").string();
        if (mkdtemp(pattern.data()) == nullptr) throw std::system_error(errno, std::generic_category(), "mkdtemp");
        path_ = pattern;
    }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    ~temporary_folder() {
        std::error_code ignored;   // what cannot be removed is left to whoever cleans the folder of temporary files
        std::filesystem::remove_all(path_, ignored);
    }

    std::string file(std::string_view name, std::string_view text) const {
        const auto path = path_ / name;
        std::ofstream out(path);
        out << text;
        if (!out.flush()) throw std::runtime_error(fmt::format("cannot write {}", path.string()));
        return path.string();
    }
    std::string object() const { return (path_ / "object.o").string(); }

private:
    std::filesystem::path path_;
};

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

struct source {
    std::string name, path;
    bool separate = false;
};

struct figures {
    std::vector<double> seconds, megabytes, to_asio, per_row_type;
};

bool is_there(const std::string& compiler) {
    return std::system(fmt::format("command -v '{}' >/dev/null 2>&1", compiler).c_str()) == 0;
}

int run(const options& asked) {
    const temporary_folder folder;
    const auto alone = folder.file("asio.cpp", asio_alone), ten = folder.file("ten.cpp", with_queries(10)),
               twenty = folder.file("twenty.cpp", with_queries(20));
    const std::vector<source> sources{{"Asio alone", alone},
                                      {"10 queries", ten},
                                      {"20 queries", twenty},
                                      {"10 queries, separate compilation", ten, true},
                                      {"20 queries, separate compilation", twenty, true}};
    std::istringstream listed(PGCORO_COMPILE_FLAGS);
    std::vector<std::string> flags;
    for (std::string flag; std::getline(listed, flag, '|');)
        if (!flag.empty()) flags.push_back(flag);

    bool holds = true;
    for (const auto& compiler : asked.compilers) {
        if (!is_there(compiler)) {
            fmt::print("{}: left out, it is not installed\n", compiler);
            continue;
        }
        for (const std::string_view level : {"-O0", "-O2"}) {
            std::map<std::string, figures> all;
            for (int round = 0; round < asked.rounds; ++round) {
                double asio = 0, ten_queries = 0;
                for (const auto& each : sources) {
                    std::vector<std::string> command{compiler, "-std=c++20", std::string(level), "-c", each.path, "-o",
                                                     folder.object()};
                    command.insert(command.end(), flags.begin(), flags.end());
                    if (each.separate) {
                        command.push_back("-DPGCORO_SEPARATE_COMPILATION");
                        command.push_back("-DBOOST_ASIO_SEPARATE_COMPILATION");
                    }
                    const auto took = compile(std::move(command));
                    fmt::print(stderr, "{} {}, round {} of {}: {} took {:.1f} s\n", compiler, level, round + 1, asked.rounds,
                               each.name, took.seconds);
                    auto& of = all[each.name];
                    of.seconds.push_back(took.seconds);
                    of.megabytes.push_back(took.megabytes);
                    if (each.path == alone) asio = took.seconds;
                    if (each.path == ten) ten_queries = took.seconds;
                    of.to_asio.push_back(took.seconds / asio);
                    if (each.path == twenty) of.per_row_type.push_back((took.seconds - ten_queries) / 10);
                }
            }
            fmt::print("\n{} {}\n{:34} {:>7} {:>8} {:>15}   {}\n", compiler, level, "", "s", "MiB", "to Asio alone",
                       "a further row type, s");
            for (const auto& each : sources) {
                const auto& of = all[each.name];
                fmt::print("{:34} {:>7.2f} {:>8.0f} {:>15.2f}   {}\n", each.name, median(of.seconds), median(of.megabytes),
                           median(of.to_asio), of.per_row_type.empty() ? "" : fmt::format("{:.3f}", median(of.per_row_type)));
            }
            std::fflush(stdout);
            if (median(all["10 queries"].to_asio) > 1.5) holds = false;
            if (level == "-O2" && median(all["20 queries"].per_row_type) > 0.15) holds = false;
        }
    }
    return asked.check && !holds ? 1 : 0;
}

} // namespace

int main(int argc, char** argv) try { return run(parse(argc, argv)); } catch (const std::exception& failed) {
    fmt::print(stderr, "compile_time: {}\n", failed.what());
    return 2;
}

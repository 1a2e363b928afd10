// Options of the benchmarks that are programs by themselves.
#pragma once

#include <fmt/format.h>

#include <sstream>
#include <stdexcept>
#include <string_view>

namespace benchmark {

/// Reads `--check` and options with a value each.
/// @param take gets an option's name and a stream with its value; false if there is no such option
/// @return whether `--check` was among them
/// @throws std::invalid_argument
template <class Take>
bool read_options(int count, char** words, Take&& take) {
    bool check = false;
    for (int i = 1; i < count; ++i) {
        const std::string_view name = words[i];
        if (name == "--check") {
            check = true;
            continue;
        }
        if (i + 1 == count)
            throw std::invalid_argument(fmt::format("{}: no such option, or its value is missing", name));
        std::istringstream value(words[++i]);
        if (!take(name, value)) throw std::invalid_argument(fmt::format("there is no option {}", name));
    }
    return check;
}

} // namespace benchmark

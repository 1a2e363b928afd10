// How often a contender asked for memory and called the kernel.
#pragma once

#include <cstdint>

namespace benchmark {

/// Since the program's start, in all threads. Counted by functions that stand before those of the C library
/// (counted_calls.cpp), so that what libpq does counts as well.
struct call_counts {
    std::uint64_t allocations = 0; ///< by whomever: malloc and its kin, operator new
    std::uint64_t cpp_allocations =
        0; ///< of those, by C++: operator new and aligned_alloc, which libpq never calls
    std::uint64_t system_calls =
        0; ///< sending, receiving, waiting; not what happens once, such as connecting
};

call_counts counted_calls() noexcept;

} // namespace benchmark

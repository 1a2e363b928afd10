// What a test's process needs of memory.
#pragma once

#include <doctest/doctest.h>
#include <fstream>
#include <string>

// Sanitizers of addresses and threads keep freed memory for a while.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PGCORO_TEST_KEEPS_FREED_MEMORY 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define PGCORO_TEST_KEEPS_FREED_MEMORY 1
#endif
#endif

namespace pgcoro::testing {

#if defined(PGCORO_TEST_KEEPS_FREED_MEMORY)
inline constexpr bool memory_is_measurable = false;
#else
inline constexpr bool memory_is_measurable = true;
#endif

/// The most memory that this process has had since this object was made (documentation: proc(5), "clear_refs").
class peak_memory {
public:
    peak_memory() {
        std::ofstream("/proc/self/clear_refs") << 5;
        before_ = now();
    }

    /// Fails the test if it has grown by so many MB, unless a sanitizer makes that meaningless.
    void must_stay_below(long limit) const {
        REQUIRE(before_ > 0);
        const long grown = (now() - before_) / 1024;
        if (memory_is_measurable) CHECK(grown < limit);
        else MESSAGE("memory is not measured under a sanitizer that keeps freed memory");
    }

private:
    /// In kB.
    static long now() {
        std::ifstream status("/proc/self/status");
        for (std::string line; std::getline(status, line);)
            if (line.starts_with("VmHWM:")) return std::stol(line.substr(6));
        return 0;
    }

    long before_;
};

} // namespace pgcoro::testing

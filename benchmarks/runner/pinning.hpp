// Puts this program, and all that it starts from then on, on one core.
#pragma once

#include <cerrno>
#include <sched.h>
#include <stdexcept>
#include <string>
#include <system_error>

namespace benchmark {

/// Server and client on one and the same core: nothing runs beside what is measured, and no time goes into
/// waking another core. @param core -1 for the last one. Returns which it is.
inline int pin_to_core(int core) {
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        throw std::system_error(errno, std::generic_category(), "sched_getaffinity");
    if (core == -1)
        for (int i = 0; i < CPU_SETSIZE; ++i)
            if (CPU_ISSET(i, &allowed)) core = i;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0)
        throw std::runtime_error("core " + std::to_string(core) + " is not there for us");
    return core;
}

} // namespace benchmark

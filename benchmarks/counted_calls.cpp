#include "counted_calls.hpp"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <dlfcn.h>
#include <new>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

// glibc's own names for what is replaced here (its manual, "Replacing malloc").
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void __libc_free(void*);
}

namespace benchmark {
namespace {

/// Contenders do their work in one thread, so that no increment is lost; others may count without harm.
class counter {
public:
    void increment() noexcept { value_.store(value() + 1, std::memory_order_relaxed); }
    std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_ = 0;
};

constinit counter allocations, cpp_allocations, system_calls;

template <class Function>
Function* in_c_library(const char* name) noexcept {
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

} // namespace

call_counts counted_calls() noexcept {
    return {allocations.value(), cpp_allocations.value(), system_calls.value()};
}

} // namespace benchmark

using benchmark::allocations;
using benchmark::cpp_allocations;
using benchmark::in_c_library;
using benchmark::system_calls;

extern "C" {

void* malloc(std::size_t size) {
    allocations.increment();
    return __libc_malloc(size);
}

void* calloc(std::size_t count, std::size_t size) {
    allocations.increment();
    return __libc_calloc(count, size);
}

void* realloc(void* block, std::size_t size) {
    allocations.increment();
    return __libc_realloc(block, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) {
    allocations.increment();
    cpp_allocations.increment();
    return __libc_memalign(alignment, size);
}

void free(void* block) { __libc_free(block); }

ssize_t send(int socket, const void* data, std::size_t size, int flags) {
    static const auto real = in_c_library<decltype(send)>("send");
    system_calls.increment();
    return real(socket, data, size, flags);
}

ssize_t recv(int socket, void* data, std::size_t size, int flags) {
    static const auto real = in_c_library<decltype(recv)>("recv");
    system_calls.increment();
    return real(socket, data, size, flags);
}

int poll(pollfd* sockets, nfds_t count, int timeout) {
    static const auto real = in_c_library<decltype(poll)>("poll");
    system_calls.increment();
    return real(sockets, count, timeout);
}

int epoll_wait(int queue, epoll_event* events, int count, int timeout) {
    static const auto real = in_c_library<decltype(epoll_wait)>("epoll_wait");
    system_calls.increment();
    return real(queue, events, count, timeout);
}

int epoll_ctl(int queue, int operation, int socket, epoll_event* event) noexcept {
    static const auto real = in_c_library<decltype(epoll_ctl)>("epoll_ctl");
    system_calls.increment();
    return real(queue, operation, socket, event);
}

int timerfd_settime(int timer, int flags, const itimerspec* when, itimerspec* before) noexcept {
    static const auto real = in_c_library<decltype(timerfd_settime)>("timerfd_settime");
    system_calls.increment();
    return real(timer, flags, when, before);
}

} // extern "C"

void* operator new(std::size_t size) {
    cpp_allocations.increment();
    if (void* const block = malloc(size)) return block;
    throw std::bad_alloc();
}

void operator delete(void* block) noexcept { free(block); }
void operator delete(void* block, std::size_t) noexcept { free(block); }

// What the thread sanitizer cannot see; for one source of each test program.
#pragma once

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define PGCORO_TEST_UNDER_THREAD_SANITIZER
#endif
#elif defined(__SANITIZE_THREAD__)
#define PGCORO_TEST_UNDER_THREAD_SANITIZER
#endif

#if defined(PGCORO_TEST_UNDER_THREAD_SANITIZER)
/// Boost.Asio orders the end of its executors by a fence, which the sanitizer does not model; the counting of exceptions
/// is in the C++ library, which is not instrumented.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
    return "race:boost::asio::execution::detail::shared_target_executor\n"
           "race:std::__exception_ptr::exception_ptr::_M_release\n";
}

/// A test that looks at a program's end forks, and its child has threads, although there were some before.
extern "C" const char* __tsan_default_options();
extern "C" const char* __tsan_default_options() { return "die_after_fork=0"; }
#endif

// The integration tests' entry point; see fixture.hpp for the server that they use.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include "thread_sanitizer.hpp"

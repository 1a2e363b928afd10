// The unit tests' entry point: no server is needed, or started, by anything in this folder.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include "thread_sanitizer.hpp"

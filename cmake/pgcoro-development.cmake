# What the project's own programs (tests, examples, benchmarks) are built with; users of the library see none of it.

set(PGCORO_SANITIZE "" CACHE STRING "Sanitizers for our own programs, such as address,undefined")
option(PGCORO_COVERAGE "Instrument our own programs for gcov" OFF)
option(PGCORO_TEST_PROGRAMS_ONLY
    "Only the unit and integration tests and the example server: what sanitizers and coverage need" OFF)
if(PGCORO_TEST_PROGRAMS_ONLY)
    set(pgcoro_with_all_else OFF)
else()
    set(pgcoro_with_all_else ON)
endif()
option(PGCORO_TEST_DOCUMENTATION "Compile the code of the README and of docs/" ${pgcoro_with_all_else})
option(PGCORO_BUILD_SMALL_EXAMPLES "Build the examples of one source file" ${pgcoro_with_all_else})
option(PGCORO_USE_CCACHE "Compile through ccache where it is installed" ON)

set(CMAKE_CXX_EXTENSIONS OFF)

add_library(pgcoro-development INTERFACE)
add_library(pgcoro::development ALIAS pgcoro-development)
set(pgcoro_warnings -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
target_compile_options(pgcoro-development INTERFACE ${pgcoro_warnings})

if(PGCORO_SANITIZE)
    set(pgcoro_sanitize -fsanitize=${PGCORO_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    if(PGCORO_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # Only says that fences are not modelled, and Boost.Asio has some.
        list(APPEND pgcoro_sanitize -Wno-tsan)
    endif()
    target_compile_options(pgcoro-development INTERFACE ${pgcoro_sanitize})
    target_link_options(pgcoro-development INTERFACE ${pgcoro_sanitize})
endif()

# Sanitizers make large programs, which LLVM's own linker links in a quarter of the time.
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    include(CheckLinkerFlag)
    check_linker_flag(CXX -fuse-ld=lld PGCORO_HAS_LLD)
    if(PGCORO_HAS_LLD)
        target_link_options(pgcoro-development INTERFACE -fuse-ld=lld)
    endif()
endif()

if(PGCORO_COVERAGE)
    target_compile_options(pgcoro-development INTERFACE --coverage -fprofile-update=atomic)
    target_link_options(pgcoro-development INTERFACE --coverage)
endif()

# A project that adds this one as a subdirectory has its own opinion on compiler launchers.
if(PROJECT_IS_TOP_LEVEL AND PGCORO_USE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    find_program(PGCORO_CCACHE ccache)
    if(PGCORO_CCACHE)
        # Precompiled headers are cached only with these (ccache's manual, "Precompiled headers"). Without DEPEND all
        # headers would be preprocessed, which takes longer than to compile a small test. Work trees of one repository share
        # what they compile, so that lines in a debugger may be shown from another of them.
        set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
            CCACHE_DEPEND=1 CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
            CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${PGCORO_CCACHE})
    endif()
endif()

# Separate compilation: everything that is no template, compiled once for most of our own programs, from the source that the
# example shows to users.
add_library(pgcoro-compiled STATIC EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/examples/http_api/compiled.cpp)
add_library(pgcoro::compiled ALIAS pgcoro-compiled)
target_compile_definitions(pgcoro-compiled PUBLIC PGCORO_SEPARATE_COMPILATION BOOST_ASIO_SEPARATE_COMPILATION)
target_link_libraries(pgcoro-compiled PUBLIC pgcoro::pgcoro PRIVATE pgcoro::development)

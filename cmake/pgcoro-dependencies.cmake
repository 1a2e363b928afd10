# What the targets of pgcoro link to. Read by this project's build and by the installed package's configuration,
# where a missing dependency makes pgcoro "not found" instead of stopping with an error of its own.

if(DEFINED CMAKE_FIND_PACKAGE_NAME)
    include(CMakeFindDependencyMacro)
    macro(pgcoro_find)
        find_dependency(${ARGV})
    endmacro()
else()
    macro(pgcoro_find)
        find_package(${ARGV} REQUIRED)
    endmacro()
endif()

if(NOT TARGET Threads::Threads)
    pgcoro_find(Threads)
endif()

if(NOT TARGET PostgreSQL::PostgreSQL)
    pgcoro_find(PostgreSQL 14)
endif()

# Boost's own package files know every installed version side by side; CMake's module finds the default one.
if(NOT TARGET Boost::headers)
    find_package(Boost 1.81 QUIET CONFIG OPTIONAL_COMPONENTS json)
    if(NOT Boost_FOUND)
        pgcoro_find(Boost 1.81)
    endif()
elseif(NOT TARGET Boost::json)
    find_package(boost_json QUIET CONFIG)
endif()

if(NOT TARGET fmt::fmt AND NOT TARGET fmt::fmt-header-only)
    pgcoro_find(fmt 9)
endif()

# Installs the headers and a package that find_package(pgcoro) reads.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(pgcoro_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/pgcoro)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/pgcoro DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    FILES_MATCHING PATTERN "*.hpp")

install(TARGETS pgcoro EXPORT pgcoro-targets)
install(EXPORT pgcoro-targets NAMESPACE pgcoro:: DESTINATION ${pgcoro_package_dir})

# A target with a further dependency is exported by itself, so that who lacks the dependency can use the rest.
if(TARGET pgcoro-json)
    install(TARGETS pgcoro-json EXPORT pgcoro-json-targets)
    install(EXPORT pgcoro-json-targets NAMESPACE pgcoro:: DESTINATION ${pgcoro_package_dir})
endif()

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/pgcoro-config.cmake.in
    ${PROJECT_BINARY_DIR}/pgcoro-config.cmake INSTALL_DESTINATION ${pgcoro_package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/pgcoro-config-version.cmake
    COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES
    ${PROJECT_BINARY_DIR}/pgcoro-config.cmake
    ${PROJECT_BINARY_DIR}/pgcoro-config-version.cmake
    ${PROJECT_SOURCE_DIR}/cmake/pgcoro-dependencies.cmake
    DESTINATION ${pgcoro_package_dir})

# `cpack --preset release` (or `make package`): one .deb with headers, libraries and the CLI, and a .tar.gz of the same.
if(NOT GEYSER_INSTALL OR NOT UNIX OR APPLE)
  return()
endif()

set(CPACK_PACKAGE_NAME libgeyser-dev)
set(CPACK_PACKAGE_VENDOR "The Geyser authors")
set(CPACK_PACKAGE_CONTACT "The Geyser authors <geyser@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "sharing GPU textures between APIs, devices and processes")
set(CPACK_PACKAGE_DESCRIPTION "Geyser hands a texture's memory from one graphics API, device or process to another
through operating-system handles, with the synchronisation that goes with it.
This package holds the headers, the static libraries, the CMake package, the
pkg-config files and the command line tool geyser.")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE-MIT")
set(CPACK_PACKAGE_DIRECTORY "${PROJECT_BINARY_DIR}/packages")
set(CPACK_GENERATOR TGZ DEB)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGING_INSTALL_PREFIX "/usr")
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
if(GEYSER_WITH_VULKAN)
  set(CPACK_DEBIAN_PACKAGE_DEPENDS "libvulkan-dev")
endif()
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "libvulkan1, mesa-vulkan-drivers, libglfw3")

# Debian's policy wants a copyright file and a compressed changelog for every package.
set(package_doc "${PROJECT_BINARY_DIR}/generated/package")
file(READ "${PROJECT_SOURCE_DIR}/LICENSE-MIT" mit)
string(REGEX REPLACE "\n\n" "\n.\n" mit "${mit}")
string(REGEX REPLACE "\n([^\n])" "\n \\1" mit "${mit}")
configure_file(cmake/copyright.in "${package_doc}/copyright" @ONLY)
configure_file(cmake/changelog.Debian.in "${package_doc}/changelog.Debian" @ONLY)
find_program(GEYSER_GZIP gzip REQUIRED)
execute_process(COMMAND ${GEYSER_GZIP} -9nkf "${package_doc}/changelog.Debian" COMMAND_ERROR_IS_FATAL ANY)
file(COPY_FILE "${PROJECT_SOURCE_DIR}/CHANGELOG.md" "${package_doc}/changelog")
execute_process(COMMAND ${GEYSER_GZIP} -9nkf "${package_doc}/changelog" COMMAND_ERROR_IS_FATAL ANY)
install(FILES "${package_doc}/copyright" "${package_doc}/changelog.Debian.gz" "${package_doc}/changelog.gz"
  DESTINATION "${CMAKE_INSTALL_DATAROOTDIR}/doc/libgeyser-dev" COMPONENT development)
if(TARGET geyser)
  execute_process(COMMAND ${GEYSER_GZIP} -9nc "${PROJECT_SOURCE_DIR}/docs/geyser.1" OUTPUT_FILE "${package_doc}/geyser.1.gz" COMMAND_ERROR_IS_FATAL ANY)
  install(FILES "${package_doc}/geyser.1.gz" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1" COMPONENT runtime)
endif()
include(CPack)

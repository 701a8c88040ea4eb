# What both cross compilers share.
get_filename_component(geyser_root "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)
set(GEYSER_WINDOWS_SYSROOT "${geyser_root}/build/windows-sysroot" CACHE PATH "Where scripts/windows_sysroot put the headers")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES GEYSER_WINDOWS_SYSROOT)
set(CMAKE_RC_COMPILER x86_64-w64-mingw32-windres)
# What else a project of its own finds packages in: an installed Geyser, for one.
set(GEYSER_WINDOWS_ROOTS "" CACHE STRING "More folders with packages for Windows, separated by semicolons")
set(CMAKE_FIND_ROOT_PATH "${GEYSER_WINDOWS_SYSROOT}" ${GEYSER_WINDOWS_ROOTS} /usr/x86_64-w64-mingw32)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
# Programs that need no libstdc++ and no winpthread beside them.
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static")
set(CMAKE_SHARED_LINKER_FLAGS_INIT "-static")
set(CMAKE_CROSSCOMPILING_EMULATOR "${geyser_root}/scripts/wine_test")
# Looking for tests needs the runner, which is not there while building.
set(CMAKE_GTEST_DISCOVER_TESTS_DISCOVERY_MODE PRE_TEST)
set(GEYSER_GTEST_SOURCE /usr/src/googletest CACHE PATH "GoogleTest's sources, built with the tests")

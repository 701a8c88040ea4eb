# Windows x86-64 from Debian: mingw-w64's g++, tests run by Wine. The headers of libraries come from a folder of their own
# (scripts/windows_sysroot): /usr/include as a whole would bring glibc's.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
include("${CMAKE_CURRENT_LIST_DIR}/windows_common.cmake")
set(CMAKE_C_COMPILER x86_64-w64-mingw32-gcc-posix)
set(CMAKE_CXX_COMPILER x86_64-w64-mingw32-g++-posix)

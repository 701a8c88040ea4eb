// The operating system's own handles, for tests of what is refused; CMake picks handles_posix.cpp or handles_windows.cpp.
#pragma once

#include <cstdint>
#include <utility>

#include "geyser/os_handle.hpp"

namespace geyser::test {

/// Whether a child process that is started without care would have the handle too.
[[nodiscard]] bool is_inherited(OsHandle::Value handle);
/// Closes it behind its owner's back; false when it was not open.
[[nodiscard]] bool close_handle(OsHandle::Value handle);
/// Both ends.
[[nodiscard]] std::pair<OsHandle, OsHandle> make_pipe();
/// Memory that processes can share: a memory file, a section.
[[nodiscard]] OsHandle make_memory(std::uint64_t bytes);

/// How many handles some hundred short-lived managers may leave behind: libstdc++ over winpthreads leaves an event with a std::mutex that
/// two threads met at, when it is destroyed. 0 on POSIX systems.
[[nodiscard]] std::size_t handles_of_contended_locks();

}  // namespace geyser::test

// What the stage needs of the system; CMake picks stage_linux.cpp or stage_windows.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "support/process.hpp"

namespace geyser::test {

/// A new folder of this user's alone whose name begins so. Empty when it cannot be made.
[[nodiscard]] std::string make_private_folder(const std::string& prefix);
/// Maps a file for reading and writing, shared with whoever else maps it. Null when it fails.
[[nodiscard]] void* map_file(const std::string& file, std::size_t bytes, bool create);
void unmap_file(void* memory, std::size_t bytes) noexcept;
/// From now on this process is killed when that one, which started it, is gone.
void end_with_parent(std::uint32_t parent);
/// After Child::stop(): returns when the child is stopped, and not only about to be.
void wait_until_stopped(ProcessId child) noexcept;
/// It has ended; wait() still gets its status. Valid usage: a child that nobody has waited for.
[[nodiscard]] bool has_ended(ProcessId child) noexcept;

}  // namespace geyser::test

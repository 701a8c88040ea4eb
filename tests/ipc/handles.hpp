// Handles to send: memory, and such as are not what they are said to be.
#pragma once

#include <cstdint>
#include <vector>

#include "geyser/os_handle.hpp"

namespace geyser::test {

/// Memory of so many bytes; none of them is touched.
[[nodiscard]] OsHandle make_memory(std::uint64_t bytes);
/// The largest memory that has fewer bytes; empty where the system has none so small.
[[nodiscard]] OsHandle make_shorter_memory(std::uint64_t bytes);
/// At least five that can be no memory: pipes, sockets, folders, and what else the system has.
[[nodiscard]] std::vector<OsHandle> no_memory();
/// Open ones that are no connected message sockets.
[[nodiscard]] std::vector<OsHandle> no_sockets();

}  // namespace geyser::test

// What a handle means: the same open object as another one, or something that can be memory at all.
#pragma once

#include <cstdint>
#include <string_view>

#include "geyser/os_handle.hpp"
#include "platform/internal_api.hpp"

namespace geyser::platform {

/// True when `a` and `b` are duplicates of one handle. False when one of them is closed, or its number means something else by now.
[[nodiscard]] GEYSER_INTERNAL_API bool is_same_object(const OsHandle& a, const OsHandle& b) noexcept;

/// False for what is certainly no memory of `bytes` bytes: pipes, sockets, folders, devices of the system, and plain memory files that are
/// shorter. Some drivers block or crash on those. What only a driver can judge is true.
[[nodiscard]] GEYSER_INTERNAL_API bool may_be_memory(const OsHandle& handle, std::uint64_t bytes) noexcept;

/// What stat(2) calls the type of a file; `anonymous` has none (event counters, some dma-bufs).
enum class FileType : std::uint8_t { closed, regular, character_device, block_device, pipe, socket, directory, anonymous };
/// `closed` for an empty handle, and for one whose number is no open descriptor.
[[nodiscard]] GEYSER_INTERNAL_API FileType file_type(const OsHandle& handle) noexcept;
/// With its article, for messages: "a regular file".
[[nodiscard]] GEYSER_INTERNAL_API std::string_view to_string(FileType type) noexcept;

/// A second handle to a file, close-on-exec, with a position of its own: duplicates share one, in other processes too, and lavapipe reads
/// the head of a memory file by seeking when it imports it. Empty for what is no file, and where files cannot be opened again (no /proc).
[[nodiscard]] GEYSER_INTERNAL_API OsHandle reopened_file(const OsHandle& handle) noexcept;

/// Where the end of what a handle names is: the size of a dma-buf or file. 0 where it has none. Units: bytes.
[[nodiscard]] GEYSER_INTERNAL_API std::uint64_t size_by_seeking(const OsHandle& handle) noexcept;

}  // namespace geyser::platform

// Memory that several processes map: sealed, so that no peer can shrink it under us.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "geyser/os_handle.hpp"
#include "platform/internal_api.hpp"

namespace geyser::platform {

/// A mapping and the handle behind it. Ownership: move-only. Threading: distinct objects are independent.
class GEYSER_INTERNAL_API SharedMemory {
 public:
  /// New zeroed memory of at least `bytes` bytes (rounded up to pages), sealed against resizing. Errors: out_of_memory, os_error.
  static Result<SharedMemory> create(std::uint64_t bytes, const char* name);
  /// Maps memory of a peer. Takes the handle only on success. Apple: maps `bytes` in whole pages and no more.
  /// Errors: protocol_error when it is no sealed shared memory, smaller than `bytes`, or not for writing; out_of_memory, os_error.
  static Result<SharedMemory> open(OsHandle& handle, std::uint64_t bytes);
  /// As create(), but nobody else can ever map it for writing: not even the same user through the descriptor. Errors: also
  /// unsupported_feature (a kernel before 5.1).
  static Result<SharedMemory> create_read_only_for_others(std::uint64_t bytes, const char* name);
  /// As open(), mapped for reading; bytes() must not be written to. Errors: as open().
  static Result<SharedMemory> open_read_only(OsHandle& handle, std::uint64_t bytes);

  SharedMemory(SharedMemory&& other) noexcept;
  SharedMemory& operator=(SharedMemory&& other) noexcept;
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;
  ~SharedMemory();

  [[nodiscard]] std::span<std::byte> bytes() const noexcept { return {data_, size_}; }
  [[nodiscard]] const OsHandle& handle() const noexcept { return handle_; }

 private:
  SharedMemory(OsHandle handle, std::byte* data, std::size_t size) noexcept : handle_(std::move(handle)), data_(data), size_(size) {}
  OsHandle handle_;
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace geyser::platform

// An OS handle that means something only in the process that made it: what stands in an OsHandle for an object that the system lets no
// handle name (MTLSharedEvent, a shared MTLTexture).
#pragma once

#include <cstdint>
#include <utility>

#include "geyser/os_handle.hpp"
#include "platform/internal_api.hpp"

namespace geyser::platform {

/// Apple: a Mach port whose receive right stays here. Ownership: move-only; handles outlive it and then name nothing. Threading: any
/// thread.
class GEYSER_INTERNAL_API ProcessToken {
 public:
  /// Errors: out_of_memory (no port or descriptor free).
  static Result<ProcessToken> create();
  ProcessToken(ProcessToken&& other) noexcept : value_(std::exchange(other.value_, OsHandle::none)) {}
  ProcessToken& operator=(ProcessToken&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ProcessToken(const ProcessToken&) = delete;
  ProcessToken& operator=(const ProcessToken&) = delete;
  ~ProcessToken();

  /// A new handle that names this token. Errors: out_of_memory.
  [[nodiscard]] Result<OsHandle> handle() const;
  [[nodiscard]] bool named_by(const OsHandle& handle) const noexcept;
  /// Somebody, here or in another process, still has a handle.
  [[nodiscard]] bool has_handles() const noexcept;

 private:
  explicit ProcessToken(OsHandle::Value value) noexcept : value_(value) {}
  OsHandle::Value value_ = OsHandle::none;
};

}  // namespace geyser::platform

// Handles that a driver gives out once per object.
#pragma once

#include <array>
#include <cstddef>
#include <mutex>

#include "geyser/os_handle.hpp"

namespace geyser::vulkan {

/// Vulkan may be asked for an NT handle once per object and type; everybody gets a duplicate of that one.
/// Ownership: closes what it keeps. Threading: any thread.
class KeptHandles {
 public:
  /// `make` is called until it has succeeded once for `slot`. Errors: its own; os_error from duplicating.
  template <class Make>
  Result<OsHandle> duplicate(std::size_t slot, Make&& make) {
    const std::lock_guard lock(mutex_);
    OsHandle& kept = kept_.at(slot);
    if (!kept) {
      Result<OsHandle> made = make();
      if (!made) return made;
      kept = *std::move(made);
    }
    return kept.duplicate();
  }

 private:
  std::mutex mutex_;
  std::array<OsHandle, 8> kept_;  // by SemaphoreHandleType; textures and fences have one type and use the first
};

}  // namespace geyser::vulkan

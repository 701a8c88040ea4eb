// The rules about devices behind check_same_device(), negotiate() and import: when they differ, and which handles do not mind.
#pragma once

#include <string>

#include "geyser/capabilities.hpp"
#include "geyser/device_identity.hpp"

namespace geyser::detail {

/// "the device UUIDs differ (...)"; empty when opaque handles may pass.
[[nodiscard]] std::string device_difference(const DeviceIdentity& exporter, const DeviceIdentity& importer);

/// Handles whose meaning does not depend on the device (Vulkan, "External Memory Handle Types Compatibility"): what they name is
/// plain memory, or memory whose layout travels with them, which the driver judges itself.
[[nodiscard]] constexpr bool device_independent(MemoryHandleType type) noexcept {
  return type == MemoryHandleType::dma_buf || type == MemoryHandleType::shared_memory || type == MemoryHandleType::io_surface;
}
/// Of semaphores too: a kernel fence, a counter in memory.
[[nodiscard]] constexpr bool device_independent(SemaphoreHandleType type) noexcept {
  return type == SemaphoreHandleType::sync_fd || type == SemaphoreHandleType::host_page;
}

}  // namespace geyser::detail

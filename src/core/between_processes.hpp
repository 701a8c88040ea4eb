// What of a device's capabilities is left when the other side is another process.
#pragma once

#include <algorithm>

#include "geyser/capabilities.hpp"

namespace geyser::detail {

/// Entries that cross no process border stay, with the reason, and can do nothing.
[[nodiscard]] inline Capabilities between_processes(Capabilities capabilities) {
  const auto close = [](auto& rungs) {
    for (auto& rung : rungs) {
      if (!rung.in_process_only) continue;
      rung.can_export = rung.can_import = false;
      if (rung.why_not.empty()) rung.why_not = "the operating system gives it to no other process";
    }
  };
  close(capabilities.memory);
  close(capabilities.semaphores);
  return capabilities;
}

/// Whether the device makes timelines that another process can have, by whatever handle.
[[nodiscard]] inline bool exports_timelines(const Capabilities& capabilities) noexcept {
  return std::ranges::any_of(capabilities.semaphores, [](const SemaphoreHandleSupport& rung) {
    return rung.kind == SemaphoreKind::timeline && rung.can_export && !rung.in_process_only;
  });
}

}  // namespace geyser::detail

// Sharing one small texture for real: the proof behind what `doctor` says.
#pragma once

#include <chrono>

#include "geyser/manager.hpp"

namespace geyser::tools {

struct ShareTrial {
  MemoryHandleType memory = MemoryHandleType::none;
  SemaphoreKind semaphore = SemaphoreKind::host_timeline;
  std::chrono::nanoseconds elapsed{0};
};

/// Creates a 64x64 texture on `exporter`, hands it to `importer`, lets each read what the other wrote and compares every byte.
/// Errors: those of the step that fails; internal when the bytes differ.
[[nodiscard]] Result<ShareTrial> try_sharing(TextureShareManager& exporter, TextureShareManager& importer);

}  // namespace geyser::tools

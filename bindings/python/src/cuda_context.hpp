// The CUDA context of a manager, for what the public door has no call for: copies between arrays and buffers, events between streams.
#pragma once

#include "backends/cuda/manager.hpp"
#include "textures.hpp"
#include "views.hpp"

namespace geyser::python {

/// Valid usage: a CUDA manager. Lives as long as the manager.
[[nodiscard]] const cuda::Context& context_of(const Manager& manager);
/// 1 is CU_STREAM_LEGACY, which null means too.
[[nodiscard]] inline void* legacy_stream(void* stream) noexcept { return reinterpret_cast<std::uintptr_t>(stream) == 1 ? nullptr : stream; }

}  // namespace geyser::python

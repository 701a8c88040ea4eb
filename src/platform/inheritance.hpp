// Handles stay in the process that owns them: a program that it starts gets none.
#pragma once

#include "geyser/os_handle.hpp"
#include "platform/internal_api.hpp"

namespace geyser::platform {

/// Takes `handle` out of what a child process inherits. Drivers do not all do so with the descriptors that they make.
GEYSER_INTERNAL_API void keep_from_children(const OsHandle& handle) noexcept;

}  // namespace geyser::platform

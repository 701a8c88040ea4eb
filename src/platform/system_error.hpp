// Errors of system calls, worded once.
#pragma once

#include <string_view>

#include "geyser/error.hpp"

namespace geyser::platform {

/// `what` failed with the system's `code`. What the process has run out of (memory, descriptors) is out_of_memory, the rest os_error.
/// Errors: none; may throw std::bad_alloc.
[[nodiscard]] Error system_error(std::string_view what, int code);

}  // namespace geyser::platform

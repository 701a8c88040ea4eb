// Windows: what a section object (shared memory) is made of, which only the native interface tells.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "platform/windows.hpp"

namespace geyser::platform {

struct SectionInfo {
  std::uint32_t attributes = 0;  ///< SEC_COMMIT, SEC_RESERVE, SEC_FILE, SEC_IMAGE
  std::uint64_t bytes = 0;
};
/// Empty when `handle` is no section, or does not grant SECTION_QUERY.
[[nodiscard]] std::optional<SectionInfo> section_info(HANDLE handle) noexcept;

/// What a handle is ("Section", "File", "Event"). Empty when it is closed.
[[nodiscard]] std::wstring_view object_type(HANDLE handle, std::span<std::byte, 512> room) noexcept;

}  // namespace geyser::platform

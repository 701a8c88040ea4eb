// What a device can share, and why a pair of devices cannot.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "geyser/device_identity.hpp"
#include "geyser/texture.hpp"

namespace geyser {

/// How texture memory crosses. Values are part of the wire protocol.
enum class MemoryHandleType : std::uint8_t {
  none = 0,
  opaque_fd = 1,      ///< VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT and its GL and CUDA twins
  dma_buf = 2,        ///< Linux dma-buf with a DRM format modifier
  shared_memory = 3,  ///< sealed memfd (Linux) or section (Windows): host memory
  opaque_win32 = 4,
  d3d11_texture = 5,
  d3d12_resource = 6,
  io_surface = 7,
  metal_texture = 8,
};
/// How a semaphore crosses. Values are part of the wire protocol.
enum class SemaphoreHandleType : std::uint8_t {
  none = 0,
  opaque_fd = 1,
  sync_fd = 2,
  host_page = 3,  ///< a counter in sealed shared memory
  opaque_win32 = 4,
  d3d12_fence = 5,
  metal_shared_event = 6,
};
/// The rungs of the synchronisation ladder, best first.
enum class SemaphoreKind : std::uint8_t { timeline = 1, binary = 2, host_timeline = 3 };

[[nodiscard]] GEYSER_API std::string_view to_string(MemoryHandleType type) noexcept;     ///< Static storage; any thread; no errors.
[[nodiscard]] GEYSER_API std::string_view to_string(SemaphoreHandleType type) noexcept;  ///< Static storage; any thread; no errors.
[[nodiscard]] GEYSER_API std::string_view to_string(SemaphoreKind kind) noexcept;        ///< Static storage; any thread; no errors.

struct MemoryHandleSupport {
  MemoryHandleType type = MemoryHandleType::none;
  bool can_export = false;
  bool can_import = false;
  std::string why_not;           ///< one clause when one of the two is false; empty otherwise
  bool in_process_only = false;  ///< the operating system lets no other process have it: streams and channels do not use it
};
struct SemaphoreHandleSupport {
  SemaphoreKind kind = SemaphoreKind::timeline;
  SemaphoreHandleType type = SemaphoreHandleType::none;
  bool can_export = false;
  bool can_import = false;
  std::string why_not;
  bool in_process_only = false;  ///< as in MemoryHandleSupport
};

/// What a manager's device can share in general. Whether a certain texture can be shared is TextureShareManager::format_support().
struct Capabilities {
  DeviceIdentity identity;
  std::vector<MemoryHandleSupport> memory;         ///< one entry per type the backend knows, best first
  std::vector<SemaphoreHandleSupport> semaphores;  ///< one entry per (kind, type) the backend knows, best first
  /// True when `type` can be exported / imported. Errors: none.
  [[nodiscard]] GEYSER_API bool exports(MemoryHandleType type) const noexcept;
  [[nodiscard]] GEYSER_API bool imports(MemoryHandleType type) const noexcept;
  [[nodiscard]] GEYSER_API bool exports(SemaphoreKind kind, SemaphoreHandleType type) const noexcept;
  [[nodiscard]] GEYSER_API bool imports(SemaphoreKind kind, SemaphoreHandleType type) const noexcept;
};

/// A DRM format modifier with the number of memory planes it needs.
struct ModifierSupport {
  std::uint64_t modifier = 0;
  std::uint32_t memory_planes = 1;
  friend constexpr bool operator==(const ModifierSupport&, const ModifierSupport&) = default;
};

/// What one device can do with textures of one description and one handle type.
struct FormatSupport {
  MemoryHandleType type = MemoryHandleType::none;
  bool can_export = false;
  bool can_import = false;
  bool dedicated_required = false;  ///< the driver wants one allocation per texture
  Extent3D max_extent{0, 0, 0};     ///< texels
  std::uint32_t max_mip_levels = 0;
  std::uint32_t max_array_layers = 0;
  std::vector<ModifierSupport> modifiers;  ///< dma_buf only
  std::string why_not;                     ///< one clause when one of the two is false
};

/// The outcome of comparing two sides: the chosen types, and for each rejected rung the reason.
struct Negotiation {
  MemoryHandleType memory = MemoryHandleType::none;
  SemaphoreKind semaphore = SemaphoreKind::host_timeline;
  SemaphoreHandleType semaphore_handle = SemaphoreHandleType::none;
  bool same_device = false;
  std::vector<std::string> rejected;  ///< "opaque_fd: the device UUIDs differ (...)"
};

/// Chooses memory and semaphore handle types that `exporter` can export and `importer` can import, best first.
/// Threading: any thread. Valid usage: any (checked). Errors: device_mismatch when a shared type exists but the devices differ,
/// unsupported_handle when there is none; the message carries every reason.
[[nodiscard]] GEYSER_API Result<Negotiation> negotiate(const Capabilities& exporter, const Capabilities& importer);
/// Modifiers that both lists have with the same number of memory planes, in the exporter's order. Threading: any thread. Errors: none.
[[nodiscard]] GEYSER_API std::vector<ModifierSupport> common_modifiers(std::span<const ModifierSupport> exporter,
                                                                       std::span<const ModifierSupport> importer);
/// For people: what `a` can hand to `b` and, where not, why. One line per handle type. Threading: any thread. Errors: none.
[[nodiscard]] GEYSER_API std::string explain(const Capabilities& exporter, const Capabilities& importer);

}  // namespace geyser

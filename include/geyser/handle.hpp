// TextureHandle: a texture on its way to another API, device or process. Self-describing: no separate descriptor to get wrong.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "geyser/semaphore.hpp"
#include "geyser/texture.hpp"

namespace geyser {

/// Where a memory plane lies in its allocation (dma_buf, shared_memory; linear images).
struct MemoryPlane {
  std::uint64_t offset = 0;     ///< bytes
  std::uint64_t row_pitch = 0;  ///< bytes
  std::uint32_t handle_index = 0;
  friend constexpr bool operator==(const MemoryPlane&, const MemoryPlane&) = default;
};
inline constexpr std::size_t max_memory_planes = 4;

/// TextureHandleInfo::memory_type_index of an exporter that does not know Vulkan's memory types (CUDA).
inline constexpr std::uint32_t any_memory_type = 0xFFFFFFFFU;

/// What the importer of an opaque handle must repeat exactly (Vulkan, "Importing external memory": same image parameters,
/// same memory type, same size, same dedication).
struct TextureHandleInfo {
  MemoryHandleType type = MemoryHandleType::none;
  TextureDescriptor descriptor;
  DeviceIdentity exporter;              ///< compared before any driver sees the handle
  std::uint64_t allocation_size = 0;    ///< bytes, of the whole allocation
  std::uint64_t required_size = 0;      ///< bytes that the image itself needs
  std::uint32_t memory_type_index = 0;  ///< the exporter's VkMemoryType index, or any_memory_type; 0 for host memory
  bool dedicated = false;               ///< the allocation holds this image and nothing else
  bool linear_tiling = false;
  std::uint32_t native_format = 0;        ///< VkFormat used, for opaque handles
  std::uint32_t native_usage = 0;         ///< VkImageUsageFlags used
  std::uint32_t native_create_flags = 0;  ///< VkImageCreateFlags used
  std::uint64_t drm_modifier = 0;         ///< dma_buf only
  std::uint32_t memory_plane_count = 0;   ///< of `memory_planes`; 0 for optimal tiling
  std::array<MemoryPlane, max_memory_planes> memory_planes{};
  bool initialized = false;                         ///< somebody has written it
  TextureLayout layout = TextureLayout::undefined;  ///< the layout it was released in
};

/// Owns the OS handles of one texture, and optionally its ready semaphore's.
/// Ownership: move-only; import consumes it only on success; destroying it closes what it still owns. Threading: distinct objects are
/// independent.
struct TextureHandle {
  TextureHandleInfo info;
  std::array<OsHandle, max_memory_planes> handles;  ///< the first is always set; more only for multi-fd dma-buf
  std::optional<SemaphoreHandle> ready_semaphore;   ///< see TextureShareManager::attach_semaphore
  std::uint64_t ready_value = 0;                    ///< newest value announced when it was exported

  /// Number of OS handles set. Errors: none.
  [[nodiscard]] std::size_t handle_count() const noexcept {
    std::size_t n = 0;
    for (const auto& h : handles) n += h ? 1U : 0U;
    return n;
  }
};

/// Checks everything about a handle that needs no device: the descriptor, sizes, counts, enums, plane bounds.
/// Whatever arrives from another process goes through it; import does so by itself.
/// Threading: any thread. Valid usage: any (checked). Errors: protocol_error or invalid_argument naming the field, given and allowed value.
[[nodiscard]] GEYSER_API Result<void> validate(const TextureHandle& handle);
/// The same for a semaphore. Threading: any thread. Errors: protocol_error.
[[nodiscard]] GEYSER_API Result<void> validate(const SemaphoreHandle& handle);

}  // namespace geyser

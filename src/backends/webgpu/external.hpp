// The seam to the operating system: how memory and fences reach Dawn. One external_families_<system>.cpp names what there is.
#pragma once

#include <array>
#include <span>

#include "backends/webgpu/context.hpp"
#include "backends/webgpu/features.hpp"
#include "geyser/handle.hpp"

namespace geyser::webgpu {

/// The library that Dawn is where the process has none of its own.
[[nodiscard]] const char* dawn_library_name() noexcept;
[[nodiscard]] WGPUBackendType dawn_backend() noexcept;
/// "Vulkan": what partner a manager here wants.
[[nodiscard]] std::string_view partner_name() noexcept;

/// Tells Dawn which adapter is meant, where it can be told. Ownership: what begin() gives lives as long as *this.
class AdapterWish {
 public:
  explicit AdapterWish(const DeviceIdentity& device) noexcept;
  AdapterWish(const AdapterWish&) = delete;
  AdapterWish& operator=(const AdapterWish&) = delete;
  /// Null where there is nothing to chain.
  [[nodiscard]] WGPUChainedStruct* chain() noexcept;

 private:
  struct Luid {
    WGPUChainedStruct chain{};
    std::array<std::uint8_t, 8> luid{};
  };
  Luid luid_;
};

/// A kind of memory that Dawn imports.
struct MemoryFamily {
  MemoryHandleType type = MemoryHandleType::none;
  Feature feature;
  /// The OS handles are what `info` says, as far as that can be known before a driver sees them. Errors: protocol_error, unsupported_format
  /// naming what Dawn needs.
  Result<void> (*check)(const TextureHandle& handle) = nullptr;
  /// Dawn makes duplicates of its own; `handle` stays as it is. Dawn's errors are the caller's to look at. Errors: os_error,
  /// protocol_error.
  Result<WGPUSharedTextureMemory> (*import)(const Entered& entered, const TextureHandle& handle) = nullptr;
  /// One clause why Dawn cannot take textures like that as this type; empty when it may.
  std::string (*why_not)(const TextureDescriptor& descriptor) = nullptr;
};
/// Best first.
[[nodiscard]] std::span<const MemoryFamily> memory_families() noexcept;
[[nodiscard]] const MemoryFamily* find_family(MemoryHandleType type) noexcept;

/// A kind of fence, which is a semaphore of the partner's: signalled once with value 1 and waited for once.
struct FenceFamily {
  Feature feature;
  WGPUSharedFenceType native = WGPUSharedFenceType_Force32;
  SemaphoreKind kind = SemaphoreKind::binary;
  SemaphoreHandleType type = SemaphoreHandleType::none;
  bool copies = false;  ///< its handle takes the signal along, so it is made after the signal was submitted
  /// Dawn makes a duplicate of its own. Dawn's errors are the caller's to look at.
  WGPUSharedFence (*import)(const Entered& entered, const OsHandle& handle) = nullptr;
  /// A handle of its own. Errors: os_error, out_of_memory; protocol_error when the fence has none.
  Result<OsHandle> (*export_handle)(const Entered& entered, WGPUSharedFence fence) = nullptr;
};
/// Best first.
[[nodiscard]] std::span<const FenceFamily> fence_families() noexcept;

/// What travels with the begin and the end of an access on this system: layouts, where the API has them.
class LayoutChain {
 public:
  /// For an access that begins with the texture in `layout`.
  explicit LayoutChain(TextureLayout layout) noexcept;
  LayoutChain(const LayoutChain&) = delete;
  LayoutChain& operator=(const LayoutChain&) = delete;
  /// What to chain; null where there is nothing. Lives as long as *this.
  [[nodiscard]] WGPUChainedStruct* begin() noexcept;
  [[nodiscard]] WGPUChainedStruct* end() noexcept;
  /// The layout that Dawn left the texture in. Errors: internal for one that this library has no name for.
  [[nodiscard]] Result<TextureLayout> left() const;

 private:
  TextureLayout layout_;
  [[maybe_unused]] WGPUSharedTextureMemoryVkImageLayoutBeginState begin_{};  // Vulkan alone has layouts
  [[maybe_unused]] WGPUSharedTextureMemoryVkImageLayoutEndState end_{};
};

}  // namespace geyser::webgpu

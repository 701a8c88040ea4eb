// The table's formats as WGPUTextureFormat, and what Dawn answers about each on this device.
#pragma once

#include <map>
#include <mutex>
#include <tuple>

#include "backends/webgpu/external.hpp"
#include "core/partner.hpp"

namespace geyser::webgpu {

/// Undefined for what WebGPU has no name for.
[[nodiscard]] WGPUTextureFormat dawn_format(TextureFormat format) noexcept;
/// "WGPUTextureFormat 22".
[[nodiscard]] std::string describe(WGPUTextureFormat format);
/// Copies both ways included: the library needs them.
[[nodiscard]] WGPUTextureUsage dawn_usage(TextureUsage usage) noexcept;
/// "rgba8_unorm d2 with usage texture_binding".
[[nodiscard]] std::string describe_use(const TextureDescriptor& descriptor);

/// One clause why Dawn shares no textures of that shape or format on this device; empty when it may. Asks nobody.
[[nodiscard]] std::string why_not(const Context& context, const TextureDescriptor& descriptor);
/// Errors: limit_exceeded.
[[nodiscard]] Result<void> check_limits(const Context& context, const TextureDescriptor& descriptor);

/// Memory that Dawn has imported. Ownership: one reference of Dawn's, to be given to a Texture or back to Dawn.
struct ImportedMemory {
  WGPUSharedTextureMemory memory = nullptr;
  WGPUTextureUsage usage = WGPUTextureUsage_None;  ///< what Dawn allows, and the descriptor asked for
};
/// Imports, and compares what Dawn made of it with what was asked for. Errors: unsupported_format in Dawn's words; invalid_argument when
/// header and library do not fit; out_of_memory, device_lost.
[[nodiscard]] Result<ImportedMemory> import_memory(Entered& entered, const MemoryFamily& family, const TextureHandle& handle);

/// What Dawn said when it was asked with a small texture of the partner's.
/// Threading: any thread that may enter the context.
class FormatCache {
 public:
  /// One clause why such textures cannot be shared as `family`; empty when they can. Errors: out_of_memory, device_lost.
  Result<std::string> why_not(Context& context, detail::Partner& partner, const MemoryFamily& family, const TextureDescriptor& descriptor);

 private:
  using Key = std::tuple<TextureFormat, TextureUsage, MemoryHandleType>;
  std::mutex mutex_;
  std::map<Key, std::string> known_;
};

}  // namespace geyser::webgpu

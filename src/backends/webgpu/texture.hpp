// A texture on this device: the partner's, and the memory that Dawn imported from it.
#pragma once

#include <array>
#include <atomic>
#include <optional>

#include "backends/webgpu/formats.hpp"

namespace geyser::webgpu {

class Manager;

/// Ownership: the partner's texture and Dawn's memory; destroyed in any thread.
class Texture final : public detail::TextureContents {
 public:
  Texture(std::shared_ptr<detail::Backend> backend, std::shared_ptr<Context> adopted, Init init, SharedTexture partners)
      : TextureContents(std::move(backend), std::move(init)), context(std::move(adopted)), twin(std::move(partners)) {}
  ~Texture() override;
  Texture(const Texture&) = delete;
  Texture& operator=(const Texture&) = delete;
  void left_acquired() noexcept override;

  /// Dawn's access, between acquire() and release(). Guarded by the context, as all that follows.
  struct Open {
    WGPUTexture texture = nullptr;
    AccessMode mode = AccessMode::read;
    TextureLayout layout = TextureLayout::undefined;  ///< at its beginning
    bool initialized = false;
  };

  std::shared_ptr<Context> context;
  SharedTexture twin;
  const MemoryFamily* family = nullptr;
  WGPUSharedTextureMemory memory = nullptr;  ///< null after Dawn refused an access: it must be imported anew
  WGPUTextureUsage usage = WGPUTextureUsage_None;
  TextureHandleInfo info;                          ///< what `memory` was imported with
  std::array<OsHandle, max_memory_planes> kept{};  ///< of a texture that was imported, to import it anew
  std::optional<Open> open;
  std::atomic<bool> abandoned{false};  ///< `open` belongs to an access that is gone
};

/// The texture of a public object. Errors: device_mismatch, invalid_argument.
[[nodiscard]] Result<Texture*> webgpu_texture(detail::TextureContents* contents);
[[nodiscard]] Manager& manager_of(const Texture& texture) noexcept;

}  // namespace geyser::webgpu

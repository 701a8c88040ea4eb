// A shared texture without the library on Dawn's side: what a program of its own would write, mistakes included.
#pragma once

#include <memory>

#include "webgpu/fixture.hpp"

namespace geyser::test::dawn {

/// A Vulkan texture of the sides' Vulkan manager, imported into Dawn by hand. Ownership: owns both ends. Threading: one thread.
class SharedByHand {
 public:
  /// Null, and a test failure, when it cannot be made.
  [[nodiscard]] static std::unique_ptr<SharedByHand> create(Sides& sides);
  ~SharedByHand();
  SharedByHand(const SharedByHand&) = delete;
  SharedByHand& operator=(const SharedByHand&) = delete;
  [[nodiscard]] const TextureDescriptor& descriptor() const noexcept { return texture_->descriptor(); }
  [[nodiscard]] WGPUTexture create_texture() const;
  /// Without fences; in the layout that the last access left.
  [[nodiscard]] bool begin(WGPUTexture texture, bool initialized = true);
  [[nodiscard]] bool end(WGPUTexture texture);

 private:
  SharedByHand() = default;
  std::optional<SharedTexture> texture_;
  WGPUSharedTextureMemory memory_ = nullptr;
  std::int32_t layout_ = 1;  // VK_IMAGE_LAYOUT_GENERAL
};

}  // namespace geyser::test::dawn

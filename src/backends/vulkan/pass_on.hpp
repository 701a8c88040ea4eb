// Handing a texture on between two other users of this device: what a partner does for an API without semaphores of its own.
#pragma once

#include <deque>
#include <mutex>
#include <vector>

#include "backends/vulkan/texture.hpp"

namespace geyser::vulkan {

/// Command buffers that change a texture's layout between two semaphores. Nobody waits for them on the host; they are reused when the GPU
/// is done with them. Ownership: its command pool and fences. Threading: any thread.
class PassOn {
 public:
  explicit PassOn(std::shared_ptr<Context> context) noexcept : context_(std::move(context)) {}
  /// Waits a moment for what is still on the queue; what does not end stays allocated, and the log says so.
  ~PassOn();
  PassOn(const PassOn&) = delete;
  PassOn& operator=(const PassOn&) = delete;

  /// Backend::pass_on().
  Result<void> run(Texture& texture, Access& access, TextureLayout layout);
  /// Waits a moment for command buffers with `image`. False when one is still on the queue: the image must not be destroyed then.
  [[nodiscard]] bool finish(vk::Image image) noexcept;

 private:
  struct Slot {
    vk::CommandBuffer commands;
    vk::Fence fence;
    vk::Image image;
  };
  Result<void> create_pool();
  Result<Slot> take_slot();
  Result<void> record(const Slot& slot, Access& access, TextureLayout layout) const;
  [[nodiscard]] bool wait_for(const Slot& slot) const noexcept;

  std::shared_ptr<Context> context_;
  std::mutex mutex_;  // of all that follows
  vk::CommandPool pool_;
  std::deque<Slot> running_;  // the oldest first
  std::vector<Slot> idle_;
};

}  // namespace geyser::vulkan

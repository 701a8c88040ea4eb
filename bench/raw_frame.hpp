// A command buffer and the fence of its submit.
#pragma once

#include "bench/raw_device.hpp"

namespace geyser::bench {

class RawFrame {
 public:
  explicit RawFrame(const RawDevice& device);
  ~RawFrame();
  RawFrame(const RawFrame&) = delete;
  RawFrame& operator=(const RawFrame&) = delete;

  void begin() const;
  void end() const;
  /// Either semaphore may be null: then nothing is waited for or signalled. Both are timelines.
  void submit(VkSemaphore wait_for, std::uint64_t wait_value, VkSemaphore signal, std::uint64_t signal_value) const;
  /// Waits for the fence of the last submit.
  void wait_only() const;
  /// The same, and resets it.
  void wait() const;

  VkCommandBuffer commands = VK_NULL_HANDLE;
  VkFence fence = VK_NULL_HANDLE;

 private:
  const RawDevice& device_;
  VkCommandPool pool_ = VK_NULL_HANDLE;
};

}  // namespace geyser::bench

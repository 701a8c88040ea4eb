#include "bench/raw_frame.hpp"

namespace geyser::bench {
namespace {
constexpr std::uint64_t ten_seconds = 10'000'000'000;  // nanoseconds
}

RawFrame::RawFrame(const RawDevice& device) : device_(device) {
  VkCommandPoolCreateInfo pool{VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO, nullptr, VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT,
                               device.queue_family};
  check(device.vk.CreateCommandPool(device.device, &pool, nullptr, &pool_), "vkCreateCommandPool");
  VkCommandBufferAllocateInfo allocate{VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO, nullptr, pool_, VK_COMMAND_BUFFER_LEVEL_PRIMARY, 1};
  check(device.vk.AllocateCommandBuffers(device.device, &allocate, &commands), "vkAllocateCommandBuffers");
  VkFenceCreateInfo create{VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
  check(device.vk.CreateFence(device.device, &create, nullptr, &fence), "vkCreateFence");
}

RawFrame::~RawFrame() {
  device_.vk.DeviceWaitIdle(device_.device);
  device_.vk.DestroyFence(device_.device, fence, nullptr);
  device_.vk.DestroyCommandPool(device_.device, pool_, nullptr);
}

void RawFrame::begin() const {
  VkCommandBufferBeginInfo info{VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO, nullptr, VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT};
  check(device_.vk.BeginCommandBuffer(commands, &info), "vkBeginCommandBuffer");
}

void RawFrame::end() const { check(device_.vk.EndCommandBuffer(commands), "vkEndCommandBuffer"); }

void RawFrame::submit(VkSemaphore wait_for, std::uint64_t wait_value, VkSemaphore signal, std::uint64_t signal_value) const {
  const VkPipelineStageFlags stage = VK_PIPELINE_STAGE_ALL_COMMANDS_BIT;
  const std::uint32_t waits = wait_for == VK_NULL_HANDLE ? 0 : 1;
  const std::uint32_t signals = signal == VK_NULL_HANDLE ? 0 : 1;
  VkTimelineSemaphoreSubmitInfo values{
      VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO, nullptr, waits, &wait_value, signals, &signal_value};
  VkSubmitInfo info{VK_STRUCTURE_TYPE_SUBMIT_INFO, &values, waits, &wait_for, &stage, 1, &commands, signals, &signal};
  check(device_.vk.QueueSubmit(device_.queue, 1, &info, fence), "vkQueueSubmit");
}

void RawFrame::wait_only() const {
  const VkResult result = device_.vk.WaitForFences(device_.device, 1, &fence, VK_TRUE, ten_seconds);
  if (result == VK_TIMEOUT) throw std::runtime_error("vkWaitForFences timed out");
  check(result, "vkWaitForFences");
}

void RawFrame::wait() const {
  wait_only();
  check(device_.vk.ResetFences(device_.device, 1, &fence), "vkResetFences");
}

}  // namespace geyser::bench

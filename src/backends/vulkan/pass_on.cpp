#include "backends/vulkan/pass_on.hpp"

#include <algorithm>

#include "backends/vulkan/sync.hpp"
#include "geyser/log.hpp"

namespace geyser::vulkan {
namespace {

constexpr std::uint64_t longest_goodbye = 2'000'000'000;  // nanoseconds

}  // namespace

PassOn::~PassOn() {
  const auto& [device, dispatch] = std::tie(context_->device, context_->dispatch);
  // One queue: when the newest is over, so are the others.
  if (!running_.empty() && !wait_for(running_.back())) {
    log(LogLevel::error,
        "A Vulkan manager is destroyed while a texture that it hands on still waits for a semaphore; that stays allocated.");
    return;
  }
  for (const auto& slot : running_) device.destroyFence(slot.fence, nullptr, dispatch);
  for (const auto& slot : idle_) device.destroyFence(slot.fence, nullptr, dispatch);
  if (pool_) device.destroyCommandPool(pool_, nullptr, dispatch);
}

bool PassOn::wait_for(const Slot& slot) const noexcept {
  return context_->device.waitForFences(1, &slot.fence, VK_TRUE, longest_goodbye, context_->dispatch) != vk::Result::eTimeout;
}

bool PassOn::finish(vk::Image image) noexcept {
  const std::lock_guard lock(mutex_);
  return std::all_of(running_.begin(), running_.end(), [&](const Slot& slot) { return slot.image != image || wait_for(slot); });
}

Result<void> PassOn::create_pool() {
  const vk::CommandPoolCreateInfo info{.flags = vk::CommandPoolCreateFlagBits::eResetCommandBuffer,
                                       .queueFamilyIndex = context_->queue_family};
  const auto result = context_->device.createCommandPool(&info, nullptr, &pool_, context_->dispatch);
  return result == vk::Result::eSuccess ? Result<void>() : vulkan_error(result, "vkCreateCommandPool");
}

Result<PassOn::Slot> PassOn::take_slot() {
  const auto& [device, dispatch] = std::tie(context_->device, context_->dispatch);
  while (!running_.empty() && device.getFenceStatus(running_.front().fence, dispatch) != vk::Result::eNotReady) {
    idle_.push_back(running_.front());
    running_.pop_front();
  }
  idle_.reserve(idle_.size() + 1);  // giving it back must not need memory
  if (!idle_.empty()) {
    const Slot slot = idle_.back();
    if (const auto result = device.resetFences(1, &slot.fence, dispatch); result != vk::Result::eSuccess)
      return vulkan_error(result, "vkResetFences");
    idle_.pop_back();
    return slot;
  }
  if (!pool_) {
    if (auto ok = create_pool(); !ok) return std::move(ok).error();
  }
  Slot slot;
  const vk::FenceCreateInfo fence;
  if (const auto result = device.createFence(&fence, nullptr, &slot.fence, dispatch); result != vk::Result::eSuccess) {
    return vulkan_error(result, "vkCreateFence");
  }
  const vk::CommandBufferAllocateInfo commands{.commandPool = pool_, .level = vk::CommandBufferLevel::ePrimary, .commandBufferCount = 1};
  if (const auto result = device.allocateCommandBuffers(&commands, &slot.commands, dispatch); result != vk::Result::eSuccess) {
    device.destroyFence(slot.fence, nullptr, dispatch);
    return vulkan_error(result, "vkAllocateCommandBuffers");
  }
  return slot;
}

Result<void> PassOn::record(const Slot& slot, Access& access, TextureLayout layout) const {
  const ImageUse use{.layout = native_layout(layout),
                     .stages = VK_PIPELINE_STAGE_ALL_COMMANDS_BIT,
                     .access = VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT};
  const vk::CommandBufferBeginInfo begin{.flags = vk::CommandBufferUsageFlagBits::eOneTimeSubmit};
  if (const auto result = slot.commands.begin(&begin, context_->dispatch); result != vk::Result::eSuccess)
    return vulkan_error(result, "vkBeginCommandBuffer");
  auto recorded = record_acquire(access, slot.commands, use);
  if (recorded) recorded = record_release(access, slot.commands, use, layout);
  const auto result = slot.commands.end(context_->dispatch);
  if (recorded && result != vk::Result::eSuccess) return vulkan_error(result, "vkEndCommandBuffer");
  return recorded;
}

Result<void> PassOn::run(Texture& texture, Access& access, TextureLayout layout) {
  Access* const accesses[] = {&access};
  const TextureState& before = access.state();
  if (!before.initialized || before.layout == layout) {
    // The texture stays as it is, and belongs to the outside before and after: only the points are passed on.
    if (before.points.empty() && !detail::Private::signal(access)) return {};
    return submit_parts(*context_, {}, accesses, {}, {});
  }
  const std::lock_guard lock(mutex_);
  auto slot = take_slot();
  if (!slot) return std::move(slot).error();
  running_.push_back(*slot);
  auto done = record(*slot, access, layout);
  const VkCommandBuffer commands = slot->commands;
  if (done) done = submit_parts(*context_, {&commands, 1}, accesses, {}, slot->fence);
  if (done) {
    running_.back().image = texture.image;
  } else {
    running_.pop_back();
    idle_.push_back(*slot);
  }
  return done;
}

}  // namespace geyser::vulkan

// Accesses in the caller's own command buffers and submits.
#include <algorithm>
#include <chrono>

#include "backends/vulkan/external_types.hpp"
#include "backends/vulkan/manager.hpp"
#include "core/guard.hpp"

namespace geyser::vulkan {
namespace {

using detail::guard;
using detail::Private;
using detail::text;

Result<Texture*> texture_of(Access& access) {
  auto* contents = Private::contents(access);
  if (contents == nullptr) return Error(Errc::invalid_state, "The access has ended already or was moved from; begin another one.");
  if (auto* texture = dynamic_cast<Texture*>(contents)) {
    if (auto ok = contents->backend()->alive(); !ok) return std::move(ok).error();
    return texture;
  }
  return Error(Errc::device_mismatch,
               text("The access belongs to a texture of the backend ", contents->backend()->name(), ", not to one of a Vulkan manager."));
}

/// Barriers of images that are not disjoint name COLOR, not planes; depth and stencil go together.
vk::ImageSubresourceRange whole(const Texture& texture) {
  const auto depth_stencil = texture.aspects & (vk::ImageAspectFlagBits::eDepth | vk::ImageAspectFlagBits::eStencil);
  return {.aspectMask = depth_stencil ? depth_stencil : vk::ImageAspectFlagBits::eColor,
          .baseMipLevel = 0,
          .levelCount = VK_REMAINING_MIP_LEVELS,
          .baseArrayLayer = 0,
          .layerCount = VK_REMAINING_ARRAY_LAYERS};
}

std::uint32_t outside_family(const Texture& texture) {
  const bool foreign = texture.handle_type() == MemoryHandleType::dma_buf && texture.context->features.queue_family_foreign;
  return foreign ? VK_QUEUE_FAMILY_FOREIGN_EXT : VK_QUEUE_FAMILY_EXTERNAL;
}

/// Takes back what collect() did for accesses [0, complete) and, of the next one, its first `waits` waits.
void undo(std::span<Access* const> accesses, SubmitParts parts, std::size_t complete, std::size_t waits) noexcept {
  const auto semaphore = [](const SyncPoint& point) { return static_cast<Semaphore*>(Private::contents(point.semaphore)); };
  for (std::size_t i = 0; i < accesses.size() && i <= complete; ++i) {
    const auto points = accesses[i]->waits();
    const std::size_t count = !parts.waits ? 0 : i < complete ? points.size() : std::min(waits, points.size());
    for (const auto& point : points.first(count)) semaphore(point)->cancel_wait(point.value);
    if (parts.signals && i < complete && accesses[i]->signal())
      semaphore(*accesses[i]->signal())->cancel_signal(accesses[i]->signal()->value);
  }
}

/// Whether an earlier access of this submit has the point too: a batch names a binary semaphore once.
bool repeated_binary(std::span<const VkSemaphore> semaphores, VkSemaphore semaphore) {
  return std::find(semaphores.begin(), semaphores.end(), semaphore) != semaphores.end();
}

/// Adds a semaphore, or raises its value when it is there. The arrays have room.
bool merge(std::vector<VkSemaphore>& semaphores, std::vector<std::uint64_t>& values, VkSemaphore semaphore, std::uint64_t value) noexcept {
  const auto at = std::find(semaphores.begin(), semaphores.end(), semaphore);
  if (at != semaphores.end()) {
    auto& known = values[static_cast<std::size_t>(at - semaphores.begin())];
    known = std::max(known, value);
    return false;
  }
  semaphores.push_back(semaphore);
  values.push_back(value);
  return true;
}

Result<void> check_owner(std::span<Access* const> accesses, const detail::Backend* backend) {
  for (Access* access : accesses) {
    if (access == nullptr) return Error(Errc::invalid_argument, "A pointer in `accesses` is null; leave it out.");
    auto texture = texture_of(*access);
    if (!texture) return std::move(texture).error();
    if (backend != nullptr && (*texture)->backend().get() != backend) {
      return Error(Errc::device_mismatch, "The accesses of one submit belong to different managers; submit once per manager.");
    }
    backend = (*texture)->backend().get();
  }
  return {};
}

Result<void> collect(std::span<Access* const> accesses, SubmitParts parts, VkPipelineStageFlags stage, SubmitArrays& arrays) {
  std::size_t waits = 0;
  std::size_t signals = 0;
  for (const Access* access : accesses) {
    waits += access->waits().size();
    signals += access->signal() ? 1 : 0;
  }
  arrays.wait_semaphores.clear();
  arrays.wait_values.clear();
  arrays.wait_stages.clear();
  arrays.signal_semaphores.clear();
  arrays.signal_values.clear();
  arrays.wait_semaphores.reserve(waits);
  arrays.wait_values.reserve(waits);
  arrays.wait_stages.reserve(waits);
  arrays.signal_semaphores.reserve(signals);
  arrays.signal_values.reserve(signals);
  collect_keyed_mutexes(accesses, parts, arrays);

  for (std::size_t i = 0; i < accesses.size(); ++i) {
    std::size_t done = 0;
    for (const auto& point : parts.waits ? accesses[i]->waits() : std::span<const SyncPoint>()) {
      auto semaphore = vulkan_semaphore(point.semaphore);
      if (!semaphore) return undo(accesses, parts, i, done), std::move(semaphore).error();
      const bool binary = point.semaphore.kind() == SemaphoreKind::binary;
      if (binary && repeated_binary(arrays.wait_semaphores, (*semaphore)->semaphore)) {
        ++done;
        continue;
      }
      auto native = (*semaphore)->for_wait(point.value);
      if (!native) return undo(accesses, parts, i, done), std::move(native).error();
      ++done;
      if (!binary && point.value == 0) continue;  // every timeline is there from the beginning
      if (merge(arrays.wait_semaphores, arrays.wait_values, *native, binary ? 0 : point.value)) arrays.wait_stages.push_back(stage);
    }
    if (const auto& point = accesses[i]->signal(); point && parts.signals) {
      auto semaphore = vulkan_semaphore(point->semaphore);
      if (!semaphore) return undo(accesses, parts, i, done), std::move(semaphore).error();
      const bool binary = point->semaphore.kind() == SemaphoreKind::binary;
      if (binary && repeated_binary(arrays.signal_semaphores, (*semaphore)->semaphore)) continue;
      auto native = (*semaphore)->for_signal(point->value);
      if (!native) return undo(accesses, parts, i, done), std::move(native).error();
      merge(arrays.signal_semaphores, arrays.signal_values, *native, binary ? 0 : point->value);
    }
  }
  return {};
}

bool any(const std::vector<std::uint64_t>& values) {
  return std::any_of(values.begin(), values.end(), [](std::uint64_t value) { return value != 0; });
}

}  // namespace

VkImageLayout native_layout(TextureLayout layout) noexcept {
  switch (layout) {
    case TextureLayout::undefined:
      return VK_IMAGE_LAYOUT_UNDEFINED;
    case TextureLayout::general:
      return VK_IMAGE_LAYOUT_GENERAL;
    case TextureLayout::color_attachment:
      return VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL;
    case TextureLayout::depth_stencil_attachment:
      return VK_IMAGE_LAYOUT_DEPTH_STENCIL_ATTACHMENT_OPTIMAL;
    case TextureLayout::depth_stencil_read_only:
      return VK_IMAGE_LAYOUT_DEPTH_STENCIL_READ_ONLY_OPTIMAL;
    case TextureLayout::shader_read_only:
      return VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL;
    case TextureLayout::transfer_src:
      return VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL;
    case TextureLayout::transfer_dst:
      return VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL;
  }
  return VK_IMAGE_LAYOUT_UNDEFINED;
}

Result<void> record_acquire(Access& access, VkCommandBuffer commands, const ImageUse& use) {
  return guard([&]() -> Result<void> {
    auto texture = texture_of(access);
    if (!texture) return std::move(texture).error();
    if (commands == VK_NULL_HANDLE) return Error(Errc::invalid_argument, "The command buffer is null; pass one that is recording.");
    const TextureState& state = access.state();
    vk::ImageMemoryBarrier barrier{.srcAccessMask = {},
                                   .dstAccessMask = static_cast<vk::AccessFlags>(use.access),
                                   .oldLayout = vk::ImageLayout::eUndefined,
                                   .newLayout = static_cast<vk::ImageLayout>(use.layout),
                                   .srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED,
                                   .dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED,
                                   .image = (*texture)->image,
                                   .subresourceRange = whole(**texture)};
    if (state.initialized) {
      barrier.oldLayout = static_cast<vk::ImageLayout>(native_layout(state.layout));
      barrier.srcQueueFamilyIndex = outside_family(**texture);
      barrier.dstQueueFamilyIndex = (*texture)->context->queue_family;
    }
    // The submit's waits take effect at a stage that is not known here; all stages as source chain behind every one of them.
    vk::CommandBuffer(commands).pipelineBarrier(vk::PipelineStageFlagBits::eAllCommands, static_cast<vk::PipelineStageFlags>(use.stages),
                                                {}, 0, nullptr, 0, nullptr, 1, &barrier, (*texture)->context->dispatch);
    Private::acquired(access) = true;
    return {};
  });
}

Result<void> record_release(Access& access, VkCommandBuffer commands, const ImageUse& use, TextureLayout layout) {
  return guard([&]() -> Result<void> {
    auto texture = texture_of(access);
    if (!texture) return std::move(texture).error();
    if (commands == VK_NULL_HANDLE) return Error(Errc::invalid_argument, "The command buffer is null; pass one that is recording.");
    if (!Private::acquired(access)) {
      return Error(Errc::invalid_state, "The access was not acquired; call record_acquire() on it before record_release().");
    }
    if (native_layout(layout) == VK_IMAGE_LAYOUT_UNDEFINED) {
      return Error(Errc::invalid_argument, text("A texture cannot be released in layout ", to_string(layout),
                                                "; release it in general or a layout "
                                                "that its usage allows."));
    }
    const vk::ImageMemoryBarrier barrier{.srcAccessMask = static_cast<vk::AccessFlags>(use.access),
                                         .dstAccessMask = {},
                                         .oldLayout = static_cast<vk::ImageLayout>(use.layout),
                                         .newLayout = static_cast<vk::ImageLayout>(native_layout(layout)),
                                         .srcQueueFamilyIndex = (*texture)->context->queue_family,
                                         .dstQueueFamilyIndex = outside_family(**texture),
                                         .image = (*texture)->image,
                                         .subresourceRange = whole(**texture)};
    vk::CommandBuffer(commands).pipelineBarrier(static_cast<vk::PipelineStageFlags>(use.stages), vk::PipelineStageFlagBits::eBottomOfPipe,
                                                {}, 0, nullptr, 0, nullptr, 1, &barrier, (*texture)->context->dispatch);
    Private::released(access) = layout;
    return {};
  });
}

VkSubmitInfo SubmitArrays::submit_info(std::span<const VkCommandBuffer> commands) noexcept {
  timeline = {};
  timeline.sType = VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO;
  timeline.waitSemaphoreValueCount = static_cast<std::uint32_t>(wait_values.size());
  timeline.pWaitSemaphoreValues = wait_values.data();
  timeline.signalSemaphoreValueCount = static_cast<std::uint32_t>(signal_values.size());
  timeline.pSignalSemaphoreValues = signal_values.data();
  VkSubmitInfo info{};
  info.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO;
  // A device without timeline semaphores does not know the structure.
  if (any(wait_values) || any(signal_values)) info.pNext = &timeline;
  info.pNext = chain_keyed_mutexes(*this, info.pNext);
  info.waitSemaphoreCount = static_cast<std::uint32_t>(wait_semaphores.size());
  info.pWaitSemaphores = wait_semaphores.data();
  info.pWaitDstStageMask = wait_stages.data();
  info.commandBufferCount = static_cast<std::uint32_t>(commands.size());
  info.pCommandBuffers = commands.data();
  info.signalSemaphoreCount = static_cast<std::uint32_t>(signal_semaphores.size());
  info.pSignalSemaphores = signal_semaphores.data();
  return info;
}

Result<void> submit_arrays(std::span<Access* const> accesses, VkPipelineStageFlags stage, SubmitArrays& arrays) {
  return guard([&]() -> Result<void> {
    if (auto ok = check_owner(accesses, nullptr); !ok) return ok;
    return collect(accesses, {}, stage, arrays);
  });
}

Result<void> wait_for_host_timelines(const Access& access, std::chrono::nanoseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (const auto& point : access.waits()) {
    if (point.semaphore.kind() != SemaphoreKind::host_timeline) continue;
    const auto left = std::max(std::chrono::nanoseconds::zero(), std::chrono::nanoseconds(deadline - std::chrono::steady_clock::now()));
    if (auto ok = point.semaphore.wait(point.value, left); !ok) return ok;
  }
  return {};
}

Result<void> submit_parts(Context& context, std::span<const VkCommandBuffer> commands, std::span<Access* const> accesses, SubmitParts parts,
                          vk::Fence fence) {
  thread_local SubmitArrays arrays;  // so that the steady state allocates nothing
  if (auto ok = collect(accesses, parts, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, arrays); !ok) return ok;
  const VkSubmitInfo info = arrays.submit_info(commands);
  const auto result = [&] {
    auto lock = context.lock_queue();
    return static_cast<vk::Result>(context.dispatch.vkQueueSubmit(context.queue, 1, &info, fence));
  }();
  if (result == vk::Result::eSuccess) {
    for (const Access* access : accesses) {
      if (const auto& point = access->signal(); point && parts.signals) Private::contents(point->semaphore)->submitted(point->value);
    }
    return {};
  }
  undo(accesses, parts, accesses.size(), 0);
  return vulkan_error(result, "vkQueueSubmit");
}

Result<void> submit(const TextureShareManager& manager, std::span<const VkCommandBuffer> commands, std::span<Access* const> accesses,
                    VkFence fence) {
  return guard([&]() -> Result<void> {
    auto backend = vulkan_manager(manager);
    if (!backend) return std::move(backend).error();
    if (auto ok = check_owner(accesses, *backend); !ok) return ok;
    return submit_parts(*(*backend)->context(), commands, accesses, {}, vk::Fence(fence));
  });
}

Result<VkSemaphore> native(const SharedSemaphore& semaphore) {
  return guard([&]() -> Result<VkSemaphore> {
    auto mine = vulkan_semaphore(semaphore);
    if (!mine) return std::move(mine).error();
    auto native_semaphore = (*mine)->for_caller();
    if (!native_semaphore) return std::move(native_semaphore).error();
    return static_cast<VkSemaphore>(*native_semaphore);
  });
}

}  // namespace geyser::vulkan

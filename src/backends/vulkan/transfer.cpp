#include "backends/vulkan/transfer.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "backends/vulkan/image_copy.hpp"
#include "backends/vulkan/sync.hpp"
#include "core/message.hpp"
#include "core/stripes.hpp"
#include "geyser/log.hpp"
#include "geyser/manager.hpp"

namespace geyser::vulkan {
namespace {

using detail::text;

constexpr vk::DeviceSize smallest_staging = vk::DeviceSize{64} << 10U;
constexpr std::chrono::seconds longest_goodbye{2};
constexpr std::uint64_t gpu_timeout = std::chrono::nanoseconds(default_gpu_timeout).count();

/// Host-visible memory types, the best for reading first: uncached memory is read ten times slower, and written no faster.
std::vector<std::uint32_t> staging_types(const Context& context, std::uint32_t type_bits) {
  using Flag = vk::MemoryPropertyFlagBits;
  constexpr vk::MemoryPropertyFlags unwanted = Flag::eProtected | Flag::eLazilyAllocated | Flag::eDeviceCoherentAMD;
  const vk::MemoryPropertyFlags ladder[] = {Flag::eHostVisible | Flag::eHostCached | Flag::eHostCoherent,
                                            Flag::eHostVisible | Flag::eHostCached, Flag::eHostVisible};
  std::vector<std::uint32_t> types;
  for (const auto wanted : ladder) {
    for (std::uint32_t i = 0; i < context.memory.memoryTypeCount; ++i) {
      const auto flags = context.memory.memoryTypes[i].propertyFlags;
      const bool usable = (type_bits >> i & 1U) != 0 && (flags & wanted) == wanted && !(flags & unwanted);
      if (usable && std::find(types.begin(), types.end(), i) == types.end()) types.push_back(i);
    }
  }
  return types;
}

}  // namespace

/// Command buffer, fence and staging memory of one copy at a time.
struct Transfer::State {
  explicit State(std::shared_ptr<Context> device_context) noexcept : context(std::move(device_context)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  /// The GPU is done with all of it.
  ~State() {
    const auto& device = context->device;
    const auto& dispatch = context->dispatch;
    free_staging();
    if (fence) device.destroyFence(fence, nullptr, dispatch);
    if (pool) device.destroyCommandPool(pool, nullptr, dispatch);
  }

  Result<void> create() {
    const auto& device = context->device;
    const auto& dispatch = context->dispatch;
    const vk::CommandPoolCreateInfo pool_info{.flags = vk::CommandPoolCreateFlagBits::eResetCommandBuffer,
                                              .queueFamilyIndex = context->queue_family};
    if (const auto result = device.createCommandPool(&pool_info, nullptr, &pool, dispatch); result != vk::Result::eSuccess) {
      return vulkan_error(result, "vkCreateCommandPool");
    }
    const vk::CommandBufferAllocateInfo commands_info{
        .commandPool = pool, .level = vk::CommandBufferLevel::ePrimary, .commandBufferCount = 1};
    if (const auto result = device.allocateCommandBuffers(&commands_info, &commands, dispatch); result != vk::Result::eSuccess) {
      return vulkan_error(result, "vkAllocateCommandBuffers");
    }
    const vk::FenceCreateInfo fence_info;
    if (const auto result = device.createFence(&fence_info, nullptr, &fence, dispatch); result != vk::Result::eSuccess) {
      return vulkan_error(result, "vkCreateFence");
    }
    return {};
  }

  Result<void> grow(vk::DeviceSize bytes) {
    if (bytes <= size) return {};
    free_staging();
    auto made = make_staging(bytes);
    if (!made) free_staging();
    return made;
  }

  /// Makes what the host wrote visible to the device, or the other way round; free of charge in coherent memory.
  Result<void> flush() const {
    if (coherent) return {};
    const vk::MappedMemoryRange range{.memory = memory, .offset = 0, .size = VK_WHOLE_SIZE};
    const auto result = context->device.flushMappedMemoryRanges(1, &range, context->dispatch);
    return result == vk::Result::eSuccess ? Result<void>() : vulkan_error(result, "vkFlushMappedMemoryRanges");
  }
  Result<void> invalidate() const {
    if (coherent) return {};
    const vk::MappedMemoryRange range{.memory = memory, .offset = 0, .size = VK_WHOLE_SIZE};
    const auto result = context->device.invalidateMappedMemoryRanges(1, &range, context->dispatch);
    return result == vk::Result::eSuccess ? Result<void>() : vulkan_error(result, "vkInvalidateMappedMemoryRanges");
  }

  std::shared_ptr<Context> context;
  vk::CommandPool pool;
  vk::CommandBuffer commands;
  vk::Fence fence;
  vk::Buffer buffer;
  vk::DeviceMemory memory;
  vk::DeviceSize size = 0;
  std::byte* mapped = nullptr;
  bool coherent = true;
  vk::Image image;  // of the copy that timed out

 private:
  void free_staging() noexcept {
    if (buffer) context->device.destroyBuffer(buffer, nullptr, context->dispatch);
    if (memory) context->device.freeMemory(memory, nullptr, context->dispatch);  // unmaps it
    buffer = nullptr;
    memory = nullptr;
    mapped = nullptr;
    size = 0;
  }

  Result<void> make_staging(vk::DeviceSize bytes) {
    const auto& device = context->device;
    const auto& dispatch = context->dispatch;
    const vk::BufferCreateInfo info{.size = bytes, .usage = vk::BufferUsageFlagBits::eTransferSrc | vk::BufferUsageFlagBits::eTransferDst};
    if (const auto result = device.createBuffer(&info, nullptr, &buffer, dispatch); result != vk::Result::eSuccess) {
      return vulkan_error(result, "vkCreateBuffer");
    }
    vk::MemoryRequirements needs;
    device.getBufferMemoryRequirements(buffer, &needs, dispatch);
    auto last = vk::Result::eErrorOutOfHostMemory;
    for (const auto type : staging_types(*context, needs.memoryTypeBits)) {
      const vk::MemoryAllocateInfo allocation{.allocationSize = needs.size, .memoryTypeIndex = type};
      last = device.allocateMemory(&allocation, nullptr, &memory, dispatch);
      coherent = static_cast<bool>(context->memory.memoryTypes[type].propertyFlags & vk::MemoryPropertyFlagBits::eHostCoherent);
      if (last == vk::Result::eSuccess) break;
      memory = nullptr;
    }
    if (last != vk::Result::eSuccess)
      return vulkan_error(last, "vkAllocateMemory").with_context(text("allocating ", bytes, " bytes of staging memory"));
    if (const auto result = device.bindBufferMemory(buffer, memory, 0, dispatch); result != vk::Result::eSuccess) {
      return vulkan_error(result, "vkBindBufferMemory");
    }
    void* data = nullptr;
    if (const auto result = device.mapMemory(memory, 0, VK_WHOLE_SIZE, {}, &data, dispatch); result != vk::Result::eSuccess) {
      return vulkan_error(result, "vkMapMemory");
    }
    mapped = static_cast<std::byte*>(data);
    size = bytes;
    return {};
  }
};

/// One vkCmdCopy* of a copy that may need several.
struct Transfer::Piece {
  vk::Buffer buffer;
  vk::BufferImageCopy copy;
  bool to_texture = false;
  bool first = true;
  bool last = true;
};

Transfer::Transfer(std::shared_ptr<Context> context, vk::DeviceSize staging_limit) noexcept
    : context_(std::move(context)), staging_limit_(staging_limit), retired_(context_) {}

Transfer::~Transfer() {
  using Clock = std::chrono::steady_clock;
  const auto& device = context_->device;
  const auto& dispatch = context_->dispatch;
  const auto deadline = Clock::now() + longest_goodbye;
  const auto is_over = [&](vk::Fence fence) {
    const auto left = std::max(Clock::duration::zero(), deadline - Clock::now());
    return device.waitForFences(1, &fence, VK_TRUE, static_cast<std::uint64_t>(std::chrono::nanoseconds(left).count()), dispatch) !=
           vk::Result::eTimeout;
  };
  bool left_over = false;
  for (auto& state : set_aside_) {
    if (is_over(state->fence)) continue;
    static_cast<void>(state.release());  // the GPU may still write there: a leak is the lesser evil
    left_over = true;
  }
  for (const auto fence : pending_fences_) {
    if (is_over(fence)) {
      device.destroyFence(fence, nullptr, dispatch);
    } else {
      left_over = true;
    }
  }
  for (const auto fence : idle_fences_) device.destroyFence(fence, nullptr, dispatch);
  if (left_over)
    log(LogLevel::error,
        "A Vulkan manager is destroyed while a copy or a wait that timed out is still on its queue; what it uses stays allocated.");
}

bool Transfer::finish(vk::Image image) noexcept {
  if (!any_set_aside_.load()) return true;
  const std::lock_guard lock(mutex_);
  return std::all_of(set_aside_.begin(), set_aside_.end(), [&](const std::unique_ptr<State>& state) {
    constexpr auto limit = static_cast<std::uint64_t>(std::chrono::nanoseconds(longest_goodbye).count());
    return state->image != image ||
           context_->device.waitForFences(1, &state->fence, VK_TRUE, limit, context_->dispatch) != vk::Result::eTimeout;
  });
}

Result<Transfer::State*> Transfer::ready_state(vk::DeviceSize bytes) {
  std::erase_if(set_aside_, [&](const std::unique_ptr<State>& state) {
    return context_->device.getFenceStatus(state->fence, context_->dispatch) != vk::Result::eNotReady;
  });
  set_aside_.reserve(set_aside_.size() + 1);  // a time-out must not need memory
  if (!state_) {
    auto made = std::make_unique<State>(context_);
    if (auto ok = made->create(); !ok) return std::move(ok).error();
    state_ = std::move(made);
  }
  if (bytes != 0) {
    const auto rounded = std::max(bytes, std::min(std::bit_ceil(std::max(bytes, smallest_staging)), staging_limit_));
    if (auto ok = state_->grow(bytes <= state_->size ? bytes : rounded); !ok) return std::move(ok).error();
  }
  return state_.get();
}

Result<void> Transfer::run(State& state, Texture& texture, const Piece& piece, Access& access) {
  const auto& device = context_->device;
  const auto& dispatch = context_->dispatch;
  const TextureState& before = access.state();
  const auto layout = copy_layout(before, piece.to_texture);
  const ImageUse use{.layout = static_cast<VkImageLayout>(layout),
                     .stages = VK_PIPELINE_STAGE_TRANSFER_BIT,
                     .access = piece.to_texture ? VK_ACCESS_TRANSFER_WRITE_BIT : VK_ACCESS_TRANSFER_READ_BIT};
  const vk::CommandBufferBeginInfo begin{.flags = vk::CommandBufferUsageFlagBits::eOneTimeSubmit};
  if (const auto result = state.commands.begin(&begin, dispatch); result != vk::Result::eSuccess)
    return vulkan_error(result, "vkBeginCommandBuffer");
  const auto record = [&]() -> Result<void> {
    if (piece.first) {
      if (auto ok = record_acquire(access, state.commands, use); !ok) return ok;
    }
    if (piece.to_texture) {
      state.commands.copyBufferToImage(piece.buffer, texture.image, layout, 1, &piece.copy, dispatch);
    } else {
      state.commands.copyImageToBuffer(texture.image, layout, piece.buffer, 1, &piece.copy, dispatch);
      const vk::MemoryBarrier to_host{.srcAccessMask = vk::AccessFlagBits::eTransferWrite, .dstAccessMask = vk::AccessFlagBits::eHostRead};
      state.commands.pipelineBarrier(vk::PipelineStageFlagBits::eTransfer, vk::PipelineStageFlagBits::eHost, {}, 1, &to_host, 0, nullptr, 0,
                                     nullptr, dispatch);
    }
    if (piece.last) {
      if (auto ok = record_release(access, state.commands, use, before.initialized ? before.layout : TextureLayout::general); !ok)
        return ok;
    }
    return {};
  };
  if (auto ok = record(); !ok) {
    // Out of the recording state, so that the next copy can begin; a failing end does that as well.
    static_cast<void>(state.commands.end(dispatch));
    return ok;
  }
  if (const auto result = state.commands.end(dispatch); result != vk::Result::eSuccess) return vulkan_error(result, "vkEndCommandBuffer");
  if (const auto result = device.resetFences(1, &state.fence, dispatch); result != vk::Result::eSuccess)
    return vulkan_error(result, "vkResetFences");

  const VkCommandBuffer commands = state.commands;
  Access* const accesses[] = {&access};
  const SubmitParts parts{.waits = piece.first, .signals = piece.last};
  if (auto ok = submit_parts(*context_, {&commands, 1}, accesses, parts, state.fence); !ok) return ok;
  const auto waited = device.waitForFences(1, &state.fence, VK_TRUE, gpu_timeout, dispatch);
  if (waited == vk::Result::eSuccess) return {};
  state.image = texture.image;
  set_aside_.push_back(std::move(state_));  // the GPU may still be at it
  any_set_aside_.store(true);
  if (waited != vk::Result::eTimeout) return vulkan_error(waited, "vkWaitForFences");
  return Error(Errc::timed_out, text("The GPU did not finish the copy within ", default_gpu_timeout.count(), " s; ",
                                     access.waits().empty() ? "something before it on the queue does not end"
                                                            : "a point that it waits for was probably never signalled",
                                     "."));
}

template <class Before, class After>
Result<void> Transfer::through_staging(Texture& texture, const TextureRegion& region, const RegionLayout& layout, bool to_texture,
                                       Access& access, Before&& before, After&& after) {
  const std::uint64_t limit = staging_limit_;
  if (auto ok = wait_for_host_timelines(access, default_gpu_timeout); !ok) return ok;
  const std::lock_guard lock(mutex_);
  auto state = ready_state(std::min(layout.total_bytes, std::max<std::uint64_t>(limit, layout.row_bytes)));
  if (!state) return std::move(state).error();
  return detail::for_each_stripe(
      texture.descriptor().format, region, layout, limit,
      [&](const TextureRegion& stripe, std::uint64_t offset, std::uint64_t bytes) -> Result<void> {
        Piece piece{.buffer = (*state)->buffer, .copy = copy_of(texture, stripe, *stripe.extent), .to_texture = to_texture};
        piece.first = offset == 0;
        piece.last = offset + bytes == layout.total_bytes;
        if (auto ok = before(**state, offset, bytes); !ok) return ok;
        if (auto ok = run(**state, texture, piece, access); !ok) return ok;
        return after(**state, offset, bytes);
      });
}

Result<void> Transfer::copy_in(Texture& texture, const TextureRegion& region, const RegionLayout& layout, std::span<const std::byte> bytes,
                               Access& access) {
  return through_staging(
      texture, region, layout, true, access,
      [&](State& state, std::uint64_t offset, std::uint64_t count) {
        std::memcpy(state.mapped, bytes.data() + offset, count);
        return state.flush();
      },
      [](State&, std::uint64_t, std::uint64_t) { return Result<void>(); });
}

Result<void> Transfer::copy_out(Texture& texture, const TextureRegion& region, const RegionLayout& layout, std::span<std::byte> bytes,
                                Access& access) {
  return through_staging(
      texture, region, layout, false, access, [](State&, std::uint64_t, std::uint64_t) { return Result<void>(); },
      [&](State& state, std::uint64_t offset, std::uint64_t count) -> Result<void> {
        if (auto ok = state.invalidate(); !ok) return ok;
        std::memcpy(bytes.data() + offset, state.mapped, count);
        return {};
      });
}

Result<void> Transfer::copy_buffer(Texture& texture, const TextureRegion& region, const RegionLayout& layout, vk::Buffer buffer,
                                   vk::DeviceSize offset, bool to_texture, Access& access) {
  const auto* format = format_info(texture.descriptor().format);
  // Four bytes are what depth, stencil and queues without graphics ask for.
  const vk::DeviceSize step = std::max<vk::DeviceSize>(4, format->planes[region.plane].block_bytes);
  if (offset % step != 0) {
    return Error(Errc::invalid_argument,
                 text("The offset is ", offset, " bytes, but copies of ", format->name, " need a multiple of ", step, "."));
  }
  if (auto ok = wait_for_host_timelines(access, default_gpu_timeout); !ok) return ok;
  const std::lock_guard lock(mutex_);
  auto state = ready_state(0);
  if (!state) return std::move(state).error();
  Piece piece{.buffer = buffer, .copy = copy_of(texture, region, layout.extent), .to_texture = to_texture};
  piece.copy.bufferOffset = offset;
  return run(**state, texture, piece, access);
}

Result<void> Transfer::signal(vk::Semaphore semaphore, std::uint64_t value) {
  const vk::TimelineSemaphoreSubmitInfo timeline{.signalSemaphoreValueCount = 1, .pSignalSemaphoreValues = &value};
  vk::SubmitInfo info{.signalSemaphoreCount = 1, .pSignalSemaphores = &semaphore};
  if (context_->features.timeline_semaphore) info.pNext = &timeline;  // ignored for a binary semaphore
  auto lock = context_->lock_queue();
  const auto result = context_->queue.submit(1, &info, {}, context_->dispatch);
  if (result != vk::Result::eSuccess) return vulkan_error(result, "vkQueueSubmit");
  return {};
}

Result<vk::Fence> Transfer::take_fence() {
  const auto& device = context_->device;
  const auto& dispatch = context_->dispatch;
  const std::lock_guard lock(fences_mutex_);
  for (auto& fence : pending_fences_) {
    if (device.getFenceStatus(fence, dispatch) == vk::Result::eNotReady) continue;
    device.destroyFence(fence, nullptr, dispatch);
    fence = nullptr;
  }
  std::erase(pending_fences_, vk::Fence());
  pending_fences_.reserve(pending_fences_.size() + 1);
  idle_fences_.reserve(idle_fences_.size() + 1);
  vk::Fence fence;
  if (!idle_fences_.empty()) {
    fence = idle_fences_.back();
    if (const auto result = device.resetFences(1, &fence, dispatch); result != vk::Result::eSuccess)
      return vulkan_error(result, "vkResetFences");
    idle_fences_.pop_back();
    return fence;
  }
  const vk::FenceCreateInfo info;
  if (const auto result = device.createFence(&info, nullptr, &fence, dispatch); result != vk::Result::eSuccess) {
    return vulkan_error(result, "vkCreateFence");
  }
  return fence;
}

Result<void> Transfer::wait_binary(vk::Semaphore semaphore, std::chrono::nanoseconds timeout, bool& submitted) {
  submitted = false;
  auto fence = take_fence();
  if (!fence) return std::move(fence).error();
  const vk::PipelineStageFlags stage = vk::PipelineStageFlagBits::eAllCommands;
  const vk::SubmitInfo info{.waitSemaphoreCount = 1, .pWaitSemaphores = &semaphore, .pWaitDstStageMask = &stage};
  auto result = [&] {
    auto lock = context_->lock_queue();
    return context_->queue.submit(1, &info, *fence, context_->dispatch);
  }();
  if (result != vk::Result::eSuccess) {
    context_->device.destroyFence(*fence, nullptr, context_->dispatch);
    return vulkan_error(result, "vkQueueSubmit");
  }
  submitted = true;
  const std::uint64_t limit = timeout.count() > 0 ? static_cast<std::uint64_t>(timeout.count()) : 0;
  result = context_->device.waitForFences(1, &*fence, VK_TRUE, limit, context_->dispatch);
  {
    const std::lock_guard lock(fences_mutex_);
    auto& list = result == vk::Result::eSuccess ? idle_fences_ : pending_fences_;
    list.reserve(list.size() + 1);
    list.push_back(*fence);
  }
  if (result == vk::Result::eSuccess) return {};
  if (result != vk::Result::eTimeout) return vulkan_error(result, "vkWaitForFences");
  return Error(Errc::timed_out, text("The binary semaphore was not signalled within ",
                                     std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count(),
                                     " ms; whoever promised its signal did not submit it."));
}

}  // namespace geyser::vulkan

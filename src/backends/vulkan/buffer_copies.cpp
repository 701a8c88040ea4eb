#include "backends/vulkan/buffer_copies.hpp"

#include <atomic>
#include <deque>
#include <thread>

#include "backends/vulkan/host_buffer.hpp"
#include "backends/vulkan/image_copy.hpp"
#include "backends/vulkan/manager.hpp"
#include "core/guard.hpp"
#include "core/message.hpp"
#include "geyser/log.hpp"

namespace geyser::vulkan {
namespace {

using detail::Private;
using detail::text;

constexpr std::chrono::seconds longest_goodbye{2};
/// About what a stripe of src/crossing takes on its way.
constexpr std::chrono::microseconds longest_spin{300};

std::uint64_t until(BufferCopies::Clock::time_point deadline) noexcept {
  const auto left = std::chrono::nanoseconds(deadline - BufferCopies::Clock::now()).count();
  return left > 0 ? static_cast<std::uint64_t>(left) : 0;
}

}  // namespace

struct BufferCopies::State {
  struct Slot {
    vk::CommandBuffer commands;
    vk::Fence fence;
    std::uint64_t number = 0;
    std::shared_ptr<detail::TextureContents> texture;
    std::shared_ptr<const HostBuffer> buffer;
    void let_go() noexcept {
      texture.reset();
      buffer.reset();
    }
  };
  State* next_left = nullptr;  ///< of those that a device never finished

  explicit State(Manager& own) : manager(own.shared_from_this()), context(own.context()) {}
  std::shared_ptr<detail::Backend> manager;
  std::shared_ptr<Context> context;
  vk::CommandPool pool;
  std::deque<Slot> running;  // the oldest first
  std::vector<Slot> idle;
  std::uint64_t newest = 0;
  std::uint64_t over = 0;

  void land(std::size_t count) noexcept {
    for (; count > 0; --count) {
      over = running.front().number;
      running.front().let_go();
      idle.push_back(std::move(running.front()));
      running.pop_front();
    }
  }
  void land_finished() noexcept {
    const auto is_over = [&](const Slot& slot) {
      const auto result = context->device.getFenceStatus(slot.fence, context->dispatch);
      return result == vk::Result::eSuccess || result == vk::Result::eErrorDeviceLost;
    };
    std::size_t finished = 0;
    while (finished < running.size() && is_over(running[finished])) ++finished;
    land(finished);
  }
  /// Sees to a slot at the end of `idle`.
  Result<void> make_slot();
  Result<void> record(const Slot& slot, geyser::Access& access, const Texture& texture, const vk::BufferImageCopy& copy, vk::Buffer buffer,
                      TextureLayout left) const;
  void close() noexcept {
    const auto& [device, dispatch] = std::tie(context->device, context->dispatch);
    for (const Slot& slot : idle) device.destroyFence(slot.fence, nullptr, dispatch);
    if (pool) device.destroyCommandPool(pool, nullptr, dispatch);
  }
};

Result<void> BufferCopies::State::make_slot() {
  const auto& [device, dispatch] = std::tie(context->device, context->dispatch);
  land_finished();
  if (!idle.empty()) {
    const auto result = device.resetFences(1, &idle.back().fence, dispatch);
    return result == vk::Result::eSuccess ? Result<void>() : vulkan_error(result, "vkResetFences");
  }
  idle.reserve(running.size() + 1);  // giving it back must not need memory
  if (!pool) {
    const vk::CommandPoolCreateInfo info{.flags = vk::CommandPoolCreateFlagBits::eResetCommandBuffer,
                                         .queueFamilyIndex = context->queue_family};
    const auto result = device.createCommandPool(&info, nullptr, &pool, dispatch);
    if (result != vk::Result::eSuccess) {
      pool = nullptr;
      return vulkan_error(result, "vkCreateCommandPool");
    }
  }
  Slot slot;
  const vk::FenceCreateInfo fence;
  if (const auto result = device.createFence(&fence, nullptr, &slot.fence, dispatch); result != vk::Result::eSuccess)
    return vulkan_error(result, "vkCreateFence");
  const vk::CommandBufferAllocateInfo commands{.commandPool = pool, .level = vk::CommandBufferLevel::ePrimary, .commandBufferCount = 1};
  if (const auto result = device.allocateCommandBuffers(&commands, &slot.commands, dispatch); result != vk::Result::eSuccess) {
    device.destroyFence(slot.fence, nullptr, dispatch);
    return vulkan_error(result, "vkAllocateCommandBuffers");
  }
  idle.push_back(std::move(slot));
  return {};
}

Result<void> BufferCopies::State::record(const Slot& slot, geyser::Access& access, const Texture& texture, const vk::BufferImageCopy& copy,
                                         vk::Buffer buffer, TextureLayout left) const {
  const auto& dispatch = context->dispatch;
  const bool to_texture = access.mode() == AccessMode::write;
  const auto layout = copy_layout(access.state(), to_texture);
  const ImageUse use{.layout = static_cast<VkImageLayout>(layout),
                     .stages = VK_PIPELINE_STAGE_TRANSFER_BIT,
                     .access = to_texture ? VK_ACCESS_TRANSFER_WRITE_BIT : VK_ACCESS_TRANSFER_READ_BIT};
  const vk::CommandBufferBeginInfo begin{.flags = vk::CommandBufferUsageFlagBits::eOneTimeSubmit};
  if (const auto result = slot.commands.begin(&begin, dispatch); result != vk::Result::eSuccess)
    return vulkan_error(result, "vkBeginCommandBuffer");
  auto done = record_acquire(access, slot.commands, use);
  if (done && to_texture) {
    slot.commands.copyBufferToImage(buffer, texture.image, layout, 1, &copy, dispatch);
  } else if (done) {
    slot.commands.copyImageToBuffer(texture.image, layout, buffer, 1, &copy, dispatch);
    const vk::MemoryBarrier to_host{.srcAccessMask = vk::AccessFlagBits::eTransferWrite, .dstAccessMask = vk::AccessFlagBits::eHostRead};
    slot.commands.pipelineBarrier(vk::PipelineStageFlagBits::eTransfer, vk::PipelineStageFlagBits::eHost, {}, 1, &to_host, 0, nullptr, 0,
                                  nullptr, dispatch);
  }
  // Each copy takes the texture over and gives it back, so that one which fails between others leaves it as anybody may find it.
  if (done) done = record_release(access, slot.commands, use, left);
  const auto result = slot.commands.end(dispatch);
  if (done && result != vk::Result::eSuccess) return vulkan_error(result, "vkEndCommandBuffer");
  return done;
}

BufferCopies::BufferCopies(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}

BufferCopies::~BufferCopies() {
  const auto over = wait(state_->newest, Clock::now() + longest_goodbye);
  if (over || over.error().code() == Errc::device_lost) {
    state_->close();
    return;
  }
  log(LogLevel::error, "Copies through host memory are not over two seconds after their last use; what they use stays allocated.");
  // Never freed, and still somebody's: leak checkers shall find leaks.
  static std::atomic<State*> left{nullptr};
  state_->next_left = left.exchange(state_.get());
  static_cast<void>(state_.release());
}

Result<std::unique_ptr<BufferCopies>> BufferCopies::create(const TextureShareManager& manager) {
  return detail::guard([&]() -> Result<std::unique_ptr<BufferCopies>> {
    auto own = vulkan_manager(manager);
    if (!own) return std::move(own).error();
    return std::unique_ptr<BufferCopies>(new BufferCopies(std::make_unique<State>(**own)));
  });
}

std::uint64_t BufferCopies::newest() const noexcept { return state_->newest; }

Result<std::uint64_t> BufferCopies::begin(geyser::Access& access, const Part& part) {
  return detail::guard([&]() -> Result<std::uint64_t> {
    State& state = *state_;
    const auto contents = Private::shared(access);
    if (!contents) return Error(Errc::invalid_state, "The access has ended already or was moved from; begin another one.");
    if (contents->backend() != state.manager)
      return Error(Errc::device_mismatch, "The texture belongs to another manager than the one that copies.");
    if (auto ok = state.manager->alive(); !ok) return std::move(ok).error();
    const auto& texture = static_cast<Texture&>(*contents);
    auto layout = region_layout(contents->descriptor(), part.region);
    if (!layout) return std::move(layout).error();
    if (auto ok = check_host_copy(*state.context, *part.buffer, part.offset, contents->descriptor(), part.region, *layout); !ok)
      return std::move(ok).error();
    if (Private::acquired(access)) return Error(Errc::invalid_state, "The caller's own commands have acquired the texture in this access.");
    const bool to_texture = access.mode() == AccessMode::write;
    if (!to_texture && !access.state().initialized)
      return Error(Errc::not_initialized, "Nothing has been written in this access yet; there is nothing to copy out.");
    if (auto ok = wait_for_host_timelines(access, default_gpu_timeout); !ok) return std::move(ok).error();

    if (auto ok = state.make_slot(); !ok) return std::move(ok).error();
    state.running.push_back(state.idle.back());
    state.idle.pop_back();
    State::Slot& slot = state.running.back();
    vk::BufferImageCopy copy = copy_of(texture, part.region, layout->extent);
    copy.bufferOffset = part.offset;
    const TextureLayout left = access.state().initialized ? access.state().layout : TextureLayout::general;
    slot.texture = contents;
    slot.buffer = part.buffer;
    slot.number = state.newest + 1;
    const VkCommandBuffer commands = slot.commands;
    auto done = state.record(slot, access, texture, copy, part.buffer->handle(), left);
    if (done) {
      Access* const accesses[] = {&access};
      auto kept = part.signals ? std::nullopt : std::exchange(Private::signal(access), std::nullopt);
      done = submit_parts(*state.context, {&commands, 1}, accesses, {}, slot.fence);
      if (kept) Private::signal(access) = std::move(kept);
    }
    Private::acquired(access) = false;
    if (!done) {
      slot.let_go();
      state.idle.push_back(std::move(slot));
      state.running.pop_back();
      if (part.signals && Private::signal_taken(access)) {
        const SyncPoint& point = *Private::signal(access);
        static_cast<void>(point.semaphore.signal(point.value));  // a device that takes no submits: the host is the last that can
      }
      return std::move(done).error();
    }
    ++state.newest;
    // What comes later in this access is behind this copy on the same queue.
    TextureState& now = Private::state(access);
    now.initialized = true;
    now.layout = Private::released(access);
    now.points.clear();
    Private::content(access) = true;
    return state.newest;
  });
}

Result<void> BufferCopies::wait(std::uint64_t number, Clock::time_point deadline) {
  State& state = *state_;
  if (number <= state.over) return {};
  std::size_t at = 0;
  while (at < state.running.size() && state.running[at].number < number) ++at;
  if (at == state.running.size()) return {};
  // A sleeping thread comes back some 50 us after the copy, in which the link stands still.
  const auto& [device, dispatch] = std::tie(state.context->device, state.context->dispatch);
  const vk::Fence fence = state.running[at].fence;
  const auto spin_end = std::min(deadline, Clock::now() + longest_spin);
  while (device.getFenceStatus(fence, dispatch) == vk::Result::eNotReady && Clock::now() < spin_end) std::this_thread::yield();
  const auto result = device.waitForFences(1, &fence, VK_TRUE, until(deadline), dispatch);
  if (result == vk::Result::eSuccess) {
    state.land(at + 1);
    return {};
  }
  if (result == vk::Result::eErrorDeviceLost) state.land(state.running.size());  // nothing runs any more
  if (result != vk::Result::eTimeout) return vulkan_error(result, "vkWaitForFences");
  return Error(Errc::timed_out, "A copy between a texture and host memory does not end in its time.");
}

}  // namespace geyser::vulkan

// VkFences that cross.
#include "backends/vulkan/external_types.hpp"
#include "backends/vulkan/manager.hpp"
#include "core/guard.hpp"
#include "core/message.hpp"

namespace geyser::vulkan {

using detail::text;

struct SharedFence::Block {
  std::shared_ptr<Context> context;
  vk::Fence fence;
  const FenceRung& rung;
  bool imported = false;
  mutable KeptHandles kept;

  Block(std::shared_ptr<Context> device_context, const FenceRung& fence_rung, bool is_imported) noexcept
      : context(std::move(device_context)), rung(fence_rung), imported(is_imported) {}
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() {
    if (fence) context->device.destroyFence(fence, nullptr, context->dispatch);
  }
};

/// The one friend of SharedFence.
struct FenceAccess {
  static SharedFence::Block* block(const SharedFence& fence) noexcept { return fence.block_.get(); }
};

namespace {

const FenceRung* find_rung(FenceHandleType type) noexcept {
  for (const auto& rung : fence_rungs()) {
    if (rung.type == type) return &rung;
  }
  return nullptr;
}

std::string known_types() {
  std::string names;
  for (const auto& rung : fence_rungs()) names += text(names.empty() ? "" : " or ", rung.name);
  return names.empty() ? "none, because this system has no fences that cross" : names;
}

Error unsupported(const Context& context, std::string_view name, std::string_view verb) {
  const std::string why =
      context.features.external_fence ? "the driver does not offer it" : text("the device was made without ", fence_extension());
  return Error(Errc::unsupported_handle, text(context.capabilities.identity.name, " cannot ", verb, " fences as ", name, ": ", why, "."));
}

Result<std::unique_ptr<SharedFence::Block>> make(const std::shared_ptr<Context>& context, const FenceRung& rung, bool imported) {
  auto block = std::make_unique<SharedFence::Block>(context, rung, imported);
  vk::ExportFenceCreateInfo exported{.handleTypes = rung.bit};
  vk::FenceCreateInfo info;
  std::shared_ptr<const void> rights;
  if (!imported) {
    auto made = fence_export_info();
    if (!made) return std::move(made).error();
    rights = *std::move(made);
    exported.pNext = rights.get();
    info.pNext = &exported;
  }
  if (const auto result = context->device.createFence(&info, nullptr, &block->fence, context->dispatch); result != vk::Result::eSuccess) {
    return vulkan_error(result, "vkCreateFence");
  }
  return block;
}

}  // namespace

SharedFence::SharedFence(std::unique_ptr<Block> block) noexcept : block_(std::move(block)) {}
SharedFence::SharedFence(SharedFence&&) noexcept = default;
SharedFence& SharedFence::operator=(SharedFence&&) noexcept = default;
SharedFence::~SharedFence() = default;

VkFence SharedFence::handle() const noexcept { return block_ ? static_cast<VkFence>(block_->fence) : VK_NULL_HANDLE; }

Result<bool> SharedFence::signalled() const {
  const auto result = block_->context->device.getFenceStatus(block_->fence, block_->context->dispatch);
  if (result == vk::Result::eSuccess) return true;
  if (result == vk::Result::eNotReady) return false;
  return vulkan_error(result, "vkGetFenceStatus");
}

Result<void> SharedFence::wait(std::chrono::nanoseconds timeout) const {
  const std::uint64_t limit = timeout.count() > 0 ? static_cast<std::uint64_t>(timeout.count()) : 0;
  const auto result = block_->context->device.waitForFences(1, &block_->fence, VK_TRUE, limit, block_->context->dispatch);
  if (result == vk::Result::eSuccess) return {};
  if (result != vk::Result::eTimeout) return vulkan_error(result, "vkWaitForFences");
  return detail::guard([&]() -> Result<void> {
    return Error(Errc::timed_out,
                 text("The fence is not signalled after ", std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count(),
                      " ms; the submit that signals it is not over or was never made."));
  });
}

Result<void> SharedFence::reset() {
  const auto result = block_->context->device.resetFences(1, &block_->fence, block_->context->dispatch);
  if (result != vk::Result::eSuccess) return vulkan_error(result, "vkResetFences");
  return {};
}

Result<SharedFence> create_fence(const TextureShareManager& manager, std::optional<FenceHandleType> type) {
  return detail::guard([&]() -> Result<SharedFence> {
    auto backend = vulkan_manager(manager);
    if (!backend) return std::move(backend).error();
    const auto& context = (*backend)->context();
    const FenceRung* rung = type ? find_rung(*type) : nullptr;
    if (type && rung == nullptr) {
      return Error(Errc::invalid_argument, text("The FenceHandleType ", static_cast<int>(*type), " is none; use ", known_types(), "."));
    }
    for (const auto& each : fence_rungs()) {
      if (rung == nullptr && (context->exportable_fences & each.bit)) rung = &each;
    }
    if (rung == nullptr || !(context->exportable_fences & rung->bit)) {
      return unsupported(*context, rung == nullptr ? known_types() : std::string(rung->name), "export");
    }
    auto block = make(context, *rung, false);
    if (!block) return std::move(block).error();
    return SharedFence(*std::move(block));
  });
}

Result<FenceHandle> export_fence(const SharedFence& fence) {
  return detail::guard([&]() -> Result<FenceHandle> {
    const auto* block = FenceAccess::block(fence);
    if (block == nullptr) return Error(Errc::invalid_argument, "The fence was moved from; create or import one first.");
    if (block->imported) return Error(Errc::unsupported_handle, "The fence was imported; export it where it was created.");
    auto os_handle = export_fence_handle(*block->context, block->fence, block->rung, block->kept);
    if (!os_handle) return std::move(os_handle).error();
    FenceHandle handle;
    handle.type = block->rung.type;
    handle.exporter = block->context->capabilities.identity;
    handle.handle = *std::move(os_handle);
    return handle;
  });
}

Result<SharedFence> import_fence(const TextureShareManager& manager, FenceHandle&& handle) {
  return detail::guard([&]() -> Result<SharedFence> {
    auto backend = vulkan_manager(manager);
    if (!backend) return std::move(backend).error();
    const auto& context = (*backend)->context();
    const FenceRung* rung = find_rung(handle.type);
    if (rung == nullptr) {
      return Error(Errc::protocol_error, text("FenceHandle::type is ", static_cast<int>(handle.type), "; use ", known_types(), "."));
    }
    if (!rung->copies && !handle.handle) {
      return Error(Errc::protocol_error, text("FenceHandle::handle is empty, but an ", rung->name, " fence needs one."));
    }
    // A copied payload (a sync file) means the same on every device; an opaque one is the exporter's driver's own.
    if (!rung->copies) {
      if (auto ok = check_same_device(handle.exporter, context->capabilities.identity); !ok)
        return std::move(ok).error().with_context("importing a fence");
    }
    if (!(context->importable_fences & rung->bit)) return unsupported(*context, rung->name, "import");
    auto block = make(context, *rung, true);
    if (!block) return std::move(block).error();
    if (auto ok = import_fence_handle(*context, (*block)->fence, *rung, handle.handle); !ok) return std::move(ok).error();
    handle.handle.reset();
    return SharedFence(*std::move(block));
  });
}

}  // namespace geyser::vulkan

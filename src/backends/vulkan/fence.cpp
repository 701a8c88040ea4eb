// VkFences that cross: OPAQUE_FD and SYNC_FD.
#include "backends/vulkan/manager.hpp"
#include "core/guard.hpp"
#include "core/imported_fd.hpp"
#include "platform/inheritance.hpp"

namespace geyser::vulkan {

using detail::text;

struct SharedFence::Block {
  std::shared_ptr<Context> context;
  vk::Fence fence;
  FenceHandleType type = FenceHandleType::opaque_fd;
  bool imported = false;

  Block(std::shared_ptr<Context> device_context, FenceHandleType handle_type, bool is_imported) noexcept
      : context(std::move(device_context)), type(handle_type), imported(is_imported) {}
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

std::string_view name_of(FenceHandleType type) { return type == FenceHandleType::sync_fd ? "sync_fd" : "opaque_fd"; }

vk::ExternalFenceHandleTypeFlagBits native(FenceHandleType type) {
  return type == FenceHandleType::sync_fd ? vk::ExternalFenceHandleTypeFlagBits::eSyncFd : vk::ExternalFenceHandleTypeFlagBits::eOpaqueFd;
}

bool known(FenceHandleType type) { return type == FenceHandleType::opaque_fd || type == FenceHandleType::sync_fd; }

Error unsupported(const Context& context, FenceHandleType type, std::string_view verb) {
  const std::string_view why =
      context.features.external_fence_fd ? "the driver does not offer it" : "the device was made without VK_KHR_external_fence_fd";
  return Error(Errc::unsupported_handle,
               text(context.capabilities.identity.name, " cannot ", verb, " fences as ", name_of(type), ": ", why, "."));
}

Result<std::unique_ptr<SharedFence::Block>> make(const std::shared_ptr<Context>& context, FenceHandleType type, bool imported) {
  auto block = std::make_unique<SharedFence::Block>(context, type, imported);
  const vk::ExportFenceCreateInfo exported{.handleTypes = native(type)};
  vk::FenceCreateInfo info;
  if (!imported) info.pNext = &exported;
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

Result<SharedFence> create_fence(const TextureShareManager& manager, FenceHandleType type) {
  return detail::guard([&]() -> Result<SharedFence> {
    auto backend = vulkan_manager(manager);
    if (!backend) return std::move(backend).error();
    const auto& context = (*backend)->context();
    if (!known(type))
      return Error(Errc::invalid_argument, text("The FenceHandleType ", static_cast<int>(type), " is none; use opaque_fd or sync_fd."));
    if (!(context->exportable_fences & native(type))) return unsupported(*context, type, "export");
    auto block = make(context, type, false);
    if (!block) return std::move(block).error();
    return SharedFence(*std::move(block));
  });
}

Result<FenceHandle> export_fence(const SharedFence& fence) {
  return detail::guard([&]() -> Result<FenceHandle> {
    const auto* block = FenceAccess::block(fence);
    if (block == nullptr) return Error(Errc::invalid_argument, "The fence was moved from; create or import one first.");
    if (block->imported) return Error(Errc::unsupported_handle, "The fence was imported; export it where it was created.");
    const vk::FenceGetFdInfoKHR info{.fence = block->fence, .handleType = native(block->type)};
    FenceHandle handle;
    handle.type = block->type;
    handle.exporter = block->context->capabilities.identity;
    int fd = -1;
    const auto result = block->context->device.getFenceFdKHR(&info, &fd, block->context->dispatch);
    if (result != vk::Result::eSuccess) return vulkan_error(result, "vkGetFenceFdKHR");
    handle.handle.reset(fd);
    platform::keep_from_children(handle.handle);
    return handle;
  });
}

Result<SharedFence> import_fence(const TextureShareManager& manager, FenceHandle&& handle) {
  return detail::guard([&]() -> Result<SharedFence> {
    auto backend = vulkan_manager(manager);
    if (!backend) return std::move(backend).error();
    const auto& context = (*backend)->context();
    if (!known(handle.type)) {
      return Error(Errc::protocol_error,
                   text("FenceHandle::type is ", static_cast<int>(handle.type), ", but only opaque_fd and sync_fd exist."));
    }
    const bool sync = handle.type == FenceHandleType::sync_fd;
    if (!sync && !handle.handle) return Error(Errc::protocol_error, "FenceHandle::handle is empty, but an opaque_fd fence needs one.");
    // A sync file means the same on every device; an opaque one is the exporter's driver's own.
    if (!sync) {
      if (auto ok = check_same_device(handle.exporter, context->capabilities.identity); !ok)
        return std::move(ok).error().with_context("importing a fence");
    }
    if (!(context->importable_fences & native(handle.type))) return unsupported(*context, handle.type, "import");
    auto block = make(context, handle.type, true);
    if (!block) return std::move(block).error();
    OsHandle spare;
    if (handle.handle) {  // a sync_fd without one is signalled already
      auto copy = handle.handle.duplicate();
      if (!copy) return std::move(copy).error();
      spare = *std::move(copy);
    }
    const vk::ImportFenceFdInfoKHR info{.fence = (*block)->fence,
                                        .flags = sync ? vk::FenceImportFlagBits::eTemporary : vk::FenceImportFlags(),
                                        .handleType = native(handle.type),
                                        .fd = spare.fd()};
    if (const auto result = context->device.importFenceFdKHR(&info, context->dispatch); result != vk::Result::eSuccess) {
      detail::settle_failed_import(spare, handle.handle);
      return vulkan_error(result, "vkImportFenceFdKHR");
    }
    static_cast<void>(spare.release());  // the driver owns it now
    handle.handle.reset();
    return SharedFence(*std::move(block));
  });
}

}  // namespace geyser::vulkan

// Semaphores and fences that leave the device: OPAQUE_FD shares the payload, SYNC_FD carries one signal.
#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "entry_points.hpp"
#include "state.hpp"

namespace fake_vulkan {
namespace {

/// True when `fd` is a payload of that kind ('t', 'b', 'f') of this device; a handle of another device is a violation.
bool is_payload(const Call& call, int fd, char kind) {
  const DeviceConfig& config = *call.device()->config;
  const std::string name = memfd_name(fd);
  if (name.rfind("fvks-", 0) != 0) return false;
  const std::string devices = '-' + hex(config.device_uuid) + '-' + hex(config.driver_uuid);
  if (name.substr(6) != devices) {
    call.violation("import: an opaque handle of another device");
    return false;
  }
  if (name[5] != kind) {
    call.violation("import: a payload of another kind of object");
    return false;
  }
  return true;
}

bool is_eventfd(int fd) {
  std::array<char, 64> target{};
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t length = readlink(link.c_str(), target.data(), target.size() - 1);
  return length > 0 && std::string(target.data(), static_cast<std::size_t>(length)).find("[eventfd]") != std::string::npos;
}

/// A sync_fd for the next signal of `object`, or for the one that has happened, which it takes away. -1 stands for the latter where the
/// driver likes that.
template <class Synchronizer>
VkResult export_sync_fd(const Call& call, Synchronizer& object, bool happened, int* out) {
  if (happened && call.device()->config->sync_fd_minus_one) {
    *out = -1;
    return VK_SUCCESS;
  }
  const int fd = eventfd(happened ? 1 : 0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0) return VK_ERROR_TOO_MANY_OBJECTS;
  if (!happened) {
    const int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (own < 0) {
      ::close(fd);
      return VK_ERROR_TOO_MANY_OBJECTS;
    }
    object.exported_sync.emplace_back(own);
  }
  *out = fd;
  return VK_SUCCESS;
}

template <class Synchronizer>
VkResult export_opaque(const Synchronizer& object, int* out) {
  const int fd = fcntl(object.payload->fd(), F_DUPFD_CLOEXEC, 0);
  if (fd < 0) return VK_ERROR_TOO_MANY_OBJECTS;
  *out = fd;
  return VK_SUCCESS;
}

template <class Synchronizer>
VkResult import_opaque(const Call& call, Synchronizer& object, int fd, char kind) {
  if (!is_payload(call, fd, kind)) return VK_ERROR_INVALID_EXTERNAL_HANDLE;
  auto payload = SyncPayload::import(fd);
  if (payload == nullptr) return VK_ERROR_OUT_OF_HOST_MEMORY;
  object.payload = std::move(payload);
  return VK_SUCCESS;
}

template <class Synchronizer>
VkResult import_sync_fd(const Call& call, Synchronizer& object, int fd, bool temporary) {
  if (!temporary) call.violation("a sync_fd is only imported temporarily");
  if (fd >= 0 && !is_eventfd(fd)) return VK_ERROR_INVALID_EXTERNAL_HANDLE;
  object.temporary.emplace();
  if (fd >= 0) object.temporary->sync_fd = OwnedFd(fd);
  return VK_SUCCESS;
}

/// Closes the descriptor of a failed import where the device does that.
VkResult settle(const Call& call, int fd, VkResult result) {
  if (result != VK_SUCCESS && fd >= 0 && call.device()->config->closes_failed_imports) ::close(fd);
  return result;
}

}  // namespace

VkResult entry::vkGetSemaphoreFdKHR(VkDevice handle, const VkSemaphoreGetFdInfoKHR* info, int* out) {
  Call call("vkGetSemaphoreFdKHR", handle);
  auto* semaphore = call.get<Semaphore>(info->semaphore);
  if (semaphore == nullptr) return VK_ERROR_OUT_OF_HOST_MEMORY;
  if ((semaphore->handle_types & static_cast<VkExternalSemaphoreHandleTypeFlags>(info->handleType)) == 0) {
    call.violation("the semaphore was created without VkExportSemaphoreCreateInfo for this handle type");
    return VK_ERROR_OUT_OF_HOST_MEMORY;
  }
  const bool sync = info->handleType == VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT;
  if (sync && semaphore->payload->promised() < 1) {
    call.violation("a sync_fd of a semaphore that nobody has signalled or will signal");
    return VK_ERROR_OUT_OF_HOST_MEMORY;
  }
  if (const VkResult failure = call.fail(); failure != VK_SUCCESS) return failure;
  if (!sync) return export_opaque(*semaphore, out);
  const bool happened = semaphore->payload->value() != 0;
  const VkResult result = export_sync_fd(call, *semaphore, happened, out);
  if (result != VK_SUCCESS) return result;
  // The export takes the signal, as a wait would.
  semaphore->payload->promise(-1);
  if (happened) semaphore->payload->set(0);
  return VK_SUCCESS;
}

VkResult entry::vkImportSemaphoreFdKHR(VkDevice handle, const VkImportSemaphoreFdInfoKHR* info) {
  Call call("vkImportSemaphoreFdKHR", handle);
  auto* semaphore = call.get<Semaphore>(info->semaphore);
  if (semaphore == nullptr) return VK_ERROR_OUT_OF_HOST_MEMORY;
  if (semaphore->in_flight != 0) call.violation("an import into a semaphore that is in use");
  const bool sync = info->handleType == VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT;
  const DeviceConfig& config = *call.device()->config;
  const VkExternalSemaphoreFeatureFlags features = sync                  ? config.sync_fd_binary
                                                   : semaphore->timeline ? config.opaque_fd_timeline
                                                                         : config.opaque_fd_binary;
  if ((features & VK_EXTERNAL_SEMAPHORE_FEATURE_IMPORTABLE_BIT) == 0) call.violation("a handle type that the device cannot import");
  if (sync && semaphore->timeline) call.violation("a sync_fd imported into a timeline");
  if (const VkResult failure = call.fail(); failure != VK_SUCCESS) return settle(call, info->fd, failure);
  if (sync)
    return settle(call, info->fd, import_sync_fd(call, *semaphore, info->fd, (info->flags & VK_SEMAPHORE_IMPORT_TEMPORARY_BIT) != 0));
  return settle(call, info->fd, import_opaque(call, *semaphore, info->fd, semaphore->timeline ? 't' : 'b'));
}

VkResult entry::vkGetFenceFdKHR(VkDevice handle, const VkFenceGetFdInfoKHR* info, int* out) {
  Call call("vkGetFenceFdKHR", handle);
  auto* fence = call.get<Fence>(info->fence);
  if (fence == nullptr) return VK_ERROR_OUT_OF_HOST_MEMORY;
  if ((fence->handle_types & static_cast<VkExternalFenceHandleTypeFlags>(info->handleType)) == 0) {
    call.violation("the fence was created without VkExportFenceCreateInfo for this handle type");
    return VK_ERROR_OUT_OF_HOST_MEMORY;
  }
  const bool sync = info->handleType == VK_EXTERNAL_FENCE_HANDLE_TYPE_SYNC_FD_BIT;
  const bool happened = fence->payload->value() != 0;
  if (sync && !happened && fence->in_flight == 0) {
    call.violation("a sync_fd of a fence that nobody has signalled or will signal");
    return VK_ERROR_OUT_OF_HOST_MEMORY;
  }
  if (const VkResult failure = call.fail(); failure != VK_SUCCESS) return failure;
  if (!sync) return export_opaque(*fence, out);
  const VkResult result = export_sync_fd(call, *fence, happened, out);
  if (result == VK_SUCCESS && happened) fence->payload->set(0);
  return result;
}

VkResult entry::vkImportFenceFdKHR(VkDevice handle, const VkImportFenceFdInfoKHR* info) {
  Call call("vkImportFenceFdKHR", handle);
  auto* fence = call.get<Fence>(info->fence);
  if (fence == nullptr) return VK_ERROR_OUT_OF_HOST_MEMORY;
  if (fence->in_flight != 0) call.violation("an import into a fence that is in use");
  const bool sync = info->handleType == VK_EXTERNAL_FENCE_HANDLE_TYPE_SYNC_FD_BIT;
  const DeviceConfig& config = *call.device()->config;
  if (((sync ? config.sync_fd_fence : config.opaque_fd_fence) & VK_EXTERNAL_FENCE_FEATURE_IMPORTABLE_BIT) == 0) {
    call.violation("a handle type that the device cannot import");
  }
  if (const VkResult failure = call.fail(); failure != VK_SUCCESS) return settle(call, info->fd, failure);
  if (sync) return settle(call, info->fd, import_sync_fd(call, *fence, info->fd, (info->flags & VK_FENCE_IMPORT_TEMPORARY_BIT) != 0));
  return settle(call, info->fd, import_opaque(call, *fence, info->fd, 'f'));
}

}  // namespace fake_vulkan

// Semaphores that cross: a payload in a section, and below it a timeline of the real driver on every device that has it.
#include <cstring>
#include <new>
#include <utility>

#include "win32_driver/chain.hpp"
#include "win32_driver/entry_points.hpp"
#include "win32_driver/state.hpp"

namespace win32_driver {

namespace {

std::uint64_t listener_of(Device& device) {
  const std::lock_guard lock(device.mutex);
  if (!device.listener) device.listener = std::make_unique<Listener>(device);
  return device.listener->id();
}

void leave(Device& device, Semaphore& semaphore) {
  if (semaphore.section && device.listener) stop_listening(*semaphore.payload(), device.listener->id());
  semaphore.section.reset();
}

std::optional<Section> make_payload(Device& device, bool timeline, std::uint64_t initial,
                                    const VkExportSemaphoreWin32HandleInfoKHR* rights) {
  if (rights != nullptr && rights->name != nullptr) {
    complain("vkCreateSemaphore: VkExportSemaphoreWin32HandleInfoKHR::name is set; named handles can be opened by anybody who guesses");
    return std::nullopt;
  }
  auto section =
      Section::create(sizeof(SemaphorePayload), rights == nullptr ? nullptr : const_cast<SECURITY_ATTRIBUTES*>(rights->pAttributes));
  if (!section) return std::nullopt;
  auto* payload = new (section->data()) SemaphorePayload;
  payload->timeline = timeline ? 1 : 0;
  payload->device = device.device_id;
  payload->driver = device.driver_id;
  payload->value.store(initial);
  return section;
}

}  // namespace

void pull(Device& device, Semaphore& semaphore) {
  const std::lock_guard lock(semaphore.mutex);
  auto* payload = semaphore.payload();
  if (payload == nullptr) return;
  const std::uint64_t wanted = payload->value.load();
  std::uint64_t now = 0;
  if (device.GetSemaphoreCounterValue(device.handle, semaphore.handle, &now) != VK_SUCCESS || now >= wanted) return;
  const VkSemaphoreSignalInfo info{VK_STRUCTURE_TYPE_SEMAPHORE_SIGNAL_INFO, nullptr, semaphore.handle, wanted};
  device.SignalSemaphore(device.handle, &info);
}

VKAPI_ATTR VkResult VKAPI_CALL CreateSemaphore_(VkDevice handle, const VkSemaphoreCreateInfo* info, const VkAllocationCallbacks* callbacks,
                                                VkSemaphore* out) {
  if (const auto result = injected("vkCreateSemaphore")) return *result;
  auto& device = *device_of(handle);
  if (!device.semaphore_win32) return device.CreateSemaphore(handle, info, callbacks, out);
  const auto* typed = find_as<VkSemaphoreTypeCreateInfo>(info->pNext, VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO);
  const auto* exported = find_as<VkExportSemaphoreCreateInfo>(info->pNext, VK_STRUCTURE_TYPE_EXPORT_SEMAPHORE_CREATE_INFO);
  const auto* rights = find_as<VkExportSemaphoreWin32HandleInfoKHR>(info->pNext, VK_STRUCTURE_TYPE_EXPORT_SEMAPHORE_WIN32_HANDLE_INFO_KHR);
  auto semaphore = std::make_shared<Semaphore>();
  semaphore->timeline = typed != nullptr && typed->semaphoreType == VK_SEMAPHORE_TYPE_TIMELINE;
  semaphore->exportable = exported != nullptr && exported->handleTypes != 0;
  if (rights != nullptr && !semaphore->exportable)
    complain("vkCreateSemaphore: VkExportSemaphoreWin32HandleInfoKHR without VkExportSemaphoreCreateInfo");
  if (semaphore->exportable && exported->handleTypes != static_cast<VkExternalSemaphoreHandleTypeFlags>(opaque_semaphore)) {
    complain("vkCreateSemaphore: handle types that this driver does not export (mask " + std::to_string(exported->handleTypes) + ")");
    return VK_ERROR_FEATURE_NOT_PRESENT;
  }
  const std::uint64_t initial = semaphore->timeline ? typed->initialValue : 0;
  const VkSemaphoreTypeCreateInfo real_type{VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO, nullptr, VK_SEMAPHORE_TYPE_TIMELINE, initial};
  const VkSemaphoreCreateInfo real{VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, &real_type, info->flags};
  if (semaphore->exportable) {
    semaphore->section = make_payload(device, semaphore->timeline, initial, rights);
    if (!semaphore->section || !listen(*semaphore->payload(), listener_of(device))) return VK_ERROR_OUT_OF_HOST_MEMORY;
  }
  if (const auto result = device.CreateSemaphore(handle, &real, callbacks, out); result != VK_SUCCESS) {
    leave(device, *semaphore);
    return result;
  }
  semaphore->handle = *out;
  const std::lock_guard lock(device.mutex);
  device.semaphores[*out] = std::move(semaphore);
  return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL DestroySemaphore(VkDevice handle, VkSemaphore which, const VkAllocationCallbacks* callbacks) {
  auto& device = *device_of(handle);
  if (const auto semaphore = device.semaphore(which)) {
    for (auto& [queue, relay] : device.relays) {
      if (!relay->drain(*semaphore)) complain("vkDestroySemaphore: a submit that signals it is not over");
    }
    {
      const std::lock_guard lock(device.mutex);
      device.semaphores.erase(which);
    }
    const std::lock_guard lock(semaphore->mutex);  // the listener may be at it
    leave(device, *semaphore);
  }
  device.DestroySemaphore(handle, which, callbacks);
}

VKAPI_ATTR VkResult VKAPI_CALL ImportSemaphoreWin32HandleKHR(VkDevice handle, const VkImportSemaphoreWin32HandleInfoKHR* info) {
  if (const auto result = injected("vkImportSemaphoreWin32HandleKHR")) return *result;
  auto& device = *device_of(handle);
  const auto semaphore = device.semaphore(info->semaphore);
  if (!semaphore || info->handleType != opaque_semaphore || info->name != nullptr || info->handle == nullptr || info->flags != 0) {
    complain("vkImportSemaphoreWin32HandleKHR: only OPAQUE_WIN32 by handle, permanent, into a semaphore of this device");
    return VK_ERROR_INVALID_EXTERNAL_HANDLE;
  }
  auto section = Section::open(info->handle, sizeof(SemaphorePayload));
  if (!section) return VK_ERROR_INVALID_EXTERNAL_HANDLE;
  auto& payload = *reinterpret_cast<SemaphorePayload*>(section->data());
  if (payload.magic != SemaphorePayload::expected) return VK_ERROR_INVALID_EXTERNAL_HANDLE;  // somebody else's section
  if ((payload.timeline != 0) != semaphore->timeline || payload.device != device.device_id || payload.driver != device.driver_id) {
    complain("vkImportSemaphoreWin32HandleKHR: the kind or the device is not the export's");
    return VK_ERROR_INVALID_EXTERNAL_HANDLE;
  }
  if (!listen(payload, listener_of(device))) return VK_ERROR_TOO_MANY_OBJECTS;
  {
    const std::lock_guard lock(semaphore->mutex);
    leave(device, *semaphore);
    semaphore->section = std::move(section);
  }
  pull(device, *semaphore);
  return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL GetSemaphoreWin32HandleKHR(VkDevice handle, const VkSemaphoreGetWin32HandleInfoKHR* info, HANDLE* out) {
  if (const auto result = injected("vkGetSemaphoreWin32HandleKHR")) return *result;
  auto& device = *device_of(handle);
  const auto semaphore = device.semaphore(info->semaphore);
  if (!semaphore || !semaphore->exportable || info->handleType != opaque_semaphore) {
    complain("vkGetSemaphoreWin32HandleKHR: the semaphore was not created for that handle type");
    return VK_ERROR_OUT_OF_HOST_MEMORY;
  }
  const std::lock_guard lock(semaphore->mutex);
  if (std::exchange(semaphore->handed_out, true))
    complain("vkGetSemaphoreWin32HandleKHR: called twice for one semaphore; NT handles may be asked for once");
  *out = semaphore->section->duplicate();
  return *out != nullptr ? VK_SUCCESS : VK_ERROR_OUT_OF_HOST_MEMORY;
}

VKAPI_ATTR VkResult VKAPI_CALL GetSemaphoreCounterValue(VkDevice handle, VkSemaphore which, std::uint64_t* value) {
  auto& device = *device_of(handle);
  if (const auto semaphore = device.semaphore(which)) pull(device, *semaphore);
  return device.GetSemaphoreCounterValue(handle, which, value);
}

VKAPI_ATTR VkResult VKAPI_CALL SignalSemaphore(VkDevice handle, const VkSemaphoreSignalInfo* info) {
  if (const auto result = injected("vkSignalSemaphore")) return *result;
  auto& device = *device_of(handle);
  const auto semaphore = device.semaphore(info->semaphore);
  if (!semaphore) return device.SignalSemaphore(handle, info);
  if (!semaphore->timeline) complain("vkSignalSemaphore: a binary semaphore");
  pull(device, *semaphore);
  const std::lock_guard lock(semaphore->mutex);
  const auto result = device.SignalSemaphore(handle, info);
  if (result == VK_SUCCESS && semaphore->section && raise(semaphore->payload()->value, info->value)) notify(*semaphore->payload());
  return result;
}

VKAPI_ATTR VkResult VKAPI_CALL WaitSemaphores(VkDevice handle, const VkSemaphoreWaitInfo* info, std::uint64_t timeout) {
  if (const auto result = injected("vkWaitSemaphores")) return *result;
  auto& device = *device_of(handle);
  for (std::uint32_t i = 0; i < info->semaphoreCount; ++i) {
    if (const auto semaphore = device.semaphore(info->pSemaphores[i])) pull(device, *semaphore);
  }
  return device.WaitSemaphores(handle, info, timeout);  // the listener raises what others signal meanwhile
}

}  // namespace win32_driver

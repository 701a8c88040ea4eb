// Which function answers to which name.
#include <cstring>
#include <string>
#include <string_view>

#include "win32_driver/entry_points.hpp"
#include "win32_driver/state.hpp"

namespace win32_driver {

namespace {

enum class Level { instance, device, memory_win32, semaphore_win32 };
struct Entry {
  std::string_view name;
  PFN_vkVoidFunction function;
  Level level;
};

template <class Function>
PFN_vkVoidFunction as_void(Function function) {
  return reinterpret_cast<PFN_vkVoidFunction>(function);
}

const std::vector<Entry>& entries() {
  static const std::vector<Entry> all = {
      {"vkGetInstanceProcAddr", as_void(GetInstanceProcAddr), Level::instance},
      {"vkCreateInstance", as_void(CreateInstance), Level::instance},
      {"vkDestroyInstance", as_void(DestroyInstance), Level::instance},
      {"vkEnumeratePhysicalDevices", as_void(EnumeratePhysicalDevices), Level::instance},
      {"vkEnumerateDeviceExtensionProperties", as_void(EnumerateDeviceExtensionProperties), Level::instance},
      {"vkGetPhysicalDeviceProperties2", as_void(GetPhysicalDeviceProperties2), Level::instance},
      {"vkGetPhysicalDeviceImageFormatProperties2", as_void(GetPhysicalDeviceImageFormatProperties2), Level::instance},
      {"vkGetPhysicalDeviceExternalBufferProperties", as_void(GetPhysicalDeviceExternalBufferProperties), Level::instance},
      {"vkGetPhysicalDeviceExternalSemaphoreProperties", as_void(GetPhysicalDeviceExternalSemaphoreProperties), Level::instance},
      {"vkCreateDevice", as_void(CreateDevice), Level::instance},
      {"vkGetDeviceProcAddr", as_void(GetDeviceProcAddr), Level::device},
      {"vkDestroyDevice", as_void(DestroyDevice), Level::device},
      {"vkGetDeviceQueue", as_void(GetDeviceQueue), Level::device},
      {"vkGetDeviceQueue2", as_void(GetDeviceQueue2), Level::device},
      {"vkQueueSubmit", as_void(QueueSubmit), Level::device},
      {"vkCreateImage", as_void(CreateImage), Level::device},
      {"vkDestroyImage", as_void(DestroyImage), Level::device},
      {"vkCreateBuffer", as_void(CreateBuffer), Level::device},
      {"vkDestroyBuffer", as_void(DestroyBuffer), Level::device},
      {"vkBindImageMemory", as_void(BindImageMemory), Level::device},
      {"vkBindBufferMemory", as_void(BindBufferMemory), Level::device},
      {"vkBindImageMemory2", as_void(BindImageMemory2), Level::device},
      {"vkBindBufferMemory2", as_void(BindBufferMemory2), Level::device},
      {"vkAllocateMemory", as_void(AllocateMemory), Level::device},
      {"vkFreeMemory", as_void(FreeMemory), Level::device},
      {"vkCreateSemaphore", as_void(CreateSemaphore_), Level::device},
      {"vkDestroySemaphore", as_void(DestroySemaphore), Level::device},
      {"vkGetSemaphoreCounterValue", as_void(GetSemaphoreCounterValue), Level::device},
      {"vkSignalSemaphore", as_void(SignalSemaphore), Level::device},
      {"vkWaitSemaphores", as_void(WaitSemaphores), Level::device},
      {"vkGetMemoryWin32HandleKHR", as_void(GetMemoryWin32HandleKHR), Level::memory_win32},
      {"vkGetMemoryWin32HandlePropertiesKHR", as_void(GetMemoryWin32HandlePropertiesKHR), Level::memory_win32},
      {"vkImportSemaphoreWin32HandleKHR", as_void(ImportSemaphoreWin32HandleKHR), Level::semaphore_win32},
      {"vkGetSemaphoreWin32HandleKHR", as_void(GetSemaphoreWin32HandleKHR), Level::semaphore_win32},
  };
  return all;
}

// Submits of these would go past the tickets, so the driver has none.
bool absent(std::string_view name) { return name == "vkQueueSubmit2" || name == "vkQueueSubmit2KHR" || name == "vkQueueBindSparse"; }

bool same(std::string_view asked, std::string_view name) {
  return asked == name || (asked.size() == name.size() + 3 && asked.starts_with(name) && asked.ends_with("KHR"));
}

const Entry* find(std::string_view name) {
  for (const auto& each : entries()) {
    if (same(name, each.name)) return &each;
  }
  return nullptr;
}

}  // namespace

PFN_vkGetInstanceProcAddr real_get_instance_proc_addr() {
  // By its whole path: this file may itself be called vulkan-1.dll and lie beside the program.
  static const PFN_vkGetInstanceProcAddr real = [] {
    std::wstring path(MAX_PATH, L'\0');
    path.resize(::GetSystemDirectoryW(path.data(), MAX_PATH));
    const HMODULE loader = ::LoadLibraryW((path + L"\\vulkan-1.dll").c_str());
    PFN_vkGetInstanceProcAddr found = nullptr;
    const FARPROC symbol = loader == nullptr ? nullptr : ::GetProcAddress(loader, "vkGetInstanceProcAddr");
    static_assert(sizeof(found) == sizeof(symbol));
    std::memcpy(&found, &symbol, sizeof(found));
    return found;
  }();
  return real;
}

VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL GetDeviceProcAddr(VkDevice handle, const char* name) {
  const auto* device = device_of(handle);
  if (device == nullptr || absent(name)) return nullptr;
  const auto* entry = find(name);
  if (entry == nullptr || entry->level == Level::instance) return device->next(handle, name);
  if (entry->level == Level::memory_win32) return device->memory_win32 ? entry->function : nullptr;
  if (entry->level == Level::semaphore_win32) return device->semaphore_win32 ? entry->function : nullptr;
  // An alias of an extension that is not enabled is not there, whatever stands in its place here.
  return entry->name == "vkGetDeviceProcAddr" || device->next(handle, name) != nullptr ? entry->function : nullptr;
}

VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL GetInstanceProcAddr(VkInstance instance, const char* name) {
  const auto next = real_get_instance_proc_addr();
  if (next == nullptr || absent(name)) return nullptr;
  const auto* entry = find(name);
  if (entry == nullptr) return next(instance, name);
  if (entry->level == Level::memory_win32 || entry->level == Level::semaphore_win32) return entry->function;
  return entry->name == "vkGetInstanceProcAddr" || next(instance, name) != nullptr ? entry->function : nullptr;
}

}  // namespace win32_driver

extern "C" __declspec(dllexport) VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL vkGetInstanceProcAddr(VkInstance instance, const char* name) {
  return win32_driver::GetInstanceProcAddr(instance, name);
}

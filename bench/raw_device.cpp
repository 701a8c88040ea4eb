#include "bench/raw_device.hpp"

#include <dlfcn.h>

#include <cstring>

namespace geyser::bench {

void check(VkResult result, const char* call) {
  if (result >= VK_SUCCESS) return;
  throw std::runtime_error(std::string(call) + " gives VkResult " + std::to_string(static_cast<int>(result)));
}

PFN_vkGetInstanceProcAddr open_loader() {
  void* library = dlopen("libvulkan.so.1", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw std::runtime_error("libvulkan.so.1 cannot be opened; install the Vulkan loader");
  auto* found = reinterpret_cast<PFN_vkGetInstanceProcAddr>(dlsym(library, "vkGetInstanceProcAddr"));
  if (found == nullptr) throw std::runtime_error("libvulkan.so.1 has no vkGetInstanceProcAddr");
  return found;
}

RawDevice::RawDevice(PFN_vkGetInstanceProcAddr proc, std::uint32_t index, std::span<const char* const> wanted)
    : get_instance_proc_addr(proc) {
  create_instance();
  choose_device(index);
  create_device(wanted);
  query_sync();
}

RawDevice::~RawDevice() {
  if (device != VK_NULL_HANDLE) {
    vk.DeviceWaitIdle(device);
    vk.DestroyDevice(device, nullptr);
  }
  if (instance != VK_NULL_HANDLE) vk.DestroyInstance(instance, nullptr);
}

bool RawDevice::has_extension(const char* name) const noexcept {
  for (const char* extension : extensions) {
    if (std::strcmp(extension, name) == 0) return true;
  }
  return false;
}

std::uint32_t RawDevice::memory_type(std::uint32_t bits, VkMemoryPropertyFlags wanted) const {
  for (std::uint32_t i = 0; i < memory.memoryTypeCount; ++i) {
    if ((bits >> i & 1U) != 0 && (memory.memoryTypes[i].propertyFlags & wanted) == wanted) return i;
  }
  for (std::uint32_t i = 0; i < memory.memoryTypeCount; ++i) {
    if ((bits >> i & 1U) != 0) return i;
  }
  throw std::runtime_error("no memory type fits");
}

void RawDevice::create_instance() {
  VkApplicationInfo application{VK_STRUCTURE_TYPE_APPLICATION_INFO};
  application.pApplicationName = "geyser_bench";
  application.apiVersion = VK_API_VERSION_1_2;
  VkInstanceCreateInfo info{VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO};
  info.pApplicationInfo = &application;
  auto create = reinterpret_cast<PFN_vkCreateInstance>(get_instance_proc_addr(nullptr, "vkCreateInstance"));
  check(create(&info, nullptr, &instance), "vkCreateInstance");
#define X(name) vk.name = reinterpret_cast<PFN_vk##name>(get_instance_proc_addr(instance, "vk" #name));
  GEYSER_BENCH_INSTANCE_FUNCTIONS(X)
#undef X
}

void RawDevice::choose_device(std::uint32_t index) {
  std::uint32_t count = 0;
  check(vk.EnumeratePhysicalDevices(instance, &count, nullptr), "vkEnumeratePhysicalDevices");
  std::vector<VkPhysicalDevice> devices(count);
  check(vk.EnumeratePhysicalDevices(instance, &count, devices.data()), "vkEnumeratePhysicalDevices");
  if (index >= count) {
    throw std::runtime_error("device " + std::to_string(index) + " was asked for and there are " + std::to_string(count));
  }
  physical_device = devices[index];
  VkPhysicalDeviceDriverProperties names{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES};
  VkPhysicalDeviceProperties2 found{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, &names, {}};
  vk.GetPhysicalDeviceProperties2(physical_device, &found);
  properties = found.properties;
  driver = std::string(names.driverName) + ' ' + names.driverInfo;
  vk.GetPhysicalDeviceMemoryProperties(physical_device, &memory);
}

void RawDevice::create_device(std::span<const char* const> wanted) {
  std::uint32_t count = 0;
  vk.GetPhysicalDeviceQueueFamilyProperties(physical_device, &count, nullptr);
  std::vector<VkQueueFamilyProperties> families(count);
  vk.GetPhysicalDeviceQueueFamilyProperties(physical_device, &count, families.data());
  while (queue_family < count && (families[queue_family].queueFlags & VK_QUEUE_GRAPHICS_BIT) == 0) ++queue_family;
  if (queue_family == count) throw std::runtime_error("the device has no graphics queue");

  check(vk.EnumerateDeviceExtensionProperties(physical_device, nullptr, &count, nullptr), "vkEnumerateDeviceExtensionProperties");
  std::vector<VkExtensionProperties> offered(count);
  check(vk.EnumerateDeviceExtensionProperties(physical_device, nullptr, &count, offered.data()), "vkEnumerateDeviceExtensionProperties");
  for (const char* name : wanted) {
    for (const auto& offer : offered) {
      if (std::strcmp(offer.extensionName, name) == 0) extensions.push_back(name);
    }
  }

  VkPhysicalDeviceTimelineSemaphoreFeatures timelines{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_TIMELINE_SEMAPHORE_FEATURES};
  VkPhysicalDeviceFeatures2 features{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2, &timelines, {}};
  vk.GetPhysicalDeviceFeatures2(physical_device, &features);
  timeline = timelines.timelineSemaphore == VK_TRUE;
  features.features = {};  // the cases need none of them

  const float priority = 1.0F;
  VkDeviceQueueCreateInfo queues{VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO};
  queues.queueFamilyIndex = queue_family;
  queues.queueCount = 1;
  queues.pQueuePriorities = &priority;
  VkDeviceCreateInfo info{VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, &features};
  info.queueCreateInfoCount = 1;
  info.pQueueCreateInfos = &queues;
  info.enabledExtensionCount = static_cast<std::uint32_t>(extensions.size());
  info.ppEnabledExtensionNames = extensions.data();
  check(vk.CreateDevice(physical_device, &info, nullptr, &device), "vkCreateDevice");
#define X(name) vk.name = reinterpret_cast<PFN_vk##name>(vk.GetDeviceProcAddr(device, "vk" #name));
  GEYSER_BENCH_DEVICE_FUNCTIONS(X)
  GEYSER_BENCH_OPTIONAL_FUNCTIONS(X)
#undef X
  vk.GetDeviceQueue(device, queue_family, 0, &queue);
}

void RawDevice::query_sync() {
  const VkExternalSemaphoreFeatureFlags both = VK_EXTERNAL_SEMAPHORE_FEATURE_EXPORTABLE_BIT | VK_EXTERNAL_SEMAPHORE_FEATURE_IMPORTABLE_BIT;
  const auto exports = [&](VkSemaphoreType type) {
    VkSemaphoreTypeCreateInfo kind{VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO, nullptr, type, 0};
    VkPhysicalDeviceExternalSemaphoreInfo info{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_SEMAPHORE_INFO, &kind,
                                               VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT};
    VkExternalSemaphoreProperties found{VK_STRUCTURE_TYPE_EXTERNAL_SEMAPHORE_PROPERTIES};
    vk.GetPhysicalDeviceExternalSemaphoreProperties(physical_device, &info, &found);
    return (found.externalSemaphoreFeatures & both) == both;
  };
  if (has_extension(VK_KHR_EXTERNAL_SEMAPHORE_FD_EXTENSION_NAME)) {
    exports_binary = exports(VK_SEMAPHORE_TYPE_BINARY);
    exports_timeline = timeline && exports(VK_SEMAPHORE_TYPE_TIMELINE);
  }
  if (has_extension(VK_KHR_EXTERNAL_FENCE_FD_EXTENSION_NAME)) {
    VkPhysicalDeviceExternalFenceInfo info{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_FENCE_INFO, nullptr,
                                           VK_EXTERNAL_FENCE_HANDLE_TYPE_OPAQUE_FD_BIT};
    VkExternalFenceProperties found{VK_STRUCTURE_TYPE_EXTERNAL_FENCE_PROPERTIES};
    vk.GetPhysicalDeviceExternalFenceProperties(physical_device, &info, &found);
    exports_fence = (found.externalFenceFeatures & VK_EXTERNAL_FENCE_FEATURE_EXPORTABLE_BIT) != 0;
  }
}

}  // namespace geyser::bench

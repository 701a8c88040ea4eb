#include "fake_vulkan/raw_device.hpp"

#include <cstdlib>
#include <cstring>

namespace fake_vulkan {
namespace {

/// Set-up that a test does not ask about: the fake driver fails it only when a test does.
void expect(VkResult result) {
  if (result != VK_SUCCESS) std::abort();
}

VkImageSubresourceLayers color() { return {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1}; }

std::vector<std::string> all_extensions(const RawInstance& instance, VkPhysicalDevice physical) {
  std::uint32_t count = 0;
  expect(instance.vk.vkEnumerateDeviceExtensionProperties(physical, nullptr, &count, nullptr));
  std::vector<VkExtensionProperties> properties(count);
  expect(instance.vk.vkEnumerateDeviceExtensionProperties(physical, nullptr, &count, properties.data()));
  std::vector<std::string> names;
  for (const auto& each : properties) names.emplace_back(each.extensionName);
  return names;
}

bool has_timeline(const RawInstance& instance, VkPhysicalDevice physical) {
  VkPhysicalDeviceTimelineSemaphoreFeatures timeline{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_TIMELINE_SEMAPHORE_FEATURES};
  VkPhysicalDeviceFeatures2 features{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2, &timeline};
  instance.vk.vkGetPhysicalDeviceFeatures2(physical, &features);
  return timeline.timelineSemaphore == VK_TRUE;
}

VkResult create(const RawInstance& instance, VkPhysicalDevice physical, const std::vector<std::string>& extensions, bool timeline,
                VkDevice* out) {
  std::vector<const char*> names;
  for (const auto& each : extensions) names.push_back(each.c_str());
  const float priority = 1.0F;
  const VkDeviceQueueCreateInfo queue{VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, nullptr, 0, 0, 1, &priority};
  VkPhysicalDeviceTimelineSemaphoreFeatures features{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_TIMELINE_SEMAPHORE_FEATURES, nullptr, VK_TRUE};
  VkDeviceCreateInfo info{VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO};
  if (timeline) info.pNext = &features;
  info.queueCreateInfoCount = 1;
  info.pQueueCreateInfos = &queue;
  info.enabledExtensionCount = static_cast<std::uint32_t>(names.size());
  info.ppEnabledExtensionNames = names.data();
  return instance.vk.vkCreateDevice(physical, &info, nullptr, out);
}

std::vector<std::string> chosen_extensions(const RawInstance& instance, VkPhysicalDevice physical, const RawDeviceOptions& options) {
  if (!options.extensions) return all_extensions(instance, physical);
  return {options.extensions->begin(), options.extensions->end()};
}

}  // namespace

void RawFunctions::load(VkInstance instance) {
  const PFN_vkGetInstanceProcAddr get = get_instance_proc_addr();
#define FAKE_VULKAN_LOAD_GLOBAL(name, version, extension) this->name = reinterpret_cast<PFN_##name>(get(VK_NULL_HANDLE, #name));
#define FAKE_VULKAN_LOAD(name, version, extension) this->name = reinterpret_cast<PFN_##name>(get(instance, #name));
  FAKE_VULKAN_GLOBAL(FAKE_VULKAN_LOAD_GLOBAL)
  if (instance == VK_NULL_HANDLE) return;
  FAKE_VULKAN_INSTANCE(FAKE_VULKAN_LOAD)
  FAKE_VULKAN_DEVICE(FAKE_VULKAN_LOAD)
}

RawInstance::RawInstance(std::uint32_t version) : api_version(version) {
  vk.load(VK_NULL_HANDLE);
  VkApplicationInfo application{VK_STRUCTURE_TYPE_APPLICATION_INFO};
  application.apiVersion = version;
  VkInstanceCreateInfo info{VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO};
  info.pApplicationInfo = &application;
  expect(vk.vkCreateInstance(&info, nullptr, &handle));
  vk.load(handle);
}

RawInstance::~RawInstance() { vk.vkDestroyInstance(handle, nullptr); }

std::vector<VkPhysicalDevice> RawInstance::physical_devices() const {
  std::uint32_t count = 0;
  expect(vk.vkEnumeratePhysicalDevices(handle, &count, nullptr));
  std::vector<VkPhysicalDevice> all(count);
  expect(vk.vkEnumeratePhysicalDevices(handle, &count, all.data()));
  return all;
}

RawDevice::RawDevice(const RawInstance& owner, const RawDeviceOptions& options) : instance(owner), vk(owner.vk) {
  physical = owner.physical_devices().at(options.index);
  extensions = chosen_extensions(owner, physical, options);
  timeline = options.timeline.value_or(has_timeline(owner, physical));
  expect(create(owner, physical, extensions, timeline, &handle));
  vk.vkGetDeviceQueue(handle, 0, 0, &queue);
}

RawDevice::~RawDevice() { vk.vkDestroyDevice(handle, nullptr); }

VkResult RawDevice::try_create(const RawInstance& instance, const RawDeviceOptions& options) {
  const VkPhysicalDevice physical = instance.physical_devices().at(options.index);
  VkDevice device = VK_NULL_HANDLE;
  RawDeviceOptions chosen = options;
  if (!chosen.extensions) chosen.extensions.emplace();
  const VkResult result =
      create(instance, physical, chosen_extensions(instance, physical, chosen), options.timeline.value_or(false), &device);
  if (result == VK_SUCCESS) instance.vk.vkDestroyDevice(device, nullptr);
  return result;
}

VkSemaphore RawDevice::semaphore(bool is_timeline, VkExternalSemaphoreHandleTypeFlags exports) const {
  VkExportSemaphoreCreateInfo exported{VK_STRUCTURE_TYPE_EXPORT_SEMAPHORE_CREATE_INFO, nullptr, exports};
  VkSemaphoreTypeCreateInfo type{VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO, nullptr, VK_SEMAPHORE_TYPE_TIMELINE, 0};
  VkSemaphoreCreateInfo info{VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO};
  if (exports != 0) info.pNext = &exported;
  if (is_timeline) {
    type.pNext = info.pNext;
    info.pNext = &type;
  }
  VkSemaphore made = VK_NULL_HANDLE;
  expect(vk.vkCreateSemaphore(handle, &info, nullptr, &made));
  return made;
}

int RawDevice::export_semaphore(VkSemaphore semaphore, VkExternalSemaphoreHandleTypeFlagBits type) const {
  const VkSemaphoreGetFdInfoKHR info{VK_STRUCTURE_TYPE_SEMAPHORE_GET_FD_INFO_KHR, nullptr, semaphore, type};
  int fd = -1;
  if (vk.vkGetSemaphoreFdKHR(handle, &info, &fd) != VK_SUCCESS) return -1;
  return fd;
}

VkResult RawDevice::import_semaphore(VkSemaphore semaphore, int fd, VkExternalSemaphoreHandleTypeFlagBits type) const {
  VkImportSemaphoreFdInfoKHR info{VK_STRUCTURE_TYPE_IMPORT_SEMAPHORE_FD_INFO_KHR};
  info.semaphore = semaphore;
  info.flags = type == VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT ? VkSemaphoreImportFlags{VK_SEMAPHORE_IMPORT_TEMPORARY_BIT} : 0;
  info.handleType = type;
  info.fd = fd;
  return vk.vkImportSemaphoreFdKHR(handle, &info);
}

VkFence RawDevice::fence() const {
  const VkFenceCreateInfo info{VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
  VkFence made = VK_NULL_HANDLE;
  expect(vk.vkCreateFence(handle, &info, nullptr, &made));
  return made;
}

VkResult RawDevice::submit(const RawSubmit& submit) const {
  const VkPipelineStageFlags stage = VK_PIPELINE_STAGE_ALL_COMMANDS_BIT;
  VkTimelineSemaphoreSubmitInfo values{VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO};
  values.waitSemaphoreValueCount = submit.wait != VK_NULL_HANDLE ? 1 : 0;
  values.pWaitSemaphoreValues = &submit.wait_value;
  values.signalSemaphoreValueCount = submit.signal != VK_NULL_HANDLE ? 1 : 0;
  values.pSignalSemaphoreValues = &submit.signal_value;
  VkSubmitInfo info{VK_STRUCTURE_TYPE_SUBMIT_INFO, &values};
  info.waitSemaphoreCount = values.waitSemaphoreValueCount;
  info.pWaitSemaphores = &submit.wait;
  info.pWaitDstStageMask = &stage;
  info.signalSemaphoreCount = values.signalSemaphoreValueCount;
  info.pSignalSemaphores = &submit.signal;
  info.commandBufferCount = submit.commands != VK_NULL_HANDLE ? 1 : 0;
  info.pCommandBuffers = &submit.commands;
  return vk.vkQueueSubmit(queue, 1, &info, submit.fence);
}

VkResult RawDevice::wait(VkSemaphore semaphore, std::uint64_t value, std::uint64_t timeout) const {
  const VkSemaphoreWaitInfo info{VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO, nullptr, 0, 1, &semaphore, &value};
  return vk.vkWaitSemaphores(handle, &info, timeout);
}

VkCommandBuffer RawDevice::begin() const {
  VkCommandPoolCreateInfo pool_info{VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO};
  VkCommandPool pool = VK_NULL_HANDLE;
  expect(vk.vkCreateCommandPool(handle, &pool_info, nullptr, &pool));
  const VkCommandBufferAllocateInfo info{VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO, nullptr, pool, VK_COMMAND_BUFFER_LEVEL_PRIMARY, 1};
  VkCommandBuffer commands = VK_NULL_HANDLE;
  expect(vk.vkAllocateCommandBuffers(handle, &info, &commands));
  const VkCommandBufferBeginInfo begin{VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO, nullptr, VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT,
                                       nullptr};
  expect(vk.vkBeginCommandBuffer(commands, &begin));
  const_cast<RawDevice*>(this)->pool_ = pool;
  return commands;
}

void RawDevice::end(VkCommandBuffer commands) const {
  expect(vk.vkEndCommandBuffer(commands));
  RawSubmit one;
  one.commands = commands;
  expect(submit(one));
  expect(vk.vkQueueWaitIdle(queue));
  vk.vkDestroyCommandPool(handle, pool_, nullptr);
}

void RawDevice::copy(VkBuffer from, VkBuffer to, std::uint64_t size) const {
  run([&](VkCommandBuffer commands) {
    const VkBufferCopy region{0, 0, size};
    vk.vkCmdCopyBuffer(commands, from, to, 1, &region);
  });
}

RawBuffer::RawBuffer(const RawDevice& device, std::uint64_t size, std::uint32_t memory_type) : device_(device) {
  VkBufferCreateInfo info{VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO};
  info.size = size;
  info.usage = VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT;
  expect(device.vk.vkCreateBuffer(device.handle, &info, nullptr, &buffer));
  VkMemoryRequirements needs{};
  device.vk.vkGetBufferMemoryRequirements(device.handle, buffer, &needs);
  const VkMemoryAllocateInfo allocation{VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, nullptr, needs.size, memory_type};
  expect(device.vk.vkAllocateMemory(device.handle, &allocation, nullptr, &memory));
  expect(device.vk.vkBindBufferMemory(device.handle, buffer, memory, 0));
  expect(device.vk.vkMapMemory(device.handle, memory, 0, VK_WHOLE_SIZE, 0, &mapped));
}

RawBuffer::~RawBuffer() {
  device_.vk.vkDestroyBuffer(device_.handle, buffer, nullptr);
  device_.vk.vkFreeMemory(device_.handle, memory, nullptr);
}

RawImage::RawImage(const RawDevice& device, const RawImageOptions& options) : device_(device), dma_buf_(!options.modifiers.empty()) {
  create(options);
}

void RawImage::create(const RawImageOptions& options) {
  const auto type = dma_buf_ ? VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT : VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT;
  VkImageDrmFormatModifierListCreateInfoEXT list{VK_STRUCTURE_TYPE_IMAGE_DRM_FORMAT_MODIFIER_LIST_CREATE_INFO_EXT};
  list.drmFormatModifierCount = static_cast<std::uint32_t>(options.modifiers.size());
  list.pDrmFormatModifiers = options.modifiers.data();
  VkImageDrmFormatModifierExplicitCreateInfoEXT given{VK_STRUCTURE_TYPE_IMAGE_DRM_FORMAT_MODIFIER_EXPLICIT_CREATE_INFO_EXT};
  given.drmFormatModifier = dma_buf_ ? options.modifiers[0] : 0;
  given.drmFormatModifierPlaneCount = static_cast<std::uint32_t>(options.planes.size());
  given.pPlaneLayouts = options.planes.data();
  VkExternalMemoryImageCreateInfo external{VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO};
  external.handleTypes = static_cast<VkExternalMemoryHandleTypeFlags>(type);
  if (dma_buf_) external.pNext = options.planes.empty() ? static_cast<const void*>(&list) : &given;
  VkImageCreateInfo info{VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO, &external};
  info.imageType = VK_IMAGE_TYPE_2D;
  info.format = options.format;
  info.extent = {width, height, 1};
  info.mipLevels = 1;
  info.arrayLayers = 1;
  info.samples = VK_SAMPLE_COUNT_1_BIT;
  info.tiling = dma_buf_ ? VK_IMAGE_TILING_DRM_FORMAT_MODIFIER_EXT : VK_IMAGE_TILING_OPTIMAL;
  info.usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT;
  allocated = device_.vk.vkCreateImage(device_.handle, &info, nullptr, &image);
  if (allocated != VK_SUCCESS) return;
  VkMemoryRequirements needs{};
  device_.vk.vkGetImageMemoryRequirements(device_.handle, image, &needs);
  VkMemoryDedicatedAllocateInfo dedicated{VK_STRUCTURE_TYPE_MEMORY_DEDICATED_ALLOCATE_INFO, nullptr,
                                          options.dedicated ? image : VK_NULL_HANDLE};
  const VkExportMemoryAllocateInfo exported{VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO, &dedicated, external.handleTypes};
  const VkImportMemoryFdInfoKHR imported{VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR, &dedicated, type, options.import_fd};
  VkMemoryAllocateInfo allocation{VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO};
  allocation.pNext = options.import_fd >= 0 ? static_cast<const void*>(&imported)
                     : options.export_info  ? static_cast<const void*>(&exported)
                                            : &dedicated;
  allocation.allocationSize = options.allocation_size != 0 ? options.allocation_size : needs.size;
  allocation.memoryTypeIndex = options.memory_type;
  allocated = device_.vk.vkAllocateMemory(device_.handle, &allocation, nullptr, &memory);
  if (allocated == VK_SUCCESS) expect(device_.vk.vkBindImageMemory(device_.handle, image, memory, 0));
}

RawImage::~RawImage() {
  device_.vk.vkDestroyImage(device_.handle, image, nullptr);
  device_.vk.vkFreeMemory(device_.handle, memory, nullptr);
}

int RawImage::export_fd() const {
  const auto type = dma_buf_ ? VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT : VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT;
  const VkMemoryGetFdInfoKHR info{VK_STRUCTURE_TYPE_MEMORY_GET_FD_INFO_KHR, nullptr, memory, type};
  int fd = -1;
  return device_.vk.vkGetMemoryFdKHR(device_.handle, &info, &fd) == VK_SUCCESS ? fd : -1;
}

void RawImage::barrier(VkCommandBuffer commands, VkImageLayout from, bool acquire) const {
  VkImageMemoryBarrier barrier{VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER};
  barrier.srcAccessMask = VK_ACCESS_MEMORY_WRITE_BIT;
  barrier.dstAccessMask = VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT;
  barrier.oldLayout = from;
  barrier.newLayout = VK_IMAGE_LAYOUT_GENERAL;
  barrier.srcQueueFamilyIndex = acquire ? VK_QUEUE_FAMILY_EXTERNAL : 0;
  barrier.dstQueueFamilyIndex = acquire ? 0 : VK_QUEUE_FAMILY_EXTERNAL;
  barrier.image = image;
  barrier.subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, VK_REMAINING_MIP_LEVELS, 0, VK_REMAINING_ARRAY_LAYERS};
  device_.vk.vkCmdPipelineBarrier(commands, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, 0, 0, nullptr, 0,
                                  nullptr, 1, &barrier);
}

void RawImage::upload(const std::vector<std::byte>& texels) const {
  const RawBuffer staging(device_, bytes, 0);
  std::memcpy(staging.mapped, texels.data(), bytes);
  device_.run([&](VkCommandBuffer commands) {
    barrier(commands, VK_IMAGE_LAYOUT_UNDEFINED, true);
    const VkBufferImageCopy region{0, 0, 0, color(), {0, 0, 0}, {width, height, 1}};
    device_.vk.vkCmdCopyBufferToImage(commands, staging.buffer, image, VK_IMAGE_LAYOUT_GENERAL, 1, &region);
    barrier(commands, VK_IMAGE_LAYOUT_GENERAL, false);
  });
}

std::vector<std::byte> RawImage::read_back(VkImageLayout from) const {
  const RawBuffer staging(device_, bytes, 0);
  device_.run([&](VkCommandBuffer commands) {
    barrier(commands, from, true);
    const VkBufferImageCopy region{0, 0, 0, color(), {0, 0, 0}, {width, height, 1}};
    device_.vk.vkCmdCopyImageToBuffer(commands, image, VK_IMAGE_LAYOUT_GENERAL, staging.buffer, 1, &region);
    barrier(commands, VK_IMAGE_LAYOUT_GENERAL, false);
  });
  std::vector<std::byte> texels(bytes);
  std::memcpy(texels.data(), staging.mapped, bytes);
  return texels;
}

std::uint64_t RawImage::modifier() const {
  VkImageDrmFormatModifierPropertiesEXT properties{VK_STRUCTURE_TYPE_IMAGE_DRM_FORMAT_MODIFIER_PROPERTIES_EXT};
  expect(device_.vk.vkGetImageDrmFormatModifierPropertiesEXT(device_.handle, image, &properties));
  return properties.drmFormatModifier;
}

std::vector<VkSubresourceLayout> RawImage::planes(std::uint32_t count) const {
  std::vector<VkSubresourceLayout> all(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const VkImageSubresource which{static_cast<VkImageAspectFlags>(VK_IMAGE_ASPECT_MEMORY_PLANE_0_BIT_EXT) << i, 0, 0};
    device_.vk.vkGetImageSubresourceLayout(device_.handle, image, &which, &all[i]);
    all[i].size = 0;
  }
  return all;
}

}  // namespace fake_vulkan

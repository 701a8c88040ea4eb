#include "bench/raw_texture.hpp"

#include <unistd.h>

#include <cstring>

namespace geyser::bench {
namespace {

constexpr VkExternalMemoryHandleTypeFlagBits opaque_fd = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT;
constexpr std::uint64_t ten_seconds = 10'000'000'000;  // nanoseconds

[[nodiscard]] bool is_depth(VkFormat format) { return format == VK_FORMAT_D32_SFLOAT; }
[[nodiscard]] VkImageAspectFlags aspect(VkFormat format) {
  return is_depth(format) ? VK_IMAGE_ASPECT_DEPTH_BIT : VK_IMAGE_ASPECT_COLOR_BIT;
}

[[nodiscard]] VkImage make_image(const RawDevice& device, const RawImageInfo& info) {
  VkExternalMemoryImageCreateInfo external{VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO};
  external.handleTypes = opaque_fd;
  VkImageCreateInfo create{VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO, &external};
  create.flags = info.flags;
  create.imageType = VK_IMAGE_TYPE_2D;
  create.format = info.format;
  create.extent = info.extent;
  create.mipLevels = 1;
  create.arrayLayers = 1;
  create.samples = VK_SAMPLE_COUNT_1_BIT;
  create.tiling = VK_IMAGE_TILING_OPTIMAL;
  create.usage = info.usage;
  create.sharingMode = VK_SHARING_MODE_EXCLUSIVE;
  create.initialLayout = VK_IMAGE_LAYOUT_UNDEFINED;
  VkImage image = VK_NULL_HANDLE;
  check(device.vk.CreateImage(device.device, &create, nullptr, &image), "vkCreateImage");
  return image;
}

[[nodiscard]] VkMemoryRequirements requirements(const RawDevice& device, VkImage image) {
  VkMemoryRequirements found;
  device.vk.GetImageMemoryRequirements(device.device, image, &found);
  return found;
}

void allocate_and_bind(const RawDevice& device, RawImage& image, const void* next) {
  VkMemoryDedicatedAllocateInfo dedicated{VK_STRUCTURE_TYPE_MEMORY_DEDICATED_ALLOCATE_INFO, next, image.image, VK_NULL_HANDLE};
  VkMemoryAllocateInfo allocate{VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, &dedicated, image.allocated, image.memory_type};
  check(device.vk.AllocateMemory(device.device, &allocate, nullptr, &image.memory), "vkAllocateMemory");
  check(device.vk.BindImageMemory(device.device, image.image, image.memory, 0), "vkBindImageMemory");
}

}  // namespace

RawImageInfo raw_image_info(VkFormat format, std::uint32_t width, std::uint32_t height) {
  RawImageInfo info;
  info.format = format;
  info.extent = {width, height, 1};
  info.usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT | VK_IMAGE_USAGE_SAMPLED_BIT;
  info.usage |= is_depth(format) ? VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT : VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT;
  info.flags = is_depth(format) ? 0 : VK_IMAGE_CREATE_MUTABLE_FORMAT_BIT;
  return info;
}

void close_handle(RawHandle& handle) noexcept {
  if (handle.fd >= 0) close(handle.fd);
  handle.fd = -1;
}

RawImage create_image(const RawDevice& device, const RawImageInfo& info) {
  RawImage made;
  made.info = info;
  made.image = make_image(device, info);
  const VkMemoryRequirements needs = requirements(device, made.image);
  made.required = needs.size;
  made.allocated = needs.size;
  made.memory_type = device.memory_type(needs.memoryTypeBits, VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT);
  VkExportMemoryAllocateInfo exported{VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO, nullptr, opaque_fd};
  allocate_and_bind(device, made, &exported);
  return made;
}

RawHandle export_image(const RawDevice& device, const RawImage& image) {
  VkMemoryGetFdInfoKHR which{VK_STRUCTURE_TYPE_MEMORY_GET_FD_INFO_KHR, nullptr, image.memory, opaque_fd};
  RawHandle handle;
  check(device.vk.GetMemoryFdKHR(device.device, &which, &handle.fd), "vkGetMemoryFdKHR");
  handle.info = image.info;
  handle.size = image.allocated;
  handle.memory_type = image.memory_type;
  return handle;
}

RawImage import_image(const RawDevice& device, RawHandle& handle) {
  RawImage made;
  made.info = handle.info;
  made.image = make_image(device, handle.info);
  const VkMemoryRequirements needs = requirements(device, made.image);
  made.required = needs.size;
  made.allocated = handle.size;
  made.memory_type = handle.memory_type;
  VkImportMemoryFdInfoKHR imported{VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR, nullptr, opaque_fd, handle.fd};
  allocate_and_bind(device, made, &imported);
  handle.fd = -1;
  return made;
}

void destroy_image(const RawDevice& device, RawImage& image) noexcept {
  device.vk.DestroyImage(device.device, image.image, nullptr);
  device.vk.FreeMemory(device.device, image.memory, nullptr);
  image = {};
}

VkSemaphore create_semaphore(const RawDevice& device, VkSemaphoreType type, bool exportable) {
  VkExportSemaphoreCreateInfo exported{VK_STRUCTURE_TYPE_EXPORT_SEMAPHORE_CREATE_INFO, nullptr,
                                       VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT};
  VkSemaphoreTypeCreateInfo kind{VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO, exportable ? &exported : nullptr, type, 0};
  VkSemaphoreCreateInfo create{VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, &kind};
  VkSemaphore semaphore = VK_NULL_HANDLE;
  check(device.vk.CreateSemaphore(device.device, &create, nullptr, &semaphore), "vkCreateSemaphore");
  return semaphore;
}

int export_semaphore(const RawDevice& device, VkSemaphore semaphore) {
  VkSemaphoreGetFdInfoKHR which{VK_STRUCTURE_TYPE_SEMAPHORE_GET_FD_INFO_KHR, nullptr, semaphore,
                                VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT};
  int fd = -1;
  check(device.vk.GetSemaphoreFdKHR(device.device, &which, &fd), "vkGetSemaphoreFdKHR");
  return fd;
}

VkSemaphore import_semaphore(const RawDevice& device, VkSemaphoreType type, int fd) {
  VkSemaphore semaphore = create_semaphore(device, type, false);
  VkImportSemaphoreFdInfoKHR which{VK_STRUCTURE_TYPE_IMPORT_SEMAPHORE_FD_INFO_KHR};
  which.semaphore = semaphore;
  which.handleType = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT;
  which.fd = fd;
  check(device.vk.ImportSemaphoreFdKHR(device.device, &which), "vkImportSemaphoreFdKHR");
  return semaphore;
}

VkFence create_fence(const RawDevice& device, bool exportable) {
  VkExportFenceCreateInfo exported{VK_STRUCTURE_TYPE_EXPORT_FENCE_CREATE_INFO, nullptr, VK_EXTERNAL_FENCE_HANDLE_TYPE_OPAQUE_FD_BIT};
  VkFenceCreateInfo create{VK_STRUCTURE_TYPE_FENCE_CREATE_INFO, exportable ? &exported : nullptr, 0};
  VkFence fence = VK_NULL_HANDLE;
  check(device.vk.CreateFence(device.device, &create, nullptr, &fence), "vkCreateFence");
  return fence;
}

void signal_semaphore(const RawDevice& device, VkSemaphore semaphore, std::uint64_t value) {
  VkSemaphoreSignalInfo info{VK_STRUCTURE_TYPE_SEMAPHORE_SIGNAL_INFO, nullptr, semaphore, value};
  check(device.vk.SignalSemaphore(device.device, &info), "vkSignalSemaphore");
}

void wait_semaphore(const RawDevice& device, VkSemaphore semaphore, std::uint64_t value) {
  VkSemaphoreWaitInfo info{VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO, nullptr, 0, 1, &semaphore, &value};
  const VkResult result = device.vk.WaitSemaphores(device.device, &info, ten_seconds);
  if (result == VK_TIMEOUT) throw std::runtime_error("vkWaitSemaphores timed out");
  check(result, "vkWaitSemaphores");
}

RawTransfer::RawTransfer(const RawDevice& device, VkDeviceSize bytes)
    : device_(device),
      up_(make_staging(bytes, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT)),
      down_(make_staging(bytes,
                         VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT | VK_MEMORY_PROPERTY_HOST_CACHED_BIT)) {
  VkCommandPoolCreateInfo pool{VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO, nullptr, VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT,
                               device.queue_family};
  check(device.vk.CreateCommandPool(device.device, &pool, nullptr, &pool_), "vkCreateCommandPool");
  VkCommandBufferAllocateInfo allocate{VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO, nullptr, pool_, VK_COMMAND_BUFFER_LEVEL_PRIMARY, 1};
  check(device.vk.AllocateCommandBuffers(device.device, &allocate, &commands_), "vkAllocateCommandBuffers");
  fence_ = create_fence(device, false);
}

RawTransfer::~RawTransfer() {
  device_.vk.DeviceWaitIdle(device_.device);
  device_.vk.DestroyFence(device_.device, fence_, nullptr);
  device_.vk.DestroyCommandPool(device_.device, pool_, nullptr);
  for (const Staging& staging : {up_, down_}) {
    device_.vk.DestroyBuffer(device_.device, staging.buffer, nullptr);
    device_.vk.FreeMemory(device_.device, staging.memory, nullptr);
  }
}

RawTransfer::Staging RawTransfer::make_staging(VkDeviceSize bytes, VkMemoryPropertyFlags wanted) const {
  Staging made;
  VkBufferCreateInfo create{VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO};
  create.size = bytes;
  create.usage = VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT;
  check(device_.vk.CreateBuffer(device_.device, &create, nullptr, &made.buffer), "vkCreateBuffer");
  VkMemoryRequirements needs;
  device_.vk.GetBufferMemoryRequirements(device_.device, made.buffer, &needs);
  VkMemoryAllocateInfo allocate{VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, nullptr, needs.size,
                                device_.memory_type(needs.memoryTypeBits, wanted)};
  check(device_.vk.AllocateMemory(device_.device, &allocate, nullptr, &made.memory), "vkAllocateMemory");
  check(device_.vk.BindBufferMemory(device_.device, made.buffer, made.memory, 0), "vkBindBufferMemory");
  void* mapped = nullptr;
  check(device_.vk.MapMemory(device_.device, made.memory, 0, VK_WHOLE_SIZE, 0, &mapped), "vkMapMemory");
  made.mapped = static_cast<std::byte*>(mapped);
  return made;
}

namespace {

void barrier(const RawDevice& device, VkCommandBuffer commands, const RawImage& image, bool acquire, bool initialized, VkAccessFlags access,
             VkPipelineStageFlags stage) {
  VkImageMemoryBarrier info{VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER};
  info.srcAccessMask = acquire ? 0 : access;
  info.dstAccessMask = acquire ? access : 0;
  info.oldLayout = acquire && !initialized ? VK_IMAGE_LAYOUT_UNDEFINED : VK_IMAGE_LAYOUT_GENERAL;
  info.newLayout = VK_IMAGE_LAYOUT_GENERAL;
  info.srcQueueFamilyIndex = acquire ? VK_QUEUE_FAMILY_EXTERNAL : device.queue_family;
  info.dstQueueFamilyIndex = acquire ? device.queue_family : VK_QUEUE_FAMILY_EXTERNAL;
  if (acquire && !initialized) info.srcQueueFamilyIndex = info.dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
  info.image = image.image;
  info.subresourceRange = {aspect(image.info.format), 0, VK_REMAINING_MIP_LEVELS, 0, VK_REMAINING_ARRAY_LAYERS};
  const VkPipelineStageFlags before = acquire ? VkPipelineStageFlags{VK_PIPELINE_STAGE_ALL_COMMANDS_BIT} : stage;
  const VkPipelineStageFlags after = acquire ? stage : VkPipelineStageFlags{VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT};
  device.vk.CmdPipelineBarrier(commands, before, after, 0, 0, nullptr, 0, nullptr, 1, &info);
}

}  // namespace

void record_pass_through(const RawDevice& device, VkCommandBuffer commands, const RawImage& image, bool initialized, VkAccessFlags access) {
  barrier(device, commands, image, true, initialized, access, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT);
  barrier(device, commands, image, false, true, access, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT);
}

void RawTransfer::run(const RawImage& image, bool initialized, bool to_image) {
  VkCommandBufferBeginInfo begin{VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO, nullptr, VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT};
  check(device_.vk.BeginCommandBuffer(commands_, &begin), "vkBeginCommandBuffer");
  const VkAccessFlags access = to_image ? VK_ACCESS_TRANSFER_WRITE_BIT : VK_ACCESS_TRANSFER_READ_BIT;
  barrier(device_, commands_, image, true, initialized, access, VK_PIPELINE_STAGE_TRANSFER_BIT);
  VkBufferImageCopy region{};
  region.imageSubresource = {aspect(image.info.format), 0, 0, 1};
  region.imageExtent = image.info.extent;
  if (to_image) {
    device_.vk.CmdCopyBufferToImage(commands_, up_.buffer, image.image, VK_IMAGE_LAYOUT_GENERAL, 1, &region);
  } else {
    device_.vk.CmdCopyImageToBuffer(commands_, image.image, VK_IMAGE_LAYOUT_GENERAL, down_.buffer, 1, &region);
    VkBufferMemoryBarrier to_host{VK_STRUCTURE_TYPE_BUFFER_MEMORY_BARRIER,
                                  nullptr,
                                  VK_ACCESS_TRANSFER_WRITE_BIT,
                                  VK_ACCESS_HOST_READ_BIT,
                                  VK_QUEUE_FAMILY_IGNORED,
                                  VK_QUEUE_FAMILY_IGNORED,
                                  down_.buffer,
                                  0,
                                  VK_WHOLE_SIZE};
    device_.vk.CmdPipelineBarrier(commands_, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_HOST_BIT, 0, 0, nullptr, 1, &to_host, 0,
                                  nullptr);
  }
  barrier(device_, commands_, image, false, true, access, VK_PIPELINE_STAGE_TRANSFER_BIT);
  check(device_.vk.EndCommandBuffer(commands_), "vkEndCommandBuffer");
  VkSubmitInfo submit{VK_STRUCTURE_TYPE_SUBMIT_INFO};
  submit.commandBufferCount = 1;
  submit.pCommandBuffers = &commands_;
  check(device_.vk.QueueSubmit(device_.queue, 1, &submit, fence_), "vkQueueSubmit");
  const VkResult waited = device_.vk.WaitForFences(device_.device, 1, &fence_, VK_TRUE, ten_seconds);
  if (waited == VK_TIMEOUT) throw std::runtime_error("vkWaitForFences timed out");
  check(waited, "vkWaitForFences");
  check(device_.vk.ResetFences(device_.device, 1, &fence_), "vkResetFences");
}

void RawTransfer::upload(const RawImage& image, bool initialized, std::span<const std::byte> bytes) {
  std::memcpy(up_.mapped, bytes.data(), bytes.size());
  run(image, initialized, true);
}

void RawTransfer::read_back(const RawImage& image, std::span<std::byte> bytes) {
  run(image, true, false);
  std::memcpy(bytes.data(), down_.mapped, bytes.size());
}

}  // namespace geyser::bench

#include "tools/geyser/window.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace geyser::tools {
namespace {

using example::must;

// The functions that a window needs beyond example::Gpu's.
#define GEYSER_WINDOW_INSTANCE_FUNCTIONS(X)    \
  X(vkDestroyInstance)                         \
  X(vkDestroySurfaceKHR)                       \
  X(vkEnumeratePhysicalDevices)                \
  X(vkGetPhysicalDeviceProperties2)            \
  X(vkGetPhysicalDeviceFeatures2)              \
  X(vkGetPhysicalDeviceQueueFamilyProperties)  \
  X(vkGetPhysicalDeviceSurfaceSupportKHR)      \
  X(vkGetPhysicalDeviceSurfaceCapabilitiesKHR) \
  X(vkGetPhysicalDeviceSurfaceFormatsKHR)      \
  X(vkEnumerateDeviceExtensionProperties) X(vkGetPhysicalDeviceFormatProperties) X(vkCreateDevice) X(vkGetDeviceProcAddr)
#define GEYSER_WINDOW_DEVICE_FUNCTIONS(X) \
  X(vkDestroyDevice)                      \
  X(vkDeviceWaitIdle)                     \
  X(vkGetDeviceQueue)                     \
  X(vkCreateSwapchainKHR)                 \
  X(vkDestroySwapchainKHR)                \
  X(vkGetSwapchainImagesKHR) X(vkAcquireNextImageKHR) X(vkQueuePresentKHR) X(vkCreateSemaphore) X(vkDestroySemaphore) X(vkCmdBlitImage)

/// Two calls: how many, then which.
template <class T, class Call>
[[nodiscard]] std::vector<T> list(Call call) {
  std::uint32_t count = 0;
  call(&count, nullptr);
  std::vector<T> all(count);
  call(&count, all.data());
  all.resize(count);
  return all;
}

void barrier(const example::Gpu& gpu, VkCommandBuffer commands, VkImage image, VkImageLayout from, VkImageLayout to, VkAccessFlags before,
             VkAccessFlags after, VkPipelineStageFlags later = VK_PIPELINE_STAGE_TRANSFER_BIT) {
  const VkImageMemoryBarrier change{.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER,
                                    .srcAccessMask = before,
                                    .dstAccessMask = after,
                                    .oldLayout = from,
                                    .newLayout = to,
                                    .srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED,
                                    .dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED,
                                    .image = image,
                                    .subresourceRange = example::whole_image};
  gpu.cmd_pipeline_barrier(commands, VK_PIPELINE_STAGE_TRANSFER_BIT, later, 0, 0, nullptr, 0, nullptr, 1, &change);
}

}  // namespace

struct Window::Functions {
#define GEYSER_DECLARE(name) PFN_##name name = nullptr;
  PFN_vkGetInstanceProcAddr vkGetInstanceProcAddr = nullptr;
  PFN_vkCreateInstance vkCreateInstance = nullptr;
  PFN_vkEnumerateInstanceVersion vkEnumerateInstanceVersion = nullptr;
  GEYSER_WINDOW_INSTANCE_FUNCTIONS(GEYSER_DECLARE)
  GEYSER_WINDOW_DEVICE_FUNCTIONS(GEYSER_DECLARE)
#undef GEYSER_DECLARE

  template <class Function>
  static void check(Function& function, PFN_vkVoidFunction found, const char* name) {
    function = reinterpret_cast<Function>(found);
    if (function == nullptr) throw std::runtime_error(std::string("The Vulkan loader or driver lacks ") + name + ".");
  }
  void load(VkInstance instance) {
#define GEYSER_LOAD(name) check(name, vkGetInstanceProcAddr(instance, #name), #name);
    GEYSER_WINDOW_INSTANCE_FUNCTIONS(GEYSER_LOAD)
#undef GEYSER_LOAD
  }
  void load(VkDevice device) {
#define GEYSER_LOAD(name) check(name, vkGetDeviceProcAddr(device, #name), #name);
    GEYSER_WINDOW_DEVICE_FUNCTIONS(GEYSER_LOAD)
#undef GEYSER_LOAD
  }
};

Window::Window(const WindowOptions& options, const Glfw& glfw) : glfw_(glfw), vk_(std::make_unique<Functions>()), srgb_(options.srgb) {
  try {
    glfw_.window_hint(GLFW_CLIENT_API, GLFW_NO_API);
    window_ =
        glfw_.create_window(static_cast<int>(options.width), static_cast<int>(options.height), options.title.c_str(), nullptr, nullptr);
    if (window_ == nullptr) throw std::runtime_error("No window can be opened (" + glfw_.last_error() + ").");
    glfw_.set_input_mode(window_, GLFW_STICKY_KEYS, GLFW_TRUE);  // a key that is let go of before we look counts all the same
    make_instance();
    must(glfw_.create_window_surface(instance_, window_, nullptr, &surface_), "glfwCreateWindowSurface");
    choose_device(options);
    make_device();
  } catch (...) {
    destroy();
    throw;
  }
}

Window::~Window() { destroy(); }

void Window::destroy() noexcept {
  commands_.reset();  // waits for the last submit
  if (device_ != VK_NULL_HANDLE) {
    (void)vk_->vkDeviceWaitIdle(device_);
    destroy_swapchain();
    if (available_ != VK_NULL_HANDLE) vk_->vkDestroySemaphore(device_, available_, nullptr);
    vk_->vkDestroyDevice(device_, nullptr);
  }
  if (surface_ != VK_NULL_HANDLE) vk_->vkDestroySurfaceKHR(instance_, surface_, nullptr);
  if (instance_ != VK_NULL_HANDLE) vk_->vkDestroyInstance(instance_, nullptr);
  if (window_ != nullptr) glfw_.destroy_window(window_);
}

void Window::make_instance() {
  const auto from_loader = [&](const char* name) {
    return reinterpret_cast<PFN_vkVoidFunction>(glfw_.instance_proc_address(nullptr, name));
  };
  Functions::check(vk_->vkGetInstanceProcAddr, from_loader("vkGetInstanceProcAddr"), "vkGetInstanceProcAddr");
  Functions::check(vk_->vkCreateInstance, from_loader("vkCreateInstance"), "vkCreateInstance");
  Functions::check(vk_->vkEnumerateInstanceVersion, from_loader("vkEnumerateInstanceVersion"), "vkEnumerateInstanceVersion");
  must(vk_->vkEnumerateInstanceVersion(&api_version_), "vkEnumerateInstanceVersion");
  if (api_version_ < VK_API_VERSION_1_1) throw std::runtime_error("The Vulkan loader offers version 1.0; 1.1 or newer is needed.");
  api_version_ = std::min<std::uint32_t>(api_version_, VK_API_VERSION_1_3);
  std::uint32_t count = 0;
  const char** const wanted = glfw_.required_instance_extensions(&count);
  if (wanted == nullptr) throw std::runtime_error("The Vulkan loader cannot draw on this display (" + glfw_.last_error() + ").");
  VkApplicationInfo about{};
  about.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO;
  about.pApplicationName = "geyser view";
  about.apiVersion = api_version_;
  VkInstanceCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO;
  info.pApplicationInfo = &about;
  info.enabledExtensionCount = count;
  info.ppEnabledExtensionNames = wanted;
  must(vk_->vkCreateInstance(&info, nullptr, &instance_), "vkCreateInstance");
  vk_->load(instance_);
}

bool Window::has_extension(VkPhysicalDevice device, const char* name) const {
  const auto all = list<VkExtensionProperties>([&](std::uint32_t* count, VkExtensionProperties* out) {
    (void)vk_->vkEnumerateDeviceExtensionProperties(device, nullptr, count, out);
  });
  return std::ranges::any_of(all, [name](const VkExtensionProperties& each) { return std::strcmp(each.extensionName, name) == 0; });
}

void Window::choose_device(const WindowOptions& options) {
  const auto devices = list<VkPhysicalDevice>(
      [&](std::uint32_t* count, VkPhysicalDevice* out) { (void)vk_->vkEnumeratePhysicalDevices(instance_, count, out); });
  std::string refused;
  for (const VkPhysicalDevice device : devices) {
    VkPhysicalDeviceIDProperties id{};
    id.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ID_PROPERTIES;
    VkPhysicalDeviceProperties2 properties{};
    properties.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2;
    properties.pNext = &id;
    vk_->vkGetPhysicalDeviceProperties2(device, &properties);
    const bool wanted = std::memcmp(id.deviceUUID, options.device.bytes.data(), VK_UUID_SIZE) == 0;
    if (properties.properties.apiVersion < VK_API_VERSION_1_1 || (options.only_that_device && !wanted)) continue;
    const auto families = list<VkQueueFamilyProperties>(
        [&](std::uint32_t* count, VkQueueFamilyProperties* out) { vk_->vkGetPhysicalDeviceQueueFamilyProperties(device, count, out); });
    std::optional<std::uint32_t> family;
    for (std::uint32_t i = 0; i < families.size() && !family; ++i) {
      VkBool32 presents = VK_FALSE;
      if ((families[i].queueFlags & VK_QUEUE_GRAPHICS_BIT) == 0) continue;  // blits need graphics
      if (vk_->vkGetPhysicalDeviceSurfaceSupportKHR(device, i, surface_, &presents) == VK_SUCCESS && presents == VK_TRUE) family = i;
    }
    if (!family || !has_extension(device, VK_KHR_SWAPCHAIN_EXTENSION_NAME)) {
      refused += std::string(refused.empty() ? "" : ", ") + properties.properties.deviceName;
      continue;
    }
    if (physical_device_ != VK_NULL_HANDLE && !wanted) continue;
    physical_device_ = device;
    queue_family_ = *family;
    device_name_ = properties.properties.deviceName;
    api_version_ = std::min(api_version_, properties.properties.apiVersion);
    if (wanted) return;
  }
  if (physical_device_ == VK_NULL_HANDLE) {
    throw std::runtime_error(refused.empty() ? std::string("No Vulkan device can draw on this display.")
                                             : "These devices cannot draw on this display: " + refused + ".");
  }
}

void Window::make_device() {
  for (const char* each : vulkan::recommended_device_extensions()) {
    if (has_extension(physical_device_, each)) extensions_.push_back(each);
  }
  extensions_.push_back(VK_KHR_SWAPCHAIN_EXTENSION_NAME);
  VkPhysicalDeviceSamplerYcbcrConversionFeatures ycbcr{};
  ycbcr.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SAMPLER_YCBCR_CONVERSION_FEATURES;
  VkPhysicalDeviceTimelineSemaphoreFeatures timeline{};
  timeline.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_TIMELINE_SEMAPHORE_FEATURES;
  VkPhysicalDeviceFeatures2 features{};
  features.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2;
  features.pNext = &ycbcr;
  if (api_version_ >= VK_API_VERSION_1_2 || has_extension(physical_device_, VK_KHR_TIMELINE_SEMAPHORE_EXTENSION_NAME))
    ycbcr.pNext = &timeline;
  vk_->vkGetPhysicalDeviceFeatures2(physical_device_, &features);
  features.features.robustBufferAccess = VK_FALSE;
  timeline_ = timeline.timelineSemaphore == VK_TRUE;
  const float priority = 1;
  VkDeviceQueueCreateInfo queue{};
  queue.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO;
  queue.queueFamilyIndex = queue_family_;
  queue.queueCount = 1;
  queue.pQueuePriorities = &priority;
  VkDeviceCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO;
  info.pNext = &features;
  info.queueCreateInfoCount = 1;
  info.pQueueCreateInfos = &queue;
  info.enabledExtensionCount = static_cast<std::uint32_t>(extensions_.size());
  info.ppEnabledExtensionNames = extensions_.data();
  must(vk_->vkCreateDevice(physical_device_, &info, nullptr, &device_), "vkCreateDevice");
  vk_->load(device_);
  vk_->vkGetDeviceQueue(device_, queue_family_, 0, &queue_);
  VkSemaphoreCreateInfo plain{};
  plain.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO;
  must(vk_->vkCreateSemaphore(device_, &plain, nullptr, &available_), "vkCreateSemaphore");
  gpu_ = std::make_unique<example::Gpu>(adopt_info());
  commands_ = std::make_unique<example::Commands>(*gpu_);
}

vulkan::AdoptInfo Window::adopt_info() const noexcept {
  return {.instance = instance_,
          .physical_device = physical_device_,
          .device = device_,
          .queue = queue_,
          .queue_family_index = queue_family_,
          .get_instance_proc_addr = vk_->vkGetInstanceProcAddr,
          .api_version = api_version_,
          .enabled_device_extensions = extensions_,
          .timeline_semaphore_enabled = timeline_};
}

Window::Blit Window::blit_from(VkFormat format, VkImageTiling tiling) const {
  VkFormatProperties properties{};
  vk_->vkGetPhysicalDeviceFormatProperties(physical_device_, format, &properties);
  const VkFormatFeatureFlags features =
      tiling == VK_IMAGE_TILING_LINEAR ? properties.linearTilingFeatures : properties.optimalTilingFeatures;
  return {tiling != VK_IMAGE_TILING_DRM_FORMAT_MODIFIER_EXT && (features & VK_FORMAT_FEATURE_BLIT_SRC_BIT) != 0,
          (features & VK_FORMAT_FEATURE_SAMPLED_IMAGE_FILTER_LINEAR_BIT) != 0 ? VK_FILTER_LINEAR : VK_FILTER_NEAREST};
}

void Window::make_swapchain() {
  VkSurfaceCapabilitiesKHR limits{};
  must(vk_->vkGetPhysicalDeviceSurfaceCapabilitiesKHR(physical_device_, surface_, &limits), "vkGetPhysicalDeviceSurfaceCapabilitiesKHR");
  if ((limits.supportedUsageFlags & VK_IMAGE_USAGE_TRANSFER_DST_BIT) == 0) {
    throw std::runtime_error(device_name_ + " cannot copy into the images of this display.");
  }
  int width = 0;
  int height = 0;
  glfw_.framebuffer_size(window_, &width, &height);
  // The surface's own size, unless it leaves the choice to us (Wayland).
  VkExtent2D extent = limits.currentExtent;
  if (extent.width == ~0U) {
    extent.width = std::clamp(static_cast<std::uint32_t>(width), limits.minImageExtent.width, limits.maxImageExtent.width);
    extent.height = std::clamp(static_cast<std::uint32_t>(height), limits.minImageExtent.height, limits.maxImageExtent.height);
  }
  (void)vk_->vkDeviceWaitIdle(device_);
  const auto formats = list<VkSurfaceFormatKHR>([&](std::uint32_t* count, VkSurfaceFormatKHR* out) {
    (void)vk_->vkGetPhysicalDeviceSurfaceFormatsKHR(physical_device_, surface_, count, out);
  });
  // Blits convert between linear and sRGB: an sRGB picture needs an sRGB image to come out as it is.
  std::vector<VkFormat> order{VK_FORMAT_B8G8R8A8_UNORM, VK_FORMAT_R8G8B8A8_UNORM, VK_FORMAT_B8G8R8A8_SRGB, VK_FORMAT_R8G8B8A8_SRGB};
  if (srgb_) std::ranges::rotate(order, order.begin() + 2);
  const auto best = std::ranges::find_if(
      order, [&](VkFormat format) { return std::ranges::any_of(formats, [format](const auto& each) { return each.format == format; }); });
  if (best == order.end()) throw std::runtime_error("This display takes no format of 8 bits a channel.");
  destroy_swapchain();
  extent_ = extent;
  format_ = *best;
  if (extent.width == 0 || extent.height == 0) return;  // minimised
  VkSwapchainCreateInfoKHR info{};
  info.sType = VK_STRUCTURE_TYPE_SWAPCHAIN_CREATE_INFO_KHR;
  info.surface = surface_;
  info.minImageCount = limits.maxImageCount == 0 ? limits.minImageCount + 1 : std::min(limits.minImageCount + 1, limits.maxImageCount);
  info.imageFormat = format_;
  info.imageColorSpace = std::ranges::find_if(formats, [&](const VkSurfaceFormatKHR& each) { return each.format == format_; })->colorSpace;
  info.imageExtent = extent;
  info.imageArrayLayers = 1;
  info.imageUsage = VK_IMAGE_USAGE_TRANSFER_DST_BIT;
  info.imageSharingMode = VK_SHARING_MODE_EXCLUSIVE;
  info.preTransform = limits.currentTransform;
  info.compositeAlpha = (limits.supportedCompositeAlpha & VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR) != 0 ? VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR
                                                                                                  : VK_COMPOSITE_ALPHA_INHERIT_BIT_KHR;
  info.presentMode = VK_PRESENT_MODE_FIFO_KHR;  // always there
  info.clipped = VK_TRUE;
  must(vk_->vkCreateSwapchainKHR(device_, &info, nullptr, &swapchain_), "vkCreateSwapchainKHR");
  images_ = list<VkImage>([&](std::uint32_t* count, VkImage* out) { (void)vk_->vkGetSwapchainImagesKHR(device_, swapchain_, count, out); });
  VkSemaphoreCreateInfo plain{};
  plain.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO;
  for (std::size_t i = 0; i < images_.size(); ++i) {
    VkSemaphore semaphore = VK_NULL_HANDLE;
    must(vk_->vkCreateSemaphore(device_, &plain, nullptr, &semaphore), "vkCreateSemaphore");
    drawn_.push_back(semaphore);
  }
  stale_ = false;
}

void Window::destroy_swapchain() noexcept {
  for (const VkSemaphore semaphore : drawn_) vk_->vkDestroySemaphore(device_, semaphore, nullptr);
  drawn_.clear();
  images_.clear();
  if (swapchain_ != VK_NULL_HANDLE) vk_->vkDestroySwapchainKHR(device_, swapchain_, nullptr);
  swapchain_ = VK_NULL_HANDLE;
}

bool Window::closed() {
  glfw_.poll_events();
  return glfw_.window_should_close(window_) == GLFW_TRUE || glfw_.get_key(window_, GLFW_KEY_ESCAPE) == GLFW_PRESS;
}

std::optional<Window::Canvas> Window::begin() {
  commands_->wait();
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (stale_) make_swapchain();
    if (swapchain_ == VK_NULL_HANDLE) return std::nullopt;
    Canvas canvas;
    const VkResult result = vk_->vkAcquireNextImageKHR(device_, swapchain_, static_cast<std::uint64_t>(example::patience.count()),
                                                       available_, VK_NULL_HANDLE, &canvas.index);
    if (result == VK_ERROR_OUT_OF_DATE_KHR) {
      stale_ = true;
      continue;
    }
    if (result != VK_SUBOPTIMAL_KHR) must(result, "vkAcquireNextImageKHR");
    stale_ = result == VK_SUBOPTIMAL_KHR;
    canvas.commands = commands_->begin();
    canvas.image = images_[canvas.index];
    canvas.extent = extent_;
    barrier(*gpu_, canvas.commands, canvas.image, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, 0,
            VK_ACCESS_TRANSFER_WRITE_BIT);
    const VkClearColorValue black{{0, 0, 0, 1}};
    gpu_->cmd_clear_color_image(canvas.commands, canvas.image, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, &black, 1, &example::whole_image);
    barrier(*gpu_, canvas.commands, canvas.image, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL,
            VK_ACCESS_TRANSFER_WRITE_BIT, VK_ACCESS_TRANSFER_WRITE_BIT);
    return canvas;
  }
  return std::nullopt;
}

void Window::blit(const Canvas& canvas, VkImage from, VkImageLayout layout, VkExtent2D size, const VkRect2D& to, VkFilter filter) const {
  const VkImageSubresourceLayers first{VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
  const VkOffset3D corner{to.offset.x + static_cast<std::int32_t>(to.extent.width),
                          to.offset.y + static_cast<std::int32_t>(to.extent.height), 1};
  const VkImageBlit region{first,
                           {{0, 0, 0}, {static_cast<std::int32_t>(size.width), static_cast<std::int32_t>(size.height), 1}},
                           first,
                           {{to.offset.x, to.offset.y, 0}, corner}};
  vk_->vkCmdBlitImage(canvas.commands, from, layout, canvas.image, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, 1, &region, filter);
  barrier(*gpu_, canvas.commands, canvas.image, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL,
          VK_ACCESS_TRANSFER_WRITE_BIT, VK_ACCESS_TRANSFER_WRITE_BIT);
}

void Window::copy(const Canvas& canvas, VkBuffer from, VkDeviceSize offset, const VkRect2D& to) const {
  const VkBufferImageCopy box = example::box_copy(to.extent.width, to.extent.height, to.offset.x, to.offset.y, offset);
  gpu_->cmd_copy_buffer_to_image(canvas.commands, from, canvas.image, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, 1, &box);
  barrier(*gpu_, canvas.commands, canvas.image, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL,
          VK_ACCESS_TRANSFER_WRITE_BIT, VK_ACCESS_TRANSFER_WRITE_BIT);
}

void Window::finish(const Canvas& canvas, vulkan::SubmitArrays& arrays) {
  barrier(*gpu_, canvas.commands, canvas.image, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, VK_IMAGE_LAYOUT_PRESENT_SRC_KHR,
          VK_ACCESS_TRANSFER_WRITE_BIT, 0, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT);
  // Binary semaphores take part in a timeline submit with values that nobody reads.
  arrays.wait_semaphores.push_back(available_);
  arrays.wait_values.push_back(0);
  arrays.wait_stages.push_back(VK_PIPELINE_STAGE_TRANSFER_BIT);
  arrays.signal_semaphores.push_back(drawn_[canvas.index]);
  arrays.signal_values.push_back(0);
  commands_->submit(arrays);
  VkPresentInfoKHR info{};
  info.sType = VK_STRUCTURE_TYPE_PRESENT_INFO_KHR;
  info.waitSemaphoreCount = 1;
  info.pWaitSemaphores = &drawn_[canvas.index];
  info.swapchainCount = 1;
  info.pSwapchains = &swapchain_;
  info.pImageIndices = &canvas.index;
  const VkResult result = vk_->vkQueuePresentKHR(queue_, &info);
  if (result == VK_ERROR_OUT_OF_DATE_KHR || result == VK_SUBOPTIMAL_KHR) {
    stale_ = true;
  } else {
    must(result, "vkQueuePresentKHR");
  }
}

}  // namespace geyser::tools

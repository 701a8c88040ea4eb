// A window with a swapchain on a Vulkan device of its own, which the library adopts.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "examples/support/vulkan_commands.hpp"
#include "geyser/vulkan.hpp"
#include "tools/geyser/glfw.hpp"

namespace geyser::tools {

struct WindowOptions {
  std::string title;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  /// The device to draw with, of the loader's; others only when it cannot present here.
  Uuid device;
  bool only_that_device = false;
  bool srgb = false;  ///< the pictures are in an sRGB format
};

/// What fails inside throws std::runtime_error with one sentence. Threading: the main thread.
class Window {
 public:
  explicit Window(const WindowOptions& options, const Glfw& glfw);
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;
  ~Window();

  [[nodiscard]] const Glfw& glfw() const noexcept { return glfw_; }
  [[nodiscard]] vulkan::AdoptInfo adopt_info() const noexcept;
  [[nodiscard]] const std::string& device_name() const noexcept { return device_name_; }
  /// What blits from images of that format, in that tiling, may do.
  struct Blit {
    bool possible = false;
    VkFilter filter = VK_FILTER_NEAREST;
  };
  [[nodiscard]] Blit blit_from(VkFormat format, VkImageTiling tiling) const;
  [[nodiscard]] bool bgra() const noexcept { return format_ == VK_FORMAT_B8G8R8A8_UNORM || format_ == VK_FORMAT_B8G8R8A8_SRGB; }
  /// True when the user closed the window or pressed Escape. Handles events.
  [[nodiscard]] bool closed();

  /// An image to draw into, in TRANSFER_DST_OPTIMAL, and commands that are recording; empty while the window has no area.
  struct Canvas {
    VkCommandBuffer commands = VK_NULL_HANDLE;
    VkImage image = VK_NULL_HANDLE;
    VkExtent2D extent{};
    std::uint32_t index = 0;
  };
  [[nodiscard]] std::optional<Canvas> begin();
  /// Blits the whole of `from` (in `layout`) into a rectangle; copies rows of 4 bytes a pixel into one.
  void blit(const Canvas& canvas, VkImage from, VkImageLayout layout, VkExtent2D size, const VkRect2D& to, VkFilter filter) const;
  void copy(const Canvas& canvas, VkBuffer from, VkDeviceSize offset, const VkRect2D& to) const;
  /// Submits with what `arrays` wait for and signal besides, and shows the image.
  void finish(const Canvas& canvas, vulkan::SubmitArrays& arrays);
  /// Until the GPU is done with the last submit.
  void wait() { commands_->wait(); }
  [[nodiscard]] const example::Gpu& gpu() const noexcept { return *gpu_; }

 private:
  struct Functions;
  void make_instance();
  void choose_device(const WindowOptions& options);
  void make_device();
  void make_swapchain();
  void destroy_swapchain() noexcept;
  void destroy() noexcept;
  [[nodiscard]] bool has_extension(VkPhysicalDevice device, const char* name) const;

  const Glfw& glfw_;
  std::unique_ptr<Functions> vk_;
  GLFWwindow* window_ = nullptr;
  std::uint32_t api_version_ = VK_API_VERSION_1_1;
  VkInstance instance_ = VK_NULL_HANDLE;
  VkSurfaceKHR surface_ = VK_NULL_HANDLE;
  VkPhysicalDevice physical_device_ = VK_NULL_HANDLE;
  std::uint32_t queue_family_ = 0;
  VkDevice device_ = VK_NULL_HANDLE;
  VkQueue queue_ = VK_NULL_HANDLE;
  bool timeline_ = false;
  bool srgb_ = false;
  std::string device_name_;
  std::vector<const char*> extensions_;
  VkSwapchainKHR swapchain_ = VK_NULL_HANDLE;
  VkFormat format_ = VK_FORMAT_UNDEFINED;
  VkExtent2D extent_{};
  bool stale_ = true;
  std::vector<VkImage> images_;
  std::vector<VkSemaphore> drawn_;  // one an image
  VkSemaphore available_ = VK_NULL_HANDLE;
  std::unique_ptr<example::Gpu> gpu_;
  std::unique_ptr<example::Commands> commands_;
};

}  // namespace geyser::tools

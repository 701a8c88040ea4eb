// GLFW, opened when a window is wanted: the rest of the program runs on machines that have no windows.
#pragma once

#include <vulkan/vulkan_core.h>

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>

#include "geyser/result.hpp"
#include "platform/dynamic_library.hpp"

// With Vulkan's header before it, GLFW's declares these two as well.
extern "C" {
GLFWAPI GLFWvkproc glfwGetInstanceProcAddress(VkInstance instance, const char* procname);
GLFWAPI VkResult glfwCreateWindowSurface(VkInstance instance, GLFWwindow* window, const VkAllocationCallbacks* allocator,
                                         VkSurfaceKHR* surface);
}

namespace geyser::tools {

/// The functions of GLFW 3.3 that a window needs. Ownership: move-only; glfwTerminate() in the destructor. Threading: the main thread.
class Glfw {
 public:
  /// Opens the library and connects to the display. Errors: not_found (no library), unsupported_feature (no display, or no Vulkan on it).
  [[nodiscard]] static Result<Glfw> open();
  Glfw(Glfw&& other) noexcept;
  Glfw& operator=(Glfw&&) = delete;
  Glfw(const Glfw&) = delete;
  Glfw& operator=(const Glfw&) = delete;
  ~Glfw();

  /// GLFW's own words for the last failure.
  [[nodiscard]] std::string last_error() const;

  decltype(&glfwInit) init = nullptr;
  decltype(&glfwTerminate) terminate = nullptr;
  decltype(&glfwGetError) get_error = nullptr;
  decltype(&glfwVulkanSupported) vulkan_supported = nullptr;
  decltype(&glfwGetRequiredInstanceExtensions) required_instance_extensions = nullptr;
  decltype(&glfwGetInstanceProcAddress) instance_proc_address = nullptr;
  decltype(&glfwCreateWindowSurface) create_window_surface = nullptr;
  decltype(&glfwWindowHint) window_hint = nullptr;
  decltype(&glfwCreateWindow) create_window = nullptr;
  decltype(&glfwDestroyWindow) destroy_window = nullptr;
  decltype(&glfwWindowShouldClose) window_should_close = nullptr;
  decltype(&glfwSetInputMode) set_input_mode = nullptr;
  decltype(&glfwGetKey) get_key = nullptr;
  decltype(&glfwPollEvents) poll_events = nullptr;
  decltype(&glfwGetFramebufferSize) framebuffer_size = nullptr;
  decltype(&glfwGetPrimaryMonitor) primary_monitor = nullptr;
  decltype(&glfwGetMonitorWorkarea) monitor_work_area = nullptr;

 private:
  explicit Glfw(platform::DynamicLibrary library) noexcept : library_(std::move(library)) {}
  platform::DynamicLibrary library_;
  bool running_ = false;
};

}  // namespace geyser::tools

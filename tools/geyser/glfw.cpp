#include "tools/geyser/glfw.hpp"

#include <string>

#include "core/message.hpp"

namespace geyser::tools {
namespace {

using detail::text;

constexpr const char* library_name = GEYSER_GLFW_LIBRARY;  // CMake knows what it is called here

}  // namespace

Glfw::Glfw(Glfw&& other) noexcept
    : init(other.init),
      terminate(other.terminate),
      get_error(other.get_error),
      vulkan_supported(other.vulkan_supported),
      required_instance_extensions(other.required_instance_extensions),
      instance_proc_address(other.instance_proc_address),
      create_window_surface(other.create_window_surface),
      window_hint(other.window_hint),
      create_window(other.create_window),
      destroy_window(other.destroy_window),
      window_should_close(other.window_should_close),
      set_input_mode(other.set_input_mode),
      get_key(other.get_key),
      poll_events(other.poll_events),
      framebuffer_size(other.framebuffer_size),
      primary_monitor(other.primary_monitor),
      monitor_work_area(other.monitor_work_area),
      library_(std::move(other.library_)),
      running_(std::exchange(other.running_, false)) {}

Glfw::~Glfw() {
  if (running_) terminate();
}

std::string Glfw::last_error() const {
  const char* words = nullptr;
  (void)get_error(&words);
  return words != nullptr ? words : "it gives no reason";
}

Result<Glfw> Glfw::open() {
  auto library = platform::DynamicLibrary::open(library_name);
  if (!library) return std::move(library).error().with_context("opening GLFW, which makes the window");
  Glfw glfw(*std::move(library));
  const char* missing = nullptr;
  const auto load = [&](auto& function, const char* name) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(glfw.library_.symbol(name));
    if (function == nullptr) missing = name;
  };
  load(glfw.init, "glfwInit");
  load(glfw.terminate, "glfwTerminate");
  load(glfw.get_error, "glfwGetError");
  load(glfw.vulkan_supported, "glfwVulkanSupported");
  load(glfw.required_instance_extensions, "glfwGetRequiredInstanceExtensions");
  load(glfw.instance_proc_address, "glfwGetInstanceProcAddress");
  load(glfw.create_window_surface, "glfwCreateWindowSurface");
  load(glfw.window_hint, "glfwWindowHint");
  load(glfw.create_window, "glfwCreateWindow");
  load(glfw.destroy_window, "glfwDestroyWindow");
  load(glfw.window_should_close, "glfwWindowShouldClose");
  load(glfw.set_input_mode, "glfwSetInputMode");
  load(glfw.get_key, "glfwGetKey");
  load(glfw.poll_events, "glfwPollEvents");
  load(glfw.framebuffer_size, "glfwGetFramebufferSize");
  load(glfw.primary_monitor, "glfwGetPrimaryMonitor");
  load(glfw.monitor_work_area, "glfwGetMonitorWorkarea");
  if (missing != nullptr) {
    return Error(Errc::not_found, text(library_name, " has no ", missing, "; version 3.3 or newer is needed."));
  }
  if (glfw.init() != GLFW_TRUE) {
    return Error(Errc::unsupported_feature, text("There is no display to open a window on (", glfw.last_error(), ")."));
  }
  glfw.running_ = true;
  if (glfw.vulkan_supported() != GLFW_TRUE) {
    return Error(Errc::unsupported_feature, text("No Vulkan driver here can draw on this display (", glfw.last_error(), ")."));
  }
  return glfw;
}

}  // namespace geyser::tools

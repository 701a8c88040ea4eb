#include "core/message.hpp"
#include "geyser/opengl.hpp"
#include "tools/geyser/other_devices.hpp"
#include "tools/geyser/vulkan_devices.hpp"

namespace geyser::tools {
namespace {

/// `vulkan`: the same device as Vulkan sees it; null where there is no Vulkan.
[[nodiscard]] std::optional<ListedDevice> open_context(const ListedDevice* vulkan) {
  opengl::ContextOptions options;
  if (vulkan != nullptr) options.device_uuid = vulkan->identity.device_uuid;
  auto created = opengl::Context::create(options);
  if (!created) return std::nullopt;  // OpenGL does not know this device
  const auto context = std::make_shared<const opengl::Context>(*std::move(created));
  ListedDevice device;
  device.api = "opengl";
  device.type = vulkan != nullptr ? vulkan->type : "other";
  device.identity = context->identity();
  device.make_current = [raw = context.get()] { static_cast<void>(raw->make_current()); };
  std::optional<TextureShareManager> partner;
  if (vulkan != nullptr) {
    if (auto opened = open_vulkan_device(*vulkan)) partner = *std::move(opened);
  }
  auto manager = context->create_manager(partner ? &*partner : nullptr);
  if (manager) {
    device.manager = *std::move(manager);
  } else {
    device.failure = std::move(manager).error();
  }
  device.context = context;
  return device;
}

}  // namespace

void add_opengl_devices(DeviceList& list, std::string_view selector) {
  DeviceList vulkan;
  add_vulkan_devices(vulkan, {}, false);
  int number = 0;
  const auto add = [&](const ListedDevice* known) {
    auto device = open_context(known);
    if (!device) return;
    device->id = detail::text("opengl:", number++);
    if (matches(*device, selector)) list.devices.push_back(*std::move(device));
  };
  if (vulkan.devices.empty()) add(nullptr);
  for (const auto& device : vulkan.devices) add(&device);
}

}  // namespace geyser::tools

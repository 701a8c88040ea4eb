#include "core/message.hpp"
#include "geyser/cuda.hpp"
#include "tools/geyser/other_devices.hpp"
#include "tools/geyser/vulkan_devices.hpp"

namespace geyser::tools {

void add_cuda_devices(DeviceList& list, std::string_view selector) {
  const auto found = cuda::enumerate_devices();
  if (!found) return;  // most machines have no CUDA
  for (const auto& summary : *found) {
    ListedDevice device;
    device.id = detail::text("cuda:", summary.ordinal);
    device.api = "cuda";
    device.type = "discrete gpu";
    device.identity = summary.identity;
    if (!matches(device, selector)) continue;
    auto partner = open_vulkan_device(device);
    cuda::AdoptInfo info;
    info.device = summary.identity.device_uuid;
    info.partner = partner ? &*partner : nullptr;
    auto manager = cuda::create_manager(info);
    if (manager) {
      device.manager = *std::move(manager);
    } else {
      device.failure = std::move(manager).error();
    }
    list.devices.push_back(std::move(device));
  }
}

}  // namespace geyser::tools

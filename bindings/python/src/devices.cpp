// Devices: who they are, what they can share, and why a pair cannot.
#include "common.hpp"
#include "geyser/vulkan.hpp"

namespace geyser::python {

Uuid uuid_of(nb::handle value) {
  if (nb::isinstance<nb::bytes>(value)) {
    const auto bytes = nb::cast<nb::bytes>(value);
    Uuid uuid;
    if (bytes.size() != uuid.bytes.size()) {
      fail(Errc::invalid_argument,
           "uuid has " + std::to_string(bytes.size()) + " bytes; allowed are 16, or 32 hexadecimal digits in a string.");
    }
    const auto* data = static_cast<const std::uint8_t*>(bytes.data());
    std::copy(data, data + uuid.bytes.size(), uuid.bytes.begin());
    return uuid;
  }
  return unwrap(parse_uuid(nb::cast<std::string>(nb::str(value))));  // uuid.UUID, torch's uuid and strings say the same text
}

std::optional<Uuid> optional_uuid(nb::handle value) { return value.is_none() ? std::nullopt : std::optional(uuid_of(value)); }

nb::bytes bytes_of(std::span<const std::byte> bytes) { return nb::bytes(bytes.data(), bytes.size()); }

namespace {

[[nodiscard]] std::string device_type(VkPhysicalDeviceType type) {
  switch (type) {
    case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU:
      return "integrated";
    case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU:
      return "discrete";
    case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU:
      return "virtual";
    case VK_PHYSICAL_DEVICE_TYPE_CPU:
      return "software";
    default:
      return "other";
  }
}

struct VulkanDevice {
  std::uint32_t index;
  std::string type;
  DeviceIdentity identity;
};

}  // namespace

void bind_devices(nb::module_& m) {
  nb::class_<DeviceIdentity>(m, "DeviceIdentity", "Names a device across APIs and processes.")
      .def_prop_ro(
          "device_uuid", [](const DeviceIdentity& d) { return to_string(d.device_uuid); }, "All zeros for host memory.")
      .def_prop_ro(
          "driver_uuid", [](const DeviceIdentity& d) { return to_string(d.driver_uuid); }, "All zeros where the API does not tell.")
      .def_prop_ro(
          "pci", [](const DeviceIdentity& d) { return d.pci ? std::optional(to_string(*d.pci)) : std::nullopt; },
          "\"0000:c1:00.0\" or None.")
      .def_prop_ro(
          "luid",
          [](const DeviceIdentity& d) { return d.luid ? std::optional(bytes_of(std::as_bytes(std::span(*d.luid)))) : std::nullopt; },
          "8 bytes, where a Windows driver tells them; else None.")
      .def_ro("name", &DeviceIdentity::name, "For people.")
      .def_ro("driver", &DeviceIdentity::driver, "For people.")
      .def("__repr__", [](const DeviceIdentity& d) { return "<DeviceIdentity " + d.name + " " + to_string(d.device_uuid) + ">"; });
  m.def(
      "check_same_device", [](const DeviceIdentity& a, const DeviceIdentity& b) { unwrap(check_same_device(a, b)); }, "exporter"_a,
      "importer"_a, "Raises DeviceMismatch with both identities unless opaque handles may pass from one to the other.");

  nb::enum_<MemoryHandleType>(m, "MemoryHandleType", "How texture memory crosses.")
      .value("none", MemoryHandleType::none)
      .value("opaque_fd", MemoryHandleType::opaque_fd)
      .value("dma_buf", MemoryHandleType::dma_buf)
      .value("shared_memory", MemoryHandleType::shared_memory)
      .value("opaque_win32", MemoryHandleType::opaque_win32)
      .value("d3d11_texture", MemoryHandleType::d3d11_texture)
      .value("d3d12_resource", MemoryHandleType::d3d12_resource)
      .value("io_surface", MemoryHandleType::io_surface)
      .value("metal_texture", MemoryHandleType::metal_texture);
  nb::enum_<SemaphoreHandleType>(m, "SemaphoreHandleType", "How a semaphore crosses.")
      .value("none", SemaphoreHandleType::none)
      .value("opaque_fd", SemaphoreHandleType::opaque_fd)
      .value("sync_fd", SemaphoreHandleType::sync_fd)
      .value("host_page", SemaphoreHandleType::host_page)
      .value("opaque_win32", SemaphoreHandleType::opaque_win32)
      .value("d3d12_fence", SemaphoreHandleType::d3d12_fence)
      .value("metal_shared_event", SemaphoreHandleType::metal_shared_event);
  nb::enum_<SemaphoreKind>(m, "SemaphoreKind", "The rungs of the synchronisation ladder, best first.")
      .value("timeline", SemaphoreKind::timeline)
      .value("binary", SemaphoreKind::binary)
      .value("host_timeline", SemaphoreKind::host_timeline);

  nb::class_<MemoryHandleSupport>(m, "MemoryHandleSupport", "One way to hand over memory, and whether the device can.")
      .def_ro("type", &MemoryHandleSupport::type, "The way.")
      .def_ro("can_export", &MemoryHandleSupport::can_export, "It can be exported.")
      .def_ro("can_import", &MemoryHandleSupport::can_import, "It can be imported.")
      .def_ro("why_not", &MemoryHandleSupport::why_not, "One clause when one of the two is False.");
  nb::class_<SemaphoreHandleSupport>(m, "SemaphoreHandleSupport", "One way to hand over a semaphore, and whether the device can.")
      .def_ro("kind", &SemaphoreHandleSupport::kind, "The kind.")
      .def_ro("type", &SemaphoreHandleSupport::type, "The way.")
      .def_ro("can_export", &SemaphoreHandleSupport::can_export, "It can be exported.")
      .def_ro("can_import", &SemaphoreHandleSupport::can_import, "It can be imported.")
      .def_ro("why_not", &SemaphoreHandleSupport::why_not, "One clause when one of the two is False.");
  nb::class_<Capabilities>(m, "Capabilities", "What a manager's device can share in general.")
      .def_ro("identity", &Capabilities::identity, "The device.")
      .def_ro("memory", &Capabilities::memory, "One entry for each type that the backend knows, best first.")
      .def_ro("semaphores", &Capabilities::semaphores, "One entry for each kind and type that the backend knows, best first.");
  nb::class_<FormatSupport>(m, "FormatSupport", "What one device can do with textures of one description and one handle type.")
      .def_ro("type", &FormatSupport::type, "The handle type.")
      .def_ro("can_export", &FormatSupport::can_export, "They can be exported.")
      .def_ro("can_import", &FormatSupport::can_import, "They can be imported.")
      .def_ro("dedicated_required", &FormatSupport::dedicated_required, "The driver wants one allocation for each texture.")
      .def_prop_ro(
          "max_extent", [](const FormatSupport& s) { return std::tuple(s.max_extent.width, s.max_extent.height, s.max_extent.depth); },
          "Texels.")
      .def_ro("max_mip_levels", &FormatSupport::max_mip_levels, "Mip levels.")
      .def_ro("max_array_layers", &FormatSupport::max_array_layers, "Layers.")
      .def_ro("why_not", &FormatSupport::why_not, "One clause when one of the two is False.");
  nb::class_<Negotiation>(m, "Negotiation", "The outcome of comparing two sides.")
      .def_ro("memory", &Negotiation::memory, "The handle type chosen.")
      .def_ro("semaphore", &Negotiation::semaphore, "The kind of semaphore chosen.")
      .def_ro("semaphore_handle", &Negotiation::semaphore_handle, "How the semaphore crosses.")
      .def_ro("same_device", &Negotiation::same_device, "Both sides are the same device.")
      .def_ro("rejected", &Negotiation::rejected, "The reason for each rung that was not chosen.");
  m.def(
      "negotiate", [](const Capabilities& a, const Capabilities& b) { return unwrap(negotiate(a, b)); }, "exporter"_a, "importer"_a,
      "Chooses handle types that one side can export and the other import, best first. Raises DeviceMismatch or UnsupportedHandle with "
      "every "
      "reason.");
  m.def("explain", &explain, "exporter"_a, "importer"_a, "For people: what one side can hand to the other and, where not, why.");

  nb::class_<VulkanDevice>(m, "VulkanDevice", "A device that the Vulkan loader shows.")
      .def_ro("index", &VulkanDevice::index, "What vulkan_manager(index=) takes.")
      .def_ro("type", &VulkanDevice::type, "\"discrete\", \"integrated\", \"virtual\", \"software\" or \"other\".")
      .def_ro("identity", &VulkanDevice::identity, "Who it is.")
      .def("__repr__", [](const VulkanDevice& d) { return "<VulkanDevice " + std::to_string(d.index) + " " + d.identity.name + ">"; });
  m.def(
      "vulkan_devices",
      [] {
        auto found = [] {
          nb::gil_scoped_release unlocked;
          return vulkan::enumerate_devices();
        }();
        std::vector<VulkanDevice> devices;
        for (auto& device : unwrap(std::move(found)))
          devices.push_back({device.index, device_type(device.type), std::move(device.identity)});
        return devices;
      },
      "The devices that the Vulkan loader shows. Raises NotFound without a loader or driver.");
}

}  // namespace geyser::python

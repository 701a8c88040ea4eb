#include "backends/vulkan/context.hpp"

#include <algorithm>
#include <cstring>

#include "backends/vulkan/external_types.hpp"
#include "core/guard.hpp"
#include "core/message.hpp"

namespace geyser::vulkan {

namespace {

using detail::text;

struct ResultName {
  vk::Result result;
  Errc code;
  std::string_view name;
};
// Names as the headers write them: what people search for.
constexpr ResultName result_names[] = {
    {vk::Result::eNotReady, Errc::internal, "VK_NOT_READY"},
    {vk::Result::eTimeout, Errc::timed_out, "VK_TIMEOUT"},
    {vk::Result::eIncomplete, Errc::internal, "VK_INCOMPLETE"},
    {vk::Result::eErrorOutOfHostMemory, Errc::out_of_memory, "VK_ERROR_OUT_OF_HOST_MEMORY"},
    {vk::Result::eErrorOutOfDeviceMemory, Errc::out_of_memory, "VK_ERROR_OUT_OF_DEVICE_MEMORY"},
    {vk::Result::eErrorInitializationFailed, Errc::unsupported_feature, "VK_ERROR_INITIALIZATION_FAILED"},
    {vk::Result::eErrorDeviceLost, Errc::device_lost, "VK_ERROR_DEVICE_LOST"},
    {vk::Result::eErrorMemoryMapFailed, Errc::out_of_memory, "VK_ERROR_MEMORY_MAP_FAILED"},
    {vk::Result::eErrorLayerNotPresent, Errc::unsupported_feature, "VK_ERROR_LAYER_NOT_PRESENT"},
    {vk::Result::eErrorExtensionNotPresent, Errc::unsupported_feature, "VK_ERROR_EXTENSION_NOT_PRESENT"},
    {vk::Result::eErrorFeatureNotPresent, Errc::unsupported_feature, "VK_ERROR_FEATURE_NOT_PRESENT"},
    {vk::Result::eErrorIncompatibleDriver, Errc::not_found, "VK_ERROR_INCOMPATIBLE_DRIVER"},
    {vk::Result::eErrorTooManyObjects, Errc::out_of_memory, "VK_ERROR_TOO_MANY_OBJECTS"},
    {vk::Result::eErrorFormatNotSupported, Errc::unsupported_format, "VK_ERROR_FORMAT_NOT_SUPPORTED"},
    {vk::Result::eErrorFragmentedPool, Errc::out_of_memory, "VK_ERROR_FRAGMENTED_POOL"},
    {vk::Result::eErrorUnknown, Errc::internal, "VK_ERROR_UNKNOWN"},
    {vk::Result::eErrorOutOfPoolMemory, Errc::out_of_memory, "VK_ERROR_OUT_OF_POOL_MEMORY"},
    {vk::Result::eErrorInvalidExternalHandle, Errc::protocol_error, "VK_ERROR_INVALID_EXTERNAL_HANDLE"},
    {vk::Result::eErrorFragmentation, Errc::out_of_memory, "VK_ERROR_FRAGMENTATION"},
    {vk::Result::eErrorInvalidOpaqueCaptureAddress, Errc::protocol_error, "VK_ERROR_INVALID_OPAQUE_CAPTURE_ADDRESS"},
    {vk::Result::eErrorInvalidDrmFormatModifierPlaneLayoutEXT, Errc::protocol_error,
     "VK_ERROR_INVALID_DRM_FORMAT_MODIFIER_PLANE_LAYOUT_EXT"},
    {vk::Result::eErrorNotPermittedKHR, Errc::os_error, "VK_ERROR_NOT_PERMITTED_KHR"},
};

Error missing_handle(std::string_view field) {
  return Error(Errc::invalid_argument, text("AdoptInfo::", field, " is null; pass the one that the device was made with."));
}

DeviceIdentity to_identity(const vk::PhysicalDeviceProperties& properties, const vk::PhysicalDeviceIDProperties& ids,
                           const vk::PhysicalDeviceDriverProperties* driver, const vk::PhysicalDevicePCIBusInfoPropertiesEXT* pci) {
  DeviceIdentity identity;
  std::memcpy(identity.device_uuid.bytes.data(), ids.deviceUUID.data(), identity.device_uuid.bytes.size());
  std::memcpy(identity.driver_uuid.bytes.data(), ids.driverUUID.data(), identity.driver_uuid.bytes.size());
  if (ids.deviceLUIDValid) std::memcpy(identity.luid.emplace().data(), ids.deviceLUID.data(), ids.deviceLUID.size());
  if (pci != nullptr) identity.pci = PciAddress{pci->pciDomain, pci->pciBus, pci->pciDevice, pci->pciFunction};
  identity.name = properties.deviceName.data();
  if (driver != nullptr) {
    identity.driver = driver->driverName.data();
    if (driver->driverInfo[0] != '\0') identity.driver += text(" ", driver->driverInfo.data());
  }
  return identity;
}

MemoryHandleSupport memory_support(MemoryHandleType type, std::string_view missing, const DeviceProperties& device,
                                   const ImageSupport& general) {
  MemoryHandleSupport support{.type = type, .can_export = general.can_export, .can_import = general.can_import, .why_not = {}};
  if (!missing.empty()) {
    support.why_not =
        device.has_extension(missing) ? text("the device was made without ", missing) : text("the driver does not offer ", missing);
  } else if (!general.can_export && !general.can_import) {
    support.why_not = text("the driver neither exports nor imports ", to_string(type), " images");
  } else if (!general.can_export) {
    support.why_not = text("the driver imports but does not export ", to_string(type), " images");
  } else if (!general.can_import) {
    support.why_not = text("the driver exports but does not import ", to_string(type), " images");
  }
  return support;
}

}  // namespace

Error vulkan_error(vk::Result result, std::string_view call) {
  const auto native = static_cast<std::int64_t>(result);
  for (const auto& each : result_names) {
    if (each.result == result) return Error(each.code, text(call, " answers ", each.name, "."), ErrorDomain::vulkan, native);
  }
  return Error(Errc::internal, text(call, " answers the VkResult ", native, "."), ErrorDomain::vulkan, native);
}

Result<DeviceProperties> query_device(const Dispatch& dispatch, vk::PhysicalDevice device) {
  if (dispatch.vkGetPhysicalDeviceProperties == nullptr || dispatch.vkEnumerateDeviceExtensionProperties == nullptr) {
    return Error(Errc::invalid_argument, "get_instance_proc_addr knows no vkGetPhysicalDeviceProperties; pass the one of this instance.");
  }
  DeviceProperties result;
  device.getProperties(&result.properties, dispatch);
  if (result.properties.apiVersion < VK_API_VERSION_1_1 || dispatch.vkGetPhysicalDeviceProperties2 == nullptr) {
    result.identity.name = result.properties.deviceName.data();
    return result;  // the caller refuses it, or shows it
  }
  for (;;) {
    std::uint32_t count = 0;
    auto asked = device.enumerateDeviceExtensionProperties(nullptr, &count, nullptr, dispatch);
    if (asked != vk::Result::eSuccess) return vulkan_error(asked, "vkEnumerateDeviceExtensionProperties");
    result.extensions.resize(count);
    if (count != 0) asked = device.enumerateDeviceExtensionProperties(nullptr, &count, result.extensions.data(), dispatch);
    if (asked == vk::Result::eIncomplete) continue;
    if (asked != vk::Result::eSuccess) return vulkan_error(asked, "vkEnumerateDeviceExtensionProperties");
    result.extensions.resize(count);
    break;
  }
  vk::PhysicalDeviceIDProperties ids;
  vk::PhysicalDeviceDriverProperties driver;
  vk::PhysicalDevicePCIBusInfoPropertiesEXT pci;
  vk::PhysicalDeviceExternalMemoryHostPropertiesEXT host;
  vk::PhysicalDeviceProperties2 properties;
  properties.pNext = &ids;
  const bool has_driver =
      result.properties.apiVersion >= VK_API_VERSION_1_2 || result.has_extension(VK_KHR_DRIVER_PROPERTIES_EXTENSION_NAME);
  const bool has_pci = result.has_extension(VK_EXT_PCI_BUS_INFO_EXTENSION_NAME);
  const bool has_host = result.has_extension(VK_EXT_EXTERNAL_MEMORY_HOST_EXTENSION_NAME);
  if (has_driver) driver.pNext = std::exchange(properties.pNext, &driver);
  if (has_pci) pci.pNext = std::exchange(properties.pNext, &pci);
  if (has_host) host.pNext = std::exchange(properties.pNext, &host);
  device.getProperties2(&properties, dispatch);
  result.host_pointer_alignment = has_host ? host.minImportedHostPointerAlignment : 0;
  result.identity = to_identity(result.properties, ids, has_driver ? &driver : nullptr, has_pci ? &pci : nullptr);
  return result;
}

bool DeviceProperties::has_extension(std::string_view name) const noexcept {
  return std::any_of(extensions.begin(), extensions.end(), [name](const auto& each) { return name == each.extensionName.data(); });
}

Result<std::shared_ptr<Context>> Context::create(const AdoptInfo& info, std::shared_ptr<void> keep_alive) {
  if (info.instance == VK_NULL_HANDLE) return missing_handle("instance");
  if (info.physical_device == VK_NULL_HANDLE) return missing_handle("physical_device");
  if (info.device == VK_NULL_HANDLE) return missing_handle("device");
  if (info.queue == VK_NULL_HANDLE) return missing_handle("queue");
  if (info.get_instance_proc_addr == nullptr) return missing_handle("get_instance_proc_addr");
  if (info.api_version < VK_API_VERSION_1_1) {
    return Error(Errc::unsupported_feature,
                 text("AdoptInfo::api_version is ", VK_API_VERSION_MAJOR(info.api_version), ".", VK_API_VERSION_MINOR(info.api_version),
                      "; make the instance with VkApplicationInfo::apiVersion 1.1 or newer."));
  }
  if (info.get_instance_proc_addr(info.instance, "vkGetDeviceProcAddr") == nullptr) {
    return Error(Errc::invalid_argument,
                 "AdoptInfo::get_instance_proc_addr knows no vkGetDeviceProcAddr; pass the one that made AdoptInfo::instance.");
  }

  std::shared_ptr<Context> context(new Context());
  context->instance = info.instance;
  context->physical_device = info.physical_device;
  context->device = info.device;
  context->queue = info.queue;
  context->queue_family = info.queue_family_index;
  context->queue_lock_ = info.queue_lock;
  context->keep_alive_ = std::move(keep_alive);
  context->dispatch.init(info.instance, info.get_instance_proc_addr, info.device);

  auto device = query_device(context->dispatch, context->physical_device);
  if (!device) return std::move(device).error();
  context->properties = device->properties;
  context->api_version = std::min(info.api_version, device->properties.apiVersion);
  if (context->api_version < VK_API_VERSION_1_1) {
    return Error(Errc::unsupported_feature,
                 text(device->properties.deviceName.data(), " offers Vulkan ", VK_API_VERSION_MAJOR(device->properties.apiVersion), ".",
                      VK_API_VERSION_MINOR(device->properties.apiVersion), "; 1.1 or newer is needed."));
  }
  const auto& dispatch = context->dispatch;
  std::uint32_t families = 0;
  context->physical_device.getQueueFamilyProperties(&families, nullptr, dispatch);
  if (info.queue_family_index >= families) {
    return Error(Errc::invalid_argument,
                 text("AdoptInfo::queue_family_index is ", info.queue_family_index, "; the device has ", families, " queue families."));
  }
  context->physical_device.getMemoryProperties(&context->memory, dispatch);

  const auto enabled = info.enabled_device_extensions;
  auto& features = context->features;
  context->capabilities.identity = std::move(device->identity);
  find_external_features(*context, enabled);  // may know the device by another name
  features.external_memory_host = lists(enabled, VK_EXT_EXTERNAL_MEMORY_HOST_EXTENSION_NAME) &&
                                  dispatch.vkGetMemoryHostPointerPropertiesEXT != nullptr && device->host_pointer_alignment != 0 &&
                                  can_import_host_buffers(*context);
  features.image_format_list = context->api_version >= VK_API_VERSION_1_2 || lists(enabled, VK_KHR_IMAGE_FORMAT_LIST_EXTENSION_NAME);
  features.timeline_semaphore = info.timeline_semaphore_enabled && dispatch.vkWaitSemaphores != nullptr &&
                                dispatch.vkSignalSemaphore != nullptr && dispatch.vkGetSemaphoreCounterValue != nullptr;
  features.host_pointer_alignment = features.external_memory_host ? device->host_pointer_alignment : 0;

  const auto* representative = format_info(TextureFormat::rgba8_unorm);
  FormatCache formats;
  for (const auto& rung : memory_rungs()) {
    auto caps = formats.find(*context, *representative, TextureDimension::d2, TextureUsage::texture_binding, rung.type);
    if (!caps) return std::move(caps).error();
    context->capabilities.memory.push_back(memory_support(rung.type, missing_for(features, rung.type), *device, (*caps)->support));
  }
  query_semaphore_support(*context);
  return context;
}

Result<std::uint32_t> Context::memory_type(std::uint32_t type_bits, vk::MemoryPropertyFlags wanted) const {
  // Types with promises that nobody asked for (protected, lazily allocated) come last.
  constexpr vk::MemoryPropertyFlags special = vk::MemoryPropertyFlagBits::eProtected | vk::MemoryPropertyFlagBits::eLazilyAllocated;
  const auto first = [&](vk::MemoryPropertyFlags all, vk::MemoryPropertyFlags none) -> std::optional<std::uint32_t> {
    for (std::uint32_t i = 0; i < memory.memoryTypeCount; ++i) {
      const auto flags = memory.memoryTypes[i].propertyFlags;
      if ((type_bits >> i & 1U) != 0 && (flags & all) == all && !(flags & none)) return i;
    }
    return std::nullopt;
  };
  if (const auto type = first(wanted, special)) return *type;
  if (const auto type = first({}, special)) return *type;
  if (const auto type = first({}, {})) return *type;
  return Error(Errc::out_of_memory, text("None of the device's ", memory.memoryTypeCount, " memory types is in the mask 0x", std::hex,
                                         type_bits, " that the driver allows here."));
}

}  // namespace geyser::vulkan

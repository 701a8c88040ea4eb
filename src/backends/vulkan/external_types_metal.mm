// Type-checked, never run. What crosses on Apple's systems: IOSurfaces (between processes too), MTLTextures and MTLSharedEvents (within one).
#import "backends/vulkan/external_metal.hpp"

#include "core/metal_identity.hpp"

namespace geyser::vulkan {
namespace {

// VK_KHR_portability_subset: a device that lists it must be made with it (Vulkan, VUID-VkDeviceCreateInfo-pProperties-04451).
constexpr const char* wanted[] = {
    VK_EXT_METAL_OBJECTS_EXTENSION_NAME,        external_memory_metal_name,
    "VK_KHR_portability_subset",                VK_KHR_IMAGE_FORMAT_LIST_EXTENSION_NAME,
    VK_EXT_EXTERNAL_MEMORY_HOST_EXTENSION_NAME, VK_KHR_TIMELINE_SEMAPHORE_EXTENSION_NAME,
};

constexpr SemaphoreRung semaphores[] = {{SemaphoreKind::timeline, SemaphoreHandleType::metal_shared_event, {}, false}};

constexpr VkExportMetalObjectCreateInfoEXT exported_event{VK_STRUCTURE_TYPE_EXPORT_METAL_OBJECT_CREATE_INFO_EXT, nullptr,
                                                          VK_EXPORT_METAL_OBJECT_TYPE_METAL_SHARED_EVENT_BIT_EXT};

template <class Function>
Function function(const Context& context, const char* name) {
  return reinterpret_cast<Function>(context.dispatch.vkGetDeviceProcAddr(static_cast<VkDevice>(context.device), name));
}

Error no_fences() { return Error(Errc::unsupported_handle, "Vulkan hands no fence over on this system; use a timeline semaphore."); }

}  // namespace

std::span<const MemoryRung> memory_rungs() noexcept {
  static constexpr MemoryRung rungs[] = {
      {MemoryHandleType::io_surface, {}, allocate_surface, import_surface, export_surface},
      {MemoryHandleType::metal_texture, {}, allocate_metal_texture, import_metal_texture, export_metal_texture},
  };
  return rungs;
}

std::span<const SemaphoreRung> semaphore_rungs() noexcept { return semaphores; }
std::span<const FenceRung> fence_rungs() noexcept { return {}; }
MemoryHandleType opaque_memory_type() noexcept { return MemoryHandleType::none; }
std::string_view semaphore_extension() noexcept { return VK_EXT_METAL_OBJECTS_EXTENSION_NAME; }
std::string_view fence_extension() noexcept { return VK_EXT_METAL_OBJECTS_EXTENSION_NAME; }
std::span<const char* const> wanted_device_extensions() noexcept { return wanted; }

InstanceNeeds instance_needs() noexcept {
  // MoltenVK is no complete Vulkan, and the loader shows it only to who says that this is known. The MTLDevice is what tells which GPU it is
  // (VUID-VkExportMetalObjectsInfoEXT-pNext-06791).
  static constexpr VkExportMetalObjectCreateInfoEXT device{VK_STRUCTURE_TYPE_EXPORT_METAL_OBJECT_CREATE_INFO_EXT, nullptr,
                                                           VK_EXPORT_METAL_OBJECT_TYPE_METAL_DEVICE_BIT_EXT};
  return {.extension = VK_KHR_PORTABILITY_ENUMERATION_EXTENSION_NAME,
          .flags = vk::InstanceCreateFlagBits::eEnumeratePortabilityKHR,
          .next = &device};
}

std::string_view missing_for(const Features& features, MemoryHandleType) noexcept {
  return features.external_memory ? std::string_view() : VK_EXT_METAL_OBJECTS_EXTENSION_NAME;
}

void find_external_features(Context& context, std::span<const char* const> enabled) {
  auto system = std::make_shared<SystemFunctions>();
  if (lists(enabled, VK_EXT_METAL_OBJECTS_EXTENSION_NAME)) {
    system->export_objects = function<PFN_vkExportMetalObjectsEXT>(context, "vkExportMetalObjectsEXT");
  }
  if (lists(enabled, external_memory_metal_name)) {
    const auto get = function<GetMemoryMetalHandle>(context, "vkGetMemoryMetalHandleEXT");
    const auto properties = function<GetMemoryMetalHandleProperties>(context, "vkGetMemoryMetalHandlePropertiesEXT");
    if (get != nullptr && properties != nullptr) {
      system->get_memory_handle = get;
      system->get_memory_handle_properties = properties;
    }
  }
  // A driver that lists an extension and has no function for it is treated as one without.
  context.features.external_memory = system->export_objects != nullptr;
  context.features.external_semaphore = system->export_objects != nullptr;
  if (system->export_objects != nullptr) {
    VkExportMetalDeviceInfoEXT device{VK_STRUCTURE_TYPE_EXPORT_METAL_DEVICE_INFO_EXT, nullptr, nil};
    VkExportMetalObjectsInfoEXT objects{VK_STRUCTURE_TYPE_EXPORT_METAL_OBJECTS_INFO_EXT, &device};
    system->export_objects(static_cast<VkDevice>(context.device), &objects);
    if (device.mtlDevice != nil) {
      // What the Metal backend says of the same GPU, so that the two know each other.
      context.capabilities.identity.device_uuid = detail::metal_device_uuid(device.mtlDevice.registryID);
      context.capabilities.identity.driver_uuid = {};
    }
  }
  context.system = std::move(system);
}

Result<std::shared_ptr<const void>> memory_export_info(MemoryHandleType) { return std::shared_ptr<const void>(); }
Result<std::shared_ptr<const void>> fence_export_info() { return std::shared_ptr<const void>(); }
Result<std::shared_ptr<const void>> semaphore_export_info(SemaphoreTypes types) {
  if ((types & set_of(SemaphoreHandleType::metal_shared_event)) == 0) return std::shared_ptr<const void>();
  return std::shared_ptr<const void>(std::shared_ptr<void>(), &exported_event);  // static storage
}

Result<OsHandle> export_fence_handle(const Context&, vk::Fence, const FenceRung&, KeptHandles&) { return no_fences(); }
Result<void> import_fence_handle(const Context&, vk::Fence, const FenceRung&, const OsHandle&) { return no_fences(); }
const void* chain_keyed_mutexes(SubmitArrays&, const void* next) noexcept { return next; }

Result<void> allocate_from_opaque(ImageAndMemory&, vk::MemoryAllocateInfo, const TextureHandle&) {
  return Error(Errc::unsupported_handle, "This system has no opaque memory handles; textures cross as io_surface or metal_texture.");
}

}  // namespace geyser::vulkan

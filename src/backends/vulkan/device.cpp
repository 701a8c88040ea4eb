// Device::create(): an instance and a device for those who have none.
#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <mutex>
#include <optional>

#include "backends/vulkan/external_types.hpp"
#include "backends/vulkan/manager.hpp"
#include "core/guard.hpp"
#include "core/message.hpp"
#include "geyser/log.hpp"
#include "platform/dynamic_library.hpp"

namespace geyser::vulkan {

namespace {

using detail::text;

constexpr const char* validation_layer = "VK_LAYER_KHRONOS_validation";

// Counts and logs what the validation layers say. The loader's and the drivers' own chatter (type GENERAL) is not validation.
VKAPI_ATTR VkBool32 VKAPI_CALL on_message(VkDebugUtilsMessageSeverityFlagBitsEXT severity, VkDebugUtilsMessageTypeFlagsEXT types,
                                          const VkDebugUtilsMessengerCallbackDataEXT* data, void* user) {
  if ((types & VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT) == 0) return VK_FALSE;
  if (severity < VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT) return VK_FALSE;
  static_cast<std::atomic<std::uint64_t>*>(user)->fetch_add(1, std::memory_order_relaxed);
  log(LogLevel::error, data != nullptr && data->pMessage != nullptr ? data->pMessage : "Vulkan validation message without text");
  return VK_FALSE;
}

// The loader, opened at first use and then kept until the process ends: drivers leave exit handlers and thread-local destructors behind,
// and unloading the loader with its last instance would unmap their code.
Result<const platform::DynamicLibrary*> open_loader() {
  static std::mutex mutex;
  static platform::DynamicLibrary* library = nullptr;
  const std::lock_guard lock(mutex);
  if (library == nullptr) {
    auto opened = platform::DynamicLibrary::open(platform::vulkan_loader_name());
    if (!opened) return std::move(opened).error().with_context("opening the Vulkan loader");
    library = new platform::DynamicLibrary(*std::move(opened));
  }
  return static_cast<const platform::DynamicLibrary*>(library);
}

// An instance, and what it takes to have one. Ownership: destroys it.
struct InstanceBlock {
  InstanceBlock() = default;
  InstanceBlock(const InstanceBlock&) = delete;
  InstanceBlock& operator=(const InstanceBlock&) = delete;
  ~InstanceBlock() {
    if (!instance) return;
    if (messenger) instance.destroyDebugUtilsMessengerEXT(messenger, nullptr, dispatch);
    instance.destroy(nullptr, dispatch);
  }

  PFN_vkGetInstanceProcAddr get_instance_proc_addr = nullptr;
  std::atomic<std::uint64_t> messages{0};
  Dispatch dispatch;
  vk::Instance instance;
  vk::DebugUtilsMessengerEXT messenger;
  std::uint32_t api_version = 0;
};

template <class Item, class Ask>
Result<std::vector<Item>> list_all(std::string_view call, Ask&& ask) {
  for (;;) {
    std::uint32_t count = 0;
    auto result = ask(&count, static_cast<Item*>(nullptr));
    std::vector<Item> items(result == vk::Result::eSuccess ? count : 0);
    if (!items.empty()) result = ask(&count, items.data());
    if (result == vk::Result::eIncomplete) continue;
    if (result != vk::Result::eSuccess) return vulkan_error(result, call);
    items.resize(std::min<std::size_t>(items.size(), count));
    return items;
  }
}

Result<void> check_validation_layer(const Dispatch& dispatch) {
  const auto absent = [](std::string_view what) {
    return Error(Errc::unsupported_feature,
                 text("DeviceOptions::validation is true, but ", what,
                      "; install the Khronos validation layers (Debian: vulkan-validationlayers) or pass false."));
  };
  if (dispatch.vkEnumerateInstanceLayerProperties == nullptr || dispatch.vkEnumerateInstanceExtensionProperties == nullptr) {
    return absent("this get_instance_proc_addr knows no layers");
  }
  auto layers = list_all<vk::LayerProperties>("vkEnumerateInstanceLayerProperties", [&](std::uint32_t* count, vk::LayerProperties* items) {
    return vk::enumerateInstanceLayerProperties(count, items, dispatch);
  });
  if (!layers) return std::move(layers).error();
  const auto is_ours = [](const auto& each) { return std::string_view(each.layerName.data()) == validation_layer; };
  if (std::none_of(layers->begin(), layers->end(), is_ours)) return absent("there is no VK_LAYER_KHRONOS_validation");
  auto extensions = list_all<vk::ExtensionProperties>(
      "vkEnumerateInstanceExtensionProperties", [&](std::uint32_t* count, vk::ExtensionProperties* items) {
        return vk::enumerateInstanceExtensionProperties(validation_layer, count, items, dispatch);
      });
  if (!extensions) return std::move(extensions).error();
  for (const std::string_view wanted : {VK_EXT_DEBUG_UTILS_EXTENSION_NAME, VK_EXT_VALIDATION_FEATURES_EXTENSION_NAME}) {
    const auto same = [wanted](const auto& each) { return std::string_view(each.extensionName.data()) == wanted; };
    if (std::none_of(extensions->begin(), extensions->end(), same)) return absent(text("the layer has no ", wanted));
  }
  return {};
}

bool offers_instance_extension(const Dispatch& dispatch, std::string_view name) {
  if (dispatch.vkEnumerateInstanceExtensionProperties == nullptr) return false;
  auto offered = list_all<vk::ExtensionProperties>("vkEnumerateInstanceExtensionProperties",
                                                   [&](std::uint32_t* count, vk::ExtensionProperties* items) {
                                                     return vk::enumerateInstanceExtensionProperties(nullptr, count, items, dispatch);
                                                   });
  return offered && std::any_of(offered->begin(), offered->end(),
                                [name](const auto& each) { return std::string_view(each.extensionName.data()) == name; });
}

Result<std::shared_ptr<InstanceBlock>> make_instance(PFN_vkGetInstanceProcAddr gipa, bool validation, const std::string& application) {
  auto block = std::make_shared<InstanceBlock>();
  if (gipa == nullptr) {
    auto loader = open_loader();
    if (!loader) return std::move(loader).error();
    gipa = reinterpret_cast<PFN_vkGetInstanceProcAddr>((*loader)->symbol("vkGetInstanceProcAddr"));
    if (gipa == nullptr) {
      return Error(Errc::not_found, text(platform::vulkan_loader_name(), " has no vkGetInstanceProcAddr; it is not a Vulkan loader."));
    }
  }
  block->get_instance_proc_addr = gipa;
  auto& dispatch = block->dispatch;
  dispatch.init(gipa);
  if (dispatch.vkCreateInstance == nullptr) return Error(Errc::not_found, "get_instance_proc_addr knows no vkCreateInstance.");
  std::uint32_t offered = VK_API_VERSION_1_0;
  if (dispatch.vkEnumerateInstanceVersion != nullptr) {
    const auto asked = vk::enumerateInstanceVersion(&offered, dispatch);
    if (asked != vk::Result::eSuccess) return vulkan_error(asked, "vkEnumerateInstanceVersion");
  }
  if (offered < VK_API_VERSION_1_1) {
    return Error(Errc::unsupported_feature, "The Vulkan loader or driver offers version 1.0; 1.1 or newer is needed.");
  }
  block->api_version = std::min<std::uint32_t>(offered, VK_API_VERSION_1_3);

  vk::ApplicationInfo about;
  about.pApplicationName = application.c_str();
  about.pEngineName = "geyser";
  about.apiVersion = block->api_version;
  vk::InstanceCreateInfo info;
  info.pApplicationInfo = &about;
  vk::DebugUtilsMessengerCreateInfoEXT messenger;
  constexpr std::array enabled = {vk::ValidationFeatureEnableEXT::eSynchronizationValidation};
  vk::ValidationFeaturesEXT features;
  std::vector<const char*> extensions;
  const InstanceNeeds needs = instance_needs();
  info.pNext = needs.next;
  if (needs.extension != nullptr && offers_instance_extension(dispatch, needs.extension)) {
    extensions.push_back(needs.extension);
    info.flags = needs.flags;
  }
  if (validation) {
    if (auto ok = check_validation_layer(dispatch); !ok) return std::move(ok).error();
    messenger.messageSeverity = vk::DebugUtilsMessageSeverityFlagBitsEXT::eWarning | vk::DebugUtilsMessageSeverityFlagBitsEXT::eError;
    messenger.messageType = vk::DebugUtilsMessageTypeFlagBitsEXT::eValidation;
    messenger.pfnUserCallback = on_message;
    messenger.pUserData = &block->messages;
    features.enabledValidationFeatureCount = static_cast<std::uint32_t>(enabled.size());
    features.pEnabledValidationFeatures = enabled.data();
    extensions.push_back(VK_EXT_DEBUG_UTILS_EXTENSION_NAME);
    extensions.push_back(VK_EXT_VALIDATION_FEATURES_EXTENSION_NAME);
    messenger.pNext = info.pNext;
    features.pNext = &messenger;  // covers vkCreateInstance and vkDestroyInstance themselves
    info.pNext = &features;
    info.enabledLayerCount = 1;
    info.ppEnabledLayerNames = &validation_layer;
  }
  info.enabledExtensionCount = static_cast<std::uint32_t>(extensions.size());
  info.ppEnabledExtensionNames = extensions.data();
  const auto made = vk::createInstance(&info, nullptr, &block->instance, dispatch);
  if (made != vk::Result::eSuccess) {
    block->instance = nullptr;
    return vulkan_error(made, "vkCreateInstance");
  }
  // The loader unloads drivers with the last instance, and the last reference to a frame may be let go in a thread that ends: NVIDIA's
  // driver (580) has something to run there then.
  platform::keep_libraries_with("vk_icdGetInstanceProcAddr");
  dispatch.init(block->instance, gipa);
  if (dispatch.vkDestroyInstance == nullptr || dispatch.vkEnumeratePhysicalDevices == nullptr || dispatch.vkGetDeviceProcAddr == nullptr) {
    if (dispatch.vkDestroyInstance == nullptr) block->instance = nullptr;
    return Error(Errc::not_found,
                 "The Vulkan driver lacks core functions (vkDestroyInstance, vkEnumeratePhysicalDevices or vkGetDeviceProcAddr).");
  }
  if (validation && dispatch.vkCreateDebugUtilsMessengerEXT != nullptr && dispatch.vkDestroyDebugUtilsMessengerEXT != nullptr) {
    const auto created = block->instance.createDebugUtilsMessengerEXT(&messenger, nullptr, &block->messenger, dispatch);
    if (created != vk::Result::eSuccess) {
      block->messenger = nullptr;
      return vulkan_error(created, "vkCreateDebugUtilsMessengerEXT");
    }
  }
  return block;
}

struct Candidate {
  vk::PhysicalDevice device;
  DeviceProperties properties;
  DeviceSummary summary;
};

Result<std::vector<Candidate>> list_devices(const InstanceBlock& block) {
  auto devices = list_all<vk::PhysicalDevice>("vkEnumeratePhysicalDevices", [&](std::uint32_t* count, vk::PhysicalDevice* items) {
    return block.instance.enumeratePhysicalDevices(count, items, block.dispatch);
  });
  if (!devices) return std::move(devices).error();
  if (devices->empty())
    return Error(Errc::not_found, "Vulkan shows no device; install a driver (Debian: mesa-vulkan-drivers has one that needs no GPU).");
  std::vector<Candidate> result;
  for (const auto device : *devices) {
    auto properties = query_device(block.dispatch, device);
    if (!properties) return std::move(properties).error();
    DeviceSummary summary;
    summary.index = static_cast<std::uint32_t>(result.size());
    summary.identity = properties->identity;
    summary.type = static_cast<VkPhysicalDeviceType>(properties->properties.deviceType);
    summary.api_version = properties->properties.apiVersion;
    summary.vendor_id = properties->properties.vendorID;
    result.push_back({device, *std::move(properties), std::move(summary)});
  }
  return result;
}

int rank(VkPhysicalDeviceType type) noexcept {
  switch (type) {
    case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU:
      return 0;
    case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU:
      return 1;
    case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU:
      return 2;
    case VK_PHYSICAL_DEVICE_TYPE_CPU:
      return 3;
    default:
      return 4;
  }
}

std::string lower(std::string_view from) {
  std::string result(from);
  std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

bool matches(const DeviceSummary& summary, const DeviceSelector& selector) {
  if (selector.index && *selector.index != summary.index) return false;
  if (selector.uuid && *selector.uuid != summary.identity.device_uuid) return false;
  if (selector.driver_uuid && *selector.driver_uuid != summary.identity.driver_uuid) return false;
  if (selector.pci && selector.pci != summary.identity.pci) return false;
  if (selector.luid && selector.luid != summary.identity.luid) return false;
  return selector.name.empty() || lower(summary.identity.name).find(lower(selector.name)) != std::string::npos;
}

std::string hex_bytes(const std::array<std::uint8_t, 8>& bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const auto byte : bytes) {
    out += digits[byte >> 4U];
    out += digits[byte & 0xFU];
  }
  return out;
}

std::string describe(const DeviceSelector& selector) {
  std::string result;
  const auto add = [&result](std::string_view field, const std::string& value) {
    result += text(result.empty() ? "" : ", ", field, " ", value);
  };
  if (selector.index) add("index", std::to_string(*selector.index));
  if (selector.uuid) add("uuid", to_string(*selector.uuid));
  if (selector.driver_uuid) add("driver_uuid", to_string(*selector.driver_uuid));
  if (selector.pci) add("pci", to_string(*selector.pci));
  if (selector.luid) add("luid", hex_bytes(*selector.luid));
  if (!selector.name.empty()) add("name", text('"', selector.name, '"'));
  return result;
}

Result<Candidate> select(std::vector<Candidate> candidates, const DeviceSelector& selector) {
  Candidate* best = nullptr;
  std::string shown;
  for (auto& each : candidates) {
    shown += text(shown.empty() ? "" : "; ", each.summary.index, ": ", each.summary.identity.name, ", uuid ",
                  to_string(each.summary.identity.device_uuid), ", driver_uuid ", to_string(each.summary.identity.driver_uuid),
                  each.summary.identity.pci ? ", pci " : "", each.summary.identity.pci ? to_string(*each.summary.identity.pci) : "");
    if (!matches(each.summary, selector)) continue;
    if (best == nullptr || rank(each.summary.type) < rank(best->summary.type)) best = &each;
  }
  if (best == nullptr) {
    return Error(Errc::not_found, text("No device matches DeviceOptions::selector (", describe(selector), "); there are ", shown, "."));
  }
  return std::move(*best);
}

// Graphics + compute (which imply transfer); else whatever comes nearest and can copy.
std::optional<std::uint32_t> choose_queue_family(const Dispatch& dispatch, vk::PhysicalDevice device) {
  std::uint32_t count = 0;
  device.getQueueFamilyProperties(&count, nullptr, dispatch);
  std::vector<vk::QueueFamilyProperties> families(count);
  device.getQueueFamilyProperties(&count, families.data(), dispatch);
  using Bit = vk::QueueFlagBits;
  for (const vk::QueueFlags wanted :
       {Bit::eGraphics | Bit::eCompute, vk::QueueFlags(Bit::eGraphics), vk::QueueFlags(Bit::eCompute), vk::QueueFlags(Bit::eTransfer)}) {
    for (std::uint32_t i = 0; i < count; ++i) {
      if (families[i].queueCount != 0 && (families[i].queueFlags & wanted) == wanted) return i;
    }
  }
  return std::nullopt;
}

}  // namespace

struct Device::Block {
  Block() = default;
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() {
    if (device) {
      static_cast<void>(device.waitIdle(dispatch));
      device.destroy(nullptr, dispatch);
    }
  }
  std::shared_ptr<InstanceBlock> instance;
  Dispatch dispatch;
  vk::PhysicalDevice physical_device;
  vk::Device device;
  vk::Queue queue;
  std::uint32_t queue_family = 0;
  std::uint32_t api_version = 0;
  bool timeline_semaphore = false;
  std::vector<const char*> extensions;  // of wanted_device_extensions()
  DeviceSummary summary;
};

std::span<const char* const> recommended_device_extensions() noexcept { return wanted_device_extensions(); }

Result<std::vector<DeviceSummary>> enumerate_devices(PFN_vkGetInstanceProcAddr get_instance_proc_addr) {
  return detail::guard([&]() -> Result<std::vector<DeviceSummary>> {
    auto instance = make_instance(get_instance_proc_addr, false, "geyser");
    if (!instance) return std::move(instance).error();
    auto devices = list_devices(**instance);
    if (!devices) return std::move(devices).error();
    std::vector<DeviceSummary> result;
    for (auto& each : *devices) result.push_back(std::move(each.summary));
    return result;
  });
}

Result<Device> Device::create(const DeviceOptions& options) {
  return detail::guard([&]() -> Result<Device> {
    auto instance = make_instance(options.get_instance_proc_addr, options.validation, options.application_name);
    if (!instance) return std::move(instance).error();
    auto devices = list_devices(**instance);
    if (!devices) return std::move(devices).error();
    auto chosen = select(*std::move(devices), options.selector);
    if (!chosen) return std::move(chosen).error();

    auto block = std::make_shared<Block>();
    block->instance = *std::move(instance);
    const auto& instance_dispatch = block->instance->dispatch;
    block->physical_device = chosen->device;
    block->summary = std::move(chosen->summary);
    block->api_version = std::min(block->instance->api_version, block->summary.api_version);
    if (block->api_version < VK_API_VERSION_1_1) {
      return Error(Errc::unsupported_feature, text(block->summary.identity.name, " offers Vulkan 1.0; 1.1 or newer is needed."));
    }
    const auto family = choose_queue_family(instance_dispatch, block->physical_device);
    if (!family) {
      return Error(Errc::unsupported_feature, text(block->summary.identity.name, " has no queue that can draw, compute or copy."));
    }
    block->queue_family = *family;
    for (const char* each : wanted_device_extensions()) {
      if (chosen->properties.has_extension(each)) block->extensions.push_back(each);
    }

    // Every feature that the device has: which of them matter to a texture depends on its format.
    vk::PhysicalDeviceFeatures2 features;
    vk::PhysicalDeviceSamplerYcbcrConversionFeatures ycbcr;
    vk::PhysicalDeviceTimelineSemaphoreFeatures timeline;
    features.pNext = &ycbcr;
    if (block->api_version >= VK_API_VERSION_1_2 || chosen->properties.has_extension(VK_KHR_TIMELINE_SEMAPHORE_EXTENSION_NAME)) {
      ycbcr.pNext = &timeline;
    }
    block->physical_device.getFeatures2(&features, instance_dispatch);
    features.features.robustBufferAccess = VK_FALSE;  // costs speed and protects nobody here
    block->timeline_semaphore = timeline.timelineSemaphore == VK_TRUE;

    const float priority = 1.0F;
    vk::DeviceQueueCreateInfo queue;
    queue.queueFamilyIndex = *family;
    queue.queueCount = 1;
    queue.pQueuePriorities = &priority;
    vk::DeviceCreateInfo info;
    info.pNext = &features;
    info.queueCreateInfoCount = 1;
    info.pQueueCreateInfos = &queue;
    info.enabledExtensionCount = static_cast<std::uint32_t>(block->extensions.size());
    info.ppEnabledExtensionNames = block->extensions.data();
    const auto made = block->physical_device.createDevice(&info, nullptr, &block->device, instance_dispatch);
    if (made != vk::Result::eSuccess) {
      block->device = nullptr;
      return vulkan_error(made, "vkCreateDevice").with_context(text("opening ", block->summary.identity.name));
    }
    block->dispatch.init(static_cast<VkInstance>(block->instance->instance), block->instance->get_instance_proc_addr,
                         static_cast<VkDevice>(block->device));
    block->device.getQueue(block->queue_family, 0, &block->queue, block->dispatch);
    return Device(std::move(block));
  });
}

Device::Device(std::shared_ptr<Block> block) noexcept : block_(std::move(block)) {}
Device::Device(Device&&) noexcept = default;
Device& Device::operator=(Device&&) noexcept = default;
Device::~Device() = default;

AdoptInfo Device::adopt_info() const noexcept {
  AdoptInfo info;
  info.instance = static_cast<VkInstance>(block_->instance->instance);
  info.physical_device = static_cast<VkPhysicalDevice>(block_->physical_device);
  info.device = static_cast<VkDevice>(block_->device);
  info.queue = static_cast<VkQueue>(block_->queue);
  info.queue_family_index = block_->queue_family;
  info.get_instance_proc_addr = block_->instance->get_instance_proc_addr;
  info.api_version = block_->instance->api_version;
  info.enabled_device_extensions = block_->extensions;
  info.timeline_semaphore_enabled = block_->timeline_semaphore;
  return info;
}

const DeviceSummary& Device::summary() const noexcept { return block_->summary; }

Result<TextureShareManager> Device::create_manager() const {
  return detail::guard([&]() -> Result<TextureShareManager> {
    auto context = Context::create(adopt_info(), block_);
    if (!context) return std::move(context).error().with_context(text("adopting ", block_->summary.identity.name));
    return detail::Private::make(std::make_shared<Manager>(*std::move(context)));
  });
}

std::uint64_t Device::validation_messages() const noexcept { return block_->instance->messages.load(std::memory_order_relaxed); }

}  // namespace geyser::vulkan

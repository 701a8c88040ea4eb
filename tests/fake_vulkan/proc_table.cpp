// Which function goes by which name, and who may have it.
#include <string_view>
#include <unordered_map>

#include "entry_points.hpp"
#include "state.hpp"

namespace fake_vulkan {
namespace {

std::unordered_map<std::string_view, Function> build_table() {
  std::unordered_map<std::string_view, Function> table;
  const auto put = [&table](const Function& function) { table.emplace(function.name, function); };
#define FAKE_VULKAN_PUT(level_name)                                                               \
  [&put](const char* name, PFN_vkVoidFunction pointer, unsigned version, const char* extension) { \
    put({name, pointer, Level::level_name, version, extension});                                  \
  }
  const auto global = FAKE_VULKAN_PUT(global);
  const auto instance = FAKE_VULKAN_PUT(instance);
  const auto device = FAKE_VULKAN_PUT(device);
#undef FAKE_VULKAN_PUT
#define FAKE_VULKAN_GLOBAL_ROW(name, version, extension) \
  global(#name, reinterpret_cast<PFN_vkVoidFunction>(&entry::name), version, extension);
#define FAKE_VULKAN_INSTANCE_ROW(name, version, extension) \
  instance(#name, reinterpret_cast<PFN_vkVoidFunction>(&entry::name), version, extension);
#define FAKE_VULKAN_DEVICE_ROW(name, version, extension) \
  device(#name, reinterpret_cast<PFN_vkVoidFunction>(&entry::name), version, extension);
  FAKE_VULKAN_GLOBAL(FAKE_VULKAN_GLOBAL_ROW)
  FAKE_VULKAN_INSTANCE(FAKE_VULKAN_INSTANCE_ROW)
  FAKE_VULKAN_DEVICE(FAKE_VULKAN_DEVICE_ROW)
#define FAKE_VULKAN_ALIAS_ROW(alias, original) \
  {                                            \
    Function function = table.at(#original);   \
    function.name = #alias;                    \
    function.version = 0;                      \
    table.emplace(#alias, function);           \
  }
  FAKE_VULKAN_ALIASES(FAKE_VULKAN_ALIAS_ROW)
  return table;
}

}  // namespace

const Function* find_function(const char* name) {
  static const std::unordered_map<std::string_view, Function> table = build_table();
  const auto found = table.find(name);
  return found == table.end() ? nullptr : &found->second;
}

PFN_vkGetInstanceProcAddr get_instance_proc_addr() { return &entry::vkGetInstanceProcAddr; }

PFN_vkVoidFunction entry::vkGetInstanceProcAddr(VkInstance handle, const char* name) {
  const Call call("vkGetInstanceProcAddr");
  const Function* function = find_function(name);
  if (function == nullptr) return nullptr;
  if (handle == VK_NULL_HANDLE) return function->level == Level::global ? function->pointer : nullptr;
  const auto* instance = lookup<Instance>(call.function(), id_of(handle));
  if (instance == nullptr) return nullptr;
  // As the loader does: functions of a device are given out whatever the device will have enabled; Call checks that later.
  if (function->level != Level::instance) return function->pointer;
  const bool core = function->version != 0 && instance->api_version >= function->version;
  const bool extension = function->extension != nullptr && instance->extensions.count(function->extension) != 0;
  return core || extension ? function->pointer : nullptr;
}

PFN_vkVoidFunction entry::vkGetDeviceProcAddr(VkDevice handle, const char* name) {
  const Call call("vkGetDeviceProcAddr");
  const auto* device = lookup<Device>(call.function(), id_of(handle));
  if (std::string_view(name) == "vkGetDeviceProcAddr") return reinterpret_cast<PFN_vkVoidFunction>(&entry::vkGetDeviceProcAddr);
  const Function* function = find_function(name);
  if (device == nullptr || function == nullptr || function->level != Level::device) return nullptr;
  const bool core = function->version != 0 && device->api_version >= function->version;
  const auto* instance = peek<Instance>(device->parent);
  const bool extension =
      function->extension != nullptr && (device->has(function->extension) || instance->extensions.count(function->extension) != 0);
  return core || extension ? function->pointer : nullptr;
}

}  // namespace fake_vulkan

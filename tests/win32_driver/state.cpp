#include "win32_driver/state.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "win32_driver/win32_driver.hpp"

namespace win32_driver {

namespace {

std::mutex books;
std::unordered_map<VkInstance, std::unique_ptr<Instance>> instances;
std::unordered_map<VkPhysicalDevice, VkInstance> physical_devices;
std::unordered_map<VkDevice, std::unique_ptr<Device>> devices;
std::unordered_map<VkQueue, VkDevice> queues;

std::mutex complaints_mutex;
std::uint64_t complaint_count = 0;
std::string newest;
std::string failing;
VkResult failure = VK_SUCCESS;

template <class Map, class Key>
auto* look_up(Map& map, Key key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : found->second.get();
}

template <class Map, class Key>
typename Map::mapped_type take(Map& map, Key key) {
  const auto found = map.find(key);
  if (found == map.end()) return {};
  auto object = std::move(found->second);
  map.erase(found);
  return object;
}

}  // namespace

void complain(const std::string& what) {
  const std::lock_guard lock(complaints_mutex);
  ++complaint_count;
  newest = what;
  std::fprintf(stderr, "EMULATED WIN32 DRIVER COMPLAINS: %s\n", what.c_str());
}

std::optional<VkResult> injected(const char* function) {
  const std::lock_guard lock(complaints_mutex);
  if (failing != function) return std::nullopt;
  failing.clear();
  return failure;
}

Instance* instance_of(VkInstance handle) {
  const std::lock_guard lock(books);
  return look_up(instances, handle);
}

Instance* instance_of(VkPhysicalDevice handle) {
  const std::lock_guard lock(books);
  const auto found = physical_devices.find(handle);
  return found == physical_devices.end() ? nullptr : look_up(instances, found->second);
}

Device* device_of(VkDevice handle) {
  const std::lock_guard lock(books);
  return look_up(devices, handle);
}

Device* device_of(VkQueue handle) {
  const std::lock_guard lock(books);
  const auto found = queues.find(handle);
  return found == queues.end() ? nullptr : look_up(devices, found->second);
}

void remember(std::unique_ptr<Instance> instance) {
  const std::lock_guard lock(books);
  const auto handle = instance->handle;
  instances[handle] = std::move(instance);
}

void remember(VkPhysicalDevice physical_device, VkInstance instance) {
  const std::lock_guard lock(books);
  physical_devices[physical_device] = instance;
}

void remember(std::unique_ptr<Device> device) {
  const std::lock_guard lock(books);
  const auto handle = device->handle;
  devices[handle] = std::move(device);
}

void remember(VkQueue queue, VkDevice device) {
  const std::lock_guard lock(books);
  queues[queue] = device;
}

std::unique_ptr<Instance> forget(VkInstance handle) {
  const std::lock_guard lock(books);
  std::erase_if(physical_devices, [handle](const auto& each) { return each.second == handle; });
  return take(instances, handle);
}

std::unique_ptr<Device> forget(VkDevice handle) {
  const std::lock_guard lock(books);
  std::erase_if(queues, [handle](const auto& each) { return each.second == handle; });
  return take(devices, handle);
}

std::shared_ptr<Semaphore> Device::semaphore(VkSemaphore wanted) {
  const std::lock_guard lock(mutex);
  const auto found = semaphores.find(wanted);
  return found == semaphores.end() ? nullptr : found->second;
}

}  // namespace win32_driver

extern "C" {
__declspec(dllexport) std::uint64_t win32_driver_complaints();
__declspec(dllexport) void win32_driver_last_complaint(char* text, std::size_t size);
__declspec(dllexport) void win32_driver_fail_next(const char* function, std::int32_t result);

std::uint64_t win32_driver_complaints() {
  const std::lock_guard lock(win32_driver::complaints_mutex);
  return win32_driver::complaint_count;
}

void win32_driver_last_complaint(char* text, std::size_t size) {
  if (size == 0) return;
  const std::lock_guard lock(win32_driver::complaints_mutex);
  const std::size_t length = std::min(size - 1, win32_driver::newest.size());
  std::memcpy(text, win32_driver::newest.data(), length);
  text[length] = '\0';
}

void win32_driver_fail_next(const char* function, std::int32_t result) {
  const std::lock_guard lock(win32_driver::complaints_mutex);
  win32_driver::failing = function;
  win32_driver::failure = static_cast<VkResult>(result);
}
}

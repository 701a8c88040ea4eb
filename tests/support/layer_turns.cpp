// Synchronization validation of older Khronos layers holds one lock of its own while it waits, after the driver's wait has ended, for its
// books to say the same. What they lack may be the entry of a submit or of a host signal that the driver has carried out already and whose
// thread now waits for that very lock: both sides sit there until the layer gives up after 10 seconds, at every value again. A pipeline
// over host timelines meets that often, since the bridge's threads signal and wait all the time, and then looks as if it hung.
// (Vulkan-ValidationLayers #4968; repaired in parts by #6138 and #8519.)
//
// So here a wait is made of looks that do not wait, and no look is taken while a submit or a host signal is inside the layer: by the time
// that a wait succeeds, all that it depends on is in the books. Submits and signals still overlap each other.
#include "support/layer_turns.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <iterator>
#include <mutex>
#include <shared_mutex>
#include <string_view>
#include <thread>
#include <type_traits>
#include <vector>

namespace geyser::test {
namespace {

using Clock = std::chrono::steady_clock;

// The first SDK with both repairs.
constexpr std::uint32_t repaired = VK_MAKE_API_VERSION(0, 1, 3, 296);

// The loader's own entry points: they find the device by its handle, so that no table per device is needed.
struct Loader {
  PFN_vkGetInstanceProcAddr get_instance_proc_addr = nullptr;
  PFN_vkGetDeviceProcAddr get_device_proc_addr = nullptr;
  PFN_vkEnumerateInstanceLayerProperties layers = nullptr;
  PFN_vkQueueSubmit queue_submit = nullptr;
  PFN_vkSignalSemaphore signal_semaphore = nullptr;
  PFN_vkWaitSemaphores wait_semaphores = nullptr;
  PFN_vkWaitForFences wait_for_fences = nullptr;
  PFN_vkGetSemaphoreCounterValue counter_value = nullptr;
  PFN_vkGetFenceStatus fence_status = nullptr;

  [[nodiscard]] bool complete() const {
    return get_instance_proc_addr != nullptr && get_device_proc_addr != nullptr && layers != nullptr && queue_submit != nullptr &&
           signal_semaphore != nullptr && wait_semaphores != nullptr && wait_for_fences != nullptr && counter_value != nullptr &&
           fence_status != nullptr;
  }
};

const Loader& loader() {
  static const Loader found = [] {
    Loader made;
    void* library = ::dlopen("libvulkan.so.1", RTLD_NOW | RTLD_LOCAL);  // never closed: drivers leave threads behind
    if (library == nullptr) return made;
    const auto find = [library](auto& into, const char* name) {
      into = reinterpret_cast<std::remove_reference_t<decltype(into)>>(::dlsym(library, name));
    };
    find(made.get_instance_proc_addr, "vkGetInstanceProcAddr");
    find(made.get_device_proc_addr, "vkGetDeviceProcAddr");
    find(made.layers, "vkEnumerateInstanceLayerProperties");
    find(made.queue_submit, "vkQueueSubmit");
    find(made.signal_semaphore, "vkSignalSemaphore");
    find(made.wait_semaphores, "vkWaitSemaphores");
    find(made.wait_for_fences, "vkWaitForFences");
    find(made.counter_value, "vkGetSemaphoreCounterValue");
    find(made.fence_status, "vkGetFenceStatus");
    return made;
  }();
  return found;
}

// Shared: what a wait may depend on. Exclusive: a look.
std::shared_mutex& turns() {
  static auto* mutex = new std::shared_mutex;  // never destroyed: threads may outlive main()
  return *mutex;
}

template <class Look>
VkResult look_until(std::uint64_t timeout, Look&& look) {
  constexpr std::uint64_t forever = 3'600'000'000'000;  // an hour; what is longer would overflow the clock
  const auto end = Clock::now() + std::chrono::nanoseconds(std::min(timeout, forever));
  auto pause = std::chrono::microseconds{10};
  for (;;) {
    const bool last = Clock::now() >= end;
    {
      const std::unique_lock turn(turns());
      const VkResult result = look();
      if (result != VK_TIMEOUT || last) return result;
    }
    std::this_thread::sleep_for(std::min<Clock::duration>(pause, std::max(end - Clock::now(), Clock::duration::zero())));
    pause = std::min(pause * 2, std::chrono::microseconds{500});
  }
}

VKAPI_ATTR VkResult VKAPI_CALL queue_submit(VkQueue queue, std::uint32_t count, const VkSubmitInfo* submits, VkFence fence) {
  const std::shared_lock turn(turns());
  return loader().queue_submit(queue, count, submits, fence);
}
VKAPI_ATTR VkResult VKAPI_CALL signal_semaphore(VkDevice device, const VkSemaphoreSignalInfo* info) {
  const std::shared_lock turn(turns());
  return loader().signal_semaphore(device, info);
}
VKAPI_ATTR VkResult VKAPI_CALL wait_semaphores(VkDevice device, const VkSemaphoreWaitInfo* info, std::uint64_t timeout) {
  return look_until(timeout, [&] { return loader().wait_semaphores(device, info, 0); });
}
VKAPI_ATTR VkResult VKAPI_CALL wait_for_fences(VkDevice device, std::uint32_t count, const VkFence* fences, VkBool32 all,
                                               std::uint64_t timeout) {
  return look_until(timeout, [&] { return loader().wait_for_fences(device, count, fences, all, 0); });
}
VKAPI_ATTR VkResult VKAPI_CALL counter_value(VkDevice device, VkSemaphore semaphore, std::uint64_t* value) {
  const std::unique_lock turn(turns());
  return loader().counter_value(device, semaphore, value);
}
VKAPI_ATTR VkResult VKAPI_CALL fence_status(VkDevice device, VkFence fence) {
  const std::unique_lock turn(turns());
  return loader().fence_status(device, fence);
}

VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL get_instance_proc_addr(VkInstance instance, const char* name);
VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL get_device_proc_addr(VkDevice device, const char* name);

PFN_vkVoidFunction replacement(std::string_view name) {
  struct Entry {
    std::string_view name;
    PFN_vkVoidFunction function;
  };
  const auto entry = [](std::string_view of, auto* function) { return Entry{of, reinterpret_cast<PFN_vkVoidFunction>(function)}; };
  static const Entry entries[] = {
      entry("vkGetInstanceProcAddr", &get_instance_proc_addr),
      entry("vkGetDeviceProcAddr", &get_device_proc_addr),
      entry("vkQueueSubmit", &queue_submit),
      entry("vkSignalSemaphore", &signal_semaphore),
      entry("vkWaitSemaphores", &wait_semaphores),
      entry("vkWaitForFences", &wait_for_fences),
      entry("vkGetSemaphoreCounterValue", &counter_value),
      entry("vkGetFenceStatus", &fence_status),
  };
  const auto* at = std::find_if(std::begin(entries), std::end(entries), [&](const Entry& e) { return e.name == name; });
  return at != std::end(entries) ? at->function : nullptr;
}

// Only what is there is replaced: a function that the driver lacks stays null.
VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL get_instance_proc_addr(VkInstance instance, const char* name) {
  const auto real = loader().get_instance_proc_addr(instance, name);
  const auto ours = real != nullptr ? replacement(name) : nullptr;
  return ours != nullptr ? ours : real;
}
VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL get_device_proc_addr(VkDevice device, const char* name) {
  const auto real = loader().get_device_proc_addr(device, name);
  const auto ours = real != nullptr ? replacement(name) : nullptr;
  return ours != nullptr ? ours : real;
}

bool layer_needs_turns() {
  if (!loader().complete()) return false;
  std::uint32_t count = 0;
  if (loader().layers(&count, nullptr) != VK_SUCCESS) return false;
  std::vector<VkLayerProperties> layers(count);
  if (loader().layers(&count, layers.data()) < VK_SUCCESS) return false;
  layers.resize(std::min<std::size_t>(layers.size(), count));
  return std::any_of(layers.begin(), layers.end(), [](const VkLayerProperties& layer) {
    return std::strcmp(layer.layerName, "VK_LAYER_KHRONOS_validation") == 0 && layer.specVersion < repaired;
  });
}

}  // namespace

PFN_vkGetInstanceProcAddr loader_for_validation() {
  static const bool needed = layer_needs_turns();
  return needed ? &get_instance_proc_addr : nullptr;
}

}  // namespace geyser::test

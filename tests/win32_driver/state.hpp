// What the driver knows of the program's objects, and the functions of the real driver below it.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "win32_driver/section.hpp"

namespace win32_driver {

/// Counts and prints what a real driver would not take.
void complain(const std::string& what);
/// The result that a test asked the next call of `function` to have.
[[nodiscard]] std::optional<VkResult> injected(const char* function);

inline constexpr auto opaque_memory = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_WIN32_BIT;
inline constexpr auto host_memory = VK_EXTERNAL_MEMORY_HANDLE_TYPE_HOST_ALLOCATION_BIT_EXT;
inline constexpr auto opaque_semaphore = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_WIN32_BIT;

// clang-format off
#define WIN32_DRIVER_INSTANCE_FUNCTIONS(X)                                                                                                \
  X(DestroyInstance)                                                                                                                      \
  X(EnumeratePhysicalDevices)                                                                                                             \
  X(EnumerateDeviceExtensionProperties)                                                                                                   \
  X(GetPhysicalDeviceProperties2)                                                                                                         \
  X(GetPhysicalDeviceImageFormatProperties2) X(GetPhysicalDeviceExternalBufferProperties) X(GetPhysicalDeviceExternalSemaphoreProperties) \
      X(CreateDevice) X(GetDeviceProcAddr)
#define WIN32_DRIVER_DEVICE_FUNCTIONS(X)                                                                                                 \
  X(DestroyDevice)                                                                                                                       \
  X(GetDeviceQueue)                                                                                                                      \
  X(GetDeviceQueue2)                                                                                                                     \
  X(QueueSubmit)                                                                                                                         \
  X(CreateImage) X(DestroyImage) X(CreateBuffer) X(DestroyBuffer) X(AllocateMemory) X(FreeMemory) X(BindImageMemory) X(BindBufferMemory) \
      X(BindImageMemory2) X(BindBufferMemory2) X(CreateSemaphore) X(DestroySemaphore) X(GetSemaphoreCounterValue) X(SignalSemaphore)     \
          X(WaitSemaphores)
// clang-format on

#define WIN32_DRIVER_MEMBER(name) PFN_vk##name name = nullptr;
struct Instance {
  VkInstance handle = VK_NULL_HANDLE;
  WIN32_DRIVER_INSTANCE_FUNCTIONS(WIN32_DRIVER_MEMBER)
};

struct Image {
  ImageKey key;
  bool external = false;  // declared for OPAQUE_WIN32 at creation
};
struct Buffer {
  BufferKey key;
  bool external = false;
};
struct Memory {
  std::optional<Section> section;  // exported or imported memory
  bool exportable = false;
  bool imported = false;
  bool handed_out = false;
  VkImage image = VK_NULL_HANDLE;  // dedicated to
  VkBuffer buffer = VK_NULL_HANDLE;
};

/// A lock without a handle: in libstdc++ over winpthreads a std::mutex that was contended leaves an event behind, and tests count handles.
class Lock {
 public:
  void lock() noexcept { ::AcquireSRWLockExclusive(&lock_); }
  void unlock() noexcept { ::ReleaseSRWLockExclusive(&lock_); }

 private:
  SRWLOCK lock_ = SRWLOCK_INIT;
};

/// Below every semaphore is a timeline of the real driver; a binary one waits for and signals numbered tickets of it.
struct Semaphore {
  VkSemaphore handle = VK_NULL_HANDLE;
  bool timeline = false;
  bool exportable = false;
  bool handed_out = false;
  std::optional<Section> section;  // shared with other processes or devices
  Lock mutex;                      // raising the real counter
  std::uint64_t signals = 0;       // binary and not shared
  std::uint64_t waits = 0;
  std::uint32_t in_flight = 0;  // signals that a Relay waits for, under its mutex
  [[nodiscard]] SemaphorePayload* payload() const noexcept {
    return section ? reinterpret_cast<SemaphorePayload*>(section->data()) : nullptr;
  }
};

struct Device;

/// Watches one queue: when a submit has signalled a shared semaphore, the others hear of it. Submits of one queue signal in their order.
class Relay {
 public:
  Relay(Device& device);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;
  void expect(std::shared_ptr<Semaphore> semaphore, std::uint64_t value);
  /// Waits until nothing of `semaphore` is expected any more; false after some seconds.
  [[nodiscard]] bool drain(Semaphore& semaphore);

 private:
  void run();
  Device& device_;
  std::mutex mutex_;
  std::condition_variable changed_;
  struct Item {
    std::shared_ptr<Semaphore> semaphore;
    std::uint64_t value;
  };
  std::vector<Item> items_;
  bool stop_ = false;
  std::thread thread_;
};

/// Hears of shared semaphores that others signalled, and raises the real ones of this device.
class Listener {
 public:
  explicit Listener(Device& device);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }

 private:
  void run();
  Device& device_;
  std::uint64_t id_ = 0;
  UniqueHandle event_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

struct Device {
  VkDevice handle = VK_NULL_HANDLE;
  WIN32_DRIVER_DEVICE_FUNCTIONS(WIN32_DRIVER_MEMBER)
  PFN_vkGetDeviceProcAddr next = nullptr;
  Id device_id{};
  Id driver_id{};
  bool memory_win32 = false;
  bool semaphore_win32 = false;

  std::mutex mutex;  // guards the maps
  std::unordered_map<VkImage, Image> images;
  std::unordered_map<VkBuffer, Buffer> buffers;
  std::unordered_map<VkDeviceMemory, Memory> memories;
  std::unordered_map<VkSemaphore, std::shared_ptr<Semaphore>> semaphores;
  std::unordered_map<VkQueue, std::unique_ptr<Relay>> relays;
  std::unique_ptr<Listener> listener;

  [[nodiscard]] std::shared_ptr<Semaphore> semaphore(VkSemaphore handle);
};
#undef WIN32_DRIVER_MEMBER

/// Raises the real counter to what others signalled.
void pull(Device& device, Semaphore& semaphore);

// Objects of handles; null for handles that did not come from this driver.
[[nodiscard]] Instance* instance_of(VkInstance handle);
[[nodiscard]] Instance* instance_of(VkPhysicalDevice handle);
[[nodiscard]] Device* device_of(VkDevice handle);
[[nodiscard]] Device* device_of(VkQueue handle);
void remember(std::unique_ptr<Instance> instance);
void remember(VkPhysicalDevice physical_device, VkInstance instance);
void remember(std::unique_ptr<Device> device);
void remember(VkQueue queue, VkDevice device);
/// Takes the object out of the driver's books.
[[nodiscard]] std::unique_ptr<Instance> forget(VkInstance handle);
[[nodiscard]] std::unique_ptr<Device> forget(VkDevice handle);

/// vkGetInstanceProcAddr of the real loader.
[[nodiscard]] PFN_vkGetInstanceProcAddr real_get_instance_proc_addr();

}  // namespace win32_driver

// The driver's one state and the guard that every entry point starts with.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "objects.hpp"

namespace fake_vulkan {

struct Injection {
  bool armed = false;
  std::string function;  // empty: any fallible call
  std::uint64_t remaining = 0;
  VkResult result = VK_SUCCESS;
  bool forever = false;
  bool any_thread = false;
  std::thread::id thread;
};

struct State {
  std::mutex mutex;
  std::condition_variable changed;
  std::shared_ptr<const Config> config = std::make_shared<Config>();
  std::map<Id, std::unique_ptr<Object>> objects;
  std::map<Id, const char*> dead;
  Id next_id = 1;
  std::vector<std::string> violations;
  std::map<std::string, std::uint64_t, std::less<>> calls;
  std::map<std::thread::id, std::vector<std::string>> fallible;
  Injection injection;
  std::string injected;
  bool held = false;
  std::size_t owned_fds = 0;
  std::map<std::uint64_t, std::weak_ptr<SharedLayouts>> layouts;  // by inode
  std::function<void(const char*)> queue_hook;
};
[[nodiscard]] State& state();

template <class Handle>
[[nodiscard]] Id id_of(Handle handle) {
  return reinterpret_cast<Id>(handle);
}
template <class Handle>
[[nodiscard]] Handle handle_of(const Object& object) {
  return reinterpret_cast<Handle>(object.id);
}

/// Records misuse; the caller holds the lock. Consecutive duplicates are kept once.
template <class... Parts>
void violate(const char* function, const Parts&... parts) {
  std::ostringstream out;
  out << function << ": ";
  (out << ... << parts);
  std::string line = std::move(out).str();
  auto& all = state().violations;
  if (all.empty() || all.back() != line) all.push_back(std::move(line));
}

/// The object of that id, or null. Quiet.
template <class T>
[[nodiscard]] T* peek(Id id) {
  const auto found = state().objects.find(id);
  return found == state().objects.end() ? nullptr : dynamic_cast<T*>(found->second.get());
}
/// The object of that id, or null with a violation recorded.
void report_bad_handle(const char* function, const char* type, Id id);
template <class T>
[[nodiscard]] T* lookup(const char* function, Id id) {
  T* object = peek<T>(id);
  if (object == nullptr) report_bad_handle(function, T::name, id);
  return object;
}
template <class T>
T& add(std::unique_ptr<T> object, Id parent) {
  State& s = state();
  // Not a canonical address, so that whoever takes a handle for a pointer crashes at once.
  object->id = (Id{0xFA4E} << 48U) | (s.next_id++ << 4U);
  object->type = T::name;
  object->parent = parent;
  T& reference = *object;
  s.objects.emplace(reference.id, std::move(object));
  return reference;
}
template <class T>
T& add(Id parent) {
  return add(std::make_unique<T>(), parent);
}
/// Removes an object; a violation when a pending submit uses it.
void remove(const char* function, Object& object);

/// Starts every entry point: takes the lock, counts the call, lets pending submits go on.
class Call {
 public:
  explicit Call(const char* function);
  /// For a function of a device: finds it and checks that its extension or version is enabled. device() is null when the handle is bad.
  Call(const char* function, VkDevice device);
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call();

  [[nodiscard]] Device* device() const { return device_; }
  [[nodiscard]] const char* function() const { return function_; }
  template <class T, class Handle>
  [[nodiscard]] T* get(Handle handle) const {
    T* object = lookup<T>(function_, id_of(handle));
    if (object != nullptr && device_ != nullptr && object->parent != device_->id) violate(function_, T::name, " belongs to another device");
    return object;
  }
  /// VK_SUCCESS, or what this call shall fail with: an injection, or the loss of the device where `can_lose`.
  [[nodiscard]] VkResult fail(bool can_lose = false);
  template <class... Parts>
  void violation(const Parts&... parts) const {
    violate(function_, parts...);
  }
  [[nodiscard]] std::unique_lock<std::mutex>& lock() { return lock_; }

 private:
  std::unique_lock<std::mutex> lock_;
  const char* function_;
  Device* device_ = nullptr;
};

/// Finds a structure in a pNext chain.
template <class T>
[[nodiscard]] const T* find(const void* chain, VkStructureType type) {
  for (auto* item = static_cast<const VkBaseInStructure*>(chain); item != nullptr; item = item->pNext) {
    if (item->sType == type) return reinterpret_cast<const T*>(item);
  }
  return nullptr;
}
template <class T>
[[nodiscard]] T* find(void* chain, VkStructureType type) {
  for (auto* item = static_cast<VkBaseOutStructure*>(chain); item != nullptr; item = item->pNext) {
    if (item->sType == type) return reinterpret_cast<T*>(item);
  }
  return nullptr;
}
/// The two-call idiom of vkEnumerate*.
template <class T>
VkResult enumerate(const std::vector<T>& all, std::uint32_t* count, T* out) {
  const auto available = static_cast<std::uint32_t>(all.size());
  if (out == nullptr) {
    *count = available;
    return VK_SUCCESS;
  }
  const std::uint32_t n = *count < available ? *count : available;
  for (std::uint32_t i = 0; i < n; ++i) out[i] = all[i];
  *count = n;
  return n < available ? VK_INCOMPLETE : VK_SUCCESS;
}

/// Executes what can be executed on every queue. The caller holds the lock.
void progress();
/// Forgets the pending submits of a lost or dying device.
void drop_submits(Device& device);
void mark_lost(Device& device);
[[nodiscard]] std::vector<std::string> device_extensions(const DeviceConfig& config);
/// A descriptor of the driver's own making: what stands in its name, or empty.
[[nodiscard]] std::string memfd_name(int fd);
[[nodiscard]] std::string hex(const UuidBytes& bytes);
/// Signals sync_fds (eventfds) and forgets them.
void fire(std::vector<OwnedFd>& descriptors);
[[nodiscard]] bool sync_fd_signalled(int fd);
/// memfd_create with close-on-exec; -1 without descriptors.
[[nodiscard]] int new_memfd(const std::string& name, std::uint64_t bytes);

struct ImageQuery {
  ImageShape shape;
  VkExternalMemoryHandleTypeFlags handle_type = 0;  // one bit or none
};
struct ImageSupport {
  VkImageFormatProperties properties{};
  VkExternalMemoryProperties external{};
  std::uint32_t memory_planes = 0;
};
/// What vkGetPhysicalDeviceImageFormatProperties2 answers; vkCreateImage holds callers to it.
[[nodiscard]] VkResult image_support(const DeviceConfig& config, const std::set<std::string>& extensions, const ImageQuery& query,
                                     ImageSupport& out);
[[nodiscard]] const ModifierConfig* find_modifier(const DeviceConfig& config, std::uint64_t modifier);

}  // namespace fake_vulkan

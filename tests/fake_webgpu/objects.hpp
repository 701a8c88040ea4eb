// What Dawn's opaque handles point to, and the books about them.
#pragma once

#include <webgpu/webgpu.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "fake_webgpu/fake_dawn.hpp"
#include "geyser/geyser.hpp"
#include "geyser/vulkan.hpp"

namespace fake_dawn {

/// Counted by hand, as Dawn's are; the books know which are alive.
struct Object {
  explicit Object(std::string what);
  virtual ~Object();
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  std::string type;
  int references = 1;
  bool error = false;  // Dawn's error objects: they can be released, and nothing else
};

struct Future {
  bool ready = true;
  bool loss = false;
  WGPUCallbackMode mode = WGPUCallbackMode_WaitAnyOnly;
  std::function<void()> callback;
};

struct State {
  Config config;
  std::map<const void*, Object*> live;
  std::vector<std::string> violations;
  std::vector<std::string> uncaptured;
  struct Scope {
    WGPUErrorFilter filter;
    std::optional<std::pair<WGPUErrorType, std::string>> error;
  };
  std::vector<Scope> scopes;
  std::map<std::uint64_t, Future> futures;
  std::uint64_t next_future = 1;
  std::map<std::string, std::uint64_t, std::less<>> calls;
  std::uint64_t fail_at = 0;  // 0: nothing fails
  std::string fail_name;      // empty: anything
  bool fail_memory = false;
  std::string injected;
  std::optional<std::string> lost;
  bool held = false;
};
[[nodiscard]] State& state();

void violate(const std::string& what);
/// Counts the call.
void called(const char* function);
/// Counts the call; true when this one has to fail. Errors then go to the scopes by error().
[[nodiscard]] bool fails(const char* function);
void error(WGPUErrorType type, const std::string& message);
/// What an injected failure says.
void injected_error(const char* function);
/// A future that is ready at once.
[[nodiscard]] WGPUFuture future_of(WGPUCallbackMode mode, std::function<void()> callback);

/// Checks that a handle is alive and of the type.
template <class T>
T* checked(T* object, const char* function) {
  const auto found = state().live.find(static_cast<const Object*>(object));
  if (found == state().live.end()) {
    violate(std::string(function) + " with an object that is not alive");
    std::abort();
  }
  return object;
}
template <class T>
void add_reference(T* object, const char* function) {
  ++checked(object, function)->references;
}
template <class T>
void drop_reference(T* object, const char* function) {
  if (--checked(object, function)->references == 0) delete object;
}

}  // namespace fake_dawn

struct WGPUInstanceImpl : fake_dawn::Object {
  WGPUInstanceImpl() : Object("instance") {}
};
struct WGPUAdapterImpl : fake_dawn::Object {
  WGPUAdapterImpl() : Object("adapter") {}
};
/// Its own VkDevice of the fake Vulkan driver, by a manager of the library's.
struct WGPUDeviceImpl : fake_dawn::Object {
  WGPUDeviceImpl();
  ~WGPUDeviceImpl() override;
  std::set<WGPUFeatureName> features;
  std::optional<geyser::vulkan::Device> vulkan;
  std::optional<geyser::TextureShareManager> manager;
};
struct WGPUQueueImpl : fake_dawn::Object {
  explicit WGPUQueueImpl(WGPUDevice owner);
  ~WGPUQueueImpl() override;
  WGPUDevice device;
};
struct WGPUSharedFenceImpl : fake_dawn::Object {
  WGPUSharedFenceImpl() : Object("fence") {}
  bool sync_file = false;
  geyser::OsHandle handle;
  bool waited = false;
};
struct WGPUTextureImpl : fake_dawn::Object {
  explicit WGPUTextureImpl(WGPUSharedTextureMemory owner);
  ~WGPUTextureImpl() override;
  WGPUSharedTextureMemory memory;
  WGPUTextureUsage usage = WGPUTextureUsage_None;
  bool destroyed = false;
  bool used_up = false;  // an access of it has ended: a second one gets Dawn's wrong barrier
};
struct WGPUSharedTextureMemoryImpl : fake_dawn::Object {
  explicit WGPUSharedTextureMemoryImpl(WGPUDevice owner);
  ~WGPUSharedTextureMemoryImpl() override;
  WGPUDevice device;
  std::optional<geyser::SharedTexture> texture;
  WGPUTextureFormat format = WGPUTextureFormat_Undefined;
  struct Access {
    WGPUTexture texture = nullptr;
    std::vector<WGPUSharedFence> fences;  // references
    bool initialized = false;
    bool used = false;
    bool written = false;
    std::vector<std::byte> pixels;
  };
  std::optional<Access> access;
  bool poisoned = false;
};
struct WGPUBufferImpl : fake_dawn::Object {
  WGPUBufferImpl() : Object("buffer") {}
  std::vector<std::byte> bytes;
  bool mapped = false;
};
struct WGPUCommandEncoderImpl : fake_dawn::Object {
  WGPUCommandEncoderImpl() : Object("command encoder") {}
  ~WGPUCommandEncoderImpl() override;
  struct Copy {
    WGPUTexture texture;  // reference
    WGPUBuffer buffer;    // reference
    WGPUTexelCopyTextureInfo from;
    WGPUTexelCopyBufferInfo to;
    WGPUExtent3D extent;
  };
  std::vector<Copy> copies;
};
struct WGPUCommandBufferImpl : fake_dawn::Object {
  WGPUCommandBufferImpl() : Object("command buffer") {}
  ~WGPUCommandBufferImpl() override;
  std::vector<WGPUCommandEncoderImpl::Copy> copies;
};

namespace fake_dawn {

/// Starts using the texture's memory: waits for the access's fences. False, with an error, when there is no access.
[[nodiscard]] bool use(WGPUTexture texture, const char* function);
[[nodiscard]] WGPUProc memory_function(std::string_view name);
[[nodiscard]] WGPUProc device_function(std::string_view name);
[[nodiscard]] WGPUProc queue_function(std::string_view name);

}  // namespace fake_dawn

/// A row of a table of functions; the type is checked.
#define FAKE_DAWN_FUNCTION(name, function) \
  if (wanted == "wgpu" #name) return reinterpret_cast<WGPUProc>(static_cast<WGPUProc##name>(function))

// What the fake's native pointers point to.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <variant>

#include "backends/metal/metal_api.hpp"
#include "fake_metal.hpp"

namespace fake_metal {

namespace api = geyser::metal::api;

[[noreturn]] void misuse(const std::string& what);
/// Counts the call; true when a test wants it to fail.
[[nodiscard]] bool should_fail(const char* function);

/// Counted by type as long as it lives.
class Object {
 public:
  explicit Object(const char* type);
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  virtual ~Object();
  void retain() noexcept { references_.fetch_add(1); }
  void release() noexcept {
    if (references_.fetch_sub(1) == 1) delete this;
  }

 private:
  std::atomic<int> references_{1};
  const char* type_;
};

/// Owns one reference.
template <class T>
class Ref {
 public:
  Ref() noexcept = default;
  [[nodiscard]] static Ref take(T* object) noexcept { return Ref(object); }
  [[nodiscard]] static Ref share(T* object) noexcept {
    if (object != nullptr) object->retain();
    return Ref(object);
  }
  Ref(const Ref& other) noexcept : Ref(share(other.object_)) {}
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() {
    if (object_ != nullptr) object_->release();
  }
  [[nodiscard]] T* get() const noexcept { return object_; }
  T* operator->() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }
  [[nodiscard]] T* give() noexcept { return std::exchange(object_, nullptr); }

 private:
  explicit Ref(T* object) noexcept : object_(object) {}
  T* object_ = nullptr;
};

/// The object of type T behind a native pointer. Null when it is another type's.
template <class T>
[[nodiscard]] T* as(void* native) noexcept {
  return dynamic_cast<T*>(static_cast<Object*>(native));
}

class DeviceObject final : public Object {
 public:
  explicit DeviceObject(DeviceConfig c) : Object("device"), config(std::move(c)) {}
  DeviceConfig config;
};

/// In a memory file, which is what its ports are: a page that says what it is, then the bytes.
class SurfaceObject final : public Object {
 public:
  struct Header;
  static constexpr std::size_t header_bytes = 4096;
  /// Errors: null when it cannot be had.
  static Ref<SurfaceObject> create(const api::SurfaceShape& shape);
  static Ref<SurfaceObject> open(int fd);
  ~SurfaceObject() override;
  [[nodiscard]] const api::SurfaceShape& shape() const noexcept;
  [[nodiscard]] std::byte* bytes() const noexcept { return memory_ + header_bytes; }
  [[nodiscard]] int fd() const noexcept { return fd_; }
  void lock(bool for_writing);
  void unlock(bool for_writing);
  [[nodiscard]] bool locked_here() const noexcept { return locks_.load() > 0; }
  /// A use by the GPU: counted as a violation when any process holds a lock that excludes it.
  void used_by_gpu(bool writes) const;

 private:
  SurfaceObject(int fd, std::byte* memory, std::size_t bytes) : Object("surface"), fd_(fd), memory_(memory), bytes_(bytes) {}
  [[nodiscard]] Header& header() const noexcept;
  int fd_;
  std::byte* memory_;
  std::size_t bytes_;
  std::atomic<int> locks_{0};
};

class TextureObject final : public Object {
 public:
  TextureObject(Ref<DeviceObject> device, const api::TextureShape& shape);  // private
  TextureObject(Ref<DeviceObject> device, const api::TextureShape& shape, Ref<SurfaceObject> surface, std::uint32_t plane);
  /// One level, slice and aspect (0 and 1; 1 is stencil).
  struct Place {
    std::byte* bytes = nullptr;
    std::uint64_t row_pitch = 0;
    std::uint64_t image_pitch = 0;
    std::uint32_t block_width = 1, block_height = 1, block_bytes = 1;
    std::uint32_t width = 0, height = 0, depth = 1;
  };
  [[nodiscard]] Place place(std::uint32_t level, std::uint32_t slice, std::uint32_t aspect);
  void used_by_gpu(bool writes) const {
    if (surface.get() != nullptr) surface->used_by_gpu(writes);
  }

  Ref<DeviceObject> device;
  api::TextureShape shape;
  Ref<SurfaceObject> surface;
  std::uint32_t plane = 0;

 private:
  std::vector<std::vector<std::byte>> storage_;  // by level, slice, aspect
};

class BufferObject final : public Object {
 public:
  explicit BufferObject(std::size_t size) : Object("buffer"), bytes(size) {}
  std::vector<std::byte> bytes;
};

/// Several event objects, one for each importer, can have one counter.
struct Counter {
  std::uint64_t value = 0;  // guarded by the GPU's mutex
  std::vector<std::pair<std::uint64_t, std::function<void()>>> listeners;
};
class EventObject final : public Object {
 public:
  explicit EventObject(std::shared_ptr<Counter> c) : Object("event"), counter(std::move(c)) {}
  std::shared_ptr<Counter> counter;
};
/// MTLSharedEventHandle, MTLSharedTextureHandle.
class SharedHandle final : public Object {
 public:
  SharedHandle() : Object("shared handle") {}
  std::shared_ptr<Counter> counter;
  Ref<TextureObject> texture;
};

class QueueObject final : public Object {
 public:
  explicit QueueObject(Ref<DeviceObject> d);
  ~QueueObject() override;
  Ref<DeviceObject> device;
};

struct WaitCommand {
  std::shared_ptr<Counter> counter;
  std::uint64_t value;
};
struct SignalCommand {
  std::shared_ptr<Counter> counter;
  std::uint64_t value;
};
using Command = std::variant<WaitCommand, SignalCommand, std::function<void()>>;

class CommandBufferObject final : public Object {
 public:
  explicit CommandBufferObject(Ref<QueueObject> q) : Object("command buffer"), queue(std::move(q)) {}
  Ref<QueueObject> queue;
  // Guarded by the GPU's mutex once committed.
  std::vector<Command> commands;
  std::size_t next = 0;
  std::vector<std::function<void(const api::Completion&)>> handlers;
  std::chrono::steady_clock::time_point not_before;
  bool committed = false;
  bool completed = false;
};

// gpu.cpp
[[nodiscard]] std::uint64_t counter_value(Counter& counter);
void set_counter(Counter& counter, std::uint64_t value);
void listen(const std::shared_ptr<Counter>& counter, std::uint64_t value, std::function<void()> reached);
void encode(CommandBufferObject& buffer, Command command);
void commit(CommandBufferObject& buffer);
[[nodiscard]] bool is_committed(CommandBufferObject& buffer);
/// Forgets a queue's work is done: its objects are released.
void reset_gpu();
// control.cpp
[[nodiscard]] std::vector<Ref<DeviceObject>> all_device_objects();
void count_violation();

}  // namespace fake_metal

// The driver's state: objects by handle, streams, injection. Everything is guarded by one lock.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "backends/cuda/driver_api.hpp"
#include "fake_cuda.hpp"

namespace fake_cuda {

namespace api = geyser::cuda::api;
using api::Status;

using Id = std::uint64_t;

/// Ends the program with a message: what a real driver would not survive, or would not notice.
[[noreturn]] void misuse(std::string_view function, std::string_view what);

/// A descriptor, closed with the object.
class OwnedFd {
 public:
  explicit OwnedFd(int fd = -1) noexcept : fd_(fd) {}
  OwnedFd(OwnedFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  OwnedFd& operator=(OwnedFd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  OwnedFd(const OwnedFd&) = delete;
  OwnedFd& operator=(const OwnedFd&) = delete;
  ~OwnedFd();
  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  int fd_;
};
/// A mapping, unmapped with the object.
class Mapping {
 public:
  Mapping() = default;
  static std::optional<Mapping> of(int fd, std::uint64_t bytes);
  Mapping(Mapping&& other) noexcept : data_(std::exchange(other.data_, nullptr)), bytes_(other.bytes_) {}
  Mapping& operator=(Mapping&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping();
  [[nodiscard]] std::byte* data() const noexcept { return data_; }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

 private:
  std::byte* data_ = nullptr;
  std::uint64_t bytes_ = 0;
};

struct Object {
  virtual ~Object() = default;
  const char* type = "";
  Id context = 0;  // 0: lives in none
};
struct ContextObject : Object {
  int device = 0;
  bool primary = false;
  Id default_stream = 0;
  std::set<Id> peers;  // contexts whose memory it may use
};
struct StreamObject : Object {
  /// Each runs once it answers true; the next ones wait for it.
  std::deque<std::function<bool()>> work;
  bool destroyed = false;
};
struct EventObject : Object {
  std::uint64_t recorded = 0;  // how often it was recorded, and up to which record it has happened
  std::uint64_t happened = 0;
};
struct SemaphorePage {
  std::uint64_t value;
  std::int64_t promised;
};
struct SemaphoreObject : Object {
  Mapping page;
  bool timeline = false;
  std::size_t outstanding = 0;  // waits and signals in streams
  [[nodiscard]] SemaphorePage& shared() const { return *reinterpret_cast<SemaphorePage*>(page.data()); }
};
struct ExternalMemoryObject : Object {
  Mapping file;
  std::uint64_t offset = 0;  // of the memory in the file
  std::uint64_t size = 0;
  [[nodiscard]] std::byte* bytes() const { return file.data() + offset; }
};
struct ArrayLevel {
  std::byte* data = nullptr;
  std::uint64_t row_pitch = 0;
  std::uint64_t slice_pitch = 0;  // from a slice or layer to the next
  std::uint64_t width = 0;        // blocks
  std::uint64_t height = 0;       // blocks
  std::uint64_t depth = 0;        // slices or layers
  std::uint64_t block_bytes = 0;
};
struct ArrayObject : Object {
  ArrayLevel level;
  unsigned flags = 0;
  Id owner = 0;  // the mipmapped array, or 0
};
struct MipmappedObject : Object {
  std::vector<ArrayLevel> levels;
  std::vector<Id> arrays;  // of the levels that were asked for, else 0
  api::ArrayDescriptor descriptor{};
  Id memory = 0;
  std::size_t views = 0;  // texture objects
};
/// A range of addresses that the device may use.
struct RangeObject : Object {
  std::uint64_t size = 0;
  bool readable = true;
  bool writable = true;
  Id memory = 0;               // a buffer of that external memory
  std::vector<std::byte> own;  // of cuMemAlloc
};
struct AllocationObject : Object {  // cuMemCreate
  OwnedFd file;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  bool exportable = false;
};
struct ReservationObject : Object {  // cuMemAddressReserve; its id is the address
  std::uint64_t size = 0;
  std::uint64_t mapped = 0;  // bytes
  bool accessible = false;
  std::set<int> others;  // devices besides its own that may use it
};
struct HostObject : Object {  // cuMemHostRegister; its id is the address
  std::uint64_t size = 0;
  bool device_map = false;
  bool read_only = false;
};
struct ViewObject : Object {  // texture and surface objects
  Id array = 0;
  Id mipmapped = 0;
  ObjectInfo info;
};

struct State {
  std::mutex mutex;
  std::condition_variable changed;
  Config config;
  bool initialised = false;
  bool ended = false;
  bool held = false;
  std::set<int> held_devices;
  bool gate_open = true;
  std::map<Id, std::shared_ptr<Object>> objects;
  std::set<Id> gone;  // handles that were valid once
  Id next = 0x1000;
  std::map<int, std::pair<Id, int>> primaries;  // device: context, references
  std::map<std::string, std::uint64_t, std::less<>> calls;
  std::string fail_function;
  std::uint64_t fail_nth = 0;
  bool fail_forever = false;
  int fail_status = 0;
  std::string injected;
  std::thread worker;
  bool stop_worker = false;
};
[[nodiscard]] State& state();
/// The calling thread's stack of current contexts.
[[nodiscard]] std::vector<Id>& current_stack();

/// Holds the lock for one call of the driver, counts it, and says whether it is to fail.
class Call {
 public:
  enum class Kind { fallible, freeing, query };
  explicit Call(const char* function, Kind kind = Kind::fallible);
  /// What the call must answer at once: injected failures, a driver that is not there any more, no context.
  [[nodiscard]] std::optional<Status> refusal(bool needs_context = true) const;
  [[nodiscard]] const char* function() const noexcept { return function_; }
  [[nodiscard]] Id context() const { return current_stack().empty() ? 0 : current_stack().back(); }
  [[nodiscard]] const DeviceConfig& device() const;
  [[nodiscard]] int ordinal() const;

  template <class T>
  [[nodiscard]] std::shared_ptr<T> make(const char* type, Id* id) {
    auto object = std::make_shared<T>();
    object->type = type;
    object->context = context();
    if (*id == 0) *id = state().next += 0x10;
    state().objects[*id] = object;
    state().gone.erase(*id);
    return object;
  }
  /// The object; aborts when there is none of that type.
  template <class T, class Handle>
  [[nodiscard]] std::shared_ptr<T> get(Handle handle) const {
    return get<T>(handle, context());
  }
  /// The same of the context `where`, or of any (0).
  template <class T, class Handle>
  [[nodiscard]] std::shared_ptr<T> get(Handle handle, Id where) const {
    const Id id = (Id)handle;  // NOLINT: pointers and integers alike
    const auto found = state().objects.find(id);
    if (found == state().objects.end()) misuse(function_, state().gone.count(id) != 0 ? "use after free" : "a handle that never was one");
    auto object = std::dynamic_pointer_cast<T>(found->second);
    if (!object) misuse(function_, "a handle of another type");
    if (object->context != 0 && where != 0 && object->context != where) misuse(function_, "a handle of another context");
    return object;
  }
  template <class Handle>
  void drop(Handle handle) {
    state().objects.erase((Id)handle);  // NOLINT
    state().gone.insert((Id)handle);    // NOLINT
  }

 private:
  std::unique_lock<std::mutex> lock_;
  const char* function_;
  bool injected_ = false;
};

/// The stream of a handle; null is the context's default stream.
[[nodiscard]] std::shared_ptr<StreamObject> stream_of(const Call& call, api::Stream stream);
/// Puts work into a stream, and runs what can run unless the driver has a thread for that. The lock is held.
void enqueue(StreamObject& stream, std::function<bool()> work);
/// Runs what can run. The lock is held.
bool run_streams();
/// A context, and its default stream. The lock is held.
[[nodiscard]] Id new_context(int ordinal, bool primary);
/// Destroys a context with all that lives in it. The lock is held.
void destroy(Id context);
/// Where `bytes` bytes from `address` on are, when the device may use them so.
[[nodiscard]] std::byte* accessible(Id context, std::uint64_t address, std::uint64_t bytes, bool write);
[[nodiscard]] std::string file_name(int fd);
[[nodiscard]] int new_file(const std::string& name, std::uint64_t bytes);

}  // namespace fake_cuda

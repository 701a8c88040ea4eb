// What a backend implements. The front (manager.cpp, shared_texture.cpp) validates every argument, keeps the access state and
// compares devices; a backend may assume that what it is given is valid and its own.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/access_state.hpp"
#include "geyser/manager.hpp"
#include "platform/internal_api.hpp"

namespace geyser::detail {

class Backend;

/// The shared part of a semaphore; a backend derives from it and keeps its native object there.
class GEYSER_INTERNAL_API SemaphoreContents {
 public:
  SemaphoreContents(std::shared_ptr<Backend> backend, SemaphoreKind kind, bool imported) noexcept
      : backend_(std::move(backend)), kind_(kind), imported_(imported) {}
  SemaphoreContents(const SemaphoreContents&) = delete;
  SemaphoreContents& operator=(const SemaphoreContents&) = delete;
  virtual ~SemaphoreContents() = default;

  /// Timelines only (the front checks).
  virtual Result<std::uint64_t> value() = 0;
  /// Timelines only, and only upwards (the front checks).
  virtual Result<void> signal(std::uint64_t value) = 0;
  /// Bounded. Binary: value is 1; consumes the signal.
  virtual Result<void> wait(std::uint64_t value, std::chrono::nanoseconds timeout) = 0;

  /// An access that signals `value` has ended, so the submit that does it has been made.
  virtual void submitted(std::uint64_t /*value*/) noexcept {}

  [[nodiscard]] const std::shared_ptr<Backend>& backend() const noexcept { return backend_; }
  [[nodiscard]] SemaphoreKind kind() const noexcept { return kind_; }
  [[nodiscard]] bool imported() const noexcept { return imported_; }

  // Binary only: a signal has been submitted and nobody has waited for it or exported it yet. sync_fd export needs one.
  std::atomic<bool> signal_pending{false};

 private:
  std::shared_ptr<Backend> backend_;
  SemaphoreKind kind_;
  bool imported_;
};

/// The shared part of a texture. Destroying it frees the native object; nobody uses it any more at that point.
class GEYSER_INTERNAL_API TextureContents {
 public:
  struct Init {
    TextureDescriptor descriptor;
    MemoryHandleType handle_type = MemoryHandleType::none;
    bool imported = false;
    std::uint64_t allocated_bytes = 0;
    std::uint64_t required_bytes = 0;
  };
  TextureContents(std::shared_ptr<Backend> backend, Init init) : backend_(std::move(backend)), init_(std::move(init)) {}
  TextureContents(const TextureContents&) = delete;
  TextureContents& operator=(const TextureContents&) = delete;
  virtual ~TextureContents() = default;

  /// An access of this texture that the backend acquired (Private::acquired) ended, or was destroyed, without being released. Any thread.
  virtual void left_acquired() noexcept {}

  [[nodiscard]] const std::shared_ptr<Backend>& backend() const noexcept { return backend_; }
  [[nodiscard]] const TextureDescriptor& descriptor() const noexcept { return init_.descriptor; }
  [[nodiscard]] MemoryHandleType handle_type() const noexcept { return init_.handle_type; }
  [[nodiscard]] bool imported() const noexcept { return init_.imported; }
  [[nodiscard]] std::uint64_t allocated_bytes() const noexcept { return init_.allocated_bytes; }
  [[nodiscard]] std::uint64_t required_bytes() const noexcept { return init_.required_bytes; }

  // The front's own; a backend does not touch these.
  std::mutex mutex;
  AccessState access;                 // guarded by mutex
  TextureState state;                 // guarded by mutex
  SyncPointList own_signals;          // timeline points of this side's ended accesses; freeing waits for them; guarded by mutex
  SharedSemaphore ready;              // guarded by mutex
  std::uint64_t ready_signalled = 0;  // newest value that signal_texture_ready or an access promised; guarded by mutex
  std::uint64_t ready_waited = 0;     // newest value that wait_for_texture saw; guarded by mutex

 private:
  std::shared_ptr<Backend> backend_;
  Init init_;
};

/// What the PCI bus, and APIs without UUIDs (WebGPU), know a device by.
struct DeviceNumbers {
  std::uint32_t vendor = 0;
  std::uint32_t device = 0;
  friend constexpr bool operator==(const DeviceNumbers&, const DeviceNumbers&) = default;
};

/// One device. `std::shared_ptr<Backend>` is what textures and semaphores keep alive.
class GEYSER_INTERNAL_API Backend : public std::enable_shared_from_this<Backend> {
 public:
  explicit Backend(std::string_view name) noexcept : name_(name) {}
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;
  virtual ~Backend() = default;

  [[nodiscard]] std::string_view name() const noexcept { return name_; }
  /// Copies, imports and exports work only in the thread where the API's context is current (OpenGL). Destroying, and the host's side of
  /// timelines, work in every thread all the same.
  [[nodiscard]] virtual bool thread_bound() const noexcept { return false; }
  [[nodiscard]] virtual const Capabilities& capabilities() const noexcept = 0;
  /// One entry per memory handle type of capabilities(), in that order.
  virtual Result<std::vector<FormatSupport>> format_support(const TextureDescriptor& descriptor) = 0;

  /// `options.handle_type` empty: the best that can be exported. Checks the device's limits itself (format_support helps).
  virtual Result<std::shared_ptr<TextureContents>> allocate(const TextureDescriptor& descriptor, const CreateOptions& options) = 0;
  /// Fills `info` (all but initialized and layout) and the OS handles.
  virtual Result<TextureHandle> export_memory(const TextureContents& texture) = 0;
  /// Same device as the exporter and a valid handle (the front checked). Takes the OS handles out of `handle` only on success.
  virtual Result<std::shared_ptr<TextureContents>> import_memory(TextureHandle& handle) = 0;

  /// `kind` is set. Errors: unsupported_feature.
  virtual Result<std::shared_ptr<SemaphoreContents>> create_semaphore(SemaphoreKind kind, std::uint64_t initial_value) = 0;
  virtual Result<SemaphoreHandle> export_semaphore(SemaphoreContents& semaphore, SemaphoreHandleType type) = 0;
  /// Takes the OS handle out of `handle` only on success.
  virtual Result<std::shared_ptr<SemaphoreContents>> import_semaphore(SemaphoreHandle& handle) = 0;

  /// Signals `value` behind everything submitted to the manager's queue so far.
  virtual Result<void> signal_on_queue(SemaphoreContents& semaphore, std::uint64_t value) = 0;
  /// Copy with an access that the front opened and will end. Waits for the access's points, copies, and returns when the copy is complete;
  /// signals access.signal() if set. `layout` describes `bytes`.
  virtual Result<void> copy_in(TextureContents& texture, const TextureRegion& region, const RegionLayout& layout,
                               std::span<const std::byte> bytes, geyser::Access& access) = 0;
  virtual Result<void> copy_out(TextureContents& texture, const TextureRegion& region, const RegionLayout& layout,
                                std::span<std::byte> bytes, geyser::Access& access) = 0;
  /// With an access that the front opened and will end, for backends that have this one as their partner: waits on the queue for the
  /// access's points, takes the texture over from state().layout, gives it away in `layout`, and signals access.signal() if set. No copy,
  /// and no wait on the host. Content that is not initialized is passed on as it is. Errors: unsupported_feature where the API has none of
  /// this; device_lost, out_of_memory.
  virtual Result<void> pass_on(TextureContents& texture, geyser::Access& access, TextureLayout layout);
  [[nodiscard]] virtual bool passes_on() const noexcept { return false; }
  /// Empty where the API does not tell.
  [[nodiscard]] virtual std::optional<DeviceNumbers> numbers() const noexcept { return std::nullopt; }

  /// The device is of no use any more, and `why` (device_lost) says what did that: from now on alive() answers it. The first cause counts.
  /// Any thread.
  void lose(Error why) noexcept;
  /// What every call of the front asks before it goes on to the device. Any thread.
  [[nodiscard]] Result<void> alive() const {
    if (!lost_.load(std::memory_order_acquire)) return {};
    return why_->clone();
  }

  /// Public managers of this backend; parked textures are freed with the last one.
  std::atomic<int> managers{0};
  /// Textures whose last access never signalled; freed with the last manager.
  void park(std::shared_ptr<TextureContents> texture);
  /// Frees parked textures whose points are reached by now; `last` waits a moment and logs those that are not.
  void reap(bool last) noexcept;

 private:
  std::string_view name_;
  std::mutex lost_mutex_;
  std::optional<Error> why_;  // never changed once lost_ is set
  std::atomic<bool> lost_{false};
  std::mutex parked_mutex_;
  std::vector<std::shared_ptr<TextureContents>> parked_;
};

/// Opens an access as SharedTexture::begin_read/begin_write do.
[[nodiscard]] GEYSER_INTERNAL_API Result<geyser::Access> begin_access(const std::shared_ptr<TextureContents>& texture, AccessMode mode,
                                                                      const AccessInfo& info);
/// Closes an access whose work was never submitted and puts back the state that was there before it. No log.
GEYSER_INTERNAL_API void cancel_access(geyser::Access&& access, TextureState before) noexcept;

/// Copies bytes in or out within an access that is open already, and waits for them; the access's own signal stays unused. Later copies and
/// uses of the same access find the content and do not wait again. Errors: as TextureShareManager::upload() and read_back(); the access
/// stays open.
[[nodiscard]] GEYSER_INTERNAL_API Result<void> copy_into(geyser::Access& access, const TextureRegion& region,
                                                         std::span<const std::byte> bytes);
[[nodiscard]] GEYSER_INTERNAL_API Result<void> copy_from(geyser::Access& access, const TextureRegion& region, std::span<std::byte> bytes);

/// The one friend of the public classes.
struct Private {
  static SharedSemaphore make(std::shared_ptr<SemaphoreContents> contents) noexcept { return SharedSemaphore(std::move(contents)); }
  /// The texture is retired (shared_texture.cpp) when the last public owner of the result is gone. Throws bad_alloc.
  static SharedTexture make(std::shared_ptr<TextureContents> contents);
  static TextureShareManager make(std::shared_ptr<Backend> backend) noexcept { return TextureShareManager(std::move(backend)); }
  static SemaphoreContents* contents(const SharedSemaphore& s) noexcept { return s.contents_.get(); }
  static const std::shared_ptr<SemaphoreContents>& shared(const SharedSemaphore& s) noexcept { return s.contents_; }
  static TextureContents* contents(const SharedTexture& t) noexcept { return t.contents_.get(); }
  static const std::shared_ptr<TextureContents>& shared(const SharedTexture& t) noexcept { return t.contents_; }
  static TextureContents* contents(const geyser::Access& a) noexcept { return a.contents_.get(); }
  static Backend* backend(const TextureShareManager& m) noexcept { return m.backend_.get(); }
  static const std::shared_ptr<Backend>& shared(const TextureShareManager& m) noexcept { return m.backend_; }
  static bool& acquired(geyser::Access& a) noexcept { return a.acquired_; }
  static TextureLayout& released(geyser::Access& a) noexcept { return a.released_; }
  /// False: end() leaves the texture not initialized, because nothing was written to a texture without content.
  static bool& content(geyser::Access& a) noexcept { return a.content_; }

  static geyser::Access new_access() noexcept { return geyser::Access(); }
  static std::shared_ptr<TextureContents>& shared(geyser::Access& a) noexcept { return a.contents_; }
  static AccessMode& mode(geyser::Access& a) noexcept { return a.mode_; }
  static TextureState& state(geyser::Access& a) noexcept { return a.state_; }
  /// Not as Access::signal(): asking here promises nothing.
  static std::optional<SyncPoint>& signal(geyser::Access& a) noexcept { return a.signal_; }
  static bool signal_taken(const geyser::Access& a) noexcept { return a.signal_taken_; }
};

}  // namespace geyser::detail

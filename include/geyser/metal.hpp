// The door to Metal (macOS 10.15, iOS 13 and later). Type-checked, never run on Apple's systems; the logic behind it is tested over a fake.
//
// Objects are `void*` here, so that C++ can use the door without Apple's headers. Objective-C++ bridges them:
//   auto manager = geyser::metal::create_manager({.device = (__bridge void*)device, .queue = (__bridge void*)queue});
//   auto texture = (__bridge id<MTLTexture>)geyser::metal::native(shared)->texture;          // lent
//   auto event   = (__bridge_transfer MTLSharedEventHandle*)exported->release();              // given
//
// Memory. An IOSurface (io_surface) for d2 textures with one level of the formats that it has: r8, rg8, rgba8, bgra8, r16, rg16, rgba16
// (unorm and float), r32, rg32, rgba32 (float), nv12, p010, i420. It crosses processes as a Mach port. Everything else that Metal has is a
// shared MTLTexture (metal_texture), private to the GPU: other devices, APIs and managers of the same process reach it by export_texture()
// and import_texture(), other processes by export_shared_texture() over an XPC connection of the program's own.
//
// Semaphores. A timeline is an MTLSharedEvent: within the process by export_semaphore(), to others by export_event() over XPC. Streams and
// channels between processes use host timelines.
//
// iOS. The sandbox hands no Mach port from one app to another: io_surface crosses only between an app and its own extensions, by XPC.
//
// Rests on Apple's documentation of Metal ("Synchronizing events across multiple devices or processes") and IOSurface.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "geyser/manager.hpp"

namespace geyser::metal {

/// Owns one reference to an Objective-C or Core Foundation object.
/// Ownership: move-only; releases on destruction. Threading: distinct objects are independent.
class [[nodiscard]] GEYSER_API NativeObject {
 public:
  NativeObject() noexcept = default;
  /// Takes over a reference (what __bridge_retained gives). Errors: none.
  explicit NativeObject(void* object) noexcept : object_(object) {}
  NativeObject(NativeObject&& other) noexcept : object_(other.release()) {}
  NativeObject& operator=(NativeObject&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  NativeObject(const NativeObject&) = delete;
  NativeObject& operator=(const NativeObject&) = delete;
  ~NativeObject() { reset(); }
  /// Lent. Errors: none.
  [[nodiscard]] void* get() const noexcept { return object_; }
  /// Gives the reference to the caller (__bridge_transfer takes it). Errors: none.
  [[nodiscard]] void* release() noexcept { return std::exchange(object_, nullptr); }
  /// Releases what it held and takes over `object`. Errors: none.
  void reset(void* object = nullptr) noexcept;
  explicit operator bool() const noexcept { return object_ != nullptr; }

 private:
  void* object_ = nullptr;
};

/// What the caller has. Ownership: lent; the manager retains both.
struct AdoptInfo {
  void* device = nullptr;  ///< id<MTLDevice>
  void* queue = nullptr;   ///< id<MTLCommandQueue> of that device, which signal_texture_ready() follows; null: one of the library's own
};
/// A manager on the caller's device. Threading: any thread.
/// Errors: invalid_argument (null, or a queue of another device), out_of_memory.
[[nodiscard]] GEYSER_API Result<TextureShareManager> create_manager(const AdoptInfo& info);

struct DeviceSummary {
  std::uint32_t index = 0;
  std::uint64_t registry_id = 0;  ///< MTLDevice.registryID, the same in every process until the next restart
  DeviceIdentity identity;        ///< device_uuid is made of the registry id; driver_uuid is nil: Metal has none
  bool unified_memory = false;
};
/// The GPUs of this system. Threading: any thread. Errors: out_of_memory.
[[nodiscard]] GEYSER_API Result<std::vector<DeviceSummary>> enumerate_devices();

/// A device and a queue for programs that have none. Ownership: move-only; both live as long as anything made from them.
/// Threading: const members from any thread.
class [[nodiscard]] GEYSER_API Device {
 public:
  /// The system's first device, or the one with that registry id. Threading: any thread. Errors: not_found, out_of_memory.
  [[nodiscard]] static Result<Device> create(std::optional<std::uint64_t> registry_id = std::nullopt);
  [[nodiscard]] void* device() const noexcept { return device_.get(); }  ///< id<MTLDevice>, lent
  [[nodiscard]] void* queue() const noexcept { return queue_.get(); }    ///< id<MTLCommandQueue>, lent
  /// Errors: as metal::create_manager().
  [[nodiscard]] Result<TextureShareManager> create_manager() const;

 private:
  Device(NativeObject device, NativeObject queue) noexcept : device_(std::move(device)), queue_(std::move(queue)) {}
  NativeObject device_;
  NativeObject queue_;
};

/// Ownership: the texture's; valid as long as it lives, or as long as the program retains it.
struct NativeTexture {
  void* texture = nullptr;         ///< id<MTLTexture>; of a planar format that of the plane
  void* surface = nullptr;         ///< IOSurfaceRef; null for a metal_texture
  std::uint32_t plane = 0;         ///< the surface's plane that `texture` shows
  std::uint32_t pixel_format = 0;  ///< MTLPixelFormat
  std::uint32_t storage_mode = 0;  ///< MTLStorageMode
};
/// Valid usage: a texture of a Metal manager (checked), used inside an open Access. Threading: any thread.
/// Errors: device_mismatch, invalid_argument (plane).
[[nodiscard]] GEYSER_API Result<NativeTexture> native(const SharedTexture& texture, std::uint32_t plane = 0);

/// Makes everything encoded into `command_buffer` (id<MTLCommandBuffer>) after this call wait on the GPU for Access::waits()
/// (encodeWaitForEvent:value:); for host timelines it waits on the host, at most default_gpu_timeout. Valid usage: before commit and
/// outside an encoder (the first checked), once for an access (checked). Threading: as the command buffer. Errors: device_mismatch,
/// invalid_argument, invalid_state, timed_out (host timelines), device_lost.
[[nodiscard]] GEYSER_API Result<void> acquire(Access& access, void* command_buffer);
/// Signals Access::signal() behind everything encoded into `command_buffer` so far (encodeSignalEvent:value:); a host timeline when the
/// whole command buffer has completed without an error. The caller commits, and without a signal also waits for completion, before end().
/// The access remembers `layout` for end(). Valid usage: after acquire() (checked), outside an encoder. Threading: as the command buffer.
/// Errors: as acquire(); invalid_argument (layout undefined).
[[nodiscard]] GEYSER_API Result<void> release(Access& access, void* command_buffer, TextureLayout layout = TextureLayout::general);

/// A timeline on an MTLSharedEvent; the same as create_shared_semaphore() with SemaphoreKind::timeline. Threading: any thread.
/// Errors: device_mismatch (no Metal manager), out_of_memory, device_lost.
[[nodiscard]] GEYSER_API Result<SharedSemaphore> create_shared_event(TextureShareManager& manager, std::uint64_t initial_value = 0);
/// The id<MTLSharedEvent> of a timeline. Ownership: the semaphore's. Threading: any thread. Errors: device_mismatch, invalid_argument.
[[nodiscard]] GEYSER_API Result<void*> native_event(const SharedSemaphore& semaphore);
/// An MTLSharedEventHandle, which NSXPCConnection carries to another process. Threading: any thread.
/// Errors: device_mismatch, invalid_argument, out_of_memory.
[[nodiscard]] GEYSER_API Result<NativeObject> export_event(const SharedSemaphore& semaphore);
/// The timeline behind an MTLSharedEventHandle, which stays the caller's. Threading: any thread.
/// Errors: device_mismatch, invalid_argument, protocol_error (it is no such handle), out_of_memory.
[[nodiscard]] GEYSER_API Result<SharedSemaphore> import_event(TextureShareManager& manager, void* shared_event_handle);

/// A metal_texture on its way to another process.
struct SharedTextureExport {
  NativeObject handle;     ///< MTLSharedTextureHandle, which NSXPCConnection carries
  TextureHandleInfo info;  ///< what the other side passes to import_shared_texture()
};
/// Valid usage: a metal_texture of a Metal manager (checked). Threading: any thread.
/// Errors: device_mismatch, unsupported_handle (an io_surface crosses by export_texture()).
[[nodiscard]] GEYSER_API Result<SharedTextureExport> export_shared_texture(const SharedTexture& texture);
/// The texture behind an MTLSharedTextureHandle, which stays the caller's. `info` is checked against it. Threading: any thread.
/// Errors: device_mismatch, protocol_error, invalid_argument, unsupported_format, limit_exceeded, out_of_memory.
[[nodiscard]] GEYSER_API Result<SharedTexture> import_shared_texture(TextureShareManager& manager, void* shared_texture_handle,
                                                                     const TextureHandleInfo& info);
/// A texture on an IOSurface that the program has from elsewhere (a camera, a decoder, XPC); `descriptor` is checked against it.
/// `initialized`: it has content. Ownership: retained; stays the caller's. Threading: any thread.
/// Errors: as import_shared_texture().
[[nodiscard]] GEYSER_API Result<SharedTexture> import_surface(TextureShareManager& manager, void* surface,
                                                              const TextureDescriptor& descriptor, bool initialized);

}  // namespace geyser::metal

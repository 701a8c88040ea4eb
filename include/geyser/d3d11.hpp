// The door to Direct3D 11. d3d11.dll and dxgi.dll are opened at run time, and only where the library makes a device itself; no Direct3D
// header is needed: the types below are only named.
//
// Compiled with two compilers; its error paths and local copies ran under Wine, its sharing on an emulated Direct3D 11
// (tests/fake_d3d11). It never ran on Windows.
//
// What crosses. Textures as NT handles (IDXGIResource1::CreateSharedHandle, ID3D11Device1::OpenSharedResource1), never as the old global
// ones; Direct3D 12's resources are opened too, which is what ID3D12Device::CreateSharedHandle documents. Direct3D documents sharing for 2D
// textures of one mip level; arrays, cubes and formats are what the device answers when it is asked (format_support()). Which formats pass
// between Direct3D 11 and 12 is the driver's matter (D3D11_SHARED_RESOURCE_TIER). Timelines are shared fences (ID3D11Device5::CreateFence).
// A device without them has host timelines, and its textures have a keyed mutex.
//
// Threads. The immediate context takes commands from one thread at a time. The library turns its own protection on
// (ID3D11Multithread::SetMultithreadProtected), leaves it on, and holds it (Enter, Leave) only while it puts commands in, never while it
// waits; with it, any thread may call the library while the caller uses the context in another. A device made with
// D3D11_CREATE_DEVICE_SINGLETHREADED has no such protection and is refused.
//
// State. The library uses copies, queries, fences and Flush of the immediate context, nothing of the pipeline: no shader, no binding and no
// view of the caller's is touched.
//
// Keyed mutex. A texture with one belongs to one device at a time, and its users in every API must take it and give it back (key 0 both
// ways): acquire(), release(), upload() and read_back() do. It keeps accesses apart but says nothing of their order; points do. Its owner's
// death leaves the content undefined: peer_gone, and the texture is no longer of use.
//
// Formats. Those with a DXGI number, bytes in Vulkan's order: of depth24plus_stencil8, depth comes in the low 24 bits of 4 bytes. Textures
// with depth that shaders also read are typeless inside (NativeTexture says so). Direct3D wants block-compressed textures in multiples of 4
// texels, NV12 and P010 in multiples of 2.
//
// Frees. Direct3D keeps what the GPU still uses alive by itself; releasing is right at any time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "geyser/manager.hpp"

struct ID3D11Device;
struct ID3D11DeviceContext;
struct ID3D11Fence;
struct ID3D11Resource;
struct ID3D11Texture2D;
struct ID3D11Texture3D;

namespace geyser::d3d11 {

/// When a texture that this device makes has a keyed mutex. A texture has a keyed mutex or none: peers without it cannot open or use one
/// that has, so everybody must know.
enum class KeyedMutexUse : std::uint8_t {
  when_needed,  ///< on devices without shared fences, and where nothing else can be shared
  always,
  never,
};

/// For those who load Direct3D themselves. Null: the function of that name in d3d11.dll or dxgi.dll.
struct EntryPoints {
  void* create_device = nullptr;   ///< D3D11CreateDevice
  void* create_factory = nullptr;  ///< CreateDXGIFactory1
};

/// What the caller has.
struct AdoptInfo {
  ID3D11Device* device = nullptr;  ///< the manager and what it makes keep a reference
  KeyedMutexUse keyed_mutex = KeyedMutexUse::when_needed;
  /// Used for a second device on the same adapter, made when the host signals a fence for the first time: Direct3D 11 signals fences from
  /// queues only, and the adopted one may be waiting for that very signal.
  EntryPoints entry_points{};
};

struct DeviceSummary {
  std::uint32_t index = 0;  ///< DXGI's
  DeviceIdentity identity;  ///< with LUID; the UUIDs are nil, since Direct3D tells none
  bool software = false;    ///< WARP
};
/// The adapters that DXGI shows. Threading: any thread. Errors: not_found (no dxgi.dll), os_error.
[[nodiscard]] GEYSER_API Result<std::vector<DeviceSummary>> enumerate_devices(const EntryPoints& entry_points = {});
/// A manager on the caller's device and its immediate context. A device without sharing (Wine) is adopted all the same: capabilities()
/// says which call refuses.
/// Ownership: holds references to device and context. Threading: any thread.
/// Errors: invalid_argument (no device, or a single-threaded one), unsupported_feature (feature level below 10_0, no ID3D11Device1, no
/// thread protection), device_lost, out_of_memory.
[[nodiscard]] GEYSER_API Result<TextureShareManager> create_manager(const AdoptInfo& info);

/// Which adapter a device of one's own is made on: every field that is set must match.
struct DeviceOptions {
  std::optional<std::array<std::uint8_t, 8>> luid{};  ///< as DeviceIdentity has it
  std::optional<std::uint32_t> index{};               ///< DXGI's
  bool warp = false;                                  ///< the software device instead
  bool debug = false;                                 ///< D3D11_CREATE_DEVICE_DEBUG; needs the SDK layers
  EntryPoints entry_points{};
};
/// A device for those who have none: tools, tests, servers.
/// Ownership: move-only; holds a reference, as its managers do. Threading: any thread.
class [[nodiscard]] GEYSER_API Device {
 public:
  /// Errors: not_found (no d3d11.dll, no adapter that fits), unsupported_feature (feature level below 11_0, no SDK layers), out_of_memory.
  static Result<Device> create(const DeviceOptions& options = {});
  Device(Device&&) noexcept;
  Device& operator=(Device&&) noexcept;
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  ~Device();
  /// As d3d11::create_manager() on this device.
  [[nodiscard]] Result<TextureShareManager> create_manager(KeyedMutexUse keyed_mutex = KeyedMutexUse::when_needed) const;
  [[nodiscard]] const DeviceIdentity& identity() const noexcept;
  /// Borrowed; lives as long as *this.
  [[nodiscard]] ID3D11Device* device() const noexcept;
  /// The immediate context, borrowed; lives as long as *this.
  [[nodiscard]] ID3D11DeviceContext* context() const noexcept;
  struct Block;

 private:
  explicit Device(std::unique_ptr<Block> block) noexcept;
  std::unique_ptr<Block> block_;
};

struct TextureOptions {
  bool keyed_mutex = false;
};
/// As TextureShareManager::create_shareable_texture(), with a say in the keyed mutex of this one texture.
/// Ownership: the caller's. Threading: any thread. Valid usage: a manager of this API (checked).
/// Errors: as create_shareable_texture(); device_mismatch.
[[nodiscard]] GEYSER_API Result<SharedTexture> create_texture(TextureShareManager& manager, const TextureDescriptor& descriptor,
                                                              const TextureOptions& options);

/// The texture as Direct3D knows it, for a device's views. Ownership: borrowed from the texture; valid as long as it lives.
struct NativeTexture {
  ID3D11Resource* resource = nullptr;
  ID3D11Texture2D* texture_2d = nullptr;  ///< null for d3 textures
  ID3D11Texture3D* texture_3d = nullptr;  ///< null for all others
  std::uint32_t format = 0;               ///< DXGI_FORMAT of the resource: typeless for depth that shaders read
  std::uint32_t view_format = 0;          ///< for shader resource views; of depth + stencil: of the depth
  std::uint32_t attachment_format = 0;    ///< for render target and depth stencil views
  bool keyed_mutex = false;
};
/// Valid usage: a texture of a Direct3D 11 manager (checked). Threading: any thread. Errors: device_mismatch, invalid_argument.
[[nodiscard]] GEYSER_API Result<NativeTexture> native(const SharedTexture& texture);

/// A point for ID3D11DeviceContext4::Wait and Signal. Ownership: borrowed from the semaphore; null for a host timeline.
struct NativePoint {
  ID3D11Fence* fence = nullptr;
  std::uint64_t value = 0;
};
/// Valid usage: a point of a Direct3D 11 manager (checked). Threading: any thread. Errors: device_mismatch, invalid_argument.
[[nodiscard]] GEYSER_API Result<NativePoint> native(const SyncPoint& point);

/// Takes the keyed mutex, if there is one, and makes the immediate context's commands from here on wait for Access::waits() on the GPU
/// (ID3D11DeviceContext4::Wait); for host timelines it waits on the host. Valid usage: once for an access (checked). Threading: any thread.
/// Errors: device_mismatch, invalid_state (acquired already, or ended), timed_out (host timelines and keyed mutex, `timeout` for all
/// together), peer_gone (the keyed mutex's owner died: the content is undefined), device_lost. Units: nanoseconds.
[[nodiscard]] GEYSER_API Result<void> acquire(Access& access, std::chrono::nanoseconds timeout = default_gpu_timeout);
/// Gives the keyed mutex back and signals Access::signal() behind all commands so far (ID3D11DeviceContext4::Signal, Flush); for a host
/// timeline it waits for them first (at most default_gpu_timeout), and so it does when nothing is to be signalled. Direct3D has no
/// layouts: the access ends in `general`. Valid usage: after acquire() (checked). Threading: any thread. Errors: device_mismatch,
/// invalid_state, timed_out, device_lost; on error the access stays acquired.
[[nodiscard]] GEYSER_API Result<void> release(Access& access);

}  // namespace geyser::d3d11

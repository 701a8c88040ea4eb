// The door to Direct3D 12. Adopts what the caller has (ID3D12Device, ID3D12CommandQueue) and destroys nothing of it; Device::create() makes
// one for those who have none. d3d12.dll and dxgi.dll are opened at run time, never linked. No Direct3D header is needed: interfaces are
// declared by name, and numbers of its enums are plain integers.
//
// Compiled with mingw-w64's g++ and clang; error paths, and copies of textures that are not shared, run under Wine; sharing runs on an
// emulated device only (tests/d3d12). It has not been run on Windows yet.
//
// Memory crosses as d3d12_resource: an NT handle (never a global one) to a committed resource in a shared heap. d3d11_texture is imported.
// Every shared texture but depth and stencil has D3D12_RESOURCE_FLAG_ALLOW_SIMULTANEOUS_ACCESS, so that several devices and processes may
// read it at once; Direct3D 12 does not allow that for depth and stencil, whose reads on different devices must follow each other
// (unchecked). Textures are handed over in D3D12_RESOURCE_STATE_COMMON, which is TextureLayout::general.
//
// A timeline is an ID3D12Fence. There are no binary semaphores.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "geyser/manager.hpp"

struct ID3D12CommandList;
struct ID3D12CommandQueue;
struct ID3D12Device;
struct ID3D12Fence;
struct ID3D12GraphicsCommandList;
struct ID3D12Resource;

namespace geyser::d3d12 {

using Luid = std::array<std::uint8_t, 8>;  ///< the bytes of a LUID, as DeviceIdentity has them

/// A device that the caller made.
struct AdoptInfo {
  ID3D12Device* device = nullptr;
  ID3D12CommandQueue* queue = nullptr;  ///< of `device`; copies and submit() go there
};
/// A manager on the caller's device.
/// Ownership: adds references to device and queue, and drops them with the last texture and semaphore. Threading: any thread; the queue is
/// used from any thread, which Direct3D 12 allows. Valid usage: not null, the queue is the device's (checked). Errors: invalid_argument,
/// device_lost, out_of_memory.
[[nodiscard]] GEYSER_API Result<TextureShareManager> create_manager(const AdoptInfo& info);

struct DeviceSummary {
  std::uint32_t index = 0;
  DeviceIdentity identity;  ///< UUIDs are nil: DXGI has none
  std::uint32_t vendor_id = 0;
  std::uint64_t dedicated_video_memory = 0;  ///< bytes
  bool software = false;                     ///< WARP
};
/// The adapters that dxgi.dll shows. Threading: any thread. Errors: not_found (no dxgi.dll), os_error.
[[nodiscard]] GEYSER_API Result<std::vector<DeviceSummary>> enumerate_devices();

/// Which adapter: every field that is set must match; none set: the first that is no software and makes a device.
struct DeviceSelector {
  std::optional<Luid> luid{};
  std::optional<std::uint32_t> index{};  ///< in the order of enumerate_devices()
  std::string name{};                    ///< part of the adapter's name, any case
  bool warp = false;                     ///< Microsoft's software device; the other fields do not count
};
struct DeviceOptions {
  DeviceSelector selector{};
  bool debug_layer = false;  ///< needs Windows' "Graphics Tools"
};
/// A device of feature level 11.0 or newer and one direct queue.
/// Ownership: move-only; managers made from it keep both alive. Threading: any thread.
class [[nodiscard]] GEYSER_API Device {
 public:
  /// Errors: not_found naming the adapters there are, unsupported_feature (no debug layer, no such device), out_of_memory.
  [[nodiscard]] static Result<Device> create(const DeviceOptions& options = {});
  Device(Device&&) noexcept;
  Device& operator=(Device&&) noexcept;
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  ~Device();

  /// What create_manager(AdoptInfo) would want. Lives as long as *this. Errors: none.
  [[nodiscard]] AdoptInfo adopt_info() const noexcept;
  [[nodiscard]] const DeviceSummary& summary() const noexcept;
  /// Errors: as create_manager(AdoptInfo).
  [[nodiscard]] Result<TextureShareManager> create_manager() const;

 private:
  struct Block;
  explicit Device(std::shared_ptr<Block> block) noexcept;
  std::shared_ptr<Block> block_;
};

/// The native object of a texture. Ownership: the texture's; add a reference to keep it longer.
struct NativeTexture {
  ID3D12Resource* resource = nullptr;
  std::uint32_t format = 0;  ///< DXGI_FORMAT of the resource: typeless for depth and stencil that are also sampled
  std::uint32_t flags = 0;   ///< D3D12_RESOURCE_FLAGS
};
/// Valid usage: a texture of a Direct3D 12 manager (checked). Threading: any thread. Errors: device_mismatch.
[[nodiscard]] GEYSER_API Result<NativeTexture> native(const SharedTexture& texture);
/// The fence of a timeline, for ID3D12CommandQueue::Wait and Signal with SyncPoint::value. Ownership: the semaphore's. Valid usage: a
/// timeline of a Direct3D 12 manager (checked). Threading: any thread. Errors: device_mismatch; unsupported_feature (a host timeline has no
/// fence: use submit()).
[[nodiscard]] GEYSER_API Result<ID3D12Fence*> native(const SharedSemaphore& semaphore);

/// The D3D12_RESOURCE_STATES that stand for a layout: COMMON for general and undefined. Threading: any thread. Errors: none.
[[nodiscard]] GEYSER_API std::uint32_t resource_states(TextureLayout layout) noexcept;

/// Records the barrier that takes the texture over, from the state it was left in to `states` (D3D12_RESOURCE_STATES) for all
/// subresources; none where they are equal. Valid usage: `commands` is recording (unchecked); `access` belongs to a Direct3D 12 texture
/// (checked). Threading: as the command list. Errors: device_mismatch; invalid_state (ended already); unsupported_feature (another API
/// released the texture in a layout other than general).
[[nodiscard]] GEYSER_API Result<void> record_acquire(Access& access, ID3D12GraphicsCommandList* commands, std::uint32_t states);
/// Records the barrier that gives the texture away, from `states` to those of `layout`, which the access remembers for end(). Layouts other
/// than general are for the next access on this device: hand over to another device, API or process in general. Valid usage: after
/// record_acquire() (checked). Otherwise as record_acquire(); invalid_argument (layout undefined).
[[nodiscard]] GEYSER_API Result<void> record_release(Access& access, ID3D12GraphicsCommandList* commands, std::uint32_t states,
                                                     TextureLayout layout = TextureLayout::general);
/// Executes closed command lists on the manager's queue, which waits for what `accesses` wait for and signals what they promise. Timelines
/// are waited for on the GPU, host timelines on the host, at most default_gpu_timeout. Threading: any thread. Valid usage: the accesses are
/// open and belong to `manager` (checked). Errors: device_mismatch, invalid_state, timed_out (host timelines), device_lost, out_of_memory.
[[nodiscard]] GEYSER_API Result<void> submit(const TextureShareManager& manager, std::span<ID3D12CommandList* const> commands,
                                             std::span<Access* const> accesses);

}  // namespace geyser::d3d12

// The door to WebGPU, as Dawn implements it (webgpu.h with SharedTextureMemory and SharedFence). Adopts the caller's WGPUDevice and
// destroys nothing of it. Dawn is never linked: functions come from the caller's wgpuGetProcAddress, or from the library that has it.
//
// Which webgpu.h. Numbers and structures of Dawn's webgpu.h change from release to release, so this backend is compiled against the
// webgpu.h that the program uses (CMake: GEYSER_WEBGPU_INCLUDE_DIR), and the program says by `AdoptInfo::header` which one it was compiled
// against itself: two that differ are refused.
//
// Partner. Dawn imports memory and fences and makes none that can be handed over. A manager of another API on the same device does that: a
// Vulkan manager on Linux (Direct3D 12 on Windows: compiled, never run; Metal on Apple's systems: type-checked, never run). It also has the
// timelines that Dawn's fences, binary semaphores there, are chained to.
//
// What is shared. 2D textures with one mip level, one layer and one sample, of the formats that WebGPU has, the device's features allow and
// Dawn imports from the partner; format_support() asks Dawn itself, once for a format and usage.
//
// Accesses. Dawn allows the use of a shared texture between its own begin and end only, and a WGPUTexture that is used for two accesses in
// a row gets a wrong barrier; so acquire() gives a new WGPUTexture for each access, and release() takes it back. One access at a time is
// acquired on a texture: Dawn's Vulkan backend has no concurrent reads.
//
// Threads. A WGPUDevice without the feature implicit-device-synchronization belongs to one thread at a time, and so does its manager:
// whatever creates, imports, copies, acquires or releases, and format_support(). Destroying, and the host's side of timelines, work in
// every thread; what they leave behind is given back to Dawn by the manager's next call.
#pragma once

#include <webgpu/webgpu.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "geyser/manager.hpp"

namespace geyser::webgpu {

/// What tells one webgpu.h from another: numbers and sizes that differed between releases of Dawn, hashed (FNV-1a).
[[nodiscard]] constexpr std::uint64_t header_fingerprint() noexcept {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const std::uint64_t each : std::initializer_list<std::uint64_t>{
           WGPUTextureFormat_RGBA8Unorm, WGPUTextureFormat_RGBA16Float, WGPUTextureFormat_BC1RGBAUnorm,
           WGPUFeatureName_SharedTextureMemoryOpaqueFD, WGPUFeatureName_SharedFenceVkSemaphoreOpaqueFD,
           WGPUSType_SharedTextureMemoryOpaqueFDDescriptor, WGPUSType_SharedTextureMemoryVkImageLayoutBeginState,
           WGPUSType_SharedFenceVkSemaphoreOpaqueFDDescriptor, sizeof(WGPUInstanceDescriptor), sizeof(WGPUDeviceDescriptor),
           sizeof(WGPUTextureDescriptor), sizeof(WGPURequestAdapterOptions), sizeof(WGPUSharedTextureMemoryBeginAccessDescriptor),
           sizeof(WGPUSharedTextureMemoryEndAccessState), sizeof(WGPUSharedTextureMemoryOpaqueFDDescriptor)}) {
    hash = (hash ^ each) * 0x100000001b3U;
  }
  return hash;
}

/// As wgpuGetProcAddress.
using GetProcAddress = WGPUProc (*)(WGPUStringView name);

/// Called around every use of the device, so that the caller may use it from other threads.
/// Ownership: the caller's; outlives the manager and all that it made. Threading: called from any thread; must not call the library, and a
/// thread that holds it must not either.
class DeviceLock {
 public:
  virtual ~DeviceLock() = default;
  virtual void lock() noexcept = 0;
  virtual void unlock() noexcept = 0;
};

/// A device that the caller made.
/// Valid usage: device and instance belong together, and the partner is on the device's adapter (vendor and device numbers are compared,
/// where the partner's API tells them; two devices of one model cannot be told apart by webgpu.h, so choose the partner with care).
struct AdoptInfo {
  WGPUInstance instance = nullptr;
  WGPUDevice device = nullptr;
  /// Finds Dawn's functions. Null: wgpuGetProcAddress of this process, else of the library webgpu_dawn, opened at run time.
  GetProcAddress get_proc_address = nullptr;
  /// Makes what can be handed over; on the same device. Only looked at during the call; the manager keeps what it needs.
  const TextureShareManager* partner = nullptr;
  DeviceLock* lock = nullptr;                   ///< null: only the calling thread uses the device while a call into the library runs
  std::uint64_t header = header_fingerprint();  ///< leave it: which webgpu.h this program was compiled against
};

/// The features that the library uses, of those that `adapter` has; enable them all with the device. Of the kinds of fences exactly one is
/// named, because Dawn hands out the kind that is enabled.
/// Threading: the adapter's. Errors: not_found (no Dawn), unsupported_feature naming what the adapter lacks.
[[nodiscard]] GEYSER_API Result<std::vector<WGPUFeatureName>> required_features(WGPUAdapter adapter,
                                                                                GetProcAddress get_proc_address = nullptr);

/// A manager on the caller's device.
/// Ownership: the caller keeps device and instance until the manager and all that it made are gone (it holds references of both).
/// Threading: see above. Errors: invalid_argument (null handles; another webgpu.h; no partner), not_found (no Dawn), device_mismatch (the
/// partner is on another device), unsupported_feature (a feature of required_features() that is not enabled, by name; a function that Dawn
/// lacks, by name; a partner that cannot hand textures on), device_lost, out_of_memory.
[[nodiscard]] GEYSER_API Result<TextureShareManager> create_manager(const AdoptInfo& info);

/// The texture as Dawn knows it, whatever access is open.
struct NativeTexture {
  WGPUTextureFormat format = WGPUTextureFormat_Undefined;
  WGPUTextureUsage usage = WGPUTextureUsage_None;  ///< what Dawn allows, and the descriptor asked for
};
/// Valid usage: a texture of a WebGPU manager (checked). Threading: any thread. Errors: device_mismatch.
[[nodiscard]] GEYSER_API Result<NativeTexture> native(const SharedTexture& texture);

/// Begins Dawn's access and gives the texture of this access, which waits on the GPU for Access::waits() before its first use (host
/// timelines too, by the partner). A read access gives a texture with the usages copy_src and texture_binding at most.
/// Ownership: the access's; valid until release(), after which views and bind groups of it must not be submitted any more.
/// Valid usage: once for an access (checked); nothing else is acquired on the texture (checked); commands are submitted to the adopted
/// device between acquire() and release() (checked by Dawn). Threading: the device's. Errors: device_mismatch, invalid_state (acquired
/// already, or ended; another access of the texture is acquired), device_lost; on error nothing has changed.
[[nodiscard]] GEYSER_API Result<WGPUTexture> acquire(Access& access);
/// Ends Dawn's access: what was submitted so far with the texture comes before Access::signal(); when nothing is to be signalled it waits
/// for it, at most default_gpu_timeout. The texture goes back to the layout that it had, so that other readers find it as it was.
/// A write access that drew nothing into a texture without content leaves it without content. An access that is ended or destroyed
/// without release() has Dawn's access ended for it, with an error in the log.
/// Valid usage: after acquire() (checked). Threading: the device's. Errors: device_mismatch, invalid_state, device_lost, timed_out; on
/// error Dawn's access is over all the same, and the texture's content counts as lost for a write access.
[[nodiscard]] GEYSER_API Result<void> release(Access& access);

/// How a device of its own is made.
struct DeviceOptions {
  const TextureShareManager* partner = nullptr;  ///< decides which adapter: the one with the partner's vendor and device
  GetProcAddress get_proc_address = nullptr;     ///< as AdoptInfo's
  std::vector<WGPUFeatureName> features{};       ///< more than required_features(): those that the adapter has are enabled
};
/// Instance, adapter and device with everything enabled that the library can use, for those who have none: tools, tests, servers.
/// Ownership: move-only; managers made from it keep the WGPUDevice alive. Threading: one thread at a time.
class [[nodiscard]] GEYSER_API Device {
 public:
  /// Errors: not_found (no Dawn; no adapter, with Dawn's reason), unsupported_feature by name, device_mismatch naming the adapters that
  /// there are, timed_out.
  [[nodiscard]] static Result<Device> create(const DeviceOptions& options);
  Device(Device&&) noexcept;
  Device& operator=(Device&&) noexcept;
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  ~Device();

  [[nodiscard]] WGPUInstance instance() const noexcept;
  [[nodiscard]] WGPUDevice handle() const noexcept;
  [[nodiscard]] WGPUQueue queue() const noexcept;
  [[nodiscard]] GetProcAddress get_proc_address() const noexcept;
  /// "SwiftShader Device (Subzero) (Vulkan)". Errors: none.
  [[nodiscard]] const std::string& adapter_name() const noexcept;
  /// As webgpu::create_manager() on this device. Errors: as that.
  [[nodiscard]] Result<TextureShareManager> create_manager(const TextureShareManager& partner) const;
  /// Lets Dawn call what is due until `done` says true. Errors: timed_out. Units: nanoseconds.
  [[nodiscard]] Result<void> process_events_until(const std::function<bool()>& done, std::chrono::nanoseconds timeout) const;
  /// Errors that no error scope caught, since the beginning; they go to the log as well. Errors: none.
  [[nodiscard]] std::uint64_t uncaptured_errors() const noexcept;
  /// Why the device was lost; empty while it works. Errors: none.
  [[nodiscard]] std::string lost_reason() const;
  struct Block;

 private:
  explicit Device(std::shared_ptr<Block> block) noexcept;
  std::shared_ptr<Block> block_;
};

}  // namespace geyser::webgpu

// Ways for a frame from one device of this machine to another, best first. Nothing here knows streams.
#pragma once

#include <memory>
#include <span>

#include "geyser/directory.hpp"
#include "geyser/manager.hpp"
#include "platform/internal_api.hpp"

namespace geyser::detail {

/// Copies textures of one device into textures of another, both opened by this process for nothing else: the program's own devices and
/// queues are left alone. Ownership: unique; owns what it opened; textures and semaphores made with its managers may outlive it.
/// Threading: one thread at a time, any.
class GEYSER_INTERNAL_API Carrier {
 public:
  Carrier() = default;
  Carrier(const Carrier&) = delete;
  Carrier& operator=(const Carrier&) = delete;
  virtual ~Carrier() = default;

  [[nodiscard]] virtual Transport transport() const noexcept = 0;
  /// On the device where the frames are: imports them.
  [[nodiscard]] virtual const TextureShareManager& source() const noexcept = 0;
  /// On the other device: makes and exports the textures that carry() fills.
  [[nodiscard]] virtual const TextureShareManager& target() const noexcept = 0;

  /// An open access and its texture.
  struct End {
    SharedTexture* texture = nullptr;
    Access* access = nullptr;
  };
  /// Copies `regions` from a texture of source(), open for reading, to one of target(), open for writing; descriptors are equal. Waits
  /// for what both accesses wait for: on the devices where it can. Of an access whose signal() it asks for, the device signals that point
  /// when it is done; of one that it does not ask, everything is done when this returns. Ends neither access.
  /// On error nothing may be assumed of what is in the target, nothing of it is under way any more, and no signal was asked for that does
  /// not come.
  /// Errors: unsupported_format, timed_out, device_lost, out_of_memory.
  [[nodiscard]] virtual Result<void> carry(const End& from, const End& to, std::span<const TextureRegion> regions) = 0;
};

/// Opens both devices for one way. Errors: unsupported_feature (this way is not for these two devices, one sentence says why),
/// unsupported_format (not for that texture), not_found (a device cannot be opened by this process), out_of_memory, os_error.
using OpenCarrier = Result<std::unique_ptr<Carrier>> (*)(const DeviceIdentity& from, const DeviceIdentity& to,
                                                         const TextureDescriptor& texture);
/// CUDA's copy between two GPUs, over NVLink or PCIe, which signals from the devices: Transport::peer_copy.
[[nodiscard]] GEYSER_INTERNAL_API Result<std::unique_ptr<Carrier>> open_peer_carrier(const DeviceIdentity& from, const DeviceIdentity& to,
                                                                                     const TextureDescriptor& texture);
/// Both devices copy from and to the same host memory by themselves (VK_EXT_external_memory_host): Transport::pinned_copy.
[[nodiscard]] GEYSER_INTERNAL_API Result<std::unique_ptr<Carrier>> open_pinned_carrier(const DeviceIdentity& from, const DeviceIdentity& to,
                                                                                       const TextureDescriptor& texture);
/// Read back, then uploaded: Transport::host_copy.
[[nodiscard]] GEYSER_INTERNAL_API Result<std::unique_ptr<Carrier>> open_host_carrier(const DeviceIdentity& from, const DeviceIdentity& to,
                                                                                     const TextureDescriptor& texture);

struct CarrierWay {
  Transport transport;
  OpenCarrier open;
};
/// The ways, best first. Opening one may take a second.
[[nodiscard]] GEYSER_INTERNAL_API std::span<const CarrierWay> carrier_ways() noexcept;

/// After device_lost: the next carrier between devices like these opens them anew.
GEYSER_INTERNAL_API void forget_devices(const DeviceIdentity& from, const DeviceIdentity& to) noexcept;

}  // namespace geyser::detail

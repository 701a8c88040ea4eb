// Which device and which driver: what decides whether an opaque handle may be imported at all.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "geyser/result.hpp"

namespace geyser {

/// 16 opaque bytes, as Vulkan's deviceUUID and driverUUID, GL_DEVICE_UUID_EXT and cuDeviceGetUuid give them.
struct Uuid {
  std::array<std::uint8_t, 16> bytes{};
  friend constexpr bool operator==(const Uuid&, const Uuid&) = default;
  friend constexpr auto operator<=>(const Uuid&, const Uuid&) = default;
  [[nodiscard]] constexpr bool is_nil() const noexcept { return *this == Uuid{}; }
};
/// "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0". Threading: any thread. Errors: none.
[[nodiscard]] GEYSER_API std::string to_string(const Uuid& uuid);
/// Reads what to_string() writes; dashes are optional. Threading: any thread. Errors: invalid_argument.
[[nodiscard]] GEYSER_API Result<Uuid> parse_uuid(std::string_view text);

/// Position on the PCI bus.
struct PciAddress {
  std::uint32_t domain = 0;
  std::uint32_t bus = 0;
  std::uint32_t device = 0;
  std::uint32_t function = 0;
  friend constexpr bool operator==(const PciAddress&, const PciAddress&) = default;
};
/// "0000:c1:00.0". Threading: any thread. Errors: none.
[[nodiscard]] GEYSER_API std::string to_string(const PciAddress& address);
/// Reads "[domain:]bus:device.function", hexadecimal. Threading: any thread. Errors: invalid_argument.
[[nodiscard]] GEYSER_API Result<PciAddress> parse_pci_address(std::string_view text);

/// Names a device across APIs and processes.
struct DeviceIdentity {
  Uuid device_uuid;                                 ///< nil for host memory, and for Direct3D, which has none
  Uuid driver_uuid;                                 ///< nil for host memory, and where the API does not tell (CUDA, Direct3D)
  std::optional<std::array<std::uint8_t, 8>> luid;  ///< Windows; empty where the driver gives none
  std::optional<PciAddress> pci;                    ///< empty for software devices
  std::string name;                                 ///< for people; never compared
  std::string driver;                               ///< for people; never compared
};

/// The one matching rule: opaque handles pass between a and b only when device and driver UUID are equal, bit for bit
/// (Vulkan, "External Memory Handle Types Compatibility"). A nil driver UUID beside a device UUID is one that the API does not tell: then
/// the device decides. A LUID is not looked at where both device UUIDs are told, because drivers may leave it out. A nil device UUID with a
/// LUID is a Direct3D device: then equal LUIDs decide, and a device without one cannot be compared with it and does not match.
/// Threading: any thread. Errors: device_mismatch with both identities in the message.
[[nodiscard]] GEYSER_API Result<void> check_same_device(const DeviceIdentity& exporter, const DeviceIdentity& importer);

}  // namespace geyser

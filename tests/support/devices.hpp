// Which devices this machine has, and a manager on each.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "geyser/geyser.hpp"
#include "geyser/vulkan.hpp"

namespace geyser::test {

/// Shows the loader the software drivers that are installed (lavapipe, and SwiftShader where chromium brings it), and an NVIDIA driver
/// where there is one. Changes nothing when VK_DRIVER_FILES or VK_ICD_FILENAMES is set. Call in main(), before the first Vulkan call.
void select_drivers();

struct DeviceEntry {
  std::string key;  ///< "host", "lavapipe", "swiftshader", "nvidia", "nvidia-1" ...: what tests, floors and tables call it
  bool vulkan = false;
  std::uint32_t index = 0;  ///< in the order of vulkan::enumerate_devices()
  DeviceIdentity identity;
  std::uint32_t api_version = 0;
};
/// Host first, then what the loader shows. Never changes.
[[nodiscard]] const std::vector<DeviceEntry>& devices();
/// Null when this machine has no such device.
[[nodiscard]] const DeviceEntry* find_device(std::string_view key);

/// Empty when the Khronos validation layer is used; else why it is not.
[[nodiscard]] const std::string& validation_missing();

/// One side of an exchange: for Vulkan its own VkInstance and VkDevice, with validation where the layer is installed.
class Participant {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Participant>> open(const DeviceEntry& entry);
  [[nodiscard]] const DeviceEntry& entry() const noexcept { return entry_; }
  [[nodiscard]] TextureShareManager& manager() noexcept { return *manager_; }
  /// Vulkan only.
  [[nodiscard]] const vulkan::Device& device() const noexcept { return *device_; }
  /// A second manager of the same device (Vulkan) or of the host.
  [[nodiscard]] Result<TextureShareManager> second_manager() const;
  /// 0 for the host, and without the layer.
  [[nodiscard]] std::uint64_t validation_messages() const noexcept;
  /// Gives the manager up before its time. `manager()` is not to be used any more.
  void destroy_manager() noexcept { manager_.reset(); }

 private:
  explicit Participant(const DeviceEntry& entry) : entry_(entry) {}
  DeviceEntry entry_;
  std::optional<vulkan::Device> device_;
  std::optional<TextureShareManager> manager_;
};

/// Fails the running test when validation gave a message or the library logged an error between its construction and its end.
class Quiet {
 public:
  explicit Quiet(std::vector<const Participant*> participants);
  ~Quiet();
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;

 private:
  std::vector<const Participant*> participants_;
  std::vector<std::uint64_t> before_;
  std::size_t mark_;
};

}  // namespace geyser::test

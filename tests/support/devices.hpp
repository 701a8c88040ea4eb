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
#include "support/side.hpp"

namespace geyser::test {

/// Shows the loader the software drivers that are installed (lavapipe, and SwiftShader where chromium brings it), and an NVIDIA driver
/// where there is one. Changes nothing when VK_DRIVER_FILES or VK_ICD_FILENAMES is set. Call in main(), before the first Vulkan call.
void select_drivers();

/// Host first, then what the Vulkan loader shows. Never changes.
[[nodiscard]] const std::vector<DeviceEntry>& devices();
/// The same, then OpenGL contexts and CUDA devices, each on the device of a Vulkan entry where there is one: its partner.
[[nodiscard]] const std::vector<DeviceEntry>& all_devices();
/// Any of all_devices(). Null when this machine has no such device.
[[nodiscard]] const DeviceEntry* find_device(std::string_view key);

/// What a participant on it can share; opened once for the answer. Errors: as Participant::open().
[[nodiscard]] Result<Capabilities> capabilities_of(const DeviceEntry& entry);

/// Empty when the Khronos validation layer is used; else why it is not.
[[nodiscard]] const std::string& validation_missing();

/// One side of an exchange: for Vulkan its own VkInstance and VkDevice, with validation where the layer is installed; for OpenGL and CUDA a
/// context of its own, and a Vulkan device as its partner. Threading: one thread uses all OpenGL participants.
class Participant {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Participant>> open(const DeviceEntry& entry);
  [[nodiscard]] const DeviceEntry& entry() const noexcept { return entry_; }
  /// Enters. A reference that is kept must not be used after another participant was entered, unless enter() is called again.
  [[nodiscard]] TextureShareManager& manager() noexcept {
    enter();
    return *manager_;
  }
  /// Makes this side's context current, if it has one: before every use of a side that another may have been used before.
  void enter() const noexcept;
  /// Vulkan, or the partner of another API. Valid usage: has_device().
  [[nodiscard]] const vulkan::Device& device() const noexcept { return *device_; }
  [[nodiscard]] bool has_device() const noexcept { return device_.has_value(); }
  /// OpenGL's or CUDA's own; null for the others.
  [[nodiscard]] Side* side() const noexcept { return side_.get(); }
  /// A second manager of the same device or of the host.
  [[nodiscard]] Result<TextureShareManager> second_manager() const;
  /// Of validation layers, and of OpenGL's debug output. 0 for the host, and without the layer.
  [[nodiscard]] std::uint64_t validation_messages() const noexcept;
  /// Gives the manager up before its time. `manager()` is not to be used any more.
  void destroy_manager() noexcept { manager_.reset(); }

 private:
  explicit Participant(const DeviceEntry& entry) : entry_(entry) {}
  DeviceEntry entry_;
  std::optional<vulkan::Device> device_;
  std::optional<TextureShareManager> partner_;
  std::unique_ptr<Side> side_;
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

// Every device of this machine that the library can open: Vulkan's, OpenGL's and CUDA's views of it, then host memory.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "geyser/directory.hpp"
#include "geyser/manager.hpp"

namespace geyser::tools {

struct ListedDevice {
  std::string id;           ///< "vulkan:0", "opengl:0", "cuda:0", "host": what --device takes
  std::string api;          ///< "vulkan", "opengl", "cuda", "host"
  std::string type;         ///< "discrete gpu", "software", "host memory"
  std::string api_version;  ///< "1.3.230"; empty for host memory
  std::uint32_t vendor_id = 0;
  DeviceIdentity identity;
  std::shared_ptr<const void> context;         ///< OpenGL's, older than the manager on it
  std::function<void()> make_current;          ///< OpenGL's
  std::optional<TextureShareManager> manager;  ///< empty: `failure` says why
  std::optional<Error> failure;

  [[nodiscard]] bool software() const noexcept { return type == "software"; }
  /// Before the manager is used, where several devices are open: an OpenGL manager works only while its context is current.
  void enter() const {
    if (make_current) make_current();
  }
};

struct DeviceList {
  std::vector<ListedDevice> devices;
  std::optional<Error> vulkan_failure;  ///< no loader or no driver; host memory is there all the same
};

/// Opens every device that `selector` matches: empty or "all", an id, a number, an API's name, a device UUID, a device UUID and a driver
/// UUID with a slash between, a PCI address, luid:HEX, stream:NAME (the device which that stream is published on), part of a name (any
/// case). Errors: invalid_argument (a LUID that is none), and for stream:NAME as device_of_stream(). None that matches is an empty list.
[[nodiscard]] Result<DeviceList> list_devices(std::string_view selector = {});
/// Opens the best device that `selector` matches: a discrete GPU before an integrated, a virtual, a software one, and host memory last; of
/// equals the first, as the loader orders them; by Vulkan, unless `selector` is opengl, cuda or an id of theirs. Empty: the best of all.
/// Errors: not_found naming the devices there are, and as list_devices() and the backend's create_manager().
[[nodiscard]] Result<ListedDevice> open_device(std::string_view selector);
/// What list_devices() takes for exactly this device.
[[nodiscard]] std::string selector_of(const DeviceIdentity& identity);
/// The device to read a stream with: the stream's own where it is here, unless `selector` names another one. Errors: as open_device().
[[nodiscard]] Result<ListedDevice> open_device_for(const StreamInfo& stream, std::string_view selector);
/// A second manager on the same device, by a device object of its own; for OpenGL and CUDA a Vulkan manager. Errors: as the backend's
/// create_manager().
[[nodiscard]] Result<TextureShareManager> open_again(const ListedDevice& device);

}  // namespace geyser::tools

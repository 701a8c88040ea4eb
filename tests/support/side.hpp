// What a device is to the tests, and the APIs beside Vulkan: rooms that may not be built, so CMake picks side_<api>.cpp or
// side_<api>_absent.cpp.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "geyser/geyser.hpp"

namespace geyser::test {

enum class Api : std::uint8_t { host, vulkan, opengl, cuda, metal, webgpu };
[[nodiscard]] std::string_view to_string(Api api) noexcept;

struct DeviceEntry {
  /// "host", "lavapipe", "emulated-lavapipe" (tests/win32_driver), "swiftshader", "nvidia", "nvidia-1" ..., "gl-lavapipe", "gles-lavapipe",
  /// "gl-nvidia", "cuda-nvidia", "metal-emulated", "swiftshader-webgpu": what tests, floors and tables call it.
  std::string key;
  Api api = Api::host;
  bool vulkan = false;      ///< api is Api::vulkan
  std::uint32_t index = 0;  ///< Vulkan: in the order of vulkan::enumerate_devices()
  DeviceIdentity identity;
  std::uint32_t api_version = 0;  ///< Vulkan
  bool es = false;                ///< OpenGL ES
  std::string partner;            ///< key of the Vulkan entry that an OpenGL, CUDA or WebGPU participant has beside it; empty: none
};

/// Work on a shared r32_uint texture (2D, one level) that is submitted and not waited for.
/// Ownership: what it fetched. Threading: as the API's.
class Painter {
 public:
  virtual ~Painter() = default;
  /// Within an open access: copies what the texture holds to slot `slot`, if given, and then sets every texel to `value`, if given (a write
  /// access). Keeps to Access::waits() and gives Access::signal() on the device where it can; the caller ends the access.
  virtual Result<void> work(SharedTexture& texture, Access& access, std::optional<std::uint32_t> slot,
                            std::optional<std::uint32_t> value) = 0;
  /// Waits for all that was submitted, and gives the slot's texels.
  virtual Result<std::vector<std::uint32_t>> fetched(std::uint32_t slot) = 0;
};

/// A context of another API.
class Side {
 public:
  virtual ~Side() = default;
  /// Makes the context current, where the API knows that.
  virtual void enter() noexcept = 0;
  virtual Result<TextureShareManager> create_manager(const TextureShareManager* partner) = 0;
  [[nodiscard]] virtual std::uint64_t messages() const noexcept = 0;
  /// `slots` textures of `width` x `height` can be fetched.
  virtual Result<std::unique_ptr<Painter>> create_painter(std::uint32_t width, std::uint32_t height, std::uint32_t slots) = 0;
};

/// Why all_devices() has no more of OpenGL and CUDA, one sentence each. Filled by it.
[[nodiscard]] std::vector<std::string>& missing_devices();
/// One entry per context that this machine can have on a device of `vulkan`; none when the room is not built.
[[nodiscard]] std::vector<DeviceEntry> find_opengl(const std::vector<DeviceEntry>& vulkan);
[[nodiscard]] std::vector<DeviceEntry> find_cuda(const std::vector<DeviceEntry>& vulkan);
/// Errors: as opengl::Context::create(); unsupported_feature when the room is not built.
[[nodiscard]] Result<std::unique_ptr<Side>> open_opengl(const DeviceEntry& entry);
[[nodiscard]] Result<std::unique_ptr<Side>> open_cuda(const DeviceEntry& entry);

/// Devices that only some programs have: emulation_fake_metal.cpp and side_webgpu.cpp register their own before main(), and nobody does
/// elsewhere.
struct ExtraDevices {
  std::vector<DeviceEntry> (*find)() = nullptr;
  Result<std::unique_ptr<Side>> (*open)(const DeviceEntry& entry) = nullptr;
};
[[nodiscard]] ExtraDevices& extra_devices() noexcept;

}  // namespace geyser::test

// Who draws and reads the frames: host memory, or a Vulkan device.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "bench/stream/common.hpp"
#include "geyser/manager.hpp"
#include "geyser/publisher.hpp"
#include "geyser/subscriber.hpp"

namespace geyser::bench {

/// What the publisher does with a frame.
enum class Drawing : std::uint8_t {
  nothing,  ///< hands it over as it is (Vulkan: both barriers, one submit; host: the frame's number)
  clear,    ///< fills all of it
};

/// The same clears into three textures of which no stream knows.
class PlainClears {
 public:
  PlainClears() = default;
  PlainClears(const PlainClears&) = delete;
  PlainClears& operator=(const PlainClears&) = delete;
  virtual ~PlainClears() = default;
  virtual void run() = 0;  ///< one frame
};

/// Ownership: outlives the frames that pass through it. Threading: one thread. Everything that fails throws.
class Engine {
 public:
  Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  virtual ~Engine() = default;

  [[nodiscard]] virtual TextureShareManager& manager() = 0;
  /// At most three frames are on their way: then it waits for the oldest.
  virtual void draw(WriteFrame& frame, Drawing drawing) = 0;
  /// Reads the frame as little as can be: Vulkan acquires it and gives it back, the host looks at its number.
  virtual void use(ReadFrame& frame) = 0;
  /// True when the content is that of the frame's number. Instead of use().
  [[nodiscard]] virtual bool looks_right(ReadFrame& frame) = 0;
  /// Waits until the device has done everything.
  virtual void settle() = 0;
  [[nodiscard]] virtual std::unique_ptr<PlainClears> plain_clears(const Size& size) = 0;
};

[[nodiscard]] TextureDescriptor descriptor_of(std::uint32_t width, std::uint32_t height);
[[nodiscard]] std::unique_ptr<Engine> open_host();
/// Throws when this program was built without Vulkan or there is no such device.
[[nodiscard]] std::unique_ptr<Engine> open_vulkan(std::uint32_t index);

/// For the report.
struct DeviceWords {
  std::uint32_t index = 0;
  std::string name;
  std::string driver;
  std::string vulkan;
  bool software = false;
};
/// The first Vulkan device whose name contains `name`, in any case. Throws when there is none.
[[nodiscard]] DeviceWords find_vulkan(const std::string& name);
/// The next Vulkan device that is not the one at `index`; empty when there is none.
[[nodiscard]] std::optional<std::uint32_t> find_other_vulkan(std::uint32_t index);

}  // namespace geyser::bench

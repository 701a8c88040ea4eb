// The ends of a crossing between APIs: the same frame through the library and by hand.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "bench/pair.hpp"
#include "bench/raw_texture.hpp"

namespace geyser::bench {

/// One end, through the library: a texture and two timelines as its manager knows them. `written` is the writer's, `released` the reader's.
struct LibraryEnd {
  virtual ~LibraryEnd() = default;
  /// Uses the texture for nothing, between acquire and release, on the device's queue.
  virtual void pass(Access& access) = 0;
  std::optional<SharedTexture> texture;
  SharedSemaphore written;
  SharedSemaphore released;
};
/// The same by hand. Where `ordered` is false the driver hands no semaphore over, and the pass returns when the device is done.
struct RawEnd {
  virtual ~RawEnd() = default;
  /// `writes`: waits for released = wait, signals written = signal; else the other way round. A wait for 0 is none.
  virtual void pass(bool writes, std::uint64_t wait, std::uint64_t signal) = 0;
};
/// Pixels between an API and the CPU, as a program does it that shares nothing.
struct HostEnd {
  virtual ~HostEnd() = default;
  virtual void read(std::span<std::byte> pixels) = 0;
  virtual void write(std::span<const std::byte> pixels) = 0;
};

/// What every end by hand is made of; descriptors are duplicated by those who take them.
struct RawShared {
  const RawDevice& device;
  const RawImage& image;
  VkSemaphore written = VK_NULL_HANDLE;  // null where the driver hands none over
  VkSemaphore released = VK_NULL_HANDLE;
};

/// An API's three ends on the device of `bench`. A factory throws Unsupported where the API is not there.
struct CrossingApi {
  const char* name;
  std::function<std::unique_ptr<LibraryEnd>(const Bench&, const SharedTexture& texture, const SharedSemaphore& written,
                                            const SharedSemaphore& released)>
      library;
  std::function<std::unique_ptr<RawEnd>(const Bench&, const RawShared&)> raw;
  std::function<std::unique_ptr<HostEnd>(const Bench&)> host;
  std::function<void()> close = [] {};  ///< gives up what it keeps between cases
};
[[nodiscard]] CrossingApi opengl_crossing();
[[nodiscard]] CrossingApi cuda_crossing();
[[nodiscard]] CrossingApi webgpu_crossing();

inline constexpr std::uint32_t crossing_width = 3840;
inline constexpr std::uint32_t crossing_height = 2160;
inline constexpr std::size_t crossing_bytes = std::size_t{4} * crossing_width * crossing_height;

}  // namespace geyser::bench

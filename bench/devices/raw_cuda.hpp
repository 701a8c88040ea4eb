// The floors: the same bytes from one GPU to the other by CUDA alone, and two copies of the CPU's for devices that are not CUDA's.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

#include "geyser/device_identity.hpp"

namespace geyser::bench {

/// There is no such floor on this machine.
struct NoFloor : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A way for frames of one size. Every wait is bounded: one that takes longer throws, and what hangs is left to the end of the process.
class RawWay {
 public:
  RawWay() = default;
  RawWay(const RawWay&) = delete;
  RawWay& operator=(const RawWay&) = delete;
  virtual ~RawWay() = default;
  /// Begins one frame.
  virtual void push() = 0;
  /// Waits until all frames that were begun have arrived.
  virtual void finish() = 0;
};

/// Both devices with a context each, opened for the floors alone.
class RawPair {
 public:
  /// Throws NoFloor when CUDA does not show both.
  RawPair(const Uuid& from, const Uuid& to);
  ~RawPair();
  /// Plain memory to plain memory, cuMemcpyPeerAsync in a stream of the target. Throws NoFloor without peer access.
  [[nodiscard]] std::unique_ptr<RawWay> peer(std::size_t bytes);
  /// The same in a stream of the source.
  [[nodiscard]] std::unique_ptr<RawWay> peer_pushed(std::size_t bytes);
  /// An array of RGBA8 to another, cuMemcpy3DPeerAsync.
  [[nodiscard]] std::unique_ptr<RawWay> peer_array(std::uint32_t width, std::uint32_t height);
  /// To pinned host memory and from there, both by the GPUs, two buffers in turns.
  [[nodiscard]] std::unique_ptr<RawWay> bounce(std::size_t bytes);

  struct Api;

 private:
  std::shared_ptr<Api> api_;
};

/// From memory to memory and to memory again, by this thread.
[[nodiscard]] std::unique_ptr<RawWay> raw_memcpy_twice(std::size_t bytes);

}  // namespace geyser::bench

// What `bench` measures, each beside the floor that the machine sets at the same moment.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "geyser/manager.hpp"

namespace geyser::tools {

/// Of one thing that was measured many times.
struct Spread {
  std::chrono::nanoseconds p50{0};
  std::chrono::nanoseconds p99{0};
};
[[nodiscard]] Spread spread_of(std::vector<std::chrono::nanoseconds> samples);

/// Two threads of this process: from the store to the other thread's notice.
struct WakeFloor {
  Spread spinning;  ///< the other one looks at the word all the time
  Spread sleeping;  ///< it sleeps on the word (futex)
};
[[nodiscard]] WakeFloor measure_wake_floor(int rounds);

struct StreamCost {
  Spread begin_and_publish;    ///< CPU time of the publishing thread for a frame, without making its pixels
  Spread acquire_and_release;  ///< of the reading thread, when the frame is there
  Spread wake_spinning;        ///< publish() to the reader's return from acquire()
  Spread wake_sleeping;
  bool zero_copy = false;
};
/// A stream of small textures from `publisher` to `reader`, in a directory of its own. Errors: as Publisher::create() and
/// Subscriber::connect().
[[nodiscard]] Result<StreamCost> measure_stream(const TextureShareManager& publisher, const TextureShareManager& reader, int rounds);

/// Passing a picture from one device object to another of the same device.
struct HandOver {
  std::chrono::nanoseconds create{0};
  std::chrono::nanoseconds export_handles{0};
  std::chrono::nanoseconds import_handles{0};
  std::chrono::nanoseconds shared{0};  ///< each picture, both ways' median
  std::chrono::nanoseconds read_back{0};
  std::chrono::nanoseconds memory_copy{0};
  std::chrono::nanoseconds upload{0};
  [[nodiscard]] std::chrono::nanoseconds copied() const noexcept { return read_back + memory_copy + upload; }
};
/// Empty in a build without the Vulkan backend. Errors: those of the step that fails.
[[nodiscard]] Result<std::optional<HandOver>> measure_hand_over(const DeviceIdentity& device, const TextureDescriptor& texture, int rounds);

/// One memcpy of so many bytes, from memory to memory. Units: bytes.
[[nodiscard]] std::chrono::nanoseconds measure_memory_copy(std::size_t bytes);

}  // namespace geyser::tools

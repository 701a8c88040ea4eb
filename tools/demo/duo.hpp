// Two devices of one GPU that share one texture, and the two ways a picture can get from one to the other.
#pragma once

#include <array>
#include <chrono>
#include <deque>
#include <string>

#include "examples/support/vulkan_commands.hpp"
#include "geyser/geyser.hpp"

namespace geyser::demo {

using Milliseconds = std::chrono::duration<double, std::milli>;

/// One device of the two.
struct Side {
  Side(std::string_view name, const vulkan::DeviceOptions& options);
  std::string name;  ///< "A", "B"
  vulkan::Device device;
  TextureShareManager manager;
  example::Gpu gpu;
  example::Commands commands;
};

/// How long it took to make what a way of passing pictures needs; once.
struct SetupTimes {
  Milliseconds create{0};
  Milliseconds export_handles{0};
  Milliseconds import_handles{0};
  Milliseconds create_copy_path{0};  ///< a second texture and a staging buffer on each side
};
/// How long one picture took; medians over the repetitions.
struct PassTimes {
  Milliseconds shared{0};
  Milliseconds read_back{0};
  Milliseconds memory_copy{0};
  Milliseconds upload{0};
  [[nodiscard]] Milliseconds copied() const { return read_back + memory_copy + upload; }
};

/// The shared texture, seen from both devices, with a semaphore for each direction; beside it the path through the CPU.
/// Everything that fails throws std::runtime_error with the library's sentence. Threading: one thread.
class Duo {
 public:
  Duo(const vulkan::DeviceOptions& options, const TextureDescriptor& descriptor);

  [[nodiscard]] Side& a() noexcept { return a_; }
  [[nodiscard]] Side& b() noexcept { return b_; }
  [[nodiscard]] const SetupTimes& setup() const noexcept { return setup_; }
  [[nodiscard]] MemoryHandleType memory_type() const noexcept { return on_a_->handle_type(); }
  [[nodiscard]] SemaphoreKind semaphore_kind() const noexcept { return to_b_.from.kind(); }
  [[nodiscard]] std::uint64_t validation_messages() const noexcept {
    return a_.device.validation_messages() + b_.device.validation_messages();
  }

  /// `writer` writes, and signals; `reader` waits on its GPU, and reads the whole texture. `forward`: A writes and B reads; else the other
  /// way.
  [[nodiscard]] std::vector<std::byte> write_and_read(bool forward, const TextureRegion& region, std::span<const std::byte> bytes);
  /// Hands the texture over `repetitions` times each way that there is, and takes the time.
  [[nodiscard]] PassTimes time_passes(bool forward, int repetitions);
  /// What the last timed CPU copy left in the second texture: proof that it copied.
  [[nodiscard]] std::vector<std::byte> copied_content(bool forward);

 private:
  /// A semaphore as both sides see it, and the newest value signalled.
  struct Link {
    SharedSemaphore from;
    SharedSemaphore to;
    std::uint64_t value = 0;
    /// The value of the next signal: binary semaphores have only 1.
    std::uint64_t next() { return from.kind() == SemaphoreKind::binary ? 1 : ++value; }
  };
  struct Direction {
    Side& writer;
    Side& reader;
    SharedTexture& at_writer;
    SharedTexture& at_reader;
    Link& link;
    SharedTexture& copy;               ///< on the reader's device
    const example::MappedBuffer& out;  ///< on the writer's
    const example::MappedBuffer& in;   ///< on the reader's
  };
  [[nodiscard]] Direction direction(bool forward);
  [[nodiscard]] static Link connect(Side& from, Side& to, SetupTimes& times);
  [[nodiscard]] Milliseconds hand_over(const Direction& way);
  [[nodiscard]] Milliseconds copy_out(const Direction& way);
  [[nodiscard]] Milliseconds copy_in(const Direction& way);

  TextureDescriptor descriptor_;
  bool validation_ = false;
  std::size_t bytes_ = 0;
  SetupTimes setup_;
  Side a_;
  Side b_;
  std::optional<SharedTexture> on_a_;
  std::optional<SharedTexture> on_b_;
  Link to_b_;
  Link to_a_;
  std::optional<SharedTexture> copy_on_a_;
  std::optional<SharedTexture> copy_on_b_;
  std::optional<example::MappedBuffer> staging_a_;
  std::optional<example::MappedBuffer> staging_b_;
  vulkan::SubmitArrays arrays_;
};

}  // namespace geyser::demo

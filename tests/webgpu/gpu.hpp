// What a program does with WebGPU by itself: copies, clears, draws with WGSL. On any device of Dawn.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "geyser/format.hpp"
#include "geyser/texture.hpp"
#include "webgpu/calls.hpp"

namespace geyser::test::dawn {

/// A copy out of a texture that was submitted. Ownership: owns the buffer, which Dawn holds as long as its device.
class Fetch {
 public:
  Fetch(WGPUInstance instance, WGPUBuffer buffer, std::uint64_t row, std::uint64_t stride, std::uint64_t rows) noexcept
      : instance_(instance), buffer_(buffer), row_(row), stride_(stride), rows_(rows) {}
  Fetch(Fetch&& other) noexcept;
  Fetch& operator=(Fetch&&) = delete;
  Fetch(const Fetch&) = delete;
  Fetch& operator=(const Fetch&) = delete;
  ~Fetch();
  /// Waits, ten seconds at most. Rows without gaps; empty when it failed.
  [[nodiscard]] std::vector<std::byte> bytes();

 private:
  WGPUInstance instance_ = nullptr;
  WGPUBuffer buffer_ = nullptr;
  std::uint64_t row_ = 0;
  std::uint64_t stride_ = 0;
  std::uint64_t rows_ = 0;
};

/// Ownership: a reference of the device's queue. Threading: one thread.
class Gpu {
 public:
  Gpu(WGPUInstance instance, WGPUDevice device);
  ~Gpu();
  Gpu(const Gpu&) = delete;
  Gpu& operator=(const Gpu&) = delete;

  /// Level 0, layer `layer`, whole, into a poisoned buffer.
  [[nodiscard]] Fetch fetch(WGPUTexture texture, const TextureDescriptor& descriptor, std::uint32_t layer = 0);
  /// The same commands, not submitted: for tests of what Dawn thinks of a submit. Ownership: the caller's.
  [[nodiscard]] WGPUCommandBuffer record_copy(WGPUTexture texture, const TextureDescriptor& descriptor);
  void submit(WGPUCommandBuffer commands);
  /// wgpuQueueWriteTexture of level 0, layer 0, whole; rows without gaps.
  void write(WGPUTexture texture, const TextureDescriptor& descriptor, std::span<const std::byte> bytes);
  /// A render pass that clears.
  void clear(WGPUTexture texture, const WGPUColor& color);
  /// Draws `to` by a fragment shader that has `source` (a texture_2d<f32>) and `at` (vec2i) and gives a vec4f. One pipeline per format.
  void draw(WGPUTexture from, WGPUTexture to, WGPUTextureFormat to_format, std::string_view expression);
  /// What Dawn says of the calls in `work`; empty when it is content. Waits for the answer.
  [[nodiscard]] std::string errors_of(const std::function<void()>& work);
  /// Waits until all that was submitted is done; false after ten seconds.
  [[nodiscard]] bool finish();

 private:
  [[nodiscard]] bool process_until(const bool& done) const;
  WGPUInstance instance_;
  WGPUDevice device_;
  WGPUQueue queue_;
};

}  // namespace geyser::test::dawn

// A Vulkan device and a Dawn on the same one, and what every test here asserts besides its own: no message of the validation layer, on
// either instance, no error of Dawn that no error scope caught, and no error line in the library's log.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "geyser/geyser.hpp"
#include "geyser/webgpu.hpp"
#include "support/check.hpp"
#include "support/content.hpp"
#include "support/devices.hpp"
#include "webgpu/gpu.hpp"

namespace geyser::test::dawn {

/// "swiftshader", or GEYSER_TEST_DAWN_DEVICE: the only device that both Vulkan and Dawn are shown.
[[nodiscard]] const std::string& device_key();
/// The driver files of the loader's list that the device needs, and of lavapipe.
[[nodiscard]] const std::string& driver_files(std::string_view key);
/// Shows the Vulkan loader one driver only. Before the first Vulkan call. False when it is not installed.
[[nodiscard]] bool show_driver(std::string_view key);

/// Two managers on one device. Threading: one thread.
struct Sides {
  std::unique_ptr<Participant> vulkan;
  std::optional<webgpu::Device> device;
  std::optional<TextureShareManager> dawn;
  std::unique_ptr<Gpu> gpu;
  [[nodiscard]] static Result<Sides> open();
};

/// Without devices: for tests that make their own.
class LayeredTest : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;
  /// Lines of the library's log at error level that are expected, by a part of each.
  void expect_logged(std::string part) { expected_.push_back(std::move(part)); }

 private:
  std::size_t mark_ = 0;
  std::vector<std::string> expected_;
};

class DawnTest : public LayeredTest {
 protected:
  void SetUp() override;
  void TearDown() override;
  [[nodiscard]] TextureShareManager& vulkan() { return sides_->vulkan->manager(); }
  [[nodiscard]] TextureShareManager& dawn() { return *sides_->dawn; }
  [[nodiscard]] const webgpu::Device& device() { return *sides_->device; }
  [[nodiscard]] Gpu& gpu() { return *sides_->gpu; }
  [[nodiscard]] Sides& sides() { return *sides_; }
  [[nodiscard]] Random& random() { return random_; }
  void expect_uncaptured_errors(std::uint64_t count) { uncaptured_ = count; }
  /// Gives everything up before TearDown() does.
  void close() { sides_.reset(); }

  /// A texture of the Vulkan manager, and the same imported by Dawn's.
  struct Both {
    SharedTexture vulkan;
    SharedTexture dawn;
  };
  /// With random content, so that both sides know that there is some; `written` false: without.
  [[nodiscard]] Result<Both> share(const TextureDescriptor& descriptor, bool written = true);
  /// Random content by Vulkan's copy; gives what it wrote.
  [[nodiscard]] std::vector<std::byte> fill(SharedTexture& texture);
  /// Reads within an access of Dawn's, by Dawn's own copy.
  [[nodiscard]] Result<std::vector<std::byte>> fetch(SharedTexture& texture, const AccessInfo& info = {}, TextureState* left = nullptr);
  /// Writes within an access of Dawn's, by Dawn's own queue.
  [[nodiscard]] Result<TextureState> put(SharedTexture& texture, std::span<const std::byte> bytes, const AccessInfo& info = {});

 private:
  std::optional<Sides> sides_;
  Random random_{seed_for("webgpu")};
  std::uint64_t uncaptured_ = 0;
};

[[nodiscard]] TextureDescriptor plain(TextureFormat format = TextureFormat::rgba8_unorm, std::uint32_t width = 67,
                                      std::uint32_t height = 29);
/// Bytes of level 0, layer 0.
[[nodiscard]] std::vector<std::byte> content_of(Random& random, const TextureDescriptor& descriptor);

}  // namespace geyser::test::dawn

// A Vulkan side and an OpenGL side on one device, and the errors that neither may leave behind.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "geyser/geyser.hpp"
#include "geyser/opengl.hpp"
#include "support/check.hpp"
#include "support/content.hpp"
#include "support/devices.hpp"
#include "support/kinds.hpp"
#include "support/log_capture.hpp"
#include "support/process.hpp"

namespace geyser::test {

/// The Vulkan device on which both APIs can be tried: GEYSER_TEST_DEVICE, or nvidia where there is one, or lavapipe. Null: none.
[[nodiscard]] const DeviceEntry* shared_device();

/// Opened once for all tests. Null when the machine has none.
[[nodiscard]] Participant* vulkan_side();
void close_vulkan_side() noexcept;

/// An OpenGL context on the device of vulkan_side(), current while the test runs; messages of KHR_debug and lines of the log fail the test.
class OpenGlTest : public ::testing::Test {
 protected:
  void SetUp() override { open(false); }
  void TearDown() override;
  void open(bool es);

  [[nodiscard]] TextureShareManager& vulkan() { return vulkan_->manager(); }
  [[nodiscard]] TextureShareManager& opengl() { return *opengl_; }

  Participant* vulkan_ = nullptr;
  std::optional<opengl::Context> context_;
  std::optional<TextureShareManager> opengl_;
  bool expect_quiet_ = true;  ///< false: the test provokes errors of OpenGL, or log lines

 private:
  std::size_t mark_ = 0;
  std::uint64_t validation_before_ = 0;
};

class OpenGlEsTest : public OpenGlTest {
 protected:
  void SetUp() override { open(true); }
};

/// A texture of the Vulkan side, and the same in OpenGL.
struct Pair {
  SharedTexture vulkan;
  SharedTexture opengl;
};
[[nodiscard]] Result<Pair> share(TextureShareManager& exporter, TextureShareManager& importer, const TextureDescriptor& descriptor);

/// What the next access of the other side is told: there is content, and nothing to wait for.
[[nodiscard]] AccessInfo settled(TextureLayout layout = TextureLayout::general);

/// Uploads random bytes to every subresource on one side and reads them on the other, and parts of them the other way round.
void exchange_everything(TextureShareManager& from, SharedTexture& source, TextureShareManager& to, SharedTexture& destination,
                         std::uint64_t seed);

}  // namespace geyser::test
